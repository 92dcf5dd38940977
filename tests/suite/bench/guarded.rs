//! The same host with guardrails in front of its calls.

use postern::start::StartError;
use postern_guests::{Guest, dropped_in};
use tempfile::TempDir;

use super::{ALL, Bench, drop_in, serve, two_clusters};

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
    pub(crate) async fn not_guarded(rules: &str) -> StartError {
        let folder = guarded(rules, ALL);
        std::fs::write(folder.path().join("kubeconfig"), "{}").unwrap();
        serve(folder.path(), &guarded_configuration()).await.unwrap_err()
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
