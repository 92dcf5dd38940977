//! What is written down of one call, whatever its end: in the audit, in the metrics and in the trace.
//!
//! Two things can happen to a call. It is refused before anything ran, which is one record; or it runs, which
//! is an *intent* before and an *end* after. The intent of what can change something is on the disk before
//! the component begins. A call that is dropped on the way has an end too: it was cancelled.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::{Instrument as _, Span};

use crate::audit::{self, Audit, Code, Event, Intent, Pending, RecordedExchange};
use crate::call::{
    Arguments, Call, CallError, Content, Contents, Effect, Finding, Kind, Origin, Outcome, Principal, Served,
};
use crate::egress::{Egress, Ledger, Login, Served as Kept};
use crate::policy::{Decision, Permit, Verdict};
use crate::registry::Operation;
use crate::telemetry::{self, Called, Decided, Exchanged, Meters, Recorded, Running};

/// What the record says of a call that did not get as far as policy.
const BEFORE: &str = "refused";
/// How a call ends that its caller gave up, or that went away with its connection.
const CANCELLED: &str = "cancelled";
const OK: &str = "ok";
const TOOL_ERROR: &str = "tool_error";
/// What is refused by the authority of the call, and not by the upstream, begins so.
const GATE: &str = "egress.denied";

/// One call, from its beginning to its end.
pub(super) struct Record<'a> {
    audit: &'a Audit,
    meters: &'a Meters,
    principal: &'a Principal,
    asked: Asked,
    operation: Option<Arc<Operation>>,
    verdict: Option<Verdict>,
    /// The request for approval that was made of it, or that lets it run.
    approval: Option<String>,
    /// What guardrails found in the call, and then in its answer.
    findings: (Vec<String>, Vec<String>),
    running: Option<Running>,
    ledger: Ledger,
    /// What was asked to find out what the call is about.
    resolving: Ledger,
    /// There while a component may be running.
    pending: Option<Pending>,
    began: Instant,
    is_closed: bool,
}

/// What the caller asked for, in its own words.
struct Asked {
    id: String,
    kind: Kind,
    plugin: String,
    name: String,
    arguments: Arguments,
    origin: Origin,
}

impl<'a> Record<'a> {
    pub(super) fn open(audit: &'a Audit, meters: &'a Meters, principal: &'a Principal, call: &Call) -> Self {
        let asked = Asked {
            id: call.id.clone(),
            kind: call.kind,
            plugin: call.plugin.clone(),
            name: call.name.clone(),
            arguments: call.arguments.clone(),
            origin: call.origin.clone(),
        };
        Self {
            audit,
            meters,
            principal,
            asked,
            operation: None,
            verdict: None,
            approval: None,
            findings: Default::default(),
            running: None,
            ledger: Ledger::default(),
            resolving: Ledger::default(),
            pending: None,
            began: Instant::now(),
            is_closed: false,
        }
    }

    /// What the call is for, where there is such a thing for this principal.
    pub(super) fn found(&mut self, operation: Option<&Arc<Operation>>) {
        self.running = operation.map(|operation| self.meters.running(&operation.plugin));
        self.operation = operation.cloned();
    }

    /// What policy said, and how long it took.
    pub(super) fn decided(&mut self, verdict: &Verdict, elapsed: Duration) {
        let decision = match verdict.decision {
            Decision::Permit => telemetry::Decision::Permit,
            Decision::Hold => telemetry::Decision::Held,
            Decision::Deny => telemetry::Decision::Denied,
        };
        self.meters.decision(Decided { decision, effect: self.effect(), elapsed });
        if let Some(observed) = &verdict.observed {
            let (subject, call) = (self.principal.subject(), self.asked.id.as_str());
            let (is, would_be) = (verdict.decision.as_str(), observed.decision.as_str());
            let policies = observed.policies.join(" ");
            tracing::info!(
                call,
                principal = subject,
                name = self.asked.name,
                is,
                would_be,
                policies,
                "observed policies differ"
            );
        }
        self.verdict = Some(verdict.clone());
    }

    /// What guardrails found in the call.
    pub(super) fn found_before(&mut self, findings: &[Finding]) {
        self.findings.0 = findings.iter().map(told).collect();
    }

    /// What they found in its answer.
    pub(super) fn found_after(&mut self, findings: &[Finding]) {
        self.findings.1 = findings.iter().map(told).collect();
    }

    /// Which request for approval the call became, or runs by.
    pub(super) fn approval(&mut self, id: &str) {
        self.approval = Some(id.to_owned());
    }

