//! Requests that no client means: whatever comes, the host answers in the protocol, keeps its secrets and goes on.
//!
//! The generator is seeded, so that a request that fails a test fails it again.

mod answers;
mod random;
mod requests;
mod wrong;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use postern::call::PrincipalKind;
use postern::identity::{Change, NewToken, TokenFile};
use postern_guests::{Guest, dropped_in};
use postern_upstreams::kubernetes::Fleet;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::bench::{configuration, drop_in, two_clusters};
use crate::commands::{Running, postern, run};
use answers::Answer;
use random::Random;
use requests::Sent;

/// Requests in all, and how many senders they are shared by.
const REQUESTS: u32 = 2_000;
const SENDERS: u32 = 4;

/// What is waited for comes long before this.
const SOON: Duration = Duration::from_secs(10);

/// What a host needs, and what it knows and must not tell.
struct Configured {
    folder: TempDir,
    fleet: Fleet,
    token: String,
    secrets: Vec<String>,
}

/// A host that serves over HTTP.
struct Host {
    running: Running,
    address: SocketAddr,
    configured: Configured,
}

impl Configured {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let fleet = Fleet::start(two_clusters()).await.unwrap();
        fleet.kubeconfig(&folder.path().join("kubeconfig")).unwrap();
        for plugin in ["hostile", "conformance"] {
            drop_in(Guest::named(plugin), folder.path());
        }
        let file = TokenFile::new(folder.path().join("tokens.toml"));
        let tokens = ["ana", "kim"].map(|name| {
            let (kind, groups) = (PrincipalKind::User, Vec::new());
            let new = NewToken { name: name.to_owned(), kind, groups, expires: None, restrictions: None };
            let made = file.change(&Change::Create(new), jiff::Timestamp::now()).unwrap();
            made.unwrap().expose().to_owned()
        });
        let hostile = dropped_in("hostile", r#"effects = ["read"]"#);
        let text = format!(
            "[identity]\ntokens = \"tokens.toml\"\n[[plugin]]\npath = \"conformance/plugin.toml\"\n{hostile}"
        );
        configuration(folder.path(), &text);
        let (code, out, err) = run(folder.path(), &["lock"]);
        assert_eq!(code, 0, "{out}{err}");

        let upstream = fleet.clusters().iter().filter_map(|cluster| cluster.token().map(str::to_owned));
        let [token, other] = tokens;
        let secrets = upstream.chain([token.clone(), other]).collect();
        Self { folder, fleet, token, secrets }
    }

    /// Starts the host that users start. What it logs goes to a file.
    fn spawn(&self, arguments: &[&str]) -> Child {
        let log = File::create(self.folder.path().join("log")).unwrap();
        let mut command = postern(self.folder.path(), arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).spawn().unwrap()
    }

    /// What a host that has ended was like: nothing broke in it, and nothing leaked from it.
    fn was_well(&self) {
        self.fleet.assert_untouched();
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap();
        assert!(!log.contains("panicked"), "{log}");
        assert!(!self.secrets.iter().any(|secret| log.contains(secret)), "{log}");
    }
}

