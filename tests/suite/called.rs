//! Tools from the shell: `postern call` as scripts and cron jobs run it.

use std::process::Output;

use postern_guests::KUBERNETES;
use postern_upstreams::kubernetes::Fleet;
use serde_json::Value;

use crate::bench::{precompile, two_clusters};
use crate::commands::postern;

/// Clusters, and a folder to call from.
struct Shell {
    folder: tempfile::TempDir,
    fleet: Fleet,
}

impl Shell {
    async fn new() -> Self {
        precompile().await;
        let folder = tempfile::tempdir().unwrap();
        let fleet = Fleet::start(two_clusters()).await.unwrap();
        fleet.kubeconfig(&folder.path().join("kubeconfig")).unwrap();
        Self { folder, fleet }
    }

    /// Exit code, standard output and standard error.
    async fn call(&self, arguments: &[&str]) -> (i32, String, String) {
        let mut command = postern(self.folder.path(), &[&["call"], arguments].concat());
        command.env("KUBECONFIG", self.folder.path().join("kubeconfig"));
        // The clusters are served by this process meanwhile.
        let ran = tokio::task::spawn_blocking(move || command.output().unwrap());
        let Output { status, stdout, stderr } = ran.await.unwrap();
        (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tool_answers_in_the_form_that_was_asked_for() {
    let shell = Shell::new().await;
    let pods = ["kubernetes/list_pods", "cluster=prod", "namespace=shop"];
    let (code, json, err) = shell.call(&[&pods[..], &["--format", "json"]].concat()).await;
    assert_eq!(code, 0, "{err}");
    let answer: Value = serde_json::from_str(&json).unwrap();
    assert!(answer.is_object(), "{answer:#}");
    let table = ["--rows", "/clusters/*/items", "--columns", "name,status", "--format"];
    let (code, csv, err) = shell.call(&[&pods[..], &table, &["csv"]].concat()).await;
    assert_eq!(code, 0, "{err}");
    assert!(csv.starts_with("name,status\n") && csv.contains("web-0,"), "{csv}");
    let (code, markdown, err) =
        shell.call(&[&["list_pods"], &pods[1..], &table, &["markdown"]].concat()).await;
    assert_eq!(code, 0, "{err}");
    assert!(markdown.starts_with("| name | status |\n| --- | --- |\n"), "{markdown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_is_an_exit_code() {
    let shell = Shell::new().await;
    let ask = async |expression: &str| {
        shell
            .call(&["kubernetes/list_pods", "cluster=prod", "--format", "json", "--fail-if", expression])
            .await
    };
    let (code, out, err) = ask("clusters.exists(c, size(c.items) > 0)").await;
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("it holds: clusters.exists") && out.contains("web-0"), "{err}");
    assert_eq!(ask("clusters.exists(c, size(c.items) > 1000)").await.0, 0);
    let (code, _, err) = ask("absent > 1").await;
    assert!(code == 2 && err.contains("the answer has"), "what cannot be asked is no answer: {err}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_called_is_told_before_anything_is_asked() {
    let shell = Shell::new().await;
    for (arguments, told) in [
        (&["kubernetes/list_pod"][..], "there are: kubernetes/"),
        (&["list_pods", "clusters"], "write `name=value`"),
        (&["list_pods", "cluser=prod"], "takes no argument `cluser`"),
        (&["list_pods", "limit=many"], "`/limit`"),
        (&["list_pods", "--fail-if", "size(pods"], "no expression of CEL"),
        (&["list_pods", "--json", "[]"], "no JSON object"),
    ] {
        let (code, out, err) = shell.call(arguments).await;
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}: {err}");
        assert!(err.contains(told), "{arguments:?}: {err}");
    }
    let (code, _, err) = shell.call(&["list_pods", "cluster=nowhere"]).await;
    assert!(code == 2 && err.contains("`prod`"), "{err}");
    assert_eq!(shell.fleet.clusters()[0].requests().len(), 0, "no cluster was asked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_call_it_cannot_from_the_shell_either() {
    let shell = Shell::new().await;
    std::fs::create_dir(shell.folder.path().join("policies")).unwrap();
    let policies = r#"
        @id("read") permit (principal, action in Postern::Action::"read", resource);
        @id("no-pods") forbid (principal, action == Postern::Action::"kubernetes/list_pods", resource);
        @id("held") @approval("approvers") @reason("somebody looks at it first")
        forbid (principal, action == Postern::Action::"kubernetes/list_services", resource)
        unless { context.approval.granted };
    "#;
    std::fs::write(shell.folder.path().join("policies/mine.cedar"), policies).unwrap();
    std::fs::write(
        shell.folder.path().join("postern.toml"),
        format!("[policy]\npath = \"policies\"\n[audit]\npath = \"audit.db\"\n{KUBERNETES}"),
    )
    .unwrap();
    for (tool, told) in [
        ("kubernetes/list_pods", "no tool is named `kubernetes/list_pods`, or none that you may call"),
        ("kubernetes/list_services", "is held: somebody looks at it first"),
    ] {
        let (code, out, err) = shell.call(&[tool, "cluster=prod"]).await;
        assert!(code == 2 && out.is_empty() && err.contains(told), "{tool}: {code} {err}");
    }
    assert_eq!(shell.call(&["kubernetes/list_namespaces", "cluster=staging"]).await.0, 0);
    assert_eq!(shell.fleet.clusters()[0].requests().len(), 0, "nothing of them arrived");
}
