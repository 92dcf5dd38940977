//! A handle to one server that a call may be given.

use std::sync::Arc;

use super::credential::Unusable;
use super::endpoint::Endpoint;

/// One server of an upstream: a cluster, an instance. Made here and nowhere else; cheap to clone.
#[derive(Debug, Clone)]
pub struct Target(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Of which plugin and which of its upstreams it is a target.
    plugin: String,
    upstream: String,
    name: String,
    attributes: Vec<(String, String)>,
    endpoint: Result<Arc<Endpoint>, Unusable>,
}

impl Target {
    pub(super) fn new(
        plugin: &str,
        upstream: &str,
        name: &str,
        attributes: Vec<(String, String)>,
        endpoint: Result<Arc<Endpoint>, Unusable>,
    ) -> Self {
        let (plugin, upstream, name) = (plugin.to_owned(), upstream.to_owned(), name.to_owned());
        Self(Arc::new(Inner { plugin, upstream, name, attributes, endpoint }))
    }

    /// The operator's name for it, unique within its upstream.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The upstream of the manifest that it belongs to.
    #[must_use]
    pub fn upstream(&self) -> &str {
        &self.0.upstream
    }

    /// What may be known of it without asking it. For a cluster: `default`, `namespace`, `server`, `auth`.
    #[must_use]
    pub fn attributes(&self) -> &[(String, String)] {
        &self.0.attributes
    }

    /// Why it cannot be used, where that is known beforehand; fit for the caller.
    #[must_use]
    pub fn fault(&self) -> Option<&str> {
        self.0.endpoint.as_ref().err().map(|unusable| unusable.reason.as_str())
    }

    /// Whether it was made for `plugin`.
    pub(super) fn is_of(&self, plugin: &str) -> bool {
        self.0.plugin == plugin
    }

    pub(super) fn endpoint(&self) -> Result<&Arc<Endpoint>, super::Error> {
        self.0.endpoint.as_ref().map_err(|unusable| super::Error::Unavailable {
            target: self.0.name.clone(),
            reason: unusable.reason.clone(),
            source: unusable.source.clone(),
        })
    }
}
