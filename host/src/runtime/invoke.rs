//! One call: a fresh instance, one export, and the end of both.

use std::sync::Arc;

use tokio::sync::mpsc;
use wasmtime::Store;
use wasmtime::component::{Instance, Resource};

use super::answer::Measure;
use super::bindings::exports::postern::plugin::completions::Reference;
use super::bindings::postern::plugin::types::{CallInfo, Principal, Problem};
use super::clock::Clock;
use super::component::Component;
use super::failure::{self, LimitHit};
use super::long::Long;
use super::services::{Caller, Given};
use super::state::CallState;
use crate::call::{Arguments, CallError, Client, Completing, Inquiry, Kind, Outcome};
use crate::egress::{Ledger, Target};
use crate::policy::Permit;

/// What a call is run with, beside its permit.
#[derive(Debug)]
pub struct Invocation {
    /// The call's id.
    pub id: String,
    /// Which kind of export.
    pub kind: Kind,
    /// Its name, in the component's words.
    pub name: String,
    /// The targets that there were when the call was decided on: the very handles, so that a name cannot
    /// come to mean another server between the decision and the call.
    pub targets: Vec<Target>,
    /// Where its requests are written down.
    pub ledger: Ledger,
    /// Who can be told and asked.
    pub client: Client,
    /// What is completed, when that is what is asked for.
    pub completing: Option<Completing>,
    /// Takes what it asks the catalog.
    pub inquiries: mpsc::Sender<Inquiry>,
}

/// What an instance is made with for one call, whatever is asked of it.
pub(super) struct Opening {
    pub(super) id: String,
    pub(super) targets: Vec<Target>,
    pub(super) ledger: Ledger,
    pub(super) inquiries: mpsc::Sender<Inquiry>,
    pub(super) long: Long,
}

impl Component {
    /// Runs one export in a fresh instance with exactly the authority of `permit`, which is spent.
    ///
    /// Dropping the future ends the instance at once, with every request it has in flight; one that has computed for
    /// long, at its next tick.
    ///
    /// # Errors
    /// [`CallError::Busy`] when no instance came free in time, or too many calls wait for one; [`CallError::Deadline`],
    /// [`CallError::Limit`] and [`CallError::Trap`] when the guest did not end well;
    /// [`CallError::Problem`] when it did and answered with a problem.
    pub async fn invoke(
        self: Arc<Self>,
        permit: Permit,
        invocation: Invocation,
    ) -> Result<Outcome, CallError> {
        let shared = Arc::clone(&self.shared);
        let call =
            |long| async move { self.timed(|clock| self.run(permit, invocation, (clock, long))).await };
        shared.elsewhere.run(call).await
    }

    /// Waits for a place and runs what takes one, until the deadline.
    pub(super) async fn timed<T, F>(&self, run: impl FnOnce(Clock) -> F) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, CallError>>,
    {
        let deadline = self.shared.limits.deadline;
        let started = tokio::time::Instant::now();
        let slot = tokio::time::timeout(deadline, self.share.enter(&self.shared.slots)).await;
        let Ok(Some(_slot)) = slot else { return Err(CallError::Busy) };
        // The clock stands around the instance, not in it: a guest that neither yields nor waits is made
        // to yield by the epoch, and dropping its store is what ends it.
        let clock = Clock::new(started + deadline);
        tokio::select! {
            biased;
            outcome = run(clock.clone()) => outcome,
            () = clock.run_out() => {
                Err(CallError::Deadline { plugin: self.plugin.to_string(), after: deadline })
            }
        }
    }

    /// A store with exactly the authority of `permit`, which is spent.
    pub(super) fn open(
        &self,
        permit: Permit,
        opening: Opening,
    ) -> Result<(Store<CallState>, CallInfo, Arguments), CallError> {
        let Opening { id, targets, ledger, inquiries, long } = opening;
        let (principal, arguments, authority) = permit.spend();
        let permitted = |target: &Target| authority.targets(target.upstream()).contains(target.name());
        let targets = targets.into_iter().filter(permitted).collect();
        let services =
            self.services(&id, principal.subject(), targets).calling(inquiries, Arc::clone(&self.folders));
        let egress = self.shared.egress.open(&self.plugin, authority, ledger);
        let egress = egress.of_principal(principal.subject());
        let limits = &self.shared.limits;
        let store = CallState::store(self.shared.engine.raw(), limits, services, egress, long);
        let info = CallInfo {
            id,
            principal: Principal {
                subject: principal.subject().to_owned(),
                groups: principal.groups().to_vec(),
            },
            deadline_ms: u32::try_from(limits.deadline.as_millis()).unwrap_or(u32::MAX),
        };
        Ok((store, info, arguments))
    }

