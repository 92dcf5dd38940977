//! Who is told of requests, and the command that decides on them.

use std::process::Output;
use std::sync::{Mutex, MutexGuard};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::http::Site;
use super::*;

const SECRET: &str = "a-secret-of-more-than-24-bytes";

/// A message as it arrived.
#[derive(Clone)]
struct Arrived {
    head: String,
    body: String,
}

impl Arrived {
    fn header(&self, name: &str) -> &str {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find_map(|(known, value)| known.eq_ignore_ascii_case(name).then_some(value)).unwrap_or_default()
    }

    fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Whether the signature is right, as a receiver finds out.
    fn is_signed(&self) -> bool {
        let signed =
            format!("{}.{}.{}", self.header("webhook-id"), self.header("webhook-timestamp"), self.body);
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        let signature = self.header("webhook-signature").strip_prefix("v1,").unwrap_or_default();
        let tag = STANDARD.decode(signature).unwrap_or_default();
        hmac::verify(&key, signed.as_bytes(), &tag).is_ok()
    }
}

/// Somebody who is told, and refuses so many times first.
struct Receiver {
    port: u16,
    arrived: Arc<Mutex<Vec<Arrived>>>,
}

impl Receiver {
    async fn refusing(times: usize) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let (port, arrived) = (listener.local_addr().unwrap().port(), Arc::new(Mutex::new(Vec::new())));
        let notes = Arc::clone(&arrived);
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut bytes = Vec::new();
                let message = loop {
                    let mut more = [0; 4096];
                    let read = stream.read(&mut more).await.unwrap();
                    bytes.extend_from_slice(&more[..read]);
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                    let message = Arrived { head: head.to_owned(), body: body.to_owned() };
                    if message.header("content-length").parse::<usize>().unwrap() == body.len() {
                        break message;
                    }
                };
                let count = {
                    let mut notes: MutexGuard<'_, Vec<Arrived>> = notes.lock().unwrap();
                    notes.push(message);
                    notes.len()
                };
                let status = if count > times { "204 No Content" } else { "500 Internal Server Error" };
                let answer = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Self { port, arrived }
    }

    fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap().clone()
    }

    /// With a secret beside the configuration, which `folder` is for.
    fn configuration(&self, more: &str) -> String {
        format!(
            "[server]\npublic_url = \"https://postern.example\"\n[[approvals.webhook]]\n\
             url = \"http://127.0.0.1:{}/hook\"\nsecret = \"file:{}\"\nprivate_networks = true\n{more}\n",
            self.port,
            secret().display()
        )
    }
}

/// A file with the secret, which outlives the tests.
fn secret() -> std::path::PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("webhook.secret");
    std::fs::write(&path, SECRET).unwrap();
    path
}

