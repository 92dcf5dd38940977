//! Changes: planned first, told as a difference, carried out once.
//!
//! # Design
//! A tool that changes something reads what is there, and makes a [`Plan`]: the one request, and the difference
//! that it makes. [`Plan::carry_out`] decides whether it is sent:
//! - what checks object to is not sent;
//! - what would change nothing is not sent;
//! - a dry run ends here, with the same answer as the real one but for its state;
//! - a request goes out once. Where no answer tells what became of it, the instance is asked what is there.
//!
//! Every such tool answers with the same [`Changed`], so that people, models and approvals read one form.

pub mod apply;
pub mod attach;
pub mod check;
pub mod cluster;
pub mod create;
pub mod pool;
pub mod tags;
mod told;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::api::{Api, Written};
use crate::capability::Capability;
use crate::fan;
use crate::fault::Fault;
use crate::instance::{Call, Method, Request};
use crate::redact;
use crate::tool::{Problem, Report};

/// How a change stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum State {
    /// A dry run: nothing was sent.
    Planned,
    /// It is so already: nothing was sent.
    Unchanged,
    /// The checks object, see `checks`: nothing was sent.
    Refused,
    /// The instance took it. What follows from it goes on by itself.
    Accepted,
    /// It was sent, and nobody knows whether it happened: look again before it is sent anew.
    Unknown,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Difference {
    /// What changes, such as `metadata.labels.team`.
    pub path: String,
    /// What is there; null where nothing is.
    pub from: Value,
    /// What shall be there; null where nothing shall be.
    pub to: Value,
}

/// A request as it was sent, or would be.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Sent {
    /// `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: &'static str,
    /// Path below the instance.
    pub path: String,
    /// Uid of the project that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Its body, with secrets masked; null where it has none.
    pub body: Value,
}

/// What became of a change, or would.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Changed {
    /// How it stands.
    pub state: State,
    /// Whether this was a dry run.
    pub dry_run: bool,
    /// The instance.
    pub instance: String,
    /// Name of what it is about.
    pub name: String,
    /// Uid of what it is about, or of what was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// The difference that it makes.
    pub changes: Vec<Difference>,
    /// What was sent, or would be; absent where nothing needs to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<Sent>,
    /// What stands against it. Not empty: nothing was sent.
    pub checks: Vec<check::Finding>,
    /// What to know before it is done.
    pub warnings: Vec<String>,
    /// State of the object afterwards, as Palette names it, where it could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed: Option<String>,
    /// Cost of an hour in all, in no currency that Palette names, where it was estimated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hourly_rate: Option<f64>,
}

/// What the instance has after a change.
#[derive(Debug, Default)]
pub struct Seen {
    /// Whether the change is there.
    pub there: bool,
    /// The object's state.
    pub state: Option<String>,
    /// Its uid, where the change made it.
    pub uid: Option<String>,
}

/// A change that is ready.
#[derive(Debug)]
pub struct Plan {
    /// What it is sent on the strength of.
    pub capability: Capability,
    /// The one request.
    pub request: Request,
    /// Name of what it is about.
    pub name: String,
    /// Its uid, where it exists.
    pub uid: Option<String>,
    /// The difference. Empty: there is nothing to do.
    pub changes: Vec<Difference>,
    /// What stands against it.
    pub checks: Vec<check::Finding>,
    /// What to know.
    pub warnings: Vec<String>,
    /// State of the object before.
    pub observed: Option<String>,
    /// Estimated cost of an hour.
    pub hourly_rate: Option<f64>,
    /// Values in the body that are not shown.
    pub hidden: Vec<String>,
}

