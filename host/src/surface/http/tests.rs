//! The listener over real connections: who gets in, who does not, and what either is told.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::StatusCode;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_util::task::AbortOnDropHandle;

use super::{BindError, Config, Server};
use crate::surface::testing::{Host, MODERN, Reply, Tokens, body, empty, initialize, modern, open, text};

async fn with(host: &Host, name: &str, value: &str) -> Reply {
    let list = modern("tools/list", json!({}));
    host.send(body(host.post(&list).header(name, value), &list)).await
}

#[tokio::test]
async fn it_says_whether_it_lives_and_whether_it_is_ready() {
    let host = Host::empty(&Tokens::new().access()).await;
    let healthy = host.send(text(host.to("GET", "/healthz"), "")).await;
    assert_eq!((healthy.status, healthy.body.as_str()), (StatusCode::OK, "ok\n"), "no token is needed");
    let ready = host.send(text(host.to("GET", "/readyz"), "")).await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE, "there is nothing to serve");
    let other = host.send(text(host.to("GET", "/other"), "")).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn threads_of_its_own_answer_as_the_runtime_does() {
    let config = Config { threads: 2, ..Config::default() };
    let (own, none) = (Host::start(config, &open(), empty(&open())).await, Host::empty(&open()).await);
    let list = modern("tools/list", json!({}));
    // A connection each, so that both threads have some.
    for _ in 0..4 {
        let answer = own.send(body(own.post(&list), &list)).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.body, none.send(body(none.post(&list), &list)).await.body);
    }
}

#[tokio::test]
async fn a_page_of_another_origin_is_refused() {
    let config = Config { origins: vec!["https://portal.example".parse().unwrap()], ..Config::default() };
    let host = Host::start(config, &open(), empty(&open())).await;
    let own = format!("http://{}", host.address);
    for origin in [own.as_str(), "https://portal.example", "https://portal.example:443"] {
        assert_eq!(with(&host, "origin", origin).await.status, StatusCode::OK, "{origin}");
    }
    for origin in ["https://evil.example", "null", "http://localhost:3000", "http://portal.example", "", "x"]
    {
        assert_eq!(with(&host, "origin", origin).await.status, StatusCode::FORBIDDEN, "{origin}");
    }
}

#[tokio::test]
async fn a_request_for_another_host_is_refused_on_every_route() {
    let config = Config { hosts: vec!["postern.example".parse().unwrap()], ..Config::default() };
    let host = Host::start(config, &open(), empty(&open())).await;
    let status = async |path: &str, name: &str| {
        let request = hyper::Request::builder().uri(path).header("host", name);
        host.send(text(request, "")).await.status
    };
    for name in ["localhost", "127.0.0.1:1", "[::1]", "postern.example", "postern.example:8443"] {
        assert_eq!(status("/healthz", name).await, StatusCode::OK, "{name}");
    }
    for name in ["evil.example:7007", "localhost.evil.example", "localhost.", "192.0.2.1"] {
        for path in ["/healthz", "/readyz", "/mcp", "/mcp/kubernetes", "/other"] {
            assert_eq!(status(path, name).await, StatusCode::FORBIDDEN, "{name}{path}");
        }
    }
    for name in ["localhost@evil.example", "localhost:x", ""] {
        assert_eq!(status("/healthz", name).await, StatusCode::BAD_REQUEST, "{name}");
    }
}

#[tokio::test]
async fn http_2_meets_the_same_door() {
    let host = Host::empty(&open()).await;
    let stream = TokioIo::new(TcpStream::connect(host.address).await.unwrap());
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    let _connection = AbortOnDropHandle::new(tokio::spawn(connection));
    let own = host.address.to_string();
    for (authority, status) in [(own.as_str(), StatusCode::OK), ("evil.example", StatusCode::FORBIDDEN)] {
        let request = hyper::Request::get(format!("http://{authority}/healthz"));
        let response = sender.send_request(request.body(Full::<Bytes>::default()).unwrap()).await.unwrap();
        assert_eq!((response.status(), response.version()), (status, hyper::Version::HTTP_2));
    }
}

#[tokio::test]
async fn whatever_is_wrong_with_a_token_the_answer_is_the_same() {
    let tokens = Tokens::new();
    let host = Host::empty(&tokens.access()).await;
    let good = format!("Bearer {}", tokens.ana.expose());
    assert_eq!(with(&host, "authorization", &good).await.status, StatusCode::OK);

    let list = modern("tools/list", json!({}));
    let refused = host.send(body(host.post(&list), &list)).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(refused.header("www-authenticate"), Some("Bearer realm=\"postern\""));
    for value in [
        "Bearer postern_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "Bearer eyJhbGciOiJub25lIn0.e30.",
        "Basic YW5hOmFuYQ==",
        "Bearer",
        tokens.ana.expose(),
        &format!("Bearer {}", "x".repeat(40_000)),
    ] {
        assert_eq!(with(&host, "authorization", value).await, refused);
    }
    let twice = host.post(&list).header("authorization", &good).header("authorization", &good);
    assert_eq!(host.send(body(twice, &list)).await, refused);
    for query in ["access_token", "token"] {
        let path = format!("/mcp?{query}={}", tokens.ana.expose());
        assert_eq!(host.send(body(host.post(&list).uri(path), &list)).await, refused, "never from the URL");
    }
    // What exists is not told either.
    assert_eq!(host.send(body(host.post(&list).uri("/mcp/nothing"), &list)).await, refused);
    let known = host.post(&list).uri("/mcp/nothing").header("authorization", &good);
    assert_eq!(host.send(body(known, &list)).await.status, StatusCode::NOT_FOUND);
}

