//! Builds queries for the API server: paths from checked parts, and nothing from free text.

use crate::args::Namespace;
use crate::cluster::Query;

/// Plain objects.
pub const JSON: &str = "application/json";

/// The server's own table: the columns of `kubectl get`. The manifest demands exactly this header where
/// it grants rows but not objects.
pub const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io";

/// Metadata without specification, data and status.
pub const METADATA: &str = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";

/// Longest wait for one answer of a cluster, in milliseconds.
pub const PATIENCE_MS: u32 = 10_000;

/// The same for a cluster that did not answer in time within the last minute.
pub const SHORT_PATIENCE_MS: u32 = 3_000;

/// Where the resources of an API group and version are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group(&'static str);

impl Group {
    /// Pods, services, nodes and the like.
    pub const CORE: Self = Self("/api/v1");
    /// Deployments and the like.
    pub const APPS: Self = Self("/apis/apps/v1");
    /// Jobs and cron jobs.
    pub const BATCH: Self = Self("/apis/batch/v1");
    /// Endpoint slices.
    pub const DISCOVERY: Self = Self("/apis/discovery.k8s.io/v1");
    /// Use of CPU and memory; there only with a metrics server.
    pub const METRICS: Self = Self("/apis/metrics.k8s.io/v1beta1");

    /// The path of a collection: of one namespace, or of all.
    #[must_use]
    pub fn collection(self, namespace: Option<&Namespace>, plural: &str) -> String {
        match namespace {
            Some(namespace) => format!("{}/namespaces/{namespace}/{plural}", self.0),
            None => format!("{}/{plural}", self.0),
        }
    }
}

impl Query {
    /// Asks for objects.
    #[must_use]
    pub fn json(path: impl Into<String>) -> Self {
        Self { path: path.into(), parameters: Vec::new(), accept: JSON, timeout_ms: PATIENCE_MS }
    }

    /// Asks for metadata alone.
    #[must_use]
    pub fn metadata(path: impl Into<String>) -> Self {
        Self { accept: METADATA, ..Self::json(path) }
    }

    /// Asks for table rows, with as much of each row's object as `include` says.
    #[must_use]
    pub fn table(path: impl Into<String>, include: Include) -> Self {
        let include = match include {
            Include::None => "None",
            Include::Metadata => "Metadata",
        };
        Self { accept: TABLE, ..Self::json(path) }.with("includeObject", include)
    }

    /// Adds a parameter.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.parameters.push((name, value.to_string()));
        self
    }

    /// Adds a parameter if there is a value.
    #[must_use]
    pub fn maybe(self, name: &'static str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Asks for one page: at most `limit` items, from where `token` points.
    #[must_use]
    pub fn page(self, limit: u32, token: Option<&str>) -> Self {
        self.with("limit", limit).maybe("continue", token.filter(|token| !token.is_empty()))
    }
}

/// How much of its object comes with a table row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Include {
    /// Nothing: the cells alone.
    None,
    /// The metadata. Cells hold no namespace, so this is what rows of all namespaces need.
    Metadata,
}
