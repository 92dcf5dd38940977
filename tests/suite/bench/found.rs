//! The same host with a component that finds out what its calls are about, and a catalog that it asks.

use postern_guests::{Guest, dropped_in};

use super::{Bench, drop_in, serve, two_clusters};

/// Stopped soon where it computes without end.
const SANDBOX: &str = "[sandbox]\ncomputing = \"100ms\"\n";

impl Bench {
    /// The component that resolves, with everything that it asks for, under these policies. `more` stands before its
    /// line.
    pub(crate) async fn finder(policies: &str, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("policies")).unwrap();
        std::fs::write(folder.path().join("policies/all.cedar"), policies).unwrap();
        std::fs::create_dir(folder.path().join("rules")).unwrap();
        std::fs::write(folder.path().join("rules/rules.yaml"), "before: name web-1").unwrap();
        for guest in ["finder", "register", "warden"] {
            drop_in(Guest::named(guest), folder.path());
        }
        let grant = dropped_in("finder", r#"effects = ["read", "destructive"]"#);
        let sandbox = if more.contains("[sandbox]") { "" } else { SANDBOX };
        let text = format!("{sandbox}{more}\n{grant}");
        Self::serve(folder, "finder", two_clusters(), &text).await
    }

    /// The same with the catalog under these settings, as an inline table.
    pub(crate) async fn finder_with_catalog(policies: &str, settings: &str) -> Self {
        let catalog = format!(
            "[sandbox]\ncomputing = \"2s\"\n[[plugin]]\npath = \"register/plugin.toml\"\nsettings = {{ {settings} }}\n"
        );
        Self::finder(policies, &catalog).await
    }

    /// What was recorded, in order. The host has stopped then.
    pub(crate) async fn recorded(&self) -> Vec<serde_json::Value> {
        self.gateway.audit().clone().close().await;
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_postern"));
        command.args(["audit", "export", "--format", "jsonl", "--log"]).arg(self.folder().join("audit.db"));
        let output = command.env_clear().output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Why a host with these two plugins does not start.
    pub(crate) async fn two_catalogs() -> String {
        let folder = tempfile::tempdir().unwrap();
        let guest = Guest::named("register");
        drop_in(guest, folder.path());
        let other = guest.manifest.replace(r#"name = "register""#, r#"name = "other""#);
        super::write_plugin(&folder.path().join("other"), &other, guest.component);
        let text = ["register", "other"].map(|name| format!("[[plugin]]\npath = \"{name}/plugin.toml\"\n"));
        serve(folder.path(), &text.join("\n")).await.unwrap_err().to_string()
    }
}
