//! The way of one call. The file to read first.
//!
//! Every surface comes through [`Gateway::call`], whatever its wire: tools, resources, prompts and routes alike. The
//! order of its steps is the security argument, so it stands in one function and is readable top to bottom.
//!
//! [`Live`] is the snapshot that a call is served from, and what a reload replaces.

mod approvals;
mod changes;
mod guarded;
mod held;
mod inquiry;
mod kept;
mod live;
mod promise;
mod record;
mod redaction;
mod resolved;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwap;
use serde_json::Value;

use crate::approval::Approvals;
use crate::audit::{Audit, Code, Event};
use crate::call::{Arguments, Call, CallError, Change, Outcome, Principal, Scope};
use crate::guardrail::Recent;
use crate::identity::{Audience, Credential, Refused};
use crate::limit::Limits;
use crate::policy::{Available, Decided, Question};
use crate::registry::{Operation, Prompt, Resource, Route, Tool};
use crate::runtime::Invocation;
use crate::task::Tasks;
use crate::telemetry::Meters;

use changes::Changes;
pub use changes::{Changed, Listening};
use held::Held;
use inquiry::Desk;
use kept::Keeping;
pub use kept::{KEPT, Kept};
pub use live::Live;
use live::{available, looked};
use promise::shaped;
use record::Record;
use redaction::{redact, redact_error};

/// Everything that a call passes through, in one place.
#[derive(Debug)]
pub struct Gateway {
    live: ArcSwap<Live>,
    limits: Limits,
    audit: Audit,
    approvals: Approvals,
    meters: Meters,
    changes: Changes,
    tasks: Tasks,
    keeping: Keeping,
    recent: Recent,
}

impl Gateway {
    /// Puts the rooms of a call together.
    #[must_use]
    pub fn new(live: Live, limits: Limits, audit: Audit, approvals: Approvals, meters: Meters) -> Self {
        record::logins(&live.egress, &audit, &meters);
        Self {
            live: ArcSwap::from_pointee(live),
            limits,
            audit,
            approvals,
            meters,
            changes: Changes::default(),
            tasks: Tasks::default(),
            keeping: Keeping::default(),
            recent: Recent::default(),
        }
    }

    /// With tasks that are kept in a store.
    #[must_use]
    pub fn with_tasks(self, tasks: Tasks) -> Self {
        Self { tasks, ..self }
    }

    /// Runs one call for a principal. Dropping the future cancels it, upstream requests included.
    ///
    /// # Errors
    /// [`CallError`], whose message is fit for the caller.
    pub async fn call(&self, principal: &Principal, call: Call) -> Result<Outcome, CallError> {
        // One snapshot from here to the end.
        self.within(&self.live.load_full(), principal, call).await
    }

    /// One call and its one record, whatever the end is.
    async fn within(&self, live: &Live, principal: &Principal, call: Call) -> Result<Outcome, CallError> {
        let mut record = Record::open(&self.audit, &self.meters, principal, &call);
        let ended = self.pass(live, principal, call, &mut record).await;
        record.close(&ended);
        ended
    }

