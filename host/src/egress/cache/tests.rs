//! What is kept, for whom and for how long; that equal requests are one; and that a write ends it.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Semaphore;

use super::*;
use crate::authority::{Authority, BoundCapability, By, PathTemplate, Rule};
use crate::call::Arguments;
use crate::egress::tests::server::{Server, reply};
use crate::egress::tests::{config, request, target};
use crate::egress::{CallEgress, Egress, Exchange, Ledger, Limits, Target};

const FRESH: u64 = 30;
const STALE: u64 = 60;

/// Reads of `/x/…`, kept; of `/p/…`, kept for their principal; `POST /s/…`, a read; and `POST /x/…`, a change.
fn authority() -> Authority {
    let caching = |by| {
        let seconds = Duration::from_secs;
        Some(Caching { fresh: seconds(FRESH), stale: seconds(STALE), by })
    };
    let rule = |method: &str, path: &str, safe, caching| Rule {
        method: method.parse().unwrap(),
        path: path.parse::<PathTemplate>().unwrap(),
        without: Default::default(),
        query: ["q".to_owned()].into(),
        query_exact: Default::default(),
        header_exact: Default::default(),
        headers: Default::default(),
        safe,
        reveal: Default::default(),
        caching,
    };
    let rules = [
        rule("GET", "/x/{rest...}", false, caching(By::Target)),
        rule("GET", "/p/{rest...}", false, caching(By::Principal)),
        rule("POST", "/s/{rest...}", true, caching(By::Target)),
        rule("POST", "/x/{rest...}", false, None),
    ];
    let bound = BoundCapability {
        upstream: "server".to_owned(),
        rules: rules.iter().filter_map(|it| it.bind(&Arguments::default(), &Default::default())).collect(),
        targets: ["a", "b"].map(str::to_owned).into(),
    };
    Authority::default().with("use", bound)
}

/// A server that numbers its answers, each of which waits for leave.
struct Site {
    server: Server,
    may: Arc<Semaphore>,
    egress: Egress,
}

impl Site {
    async fn start(status: u16, headers: &'static [(&'static str, &'static str)]) -> Self {
        let (count, may) = (AtomicUsize::new(0), Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)));
        let wait = Arc::clone(&may);
        let server = Server::plain(move |seen| {
            let (number, wait) = (count.fetch_add(1, Ordering::SeqCst) + 1, Arc::clone(&wait));
            async move {
                wait.acquire().await.unwrap().forget();
                reply(status, headers, format!("{number} {} {}", seen.method, seen.target))
            }
        })
        .await;
        let targets = vec![target("a", server.url()), target("b", server.url())];
        let egress = Egress::new(config(targets)).unwrap();
        Self { server, may, egress }
    }

    fn call(&self) -> CallEgress {
        self.egress.open("plugin", authority(), Ledger::default()).of_principal("ana")
    }

    fn target(&self) -> Target {
        self.egress.targets("plugin", "server").remove(0)
    }

    async fn ask(&self, line: &str) -> Response {
        self.call().send("use", &self.target(), request(line)).await.unwrap()
    }

    /// Asks in a task of its own.
    fn asking(&self, line: &str) -> tokio::task::JoinHandle<Result<Response, Error>> {
        let (call, target, request) = (self.call(), self.target(), request(line));
        tokio::spawn(async move { call.send("use", &target, request).await })
    }

    async fn arrive(&self, requests: usize) {
        while self.server.seen().len() < requests {
            tokio::task::yield_now().await;
        }
    }
}

fn header<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    response.headers.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
}

/// Lets the clock jump; real sockets wait meanwhile.
async fn pass(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}

/// Lets every task that can go on without a socket do so.
async fn settle() {
    for _ in 0..64 {
        tokio::task::yield_now().await;
    }
}

fn last(call: &CallEgress) -> Exchange {
    call.ledger().exchanges().pop().unwrap()
}

