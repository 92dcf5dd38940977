//! The official conformance suites of MCP, against a host that serves the component made for them.
//!
//! The suites are packages of npm: `tests/clients/` pins them, and `npm ci` in that folder installs them. Where
//! they are not installed these tests say so and pass; with `POSTERN_CONFORMANCE=required` they fail. A suite's own
//! exit code counts neither warnings nor what its revision does not score, so every check is read here.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::Mutex;
use std::time::Duration;

use postern_guests::Guest;
use serde::Deserialize;
use serde_json::Value;

use crate::bench::drop_in;
use crate::commands::{Running, postern, run};
use crate::npm::Packages;

/// What is served: the component alone, which needs nothing to be granted.
const CONFIGURATION: &str = r#"
[audit]
path = "audit.db"
[[plugin]]
path = "conformance/plugin.toml"
"#;

/// How long a suite may take. Each takes seconds; one whose every scenario waits for an answer that never comes
/// takes longer than anybody waits.
const LIMIT: Duration = Duration::from_secs(120);

const PACKAGES: Packages =
    Packages { folder: "clients", what: "the conformance suites", variable: "POSTERN_CONFORMANCE", node: 22 };

/// One run of a suite.
struct Suite {
    /// The folder of the package below `node_modules`.
    package: &'static str,
    /// Which of its scenarios.
    flags: &'static [&'static str],
    /// How many these are, in the release that is pinned.
    scenarios: usize,
    /// Those that do not pass, and why. Whatever passes has to leave.
    open: &'static [(&'static str, &'static str)],
}

/// Everything of the suite that knows sessions alone.
const SESSIONS: Suite =
    Suite { package: "conformance-legacy", flags: &["--suite", "all"], scenarios: 32, open: &[] };

/// Everything of the newer suite for the last revision with sessions.
const LAST_WITH_SESSIONS: Suite = Suite {
    package: "conformance",
    flags: &["--suite", "all", "--spec-version", "2025-11-25"],
    scenarios: 33,
    open: &[],
};

/// What the current revision requires, and what the suite runs with it without a score.
const CURRENT: Suite = Suite {
    package: "conformance",
    flags: &["--requirements", "2026-07-28"],
    scenarios: 50,
    open: &[("tasks-status-notifications", "the suite has no check for it yet, and says that it skips one")],
};

/// One check, as suites write it down.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Check {
    id: String,
    status: Status,
    error_message: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Status {
    Success,
    Info,
    Skipped,
    Warning,
    Failure,
}

#[tokio::test]
async fn the_suite_for_sessions_passes() {
    conforms(&SESSIONS).await;
}

#[tokio::test]
async fn the_suite_for_the_last_revision_with_sessions_passes() {
    conforms(&LAST_WITH_SESSIONS).await;
}

#[tokio::test]
async fn the_suite_for_the_current_revision_passes() {
    conforms(&CURRENT).await;
}

/// Runs a suite against a host of its own.
async fn conforms(suite: &Suite) {
    let entry = format!("{}/dist/index.js", suite.package);
    let node = match PACKAGES.node(&entry) {
        Ok(node) => node,
        Err(why) => return PACKAGES.missing(&why),
    };
    let folder = tempfile::tempdir().unwrap();
    let (_host, url) = serve(folder.path());
    let results = folder.path().join("results");
    let mut command = tokio::process::Command::new(node);
    command
        .arg(PACKAGES.file(&entry))
        .args(["server", "--url", &url, "-o"])
        .arg(&results)
        .args(suite.flags)
        .current_dir(folder.path())
        .kill_on_drop(true);
    let output = tokio::time::timeout(LIMIT, command.output()).await.expect("the suite ends").unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let begun: Vec<&str> = said.lines().filter_map(begun).collect();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(begun.len(), suite.scenarios, "scenarios of {} {:?}\n{errors}", suite.package, suite.flags);
    let faults = faults(&begun, &read(&results), suite.open);
    assert!(faults.is_empty(), "{} {:?}\n{}", suite.package, suite.flags, faults.join("\n"));
}

/// The scenario that a suite says it begins with this line.
fn begun(line: &str) -> Option<&str> {
    line.strip_prefix("=== Running scenario: ")?.strip_suffix(" ===")
}