impl Host {
    fn start(configured: Configured) -> Self {
        let mut child = configured.spawn(&["serve", "--listen", "127.0.0.1:0", "--format", "json"]);
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let running = Running(child);
        let ready: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("it is ready: {line}"));
        let url = ready["url"].as_str().unwrap();
        let address = url.strip_prefix("http://").unwrap().split_once('/').unwrap().0.parse().unwrap();
        Self { running, address, configured }
    }

    /// Sends these bytes, and reads until there is an answer.
    fn send(&self, sent: &Sent) -> Option<Answer> {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        // Who is refused early is not listened to until the end: writing may fail then.
        let _ = stream.write_all(&sent.bytes);
        if sent.is_cut {
            let _ = stream.shutdown(Shutdown::Write);
        }
        let (mut read, mut chunk) = (Vec::new(), [0; 8192]);
        loop {
            match stream.read(&mut chunk) {
                Ok(0) => break,
                Ok(count) => read.extend(&chunk[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break,
                Err(error) => panic!("no answer: {error}\n{sent}\n{}", String::from_utf8_lossy(&read)),
            }
            // A stream of events stays open: its first message is its answer.
            if Answer::parse(&read).is_some_and(|answer| answer.has_begun()) {
                break;
            }
        }
        Answer::parse(&read)
    }

    /// Whether it does what it is for.
    fn serves(&self, session: &str) -> bool {
        let good =
            [requests::good(&self.configured.token), requests::good_in(&self.configured.token, session)];
        let is_well = |answer: Answer| answer.status == 200 && answer.body.contains("Hello, Ana!");
        good.iter().all(|good| self.send(good).is_some_and(is_well))
    }

    fn end(mut self) {
        let process = Pid::from_raw(self.running.0.id().try_into().unwrap()).unwrap();
        kill_process(process, Signal::TERM).unwrap();
        self.running.0.wait().unwrap();
        self.configured.was_well();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_sent_is_answered_in_the_protocol() {
    let host = Host::start(Configured::new().await);
    let statuses = Mutex::new(BTreeMap::<u16, u32>::new());
    std::thread::scope(|scope| {
        for sender in 0..SENDERS {
            let (host, statuses) = (&host, &statuses);
            scope.spawn(move || {
                // One each, and one request after the other: a session takes two of one id for one.
                let session = requests::session(&host.configured.token, |sent| host.send(sent));
                assert!(host.serves(&session));
                let mut random = Random::seeded(sender);
                for _ in 0..REQUESTS / SENDERS {
                    let sent = requests::any(&mut random, &host.configured.token, &session);
                    let answer = host.send(&sent);
                    if let Err(fault) = answers::check(&sent, answer.as_ref(), &host.configured.secrets) {
                        panic!("{fault}\n{sent}\n{}", answer.map(|it| it.to_string()).unwrap_or_default());
                    }
                    let status = answer.map_or(0, |answer| answer.status);
                    *statuses.lock().unwrap().entry(status).or_default() += 1;
                }
                assert!(host.serves(&session), "after all of that too");
            });
        }
    });
    let statuses = statuses.into_inner().unwrap();
    // The generator is worth something: it comes as far as calls, and is stopped at every door before them.
    for status in [200, 202, 400, 404, 405, 415] {
        assert!(statuses.get(&status).is_some_and(|count| *count >= 5), "{status}: {statuses:?}");
    }
    host.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_comes_by_a_pipe_is_answered_in_the_protocol() {
    let configured = Configured::new().await;
    let mut child = configured.spawn(&["stdio"]);
    let (mut input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut running = Running(child);
    let writing = std::thread::spawn(move || {
        let mut random = Random::seeded(SENDERS);
        let [initialize, initialized] = requests::beginning();
        writeln!(input, "{initialize}\n{initialized}").unwrap();
        for _ in 0..REQUESTS / 4 {
            input.write_all(&requests::line(&mut random)).unwrap();
            input.write_all(b"\n").unwrap();
        }
        let params = json!({"name": "conformance_greet", "arguments": {"name": "Ana"}});
        let last = json!({"jsonrpc": "2.0", "id": "the last", "method": "tools/call", "params": params});
        writeln!(input, "{last}").unwrap();
        input
    });
    let mut answers = 0;
    for line in BufReader::new(output).lines() {
        let line = line.unwrap();
        answers += 1;
        answers::check_line(&line, &configured.secrets).unwrap_or_else(|fault| panic!("{fault}\n{line}"));
        if line.contains(r#""id":"the last""#) {
            assert!(line.contains("Hello, Ana!"), "{line}");
            break;
        }
    }
    // Closed by its client, it ends.
    drop(writing.join().unwrap());
    assert!(running.0.wait().unwrap().success());
    assert!(answers > REQUESTS / 8, "{answers} answers");
    configured.was_well();
}
