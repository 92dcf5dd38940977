//! Logging in is a power of its own: an instance that serves no call has it, and no call has any of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use postern::call::{Call, CallError, Client, Content, Kind, Origin, Outcome};
use postern::config::Config;
use postern::gateway::Gateway;
use postern::identity::{Audience, Credential};
use postern::start::{ReloadPart, Reloader};
use postern_guests::Guest;
use postern_upstreams::wire::{Answer, Authority, ClientCertificates, Hangup, Received, Reply, Server};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::bench::{accept, compiled, configuration, drop_in, start, write_plugin};

const PASSWORD: &str = "correct-horse-battery";

/// A server that wants a login first. Every token that it gives out ends the one before.
#[derive(Default)]
struct Site {
    logins: AtomicUsize,
    /// What it wants on requests now.
    token: Mutex<String>,
    /// Requests that came, as `METHOD path`, and whether with the token.
    seen: Mutex<Vec<(String, bool)>>,
}

impl Site {
    fn logins(&self) -> usize {
        self.logins.load(Ordering::SeqCst)
    }

    fn revoke(&self) {
        *self.token.lock().unwrap() = "revoked".to_owned();
    }

    fn log_in(&self, received: &Received) -> Reply {
        let number = self.logins.fetch_add(1, Ordering::SeqCst) + 1;
        let given: Value = serde_json::from_slice(&received.body).unwrap_or_default();
        let cookie = received.headers.get("cookie").is_some_and(|it| it == "auth_state=TOKEN");
        if given["password"] != PASSWORD || !cookie {
            return Reply::empty(hyper_status(302)).header("location", "/?error=x");
        }
        let token = format!("token-number-{number}");
        *self.token.lock().unwrap() = token.clone();
        Reply::empty(hyper_status(302))
            .header("location", &format!("/?token={token}"))
            .header("set-cookie", "session=of-the-host")
    }
}

fn hyper_status(code: u16) -> http::StatusCode {
    http::StatusCode::from_u16(code).unwrap()
}

impl Answer for Site {
    async fn answer(&self, received: Received) -> Result<Reply, Hangup> {
        let path = received.uri.path().to_owned();
        let shown = received.headers.get("authorization").map(|it| it.to_str().unwrap().to_owned());
        let is_known = shown == Some(format!("Bearer {}", self.token.lock().unwrap()));
        self.seen.lock().unwrap().push((format!("{} {path}", received.method), is_known));
        if path == "/auth/callback" {
            return Ok(self.log_in(&received));
        }
        if !is_known {
            return Ok(Reply::text(hyper_status(401), "who are you"));
        }
        // As badly behaved as can be: everything that it was shown comes back.
        let echo = format!("{shown:?} {:?}", received.headers.get("cookie"));
        Ok(Reply::text(hyper_status(200), echo).header("location", "/elsewhere?token=x"))
    }
}

struct Host {
    gateway: Arc<Gateway>,
    config: Config,
    site: Arc<Site>,
    folder: TempDir,
    _server: Server,
}

impl Host {
    async fn start(username: &str, password: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        drop_in(Guest::named("keyholder"), folder.path());
        let (site, authority) = (Arc::new(Site::default()), Authority::new("site").unwrap());
        let server =
            Server::start(&authority, &[], ClientCertificates::Off, true, Arc::clone(&site)).await.unwrap();
        std::fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
        std::fs::write(folder.path().join("password"), password).unwrap();
        let text = configured(&server, username);
        let config = configuration(folder.path(), &text);
        accept(&config).await.unwrap();
        let gateway = Arc::new(start(&config).await.unwrap());
        Self { gateway, config, site, folder, _server: server }
    }

