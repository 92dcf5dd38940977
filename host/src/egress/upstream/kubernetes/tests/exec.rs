//! Programs that give out credentials: which may run, what they are told, when they run again.

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::egress::tests::server::reply;

const V1: &str = "client.authentication.k8s.io/v1";

/// A user whose program is `sh` with this script; it appends a line to `$RUNS` for every run.
fn user(cluster: &Cluster, script: &str) -> Value {
    let script = format!("echo run >> \"$RUNS\"\n{script}");
    json!({ "exec": {
        "apiVersion": V1, "command": "sh", "args": ["-c", script], "interactiveMode": "IfAvailable",
        "env": [{ "name": "RUNS", "value": cluster.path("runs") }, { "name": "KEY", "value": "secret-of-env" }],
    } })
}

fn runs(cluster: &Cluster) -> usize {
    fs::read_to_string(cluster.path("runs")).map_or(0, |text| text.lines().count())
}

fn credential(status: Value) -> String {
    format!("cat <<'EOF'\n{}\nEOF\n", json!({ "apiVersion": V1, "kind": "ExecCredential", "status": status }))
}

fn allowing(cluster: &Cluster, user: Value, allowed: &str) -> Egress {
    let mut config = cluster.config(&cluster.kubeconfig(user));
    config.exec = vec![allowed.to_owned()];
    egress(config)
}

/// What the caller reads of why a program gave no credential.
async fn failure(cluster: &Cluster, user: Value) -> String {
    let error = get(&allowing(cluster, user, "sh")).await.unwrap_err();
    assert_eq!(error.code(), "egress.unavailable", "{error}");
    assert_eq!(cluster.server.connections(), 0);
    error.to_string().strip_prefix("target `a` cannot be used: ").unwrap().to_owned()
}

#[tokio::test]
async fn a_program_runs_only_by_the_operators_word() {
    let cluster = Cluster::new().await;
    let user = user(&cluster, &credential(json!({ "token": "token-of-a" })));
    let expected = "its user runs the command `sh`, which the operator has not allowed; \
                    `exec = [\"sh\"]` under `[plugin.upstream.server]` in postern.toml allows it";
    assert_eq!(unusable(&cluster, &cluster.kubeconfig(user.clone())).await, expected);
    for allowed in ["SH", "sh -c", "/bin", "bash", "*", ""] {
        let error = get(&allowing(&cluster, user.clone(), allowed)).await.unwrap_err();
        assert_eq!(error.code(), "egress.unavailable", "{allowed}");
    }
    assert_eq!(runs(&cluster), 0);
    let path = if std::path::Path::new("/usr/bin/sh").exists() { "/usr/bin/sh" } else { "/bin/sh" };
    for allowed in ["sh", path] {
        assert_eq!(get(&allowing(&cluster, user.clone(), allowed)).await.unwrap().status, 200);
    }
    assert_eq!(runs(&cluster), 2);
    assert_eq!(cluster.server.seen()[0].header("authorization"), Some("Bearer token-of-a"));
}

#[tokio::test]
async fn a_program_runs_once_for_all_who_wait_and_not_again() {
    let cluster = Cluster::new().await;
    let later = Timestamp::now() + SignedDuration::from_mins(15);
    let script = credential(json!({ "token": "token-of-a", "expirationTimestamp": later.to_string() }));
    let egress = allowing(&cluster, user(&cluster, &script), "sh");
    let (call, target) = call(&egress);
    let answers = (0..10).map(|_| call.send("use", &target, request("GET /x/a")));
    assert!(futures::future::join_all(answers).await.iter().all(Result::is_ok));
    assert!(get(&egress).await.is_ok());
    assert_eq!(runs(&cluster), 1);
    assert_eq!(egress.secrets().redact("token-of-a secret-of-env"), "[redacted] [redacted]");
}

#[tokio::test]
async fn an_expired_credential_is_renewed() {
    let cluster = Cluster::new().await;
    let past = Timestamp::now() - SignedDuration::from_mins(1);
    let script = credential(json!({ "token": "token-of-a", "expirationTimestamp": past.to_string() }));
    let egress = allowing(&cluster, user(&cluster, &script), "sh");
    for _ in 0..3 {
        get(&egress).await.unwrap();
    }
    assert_eq!(runs(&cluster), 3);
}