    /// Records that the call is about to run. When it could change anything, this returns when that is on
    /// the disk.
    ///
    /// # Errors
    /// [`CallError::Unrecorded`]; then it must not run.
    pub(super) async fn intend(&mut self, permit: &Permit) -> Result<(), CallError> {
        let began = Instant::now();
        let recorded = self.audit.intent(self.intent(permit.arguments())).await;
        let pending = recorded.map_err(|error| {
            self.meters.audit_failed(Recorded::Intent);
            CallError::Unrecorded(error.into())
        })?;
        self.pending = Some(pending);
        self.meters.audited(Recorded::Intent, began.elapsed());
        Ok(())
    }

    /// Where the call's requests are written down.
    pub(super) fn ledger(&self) -> Ledger {
        self.ledger.clone()
    }

    /// Where the requests of its resolver are written down: apart, since nothing has begun yet that could not be run
    /// again.
    ///
    /// # Errors
    /// [`CallError::Unrecorded`]; then it must not run.
    pub(super) fn resolving(&self) -> Result<Ledger, CallError> {
        if self.audit.bears_reads() {
            return Ok(self.resolving.clone());
        }
        self.meters.audit_failed(Recorded::Intent);
        Err(CallError::Unrecorded(audit::Unavailable.into()))
    }

    /// Runs the component, within the trace and under the clock.
    pub(super) async fn sandbox(
        &self,
        invoke: impl Future<Output = Result<Outcome, CallError>>,
    ) -> Result<Outcome, CallError> {
        let Some(operation) = &self.operation else { return invoke.await };
        let (plugin, began) = (operation.plugin.as_str(), Instant::now());
        let answered = invoke.instrument(telemetry::span::sandbox(plugin, &operation.name)).await;
        let outcome = answered.as_ref().map_or_else(CallError::code, |_| OK);
        self.meters.sandbox(plugin, outcome, began.elapsed());
        answered
    }

    /// Records the end.
    pub(super) fn close(mut self, ended: &Result<Outcome, CallError>) {
        let (result, bytes) = match ended {
            Ok(outcome @ Outcome::Tool { is_error: true, .. }) => (TOOL_ERROR, size(outcome)),
            Ok(outcome) => (OK, size(outcome)),
            Err(error) => (error.code(), 0),
        };
        if let Err(CallError::RateLimited { of, .. }) = ended {
            self.meters.limited(of);
        }
        self.end(result, bytes);
    }

    fn end(&mut self, result: &'static str, result_bytes: u64) {
        self.is_closed = true;
        let duration = self.began.elapsed();
        let mut exchanges = self.resolving.exchanges();
        exchanges.extend(self.ledger.exchanges());
        if let Some(operation) = &self.operation {
            let (plugin, name) = (operation.plugin.as_str(), operation.name.as_str());
            self.meters.call(Called { plugin, name, outcome: result, elapsed: duration });
            telemetry::span::called(&Span::current(), &self.asked.id, plugin, result);
            for exchange in &exchanges {
                if let Some(served) = exchange.served {
                    self.meters.kept(plugin, &exchange.upstream, served.as_str());
                    continue;
                }
                self.meters.upstream(Exchanged {
                    plugin,
                    upstream: &exchange.upstream,
                    capability: &exchange.capability,
                    method: exchange.method.as_str(),
                    ended: exchange.ended,
                    elapsed: exchange.elapsed,
                });
                if let Err(code) = exchange.ended
                    && code.starts_with(GATE)
                {
                    self.meters.gate_refused(plugin, code);
                }
            }
        }
        let Some(pending) = self.pending.take() else {
            let intent = self.intent(&self.asked.arguments);
            let exchanges = exchanges.into_iter().map(recorded).collect();
            return self.audit.refused_after(intent, result, exchanges);
        };
        pending.end(audit::Ended {
            result: result.to_owned(),
            findings: std::mem::take(&mut self.findings.1),
            exchanges: exchanges.into_iter().map(recorded).collect(),
            result_bytes,
            duration,
            error: (![OK, TOOL_ERROR].contains(&result)).then(|| result.to_owned()),
        });
    }

    fn effect(&self) -> Effect {
        self.operation.as_ref().map_or(Effect::Read, |operation| operation.need.effect())
    }