/// What a client meets that is configured for Backstage, by the paths it knows.
#[tokio::test]
async fn the_paths_of_backstage_lead_to_the_same_endpoints() {
    let tokens = Tokens::new();
    let host = Host::empty(&tokens.access()).await;
    let good = format!("Bearer {}", tokens.ana.expose());
    let list = modern("tools/list", json!({}));
    let (joint, nothing) = ("/api/mcp-actions/v1", "/api/mcp-actions/v1/nothing");
    let ask = async |path: &str, token: Option<&str>| {
        let request = host.post(&list).uri(path);
        let request =
            token.into_iter().fold(request, |request, token| request.header("authorization", token));
        host.send(body(request, &list)).await
    };
    assert_eq!(ask(joint, Some(&good)).await.status, StatusCode::OK);
    assert_eq!(ask(nothing, Some(&good)).await.status, StatusCode::NOT_FOUND);
    for path in [joint, nothing] {
        let refused = ask(path, None).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert!(refused.header("www-authenticate").is_some());
    }
    let get =
        hyper::Request::get(joint).header("host", host.address.to_string()).header("authorization", &good);
    let get = get.header("mcp-protocol-version", MODERN).header("accept", "text/event-stream");
    let answer = host.send(get.body(Full::<Bytes>::default()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn guessing_is_slowed_down_and_locks_nobody_out() {
    let tokens = Tokens::new();
    let host = Host::empty(&tokens.access()).await;
    let mut last = with(&host, "authorization", "Bearer wrong").await;
    for _ in 0..60 {
        last = with(&host, "authorization", "Bearer wrong").await;
    }
    assert_eq!(last.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(last.header("retry-after").is_some_and(|wait| wait.parse::<u64>().is_ok_and(|wait| wait <= 60)));
    let good = format!("Bearer {}", tokens.ana.expose());
    assert_eq!(with(&host, "authorization", &good).await.status, StatusCode::OK);
}

#[tokio::test]
async fn no_address_beyond_loopback_is_bound_for_anyone() {
    let everywhere = SocketAddr::from(([0, 0, 0, 0], 0));
    let config = Config { listen: everywhere, ..Config::default() };
    let refused = Server::bind(config.clone(), &open()).await.unwrap_err();
    assert!(matches!(refused, BindError::Open(_)), "{refused}");
    assert!(refused.to_string().contains("configure a token"), "{refused}");
    let tokens = Tokens::new().access();
    assert!(Server::bind(config, &tokens).await.is_ok());
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let host = Host::empty(&open()).await;
    let config = Config { listen: host.address, ..Config::default() };
    let refused = Server::bind(config, &open()).await.unwrap_err();
    assert_eq!(refused.to_string(), format!("cannot listen on `{}`", host.address));
}

#[tokio::test]
async fn too_large_is_refused_early() {
    let host = Host::empty(&open()).await;
    let list = modern("tools/list", json!({}));
    let large = format!("{list}{}", " ".repeat(4 * 1024 * 1024));
    assert_eq!(host.send(text(host.post(&list), &large)).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let headers = with(&host, "x-large", &"x".repeat(70_000)).await.status;
    assert_eq!(headers, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    let many = (0..70).fold(host.post(&list), |request, number| request.header(format!("x-{number}"), "x"));
    assert_eq!(host.send(body(many, &list)).await.status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
}

/// A client that begins and then says nothing more; the time is tokio's, and runs when all wait.
async fn said(beginning: &[u8]) -> (Duration, Vec<u8>) {
    let host = Host::empty(&open()).await;
    let mut stream = TcpStream::connect(host.address).await.unwrap();
    stream.write_all(beginning).await.unwrap();
    let begun = tokio::time::Instant::now();
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer).await);
    (begun.elapsed(), answer)
}

#[tokio::test(start_paused = true)]
async fn who_says_nothing_is_not_waited_for() {
    for beginning in [&b""[..], b"PRI * HTT", b"GET /healthz HTTP/1.1\r\nHost: loc"] {
        let (waited, answer) = said(beginning).await;
        assert!(waited <= Duration::from_secs(30), "{waited:?}");
        assert!(!answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    }
}

#[tokio::test]
async fn a_stopped_host_ends_its_streams_and_itself() {
    let mut host = Host::empty(&open()).await;
    let opened = host.send(body(host.post(&initialize()), &initialize())).await;
    let session = opened.header("mcp-session-id").unwrap();
    let listening =
        host.to("GET", "/mcp").header("accept", "text/event-stream").header("mcp-session-id", session);
    let exchange = host.begin(text(listening, "")).await;
    assert_eq!(exchange.response.status(), StatusCode::OK, "a stream without an end");
    host.stop.cancel();
    tokio::time::timeout(super::listen::GRACE / 2, &mut host.served).await.unwrap().unwrap();
    assert!(TcpStream::connect(host.address).await.is_err());
}
