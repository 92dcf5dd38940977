//! The instruments, each a method with typed arguments.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter, UpDownCounter};

use super::event::{Called, Decided, Exchanged, Operation, Recorded, Served, Session, Transport};
use super::names;
use super::scrape::Scrape;

/// Records what happens. Cheap to clone; clones record together.
///
/// No attribute holds what a stranger can choose, and none a principal or a target: the number of series is
/// bounded by what the operator configured.
#[derive(Clone, Default)]
pub struct Meters(Option<Arc<Inner>>);

struct Inner {
    instruments: Instruments,
    scrape: Option<Scrape>,
}

struct Instruments {
    operation: Histogram<f64>,
    session: Histogram<f64>,
    request: Histogram<f64>,
    decision: Counter<u64>,
    decision_duration: Histogram<f64>,
    call: Histogram<f64>,
    running: UpDownCounter<i64>,
    sandbox: Histogram<f64>,
    upstream: Histogram<f64>,
    gate: Counter<u64>,
    auth: Counter<u64>,
    logins: Counter<u64>,
    kept: Counter<u64>,
    limited: Counter<u64>,
    audit: Histogram<f64>,
    audit_failures: Counter<u64>,
}

impl Instruments {
    fn new(meter: &Meter) -> Self {
        let seconds = |name, what, buckets: &[f64]| {
            let histogram = meter.f64_histogram(name).with_unit("s").with_description(what);
            histogram.with_boundaries(buckets.to_vec()).build()
        };
        let count = |name, what| meter.u64_counter(name).with_description(what).build();
        Self {
            operation: seconds(names::OPERATION, "Messages of clients", &names::SECONDS),
            session: seconds(names::SESSION, "Sessions of clients", &names::SECONDS),
            request: seconds(names::REQUEST, "Requests over plain HTTP", &names::SECONDS),
            decision: count("postern.decision", "Decisions of policy"),
            decision_duration: seconds("postern.decision.duration", "Questions to policy", &names::FINE),
            call: seconds("postern.call.duration", "Calls that were found", &names::SECONDS),
            running: meter.i64_up_down_counter("postern.calls.running").with_description("Calls now").build(),
            sandbox: seconds("postern.sandbox.duration", "Runs of components", &names::FINE),
            upstream: seconds("postern.upstream.duration", "Requests of components", &names::SECONDS),
            gate: count("postern.gate.refusals", "Requests of components that did not pass"),
            auth: count("postern.auth.refusals", "Credentials refused"),
            logins: count("postern.upstream.logins", "Logins at upstreams"),
            kept: count("postern.upstream.kept", "Requests answered without asking the target"),
            limited: count("postern.limit.refusals", "Calls and requests beyond a rate or a number"),
            audit: seconds("postern.audit.duration", "Records written to the audit", &names::FINE),
            audit_failures: count("postern.audit.failures", "Records that could not be written"),
        }
    }
}

/// A call that runs; dropped, it has ended.
#[derive(Debug)]
#[must_use = "the call counts as running for as long as this lives"]
pub struct Running {
    meters: Meters,
    plugin: Option<KeyValue>,
}

impl Drop for Running {
    fn drop(&mut self) {
        if let (Some(instruments), Some(plugin)) = (self.meters.instruments(), self.plugin.take()) {
            instruments.running.add(-1, &[plugin]);
        }
    }
}

impl Meters {
    /// Records nothing, for nothing.
    #[must_use]
    pub fn disabled() -> Self {
        Self(None)
    }

    pub(super) fn new(meter: &Meter, scrape: Option<Scrape>) -> Self {
        Self(Some(Arc::new(Inner { instruments: Instruments::new(meter), scrape })))
    }

    fn instruments(&self) -> Option<&Instruments> {
        self.0.as_deref().map(|inner| &inner.instruments)
    }

