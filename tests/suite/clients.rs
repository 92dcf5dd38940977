//! Clients that people use, in the releases that `tests/clients/` pins: each lists, calls, follows progress, gives
//! up, answers a form, and follows a task where it can, over HTTP with a token and over the standard streams, in
//! each era that it speaks.
//!
//! A script for each client tells its steps, a line of JSON for each. Where the clients are not installed these
//! tests say so and pass; with `POSTERN_CLIENTS=required` they fail.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use postern_guests::Guest;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::bench::{drop_in, xdg};
use crate::commands::{Running, postern, run};
use crate::npm::Packages;

/// What is served: the conformance component alone, to whoever has the token.
const CONFIGURATION: &str = r#"
[audit]
path = "audit.db"
[identity]
tokens = "tokens.toml"
[policy]
path = "policies"
[[plugin]]
path = "conformance/plugin.toml"
"#;

const PACKAGES: Packages =
    Packages { folder: "clients", what: "clients that people use", variable: "POSTERN_CLIENTS", node: 22 };

/// How long a script may take. Each takes seconds.
const LIMIT: Duration = Duration::from_secs(60);

/// A protocol's era, and its last revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Era {
    Legacy,
    Modern,
}

impl Era {
    const BOTH: &[Self] = &[Self::Legacy, Self::Modern];

    fn as_str(self) -> &'static str {
        match self {
            Self::Legacy => "legacy",
            Self::Modern => "modern",
        }
    }
}

/// One client, and what its script tells of each step.
struct Client {
    script: &'static str,
    eras: &'static [Era],
    steps: fn(Era) -> Vec<Value>,
    /// Calls that it gives up in a run.
    given_up: fn(Era) -> usize,
}

