//! What the gate lets through and what it does not.

use std::time::Duration;

use bytes::Bytes;

use super::server::{Server, ok, reply};
use super::*;

/// Sends `request` and expects a refusal with `code`, and that the server has seen nothing.
async fn refused(server: &Server, call: &CallEgress, target: &Target, request: Request, code: &str) {
    let shown = format!("{request:?}");
    let error = call.send("use", target, request).await.unwrap_err();
    assert_eq!(error.code(), code, "{shown}");
    assert_eq!(server.connections(), 0, "{shown}");
}

#[tokio::test]
async fn a_covered_request_is_sent_as_the_target_wants_it() {
    let server = Server::plain(|_| async {
        reply(
            200,
            &[("content-type", "text/plain"), ("etag", "\"1\""), ("set-cookie", "a=b"), ("server", "x")],
            "hello",
        )
    })
    .await;
    let mut wanted = target("a", format!("{}/prefix/", server.url()));
    wanted.credential = http::Credential::Bearer(Secret::new("token-of-a".to_owned()));
    wanted.headers = vec![("ProjectUid".to_owned(), "p-1".to_owned())];
    let (_, call, target) = with(config(vec![wanted]), Arc::new(SystemResolver));
    let mut asked = request("POST /x/y%20z");
    asked.parameters = vec![("q".to_owned(), "a&b=c".to_owned())];
    asked.headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    asked.body = Some(Bytes::from_static(b"{}"));
    let response = call.send("use", &target, asked).await.unwrap();
    assert_eq!(response.status, 200);
    assert_eq!(response.body, "hello");
    let headers = [("content-type", "text/plain"), ("etag", "\"1\"")];
    assert_eq!(response.headers, headers.map(|(name, value)| (name.to_owned(), value.to_owned())));

    let seen = server.seen().remove(0);
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/prefix/x/y%20z?q=a%26b%3Dc"));
    assert_eq!(seen.host, server.address.to_string());
    assert_eq!(seen.header("authorization"), Some("Bearer token-of-a"));
    assert_eq!(seen.header("projectuid"), Some("p-1"));
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert!(seen.header("user-agent").unwrap().starts_with("postern/"));
    assert_eq!(seen.body, "{}");

    let exchanges = call.ledger().exchanges();
    assert_eq!(exchanges.len(), 1);
    assert_eq!(exchanges[0].template.as_deref(), Some("/x/{rest...}"));
    assert_eq!((exchanges[0].ended, exchanges[0].sent_bytes, exchanges[0].received_bytes), (Ok(200), 2, 5));
}

#[tokio::test]
async fn what_the_authority_does_not_cover_is_not_sent() {
    let server = Server::plain(|_| async { ok() }).await;
    let (egress, _, target) = one(server.url());
    let call = egress.open("plugin", authority(&["GET /v1/items/{id}"]), Ledger::default());
    for (line, code) in [
        ("GET /v1/items", "egress.denied.path"),
        ("GET /v1/items/%2e%2e", "egress.denied.path"),
        ("GET /v1/items/a%2F..%2Fsecrets", "egress.denied.path"),
        ("GET /v1/items/..;", "egress.denied.path"),
        ("GET /v1/items/%252e%252e", "egress.denied.path"),
        ("GET //evil.example/v1/items/a", "egress.denied.path"),
        ("GET http://evil.example/v1/items/a", "egress.denied.path"),
        ("GET /v1/items/a?q=1", "egress.denied.path"),
        ("GET /v1/items/a#b", "egress.denied.path"),
        ("GET /v1/items/a@evil.example:80/", "egress.denied.path"),
        ("GET /v1/items/a\r\nHost:evil.example", "egress.denied.path"),
        ("DELETE /v1/items/a", "egress.denied.method"),
        ("POST /v1/items/a", "egress.denied.method"),
    ] {
        refused(&server, &call, &target, request(line), code).await;
    }
    let mut asked = request("GET /v1/items/a");
    asked.parameters = vec![("_method".to_owned(), "DELETE".to_owned())];
    refused(&server, &call, &target, asked, "egress.denied.query").await;
    let error = call.send("other", &target, request("GET /v1/items/a")).await.unwrap_err();
    assert_eq!(error.code(), "egress.denied.capability");
    assert_eq!(server.connections(), 0);
    assert!(call.send("use", &target, request("GET /v1/items/a")).await.is_ok());
}

