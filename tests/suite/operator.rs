//! What operators do beside a running host: hand out tokens and take them back, change policies, ask about them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{ChildStderr, Command, Stdio};
use std::sync::LazyLock;

use postern_guests::{Guest, KUBERNETES};
use postern_upstreams::kubernetes::Fleet;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::bench::{drop_in, precompile, two_clusters};
use crate::commands::{Running, postern, run};

/// What a host has beside its plugins.
const ROOMS: &str = r#"
[identity]
tokens = "tokens.toml"
[policy]
path = "policies"
[audit]
path = "audit.db"
"#;

/// A whole configuration.
static CONFIGURATION: LazyLock<String> = LazyLock::new(|| format!("{ROOMS}{KUBERNETES}"));

const READ: &str = r#"@id("read") permit (principal in Postern::Group::"readers", action in Postern::Action::"read", resource);"#;

/// A folder with everything that a host needs, and a token of the group `readers`.
async fn configured() -> (tempfile::TempDir, Fleet, String) {
    precompile().await;
    let folder = tempfile::tempdir().unwrap();
    let fleet = Fleet::start(two_clusters()).await.unwrap();
    fleet.kubeconfig(&folder.path().join("kubeconfig")).unwrap();
    std::fs::create_dir(folder.path().join("policies")).unwrap();
    std::fs::write(folder.path().join("policies/mine.cedar"), READ).unwrap();
    std::fs::write(folder.path().join("postern.toml"), &*CONFIGURATION).unwrap();
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
    serve_with(postern(folder, &arguments).stderr(Stdio::null()))
}

fn serve_with(command: &mut Command) -> (Running, String) {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let running = Running(child);
    let ready: Value = serde_json::from_str(&line).unwrap();
    let url = ready["url"].as_str().unwrap();
    (running, url.strip_prefix("http://").unwrap().split_once('/').unwrap().0.to_owned())
}

/// A host that is serving, and what it logs.
struct Logged {
    running: Running,
    address: String,
    log: std::io::Lines<BufReader<ChildStderr>>,
}

impl Logged {
    fn serve(folder: &Path) -> Self {
        let arguments = ["serve", "--format", "json", "--listen", "127.0.0.1:0"];
        let (mut running, address) = serve_with(postern(folder, &arguments).stderr(Stdio::piped()));
        let log = BufReader::new(running.0.stderr.take().unwrap()).lines();
        Self { running, address, log }
    }

    /// The lines from here to the one that contains this.
    fn until(&mut self, text: &str) -> Vec<String> {
        let mut lines = Vec::new();
        for line in self.log.by_ref() {
            lines.push(line.unwrap());
            if lines.last().unwrap().contains(text) {
                return lines;
            }
        }
        panic!("the log ended without `{text}`: {lines:#?}");
    }

