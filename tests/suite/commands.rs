//! The commands as users run them: the real binary, its standard streams and its exit codes.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use postern_guests::Guest;
use postern_upstreams::kubernetes::Fleet;
use serde_json::{Value, json};

use crate::bench::{drop_in, precompile, two_clusters, xdg};

/// The binary, with a home of its own in `folder` and nothing else of this process's environment.
pub(crate) fn postern(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_postern"));
    let (cache, state) = xdg();
    command
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("USER", "ana")
        .env("XDG_CACHE_HOME", cache)
        .env("XDG_STATE_HOME", state);
    command
}

pub(crate) fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = postern(folder, arguments).output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// A process that ends with its test.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A client that speaks JSON-RPC over the standard streams, one message a line.
struct Client {
    running: Running,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Client {
    fn start(mut command: Command) -> Self {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { running: Running(child), lines }
    }

    fn send(&mut self, message: &Value) {
        writeln!(self.running.0.stdin.as_mut().unwrap(), "{message}").unwrap();
    }

    /// Sends a request and gives its result; every line on the way is protocol.
    fn request(&mut self, id: u32, method: &str, params: &Value) -> Value {
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        loop {
            let line = self.lines.next().expect("an answer before the end").unwrap();
            let message: Value =
                serde_json::from_str(&line).unwrap_or_else(|_| panic!("no protocol: {line}"));
            if message["id"] == id {
                return message["result"].clone();
            }
        }
    }

    fn initialize(&mut self) -> Value {
        let params = json!({
            "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"},
        });
        let answer = self.request(0, "initialize", &params);
        self.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        answer
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stdio_serves_the_current_kubeconfig_without_any_configuration() {
    precompile().await;
    let folder = tempfile::tempdir().unwrap();
    let fleet = Fleet::start(two_clusters()).await.unwrap();
    let kubeconfig = folder.path().join("kubeconfig");
    fleet.kubeconfig(&kubeconfig).unwrap();
    let mut command = postern(folder.path(), &["stdio"]);
    command.env("KUBECONFIG", &kubeconfig);
    let mut client = Client::start(command);
    assert_eq!(client.initialize()["serverInfo"]["name"], "postern");
    let tools = client.request(1, "tools/list", &json!({}));
    assert_eq!(tools["tools"].as_array().unwrap().len(), 11);
    let params = json!({"name": "kubernetes_list_pods", "arguments": {"cluster": "*"}});
    let answer = client.request(2, "tools/call", &params);
    assert_eq!(answer["structuredContent"]["clusters"].as_array().unwrap().len(), 2, "{answer:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serve_says_in_one_line_that_it_is_ready() {
    precompile().await;
    let folder = tempfile::tempdir().unwrap();
    let mut child = postern(folder.path(), &["serve", "--format", "json", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let _running = Running(child);
    let ready: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&ready["event"], &ready["tools"]), (&json!("ready"), &json!(11)), "{ready}");
    assert!(ready["token"].as_str().unwrap().starts_with("postern_"));
    assert!(ready["url"].as_str().unwrap().starts_with("http://127.0.0.1:"));
}

#[test]
fn a_listener_beyond_loopback_needs_a_token() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, err) = run(folder.path(), &["serve", "--anonymous", "--listen", "0.0.0.0:0"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("token"), "{err}");
}

#[test]
fn what_init_writes_is_sound_and_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["init"]).0, 0);
    let (code, out, err) = run(folder.path(), &["check"]);
    assert_eq!(code, 0, "{out}{err}");
    let before = std::fs::read(folder.path().join("postern.toml")).unwrap();
    assert_ne!(run(folder.path(), &["init"]).0, 0);
    assert_eq!(std::fs::read(folder.path().join("postern.toml")).unwrap(), before);
}

#[test]
fn a_dropped_in_plugin_is_served_only_once_it_was_accepted() {
    let folder = tempfile::tempdir().unwrap();
    drop_in(Guest::named("hostile"), folder.path());
    let text = r#"
        [server]
        listen = "0.0.0.0:0"
        token = "file:token"
        [[plugin]]
        path = "hostile/plugin.toml"
        [[plugin.grant]]
        effects = ["read"]
        targets = ["*"]
        [plugin.upstream.cluster]
        kubeconfig = "kubeconfig"
    "#;
    std::fs::write(folder.path().join("token"), "0123456789abcdef0123456789abcdef").unwrap();
    std::fs::write(folder.path().join("kubeconfig"), "apiVersion: v1\nkind: Config\n").unwrap();
    std::fs::write(folder.path().join("postern.toml"), text).unwrap();

    let (code, _, err) = run(folder.path(), &["stdio"]);
    assert_eq!(code, 2);
    assert!(err.contains("plugin `hostile` is not in the lock"), "{err}");
    assert_eq!(run(folder.path(), &["check"]).0, 1);

    let (code, out, err) = run(folder.path(), &["review", "hostile"]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(
        out.contains("delete-pods") && out.contains("DELETE /api/v1/namespaces/{namespace}/pods/{name}"),
        "{out}"
    );

    assert_eq!(run(folder.path(), &["lock"]).0, 0);
    assert_eq!(run(folder.path(), &["check"]).0, 0);
    assert_eq!(run(folder.path(), &["lock", "--check"]).0, 0);

    // A manifest that asks for more than was accepted.
    let manifest = folder.path().join("hostile/plugin.toml");
    let wider = std::fs::read_to_string(&manifest)
        .unwrap()
        .replace(r#"query = ["limit"]"#, r#"query = ["limit", "watch"]"#);
    std::fs::write(&manifest, wider).unwrap();
    let (code, _, err) = run(folder.path(), &["stdio"]);
    assert_eq!(code, 2);
    assert!(err.contains("is not what was accepted (tool.pin-mismatch): changed manifest"), "{err}");
}

#[test]
fn every_fault_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[server]\nlisten = \"0.0.0.0:80\"\nlisen = 1\n[[plugin]]\nname = \"kubernets\"\n";
    std::fs::write(folder.path().join("postern.toml"), text).unwrap();
    let (code, out, _) = run(folder.path(), &["check"]);
    assert_eq!(code, 1);
    for place in ["postern.toml:2:10:", "postern.toml:3:1:", "postern.toml:5:8:"] {
        assert!(out.contains(place), "{place}: {out}");
    }
    let (code, out, _) = run(folder.path(), &["check", "--format", "json"]);
    assert_eq!(code, 1);
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(told["faults"].as_array().unwrap().len(), 3, "{told:#}");
    assert_eq!(run(folder.path(), &["check", "nowhere"]).0, 2);
    assert_eq!(run(folder.path(), &["chekc"]).0, 2);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_leaves_no_memory_on_the_disk() {
    precompile().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("kubeconfig"), "apiVersion: v1\nkind: Config\n").unwrap();
    let mut command = postern(folder.path(), &["stdio"]);
    command.env("KUBECONFIG", folder.path().join("kubeconfig"));
    let mut client = Client::start(command);
    client.initialize();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", client.running.0.id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
}
