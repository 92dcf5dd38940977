//! Servers that fail: alone, beside others, and in every way.

use postern_scaleops::scaleops::WORKLOADS;
use postern_scaleops::server::Refusal;
use postern_scaleops::tool::{Problem, Tool};
use postern_scaleops::tools;
use serde_json::json;

use crate::support::catalog::checkout;
use crate::support::recorded::scaleops;
use crate::support::{Fake, Instance, attempt, run};

const TOOL: &str = "get_scaleops_data_for_entity";

fn about() -> serde_json::Value {
    json!({"selector": "app=checkout"})
}

#[track_caller]
fn alone(instance: Instance) -> Problem {
    attempt(&Fake::new([instance]), TOOL, about()).unwrap_err()
}

#[test]
fn whose_fault_it_is_is_told() {
    let status = |status: u16| alone(Instance::new("prod").answer(WORKLOADS, status, "hunter2"));
    assert!(matches!(status(400), Problem::Invalid(_)));
    assert!(matches!(status(401), Problem::Denied(_)));
    assert!(matches!(status(403), Problem::Denied(_)));
    assert!(matches!(status(404), Problem::NotFound(_)));
    assert!(matches!(status(429), Problem::Limited(_)));
    assert!(matches!(status(500), Problem::Upstream(_)));
    assert!(matches!(status(302), Problem::Upstream(_)));
    assert!(matches!(status(504), Problem::Timeout(_)));
    for code in [400, 401, 403, 404, 429, 500, 502, 504] {
        assert!(!status(code).message().contains("hunter2"), "{code}");
    }
    assert!(matches!(alone(Instance::dead("prod", Refusal::Timeout)), Problem::Timeout(_)));
    assert!(matches!(alone(Instance::dead("prod", Refusal::Denied("no".into()))), Problem::Denied(_)));
    for refusal in [
        Refusal::Limit("x".into()),
        Refusal::Unavailable("x".into()),
        Refusal::Connect("x".into()),
        Refusal::Tls("x".into()),
        Refusal::TooLarge(1),
        Refusal::Protocol("x".into()),
    ] {
        assert!(matches!(alone(Instance::dead("prod", refusal)), Problem::Upstream(_)));
    }
}

#[test]
fn a_page_in_place_of_json_is_named() {
    let problem =
        alone(Instance::new("prod").answer(WORKLOADS, 200, "<!doctype html><title>Sign in</title>"));
    assert_eq!(
        problem.message(),
        "instance `prod`: the answer to `/api/v1/dashboard/byNamespace` is a web page, not JSON: look whether \
         `base_url` is the API's"
    );
    for odd in ["", "[]x", "{\"workloads\": 7}", "{\"workloads\": {}}"] {
        assert!(
            matches!(alone(Instance::new("prod").answer(WORKLOADS, 200, odd)), Problem::Upstream(_)),
            "{odd}"
        );
    }
}

#[test]
fn one_dead_server_costs_its_own_error() {
    let fake = Fake::new([
        Instance::dead("east", Refusal::Connect("instance `east`: no connection".into())),
        scaleops("west"),
    ]);
    let answer = run(&fake, TOOL, about());
    assert!(!answer.failed);
    assert_eq!(answer.json["summary"]["totalWorkloads"], 2);
    assert_eq!(answer.json["errors"][0]["instance"], "east");
    assert_eq!(answer.json["errors"][0]["code"], "connect");
    assert!(answer.text.contains("instance `east` failed"), "{}", answer.text);
}

#[test]
fn if_all_are_dead_the_answer_is_a_failure() {
    let fake = Fake::new(["a", "b"].map(|name| Instance::dead(name, Refusal::Timeout)));
    let answer = run(&fake, TOOL, about());
    assert!(answer.failed);
    assert_eq!(answer.json["errors"].as_array().unwrap().len(), 2);
}

#[test]
fn a_source_that_nobody_speaks_is_refused() {
    let problem = alone(scaleops("prod").attribute("source", "kubecost"));
    assert_eq!(
        problem.message(),
        "instance `prod`: its attribute `source` is `kubecost`; it is `scaleops` or `opencost`"
    );
    assert!(matches!(attempt(&Fake::new([]), TOOL, about()).unwrap_err(), Problem::NotFound(_)));
}

#[test]
fn arguments_are_an_object_and_tools_are_known() {
    let fake = Fake::new([scaleops("prod")]).with(checkout());
    fake.enter("tool", TOOL);
    let call = |name: &str, arguments: &str| {
        futures::executor::block_on(tools::call(&fake, name, arguments)).unwrap_err()
    };
    assert!(matches!(call("get_everything", "{}"), Problem::NotFound(_)));
    for refused in
        ["[]", "7", "", "{\"top\": 0}", "{\"x\": 1}", "{\"selector\": \"\"}", "{\"cluster\": \"a\\\"b\"}"]
    {
        assert!(matches!(call(tools::data::GetData::NAME, refused), Problem::Invalid(_)), "{refused}");
    }
}

#[test]
fn many_servers_stay_below_what_the_host_refuses() {
    let fake = Fake::new((0..20).map(|number| scaleops(&format!("s{number}")))).with(checkout());
    run(&fake, "compare_cost", json!({"selector": "app in (a,b,c,d)"}));
    assert!(fake.flight.most.get() <= 12, "{} at once", fake.flight.most.get());
    assert!(fake.flight.most.get() > 4, "{} at once", fake.flight.most.get());
}