/// Starts the host that users start, and gives where it serves the component by the names it gave itself.
fn serve(folder: &Path) -> (Running, String) {
    // One host compiles the component, and the others find it.
    static COMPILING: Mutex<()> = Mutex::new(());
    drop_in(Guest::named("conformance"), folder);
    std::fs::write(folder.join("postern.toml"), CONFIGURATION).unwrap();
    {
        let _one_at_a_time = COMPILING.lock();
        let (code, out, err) = run(folder, &["lock"]);
        assert_eq!(code, 0, "{out}{err}");
    }
    let mut child = postern(folder, &["serve", "--anonymous", "--listen", "127.0.0.1:0", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let host = Running(child);
    let ready: Value = serde_json::from_str(&line).unwrap();
    let mut urls = ready["endpoints"].as_array().unwrap().iter().filter_map(Value::as_str);
    (host, urls.find(|url| url.ends_with("/mcp/conformance")).unwrap().to_owned())
}

/// What a suite wrote down: the checks of each scenario.
fn read(results: &Path) -> BTreeMap<String, Vec<Check>> {
    let folders = std::fs::read_dir(results).unwrap().map(|entry| entry.unwrap().path());
    folders
        .map(|folder| {
            let name = folder.file_name().unwrap().to_str().unwrap();
            // As in `server-tools-list-2026-07-28T07-26-10-443Z`.
            let name = name.strip_prefix("server-").unwrap();
            let name = &name[..name.len() - "-2026-07-28T07-26-10-443Z".len()];
            let checks = std::fs::read(folder.join("checks.json")).unwrap();
            (name.to_owned(), serde_json::from_slice(&checks).unwrap())
        })
        .collect()
}

/// What is wrong with a run, a line each. A check that was skipped has shown nothing, so it is a fault too.
fn faults(begun: &[&str], ran: &BTreeMap<String, Vec<Check>>, open: &[(&str, &str)]) -> Vec<String> {
    let mut faults = Vec::new();
    for scenario in begun {
        let found = match ran.get(*scenario) {
            None => vec![format!("{scenario}: did not run to its end")],
            Some(checks) => of_checks(scenario, checks),
        };
        match open.iter().find(|(name, _)| name == scenario) {
            None => faults.extend(found),
            Some((_, why)) if found.is_empty() => {
                faults.push(format!("{scenario}: passes, so it has to leave the list: {why}"));
            }
            Some(_) => {}
        }
    }
    let gone = open.iter().filter(|(name, _)| !begun.contains(name));
    faults.extend(gone.map(|(name, _)| format!("{name}: is on the list, and no scenario of this suite")));
    faults
}

fn of_checks(scenario: &str, checks: &[Check]) -> Vec<String> {
    let passed = |check: &Check| matches!(check.status, Status::Success | Status::Info);
    if !checks.iter().any(|check| check.status == Status::Success) && checks.iter().all(passed) {
        return vec![format!("{scenario}: has checked nothing")];
    }
    let failed = checks.iter().filter(|check| !passed(check));
    failed
        .map(|Check { id, status, error_message }| {
            format!("{scenario}: {status:?}: {id}: {}", error_message.as_deref().unwrap_or("no reason given"))
        })
        .collect()
}

#[test]
fn nothing_but_success_passes() {
    let check = |status| Check { id: "id".to_owned(), status, error_message: Some("why".to_owned()) };
    let ran: BTreeMap<String, Vec<Check>> = [
        ("passes", vec![check(Status::Success), check(Status::Info)]),
        ("informs", vec![check(Status::Info)]),
        ("empty", vec![]),
        ("skips", vec![check(Status::Success), check(Status::Skipped)]),
        ("warns", vec![check(Status::Success), check(Status::Warning)]),
        ("fails", vec![check(Status::Success), check(Status::Failure)]),
        ("open", vec![check(Status::Failure)]),
        ("mended", vec![check(Status::Success)]),
    ]
    .map(|(name, checks)| (name.to_owned(), checks))
    .into();
    let begun = ["passes", "informs", "empty", "skips", "warns", "fails", "open", "mended", "lost"];
    let told = faults(&begun, &ran, &[("open", "later"), ("mended", "later"), ("unknown", "later")]);
    let expected = [
        "informs: has checked nothing",
        "empty: has checked nothing",
        "skips: Skipped: id: why",
        "warns: Warning: id: why",
        "fails: Failure: id: why",
        "mended: passes, so it has to leave the list: later",
        "lost: did not run to its end",
        "unknown: is on the list, and no scenario of this suite",
    ];
    assert_eq!(told, expected);
}