    /// A client's message was answered.
    pub fn operation(&self, operation: Operation<'_>) {
        let Some(instruments) = self.instruments() else { return };
        let method = names::method(operation.method);
        let mut attributes = Vec::with_capacity(9);
        attributes.push(KeyValue::new(names::METHOD, method));
        if method == "tools/call" {
            attributes.push(KeyValue::new(names::GEN_AI_OPERATION, names::EXECUTE_TOOL));
        }
        let named = [(names::TOOL, operation.tool), (names::PROMPT, operation.prompt)];
        attributes.extend(
            named.into_iter().filter_map(|(key, name)| Some(KeyValue::new(key, name?.as_str().to_owned()))),
        );
        attributes.extend(operation.ended.error().map(|error| KeyValue::new(names::ERROR, error)));
        // Text, as the conventions have it: other protocols have words for codes. A method's own code is one of
        // the host's few.
        attributes
            .extend(operation.ended.code().map(|code| KeyValue::new(names::RPC_STATUS, code.to_string())));
        connection(&mut attributes, operation.transport, operation.version);
        instruments.operation.record(operation.elapsed.as_secs_f64(), &attributes);
    }

    /// A client's session ended.
    pub fn session(&self, session: Session<'_>) {
        let Some(instruments) = self.instruments() else { return };
        let mut attributes = Vec::with_capacity(4);
        attributes.extend(session.error.map(|error| KeyValue::new(names::ERROR, error)));
        connection(&mut attributes, session.transport, session.version);
        instruments.session.record(session.elapsed.as_secs_f64(), &attributes);
    }

    /// A request over plain HTTP was answered.
    pub fn served(&self, served: Served<'_>) {
        let Some(instruments) = self.instruments() else { return };
        let attributes = [
            KeyValue::new(names::HTTP_METHOD, served.method),
            KeyValue::new(names::HTTP_ROUTE, served.route.to_owned()),
            KeyValue::new(names::HTTP_STATUS, i64::from(served.status)),
        ];
        instruments.request.record(served.elapsed.as_secs_f64(), &attributes);
    }

    /// Policy answered.
    pub fn decision(&self, decided: Decided) {
        let Some(instruments) = self.instruments() else { return };
        let attributes = [
            KeyValue::new(names::DECISION, decided.decision.as_str()),
            KeyValue::new(names::EFFECT, decided.effect.as_str()),
        ];
        instruments.decision.add(1, &attributes);
        instruments.decision_duration.record(decided.elapsed.as_secs_f64(), &[]);
    }

    /// A call ended.
    pub fn call(&self, called: Called<'_>) {
        let Some(instruments) = self.instruments() else { return };
        let attributes = [
            KeyValue::new(names::PLUGIN, called.plugin.to_owned()),
            KeyValue::new(names::NAME, called.name.to_owned()),
            KeyValue::new(names::OUTCOME, called.outcome),
        ];
        instruments.call.record(called.elapsed.as_secs_f64(), &attributes);
    }

    /// A call of `plugin` runs, until what comes back is dropped.
    pub fn running(&self, plugin: &str) -> Running {
        let plugin = self.instruments().map(|instruments| {
            let plugin = KeyValue::new(names::PLUGIN, plugin.to_owned());
            instruments.running.add(1, std::slice::from_ref(&plugin));
            plugin
        });
        Running { meters: self.clone(), plugin }
    }

    /// A component ran; `outcome` is `ok` or the code of its failure.
    pub fn sandbox(&self, plugin: &str, outcome: &'static str, elapsed: Duration) {
        let Some(instruments) = self.instruments() else { return };
        let attributes =
            [KeyValue::new(names::PLUGIN, plugin.to_owned()), KeyValue::new(names::OUTCOME, outcome)];
        instruments.sandbox.record(elapsed.as_secs_f64(), &attributes);
    }