#[tokio::test]
async fn after_a_401_a_program_runs_once_more_for_all() {
    let cluster = Cluster::answering(|seen| async move {
        let token = seen.header("authorization").unwrap().to_owned();
        if token == "Bearer token-number-1" { reply(401, &[], "expired") } else { ok() }
    })
    .await;
    let count = "n=$(wc -l < \"$RUNS\" | tr -d ' ')\n";
    let script = count.to_owned()
        + &credential(json!({ "token": "token-number-N" })).replace("'EOF'", "EOF").replace("-N", "-$n");
    let egress = allowing(&cluster, user(&cluster, &script), "sh");
    let (call, target) = call(&egress);
    let answers = (0..8).map(|_| call.send("use", &target, request("POST /x/a")));
    for answer in futures::future::join_all(answers).await {
        assert_eq!(answer.unwrap().status, 200);
    }
    assert_eq!(runs(&cluster), 2);

    let cluster = Cluster::answering(|_| async { reply(401, &[], "never") }).await;
    let egress = allowing(&cluster, user(&cluster, &credential(json!({ "token": "token-of-a" }))), "sh");
    assert_eq!(get(&egress).await.unwrap().status, 401);
    assert_eq!((runs(&cluster), cluster.server.seen().len()), (2, 2));
}

#[tokio::test]
async fn a_program_gets_its_environment_and_no_other() {
    let cluster = Cluster::new().await;
    let script = credential(json!({ "token": "token-of-a" }));
    let script = format!("env > \"{}\"\n{script}", cluster.path("env").display());
    let mut user = user(&cluster, &script);
    user["exec"]["provideClusterInfo"] = json!(true);
    let mut file = cluster.kubeconfig(user);
    file["clusters"][0]["cluster"]["extensions"] =
        json!([{ "name": "client.authentication.k8s.io/exec", "extension": { "audience": "x" } }]);
    let mut config = cluster.config(&file);
    config.exec = vec!["sh".to_owned()];
    config.environment.insert("HOME".into(), "/home/me".into());
    assert!(!format!("{config:?}").contains("/home/me"));
    get(&egress(config)).await.unwrap();
    let text = fs::read_to_string(cluster.path("env")).unwrap();
    let env: BTreeMap<&str, &str> = text.lines().filter_map(|line| line.split_once('=')).collect();
    assert_eq!((env["HOME"], env["PATH"], env["KEY"]), ("/home/me", "/usr/bin:/bin", "secret-of-env"));
    assert!(!env.keys().any(|name| name.starts_with("CARGO")), "{env:?}");
    let info: Value = serde_json::from_str(env["KUBERNETES_EXEC_INFO"]).unwrap();
    let expected = json!({
        "apiVersion": V1,
        "kind": "ExecCredential",
        "spec": {
            "interactive": false,
            "cluster": {
                "server": cluster.url(),
                "certificate-authority-data": cluster.ca(),
                "config": { "audience": "x" },
            },
        },
    });
    assert_eq!(info, expected);
}

#[tokio::test]
async fn a_program_can_give_a_client_certificate() {
    let authority = Authority::new();
    let server = Server::tls(authority.server(&["localhost"], true), |_| async { ok() }).await;
    let cluster = Cluster { server, authority, directory: tempfile::tempdir().unwrap() };
    let (chain, key) = cluster.authority.sign(&["someone"]);
    let script = credential(json!({ "clientCertificateData": chain, "clientKeyData": key }));
    get(&allowing(&cluster, user(&cluster, &script), "sh")).await.unwrap();
    assert!(cluster.server.seen()[0].certificate.is_some());
}

#[tokio::test]
async fn a_program_that_fails_is_told_without_what_it_printed() {
    let cluster = Cluster::new().await;
    let said = async |script: &str| failure(&cluster, user(&cluster, script)).await;
    assert_eq!(
        said("echo token-of-a >&2; exit 3").await,
        "the command `sh` of its user failed (exit status: 3); what it said is in the host's log"
    );
    assert_eq!(
        said("echo token-of-a").await,
        "the command `sh` of its user did not print an ExecCredential in JSON"
    );
    assert_eq!(
        said(&credential(json!({}))).await,
        "the command `sh` of its user printed neither a token nor a certificate"
    );
    let half = credential(json!({ "clientCertificateData": "x" }));
    assert_eq!(
        said(&half).await,
        "the command `sh` of its user printed a certificate or a key without the other"
    );
    let other = credential(json!({ "token": "token-of-a" })).replace("k8s.io/v1", "k8s.io/v1beta1");
    let expected =
        format!("the command `sh` of its user did not answer in the apiVersion that it was asked in, `{V1}`");
    assert_eq!(said(&other).await, expected);
    let flood = "head -c 2000000 /dev/zero";
    assert_eq!(said(flood).await, "the command `sh` of its user printed too much or broke off");
}

