//! Programs that give out credentials, through the whole of a call.

use std::fs;

use jiff::{SignedDuration, Timestamp};
use postern_upstreams::fault::{Fault, Plan};
use postern_upstreams::kubernetes::{ClusterSeed, Pod, Seed, User};
use serde_json::{Value, json};

use super::kit::{Kit, ask, ca, kubeconfig, server};

const V1: &str = "client.authentication.k8s.io/v1";

async fn kit() -> Kit {
    let cluster = ClusterSeed::new("prod")
        .with(Pod::new("shop", "web"))
        .user(User::new("one").token("token-number-1").reader())
        .user(User::new("two").token("token-number-2").reader());
    let kit = Kit::new(Seed::of(cluster)).await;
    kit.program("login");
    kit
}

/// A user whose program is `login` with this script, which notes every run.
fn user(kit: &Kit, script: &str) -> Value {
    let script = format!("echo run >> \"$RUNS\"; {script}");
    let env = json!([{ "name": "RUNS", "value": kit.path("runs") }, { "name": "SECRET", "value": "hunter2-of-env" }]);
    json!({ "exec": {
        "apiVersion": V1, "command": "login", "args": ["-c", script], "env": env,
        "interactiveMode": "IfAvailable", "installHint": "ask the platform team", "provideClusterInfo": true,
    } })
}

/// A script that prints a credential; `$n` in it is the number of the run.
fn prints(status: &Value) -> String {
    let credential = json!({ "apiVersion": V1, "kind": "ExecCredential", "status": status });
    format!("n=$(wc -l < \"$RUNS\" | tr -d ' ')\ncat <<EOF\n{credential}\nEOF\n")
}

fn write(kit: &Kit, contexts: &[(&str, Value)]) -> String {
    let cluster = server(kit.fleet.cluster("prod"));
    let contexts: Vec<_> =
        contexts.iter().map(|(name, user)| (*name, cluster.clone(), user.clone())).collect();
    kit.write("config", kubeconfig(&contexts).to_string());
    kit.list(&["config"])
}

