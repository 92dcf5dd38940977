//! What can be seen from outside: traces, metrics, and what joins them to the log and the audit.
//!
//! The only room that knows OpenTelemetry. The others state facts: [`Meters`] has a method for each thing
//! that is measured, and [`span`] makes the spans of a call, which are plain `tracing` spans that mean
//! nothing where no trace is kept.
//!
//! - [`Config`] is what the standard variables say: `OTEL_EXPORTER_OTLP_ENDPOINT`, `_PROTOCOL`
//!   (`http/protobuf`, no other), `_HEADERS`, `_TIMEOUT`, `_COMPRESSION`, `_CERTIFICATE`, each also for one
//!   signal (`OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`); `OTEL_TRACES_EXPORTER`, `OTEL_METRICS_EXPORTER`,
//!   `OTEL_TRACES_SAMPLER` with `_ARG`, `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`,
//!   `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`, `OTEL_SDK_DISABLED`. Without an endpoint nothing
//!   is exported and nothing runs.
//! - [`Telemetry`] holds what exports, and sends the rest when it is dropped.
//! - [`Meters`] are the instruments; [`Meters::render`] is what Prometheus comes for.
//! - [`parent`] reads the trace context that a caller sent along, [`trace_id`] tells the audit which trace a
//!   call belongs to, [`traceparent`] is what an upstream may be told.
//!
//! A call looks like this from outside, within the trace of whoever asked:
//!
//! ```text
//! tools/call get_pod_logs                                         SERVER
//! └─ sandbox kubernetes
//!    └─ GET /api/v1/namespaces/{namespace}/pods/{name}/log        CLIENT
//! ```
//!
//! # Design
//!
//! *Nobody's name is a label.* Principals, targets and whatever clients make up are in the trace and the
//! audit, where a line more costs a line; in metrics each would be a series for ever.
//!
//! *Spans apart from the log.* They are made under a target of their own that the log leaves out. A log
//! line says which call it is about in its own fields, and a trace can be kept or not without the log
//! looking another way.
//!
//! *A client of our own.* The exporter's would bring a second HTTP client and a second TLS into the host
//! for one `POST` every few seconds.
//!
//! *What the SDK still looks up for itself.* How much it holds back and for how long: `OTEL_BSP_*`,
//! `OTEL_METRIC_EXPORT_INTERVAL`, `OTEL_SPAN_*_LIMIT`. Its own readers of those are as standard as they get.

mod client;
mod event;
mod export;
mod meters;
mod names;
mod parent;
mod scrape;
pub mod span;
mod variables;

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::metrics::MeterProvider as _;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::error::OTelSdkError;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use thiserror::Error;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::registry::LookupSpan;

pub use client::ClientError;
pub use event::{
    Called, Decided, Decision, Ended, Exchanged, Name, Operation, Recorded, Served, Session, Transport,
};
pub use meters::{Meters, Running};
pub use parent::{parent, trace_id, traceparent};
pub use variables::{Config, Export, SECRETS, Sampling, Temporality, VariableError};

use crate::call::BoxError;

/// By which name spans and metrics say who made them.
const SCOPE: &str = "postern";

/// How long a host that stops waits for the collector.
const LAST: Duration = Duration::from_secs(3);

/// What exports, for as long as it lives; dropped, it sends what is left, for up to three seconds.
#[derive(Debug, Default)]
pub struct Telemetry {
    config: Config,
    traces: Option<SdkTracerProvider>,
    metrics: Option<SdkMeterProvider>,
}

/// Whether somebody comes for the metrics: see [`Meters::render`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scraping {
    /// Nobody; nothing is kept for them.
    Off,
    /// Prometheus.
    On,
}

/// Why nothing can be exported.
#[derive(Debug, Error)]
pub enum StartError {
    /// A way to the collector cannot be set up.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The exporter cannot be built.
    #[error("telemetry cannot be exported")]
    Exporter(#[source] BoxError),
    /// The metrics cannot be kept.
    #[error("metrics cannot be kept")]
    Metrics(#[from] OTelSdkError),
}

impl Telemetry {
    /// Starts what exports traces. Connects to nothing yet; a collector that is away costs spans, not calls.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn start(config: Config) -> Result<Self, StartError> {
        Ok(Self { traces: export::tracer(&config)?, metrics: None, config })
    }

    /// What must be a layer of the process's subscriber, so that spans become a trace. Where none is kept, it
    /// leaves spans disabled.
    #[must_use]
    pub fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        let layer = self.traces.as_ref().map(|traces| {
            tracing_opentelemetry::layer()
                .with_tracer(traces.tracer(SCOPE))
                // Where in our source a span is made, on which thread and how busily, is no news to an operator.
                .with_location(false)
                .with_threads(false)
                .with_tracked_inactivity(false)
                .with_target(false)
                .with_level(false)
        });
        // The filter is there without a layer too: a layer that is none and not filtered enables everything.
        let kept = layer.is_some();
        let ours = filter_fn(move |metadata| kept && metadata.is_span() && metadata.target() == span::TARGET);
        // Without the hint every line that nobody logs would cost a question.
        layer.with_filter(ours.with_max_level_hint(if kept { LevelFilter::INFO } else { LevelFilter::OFF }))
    }

    /// Starts the metrics; to be asked once. [`Meters::disabled`] where nobody has them.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn meters(&mut self, scraping: Scraping) -> Result<Meters, StartError> {
        let Some((provider, scrape)) = export::meter(&self.config, scraping)? else {
            return Ok(Meters::disabled());
        };
        let meters = Meters::new(&provider.meter(SCOPE), scrape);
        self.metrics = Some(provider);
        Ok(meters)
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        // On threads of their own: a collector that says nothing would hold each of them up in turn, and one
        // of them for longer than it was told.
        let (done, ended) = mpsc::channel();
        let (traces, metrics) = (self.traces.take(), self.metrics.take());
        let waited = usize::from(traces.is_some()) + usize::from(metrics.is_some());
        if let Some(traces) = traces {
            let done = done.clone();
            thread::spawn(move || done.send(traces.shutdown_with_timeout(LAST)));
        }
        if let Some(metrics) = metrics {
            thread::spawn(move || done.send(metrics.shutdown_with_timeout(LAST)));
        }
        let until = Instant::now() + LAST;
        for _ in 0..waited {
            let left = until.saturating_duration_since(Instant::now());
            let error = match ended.recv_timeout(left) {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => error.to_string(),
                Err(_) => format!("no answer within {} s", LAST.as_secs()),
            };
            tracing::warn!(error, "not all of the telemetry reached the collector");
        }
    }
}

#[cfg(test)]
mod tests;
