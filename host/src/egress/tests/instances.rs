//! The kind `palette` through the gate: its key, its scope, its pace, and what is asked again.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;

use super::server::{Authority as Issuer, Reply, Server, ok, reply};
use super::*;

const PROJECT: &str = "650000000000000000000002";
const OTHER: &str = "650000000000000000000003";

fn instance(name: &str, base_url: impl Into<String>) -> palette::TargetConfig {
    palette::TargetConfig {
        name: name.to_owned(),
        base_url: base_url.into(),
        plaintext: true,
        api_key: Secret::new("key-of-prod-0123456789".to_owned()),
        ca: None,
        attributes: Vec::new(),
    }
}

fn egress(targets: Vec<palette::TargetConfig>, resolve: Arc<dyn Resolve>) -> (Egress, Target) {
    let mut config = config(Vec::new());
    config.upstreams[0].kind = KindConfig::Palette(palette::Config { targets });
    let egress = Egress::with_resolver(config, resolve).unwrap();
    let target = egress.targets("plugin", "server").remove(0);
    (egress, target)
}

fn rule(line: &str, change: impl FnOnce(&mut Rule)) -> Rule {
    let (method, path) = line.split_once(' ').unwrap();
    let mut rule = Rule {
        method: method.parse().unwrap(),
        path: path.parse().unwrap(),
        without: BTreeSet::new(),
        query: BTreeSet::new(),
        query_exact: BTreeMap::new(),
        header_exact: BTreeMap::new(),
        headers: BTreeSet::new(),
        safe: false,
        reveal: BTreeSet::new(),
        caching: None,
    };
    change(&mut rule);
    rule
}

/// A call with these arguments, over these rules.
fn call(egress: &Egress, rules: &[Rule], arguments: serde_json::Value) -> CallEgress {
    let arguments: Arguments = serde_json::from_value(arguments).unwrap();
    let declared = BTreeSet::from(["project".to_owned()]);
    let bound = BoundCapability {
        upstream: "server".to_owned(),
        rules: rules.iter().filter_map(|rule| rule.bind(&arguments, &declared)).collect(),
        targets: ["a", "b"].map(str::to_owned).into(),
    };
    egress.open("plugin", Authority::default().with("use", bound), Ledger::default())
}

/// A call that may read everything, search, and create.
fn any(egress: &Egress) -> CallEgress {
    let rules = [
        rule("GET /v1/{rest...}", |_| {}),
        rule("POST /v1/dashboard/{rest...}", |rule| rule.safe = true),
        rule("POST /v1/spectroclusters", |_| {}),
        rule("DELETE /v1/spectroclusters/{uid}", |_| {}),
    ];
    call(egress, &rules, json!({}))
}

fn scoped(line: &str, project: Option<&str>) -> Request {
    let mut asked = request(line);
    asked.headers.extend(project.map(|project| ("projectuid".to_owned(), project.to_owned())));
    asked
}

/// Answers `first` so many times, and then well.
async fn busy(times: usize, first: fn() -> Reply) -> Server {
    let asked = Arc::new(AtomicUsize::new(0));
    Server::plain(move |_| {
        let turn = asked.fetch_add(1, Ordering::SeqCst);
        async move { if turn < times { first() } else { ok() } }
    })
    .await
}

