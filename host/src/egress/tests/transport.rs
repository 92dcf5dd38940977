//! Connections, addresses, timeouts, retries: what lies between the gate and a server.

use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::StreamExt as _;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use std::io::Write as _;

use super::server::{self, Reply, Server, ok, reply};
use super::*;

fn public(mut config: Config) -> Config {
    config.upstreams[0].private_networks = false;
    config
}

#[tokio::test]
async fn connections_are_kept_and_not_shared_between_targets() {
    let server = Server::plain(|_| async { ok() }).await;
    let both = config(vec![target("a", server.url()), target("b", server.url())]);
    let (egress, call, a) = with(both, Arc::new(SystemResolver));
    let b = egress.targets("plugin", "server").remove(1);
    for _ in 0..20 {
        assert_eq!(code(&call, &a, "GET /x/a").await, "ok");
    }
    assert_eq!(server.connections(), 1);
    assert_eq!(code(&call, &b, "GET /x/a").await, "ok");
    assert_eq!(server.connections(), 2);
    let by: BTreeSet<_> = server.seen().iter().map(|seen| seen.connection).collect();
    assert_eq!(by, BTreeSet::from([1, 2]));
}

#[tokio::test]
async fn inner_addresses_are_not_dialled_unless_they_are_open() {
    let server = Server::plain(|_| async { ok() }).await;
    let port = server.port();
    let hosts = [
        "127.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "0.0.0.0",
        "[::]",
        "169.254.169.254",
        "[fd00:ec2::254]",
        "100.100.100.200",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "10.0.0.1",
    ];
    for host in hosts {
        let (_, call, target) = with(
            public(config(vec![target("a", format!("http://{host}:{port}"))])),
            Arc::new(SystemResolver),
        );
        assert_eq!(code(&call, &target, "GET /x/a").await, "egress.denied.address", "{host}");
    }
    assert_eq!(server.connections(), 0);
    for host in ["0.0.0.0", "169.254.169.254", "[fd00:ec2::254]", "[::ffff:169.254.169.254]"] {
        let (_, call, target) = one(format!("http://{host}:{port}"));
        assert_eq!(code(&call, &target, "GET /x/a").await, "egress.denied.address", "{host}");
    }
}