const ALLOWED: &str = r#"exec = ["login"]"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_credential_is_fetched_once_more() {
    let kit = kit().await;
    let config = write(&kit, &[("prod", user(&kit, &prints(&json!({ "token": "token-number-$n" }))))]);
    let runs = kit.path("runs");
    let bench = kit.configured(&config, ALLOWED).await;
    let runs = || fs::read_to_string(&runs).unwrap().lines().count();
    assert_eq!(ask(&bench).await.pod("prod"), "web");
    assert_eq!(runs(), 1, "one run serves every call");
    // It has expired at the server before its time.
    bench.fleet().cluster("prod").fault(Plan::new(Fault::Status(401, None)).times(1));
    assert_eq!(ask(&bench).await.pod("prod"), "web");
    assert_eq!(runs(), 2);
    assert_eq!(bench.fleet().cluster("prod").requests().last().unwrap().user, "two");
    // Refused again at once: that is the answer, and not a loop.
    bench.fleet().cluster("prod").fault(Plan::new(Fault::Status(401, None)).times(4));
    assert_eq!(ask(&bench).await.error("prod"), "the cluster refused the credentials, or they have expired");
    assert_eq!(runs(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_credential_is_renewed_and_a_good_one_kept() {
    let kit = kit().await;
    let in_minutes = |minutes| (Timestamp::now() + SignedDuration::from_mins(minutes)).to_string();
    let status = |expires: String| json!({ "token": "token-number-1", "expirationTimestamp": expires });
    let config = write(&kit, &[("prod", user(&kit, &prints(&status(in_minutes(-1)))))]);
    let (runs, path) = (kit.path("runs"), kit.path("config"));
    let good = user(&kit, &prints(&status(in_minutes(15))));
    let bench = kit.configured(&config, ALLOWED).await;
    ask(&bench).await.pod("prod");
    // Twice asked, twice run.
    assert_eq!(fs::read_to_string(&runs).unwrap().lines().count(), 2);
    let text = fs::read_to_string(&path).unwrap();
    let mut file: Value = serde_json::from_str(&text).unwrap();
    file["users"][0]["user"] = good;
    super::kit::place(&path, file.to_string());
    let renewed = || fs::read_to_string(&runs).unwrap().lines().count();
    // From the first call that sees the new file, one run serves all.
    let mut before = renewed();
    for _ in 0..10_000 {
        ask(&bench).await.pod("prod");
        let after = renewed();
        if after == before {
            return;
        }
        before = after;
    }
    panic!("a credential that is good was not kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_gives_nothing_says_why_and_harms_no_other() {
    let kit = kit().await;
    let other = prints(&json!({ "token": "token-number-1" })).replace("k8s.io/v1\"", "k8s.io/v1beta1\"");
    let bad_key = json!({ "clientCertificateData": "-----BEGIN", "clientKeyData": "hunter2-key" });
    let contexts = [
        ("good", user(&kit, &prints(&json!({ "token": "token-number-1" })))),
        ("failing", user(&kit, "echo hunter2-complaint >&2; exit 3")),
        ("killed", user(&kit, "kill -9 $$")),
        ("chatty", user(&kit, "echo hunter2-printed")),
        ("nothing", user(&kit, &prints(&json!({})))),
        ("other", user(&kit, &other)),
        ("bad-key", user(&kit, &prints(&bad_key))),
        ("wrong", user(&kit, &prints(&json!({ "token": "hunter2-token" })))),
    ];
    let config = write(&kit, &contexts);
    let bench = kit.configured(&config, ALLOWED).await;
    bench.fleet().cluster("prod").fault(Plan::new(Fault::EchoAuthorization(500)).after(4).times(1));
    let said = ask(&bench).await;
    assert_eq!(said.pod("good"), "web");
    for (context, words) in [
        (
            "failing",
            "the command `login` of its user failed (exit status: 3); what it said is in the host's log",
        ),
        ("killed", "the command `login` of its user failed (signal: 9"),
        ("chatty", "the command `login` of its user did not print an ExecCredential in JSON"),
        ("nothing", "the command `login` of its user printed neither a token nor a certificate"),
        ("other", "did not answer in the apiVersion that it was asked in, `client.authentication.k8s.io/v1`"),
        ("bad-key", "the command `login` of its user printed what cannot be used"),
        ("wrong", "the cluster refused the credentials, or they have expired"),
    ] {
        assert!(said.error(context).contains(words), "{context}: {}", said.error(context));
    }
    assert!(!said.whole.contains("hunter2") && !said.whole.contains("token-number-1"), "{}", said.whole);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_is_told_of_its_cluster_and_sees_the_hosts_environment() {
    let kit = kit().await;
    let script = format!(
        "env > \"{}\"; {}",
        kit.path("seen").display(),
        prints(&json!({ "token": "token-number-1" }))
    );
    let config = write(&kit, &[("prod", user(&kit, &script))]);
    let (seen, url, ca) = (kit.path("seen"), kit.fleet.cluster("prod").url(), ca(kit.fleet.cluster("prod")));
    let bench = kit.configured(&config, ALLOWED).await;
    assert_eq!(ask(&bench).await.pod("prod"), "web");
    let seen = fs::read_to_string(seen).unwrap();
    let variable = |name: &str| {
        let found = seen.lines().filter_map(|line| line.split_once('=')).find(|(other, _)| *other == name);
        found.unwrap_or_else(|| panic!("{name}: {seen}")).1
    };
    assert_eq!((variable("MARK"), variable("SECRET")), ("of the host", "hunter2-of-env"));
    let info: Value = serde_json::from_str(variable("KUBERNETES_EXEC_INFO")).unwrap();
    assert_eq!((&info["apiVersion"], &info["kind"]), (&json!(V1), &json!("ExecCredential")));
    assert_eq!(info["spec"]["interactive"], json!(false));
    assert_eq!(info["spec"]["cluster"], json!({ "server": url, "certificate-authority-data": ca }));
}