/// Lets time pass until so many messages have arrived.
async fn until(host: &Held, receiver: &Receiver, count: usize) -> Vec<Arrived> {
    while receiver.arrived().len() < count {
        host.pass(1);
        host.bench.gateway().look_after_approvals().await;
        tokio::task::yield_now().await;
    }
    receiver.arrived()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_signed_and_sent_again_until_it_is_taken() {
    let receiver = Receiver::refusing(2).await;
    let host = Held::with(&receiver.configuration("arguments = [\"namespace\"]")).await;
    let asked = host.held(delete("prod", "web-0")).await;
    assert_eq!(asked.url, Some(format!("https://postern.example/approvals/{}", asked.id)));
    until(&host, &receiver, 1).await;
    // The host goes away before it is taken, and another one goes on.
    let host = host.restarted().await;
    let arrived = until(&host, &receiver, 3).await;
    let first = &arrived[0];
    assert!(arrived.iter().all(Arrived::is_signed));
    assert!(
        arrived.iter().all(|each| each.header("webhook-id") == first.header("webhook-id")),
        "one message"
    );
    assert!(first.header("webhook-timestamp") < arrived[2].header("webhook-timestamp"));
    assert!(arrived.iter().all(|each| each.body == first.body) && first.kind() == "approval.requested");
    let forged =
        Arrived { body: first.body.replace("web-0", "web-1").replace("prod", "lab"), ..first.clone() };
    assert!(!forged.is_signed());

    let told = first.json();
    assert_eq!(told["data"]["id"], asked.id.as_str());
    assert_eq!(told["data"]["arguments"], json!({"namespace": "shop"}), "what is listed and no more");
    let text = told["text"].as_str().unwrap();
    assert!(
        text.contains("token:agent") && text.contains("hostile/delete") && text.contains("prod"),
        "{text}"
    );
    assert!(text.ends_with(&asked.url.unwrap()), "{text}");
    assert!(!first.body.contains("web-0"), "{}", first.body);

    host.bench.gateway().approve(&host.ana, &asked.id).await.unwrap();
    host.bench.gateway().deny(&host.ben, &asked.id, "<b>not</b> today").await.unwrap();
    let arrived = until(&host, &receiver, 4).await;
    assert_eq!(arrived[3].kind(), "approval.denied", "single votes are not told");
    host.bench.gateway().look_after_approvals().await;
    assert_eq!(receiver.arrived().len(), 4, "what was taken is not sent again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_is_not_open_is_not_dialled() {
    let receiver = Receiver::refusing(0).await;
    let configuration = receiver.configuration("").replace("private_networks = true", "");
    let host = Held::with(&configuration).await;
    host.held(delete("prod", "web-0")).await;
    for _ in 0..3 {
        host.pass(60);
        host.bench.gateway().look_after_approvals().await;
    }
    assert!(receiver.arrived().is_empty());
}

/// What the command says to `arguments`, by the bearer of `token`.
async fn command(site: &Site, token: Option<&str>, arguments: &[&str]) -> (i32, String, String) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_postern"));
    command.env_clear().arg("approvals").arg("--server").arg(format!("http://{}", site.served.address));
    command.args(arguments);
    if let Some(token) = token {
        command.env("POSTERN_TOKEN", token);
    }
    let ran = tokio::task::spawn_blocking(move || command.output()).await.unwrap();
    let Output { status, stdout, stderr } = ran.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_decides_as_its_token_and_says_what_came_of_it() {
    let site = Site::new().await;
    let id = site.held(delete("prod", "web-0")).await;
    let (agent, ana, ben) = (site.agent.expose(), site.ana.expose(), site.ben.expose());
    let (code, out, _) = command(&site, Some(ana), &["list"]).await;
    assert_eq!(code, 0);
    assert!(
        out.starts_with(&format!("{id}  pending  hostile/delete on prod  by token:agent  0 of 2")),
        "{out}"
    );
    let (code, out, _) = command(&site, Some(ana), &["show", &id]).await;
    assert!(code == 0 && out.contains("\"name\": \"web-0\"") && out.contains("effect: destructive"), "{out}");

    let (code, out, _) = command(&site, Some(agent), &["approve", &id]).await;
    assert!(code == 1 && out.contains("(approval.own)"), "{out}");
    let (code, out, _) = command(&site, Some(agent), &["approve", &id, "--format", "json"]).await;
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &told["code"]), (1, &json!("approval.own")));
    assert_eq!(command(&site, Some(ana), &["show", "0"]).await.0, 1, "unknown");
    for (token, arguments) in [
        (None, &["list"][..]),
        (Some("postern_wrong"), &["list"]),
        (Some(ana), &["show", "../healthz"]),
        (Some(ana), &["deny", &id]),
        (Some(ana), &["list", "--server", "http://192.0.2.1:1"]),
    ] {
        let (code, out, told) = command(&site, token, arguments).await;
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}: {told}");
        assert!(!told.contains(ana), "{told}");
    }

    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("{ben}\n")).unwrap();
    let named = file.path().to_str().unwrap();
    assert_eq!(command(&site, Some(ana), &["approve", &id]).await.0, 0);
    let (code, out, _) = command(&site, None, &["approve", &id, "--token-file", named]).await;
    assert!(code == 0 && out.contains("  approved  "), "{out}");
    let (code, out, _) = command(&site, Some(agent), &["revoke", &id, "--reason", "not needed"]).await;
    assert!(code == 0 && out.contains("  revoked  ") && out.contains("because: not needed"), "{out}");
    assert_ne!(site.held(delete("prod", "web-0")).await, id, "nothing is left to run by");
}
