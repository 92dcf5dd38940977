//! What this host offers: the plugins as loaded, and the tools, resources and prompts that exist.
//!
//! A [`Registry`] is a snapshot. It is built whole from manifests, components and the operator's grants, and
//! never changes; to load something else is to build another one. Everything about a plugin that can be
//! known before a call is worked out here, once: whether manifest and binary agree, which tools the grants
//! leave, what each of them needs, its schemas ready to check, and the hints that clients are shown.
//!
//! Two rules decide what exists:
//!
//! - *A tool exists when every capability it needs was granted*, on some target. One capability less and it
//!   is not listed and not found: a client cannot tell it from a tool that was never written.
//! - *Hints come from the rules' methods*, never from what a component says of itself.
//!
//! What a component does say of itself is checked in [`wording`], and plugins against one another when they
//! are put together: no name stands for two things, and none looks like another.

mod declared;
mod embedded;
mod entry;
mod load;
pub mod lock;
mod lookup;
pub mod manifest;
mod refused;
mod schema;
mod schemas;
mod text;
mod together;
pub mod wording;

use std::sync::Arc;

pub use crate::runtime::{Icon, TaskSupport};
pub use embedded::{EMBEDDED, Embedded};
pub use entry::{Extras, Hints, Operation, Prompt, Resolver, Resource, Route, Tool};
pub use load::{Given, Grants, LoadedPlugin, Offer, load};
pub use refused::PluginError;
pub(crate) use schema::Schema;
pub(crate) use text::{Plain, Written};
pub use together::Clash;

use crate::authority::ALL;
use crate::call::{Arguments, Kind};
use crate::guardrail::Guard;

/// A snapshot of what exists. Lists are in the order of plugins, then of names.
#[derive(Debug, Default)]
pub struct Registry {
    plugins: Vec<LoadedPlugin>,
}

/// What [`Registry::find`] found.
#[derive(Debug)]
pub struct Found {
    /// What to run.
    pub operation: Arc<Operation>,
    /// A resource's variables, out of its URI.
    pub variables: Option<Arguments>,
}

impl Registry {
    /// A snapshot of these plugins.
    ///
    /// # Errors
    /// [`Clash`] when a name or a URI of one could be taken for another's.
    pub fn new(mut plugins: Vec<LoadedPlugin>) -> Result<Self, Clash> {
        plugins.sort_by(|one, other| one.name.cmp(&other.name));
        let registry = Self { plugins };
        together::check(&registry)?;
        Ok(registry)
    }

    /// The plugins, by name.
    #[must_use]
    pub fn plugins(&self) -> &[LoadedPlugin] {
        &self.plugins
    }

    /// Every tool.
    pub fn tools(&self) -> impl Iterator<Item = &Arc<Tool>> {
        self.plugins.iter().flat_map(|plugin| &plugin.offer.tools)
    }

    /// Every resource.
    pub fn resources(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.plugins.iter().flat_map(|plugin| &plugin.offer.resources)
    }

    /// Every prompt.
    pub fn prompts(&self) -> impl Iterator<Item = &Arc<Prompt>> {
        self.plugins.iter().flat_map(|plugin| &plugin.offer.prompts)
    }

    /// Every route.
    pub fn routes(&self) -> impl Iterator<Item = &Arc<Route>> {
        self.plugins.iter().flat_map(|plugin| &plugin.offer.routes)
    }

    /// The plugin whose HTTP surface is served under this name: its own, or an alias.
    #[must_use]
    pub fn api(&self, name: &str) -> Option<&LoadedPlugin> {
        let known = |plugin: &&LoadedPlugin| plugin.manifest.api_aliases.iter().any(|alias| alias == name);
        self.plugins.iter().find(|plugin| plugin.name == name).or_else(|| self.plugins.iter().find(known))
    }

    /// Every guardrail.
    pub fn guards(&self) -> impl Iterator<Item = &Guard> {
        self.plugins.iter().filter_map(|plugin| plugin.offer.guard.as_ref())
    }

    /// The catalog that others ask, where a plugin is one.
    #[must_use]
    pub fn catalog(&self) -> Option<&Arc<Operation>> {
        self.plugins.iter().find_map(|plugin| plugin.offer.catalog.as_ref())
    }

    /// The tool, prompt or route of that name, or the resource that the URI in `name` belongs to.
    ///
    /// An empty `plugin` means any, which only makes sense for URIs.
    #[must_use]
    pub fn find(&self, kind: Kind, plugin: &str, name: &str) -> Option<Found> {
        let mut offers = self
            .plugins
            .iter()
            .filter(|each| plugin.is_empty() || each.name == plugin)
            .map(|each| &each.offer);
        let plain = |operation: &Arc<Operation>| Found { operation: Arc::clone(operation), variables: None };
        match kind {
            Kind::Tool => offers
                .find_map(|offer| offer.tools.iter().find(|tool| tool.name == name))
                .map(|tool| plain(&tool.operation)),
            Kind::Prompt => offers
                .find_map(|offer| offer.prompts.iter().find(|prompt| prompt.name == name))
                .map(|prompt| plain(&prompt.operation)),
            Kind::Route => offers
                .find_map(|offer| offer.routes.iter().find(|route| route.name == name))
                .map(|route| plain(&route.operation)),
            Kind::Completion => offers.find_map(|offer| offer.completion.as_ref()).map(plain),
            Kind::Catalog => offers.find_map(|offer| offer.catalog.as_ref()).map(plain),
            // It runs within other calls, and is none by itself.
            Kind::Resolver => None,
            Kind::Resource => offers.flat_map(|offer| &offer.resources).find_map(|resource| {
                let variables = resource.template.matches(name)?;
                let all = resource.of_all.iter().map(|name| (name.clone(), ALL.to_owned()));
                let variables = variables.into_iter().chain(all).map(|(name, value)| (name, value.into()));
                let variables = Some(Arguments(variables.collect()));
                Some(Found { operation: Arc::clone(&resource.operation), variables })
            }),
        }
    }
}
