//! A whole host in a folder of its own, as it would be started: configuration, lock, compiled components.

use std::path::Path;
use std::sync::Arc;

use postern::call::{Arguments, Call, Client, Content, Kind, Origin, Outcome, Principal};
use postern::config::{Config, Environment};
use postern::diagnostic::Source;
use postern::egress::{Egress, Shared};
use postern::gateway::Gateway;
use postern::identity::{self, Access, Audience, Credential, Identity};
use postern::limit::Limits;
use postern::registry::lock::Lock;
use postern::registry::manifest::Manifest;
use postern::runtime::CompiledCache;
use postern::telemetry::Meters;
use postern_guests::{Guest, KUBERNETES, dropped_in};
use postern_upstreams::kubernetes::Fleet;
use serde_json::Value;
use tempfile::TempDir;

use crate::Fallible;

/// A host and one caller of it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Host {
    pub(crate) gateway: Arc<Gateway>,
    /// A second way to the same upstreams, for baselines: what the gateway holds stays its own.
    pub(crate) egress: Egress,
    pub(crate) principal: Principal,
    _folder: Arc<TempDir>,
}

impl Host {
    /// Starts a host with the hostile component and the one for Kubernetes, for these clusters.
    pub(crate) async fn start(fleet: &Fleet) -> Fallible<Self> {
        Self::start_for(fleet, Access::Anonymous, &Credential::None).await
    }

    /// The same, for whom `access` lets in.
    pub(crate) async fn start_for(fleet: &Fleet, access: Access, credential: &Credential) -> Fallible<Self> {
        let folder = tempfile::tempdir()?;
        fleet.kubeconfig(&folder.path().join("kubeconfig"))?;
        drop_in(Guest::named("hostile"), folder.path())?;
        let path = folder.path().join("postern.toml");
        let hostile = dropped_in("hostile", r#"effects = ["read"]"#);
        std::fs::write(&path, format!("{ROOMS}{KUBERNETES}{hostile}"))?;
        std::fs::create_dir(folder.path().join("policies"))?;
        std::fs::write(folder.path().join("policies/all.cedar"), ALL)?;
        let embedded = postern::start::embedded()?;
        let config = Config::load(&path, &Environment::fixed([("HOME", "/nonexistent")]), &embedded)?;

        let kept = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let compiled = CompiledCache::open(kept.join("compiled"), &kept.join("compiled.key"))?;
        let mut lock = Lock::default();
        for loaded in postern::start::plugins(&config, Some(compiled.clone())).await? {
            lock.accept(loaded.name.clone(), loaded.pin());
        }
        lock.write(config.lock.as_deref().ok_or("a configuration file has a lock beside it")?)?;

        let identity = Identity::new(identity::Config { access });
        let gateway =
            Arc::new(postern::start::gateway(&config, identity, Some(compiled), Meters::disabled()).await?);
        let principal = gateway.authenticate(credential, &Audience::default()).await?;
        let rates = Limits::new(config.limits.clone());
        let egress = Egress::new(config.egress())?.sharing(Shared { rates, propagate: false });
        Ok(Self { gateway, egress, principal, _folder: Arc::new(folder) })
    }

    /// Who may call: anyone on this machine.
    pub(crate) fn identity() -> identity::Config {
        identity::Config { access: Access::Anonymous }
    }

    /// Calls a tool and gives its first text, which must be no failure.
    pub(crate) async fn call(&self, plugin: &str, tool: &str, arguments: Arguments) -> Fallible<String> {
        let call = Call {
            id: "bench".to_owned(),
            kind: Kind::Tool,
            plugin: plugin.to_owned(),
            name: tool.to_owned(),
            arguments,
            client: Client::default(),
            completing: None,
            origin: Origin::default(),
        };
        let Outcome::Tool { content, is_error: false, .. } = self.gateway.call(&self.principal, call).await?
        else {
            return Err(format!("`{tool}` failed").into());
        };
        Ok(content.into_iter().find_map(text).unwrap_or_default())
    }
}

/// Policy is asked, and says yes.
const ALL: &str = r#"@id("all") permit (principal, action, resource);"#;

/// What a host has beside its plugins.
const ROOMS: &str = r#"
[policy]
path = "policies"

[audit]
path = "audit.db"

# Nobody shares this host: what is measured is not to be held back.
[limits.caller]
rate = "1000000/s"
burst = 1000000
concurrent = 1000
[limits.tool]
rate = "1000000/s"
burst = 1000000
concurrent = 1000
[limits.target]
rate = "1000000/s"
burst = 1000000
concurrent = 1000
"#;

/// Arguments from JSON.
pub(crate) fn arguments(value: Value) -> Fallible<Arguments> {
    Ok(serde_json::from_value(value)?)
}

fn text(content: Content) -> Option<String> {
    match content {
        Content::Text(text) => Some(text),
        Content::Image { .. } | Content::Audio { .. } | Content::Link { .. } | Content::Embedded { .. } => {
            None
        }
    }
}

/// Writes a component and its manifest below `folder`.
fn drop_in(guest: Guest, folder: &Path) -> Fallible<()> {
    let manifest = Manifest::parse(Source::new("plugin.toml", guest.manifest))?;
    let folder = folder.join(guest.name);
    std::fs::create_dir(&folder)?;
    std::fs::write(folder.join("plugin.toml"), guest.manifest)?;
    std::fs::write(folder.join(manifest.component), guest.component)?;
    Ok(())
}
