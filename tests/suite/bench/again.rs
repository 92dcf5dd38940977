//! A host whose configuration is changed by the test, and one that starts again on its files.

use std::sync::Arc;

use postern::config::Config;
use postern_guests::{Guest, dropped_in};
use postern_upstreams::kubernetes::Fleet;
use tempfile::TempDir;

use super::{Bench, configuration, drop_in, gateway, local, two_clusters};

impl Bench {
    /// As [`Bench::hostile_under`], where `change` has the last word on the configuration.
    pub(crate) async fn hostile_changed(
        policies: &str,
        configuration: &str,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        drop_in(Guest::named("hostile"), folder.path());
        std::fs::create_dir(folder.path().join("policies")).unwrap();
        std::fs::write(folder.path().join("policies/all.cedar"), policies).unwrap();
        let grant = dropped_in("hostile", r#"effects = ["read", "destructive"]"#);
        let fleet = Fleet::start(two_clusters()).await.unwrap();
        fleet.kubeconfig(&folder.path().join("kubeconfig")).unwrap();
        Self::on(folder, "hostile", fleet, &format!("{configuration}\n{grant}"), change).await
    }

    /// The host anew, as when its process has ended, on its files as they are now.
    pub(crate) async fn restarted(self, change: impl FnOnce(&mut Config)) -> Self {
        let Self { gateway, fleet, plugin, folder, .. } = self;
        gateway.stopped().await;
        drop(gateway);
        let text = std::fs::read_to_string(folder.path().join("postern.toml")).unwrap();
        Self::on(folder, plugin, fleet, &text, change).await
    }

    async fn on(
        folder: TempDir,
        plugin: &'static str,
        fleet: Fleet,
        text: &str,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let mut config = configuration(folder.path(), text);
        change(&mut config);
        let gateway = Arc::new(gateway(&config).await.unwrap());
        let principal = local(&gateway, "ana").await;
        Self { gateway, fleet, principal, plugin, folder }
    }
}