    /// Nothing below a `?` runs unless everything above it agreed.
    async fn pass(
        &self,
        live: &Live,
        principal: &Principal,
        call: Call,
        record: &mut Record<'_>,
    ) -> Result<Outcome, CallError> {
        // What does not exist, and what this principal may not see, is unknown alike.
        let found = live.find(principal, (call.kind, &call.plugin, &call.name));
        let operation = found.as_ref().ok().map(|found| &found.operation);
        record.found(operation);

        // A caller has its share of calls, and so has a tool: looking for what is not there counts too.
        let (plugin, name) = operation.map_or(("", ""), |it| (it.plugin.as_str(), it.name.as_str()));
        let _admitted = self.limits.admit(principal, plugin, name)?;
        let found = found?;
        let operation = &*found.operation;

        let arguments = checked(operation, found.variables.unwrap_or(call.arguments))?;
        let targets = live.targets(operation);
        let available: Vec<Available> = targets.iter().map(available).collect();

        // Names become what they stand for before anybody decides: from here on the arguments do not change, and
        // what is checked is what is decided on and what runs.
        let desk = Desk::new(self, live, principal, (&call.id, &call.origin));
        let (arguments, facts) = self.resolved(&desk, operation, &available, arguments, record).await?;

        // The permit holds arguments and authority; it is the only thing that can be run, and only once.
        let (looked, available) = (looked(operation), &*available);
        let question = Question { principal, operation: looked, available, facts: &facts, hold: None };
        let began = Instant::now();
        let decided = live.policies.decide(&question, arguments);

        // Guardrails are shown what policy lets through. They can only take away: what they hold or change is
        // decided on anew.
        let mut guarded = self.guard(live, principal, operation, &decided, record).await?;
        let question = Question { hold: guarded.hold.as_ref(), ..question };
        let Decided { verdict, result, held } = match guarded.anew.take() {
            Some(arguments) => live.policies.decide(&question, arguments),
            None => decided,
        };
        record.decided(&verdict, began.elapsed());

        // What is held runs when people agreed to this very call, once; otherwise they are asked now.
        let permit = match (result, held) {
            (Err(CallError::Held(hold)), Some(arguments)) => {
                self.lift(live, &question, operation, Held { hold, verdict, arguments }, record).await?
            }
            (result, _) => result?,
        };
        self.note(principal, operation);

        // What can change anything is on the disk before it runs; what cannot be recorded does not run.
        record.intend(&permit).await?;

        let ledger = record.ledger();
        let invoked = desk.attend(|inquiries| {
            let invocation = Invocation {
                id: call.id.clone(),
                kind: operation.kind,
                name: operation.name.clone(),
                targets,
                ledger,
                client: call.client,
                completing: call.completing,
                inquiries,
            };
            Arc::clone(&operation.component).invoke(permit, invocation)
        });
        let answered = record.sandbox(invoked).await;

        // An answer is held to the component's own promise, and no secret of the host leaves in it, nor in
        // the words of a failure.
        let secrets = live.egress.secrets();
        match answered.and_then(|outcome| shaped(operation, outcome)) {
            Ok(mut outcome) => {
                redact(&secrets, &mut outcome);
                outcome.from_cache(record.ledger().from_cache());
                live.review(operation, guarded, &mut outcome, record).await?;
                Ok(outcome)
            }
            Err(error) => Err(told(redact_error(&secrets, error), operation)),
        }
    }

