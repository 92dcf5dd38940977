//! Requests that a tester of others makes up out of the document, right and wrong ones, and what it holds against
//! the answers: [Schemathesis](https://schemathesis.io), in the release that `tests/clients/requirements.txt` pins.
//!
//! Where it is not installed this test says so and passes; with `POSTERN_SCHEMATHESIS=required` it fails.

use std::time::Duration;

use super::Host;
use crate::npm::Packages;

const PACKAGES: Packages = Packages {
    folder: "clients",
    what: "the tester of HTTP surfaces",
    variable: "POSTERN_SCHEMATHESIS",
    node: 22,
};

/// How long it may take. It ends by itself before that.
const LIMIT: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_document_is_kept_to() {
    let program = PACKAGES.folder().join(".venv/bin/schemathesis");
    if !program.is_file() {
        let why = "Schemathesis did not run: a `.venv` in tests/clients with its requirements.txt has it";
        return PACKAGES.missing(why);
    }
    let host = Host::start().await;
    let home = tempfile::tempdir().unwrap();
    let mut command = tokio::process::Command::new(program);
    command
        .arg("run")
        .arg(format!("http://{}/openapi.json", host.served.address))
        .args(["--header", &format!("Authorization: Bearer {}", host.tester)])
        .args(["--checks", "all", "--phases", "examples,coverage,fuzzing", "--max-examples", "20"])
        .args(["--seed", "1", "--workers", "1", "--suppress-health-check", "all", "--no-color"])
        .args(["--max-time", "30", "--request-timeout", "20"])
        .current_dir(home.path())
        .env_clear()
        .envs([("HOME", home.path().as_os_str()), ("PYTHONDONTWRITEBYTECODE", "1".as_ref())])
        .kill_on_drop(true);
    let output = tokio::time::timeout(LIMIT, command.output()).await.expect("it ends").unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("Selected: 9/9"), "everything that its caller may call:\n{told}");
}
