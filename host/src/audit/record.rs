//! What a record says: every field of it, and how it is sealed into the chain.
//!
//! Records hold texts, whole numbers, booleans, lists and objects: nothing that two writers could spell in two
//! ways. `record.schema.json` is their published form.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::Code;
use super::entry::{Ended, Event, Intent, RecordedExchange};
use super::hash::{Hash, hex};
use super::mask::Masking;
use super::merkle::leaf;
use super::value::{MAX_LIST, bounded, list, principal, time};
use crate::call::canonical::canonical_object;

/// The form of records: grows when a field changes its meaning, not when one is added.
pub(super) const VERSION: u64 = 1;

/// A record but for its place in the chain, which only the writer knows. Its fields are put together there too:
/// a call is not kept waiting for that.
#[derive(Debug)]
pub(super) struct Draft {
    code: Code,
    time: Timestamp,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Call(Box<Call>),
    Ended(String, Ended),
    Fields(Map<String, Value>),
}

/// An intent, its arguments summed up.
#[derive(Debug)]
struct Call {
    intent: Intent<'static>,
    arguments: Value,
    refused: Option<String>,
    /// Of a call that is refused: what was asked while it was found out what it is about.
    exchanges: Vec<RecordedExchange>,
}

impl Draft {
    /// Of a call that is about to run, or that is refused for the reason of that code.
    pub(super) fn call(code: Code, intent: Intent<'_>, refused: Option<&str>, masking: &Masking) -> Self {
        let arguments = masking.summary(intent.arguments);
        let refused = refused.map(str::to_owned);
        let call = Call { intent: intent.without_arguments(), arguments, refused, exchanges: Vec::new() };
        Self::new(code, Body::Call(Box::new(call)))
    }

    /// The same, of a call that had asked something before it was refused.
    pub(super) fn after(mut self, exchanges: Vec<RecordedExchange>) -> Self {
        if let Body::Call(call) = &mut self.body {
            call.exchanges = exchanges;
        }
        self
    }

    /// Of a call that has ended.
    pub(super) fn ended(call: String, outcome: Ended) -> Self {
        Self::new(Code::CallEnded, Body::Ended(call, outcome))
    }

    /// Of something else.
    pub(super) fn event(event: Event) -> Self {
        Self::new(event.code, Body::Fields(event.fields))
    }

    /// Of something that only the audit itself records.
    pub(super) fn own(code: Code, fields: impl IntoIterator<Item = (&'static str, Value)>) -> Self {
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self::new(code, Body::Fields(fields))
    }

    fn new(code: Code, body: Body) -> Self {
        Self { code, time: Timestamp::now(), body }
    }

    /// Gives it its place: the record's text, and its hash as a leaf.
    pub(super) fn seal(&self, seq: u64, prev: &Hash) -> (String, Hash) {
        let mut fields = match &self.body {
            Body::Call(call) => call.fields(),
            Body::Ended(call, outcome) => ended(call, outcome),
            Body::Fields(fields) => fields.clone(),
        };
        fields.insert("v".to_owned(), VERSION.into());
        fields.insert("seq".to_owned(), seq.into());
        fields.insert("prev".to_owned(), hex(prev).into());
        fields.insert("code".to_owned(), self.code.as_str().into());
        fields.insert("time".to_owned(), time(self.time).into());
        let text = canonical_object(&fields);
        let hash = leaf(text.as_bytes());
        (text, hash)
    }
}

impl Call {
    fn fields(&self) -> Map<String, Value> {
        let mut fields = Map::new();
        let mut text = |field: &str, text: &str| {
            if !text.is_empty() {
                fields.insert(field.to_owned(), bounded(text).into());
            }
        };
        let intent = &self.intent;
        text("call", &intent.call);
        text("kind", &intent.kind.to_string());
        text("plugin", &intent.plugin);
        text("name", &intent.name);
        text("decision", &intent.decision);
        text("policy_revision", &intent.policy_revision);
        text("component", &intent.component);
        text("effect", intent.effect.as_str());
        text("endpoint", &intent.endpoint);
        text("remote", &intent.remote.map(|remote| remote.to_string()).unwrap_or_default());
        text("client", intent.client.as_deref().unwrap_or_default());
        text("trace", intent.trace_id.as_deref().unwrap_or_default());
        text("approval", intent.approval.as_deref().unwrap_or_default());
        text("error", self.refused.as_deref().unwrap_or_default());
        fields.insert("principal".to_owned(), principal(&intent.principal));
        fields.insert("targets".to_owned(), list(&intent.targets));
        fields.insert("policies".to_owned(), list(&intent.policies));
        found(&mut fields, &intent.findings);
        fields.insert("arguments".to_owned(), self.arguments.clone());
        if !self.exchanges.is_empty() {
            fields.insert("exchanges".to_owned(), exchanges(&self.exchanges));
        }
        fields
    }
}

fn ended(call: &str, outcome: &Ended) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("call".to_owned(), bounded(call).into());
    fields.insert("result".to_owned(), bounded(&outcome.result).into());
    fields.insert("result_bytes".to_owned(), outcome.result_bytes.into());
    fields.insert("elapsed_us".to_owned(), micros(outcome.duration));
    if let Some(error) = &outcome.error {
        fields.insert("error".to_owned(), bounded(error).into());
    }
    found(&mut fields, &outcome.findings);
    fields.insert("exchanges".to_owned(), exchanges(&outcome.exchanges));
    fields
}

fn exchanges(exchanges: &[RecordedExchange]) -> Value {
    exchanges.iter().take(MAX_LIST).map(exchange).collect()
}

/// What guardrails found, where they found anything.
fn found(fields: &mut Map<String, Value>, findings: &[String]) {
    if !findings.is_empty() {
        fields.insert("findings".to_owned(), list(findings));
    }
}

fn micros(duration: std::time::Duration) -> Value {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX).into()
}

fn exchange(exchange: &RecordedExchange) -> Value {
    let mut fields = Map::new();
    fields.insert("capability".to_owned(), bounded(&exchange.capability).into());
    fields.insert("target".to_owned(), bounded(&exchange.target).into());
    fields.insert("method".to_owned(), bounded(&exchange.method).into());
    if let Some(template) = &exchange.template {
        fields.insert("template".to_owned(), bounded(template).into());
    }
    match &exchange.ended {
        Ok(status) => fields.insert("status".to_owned(), (*status).into()),
        Err(code) => fields.insert("error".to_owned(), bounded(code).into()),
    };
    fields.insert("sent_bytes".to_owned(), exchange.sent_bytes.into());
    fields.insert("received_bytes".to_owned(), exchange.received_bytes.into());
    fields.insert("elapsed_us".to_owned(), micros(exchange.elapsed));
    if let Some(cache) = exchange.cache {
        fields.insert("cache".to_owned(), cache.into());
    }
    Value::Object(fields)
}
