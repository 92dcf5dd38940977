//! What Prometheus comes for: the metrics as text.

use opentelemetry_prometheus::PrometheusExporter;
use opentelemetry_sdk::error::OTelSdkError;
use prometheus::{Registry, TextEncoder};

/// Gathers the metrics when it is asked to.
pub(super) struct Scrape(Registry);

impl Scrape {
    /// A scrape, and the reader that a meter provider must be built with for it.
    pub(super) fn new() -> Result<(Self, PrometheusExporter), OTelSdkError> {
        let registry = Registry::new();
        let reader = opentelemetry_prometheus::exporter()
            .with_registry(registry.clone())
            // There is one scope, and it would be a label on each of a thousand lines.
            .scope_info_enabled(false)
            .build()?;
        Ok((Self(registry), reader))
    }

    pub(super) fn render(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail; a family that cannot be said is left out.
        if let Err(error) = TextEncoder::new().encode_utf8(&self.0.gather(), &mut text) {
            tracing::warn!(%error, "the metrics cannot be told in full");
        }
        text
    }
}