#[tokio::test]
async fn a_fresh_answer_is_given_without_asking() {
    let site =
        Site::start(200, &[("content-type", "text/plain"), ("cache-control", "no-cache, private")]).await;
    let first = site.ask("GET /x/a").await;
    assert_eq!(header(&first, "cache-status"), Some("postern; fwd=uri-miss; stored"));
    assert_eq!(header(&first, "age"), None);
    pass(10).await;
    let call = site.call();
    let second = call.send("use", &site.target(), request("GET /x/a")).await.unwrap();
    assert_eq!((second.status, &second.body), (200, &first.body));
    assert_eq!(header(&second, "content-type"), Some("text/plain"));
    assert_eq!(header(&second, "cache-status"), Some("postern; hit; ttl=19"));
    assert_eq!(header(&second, "age"), Some("10"));
    assert_eq!(site.server.seen().len(), 1);
    let exchange = last(&call);
    assert!(matches!(exchange.served, Some(Served::Fresh(age)) if age.as_secs() == 10));
    assert_eq!((exchange.ended, exchange.received_bytes), (Ok(200), 10));
    let worst = call.ledger().from_cache().unwrap();
    assert_eq!((worst.0, worst.1.as_secs()), (false, 10));
    // A call that asked for nothing that was kept says nothing.
    let call = site.call();
    call.send("use", &site.target(), request("GET /x/b")).await.unwrap();
    assert_eq!((last(&call).served, call.ledger().from_cache()), (None, None));
}

#[tokio::test]
async fn a_stale_answer_is_given_at_once_and_renewed_once() {
    let site = Site::start(200, &[]).await;
    assert_eq!(site.ask("GET /x/a").await.body, "1 GET /x/a");
    site.may.forget_permits(usize::MAX);
    pass(40).await;
    let call = site.call();
    for _ in 0..5 {
        let old = call.send("use", &site.target(), request("GET /x/a")).await.unwrap();
        assert_eq!(old.body, "1 GET /x/a");
        assert_eq!(header(&old, "cache-status"), Some("postern; hit; ttl=-10"));
        assert_eq!(header(&old, "age"), Some("40"));
    }
    let worst = call.ledger().from_cache().unwrap();
    assert_eq!((worst.0, worst.1.as_secs()), (true, 40));
    drop(call);
    site.arrive(2).await;
    settle().await;
    assert_eq!(site.server.seen().len(), 2, "one renews it for all");
    site.may.add_permits(1);
    // The call is gone; what was fetched for it is there all the same.
    while site.ask("GET /x/a").await.body != "2 GET /x/a" {
        tokio::task::yield_now().await;
    }
    assert_eq!(site.server.seen().len(), 2);
}

#[tokio::test]
async fn what_is_too_old_is_given_to_nobody() {
    let site = Site::start(200, &[]).await;
    site.ask("GET /x/a").await;
    pass(FRESH + STALE).await;
    assert_eq!(site.ask("GET /x/a").await.body, "2 GET /x/a");
}

#[tokio::test]
async fn equal_requests_in_flight_are_one() {
    let site = Site::start(200, &[]).await;
    site.may.forget_permits(usize::MAX);
    let asking: Vec<_> = (0..10).map(|_| site.asking("GET /x/a")).collect();
    site.arrive(1).await;
    settle().await;
    site.may.add_permits(10);
    let mut collapsed = 0;
    for each in asking {
        let answer = each.await.unwrap().unwrap();
        assert_eq!(answer.body, "1 GET /x/a");
        collapsed += usize::from(header(&answer, "cache-status").unwrap().contains("collapsed"));
    }
    assert_eq!((site.server.seen().len(), collapsed), (1, 9));
}

