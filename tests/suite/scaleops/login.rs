//! Logging in: once for many, once more after a token is taken back, and never again and again.

use std::time::{Duration, Instant};

use futures::future::join_all;
use postern_upstreams::fault::{Fault, Plan};
use postern_upstreams::scaleops::{self, Mode, Seed};
use serde_json::json;

use super::{Host, PASSWORD, checkout, holds_no_secret};

const TOOL: &str = "get_scaleops_data_for_entity";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_cold_calls_are_one_login() {
    let host = Host::start().await;
    // Unlike questions, so that no answer is kept for another.
    let about = |number: usize| json!({"selector": format!("app=checkout,env in (prod,e{number})")});
    let answers = join_all((0..8).map(|number| host.tool(TOOL, about(number)))).await;
    for answer in &answers {
        assert_eq!(answer.json()["structuredContent"]["summary"]["totalWorkloads"], 2, "{}", answer.body);
        holds_no_secret(&host, &answer.body);
    }
    assert_eq!((host.servers.scaleops.logins(), host.servers.scaleops.attempts()), (1, 1));
    let audit = host.audit().await;
    assert_eq!(audit.matches("login.succeeded").count(), 1, "{audit}");
    holds_no_secret(&host, &audit);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_taken_back_is_one_login_more() {
    let host = Host::start().await;
    host.structured(TOOL, checkout()).await;
    host.servers.scaleops.revoke_all();
    let costs = join_all(
        ["7d", "30d", "90d"]
            .map(|range| json!({"entityRef": "component:default/checkout", "range": range}))
            .map(|about| host.structured("get_scaleops_cost_analysis_for_entity", about)),
    );
    for told in costs.await {
        assert_eq!(told["costAnalysis"].as_array().unwrap().len(), 2, "{told:#}");
        assert!(told.get("errors").is_none_or(|it| it == &json!([])), "{told:#}");
    }
    assert_eq!((host.servers.scaleops.logins(), host.servers.scaleops.attempts()), (2, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_of_a_minute_is_not_a_login_for_each_call() {
    let host = Host::start_with(Seed::reference().lifetime(Duration::from_secs(60)), PASSWORD).await;
    let began = Instant::now();
    for number in 0..4 {
        host.structured(TOOL, json!({"selector": format!("app=checkout,env in (prod,e{number})")})).await;
    }
    // It is renewed when half of its life is over, and not sooner.
    let renewals = began.elapsed().as_secs() / 30;
    assert!(host.servers.scaleops.logins() <= 1 + renewals, "{}", host.servers.scaleops.logins());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_does_not_lock_the_account() {
    let host = Host::start_with(Seed::reference().lock_after(3), "wrong staple").await;
    for number in 0..6 {
        let about = json!({"selector": format!("app=checkout,n=v{number}")});
        let answer = host.tool(TOOL, about).await;
        assert!(
            answer.body.contains("`prod`") && answer.body.contains("login was refused"),
            "{}",
            answer.body
        );
        assert!(!answer.body.contains("wrong staple") && !answer.body.contains("invalid_credentials"));
    }
    assert_eq!((host.servers.scaleops.attempts(), host.servers.scaleops.logins()), (1, 0));
    assert_eq!(host.asked(), 0);
    // The other server is none of its business.
    let edge = json!({"selector": "app=checkout", "instance": "edge"});
    assert_eq!(host.structured(TOOL, edge).await["summary"]["totalWorkloads"], 2);
    let audit = host.audit().await;
    assert!(audit.contains("login.refused") && !audit.contains("wrong staple"), "{audit}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_is_locked_is_left_alone() {
    // Locked from the first on: the right password is refused too.
    let host = Host::start_with(Seed::reference().lock_after(0), PASSWORD).await;
    let answers =
        join_all((0..5).map(|number| host.tool(TOOL, json!({"selector": format!("app=a{number}")}))));
    for answer in answers.await {
        assert!(answer.body.contains("login was refused"), "{}", answer.body);
        holds_no_secret(&host, &answer.body);
        assert!(!answer.body.contains("account_locked"), "{}", answer.body);
    }
    assert_eq!((host.servers.scaleops.attempts(), host.servers.scaleops.logins()), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn odd_logins() {
    let host = Host::start().await;
    host.servers.scaleops.set_mode(Mode::AbsoluteLocation);
    assert_eq!(host.structured(TOOL, checkout()).await["summary"]["totalWorkloads"], 2);
    assert_eq!(host.servers.scaleops.logins(), 1);
    for request in host.servers.scaleops.requests() {
        assert!(!request.path.contains("home") && request.query.iter().all(|(name, _)| name != "token"));
    }

    let host = Host::start().await;
    host.servers.scaleops.set_mode(Mode::NoLocation);
    let refused = host.tool(TOOL, checkout()).await;
    assert!(refused.body.contains("login was refused"), "{}", refused.body);

    // A page in place of a login, and then the right answer: what fails is tried again, in time.
    let host = Host::start().await;
    host.servers.scaleops.plant(Plan::new(Fault::Html(502)).at(scaleops::LOGIN));
    let failed = host.tool(TOOL, checkout()).await;
    assert!(failed.body.contains("`prod`") && !failed.body.contains("<html"), "{}", failed.body);
    holds_no_secret(&host, &failed.body);
    assert_eq!(host.asked(), 0);
}