fn too_many() -> Reply {
    reply(429, &[("retry-after", "0")], r#"{"code":"TooManyRequests"}"#)
}

#[tokio::test]
async fn the_key_is_sent_and_never_seen() {
    let server =
        Server::plain(
            |seen| async move { reply(200, &[], seen.header("apikey").unwrap_or_default().to_owned()) },
        )
        .await;
    // The slash at the end is no part of a path.
    let (egress, target) =
        egress(vec![instance("a", format!("{}/", server.url()))], Arc::new(SystemResolver));
    let response = any(&egress).send("use", &target, request("GET /v1/users/me")).await.unwrap();
    assert_eq!(response.body, "[redacted]");
    let seen = server.seen().remove(0);
    assert_eq!(
        (seen.target.as_str(), seen.header("apikey")),
        ("/v1/users/me", Some("key-of-prod-0123456789"))
    );
    assert_eq!(seen.header("authorization"), None);
    assert!(!format!("{egress:?} {target:?}").contains("0123456789"));
    assert_eq!(egress.secrets().redact("ApiKey: key-of-prod-0123456789"), "ApiKey: [redacted]");
}

#[tokio::test]
async fn a_call_about_one_project_cannot_speak_of_another() {
    let server = Server::plain(|_| async { ok() }).await;
    let (egress, target) = egress(vec![instance("a", server.url())], Arc::new(SystemResolver));
    let rules = [
        rule("GET /v1/spectroclusters/{uid}", |rule| {
            rule.without.insert("project".to_owned());
        }),
        rule("GET /v1/spectroclusters/{uid}", |rule| {
            rule.header_exact.insert("projectuid".to_owned(), "{project}".parse().unwrap());
        }),
    ];
    let line = "GET /v1/spectroclusters/c-1";
    let about = call(&egress, &rules, json!({ "project": PROJECT }));
    for (project, code) in [
        (Some(OTHER), "egress.denied.header"),
        (None, "egress.denied.header"),
        (Some(""), "egress.denied.header"),
    ] {
        let error = about.send("use", &target, scoped(line, project)).await.unwrap_err();
        assert_eq!(error.code(), code, "{project:?}");
    }
    let mut twice = scoped(line, Some(PROJECT));
    twice.headers.push(("projectuid".to_owned(), OTHER.to_owned()));
    assert_eq!(about.send("use", &target, twice).await.unwrap_err().code(), "egress.denied.header");
    // Without a project the rule that would be bound by it does not hold, and the other has no such header.
    let tenant = call(&egress, &rules, json!({}));
    let error = tenant.send("use", &target, scoped(line, Some(PROJECT))).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "`use` does not let this request carry a header that it carries; it may carry \
         accept, accept-language, if-modified-since, if-none-match"
    );
    // A project that is no header breaks out of nothing.
    let broken = call(&egress, &rules, json!({ "project": "a\r\nauthorization: b" }));
    let error = broken.send("use", &target, scoped(line, Some("a\r\nauthorization: b"))).await.unwrap_err();
    assert_eq!(error.code(), "egress.denied.method", "no rule is left");
    assert_eq!(server.connections(), 0);

    about.send("use", &target, scoped(line, Some(PROJECT))).await.unwrap();
    tenant.send("use", &target, scoped(line, None)).await.unwrap();
    let seen: Vec<_> =
        server.seen().iter().map(|seen| seen.header("projectuid").map(str::to_owned)).collect();
    assert_eq!(seen, [Some(PROJECT.to_owned()), None]);
}

#[tokio::test]
async fn reads_are_asked_again_and_writes_are_not() {
    for (line, times) in [
        ("GET /v1/packs", 3),
        ("POST /v1/dashboard/spectroclusters/search", 3),
        ("POST /v1/spectroclusters", 1),
        ("DELETE /v1/spectroclusters/c-1", 1),
    ] {
        let server = busy(2, too_many).await;
        let (egress, target) = egress(vec![instance("a", server.url())], Arc::new(SystemResolver));
        let response = any(&egress).send("use", &target, request(line)).await.unwrap();
        assert_eq!(
            (response.status, server.seen().len()),
            if times == 3 { (200, 3) } else { (429, 1) },
            "{line}"
        );
    }
}

#[tokio::test]
async fn a_write_whose_connection_breaks_is_not_sent_again() {
    let server = Server::raw(b"").await;
    let (egress, target) = egress(vec![instance("a", server.url())], Arc::new(SystemResolver));
    for line in ["POST /v1/spectroclusters", "DELETE /v1/spectroclusters/c-1"] {
        assert_eq!(code(&any(&egress), &target, line).await, "egress.protocol");
    }
    // A read would be, after two seconds: more than this one has, so that the error comes at once.
    let mut hasty = request("GET /v1/packs");
    hasty.timeout = Some(Duration::from_secs(1));
    let error = any(&egress).send("use", &target, hasty).await.unwrap_err();
    assert_eq!((error.code(), server.seen().len()), ("egress.protocol", 3));
}

