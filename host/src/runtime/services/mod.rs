//! The host's side of the services: what a component may import without asking for anything.

mod cache;
mod caller;
mod entities;
mod log;
mod output;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc;
use wasmtime::component::{Accessor, Linker, Resource};

pub(super) use cache::SharedCache;
#[expect(unreachable_pub, reason = "the bindings re-export it, inside this room")]
pub use caller::Caller;
pub(super) use caller::Given;
pub(super) use entities::Asking;
pub(super) use log::CallLog;
pub(super) use output::BoundedOutput;

use super::bindings::postern::plugin::{
    ask, cache as wit_cache, caller as wit_caller, catalog_types, clock, config, content, egress,
    entities as wit_entities, log as wit_log, rules, targets, types,
};
use super::folder::Folders;
use super::state::{CallState, HasState};
use crate::call::Inquiry;
use crate::egress::Target;

/// What the services of one call work with.
pub(super) struct Services {
    /// This component's settings, as JSON text.
    pub(super) settings: Arc<str>,
    /// The operator's rules for this component, as it prepared them.
    pub(super) rules: Arc<[u8]>,
    pub(super) log: CallLog,
    pub(super) cache: cache::Private,
    /// The call's targets, in the operator's order.
    pub(super) targets: Vec<Target>,
    /// The operator's folders that it reads; none outside of calls.
    pub(super) folders: Folders,
    /// The way to the catalog; `None` outside of calls.
    pub(super) inquiries: Option<Asking>,
}

impl Services {
    /// The same, of a call: it may ask the catalog, and reads these folders.
    pub(super) fn calling(self, inquiries: mpsc::Sender<Inquiry>, folders: Folders) -> Self {
        Self { inquiries: Some(Asking::new(inquiries)), folders, ..self }
    }
}

/// The interfaces linked here, without the package and version.
pub(super) const INTERFACES: &[&str] = &[
    "types",
    "content",
    "egress",
    "log",
    "config",
    "rules",
    "clock",
    "cache",
    "targets",
    "caller",
    "catalog-types",
    ASK,
    ENTITIES,
];

/// Those that a manifest has to name.
pub(super) const ASK: &str = "ask";
pub(super) const ENTITIES: &str = "entities";

/// Links [`INTERFACES`].
pub(super) fn add_to_linker(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    types::add_to_linker::<_, HasState>(linker, |state| state)?;
    content::add_to_linker::<_, HasState>(linker, |state| state)?;
    egress::add_to_linker::<_, HasState>(linker, |state| state)?;
    wit_log::add_to_linker::<_, HasState>(linker, |state| state)?;
    config::add_to_linker::<_, HasState>(linker, |state| state)?;
    rules::add_to_linker::<_, HasState>(linker, |state| state)?;
    clock::add_to_linker::<_, HasState>(linker, |state| state)?;
    wit_cache::add_to_linker::<_, HasState>(linker, |state| state)?;
    targets::add_to_linker::<_, HasState>(linker, |state| state)?;
    wit_caller::add_to_linker::<_, HasState>(linker, |state| state)?;
    ask::add_to_linker::<_, HasState>(linker, |state| state)?;
    catalog_types::add_to_linker::<_, HasState>(linker, |state| state)?;
    wit_entities::add_to_linker::<_, HasState>(linker, |state| state)
}

impl types::Host for CallState {}

impl catalog_types::Host for CallState {}

impl content::Host for CallState {}

impl egress::Host for CallState {}

impl wit_log::Host for CallState {
    fn log(
        &mut self,
        level: wit_log::Level,
        message: String,
        fields: Vec<types::Field>,
    ) -> wasmtime::Result<()> {
        let Self { services, egress, .. } = self;
        services.log.line(level, &message, &fields, |text| egress.redact(text).into_owned());
        Ok(())
    }
}

impl config::Host for CallState {
    fn get(&mut self) -> wasmtime::Result<String> {
        Ok(self.services.settings.to_string())
    }
}

impl rules::Host for CallState {
    fn get(&mut self) -> wasmtime::Result<Vec<u8>> {
        Ok(self.services.rules.to_vec())
    }
}

impl clock::Host for CallState {
    fn now(&mut self) -> wasmtime::Result<u64> {
        // A clock set before 1970 reads as 1970.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

impl clock::HostWithStore<CallState> for HasState {
    async fn sleep(_: &Accessor<CallState, Self>, ms: u32) -> wasmtime::Result<()> {
        // The call's deadline ends a longer one.
        tokio::time::sleep(Duration::from_millis(ms.into())).await;
        Ok(())
    }
}

impl wit_cache::Host for CallState {
    fn get(&mut self, key: String) -> wasmtime::Result<Option<Vec<u8>>> {
        Ok(self.services.cache.get(&key))
    }

    fn set(&mut self, key: String, value: Vec<u8>, ttl_ms: u32) -> wasmtime::Result<()> {
        self.services.cache.set(&key, value, ttl_ms);
        Ok(())
    }

    fn delete(&mut self, key: String) -> wasmtime::Result<()> {
        self.services.cache.delete(&key);
        Ok(())
    }
}

impl targets::Host for CallState {
    fn targets(&mut self, upstream: String) -> wasmtime::Result<Vec<Resource<Target>>> {
        let Self { services, table, .. } = self;
        let named = services.targets.iter().filter(|target| target.upstream() == upstream);
        named.map(|target| Ok(table.push(target.clone())?)).collect()
    }
}

impl targets::HostTarget for CallState {
    fn name(&mut self, target: Resource<Target>) -> wasmtime::Result<String> {
        Ok(self.table.get(&target)?.name().to_owned())
    }

    fn attributes(&mut self, target: Resource<Target>) -> wasmtime::Result<Vec<types::Field>> {
        let attributes = self.table.get(&target)?.attributes();
        Ok(attributes
            .iter()
            .map(|(name, value)| types::Field { name: name.clone(), value: value.clone() })
            .collect())
    }

    fn drop(&mut self, target: Resource<Target>) -> wasmtime::Result<()> {
        self.table.delete(target)?;
        Ok(())
    }
}
