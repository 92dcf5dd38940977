//! What a guest asks the software catalog: put to whoever runs the call, who asks it as any other plugin.

use tokio::sync::{mpsc, oneshot};
use wasmtime::component::Accessor;

use crate::call::{self, CallError, Fault, Inquiry};
use crate::runtime::bindings::postern::plugin::catalog_types::{Entity, Lookup};
use crate::runtime::bindings::postern::plugin::entities;
use crate::runtime::bindings::postern::plugin::types::{InvalidArgument, Limited, Problem};
use crate::runtime::find;
use crate::runtime::state::{CallState, HasState};

/// Lookups of one call: each is a call of its own, with a record of its own.
const MAX_LOOKUPS: u32 = 64;

/// The way to the catalog of one call.
pub(in crate::runtime) struct Asking {
    inquiries: mpsc::Sender<Inquiry>,
    asked: u32,
}

impl Asking {
    pub(in crate::runtime) fn new(inquiries: mpsc::Sender<Inquiry>) -> Self {
        Self { inquiries, asked: 0 }
    }
}

impl entities::Host for CallState {}

impl entities::HostWithStore<CallState> for HasState {
    async fn find(
        accessor: &Accessor<CallState, Self>,
        what: Lookup,
    ) -> wasmtime::Result<Result<Vec<Entity>, Problem>> {
        let asking = accessor.with(|mut store| {
            let asking = store.get().services.inquiries.as_mut()?;
            asking.asked = asking.asked.saturating_add(1);
            Some((asking.inquiries.clone(), asking.asked))
        });
        let Some((inquiries, asked)) = asking else { return Ok(Err(none())) };
        if asked > MAX_LOOKUPS {
            let message = format!("a call asks the catalog {MAX_LOOKUPS} times at most");
            return Ok(Err(Problem::Limited(Limited { message, retry_after: None })));
        }
        let (reply, answer) = oneshot::channel();
        let inquiry = Inquiry { lookup: find::lookup(what), reply };
        // Nobody is there to answer when the call is about to be dropped.
        if inquiries.send(inquiry).await.is_err() {
            return Ok(Err(none()));
        }
        Ok(match answer.await {
            Ok(Ok(found)) => Ok(found.into_iter().map(Into::into).collect()),
            Ok(Err(error)) => Err(problem(&error)),
            Err(_) => Err(none()),
        })
    }
}

fn none() -> Problem {
    Problem::NotFound("nobody can be asked for the catalog now".to_owned())
}

/// How the call to the catalog ended, in the words of a guest.
fn problem(error: &CallError) -> Problem {
    let message = format!("the catalog: {error}");
    match (error, error.fault()) {
        (CallError::RateLimited { retry_after, .. }, _) => {
            let retry_after = u32::try_from(retry_after.as_secs().max(1)).ok();
            Problem::Limited(Limited { message, retry_after })
        }
        (CallError::Arguments(_), _) => Problem::Invalid(InvalidArgument { pointer: String::new(), message }),
        (CallError::Deadline { .. }, _) => Problem::Timeout(message),
        (_, Fault::Caller) => Problem::NotFound(message),
        (_, Fault::Policy) => Problem::Denied(message),
        (_, Fault::Plugin | Fault::Upstream | Fault::Host) => Problem::Upstream(message),
    }
}

impl From<call::Entity> for Entity {
    fn from(entity: call::Entity) -> Self {
        find::entity(entity)
    }
}
