//! The same host with guardrails in front of its calls.

use std::error::Error;

use postern_guests::{Guest, dropped_in};
use tempfile::TempDir;

use super::{ALL, Bench, drop_in, serve, two_clusters, write_plugin};

impl Bench {
    /// The hostile component, guarded by one that does what `rules` say, under these policies.
    pub(crate) async fn hostile_guarded(rules: &str, policies: &str) -> Self {
        let folder = guarded(rules, policies);
        Self::serve(folder, "hostile", two_clusters(), &guarded_configuration()).await
    }

    /// The hostile component, watched over by the guardrails that came with the host.
    pub(crate) async fn hostile_watched() -> Self {
        let folder = tempfile::tempdir().unwrap();
        drop_in(Guest::named("hostile"), folder.path());
        let hostile = dropped_in("hostile", r#"effects = ["read", "destructive"]"#);
        let text = format!("{hostile}\n[[plugin]]\nname = \"guardrails\"\n");
        Self::serve(folder, "hostile", two_clusters(), &text).await
    }

    /// Why the same host does not start.
    pub(crate) async fn not_guarded(rules: &str) -> String {
        let folder = guarded(rules, ALL);
        std::fs::write(folder.path().join("kubeconfig"), "{}").unwrap();
        chain(&serve(folder.path(), &guarded_configuration()).await.unwrap_err())
    }

    /// Why a host does not start with this component beside this manifest.
    pub(crate) async fn not_dropped_in(manifest: &str, component: &[u8]) -> String {
        let folder = guarded("before: nothing", ALL);
        write_plugin(&folder.path().join("plugin"), manifest, component);
        std::fs::write(folder.path().join("kubeconfig"), "{}").unwrap();
        let is_guard = manifest.contains("[guard]");
        let rules = if is_guard { "rules = \"rules\"\n" } else { "" };
        let grants = if manifest.contains("[[capability]]") { GRANTS } else { "" };
        let text = format!("[[plugin]]\npath = \"plugin/plugin.toml\"\n{rules}{grants}");
        chain(&serve(folder.path(), &text).await.unwrap_err())
    }
}

/// Everything that the hostile component asks for.
const GRANTS: &str = r#"
[[plugin.grant]]
effects = ["read", "destructive"]
targets = ["*"]
[plugin.upstream.cluster]
kubeconfig = "kubeconfig"
"#;

/// An error with everything behind it.
fn chain(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}

/// A folder with the hostile component and its guard.
fn guarded(rules: &str, policies: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, file, text) in [("policies", "all.cedar", policies), ("rules", "rules.yaml", rules)] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
        std::fs::write(folder.path().join(name).join(file), text).unwrap();
    }
    drop_in(Guest::named("hostile"), folder.path());
    drop_in(Guest::named("warden"), folder.path());
    folder
}

fn guarded_configuration() -> String {
    let guard = "[[plugin]]\npath = \"warden/plugin.toml\"\nrules = \"rules\"";
    format!("{}\n{guard}\n", dropped_in("hostile", r#"effects = ["read", "destructive"]"#))
}