    /// Who presents this credential to `audience`.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn authenticate(
        &self,
        credential: &Credential,
        audience: &Audience,
    ) -> Result<Principal, Refused> {
        self.live.load_full().identity.authenticate(credential, audience).await
    }

    /// Writes down that a credential was refused: which one is not known, but why and where from.
    pub fn auth_refused(&self, reason: &'static str, endpoint: &str, remote: Option<IpAddr>) {
        self.meters.auth_refused(reason);
        let event = Event::new(Code::AuthRefused).reason(reason);
        self.audit.event(event.endpoint(endpoint).remote(remote));
    }

    /// The tools that `principal` may call, in a stable order.
    #[must_use]
    pub fn tools(&self, principal: &Principal) -> Vec<Arc<Tool>> {
        let live = self.live.load();
        live.registry.tools().filter(|tool| live.shows(principal, &tool.operation)).cloned().collect()
    }

    /// The resources that `principal` may read, in a stable order.
    #[must_use]
    pub fn resources(&self, principal: &Principal) -> Vec<Arc<Resource>> {
        let live = self.live.load();
        let shown = live.registry.resources().filter(|it| live.shows(principal, &it.operation));
        shown.cloned().collect()
    }

    /// The prompts that `principal` may use, in a stable order.
    #[must_use]
    pub fn prompts(&self, principal: &Principal) -> Vec<Arc<Prompt>> {
        let live = self.live.load();
        live.registry.prompts().filter(|it| live.shows(principal, &it.operation)).cloned().collect()
    }

    /// The routes that `principal` may call, in a stable order.
    #[must_use]
    pub fn routes(&self, principal: &Principal) -> Vec<Arc<Route>> {
        let live = self.live.load();
        live.registry.routes().filter(|it| live.shows(principal, &it.operation)).cloned().collect()
    }

    /// Whether `principal` may see this, which saves asking about all the others.
    #[must_use]
    pub fn shows(&self, principal: &Principal, operation: &Operation) -> bool {
        self.live.load().shows(principal, operation)
    }

    /// The fewest scopes that a principal's token lacks for it to see this; empty where it sees it, and where
    /// no scope would help: then it is as if it did not exist.
    #[must_use]
    pub fn lacking(&self, principal: &Principal, operation: &Operation) -> Vec<String> {
        let live = self.live.load();
        let mut lacking: Vec<&Scope> = principal.scopes().attainable.iter().collect();
        let shows = |scopes: &[&Scope]| live.shows(&principal.attaining(scopes.iter().copied()), operation);
        if lacking.is_empty() || shows(&[]) || !shows(&lacking) {
            return Vec::new();
        }
        for scope in &principal.scopes().attainable {
            let rest: Vec<&Scope> = lacking.iter().copied().filter(|it| *it != scope).collect();
            if shows(&rest) {
                lacking = rest;
            }
        }
        lacking.into_iter().map(|scope| scope.name.clone()).collect()
    }

    /// The names of the plugins, in order.
    #[must_use]
    pub fn plugins(&self) -> Vec<String> {
        self.live.load().registry.plugins().iter().map(|plugin| plugin.name.clone()).collect()
    }

    /// The snapshot that calls are served from at the moment.
    #[must_use]
    pub fn live(&self) -> Arc<Live> {
        self.live.load_full()
    }

    /// Serves new calls from another snapshot; calls in flight end with the one that they began with.
    pub fn replace(&self, live: Live) {
        record::logins(&live.egress, &self.audit, &self.meters);
        let before = self.live.swap(Arc::new(live));
        let now = self.live.load();
        // Who may see what is for policies to say, and what there is for the registry.
        let same =
            Arc::ptr_eq(&before.policies, &now.policies) && Arc::ptr_eq(&before.registry, &now.registry);
        if !same {
            self.changes.everything();
        }
    }

    /// Word of what clients of `principal` should look at anew, from now on; `None` when as many listen as may.
    #[must_use]
    pub fn listen(&self, principal: &Principal) -> Option<Listening> {
        self.changes.listen(principal)
    }

    /// Tells the clients of `principal` of a change of `plugin`, which its call told of.
    pub fn changed(&self, principal: &Principal, plugin: &str, change: Change) {
        let principal = Some(principal.subject().to_owned());
        self.changes.tell(Changed { principal, plugin: Some(plugin.to_owned()), change });
    }

    /// How often, and how many at once: counted on through every reload.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Calls that go on without the request that began them.
    #[must_use]
    pub fn tasks(&self) -> &Tasks {
        &self.tasks
    }

    /// Keeps an answer for `principal`, who was given a part of it: the id to ask for it by.
    pub fn keep(&self, principal: &Principal, kept: Kept) -> Option<String> {
        self.keeping.keep(principal, kept)
    }

    /// What was kept for `principal` by that id, if it still is.
    #[must_use]
    pub fn kept(&self, principal: &Principal, id: &str) -> Option<Arc<Kept>> {
        self.keeping.find(principal, id)
    }

    /// Where what happens to calls and to the host is written down.
    #[must_use]
    pub fn audit(&self) -> &Audit {
        &self.audit
    }

    /// Where it is counted and timed.
    #[must_use]
    pub fn meters(&self) -> &Meters {
        &self.meters
    }

    /// Writes down that the host has stopped, and closes the audit. Calls that still run are refused from here
    /// on, unless they only read.
    pub async fn stopped(&self) {
        self.audit.event(Event::new(Code::HostStopped));
        self.audit.clone().close().await;
    }

    /// What is not ready, by name; empty when calls can be served.
    ///
    /// There is no policy to ask for: a snapshot without a valid one cannot be made.
    #[must_use]
    pub fn not_ready(&self) -> Vec<&'static str> {
        let live = self.live.load();
        let tools = || live.registry.tools().map(|tool| &*tool.operation);
        let upstream = || tools().any(|it| it.need.targets.is_none() || !live.targets(it).is_empty());
        let parts = [
            ("components", tools().next().is_some()),
            ("upstreams", upstream()),
            ("audit", self.audit.writable()),
        ];
        parts.into_iter().filter(|(_, ready)| !ready).map(|(name, _)| name).collect()
    }
}

fn checked(operation: &Operation, arguments: Arguments) -> Result<Arguments, CallError> {
    let value = Value::Object(arguments.0);
    let faults = operation.input.faults(&value);
    match value {
        Value::Object(map) if faults.is_empty() => Ok(Arguments(map).normalised()),
        Value::Object(_)
        | Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_) => Err(CallError::Arguments(faults)),
    }
}

/// Logs what the caller is not told.
///
/// A component chose its words, and the names in the trace of its trap: escaped, they cannot forge a line.
fn told(error: CallError, operation: &Operation) -> CallError {
    use std::error::Error as _;
    let (plugin, name, words) = (operation.plugin.as_str(), operation.name.as_str(), error.to_string());
    match error.source() {
        Some(source) => {
            let source = format!("{source:?}");
            tracing::warn!(plugin, name, error = ?words, ?source, "call failed");
        }
        None => tracing::debug!(plugin, name, error = ?words, "call failed"),
    }
    error
}
