//! What operators do beside a running host: hand out tokens and take them back, change policies, ask about them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;

use postern_guests::Guest;
use postern_upstreams::kubernetes::Fleet;
use serde_json::Value;

use crate::bench::{drop_in, precompile, two_clusters};
use crate::commands::{Running, postern, run};

const CONFIGURATION: &str = r#"
[identity]
tokens = "tokens.toml"
[policy]
path = "policies"
[audit]
path = "audit.db"
[[plugin]]
name = "kubernetes"
[[plugin.grant]]
effects = ["read"]
targets = ["*"]
[plugin.upstream.cluster]
kubeconfig = "kubeconfig"
private_networks = true
"#;

const READ: &str = r#"@id("read") permit (principal in Postern::Group::"readers", action in Postern::Action::"read", resource);"#;

/// A folder with everything that a host needs, and a token of the group `readers`.
async fn configured() -> (tempfile::TempDir, Fleet, String) {
    precompile().await;
    let folder = tempfile::tempdir().unwrap();
    let fleet = Fleet::start(two_clusters()).await.unwrap();
    fleet.kubeconfig(&folder.path().join("kubeconfig")).unwrap();
    std::fs::create_dir(folder.path().join("policies")).unwrap();
    std::fs::write(folder.path().join("policies/mine.cedar"), READ).unwrap();
    std::fs::write(folder.path().join("postern.toml"), CONFIGURATION).unwrap();
    let (code, token, err) = run(folder.path(), &["token", "create", "ci", "--group", "readers"]);
    assert_eq!(code, 0, "{err}");
    (folder, fleet, token.trim().to_owned())
}

/// Whether a request with this token comes in; refused often enough, it is told to wait, which is a no too.
fn comes_in(address: &str, token: &str) -> bool {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "GET /mcp HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    !matches!(answer.split(' ').nth(1), Some("401" | "429"))
}

fn serve(folder: &Path) -> (Running, String) {
    let arguments = ["serve", "--format", "json", "--listen", "127.0.0.1:0"];
    let mut child = postern(folder, &arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let running = Running(child);
    let ready: Value = serde_json::from_str(&line).unwrap();
    let url = ready["url"].as_str().unwrap();
    (running, url.strip_prefix("http://").unwrap().strip_suffix("/mcp").unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_taken_back_is_refused_by_the_running_host() {
    let (folder, _fleet, token) = configured().await;
    let (_running, address) = serve(folder.path());
    assert!(comes_in(&address, &token));
    assert!(!comes_in(&address, "postern_q3vVt0Zk2mB7xH9sLw4YcA"));
    let (code, second, _) = run(folder.path(), &["token", "create", "cd"]);
    assert_eq!(code, 0);
    while !comes_in(&address, second.trim()) {}
    assert_eq!(run(folder.path(), &["token", "revoke", "ci"]).0, 0);
    while comes_in(&address, &token) {}
    assert!(comes_in(&address, second.trim()), "the other one is good");
}

/// With a component that can delete beside the one that came with the host, everything granted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_policies_that_are_built_in_decide_as_is_expected_of_them() {
    let (folder, _fleet, _) = configured().await;
    drop_in(Guest::named("hostile"), folder.path());
    let more = r#"
        [[plugin]]
        path = "hostile/plugin.toml"
        [[plugin.grant]]
        effects = ["read", "destructive"]
        targets = ["*"]
        [plugin.upstream.cluster]
        kubeconfig = "kubeconfig"
        private_networks = true
    "#;
    let builtin = CONFIGURATION.replace("[policy]\npath = \"policies\"\n", "");
    std::fs::write(folder.path().join("postern.toml"), format!("{builtin}{more}")).unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/tests");
    let (code, out, err) = run(folder.path(), &["policy", "test", shipped.to_str().unwrap()]);
    assert_eq!((code, out.as_str()), (0, "4 as expected, 0 not\n"), "{err}");
    // With others in force, they would tell.
    std::fs::write(
        folder.path().join("policies/mine.cedar"),
        "@id(\"all\") permit (principal, action, resource);",
    )
    .unwrap();
    std::fs::write(folder.path().join("postern.toml"), format!("{CONFIGURATION}{more}")).unwrap();
    let (code, out, _) = run(folder.path(), &["policy", "test", shipped.to_str().unwrap()]);
    assert_eq!((code, out.contains("2 as expected, 2 not")), (1, true), "{out}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reviewers_ask_about_the_policies() {
    let (folder, _fleet, _) = configured().await;
    let ask = |arguments: &[&str]| {
        let (code, out, err) = run(folder.path(), &[&["policy"], arguments].concat());
        (code, out, err)
    };
    assert!(ask(&["check"]).1.starts_with("sound: sha256:"));
    let (_, who, _) = ask(&["who-can", "read-logs", "--target", "prod"]);
    assert!(who.contains("agent token:ci of readers: kubernetes/get_pod_logs on prod\n"), "{who}");
    assert!(!who.contains("no group") && !who.contains("staging"), "{who}");
    assert_eq!(ask(&["what-can", "agent"]).1, "");
    assert!(ask(&["what-can", "token:ci"]).1.contains("kubernetes/list_pods on prod, staging"));

    std::fs::create_dir(folder.path().join("next")).unwrap();
    let closed = format!(
        "{READ}\n@id(\"no\") forbid (principal, action == Postern::Action::\"kubernetes/list_pods\", resource);"
    );
    std::fs::write(folder.path().join("next/mine.cedar"), closed).unwrap();
    let (code, diff, _) = ask(&["diff", "next"]);
    assert_eq!(code, 1);
    assert!(diff.contains("- agent token:ci of readers: kubernetes/list_pods on prod\n"), "{diff}");
    assert!(!diff.contains("\n+"), "{diff}");
    assert_eq!(ask(&["diff", "policies"]).0, 0);

    std::fs::create_dir(folder.path().join("policies/tests")).unwrap();
    let test = |expect: &str| {
        format!(
            r#"[{{"name": "ci reads", "expect": "{expect}", "call": {{"plugin": "kubernetes", "tool": "list_pods",
                "target": "prod", "principal": {{"kind": "agent", "subject": "token:ci", "groups": ["readers"]}}}}}}]"#
        )
    };
    let path = folder.path().join("policies/tests/ci.json");
    std::fs::write(&path, test("permit")).unwrap();
    assert_eq!(ask(&["test"]).0, 0);
    std::fs::write(&path, test("hold")).unwrap();
    let (code, out, _) = ask(&["test"]);
    assert_eq!((code, out.contains("`ci reads`: permit, not hold [read]")), (1, true), "{out}");

    std::fs::write(folder.path().join("policies/mine.cedar"), "permit (principal, action, resource);")
        .unwrap();
    let (code, _, err) = ask(&["check"]);
    assert_eq!((code, err.contains("mine.cedar:1:1: this policy has no name")), (2, true), "{err}");
}