    async fn run(
        &self,
        permit: Permit,
        invocation: Invocation,
        (clock, long): (Clock, Long),
    ) -> Result<Outcome, CallError> {
        let Invocation { id, targets, ledger, inquiries, .. } = invocation;
        let opening = Opening { id, targets, ledger: ledger.clone(), inquiries, long };
        let (mut store, info, arguments) = self.open(permit, opening)?;
        let limits = &self.shared.limits;
        let arguments = serde_json::to_string(&arguments).map_err(|error| CallError::Host(error.into()))?;
        let given = Given {
            client: invocation.client,
            plugin: Arc::clone(&self.plugin),
            asks: Arc::clone(&self.asks),
            ledger,
            clock,
            log_bytes: limits.log_bytes,
            event_bytes: limits.result_bytes,
        };
        let answered = async {
            let instance = self.pre.instantiate_async(&mut store).await?;
            let caller = store.data_mut().table.push(Caller::new(given))?;
            let question = Question { info, caller, name: invocation.name, arguments };
            match invocation.kind {
                Kind::Tool => self.call_tool(&mut store, &instance, question).await,
                Kind::Resource => self.read_resource(&mut store, &instance, question).await,
                Kind::Prompt => self.get_prompt(&mut store, &instance, question).await,
                Kind::Route => self.serve(&mut store, &instance, question).await,
                Kind::Completion => {
                    self.complete(&mut store, &instance, question, invocation.completing).await
                }
                Kind::Catalog => self.find(&mut store, &instance, question).await,
                // It answers no call: `Component::resolve` asks it.
                Kind::Resolver => Ok(Err(not_exported("resolver"))),
            }
        };
        match answered.await {
            Ok(answer) => answer.map_err(Into::into),
            Err(error) => Err(failure::sort(error, &self.plugin, limits)),
        }
    }

    /// An answer that is within the limit, before anything is made of it: JSON takes more room parsed.
    pub(super) fn bounded<T: Measure>(
        &self,
        answer: Result<T, Problem>,
    ) -> wasmtime::Result<Result<T, Problem>> {
        let limit = self.shared.limits.result_bytes;
        let bytes = answer.as_ref().map_or_else(Measure::bytes, Measure::bytes);
        if bytes > limit { Err(LimitHit::Result(limit).into()) } else { Ok(answer) }
    }

    async fn call_tool(&self, store: &mut Store<CallState>, instance: &Instance, asked: Question) -> Answer {
        let guest = self.exports.tools.load(&mut *store, instance)?;
        let Question { info, caller, name, arguments } = asked;
        let answer = store
            .run_concurrent(async |accessor| guest.call_call(accessor, info, caller, name, arguments).await)
            .await??;
        Ok(self.bounded(answer)?.and_then(TryInto::try_into))
    }

    async fn read_resource(
        &self,
        store: &mut Store<CallState>,
        instance: &Instance,
        asked: Question,
    ) -> Answer {
        let Some(indices) = &self.exports.resources else { return Ok(Err(not_exported("resources"))) };
        let guest = indices.load(&mut *store, instance)?;
        let Question { info, caller, name, arguments } = asked;
        let answer = store
            .run_concurrent(async |accessor| guest.call_read(accessor, info, caller, name, arguments).await)
            .await??;
        Ok(self.bounded(answer)?.and_then(TryInto::try_into))
    }

    async fn serve(&self, store: &mut Store<CallState>, instance: &Instance, asked: Question) -> Answer {
        let Some(indices) = &self.exports.routes else { return Ok(Err(not_exported("routes"))) };
        let guest = indices.load(&mut *store, instance)?;
        let Question { info, caller, name, arguments } = asked;
        let answer = store
            .run_concurrent(async |accessor| guest.call_serve(accessor, info, caller, name, arguments).await)
            .await??;
        Ok(self.bounded(answer)?.and_then(TryInto::try_into))
    }

    async fn get_prompt(&self, store: &mut Store<CallState>, instance: &Instance, asked: Question) -> Answer {
        let Some(indices) = &self.exports.prompts else { return Ok(Err(not_exported("prompts"))) };
        let guest = indices.load(&mut *store, instance)?;
        let Question { info, caller, name, arguments } = asked;
        let answer = store
            .run_concurrent(async |accessor| guest.call_get(accessor, info, caller, name, arguments).await)
            .await??;
        Ok(self.bounded(answer)?.map(Into::into))
    }

    async fn complete(
        &self,
        store: &mut Store<CallState>,
        instance: &Instance,
        asked: Question,
        completing: Option<Completing>,
    ) -> Answer {
        let (Some(indices), Some(completing)) = (&self.exports.completions, completing) else {
            return Ok(Err(not_exported("completions")));
        };
        let guest = indices.load(&mut *store, instance)?;
        let Question { info, caller, arguments, .. } = asked;
        let Completing { of, argument, value } = completing;
        let of = match of {
            (Kind::Prompt, name) => Reference::Prompt(name),
            (_, name) => Reference::Resource(name),
        };
        let answer = store
            .run_concurrent(async |accessor| {
                guest.call_complete(accessor, info, caller, of, argument, value, arguments).await
            })
            .await??;
        Ok(self.bounded(answer)?.map(Into::into))
    }
}

/// What every export is asked with.
pub(super) struct Question {
    pub(super) info: CallInfo,
    caller: Resource<Caller>,
    name: String,
    pub(super) arguments: String,
}

/// The engine's failure outside, the guest's own answer inside.
pub(super) type Answer = wasmtime::Result<Result<Outcome, Problem>>;

pub(super) fn not_exported(interface: &str) -> Problem {
    Problem::Internal(format!("it does not export `{interface}`"))
}