#[tokio::test]
async fn a_call_without_authority_reaches_nothing() {
    let server = Server::plain(|_| async { ok() }).await;
    let (egress, _, target) = one(server.url());
    let call = egress.open("plugin", Authority::default(), Ledger::default());
    refused(&server, &call, &target, request("GET /x/a"), "egress.denied.capability").await;
}

#[tokio::test]
async fn a_target_that_is_not_the_calls_is_refused() {
    let server = Server::plain(|_| async { ok() }).await;
    let mut everything = config(vec![target("a", server.url()), target("c", server.url())]);
    let mut other = everything.upstreams[0].clone();
    other.name = "other".to_owned();
    let mut stranger = everything.upstreams[0].clone();
    stranger.plugin = "stranger".to_owned();
    everything.upstreams.extend([other, stranger]);
    let (egress, call, _) = with(everything, Arc::new(SystemResolver));
    // Not among the call's; of another upstream of the plugin; of another plugin. The latter two have the
    // very name of one that is covered.
    let of = |plugin, upstream, index| egress.targets(plugin, upstream)[index as usize].clone();
    for target in [of("plugin", "server", 1), of("plugin", "other", 0), of("stranger", "server", 0)] {
        refused(&server, &call, &target, request("GET /x/a"), "egress.denied.target").await;
    }
    assert!(egress.targets("plugin", "none").is_empty());
    assert!(egress.targets("nobody", "server").is_empty());
}

#[tokio::test]
async fn headers_that_are_the_hosts_are_refused() {
    let server = Server::plain(|_| async { ok() }).await;
    let (_, call, target) = one(server.url());
    for (name, value) in [
        ("host", "evil.example"),
        (":authority", "evil.example"),
        ("authorization", "Bearer stolen"),
        ("cookie", "a=b"),
        ("x-forwarded-for", "127.0.0.1"),
        ("transfer-encoding", "chunked"),
        ("content-length", "4, 5"),
        ("connection", "close, authorization"),
        ("upgrade", "websocket"),
        ("expect", "100-continue"),
        ("impersonate-user", "system:admin"),
        ("x a", "1"),
        ("accept", "a\r\nhost: evil.example"),
        ("Accept", "text/plain"),
    ] {
        let mut asked = request("POST /x/a");
        asked.headers = vec![(name.to_owned(), value.to_owned())];
        refused(&server, &call, &target, asked, "egress.denied.header").await;
    }
    let mut asked = request("GET /x/a");
    asked.headers = vec![("accept".to_owned(), "a".to_owned()), ("accept".to_owned(), "b".to_owned())];
    refused(&server, &call, &target, asked, "egress.denied.header").await;
}

#[tokio::test]
async fn a_header_of_the_operator_takes_the_place_of_the_components() {
    let server = Server::plain(|_| async { ok() }).await;
    let mut wanted = target("a", server.url());
    wanted.headers = vec![("X-Scope".to_owned(), "of-the-operator".to_owned())];
    wanted.credential =
        http::Credential::Header { name: "X-Pass".to_owned(), value: Secret::new("of-the-host".to_owned()) };
    let (egress, _, target) = with(config(vec![wanted]), Arc::new(SystemResolver));
    let mut rule = Rule {
        method: "GET".parse().unwrap(),
        path: "/x/a".parse().unwrap(),
        without: BTreeSet::new(),
        query: BTreeSet::new(),
        query_exact: BTreeMap::new(),
        header_exact: BTreeMap::new(),
        headers: BTreeSet::new(),
        safe: false,
        reveal: BTreeSet::new(),
        caching: None,
    };
    rule.headers.extend(["x-scope", "x-pass", "x-mine"].map(str::to_owned));
    let bound = BoundCapability {
        upstream: "server".to_owned(),
        rules: vec![rule.bind(&Arguments::default(), &BTreeSet::new()).unwrap()],
        targets: BTreeSet::from(["a".to_owned()]),
    };
    let call = egress.open("plugin", Authority::default().with("use", bound), Ledger::default());
    let mut asked = request("GET /x/a");
    let given = |name: &str| (name.to_owned(), "of-the-component".to_owned());
    asked.headers = ["x-scope", "x-pass", "x-mine"].map(given).to_vec();
    call.send("use", &target, asked).await.unwrap();
    let seen = server.seen().remove(0);
    for (name, value) in
        [("x-scope", "of-the-operator"), ("x-pass", "of-the-host"), ("x-mine", "of-the-component")]
    {
        let values: Vec<_> = seen.headers.get_all(name).iter().collect();
        assert_eq!(values, [value], "{name}");
    }
}

