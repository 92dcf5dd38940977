//! A component as loaded: linked once, with what the operator granted and nothing else.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use wasmtime::component::{InstancePre, Linker};

use super::admission::{Declared, Inspection};
use super::bindings::exports::postern::plugin::{
    authenticator, catalog, completions, guard, prompts, resolver, resources, routes, tools,
};
use super::capability;
use super::describe::Described;
use super::folder::{self, Folder, Folders};
use super::long::Long;
use super::services::{self, CallLog, Services};
use super::slots::Share;
use super::state::CallState;
use super::{LoadError, Shared, inert};
use crate::authority::Authority;
use crate::egress::{Ledger, Target};

/// A component that passed admission, and what it said of itself.
#[derive(Debug)]
pub struct Admission {
    /// Ready to serve calls.
    pub component: Component,
    /// What its binary imports and exports.
    pub inspection: Inspection,
    /// Its tools, resources, prompts and routes, unchecked.
    pub described: Described,
}

/// A linked component. Every call gets an instance of its own.
pub struct Component {
    pub(super) shared: Arc<Shared>,
    pub(super) plugin: Arc<str>,
    pub(super) settings: Arc<str>,
    pub(super) asks: Arc<[String]>,
    /// The operator's rules, as it prepared them.
    pub(super) rules: Arc<[u8]>,
    /// The operator's folders that its calls read.
    pub(super) folders: Folders,
    pub(super) share: Share,
    pub(super) pre: InstancePre<CallState>,
    pub(super) exports: Exports,
}

/// Where a component's exports are, looked up once.
pub(super) struct Exports {
    pub(super) tools: tools::GuestIndices,
    pub(super) resources: Option<resources::GuestIndices>,
    pub(super) prompts: Option<prompts::GuestIndices>,
    pub(super) completions: Option<completions::GuestIndices>,
    pub(super) guard: Option<guard::GuestIndices>,
    pub(super) authenticator: Option<authenticator::GuestIndices>,
    pub(super) resolver: Option<resolver::GuestIndices>,
    pub(super) catalog: Option<catalog::GuestIndices>,
    pub(super) routes: Option<routes::GuestIndices>,
}

impl fmt::Debug for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Component").field("plugin", &self.plugin).finish_non_exhaustive()
    }
}

impl Component {
    /// Links a compiled component with a linker of its own.
    ///
    /// What is not linked cannot be called: a component that imports more fails here, by name, even if
    /// admission had overlooked it.
    pub(super) fn link(
        shared: Arc<Shared>,
        compiled: &wasmtime::component::Component,
        plugin: &str,
        declared: &Declared,
        granted: &BTreeSet<String>,
        settings: &serde_json::Value,
    ) -> Result<Self, LoadError> {
        let pre = linker(shared.engine.raw(), declared, granted)
            .and_then(|linker| linker.instantiate_pre(compiled))
            .map_err(|error| LoadError::Link(error.into()))?;
        let exports = Exports {
            tools: tools::GuestIndices::new(&pre)
                .map_err(|_| LoadError::Export("`postern:plugin/tools@0.1.0`".to_owned()))?,
            resources: resources::GuestIndices::new(&pre).ok(),
            prompts: prompts::GuestIndices::new(&pre).ok(),
            completions: completions::GuestIndices::new(&pre).ok(),
            guard: guard::GuestIndices::new(&pre).ok(),
            authenticator: authenticator::GuestIndices::new(&pre).ok(),
            resolver: resolver::GuestIndices::new(&pre).ok(),
            catalog: catalog::GuestIndices::new(&pre).ok(),
            routes: routes::GuestIndices::new(&pre).ok(),
        };
        let settings = settings.to_string().into();
        let share = shared.slots.share();
        let asks = declared.asks.clone().into();
        let (plugin, rules, folders) = (plugin.into(), Arc::default(), Folders::default());
        Ok(Self { shared, plugin, settings, asks, rules, folders, share, pre, exports })
    }

    /// The same, with these folders for its calls to read. Only a component that was admitted with folders has a way
    /// to look into them.
    #[must_use]
    pub fn reading(self, folders: Vec<Folder>) -> Self {
        Self { folders: folders.into(), ..self }
    }

    /// Asks the component what it offers, in an instance with no authority and no target.
    pub(super) async fn describe(&self) -> Result<Described, LoadError> {
        let limits = &self.shared.limits;
        let asked = async {
            let _slot = self.share.enter(&self.shared.slots).await;
            let services = self.services("describe", "", Vec::new());
            let egress = self.shared.egress.open(&self.plugin, Authority::default(), Ledger::default());
            let mut store =
                CallState::store(self.shared.engine.raw(), limits, services, egress, Long::default());
            let instance = self.pre.instantiate_async(&mut store).await?;
            let mut described = Described::default();
            let guest = self.exports.tools.load(&mut store, &instance)?;
            described.tools = guest.call_describe(&mut store).await?.into_iter().map(Into::into).collect();
            if let Some(resources) = &self.exports.resources {
                let guest = resources.load(&mut store, &instance)?;
                let listed = guest.call_describe(&mut store).await?;
                described.resources = listed.into_iter().map(Into::into).collect();
            }
            if let Some(prompts) = &self.exports.prompts {
                let guest = prompts.load(&mut store, &instance)?;
                let listed = guest.call_describe(&mut store).await?;
                described.prompts = listed.into_iter().map(Into::into).collect();
            }
            if let Some(routes) = &self.exports.routes {
                let guest = routes.load(&mut store, &instance)?;
                let listed = guest.call_describe(&mut store).await?;
                described.routes = listed.into_iter().map(Into::into).collect();
            }
            Ok(described)
        };
        match tokio::time::timeout(limits.deadline, asked).await {
            Ok(described) => described.map_err(|error: wasmtime::Error| LoadError::Describe(error.into())),
            Err(elapsed) => Err(LoadError::Describe(elapsed.into())),
        }
    }

    /// The services of one call.
    pub(super) fn services(&self, call: &str, principal: &str, targets: Vec<Target>) -> Services {
        Services {
            settings: Arc::clone(&self.settings),
            rules: Arc::clone(&self.rules),
            log: CallLog::new(&self.plugin, call, &self.shared.limits),
            cache: self.shared.cache.private(&self.plugin, principal),
            targets,
            folders: Folders::default(),
            inquiries: None,
        }
    }
}

fn linker(
    engine: &wasmtime::Engine,
    declared: &Declared,
    granted: &BTreeSet<String>,
) -> wasmtime::Result<Linker<CallState>> {
    let mut linker = Linker::new(engine);
    inert::add_to_linker(&mut linker)?;
    services::add_to_linker(&mut linker)?;
    if declared.folders {
        folder::add_to_linker(&mut linker)?;
    }
    for (name, form) in &declared.capabilities {
        if granted.contains(name) {
            capability::open(&mut linker, name, *form)?;
        } else {
            capability::closed(&mut linker, name, *form)?;
        }
    }
    Ok(linker)
}
