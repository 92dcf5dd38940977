//! Looks at a component without granting it anything: what it imports, and what it says of itself.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::registry::lock::Pin;
use crate::registry::manifest::Manifest;
use crate::registry::{self, Given, Grants, LoadedPlugin, PluginError};
use crate::runtime::{Described, Inspection, Runtime};

/// A component whose manifest is true of it.
#[derive(Debug, Clone)]
pub(crate) struct Examined {
    /// What a lock pins of it.
    pub(crate) pin: Pin,
    /// What the binary imports and exports.
    pub(crate) inspection: Inspection,
    /// What it says of itself.
    pub(crate) described: Described,
}

/// Looks at a component and compares it with its manifest: [`examine`], run to its end.
pub(crate) type Examine<'a> = &'a dyn Fn(&Manifest, &[u8]) -> Result<Examined, PluginError>;

impl From<LoadedPlugin> for Examined {
    fn from(loaded: LoadedPlugin) -> Self {
        Self { pin: loaded.pin(), inspection: loaded.inspection, described: loaded.described }
    }
}

/// Loads a component with every capability closed and compares it with its manifest.
///
/// # Errors
/// [`PluginError`], as for any load.
pub(crate) async fn examine(
    runtime: &Runtime,
    manifest: Manifest,
    component: &[u8],
) -> Result<Examined, PluginError> {
    let (grants, settings) = (Grants::new(), Value::Object(Map::new()));
    let given = Given { grants: &grants, settings: &settings, rules: &[], folders: &[] };
    Ok(registry::load(runtime, Arc::new(manifest), component, &given).await?.into())
}
