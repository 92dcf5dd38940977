//! Runs components: admits them once, and serves every call with an instance of its own.
//!
//! A component is bytes from somebody else. What this room promises about it:
//!
//! - *It is read before it is believed* ([`admission`]). The imports in the binary that carry functions
//!   must be the manifest's capabilities and the host's services, nothing more and nothing less; anything
//!   else (a socket, a file system, somebody's HTTP) refuses the load and is named.
//! - *Each call has a fresh instance* ([`component`]). It is built when the call begins and dropped when
//!   it ends, with its memory, its handles and its requests; so there is no state to leak, and a trap
//!   ends one call.
//! - *What the instance can reach is the call's authority.* The functions behind a capability's import
//!   look it up in the store's own data ([`capability`]); there is nothing else to call.
//! - *Everything it can use up is bounded* ([`Limits`]): memory, tables, handles, time, computing time,
//!   the size of its answer, its log lines, its standard output.
//!
//! The stages of a component's life, each a function:
//!
//! | stage | when | what |
//! |---|---|---|
//! | [`Runtime::admit`] | load | compiles (or loads our own compiled copy), reads imports, links, describes |
//! | [`Component::invoke`] | call | instantiates, runs one export, drops |
//! | [`Component::resolve`] | call, before it is decided on | the same, with what finding out takes |
//! | [`Component::before`], [`Component::after`] | call of another | the same for a guard, with nothing to reach |
//! | [`login`] | a token is needed | the same for an authenticator, with a secret and one target's login |
//!
//! # Design
//!
//! *Time.* A ticker advances the engine's epoch every 10 ms. At each tick a running guest yields to the
//! executor, so a loop cannot hold a thread; the call's deadline is a timer around the whole, and dropping
//! the future is what ends it. The guest's own computing time is counted in ticks and bounded apart, so a
//! component that spins is stopped long before one that waits for a slow upstream. One that computes for longer than
//! a tick goes on in another runtime's threads ([`long`]).
//!
//! *No fuel.* Counting instructions costs two to three times the speed; the epoch costs nothing measurable.

mod admission;
mod answer;
mod bindings;
mod capability;
mod clock;
mod compiled;
mod component;
mod describe;
mod engine;
mod failure;
mod find;
mod folder;
mod guard;
mod inert;
mod invoke;
mod limits;
mod login;
mod long;
mod resolve;
mod services;
mod slots;
mod state;

use std::collections::BTreeSet;
use std::sync::Arc;

use thiserror::Error;
use tokio::sync::Semaphore;

pub use admission::{Declared, Import, Inspection, Named, Standing};
pub use capability::{Form, Forms};
pub use compiled::CompiledCache;
pub use component::{Admission, Component};
pub use describe::{
    Described, DescribedPrompt, DescribedResource, DescribedRoute, DescribedTool, Extras, Icon,
    PromptArgument, TaskSupport,
};
pub use folder::Folder;
pub use guard::{GuardFailure, Review, RuleFault, RuleFile, Verdict};
pub use invoke::Invocation;
pub use limits::Limits;
pub use resolve::{Resolved, Resolving};

use long::Elsewhere;
use services::SharedCache;
use slots::Slots;

use crate::call::BoxError;
use crate::egress::Egress;

/// Why a component cannot be loaded.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The bytes are not a component.
    #[error("it is not a WebAssembly component: {0}")]
    NotAComponent(String),
    /// It imports what no manifest can give, or what its own manifest does not declare.
    #[error("it imports {}, which {}", .name, .why)]
    Import {
        /// The import's name.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// Its manifest declares a capability that its code never uses.
    #[error("its manifest declares the capability `{0}`, which its code never uses")]
    Unused(String),
    /// It lacks an export.
    #[error("it does not export {0}")]
    Export(String),
    /// It has an export that its manifest does not declare.
    #[error("it exports `{0}`, of which its manifest says nothing")]
    Undeclared(&'static str),
    /// It failed while it described itself.
    #[error("it failed to describe itself")]
    Describe(#[source] BoxError),
    /// What it says of itself cannot be shown to anyone.
    #[error("what it says of itself is not usable: {0}")]
    Described(String),
    /// The operator's rules for it are faulty.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Rules(Vec<RuleFault>),
    /// The engine refused it.
    #[error("it cannot be linked")]
    Link(#[source] BoxError),
}

/// Why the runtime cannot start.
#[derive(Debug, Error)]
#[error("the sandbox cannot be set up on this machine")]
pub struct StartError(#[source] BoxError);

/// The engine and what all components share. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Runtime {
    shared: Arc<Shared>,
}

/// What every component and every call holds on to.
#[derive(Debug)]
struct Shared {
    engine: engine::Engine,
    limits: Limits,
    egress: Egress,
    cache: SharedCache,
    compiled: Option<CompiledCache>,
    /// Instances alive at once; waited for before instantiating, since the pool itself only refuses.
    slots: Slots,
    /// As many for logins, which calls that hold an instance wait for.
    logins: Semaphore,
    /// Where calls go on that compute for long.
    elsewhere: Elsewhere,
}

impl Runtime {
    /// Sets the engine up. `compiled` keeps compiled code between runs; without it every start compiles. Calls that
    /// compute for long are run by the runtime that this is called in.
    ///
    /// # Errors
    /// [`StartError`] when the machine does not allow the pool's reservations.
    pub fn new(limits: Limits, egress: Egress, compiled: Option<CompiledCache>) -> Result<Self, StartError> {
        let engine = engine::Engine::new(&limits).map_err(|error| StartError(error.into()))?;
        let slots = Slots::new(limits.instances);
        let cache = SharedCache::default();
        let logins = Semaphore::new(login::INSTANCES);
        let elsewhere = Elsewhere::here();
        let shared = Shared { engine, limits, egress, cache, compiled, slots, logins, elsewhere };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Admits a component: compiles it, holds its imports against `declared`, links it, and lets it
    /// describe itself with nothing to reach.
    ///
    /// Capabilities in `declared` but not in `granted` are linked to a closed door. A guard reads its `rules`. Compiling takes seconds
    /// and a thread of its own.
    ///
    /// # Errors
    /// [`LoadError`], which names the import, the export or the capability.
    pub async fn admit(
        &self,
        bytes: &[u8],
        plugin: &str,
        declared: &Declared,
        granted: &BTreeSet<String>,
        settings: &serde_json::Value,
        rules: &[RuleFile],
    ) -> Result<Admission, LoadError> {
        let compiled = self.compile(bytes.to_vec()).await?;
        let inspection = admission::inspect(&compiled, self.shared.engine.raw());
        admission::check(&inspection, declared)?;
        let mut component =
            Component::link(Arc::clone(&self.shared), &compiled, plugin, declared, granted, settings)?;
        let described = component.describe().await?;
        described.check()?;
        component.prepare(rules).await?;
        Ok(Admission { component, inspection, described })
    }

    /// The limits that calls run under.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    async fn compile(&self, bytes: Vec<u8>) -> Result<wasmtime::component::Component, LoadError> {
        let shared = Arc::clone(&self.shared);
        let compiling = move || {
            let engine = shared.engine.raw();
            match &shared.compiled {
                Some(cache) => cache.load_or_compile(engine, &bytes),
                None => wasmtime::component::Component::new(engine, &bytes),
            }
        };
        let compiled = tokio::task::spawn_blocking(compiling).await;
        compiled
            .map_err(|error| LoadError::Link(error.into()))?
            .map_err(|error| LoadError::NotAComponent(failure::first_line(&error)))
    }
}