#[tokio::test]
async fn a_program_that_cannot_be_used_is_told_beforehand() {
    let cluster = Cluster::new().await;
    for (field, value, expected) in [
        (
            "command",
            json!("sh-that-is-not-there"),
            "its user runs the command `sh-that-is-not-there`, which is not installed where the host runs",
        ),
        (
            "command",
            json!("./bin/login"),
            "its user runs the command `login`, which is not installed where the host runs",
        ),
        (
            "interactiveMode",
            json!("Always"),
            "its user runs the command `sh`, which wants to ask a person (`interactiveMode: Always`), and there is none",
        ),
        (
            "apiVersion",
            json!("client.authentication.k8s.io/v1alpha1"),
            "its user's `exec` has the apiVersion `client.authentication.k8s.io/v1alpha1`; client.authentication.k8s.io/v1 or client.authentication.k8s.io/v1beta1 can be used",
        ),
    ] {
        let mut user = user(&cluster, "");
        user["exec"][field] = value;
        let mut config = cluster.config(&cluster.kubeconfig(user));
        config.exec = ["sh", "sh-that-is-not-there", "./bin/login"].map(str::to_owned).to_vec();
        assert_eq!(egress(config).targets("plugin", "server")[0].fault(), Some(expected));
    }
}

#[tokio::test]
async fn a_program_that_takes_its_time_is_not_started_twice() {
    let cluster = Cluster::new().await;
    let wait = "mkfifo \"$RUNS.go\"; read line < \"$RUNS.go\"\n";
    let script = wait.to_owned() + &credential(json!({ "token": "token-of-a" }));
    let egress = allowing(&cluster, user(&cluster, &script), "sh");
    let (call, target) = call(&egress);
    let mut asked: Request = request("GET /x/a");
    asked.timeout = Some(Duration::from_secs(100));
    let first = call.send("use", &target, asked);
    let started = async {
        while !cluster.path("runs.go").exists() {
            tokio::task::yield_now().await;
        }
        tokio::time::pause();
    };
    let (error, ()) = tokio::join!(first, started);
    tokio::time::resume();
    assert_eq!(
        error.unwrap_err().to_string(),
        "target `a` cannot be used: the command `sh` of its user has not ended after 8 s; ask again"
    );
    // Who asks again while it runs has what it prints then.
    let go = cluster.path("runs.go");
    let go = tokio::task::spawn_blocking(move || fs::write(go, "go\n").unwrap());
    assert_eq!(get(&egress).await.unwrap().status, 200);
    go.await.unwrap();
    assert_eq!(runs(&cluster), 1);
}

#[tokio::test]
async fn a_program_that_hangs_is_ended() {
    let cluster = Cluster::new().await;
    let user = user(&cluster, "echo $$ > \"$RUNS.pid\"; exec sleep 1000");
    let egress = allowing(&cluster, user, "sh");
    let (call, target) = call(&egress);
    let started = async {
        while !fs::read_to_string(cluster.path("runs.pid")).is_ok_and(|pid| pid.ends_with('\n')) {
            tokio::task::yield_now().await;
        }
        tokio::time::pause();
    };
    let (first, ()) = tokio::join!(call.send("use", &target, request("GET /x/a")), started);
    assert!(first.is_err());
    let pid = fs::read_to_string(cluster.path("runs.pid")).unwrap();
    let process = format!("/proc/{}", pid.trim());
    assert!(std::path::Path::new(&process).exists());
    tokio::time::advance(Duration::from_secs(30)).await;
    tokio::time::resume();
    while fs::read_to_string(format!("{process}/stat")).is_ok_and(|stat| !stat.contains(") Z ")) {
        tokio::task::yield_now().await;
    }
}