/// What every client does that takes part in a conversation.
fn conversation() -> Vec<Value> {
    let form = r#"{"username":"Who?","email":"ana@example.com"}"#;
    vec![
        json!({"step": "list", "tools": tools()}),
        json!({"step": "call", "text": "Hello, Ana!"}),
        json!({"step": "header", "text": r#"Called with {"region":"eu"}"#}),
        json!({"step": "progress", "reports": [0, 50], "text": "Progress was reported three times."}),
        json!({"step": "cancel", "cancelled": true}),
        json!({"step": "elicit", "text": format!("User response: action=accept, content={form}")}),
    ]
}

/// What FastMCP does, which follows tasks in the modern era.
fn conversation_and_tasks(era: Era) -> Vec<Value> {
    let mut steps = conversation();
    if era == Era::Modern {
        let text = r#"a.txt: action=accept, content={"confirm":true}"#;
        steps.push(json!({"step": "task", "text": text}));
        steps.push(json!({"step": "task-cancel", "status": "cancelled"}));
    }
    steps
}

/// What the Inspector does: its command line answers no forms.
fn commands() -> Vec<Value> {
    vec![
        json!({"step": "list", "tools": tools()}),
        json!({"step": "header", "text": r#"Called with {"region":"eu"}"#}),
        json!({"step": "read", "text": "This is the content of the static text resource."}),
    ]
}

/// As many as the manifest has.
fn tools() -> usize {
    Guest::named("conformance").manifest.matches("[[tool]]").count()
}

#[tokio::test]
async fn the_inspector() {
    let client = Client { script: "inspector.mjs", eras: Era::BOTH, steps: |_| commands(), given_up: |_| 0 };
    converses(PACKAGES.node("@modelcontextprotocol/inspector/package.json"), &client).await;
}

#[tokio::test]
async fn version_1_of_the_sdk_for_typescript() {
    let (script, eras) = ("sdk_v1.mjs", &[Era::Legacy]);
    let client = Client { script, eras, steps: |_| conversation(), given_up: |_| 1 };
    converses(PACKAGES.node("@modelcontextprotocol/sdk/package.json"), &client).await;
}

#[tokio::test]
async fn version_2_of_the_sdk_for_typescript() {
    let client = Client { script: "sdk_v2.mjs", eras: Era::BOTH, steps: |_| conversation(), given_up: |_| 1 };
    converses(PACKAGES.node("@modelcontextprotocol/client/package.json"), &client).await;
}

#[tokio::test]
async fn the_sdk_for_python() {
    let client =
        Client { script: "sdk_python.py", eras: Era::BOTH, steps: |_| conversation(), given_up: |_| 1 };
    converses(python("mcp"), &client).await;
}

#[tokio::test]
async fn fastmcp() {
    let given_up = |era| if era == Era::Modern { 2 } else { 1 };
    let steps = conversation_and_tasks;
    let client = Client { script: "client_fastmcp.py", eras: Era::BOTH, steps, given_up };
    converses(python("fastmcp_tasks"), &client).await;
}

/// The Python that has this module: that of a virtual environment beside the packages of npm, with what
/// `requirements.txt` pins.
fn python(module: &str) -> Result<PathBuf, String> {
    let python = PACKAGES.folder().join(".venv/bin/python");
    let found = Command::new(&python).args(["-c", &format!("import {module}")]).output();
    if found.is_ok_and(|output| output.status.success()) {
        return Ok(python);
    }
    Err(format!("`{module}` did not run: a `.venv` in tests/clients with its requirements.txt has it"))
}

/// Runs a client's script in each era that it speaks, over HTTP and over the standard streams.
async fn converses(runner: Result<PathBuf, String>, client: &Client) {
    let runner = match runner {
        Ok(runner) => runner,
        Err(why) => return PACKAGES.missing(&why),
    };
    for &era in client.eras {
        let (served, host) = Served::start();
        let told = json!({"era": era.as_str(), "url": served.url, "token": served.token, "prefix": ""});
        let over_http = tell(&runner, client, &told, served.folder.path());

        let piped = configured().0;
        let (cache, state) = xdg();
        let home = piped.path();
        let environment =
            json!({"HOME": home, "USER": "ana", "XDG_CACHE_HOME": cache, "XDG_STATE_HOME": state});
        let command = json!([env!("CARGO_BIN_EXE_postern"), "stdio"]);
        let told = json!({
            "era": era.as_str(), "command": command, "cwd": home, "env": environment, "prefix": "conformance_",
        });
        let over_pipe = tell(&runner, client, &told, home);

        for (way, mut steps) in [("http", over_http.await), ("stdio", over_pipe.await)] {
            // The last report may come in one piece with the answer, and some clients look at the answer first.
            let reports = steps.iter_mut().filter_map(|step| step.get_mut("reports")?.as_array_mut());
            reports.for_each(|reports| drop(reports.pop_if(|last| *last == 100)));
            assert_eq!(steps, (client.steps)(era), "{} {era:?} {way}", client.script);
        }
        let given_up = (client.given_up)(era);
        assert_eq!(cancelled(served.folder.path(), Some(host)), given_up, "{} {era:?} http", client.script);
        assert_eq!(cancelled(home, None), given_up, "{} {era:?} stdio", client.script);
    }
}

/// Runs the script, and gives what it told of each step.
async fn tell(runner: &Path, client: &Client, told: &Value, home: &Path) -> Vec<Value> {
    let mut command = tokio::process::Command::new(runner);
    command
        .arg(PACKAGES.folder().join(client.script))
        .arg(told.to_string())
        .current_dir(home)
        // Nothing of the user's: no proxies, no settings of a client.
        .env_clear()
        .envs([("HOME", home.as_os_str()), ("PYTHONDONTWRITEBYTECODE", "1".as_ref())])
        .kill_on_drop(true);
    let output = tokio::time::timeout(LIMIT, command.output()).await.expect("the script ends").unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} {told}\n{errors}", client.script);
    let lines = String::from_utf8(output.stdout).unwrap();
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}\n{errors}")))
        .collect()
}

/// A folder with all that a host needs, and a token.
fn configured() -> (TempDir, String) {
    // One host compiles the component, and the others find it.
    static COMPILING: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let folder = tempfile::tempdir().unwrap();
    drop_in(Guest::named("conformance"), folder.path());
    std::fs::create_dir(folder.path().join("policies")).unwrap();
    let open = "@id(\"all\") permit (principal, action, resource);";
    std::fs::write(folder.path().join("policies/all.cedar"), open).unwrap();
    let (code, token, err) = {
        std::fs::write(folder.path().join("postern.toml"), CONFIGURATION).unwrap();
        run(folder.path(), &["token", "create", "ana"])
    };
    assert_eq!(code, 0, "{err}");
    let _one_at_a_time = COMPILING.lock();
    let (code, out, err) = run(folder.path(), &["lock"]);
    assert_eq!(code, 0, "{out}{err}");
    (folder, token.trim().to_owned())
}

/// A host that users start, and where it serves the component by the names it gave itself.
struct Served {
    folder: TempDir,
    url: String,
    token: String,
}

impl Served {
    fn start() -> (Self, Running) {
        let (folder, token) = configured();
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--format", "json"];
        let mut command = postern(folder.path(), &arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let host = Running(child);
        let ready: Value = serde_json::from_str(&line).unwrap();
        let mut urls = ready["endpoints"].as_array().unwrap().iter().filter_map(Value::as_str);
        let url = urls.find(|url| url.ends_with("/mcp/conformance")).unwrap().to_owned();
        (Self { folder, url, token }, host)
    }
}

/// How many calls were given up, by the audit of a host that is told to end first.
fn cancelled(folder: &Path, host: Option<Running>) -> usize {
    if let Some(mut host) = host {
        let process = Pid::from_raw(host.0.id().try_into().unwrap()).unwrap();
        kill_process(process, Signal::TERM).unwrap();
        host.0.wait().unwrap();
    }
    let (code, out, err) = run(folder, &["audit", "export", "--format", "jsonl", "--log", "audit.db"]);
    assert_eq!(code, 0, "{err}");
    let records = out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    records.filter(|record| record["code"] == "call.ended" && record["error"] == "cancelled").count()
}