    fn intent<'m>(&self, arguments: &'m Arguments) -> Intent<'m> {
        let Asked { id, kind, plugin, name, origin, .. } = &self.asked;
        let operation = self.operation.as_deref();
        let verdict = self.verdict.as_ref();
        let effect = self.effect();
        Intent {
            call: id.clone(),
            principal: self.principal.clone(),
            kind: *kind,
            plugin: operation.map_or_else(|| plugin.clone(), |operation| operation.plugin.clone()),
            // A resource is recorded by the URI that was read, which says more than its name.
            name: name.clone(),
            targets: verdict.map(|verdict| verdict.targets.clone()).unwrap_or_default(),
            arguments: &arguments.0,
            decision: verdict.map_or(BEFORE, |verdict| verdict.decision.as_str()).to_owned(),
            policies: verdict.map(|verdict| verdict.policies.clone()).unwrap_or_default(),
            policy_revision: verdict.map(|verdict| verdict.revision.to_string()).unwrap_or_default(),
            component: operation.map(|operation| operation.digest.to_string()).unwrap_or_default(),
            effect,
            endpoint: origin.endpoint.clone(),
            remote: origin.remote,
            client: origin.client.clone(),
            trace_id: telemetry::trace_id(&Span::current(), origin.trace.as_ref()),
            approval: self.approval.clone(),
            findings: self.findings.0.clone(),
            // That an approval was used is on the disk too, whatever the call does.
            durable: effect != Effect::Read || self.approval.is_some(),
        }
    }
}

/// Writes down every login at an upstream: no call is told of it, though many may have waited.
pub(super) fn logins(egress: &Egress, audit: &Audit, meters: &Meters) {
    let (audit, meters) = (audit.clone(), meters.clone());
    egress.tell_logins(move |Login { plugin, upstream, target, fault }| {
        let code = fault.map_or(Code::LoginSucceeded, |_| Code::LoginFailed);
        let event = Event::new(code).target(&plugin, &upstream, &target);
        audit.event(fault.iter().fold(event, |event, fault| event.reason(fault.code())));
        meters.login(&plugin, &upstream, fault.map_or(OK, |fault| fault.code()));
    });
}

/// Never the message: it may quote an argument.
fn told(finding: &Finding) -> String {
    let Finding { guard, rule, severity, action, .. } = finding;
    format!("{guard}:{rule} {} {}", severity.as_str(), action.as_str())
}

impl Drop for Record<'_> {
    fn drop(&mut self) {
        if !self.is_closed {
            self.end(CANCELLED, 0);
        }
    }
}

fn recorded(exchange: crate::egress::Exchange) -> RecordedExchange {
    RecordedExchange {
        capability: exchange.capability,
        target: exchange.target,
        method: exchange.method.as_str().to_owned(),
        template: exchange.template,
        ended: exchange.ended.map_err(str::to_owned),
        sent_bytes: exchange.sent_bytes,
        received_bytes: exchange.received_bytes,
        elapsed: exchange.elapsed,
        cache: exchange.served.map(Kept::as_str),
    }
}

/// The bytes of what the caller gets, without what its wire adds.
fn size(outcome: &Outcome) -> u64 {
    let bytes = match outcome {
        Outcome::Tool { content, structured, .. } => {
            let content: usize = content.iter().map(content_size).sum();
            content.saturating_add(structured.as_ref().map_or(0, value_size))
        }
        Outcome::Resource { contents, .. } => contents_size(contents),
        Outcome::Prompt { messages } => messages.iter().map(|message| content_size(&message.content)).sum(),
        Outcome::Completion { values, .. } => values.iter().map(String::len).sum(),
        Outcome::Route { body: Served::Json(value), .. } => value_size(value),
        Outcome::Route { body: Served::Bytes(bytes), .. } => bytes.len(),
    };
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

fn contents_size(contents: &Contents) -> usize {
    match contents {
        Contents::Text(text) => text.len(),
        Contents::Blob(bytes) => bytes.len(),
    }
}

fn content_size(content: &Content) -> usize {
    match content {
        Content::Text(text) => text.len(),
        Content::Image { data, .. } | Content::Audio { data, .. } => data.len(),
        Content::Link { uri, name, .. } => uri.len().saturating_add(name.len()),
        Content::Embedded { uri, contents, .. } => uri.len().saturating_add(contents_size(contents)),
    }
}

/// The bytes of a value as JSON, its texts unescaped: counted, not written.
fn value_size(value: &serde_json::Value) -> usize {
    use serde_json::Value;
    match value {
        Value::Null | Value::Bool(_) => 4,
        Value::Number(_) => 8,
        Value::String(text) => text.len().saturating_add(2),
        Value::Array(values) => {
            values.iter().map(|value| value_size(value).saturating_add(1)).sum::<usize>().saturating_add(2)
        }
        Value::Object(map) => {
            let field = |(name, value): (&String, &Value)| {
                name.len().saturating_add(value_size(value)).saturating_add(4)
            };
            map.iter().map(field).sum::<usize>().saturating_add(2)
        }
    }
}
