//! Why a plugin is not loaded, in words for its operator.

use thiserror::Error;

use super::schema::SchemaError;
use super::wording::Fault;
use crate::call::Kind;
use crate::diagnostic::Diagnostics;
use crate::runtime::LoadError;

/// Why a plugin is not loaded.
#[derive(Debug, Error)]
pub enum PluginError {
    /// The component itself.
    #[error("plugin `{plugin}` cannot be loaded")]
    Component {
        /// Which.
        plugin: String,
        /// Why.
        #[source]
        source: LoadError,
    },
    /// Component and manifest do not agree.
    #[error(transparent)]
    Manifest(#[from] Diagnostics),
    /// A schema of a tool or a route.
    #[error("plugin `{plugin}`: the {which} schema of the {kind} `{name}` is not usable: {source}")]
    Schema {
        /// The plugin's name.
        plugin: String,
        /// Which of the two.
        kind: Kind,
        /// Its name.
        name: String,
        /// `input` or `output`.
        which: &'static str,
        /// Why.
        source: SchemaError,
    },
    /// What it says of itself cannot be shown to anyone.
    #[error("plugin `{plugin}` cannot be loaded: {}", .faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Wording {
        /// The plugin's name.
        plugin: String,
        /// Every fault; never empty.
        faults: Vec<Fault>,
    },
}
