//! The SDK's providers, built from what was configured.

use std::collections::HashMap;

use opentelemetry::KeyValue;
use opentelemetry_otlp::{
    Compression, ExporterBuildError, MetricExporter, Protocol, SpanExporter, WithExportConfig, WithHttpConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::{SdkMeterProvider, Temporality as SdkTemporality};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, ShouldSample, TracerProviderBuilder};

use super::client::Client;
use super::scrape::Scrape;
use super::variables::{Config, Export, Sampling, Temporality};
use super::{Scraping, StartError};

/// Keeps traces; `None` where they go nowhere.
pub(super) fn tracer(config: &Config) -> Result<Option<SdkTracerProvider>, StartError> {
    let Some(export) = &config.traces else { return Ok(None) };
    let exporter = sent(SpanExporter::builder().with_http(), export)?.build()?;
    Ok(Some(prepared(config).with_batch_exporter(exporter).build()))
}

/// A provider of traces that go nowhere yet.
pub(super) fn prepared(config: &Config) -> TracerProviderBuilder {
    SdkTracerProvider::builder().with_resource(resource(config)).with_sampler(sampler(config.sampler))
}

/// Keeps metrics; `None` where nobody has them.
pub(super) fn meter(
    config: &Config,
    scraping: Scraping,
) -> Result<Option<(SdkMeterProvider, Option<Scrape>)>, StartError> {
    if config.metrics.is_none() && scraping == Scraping::Off {
        return Ok(None);
    }
    let mut provider = SdkMeterProvider::builder().with_resource(resource(config));
    if let Some(export) = &config.metrics {
        let temporality = match config.temporality {
            Temporality::Cumulative => SdkTemporality::Cumulative,
            Temporality::Delta => SdkTemporality::Delta,
            Temporality::LowMemory => SdkTemporality::LowMemory,
        };
        let exporter = MetricExporter::builder().with_temporality(temporality).with_http();
        provider = provider.with_periodic_exporter(sent(exporter, export)?.build()?);
    }
    let scrape = match scraping {
        Scraping::Off => None,
        Scraping::On => {
            let (scrape, reader) = Scrape::new()?;
            provider = provider.with_reader(reader);
            Some(scrape)
        }
    };
    Ok(Some((provider.build(), scrape)))
}

/// Everything that the room decides is said here; the room's documentation names what the SDK looks up itself.
fn sent<B: WithExportConfig + WithHttpConfig>(builder: B, export: &Export) -> Result<B, StartError> {
    let builder = builder
        .with_http_client(Client::new(export)?)
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(export.endpoint.as_str())
        .with_timeout(export.timeout)
        .with_headers(export.headers.clone().into_iter().collect::<HashMap<_, _>>());
    Ok(if export.gzip { builder.with_compression(Compression::Gzip) } else { builder })
}

fn resource(config: &Config) -> Resource {
    let attributes = config.resource.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
    Resource::builder_empty().with_attributes(attributes).build()
}

fn sampler(sampling: Sampling) -> Box<dyn ShouldSample> {
    let others = match sampling.ratio {
        ratio if ratio >= 1.0 => Sampler::AlwaysOn,
        ratio if ratio <= 0.0 => Sampler::AlwaysOff,
        ratio => Sampler::TraceIdRatioBased(ratio),
    };
    if sampling.by_parent { Box::new(Sampler::ParentBased(Box::new(others))) } else { Box::new(others) }
}

impl From<ExporterBuildError> for StartError {
    fn from(error: ExporterBuildError) -> Self {
        Self::Exporter(Box::new(error))
    }
}