#[tokio::test]
async fn another_takes_over_from_one_that_is_gone() {
    let site = Site::start(200, &[]).await;
    site.may.forget_permits(usize::MAX);
    let leader = site.asking("GET /x/a");
    site.arrive(1).await;
    let followers: Vec<_> = (0..3).map(|_| site.asking("GET /x/a")).collect();
    settle().await;
    leader.abort();
    assert!(leader.await.unwrap_err().is_cancelled());
    site.arrive(2).await;
    settle().await;
    site.may.add_permits(2);
    for each in followers {
        assert_eq!(each.await.unwrap().unwrap().body, "2 GET /x/a");
    }
    assert_eq!(site.server.seen().len(), 2);
}

#[tokio::test]
async fn a_write_ends_what_was_kept_of_its_target() {
    let site = Site::start(200, &[]).await;
    let other = site.egress.targets("plugin", "server").remove(1);
    site.ask("GET /x/a").await;
    site.call().send("use", &other, request("GET /x/a")).await.unwrap();
    site.ask("POST /s/a").await;
    assert_eq!(site.ask("GET /x/a").await.body, "1 GET /x/a", "a read by POST changes nothing");
    site.ask("POST /x/a").await;
    assert_eq!(site.ask("GET /x/a").await.body, "5 GET /x/a");
    let kept = site.call().send("use", &other, request("GET /x/a")).await.unwrap();
    assert_eq!(kept.body, "2 GET /x/a", "of another target nothing has changed");
}

#[tokio::test]
async fn what_was_read_before_a_write_had_ended_is_not_kept_after_it() {
    let site = Site::start(200, &[]).await;
    site.may.forget_permits(usize::MAX);
    let write = site.asking("POST /x/a");
    site.arrive(1).await;
    let read = site.asking("GET /x/a");
    site.arrive(2).await;
    site.may.add_permits(2);
    read.await.unwrap().unwrap();
    write.await.unwrap().unwrap();
    site.may.add_permits(1);
    assert_eq!(site.ask("GET /x/a").await.body, "3 GET /x/a");
}

#[tokio::test]
async fn what_one_principal_was_told_no_other_is() {
    let site = Site::start(200, &[]).await;
    let as_principal = async |subject: Option<&str>| {
        let call = site.egress.open("plugin", authority(), Ledger::default());
        let call = subject.map_or_else(
            || call.clone(),
            |subject| site.egress.open("plugin", authority(), Ledger::default()).of_principal(subject),
        );
        call.send("use", &site.target(), request("GET /p/a")).await.unwrap().body
    };
    assert_eq!(as_principal(Some("ana")).await, "1 GET /p/a");
    assert_eq!(as_principal(Some("kim")).await, "2 GET /p/a");
    assert_eq!(as_principal(Some("ana")).await, "1 GET /p/a");
    // Where it is not known who asks, nothing is looked for and nothing kept.
    assert_eq!(as_principal(None).await, "3 GET /p/a");
    assert_eq!(as_principal(None).await, "4 GET /p/a");
}

#[tokio::test]
async fn only_equal_requests_are_equal() {
    let site = Site::start(200, &[]).await;
    let with = |name: &str, value: &str| {
        let mut asked = request("GET /x/a");
        asked.headers = vec![(name.to_owned(), value.to_owned())];
        asked
    };
    let search = |query: &str| {
        let mut asked = request("POST /s/a");
        asked.body = Some(query.to_owned().into());
        asked
    };
    let mut queried = request("GET /x/a");
    queried.parameters = vec![("q".to_owned(), "1".to_owned())];
    for asked in [
        request("GET /x/a"),
        request("GET /x/b"),
        queried,
        with("accept", "application/json"),
        with("accept", "text/plain"),
        search("a"),
        search("b"),
    ] {
        let before = site.server.seen().len();
        for _ in 0..2 {
            site.call().send("use", &site.target(), asked.clone()).await.unwrap();
        }
        assert_eq!(site.server.seen().len(), before + 1, "{asked:?}");
    }
    // One that asks whether something has changed wants to know it from the target.
    for _ in 0..2 {
        let asked = with("if-none-match", "\"1\"");
        let before = site.server.seen().len();
        site.call().send("use", &site.target(), asked).await.unwrap();
        assert_eq!(site.server.seen().len(), before + 1);
    }
}