/// Why there is no change: a fault of the instance, or arguments that make no sense.
#[derive(Debug)]
pub enum Stop {
    /// The instance said no, or nothing.
    Fault(Fault),
    /// The arguments do not fit what is there.
    Problem(Problem),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// A difference.
#[must_use]
pub fn difference(path: impl Into<String>, from: impl Into<Value>, to: impl Into<Value>) -> Difference {
    Difference { path: path.into(), from: from.into(), to: to.into() }
}

/// A request that changes something and has no body.
#[must_use]
pub fn bare(method: Method, path: impl Into<String>) -> Request {
    Request { method, ..Request::get(path) }
}

/// Runs `make` on the one instance of the call, and tells what came of it.
///
/// # Errors
/// When the call has none, or several; and as `make`.
pub async fn run<C: Call>(
    call: &C,
    make: impl AsyncFn(&Api<'_, C>) -> Result<Changed, Stop>,
) -> Result<Report<Changed>, Problem> {
    let output = fan::one(call, async |api| match make(api).await {
        Ok(changed) => Ok(Ok(changed)),
        Err(Stop::Problem(problem)) => Ok(Err(problem)),
        Err(Stop::Fault(fault)) => Err(fault),
    })
    .await??;
    let failed = matches!(output.state, State::Refused | State::Unknown);
    Ok(Report { text: told::text(&output), failed, output })
}

impl Plan {
    /// A plan without checks and warnings.
    #[must_use]
    pub fn new(
        capability: Capability,
        request: Request,
        name: impl Into<String>,
        changes: Vec<Difference>,
    ) -> Self {
        Self {
            capability,
            request,
            name: name.into(),
            changes,
            uid: None,
            checks: Vec::new(),
            warnings: Vec::new(),
            observed: None,
            hourly_rate: None,
            hidden: Vec::new(),
        }
    }

    /// Sends it, unless something stands against it, nothing is to be done, or it is a dry run. `look` says what
    /// the instance has afterwards; that it cannot say is no failure of the change.
    ///
    /// # Errors
    /// When the instance says no, or cannot be reached.
    pub async fn carry_out<C: Call>(
        self,
        api: &Api<'_, C>,
        dry_run: bool,
        look: impl AsyncFnOnce() -> Result<Seen, Fault>,
    ) -> Result<Changed, Stop> {
        let (request, capability) = (self.request.clone(), self.capability);
        let mut changed = self.told(api.name(), dry_run);
        if changed.state != State::Accepted {
            return Ok(changed);
        }
        let written = api.write(capability, request).await?;
        let seen = look().await;
        match (written, &seen) {
            (Written::Taken(body), _) => changed.uid = created(&body).or(changed.uid),
            (Written::Unknown, Ok(seen)) if seen.there => {
                changed.warnings.push("the instance gave no answer, and the change is there".to_owned());
            }
            (Written::Unknown, _) => {
                changed.state = State::Unknown;
                changed.warnings.push(
                    "the instance gave no answer, and the change is not to be seen: it may happen yet, so look \
                     before you ask again"
                        .to_owned(),
                );
            }
        }
        if let Ok(seen) = seen {
            changed.observed = seen.state.or(changed.observed);
            changed.uid = changed.uid.or(seen.uid);
        }
        Ok(changed)
    }

    /// The answer up to the point where it is sent: the state is `accepted` where it shall be.
    fn told(self, instance: &str, dry_run: bool) -> Changed {
        let state = if !self.checks.is_empty() {
            State::Refused
        } else if self.changes.is_empty() {
            State::Unchanged
        } else if dry_run {
            State::Planned
        } else {
            State::Accepted
        };
        let body = self.request.body.as_deref().and_then(|body| serde_json::from_slice(body).ok());
        let mut body: Value = body.unwrap_or_default();
        told::hide(&mut body, &self.hidden);
        let sent = Sent {
            method: self.request.method.as_str(),
            path: self.request.path,
            project: self.request.project.map(String::from),
            body,
        };
        Changed {
            state,
            dry_run,
            instance: instance.to_owned(),
            name: self.name,
            uid: self.uid,
            request: Some(sent).filter(|_| state != State::Unchanged),
            changes: self.changes,
            checks: self.checks,
            warnings: self.warnings,
            observed: self.observed,
            hourly_rate: self.hourly_rate,
        }
    }
}

/// The uid of what a request made.
fn created(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    crate::ids::Uid::parse(body.get("uid")?.as_str()?).ok().map(String::from)
}

/// Refuses a call whose `confirm` is not the name of what it destroys.
///
/// # Errors
/// When they differ.
pub fn confirmed(name: &str, confirm: &str) -> Result<(), Problem> {
    if name == confirm {
        return Ok(());
    }
    Err(Problem::invalid("/confirm", format!("is not the name of what would be destroyed: `{name}`")))
}

/// Whether a masked text is anywhere in a value: such a one is never written back.
#[must_use]
pub fn holds_mask(value: &Value) -> bool {
    match value {
        Value::String(text) => redact::is_masked(text),
        Value::Array(items) => items.iter().any(holds_mask),
        Value::Object(fields) => fields.values().any(holds_mask),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// `null`, or the text.
#[must_use]
pub fn optional(text: Option<&str>) -> Value {
    text.map_or(Value::Null, |text| json!(text))
}