    /// A request of a component ended: at the upstream, or at the gate.
    pub fn upstream(&self, exchanged: Exchanged<'_>) {
        let Some(instruments) = self.instruments() else { return };
        let attributes = [
            KeyValue::new(names::PLUGIN, exchanged.plugin.to_owned()),
            KeyValue::new(names::UPSTREAM, exchanged.upstream.to_owned()),
            KeyValue::new(names::CAPABILITY, exchanged.capability.to_owned()),
            KeyValue::new(names::HTTP_METHOD, exchanged.method),
            KeyValue::new(names::OUTCOME, exchanged.outcome()),
        ];
        instruments.upstream.record(exchanged.elapsed.as_secs_f64(), &attributes);
    }

    /// The gate let a request of a component not pass, by this code.
    pub fn gate_refused(&self, plugin: &str, code: &'static str) {
        let Some(instruments) = self.instruments() else { return };
        let attributes = [KeyValue::new(names::PLUGIN, plugin.to_owned()), KeyValue::new(names::CODE, code)];
        instruments.gate.add(1, &attributes);
    }

    /// A credential was refused. The reason is for the operator alone: callers are all told the same.
    pub fn auth_refused(&self, reason: &'static str) {
        let Some(instruments) = self.instruments() else { return };
        instruments.auth.add(1, &[KeyValue::new(names::REASON, reason)]);
    }

    /// A login at an upstream ended; `outcome` is `ok` or the code of its failure.
    pub fn login(&self, plugin: &str, upstream: &str, outcome: &'static str) {
        let Some(instruments) = self.instruments() else { return };
        let attributes = [
            KeyValue::new(names::PLUGIN, plugin.to_owned()),
            KeyValue::new(names::UPSTREAM, upstream.to_owned()),
            KeyValue::new(names::OUTCOME, outcome),
        ];
        instruments.logins.add(1, &attributes);
    }

    /// A request was answered by what was kept, `fresh` or `stale`, or by an equal one in flight, `shared`.
    pub fn kept(&self, plugin: &str, upstream: &str, outcome: &'static str) {
        let Some(instruments) = self.instruments() else { return };
        let attributes = [
            KeyValue::new(names::PLUGIN, plugin.to_owned()),
            KeyValue::new(names::UPSTREAM, upstream.to_owned()),
            KeyValue::new(names::OUTCOME, outcome),
        ];
        instruments.kept.add(1, &attributes);
    }

    /// A limit was met; `of` says whose, such as `by this caller`.
    pub fn limited(&self, of: &'static str) {
        let Some(instruments) = self.instruments() else { return };
        instruments.limited.add(1, &[KeyValue::new(names::REASON, of)]);
    }

    /// The audit took a record, in so long.
    pub fn audited(&self, recorded: Recorded, elapsed: Duration) {
        let Some(instruments) = self.instruments() else { return };
        instruments.audit.record(elapsed.as_secs_f64(), &[KeyValue::new(names::KIND, recorded.as_str())]);
    }

    /// The audit could not take a record.
    pub fn audit_failed(&self, recorded: Recorded) {
        let Some(instruments) = self.instruments() else { return };
        instruments.audit_failures.add(1, &[KeyValue::new(names::KIND, recorded.as_str())]);
    }

    /// Everything recorded so far in the text format of Prometheus, version 0.0.4; empty where nobody
    /// scrapes.
    #[must_use]
    pub fn render(&self) -> String {
        self.0.as_ref().and_then(|inner| inner.scrape.as_ref()).map(Scrape::render).unwrap_or_default()
    }
}

fn connection(attributes: &mut Vec<KeyValue>, transport: Transport, version: Option<&str>) {
    match transport {
        Transport::Http => {
            attributes.push(KeyValue::new(names::TRANSPORT, "tcp"));
            attributes.push(KeyValue::new(names::PROTOCOL, "http"));
        }
        Transport::Stdio => attributes.push(KeyValue::new(names::TRANSPORT, "pipe")),
    }
    attributes.extend(version.map(|version| KeyValue::new(names::VERSION, names::version(version))));
}

impl fmt::Debug for Meters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meters").field("enabled", &self.0.is_some()).finish_non_exhaustive()
    }
}