/// What a client finds at an endpoint; `None` where there is none.
fn tools_at(address: &str, token: &str, path: &str) -> Option<Vec<String>> {
    let meta = r#"{"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}"#;
    let body =
        format!(r#"{{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {{"_meta": {meta}}}}}"#);
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nMCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/list\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    if answer.split(' ').nth(1) == Some("404") {
        return None;
    }
    let message = answer.lines().find_map(|line| {
        serde_json::from_str::<Value>(line.strip_prefix("data:").unwrap_or(line).trim())
            .ok()
            .filter(Value::is_object)
    });
    let message = message.unwrap_or_else(|| panic!("{answer}"));
    let tools = message["result"]["tools"].as_array().unwrap();
    Some(tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_shows_the_part_that_the_operator_chose() {
    let (folder, _fleet, token) = configured().await;
    let endpoints = r#"
        [server]
        joint = false
        [[server.endpoint]]
        name = "triage"
        include = [{ plugin = "kubernetes", tools = ["get_*", "list_pods"] }]
        exclude = [{ tools = ["get_resource"] }]
        [[server.endpoint]]
        name = "changes"
        exclude = [{ effects = ["read"] }]
    "#;
    std::fs::write(folder.path().join("postern.toml"), format!("{endpoints}{CONFIGURATION}")).unwrap();
    let (_running, address) = serve(folder.path());
    let at = |path| tools_at(&address, &token, path);
    let triage = at("/mcp/triage").unwrap();
    assert!(triage.contains(&"kubernetes_list_pods".to_owned()), "{triage:?}");
    assert!(triage.iter().all(|tool| tool == "kubernetes_list_pods" || tool.starts_with("kubernetes_get_")));
    assert!(!triage.contains(&"kubernetes_get_resource".to_owned()), "{triage:?}");
    assert_eq!(at("/api/mcp-actions/v1/triage"), Some(triage));
    assert_eq!(at("/mcp/changes"), Some(Vec::new()));
    assert_eq!(at("/mcp/kubernetes").map(|tools| tools.len()), Some(11), "a plugin's own endpoint");
    for absent in ["/mcp", "/api/mcp-actions/v1", "/mcp/other"] {
        assert_eq!(at(absent), None, "{absent}");
    }
}
