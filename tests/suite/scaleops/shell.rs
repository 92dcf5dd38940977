//! The integration from the shell: a table for a spreadsheet, and an alert for a cron job.

use super::{Host, holds_no_secret};
use crate::commands::postern;

/// Exit code, standard output and standard error of `postern call`.
async fn call(host: &Host, arguments: &[&str]) -> (i32, String, String) {
    // As much as an operator ever logs.
    let mut command = postern(host.served.folder(), &[&["call"], arguments].concat());
    command.env("POSTERN_LOG", "trace");
    // The servers are in this process meanwhile.
    let ran = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (ran.status.code().unwrap(), text(ran.stdout), text(ran.stderr))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_and_an_alert() {
    let host = Host::start().await;
    let local = r#"@id("shell") permit (principal in Postern::Group::"local", action, resource);"#;
    std::fs::write(host.served.folder().join("policies/shell.cedar"), local).unwrap();
    let tool = ["scaleops/get_scaleops_recommendations_for_entity", "entityRef=component:default/checkout"];
    let table =
        ["--rows", "/recommendations", "--columns", "workloadName,issue,savingsAvailable", "--format", "csv"];
    let alert = ["--fail-if", "recommendations.exists(r, r.savingsAvailable > 100.0)"];
    let config = ["--config", "postern.toml"];
    let (code, csv, err) = call(&host, &[&tool[..], &table, &alert, &config].concat()).await;
    assert_eq!(code, 1, "{err}");
    assert_eq!(
        csv,
        "workloadName,issue,savingsAvailable\ncheckout,over-provisioned,102.4\ncheckout-db,under-provisioned,0.0\n"
    );
    assert!(err.contains("it holds: recommendations.exists"), "{err}");
    let calm = ["--fail-if", "recommendations.exists(r, r.savingsAvailable > 1000.0)"];
    let (code, _, err) = call(&host, &[&tool[..], &table, &calm, &config].concat()).await;
    assert_eq!(code, 0, "{err}");
    // A process of its own logs in on its own.
    assert_eq!(host.servers.scaleops.logins(), 2);
    holds_no_secret(&host, &format!("{csv}{err}"));
}