#[tokio::test]
async fn what_is_no_whole_yes_is_not_kept() {
    for (status, headers) in [
        (404, &[] as &[_]),
        (500, &[]),
        (204, &[]),
        (302, &[("location", "/y")]),
        (200, &[("cache-control", "max-age=60, no-store")]),
        (200, &[("vary", "*")]),
    ] {
        let site = Site::start(status, headers).await;
        for _ in 0..2 {
            let answer = site.ask("GET /x/a").await;
            assert_eq!(answer.status, status);
            assert_eq!(header(&answer, "cache-status"), Some("postern; fwd=uri-miss"));
        }
        assert_eq!(site.server.seen().len(), 2, "{status} {headers:?}");
    }
}

#[test]
fn what_is_no_answer_is_not_kept() {
    let headers = |name: &'static str, value: &'static str| match value {
        "" => HeaderMap::new(),
        _ => HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]),
    };
    for (accept, content_type, body, is_kept) in [
        ("application/json", "application/json", "{}", true),
        ("application/json", "text/plain", "{", true),
        ("application/json", "", "{", true),
        ("application/json", "text/html; charset=utf-8", "<html>", false),
        ("application/json, text/*;q=0.1", "text/html", "<html>", true),
        ("*/*", "text/html", "<html>", true),
        ("", "text/html", "<html>", true),
        ("", "Application/JSON;charset=utf-8", "{\"a\": ", false),
        ("", "application/json", "", false),
    ] {
        let (asked, answered) = (headers("accept", accept), headers("content-type", content_type));
        assert_eq!(
            may_keep(&asked, 200, &answered, body.as_bytes()),
            is_kept,
            "{accept} {content_type} {body}"
        );
    }
}

#[tokio::test]
async fn errors_are_shared_in_flight_and_forgotten() {
    let server = Server::raw(b"").await;
    let egress = Egress::new(config(vec![target("a", server.url())])).unwrap();
    let call = egress.open("plugin", authority(), Ledger::default());
    let target = egress.targets("plugin", "server").remove(0);
    let asked = || call.send("use", &target, request("POST /s/a"));
    let answers = futures::future::join_all((0..5).map(|_| asked())).await;
    let codes: Vec<_> = answers.into_iter().map(|answer| answer.unwrap_err().code()).collect();
    assert_eq!(codes, ["egress.protocol"; 5]);
    assert_eq!(server.seen().len(), 1);
    assert!(asked().await.is_err());
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn what_a_call_may_not_ask_it_is_not_given() {
    let site = Site::start(200, &[]).await;
    site.ask("GET /x/a").await;
    let call = site.egress.open("plugin", Authority::default(), Ledger::default());
    let error = call.send("use", &site.target(), request("GET /x/a")).await.unwrap_err();
    assert_eq!(error.code(), "egress.denied.capability");
}

#[tokio::test]
async fn what_is_kept_costs_a_call_its_requests_and_bytes() {
    let server = Server::plain(|_| async { reply(200, &[], "0123456789") }).await;
    let mut small = config(vec![target("a", server.url())]);
    small.limits = Limits { requests: 3, bytes: 25, ..small.limits };
    let egress = Egress::new(small).unwrap();
    let call = egress.open("plugin", authority(), Ledger::default());
    let target = egress.targets("plugin", "server").remove(0);
    let mut codes = Vec::new();
    for _ in 0..4 {
        codes
            .push(call.send("use", &target, request("GET /x/a")).await.map_or_else(|it| it.code(), |_| "ok"));
    }
    assert_eq!(codes, ["ok", "ok", "egress.bytes", "egress.requests"]);
    assert_eq!(server.seen().len(), 1);
}