    async fn tried(&self, how: &str) -> Result<String, CallError> {
        let user = Credential::LocalUser("ana".to_owned());
        let principal = self.gateway.authenticate(&user, &Audience::default()).await.unwrap();
        let arguments = json!({"how": how, "path": "/v1/items"});
        let call = Call {
            id: "test".to_owned(),
            kind: Kind::Tool,
            plugin: "keyholder".to_owned(),
            name: "try".to_owned(),
            arguments: serde_json::from_value(arguments).unwrap(),
            client: Client::default(),
            completing: None,
            origin: Origin::default(),
        };
        match self.gateway.call(&principal, call).await? {
            Outcome::Tool { content, .. } => match content.as_slice() {
                [Content::Text(text)] => Ok(text.clone()),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    /// The audit's records so far, as lines.
    async fn audit(self) -> String {
        self.gateway.audit().clone().close().await;
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_postern"));
        command.args(["audit", "export", "--format", "jsonl", "--log"]);
        let output = command.arg(self.folder.path().join("audit.db")).env_clear().output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

fn configured(server: &Server, username: &str) -> String {
    format!(
        r#"
[[plugin]]
path = "keyholder/plugin.toml"
[[plugin.grant]]
capabilities = ["login", "read-items"]
targets = ["*"]
[plugin.upstream.site]
private_networks = true
[[plugin.upstream.site.target]]
name = "main"
base_url = "https://{}"
ca = "ca.pem"
[plugin.upstream.site.target.credential]
login = {{ username = "{username}", password = "file:password" }}
"#,
        server.address()
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_cold_calls_are_one_login_and_none_sees_the_token() {
    let host = Host::start("svc", PASSWORD).await;
    let answers = futures::future::join_all((0..8).map(|_| host.tried("read"))).await;
    for answer in answers {
        let answer = answer.unwrap();
        assert!(answer.starts_with("answered 200"), "{answer}");
        assert!(answer.contains("Bearer [redacted]") && !answer.contains("token-number"), "{answer}");
        // What the login may see of an answer, a call may not.
        assert!(!answer.contains("elsewhere"), "{answer}");
    }
    assert_eq!(host.site.logins(), 1);
    let seen = host.site.seen.lock().unwrap().clone();
    assert_eq!(seen.iter().filter(|(line, _)| line == "GET /v1/items").count(), 8);
    assert!(seen.iter().all(|(line, known)| *known || line == "POST /auth/callback"), "{seen:?}");

    let audit = host.audit().await;
    let logins: Vec<&str> = audit.lines().filter(|line| line.contains("login.succeeded")).collect();
    assert_eq!(logins.len(), 1);
    assert!(logins[0].contains(r#""targets":["main"]"#), "{}", logins[0]);
    assert!(!audit.contains("token-number") && !audit.contains(PASSWORD), "{audit}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_token_is_one_login_more() {
    let host = Host::start("svc", PASSWORD).await;
    assert!(host.tried("read").await.unwrap().starts_with("answered 200"));
    host.site.revoke();
    let answers = futures::future::join_all((0..4).map(|_| host.tried("read"))).await;
    assert!(answers.into_iter().all(|answer| answer.unwrap().starts_with("answered 200")));
    assert_eq!(host.site.logins(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_goes_on_with_the_token() {
    let host = Host::start("svc", PASSWORD).await;
    assert!(host.tried("read").await.unwrap().starts_with("answered 200"));
    let config = host.config.clone();
    let read = Box::new({
        let config = config.clone();
        move || Ok(config.clone())
    });
    let mut reloader = Reloader::new(Arc::clone(&host.gateway), config, Some(compiled()), read);
    reloader.reload(ReloadPart::Everything).await.unwrap();
    assert!(host.tried("read").await.unwrap().starts_with("answered 200"));
    assert_eq!(host.site.logins(), 1);
    // Who logs in from here on is the component that is loaded now.
    host.site.revoke();
    assert!(host.tried("read").await.unwrap().starts_with("answered 200"));
    assert_eq!(host.site.logins(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_can_log_in() {
    let host = Host::start("svc", PASSWORD).await;
    for (how, why) in [
        ("login", "does not have the capability `login`"),
        ("login-with-cookie", "does not have the capability `login`"),
        ("cookie", "does not let this request carry a header"),
    ] {
        let told = host.tried(how).await.unwrap();
        assert!(told.starts_with("refused Error::Denied") && told.contains(why), "{how}: {told}");
    }
    assert!(host.site.seen.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_is_tried_once_and_then_waited_out() {
    let host = Host::start("svc", "a-wrong-password").await;
    for _ in 0..5 {
        let told = host.tried("read").await.unwrap();
        assert!(told.contains("its login was refused; there is no other login for"), "{told}");
        assert!(!told.contains("a-wrong-password"), "{told}");
    }
    assert_eq!(host.site.logins(), 1);
    let audit = host.audit().await;
    assert!(audit.contains(r#""code":"login.failed""#) && audit.contains("login.refused"), "{audit}");
    assert!(!audit.contains("a-wrong-password"), "{audit}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_login_knows_stays_in_it() {
    // It says the password in its problem, in the log, and in the cache.
    let host = Host::start("loud", PASSWORD).await;
    let told = host.tried("read").await.unwrap();
    assert!(told.contains("its login was refused") && !told.contains("the password is"), "{told}");
    assert_eq!(host.tried("cache").await.unwrap(), "None");
    assert_eq!(host.site.logins(), 0);

    let host = Host::start("trap", PASSWORD).await;
    let told = host.tried("read").await.unwrap();
    assert!(told.contains("its authenticator failed"), "{told}");

    // It would read what calls may read.
    let host = Host::start("curious", PASSWORD).await;
    let told = host.tried("read").await.unwrap();
    assert!(told.contains("its login was refused"), "{told}");
    assert!(host.site.seen.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_binary_logs_in_if_and_only_if_its_manifest_says_so() {
    let guest = Guest::named("keyholder");
    let (without, _) = guest.manifest.split_once("[authenticator]").unwrap();
    let tool = "[[tool]]\nname = \"try\"\ncapabilities = [\"login\", \"read-items\"]\ntargets = \"one\"\n";
    let without =
        without.replace("header_exact = { cookie = \"auth_state=TOKEN\" }\nreveal = [\"location\"]\n", "");
    let folder = tempfile::tempdir().unwrap();
    write_plugin(&folder.path().join("keyholder"), &format!("{without}{tool}"), guest.component);
    let text = r#"
[[plugin]]
path = "keyholder/plugin.toml"
[[plugin.grant]]
capabilities = ["login", "read-items"]
targets = ["*"]
[[plugin.upstream.site.target]]
name = "main"
base_url = "https://site.example"
"#;
    let error = accept(&configuration(folder.path(), text)).await.unwrap_err();
    let told = format!("{:?}", std::error::Error::source(&error).map(ToString::to_string));
    assert!(told.contains("it exports `authenticator`, of which its manifest says nothing"), "{told}");
}