#[tokio::test]
async fn a_read_carries_no_body_and_no_request_a_large_one() {
    let server = Server::plain(|_| async { ok() }).await;
    let mut small = config(vec![target("a", server.url())]);
    small.limits.request_bytes = 4;
    let (_, call, target) = with(small, Arc::new(SystemResolver));
    let mut asked = request("GET /x/a");
    asked.body = Some(Bytes::from_static(b"x"));
    refused(&server, &call, &target, asked, "egress.denied.body").await;
    let mut asked = request("PUT /x/a");
    asked.body = Some(Bytes::from_static(b"12345"));
    refused(&server, &call, &target, asked, "egress.too-large").await;
}

#[tokio::test]
async fn redirects_are_shown_and_not_followed() {
    let elsewhere = Server::plain(|_| async { ok() }).await;
    let to = elsewhere.url();
    let server = Server::plain(move |seen| {
        let to = match seen.target.as_str() {
            "/x/metadata" => "http://169.254.169.254/".to_owned(),
            "/x/relative" => "//evil.example/x".to_owned(),
            _ => to.clone(),
        };
        async move { reply(302, &[("location", &to)], "moved") }
    })
    .await;
    let (_, call, target) = one(server.url());
    for path in ["metadata", "relative", "elsewhere"] {
        let response = call.send("use", &target, request(&format!("GET /x/{path}"))).await.unwrap();
        assert_eq!((response.status, response.headers), (302, Vec::new()), "{path}");
    }
    assert_eq!(server.seen().len(), 3);
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn a_call_runs_out_of_requests_and_guessing_counts() {
    let server = Server::plain(|_| async { ok() }).await;
    let mut few = config(vec![target("a", server.url())]);
    few.limits.requests = 3;
    let (egress, call, target) = with(few, Arc::new(SystemResolver));
    assert!(call.send("use", &target, request("GET /x/a")).await.is_ok());
    assert!(call.send("use", &target, request("GET /y")).await.is_err());
    assert!(call.send("use", &target, request("GET /x/a")).await.is_ok());
    let error = call.send("use", &target, request("GET /x/a")).await.unwrap_err();
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        ("egress.requests", "this call has made its 3 requests")
    );
    assert_eq!(server.seen().len(), 2);
    // The next call has limits of its own.
    assert!(
        egress
            .open("plugin", wide(), Ledger::default())
            .send("use", &target, request("GET /x/a"))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_call_runs_out_of_bytes() {
    let server = Server::plain(|_| async { reply(200, &[], vec![b'x'; 60]) }).await;
    let mut few = config(vec![target("a", server.url())]);
    few.limits.bytes = 100;
    let (_, call, target) = with(few, Arc::new(SystemResolver));
    assert!(call.send("use", &target, request("GET /x/a")).await.is_ok());
    assert_eq!(call.send("use", &target, request("GET /x/a")).await.unwrap_err().code(), "egress.bytes");
}

#[tokio::test]
async fn one_request_too_many_at_once_is_refused() {
    let (arrived, mut arrivals) = tokio::sync::mpsc::unbounded_channel();
    let server = Server::plain(move |_| {
        arrived.send(()).unwrap();
        std::future::pending()
    })
    .await;
    let mut two = config(vec![target("a", server.url())]);
    two.limits.concurrent = 2;
    let (_, call, target) = with(two, Arc::new(SystemResolver));
    let hanging: Vec<_> = (0..2)
        .map(|_| {
            let (call, target) = (call.clone(), target.clone());
            tokio::spawn(async move { call.send("use", &target, request("GET /x/a")).await })
        })
        .collect();
    arrivals.recv().await.unwrap();
    arrivals.recv().await.unwrap();
    let error = call.send("use", &target, request("GET /x/a")).await.unwrap_err();
    assert_eq!(error.code(), "egress.concurrency");
    for task in hanging {
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    }
    // Dropped requests are written down, and give their places back.
    let ended: Vec<_> = call.ledger().exchanges().into_iter().map(|exchange| exchange.ended).collect();
    assert_eq!(ended, [Err("egress.concurrency"), Err("egress.cancelled"), Err("egress.cancelled")]);
    let mut asked = request("GET /x/a");
    asked.timeout = Some(Duration::from_millis(50));
    assert_eq!(call.send("use", &target, asked).await.unwrap_err().code(), "egress.timeout");
}

#[tokio::test]
async fn an_upstream_that_echoes_the_credential_does_not_reveal_it() {
    let server = Server::plain(|seen| async move {
        let credential = seen.header("apikey").unwrap().to_owned();
        reply(403, &[("warning", &format!("299 - \"{credential}\""))], format!("bad key {credential}!"))
    })
    .await;
    let mut wanted = target("a", server.url());
    let value = Secret::new("key-0123456789".to_owned());
    wanted.credential = http::Credential::Header { name: "ApiKey".to_owned(), value };
    let config = config(vec![wanted]);
    assert!(!format!("{config:?}").contains("0123456789"));
    let (egress, call, target) = with(config, Arc::new(SystemResolver));
    let response = call.send("use", &target, request("GET /x/a")).await.unwrap();
    assert_eq!(response.body, "bad key [redacted]!");
    assert_eq!(response.headers[0].1, "299 - \"[redacted]\"");
    assert_eq!(egress.secrets().redact("GET /?key=key-0123456789"), "GET /?key=[redacted]");
    assert!(!format!("{egress:?} {call:?} {target:?}").contains("0123456789"));
}

#[test]
fn targets_that_are_not_sound_stop_the_start() {
    let fault = |change: fn(&mut http::TargetConfig)| {
        let mut wanted = target("a", "https://api.example");
        change(&mut wanted);
        let error = Egress::new(config(vec![wanted])).unwrap_err();
        format!("{error}: {}", std::error::Error::source(&error).unwrap())
    };
    let at = "plugin `plugin`: upstream `server`: target `a`: ";
    type Change = fn(&mut http::TargetConfig);
    let cases: [(Change, &str); 5] = [
        (
            |target| target.base_url = "https://a.example@evil.example".to_owned(),
            "`base_url`: the URL holds a user name or password; give credentials apart from it",
        ),
        (
            |target| {
                target.base_url = "http://api.example".to_owned();
                target.plaintext = false;
            },
            "`base_url` begins with `http://`; set `plaintext = true` if what is sent there may be read on the way",
        ),
        (|target| target.ca = Some("/nowhere/ca.pem".into()), "`/nowhere/ca.pem` cannot be read"),
        (
            |target| target.headers = vec![("Host".to_owned(), "x".to_owned())],
            "the header `Host` cannot be set: it is malformed, or HTTP itself owns it",
        ),
        (
            |target| target.credential = http::Credential::Bearer(Secret::new("a\nb".to_owned())),
            "the credential holds characters that no header can carry",
        ),
    ];
    for (change, expected) in cases {
        assert_eq!(fault(change), format!("{at}{expected}"));
    }
    let twice = Egress::new(config(vec![target("a", "https://a.example"), target("a", "https://b.example")]));
    assert!(matches!(twice, Err(ConfigError::Http { .. })));
    let mut twice = config(Vec::new());
    twice.upstreams.push(twice.upstreams[0].clone());
    assert!(matches!(Egress::new(twice), Err(ConfigError::Twice { .. })));
}

#[tokio::test]
async fn a_flood_of_headers_is_a_protocol_error() {
    let many = format!("HTTP/1.1 200 OK\r\n{}content-length: 0\r\n\r\n", "x: y\r\n".repeat(10_000));
    let large = format!("HTTP/1.1 200 OK\r\nx: {}\r\ncontent-length: 0\r\n\r\n", "y".repeat(1 << 20));
    let early = "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n".repeat(100_000);
    for answer in [many, large, early] {
        let server = Server::raw(answer.leak().as_bytes()).await;
        let (_, call, target) = one(server.url());
        let error = call.send("use", &target, request("POST /x/a")).await.unwrap_err();
        assert_eq!(error.code(), "egress.protocol");
    }
}