#[tokio::test]
async fn every_address_of_an_answer_is_judged() {
    let server = Server::plain(|_| async { ok() }).await;
    let named = || config(vec![target("a", format!("http://api.example:{}", server.port()))]);
    for answer in [
        &["127.0.0.1"][..],
        &["93.184.216.34", "127.0.0.1"],
        &["::ffff:10.0.0.5"],
        &["93.184.216.34", "169.254.169.254"],
    ] {
        let dns = Answers::new(&[answer]);
        let (_, call, target) = with(public(named()), Arc::clone(&dns) as _);
        let error = call.send("use", &target, request("GET /x/a")).await.unwrap_err();
        assert_eq!(error.code(), "egress.denied.address", "{answer:?}");
        assert!(!answer.iter().any(|address| error.to_string().contains(address)), "{error}");
        assert_eq!(*dns.names.lock().unwrap(), ["api.example"]);
    }
    // Metadata stays closed where inner networks are open, even beside an address that is open.
    let (_, call, target) = with(named(), Answers::new(&[&["127.0.0.1", "169.254.169.254"]]) as _);
    assert_eq!(code(&call, &target, "GET /x/a").await, "egress.denied.address");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_name_that_changes_its_mind_gains_nothing() {
    let server = Server::raw(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok").await;
    let dns = Answers::new(&[&["127.0.0.1"], &["169.254.169.254"]]);
    let named = config(vec![target("a", format!("http://api.example:{}", server.port()))]);
    let (_, call, target) = with(named, Arc::clone(&dns) as _);
    // One question a connection: what was checked is what is dialled.
    assert_eq!(code(&call, &target, "GET /x/a").await, "ok");
    assert_eq!(dns.asked(), 1);
    // The next connection asks again, and is judged again.
    assert_eq!(code(&call, &target, "GET /x/a").await, "egress.denied.address");
    assert_eq!((dns.asked(), server.seen().len()), (2, 1));
}

#[tokio::test]
async fn the_next_address_is_tried_when_one_is_dead() {
    let server = Server::plain(|_| async { ok() }).await;
    let named = config(vec![target("a", format!("http://api.example:{}", server.port()))]);
    let (_, call, target) = with(named, Answers::new(&[&["127.0.0.2", "127.0.0.1"]]) as _);
    assert_eq!(code(&call, &target, "GET /x/a").await, "ok");
    assert_eq!(server.seen()[0].host, format!("api.example:{}", server.port()));
}

#[tokio::test]
async fn no_server_and_no_name_are_told_apart() {
    let gone = Server::plain(|_| async { ok() }).await;
    let url = gone.url();
    drop(gone);
    let (_, call, target) = one(url);
    let error = call.send("use", &target, request("POST /x/a")).await.unwrap_err();
    assert_eq!(error.code(), "egress.connect");
    assert_eq!(error.to_string(), "no connection to target `a`: it refuses or cannot be reached");
    let (_, call, target) =
        with(config(vec![super::target("a", "http://api.example")]), Answers::new(&[&[]]) as _);
    let error = call.send("use", &target, request("POST /x/a")).await.unwrap_err();
    assert_eq!(error.to_string(), "no connection to target `a`: its name does not resolve");
}

fn limits(config: Config, change: impl FnOnce(&mut Limits)) -> Config {
    let mut config = config;
    change(&mut config.limits);
    config
}

/// A body that says `first` and then nothing more, without ending.
fn stalls(first: &'static str) -> Reply {
    let parts =
        futures::stream::iter([Ok(Frame::data(Bytes::from(first)))]).chain(futures::stream::pending());
    wire::Response::new(BodyExt::boxed(StreamBody::new(parts)))
}

#[tokio::test]
async fn each_timeout_ends_what_it_is_for() {
    let server = Server::plain(|seen| async move {
        match seen.target.as_str() {
            "/x/stall" => stalls("begin"),
            _ => std::future::pending().await,
        }
    })
    .await;
    let short = Duration::from_millis(100);
    type Change = fn(&mut Limits, Duration);
    let cases: [(Change, &str, &str); 3] = [
        (
            |limits, short| limits.headers = short,
            "GET /x/never",
            "target `a` did not begin to answer within 0.1 s",
        ),
        (
            |limits, short| limits.idle = short,
            "GET /x/stall",
            "target `a` did not go on answering within 0.1 s",
        ),
        (|limits, short| limits.total = short, "GET /x/stall", "target `a` did not finish within 0.1 s"),
    ];
    for (change, line, expected) in cases {
        let config = limits(config(vec![target("a", server.url())]), |limits| change(limits, short));
        let (_, call, target) = with(config, Arc::new(SystemResolver));
        let error = call.send("use", &target, request(line)).await.unwrap_err();
        assert_eq!((error.code(), error.to_string().as_str()), ("egress.timeout", expected));
    }
    // A request may ask for less than the limit, and for more up to the longest.
    let config = limits(config(vec![target("a", server.url())]), |limits| limits.longest = short);
    let (_, call, target) = with(config, Arc::new(SystemResolver));
    let mut asked = request("GET /x/never");
    asked.timeout = Some(Duration::from_secs(3600));
    assert_eq!(call.send("use", &target, asked).await.unwrap_err().code(), "egress.timeout");
}

#[tokio::test]
async fn a_server_that_does_not_shake_hands_is_given_up() {
    let server = Server::accepting(|stream, _, _| async move {
        let _held = stream;
        std::future::pending::<()>().await;
    })
    .await;
    let directory = tempfile::tempdir().unwrap();
    let wanted = secure(&directory, &server::Authority::new(), server.port());
    let config = limits(config(vec![wanted]), |limits| limits.connect = Duration::from_millis(100));
    let (_, call, target) = with(config, here());
    // Not even where it would do no harm is it tried again: that would be the whole wait once more.
    let error = call.send("use", &target, request("GET /x/a")).await.unwrap_err();
    assert_eq!(error.to_string(), "no connection to target `a`: it did not answer in time");
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_body_over_the_limit_is_given_up() {
    let server = Server::plain(|seen| async move {
        let large = vec![b'x'; 1001];
        match seen.target.as_str() {
            "/x/told" => reply(200, &[], large),
            "/x/untold" => {
                let part = || Ok(Frame::data(Bytes::from(vec![b'x'; 600])));
                wire::Response::new(BodyExt::boxed(StreamBody::new(futures::stream::iter([part(), part()]))))
            }
            _ => {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
                encoder.write_all(&vec![0; 1 << 20]).unwrap();
                reply(200, &[("content-encoding", "gzip")], encoder.finish().unwrap())
            }
        }
    })
    .await;
    let config = limits(config(vec![target("a", server.url())]), |limits| limits.response_bytes = 1000);
    let (_, call, target) = with(config, Arc::new(SystemResolver));
    for path in ["told", "untold", "bomb"] {
        let error = call.send("use", &target, request(&format!("GET /x/{path}"))).await.unwrap_err();
        assert_eq!(
            (error.code(), error.to_string().as_str()),
            ("egress.too-large", "the response body is larger than 1000 bytes"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn compressed_answers_come_back_unpacked() {
    let server = Server::plain(|seen| async move {
        assert_eq!(seen.header("accept-encoding"), Some("gzip"));
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(b"hello").unwrap();
        match seen.target.as_str() {
            "/x/good" => reply(200, &[("content-encoding", "gzip")], encoder.finish().unwrap()),
            "/x/other" => reply(200, &[("content-encoding", "br")], "hello"),
            _ => reply(200, &[("content-encoding", "gzip")], "this is not gzip"),
        }
    })
    .await;
    let (_, call, target) = one(server.url());
    let response = call.send("use", &target, request("GET /x/good")).await.unwrap();
    assert_eq!((response.body, response.headers), (Bytes::from("hello"), Vec::new()));
    assert!(call.send("use", &target, request("HEAD /x/good")).await.unwrap().body.is_empty());
    assert_eq!(code(&call, &target, "GET /x/other").await, "egress.protocol");
    assert_eq!(code(&call, &target, "GET /x/bad").await, "egress.protocol");
}

#[tokio::test]
async fn what_is_not_http_or_breaks_off_is_a_protocol_error() {
    for answer in [
        &b"SSH-2.0-OpenSSH_9.9\r\n\r\n"[..],
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello",
        b"",
    ] {
        let server = Server::raw(answer).await;
        let (_, call, target) = one(server.url());
        assert_eq!(code(&call, &target, "POST /x/a").await, "egress.protocol", "{answer:?}");
        assert_eq!(server.seen().len(), 1, "a POST is sent once");
    }
}

#[tokio::test]
async fn only_idempotent_requests_are_sent_again() {
    // Closes without a word.
    let server = Server::raw(b"").await;
    let (_, call, target) = one(server.url());
    assert_eq!(code(&call, &target, "GET /x/a").await, "egress.protocol");
    assert_eq!(server.seen().len(), 3);

    let busy = || async {
        Server::plain(|seen| async move {
            match seen.target.as_str() {
                "/x/soon" => reply(503, &[("retry-after", "0")], "busy"),
                "/x/late" => reply(429, &[("retry-after", "3600")], "busy"),
                "/x/date" => reply(429, &[("retry-after", "Fri, 20 Nov 2026 00:00:00 GMT")], "busy"),
                "/x/fine" => reply(200, &[("retry-after", "0")], "fine"),
                _ => reply(503, &[], "busy"),
            }
        })
        .await
    };
    for (line, times) in [
        ("GET /x/soon", 3),
        ("DELETE /x/soon", 3),
        ("POST /x/soon", 1),
        ("PATCH /x/soon", 1),
        ("GET /x/late", 1),
        ("GET /x/date", 1),
        ("GET /x/fine", 1),
        ("GET /x/unsaid", 1),
    ] {
        let server = busy().await;
        let (_, call, target) = one(server.url());
        // The last answer is the component's.
        assert_eq!(code(&call, &target, line).await, "ok");
        assert_eq!(server.seen().len(), times, "{line}");
    }
}

#[tokio::test]
async fn a_connection_that_went_stale_is_replaced() {
    let server = Server::raw(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
    let (_, call, target) = one(server.url());
    // Each connection closes after its answer, though it did not say so.
    for _ in 0..10 {
        assert_eq!(code(&call, &target, "GET /x/a").await, "ok");
    }
    assert!(server.connections() >= 10);
}