#[tokio::test]
async fn an_error_page_is_an_answer_in_the_end() {
    let page = || reply(502, &[("retry-after", "0"), ("content-type", "text/html")], "<h1>Bad Gateway</h1>");
    let server = busy(9, page).await;
    let (egress, target) = egress(vec![instance("a", server.url())], Arc::new(SystemResolver));
    let response = any(&egress).send("use", &target, request("GET /v1/packs")).await.unwrap();
    assert_eq!((response.status, server.seen().len()), (502, 3));
    assert_eq!(response.body, "<h1>Bad Gateway</h1>");
    assert!(response.headers.contains(&("content-type".to_owned(), "text/html".to_owned())));
    // Where there is no time for a pause, the first answer is it.
    let server = busy(9, || reply(503, &[], "down")).await;
    let (egress, target) = self::egress(vec![instance("a", server.url())], Arc::new(SystemResolver));
    let mut hasty = request("GET /v1/packs");
    hasty.timeout = Some(Duration::from_secs(1));
    let response = any(&egress).send("use", &target, hasty).await.unwrap();
    assert_eq!((response.status, server.seen().len()), (503, 1));
}

#[tokio::test]
async fn a_request_waits_for_its_turn_within_its_time() {
    let server = Server::plain(|_| async { ok() }).await;
    // Two instances at one server: Palette counts by where a request comes from.
    let targets = vec![instance("a", server.url()), instance("b", server.url())];
    let (egress, a) = egress(targets, Arc::new(SystemResolver));
    let b = egress.targets("plugin", "server").remove(1);
    let call = any(&egress);
    // Four fifths of ten at once, and of two a second.
    let slow = "GET /v1/auth/user/password/reset";
    for target in [&a, &b, &a, &b, &a, &b, &a, &b] {
        assert_eq!(code(&call, target, slow).await, "ok");
    }
    let mut hasty = request(slow);
    hasty.timeout = Some(Duration::from_millis(100));
    let error = call.send("use", &a, hasty).await.unwrap_err();
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        (
            "egress.limit.turn",
            "the target takes only so many requests a second under `/v1/auth/user/password/reset`, \
             and there was no turn for this one in time"
        )
    );
    assert_eq!(server.seen().len(), 8);
    assert_eq!(code(&call, &b, "GET /v1/packs").await, "ok", "another prefix");
    let began = std::time::Instant::now();
    assert_eq!(code(&call, &b, slow).await, "ok");
    assert!(began.elapsed() > Duration::from_millis(300), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_private_authority_is_trusted_where_it_is_named() {
    let (issuer, directory) = (Issuer::new(), tempfile::tempdir().unwrap());
    let server = Server::tls(issuer.server(&["localhost"], false), |_| async { ok() }).await;
    let path = directory.path().join("ca.pem");
    std::fs::write(&path, issuer.pem()).unwrap();
    let mut own = instance("a", format!("https://localhost:{}", server.port()));
    own.plaintext = false;
    own.ca = Some(path);
    let (egress, target) = egress(vec![own.clone()], here());
    assert_eq!(code(&any(&egress), &target, "GET /v1/health/ping").await, "ok");
    let mut other = own;
    let stranger = Issuer::new();
    std::fs::write(directory.path().join("other.pem"), stranger.pem()).unwrap();
    other.ca = Some(directory.path().join("other.pem"));
    let (egress, target) = self::egress(vec![other], here());
    assert_eq!(code(&any(&egress), &target, "POST /v1/spectroclusters").await, "egress.tls");
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn every_prefix_is_the_longest_of_its_own_paths() {
    for (path, prefix) in [
        ("/v1/tenants/t", "/"),
        ("/v1/dashboard/spectroclusters/c/cost", "/v1/dashboard"),
        ("/v1/spectroclusters/c", "/v1/spectroclusters"),
        ("/v1/spectroclusters/c/features/backup", "/v1/spectroclusters"),
        ("/v1/spectroclusters/c/profiles/p/packs", "/v1/spectroclusters/*/profiles"),
        ("/v1/spectroclusters/c/assets/kubeconfig", "/v1/spectroclusters/*/assets"),
        ("/v1/spectroclusters/c/download", "/v1/spectroclusters/*/download"),
        ("/v1/spectroclusters/c/features/logFetcher", "/v1/spectroclusters/*/features/logFetcher"),
        ("/v1/spectroclusters/features/logFetcher/l/download", "/v1/spectroclusters/features/logFetcher"),
        ("/v1/cloudconfigs/aws/u/machinePools", "/v1/cloudconfigs"),
        ("/v1/events/components/spectrocluster/c", "/v1/events/components"),
        ("/v1/events", "/"),
    ] {
        let manner = upstream::palette::manner();
        let paces = manner.paces(&base::Base::parse("https://a.example", &["https"]).unwrap()).unwrap();
        assert_eq!(format!("{:?}", paces.of(path).unwrap()), format!("Turn({prefix:?})"), "{path}");
    }
}