    fn hang_up(&self) {
        let process = Pid::from_raw(self.running.0.id().try_into().unwrap()).unwrap();
        kill_process(process, Signal::HUP).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hangup_reads_everything_again_and_what_is_broken_is_not_taken_up() {
    let (folder, _fleet, token) = configured().await;
    let mut host = Logged::serve(folder.path());
    // Nothing changed, so that nobody but the signal asks for it.
    host.hang_up();
    let told = host.until("configuration taken up");
    assert!(told.last().unwrap().contains("part=\"everything\""), "{told:#?}");
    assert!(!told.iter().any(|line| line.contains("next start")), "{told:#?}");

    let text = format!(
        "[server]\nallowed_hosts = [\"postern.example.com\"]\n[limits.caller]\nburst = 7\n{}",
        *CONFIGURATION
    );
    std::fs::write(folder.path().join("postern.toml"), text).unwrap();
    host.hang_up();
    let told = host.until("`limits.caller` changed: taken up at the next start");
    let fields = ["`server.allowed_hosts` changed: taken up at the next start", "`limits.caller`"];
    for field in fields {
        assert_eq!(told.iter().filter(|line| line.contains(field)).count(), 1, "{told:#?}");
    }

    std::fs::write(folder.path().join("policies/mine.cedar"), format!("{READ}\npermit (principal, action);"))
        .unwrap();
    host.hang_up();
    let told = host.until("configuration not taken up");
    assert!(told.last().unwrap().contains("policies/mine.cedar:2:26:"), "{told:#?}");
    assert_eq!(tools_at(&host.address, &token, "/mcp").map(|tools| tools.len()), Some(11), "as it was");
    assert!(
        !told.iter().any(|line| line.contains("next start")),
        "what was told is not told again: {told:#?}"
    );
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
    std::fs::write(folder.path().join("postern.toml"), format!("{}{more}", *CONFIGURATION)).unwrap();
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

/// What a host answers to a message at an endpoint; `None` where there is no such endpoint.
fn ask(address: &str, token: &str, path: &str, method: &str, mut params: Value) -> Option<Value> {
    let about = ["name", "uri"].into_iter().find_map(|it| params[it].as_str());
    let about = about.map(|about| format!("Mcp-Name: {about}\r\n")).unwrap_or_default();
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {},
    });
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nMCP-Protocol-Version: 2026-07-28\r\nMcp-Method: {method}\r\n{about}\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let message = answer.lines().find_map(|line| {
        serde_json::from_str::<Value>(line.strip_prefix("data:").unwrap_or(line).trim())
            .ok()
            .filter(Value::is_object)
    });
    assert!(message.is_some() || answer.split(' ').nth(1) == Some("404"), "{answer}");
    message
}

/// The names of the tools that a client finds at an endpoint; `None` where there is none.
fn tools_at(address: &str, token: &str, path: &str) -> Option<Vec<String>> {
    let message = ask(address, token, path, "tools/list", json!({}))?;
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
        [[server.endpoint]]
        name = "overview"
        include = [{ plugin = "kubernetes", tools = ["summary"] }]
    "#;
    std::fs::write(folder.path().join("postern.toml"), format!("{endpoints}{}", *CONFIGURATION)).unwrap();
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
    // What a list does not show cannot be called there by name either, and is as what never was.
    let call = |path, name: &str| {
        let params = json!({"name": name, "arguments": {"cluster": "prod"}});
        ask(&address, &token, path, "tools/call", params).unwrap()
    };
    for (path, name) in [
        ("/mcp/triage", "kubernetes_diagnose_cluster"),
        ("/mcp/triage", "kubernetes_get_resource"),
        ("/mcp/triage", "list_pods"),
        ("/mcp/changes", "kubernetes_list_pods"),
    ] {
        let (refused, unknown) = (call(path, name), call(path, "kubernetes_never_was"));
        assert_eq!(refused["error"]["code"], -32602, "{path} {name}: {refused}");
        assert_eq!(refused["error"]["message"], format!("no tool is named `{name}`"));
        assert_eq!(
            refused.to_string().replace(name, ""),
            unknown.to_string().replace("kubernetes_never_was", "")
        );
    }
    assert!(call("/mcp/triage", "kubernetes_list_pods")["result"]["structuredContent"].is_object());
    assert!(
        call("/mcp/kubernetes", "diagnose_cluster")["result"].is_object(),
        "a plugin's own endpoint has it"
    );
    let read = |path, uri: &str| ask(&address, &token, path, "resources/read", json!({"uri": uri})).unwrap();
    let (pod, summary) = ("k8s://prod/namespaces/shop/pods/web-0", "k8s://prod/summary");
    assert!(read("/mcp/kubernetes", pod)["result"].is_object(), "{}", read("/mcp/kubernetes", pod));
    assert!(read("/mcp/overview", summary)["result"].is_object(), "{}", read("/mcp/overview", summary));
    let (hidden, unknown) = (read("/mcp/overview", pod), read("/mcp/overview", "k8s://prod/never/was"));
    assert_eq!(
        (&hidden["error"]["code"], &unknown["error"]["code"]),
        (&json!(-32602), &json!(-32602)),
        "{hidden}"
    );
    assert_eq!(hidden.to_string().replace(pod, ""), unknown.to_string().replace("k8s://prod/never/was", ""));
    assert_eq!(
        read("/mcp/triage", pod)["error"]["code"],
        -32601,
        "where no resource is shown there is no such method"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_starts_a_process_is_its_user_whatever_the_variables_say() {
    let (folder, _fleet, _) = configured().await;
    let mut command = postern(folder.path(), &["stdio"]);
    for variable in ["USER", "LOGNAME", "USERNAME"] {
        command.env(variable, "somebody-else");
    }
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {},
    });
    let params = json!({"name": "kubernetes_list_pods", "arguments": {"cluster": "prod"}, "_meta": meta});
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
    writeln!(child.stdin.as_mut().unwrap(), "{call}").unwrap();
    let mut answer = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut answer).unwrap();
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    let (code, out, err) = run(folder.path(), &["audit", "export", "--format", "jsonl", "--log", "audit.db"]);
    assert_eq!(code, 0, "{err}");
    let uid = rustix::process::getuid().as_raw();
    let known = Command::new("id").args(["-un", &uid.to_string()]).output().unwrap();
    let known = known.status.success().then(|| String::from_utf8(known.stdout).unwrap().trim().to_owned());
    let expected = format!("local:{}", known.unwrap_or_else(|| format!("uid-{uid}")));
    assert!(out.contains(&expected) && !out.contains("somebody-else"), "{expected}: {out}");
}
