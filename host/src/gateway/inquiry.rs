//! What running calls ask the software catalog: calls of their principal, each decided on and recorded by itself.
//!
//! # Design
//!
//! *The runtime knows no gateway.* A call that runs has the sending end of a channel; whoever runs it attends to the
//! other end. So what is asked ends with the call that asks, and a component can ask in nobody else's name.
//!
//! *No way back.* A catalog's manifest cannot say that it asks the catalog, so one question never leads to another.

use std::pin::{Pin, pin};

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use serde_json::Value;
use tokio::sync::mpsc;

use super::Gateway;
use super::live::Live;
use crate::call::{
    Call, CallError, Client, Entity, Inquiry, Kind, Lookup, Origin, Outcome, Principal, Trouble,
};
use crate::registry::manifest::CATALOG;

/// Lookups of one call that run at once.
const AT_ONCE: usize = 8;

/// The word for every target.
const ALL: &str = "*";

/// Where what one call asks the catalog is attended to.
pub(super) struct Desk<'a> {
    gateway: &'a Gateway,
    pub(super) live: &'a Live,
    pub(super) principal: &'a Principal,
    pub(super) id: String,
    origin: Origin,
    asked: Count,
}

/// How many lookups there were; counted by one call, on whichever thread it is.
type Count = std::sync::atomic::AtomicU32;

impl<'a> Desk<'a> {
    pub(super) fn new(
        gateway: &'a Gateway,
        live: &'a Live,
        principal: &'a Principal,
        (id, origin): (&str, &Origin),
    ) -> Self {
        Self { gateway, live, principal, id: id.to_owned(), origin: origin.clone(), asked: Count::new(0) }
    }

    /// Runs what may ask, and answers it until it has ended.
    pub(super) async fn attend<T, F>(&self, run: impl FnOnce(mpsc::Sender<Inquiry>) -> F) -> T
    where
        F: Future<Output = T>,
    {
        let (inquiries, mut asked) = mpsc::channel(AT_ONCE);
        let mut running = pin!(run(inquiries));
        let mut answering = FuturesUnordered::new();
        loop {
            tokio::select! {
                biased;
                ended = &mut running => return ended,
                Some(()) = answering.next(), if !answering.is_empty() => {}
                Some(inquiry) = asked.recv(), if answering.len() < AT_ONCE => {
                    answering.push(self.answer(inquiry));
                }
            }
        }
    }

    /// Boxed: a lookup is a call within a call.
    fn answer<'d>(&'d self, inquiry: Inquiry) -> Pin<Box<dyn Future<Output = ()> + Send + 'd>> {
        Box::pin(async move {
            let Inquiry { lookup, reply } = inquiry;
            // Whoever asked may have gone.
            drop(reply.send(self.find(&lookup).await));
        })
    }

    async fn find(&self, lookup: &Lookup) -> Result<Vec<Entity>, CallError> {
        let Some(catalog) = self.live.registry.catalog() else { return Err(nothing()) };
        let mut arguments = lookup.arguments();
        if let Some(targets) = &catalog.need.targets {
            arguments.0.insert(targets.one.clone(), ALL.into());
        }
        let number = self.asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let call = Call {
            id: format!("{}.{}", self.id, number.saturating_add(1)),
            kind: Kind::Catalog,
            plugin: catalog.plugin.clone(),
            name: CATALOG.to_owned(),
            arguments,
            client: Client::default(),
            completing: None,
            origin: self.origin.clone(),
        };
        match self.gateway.within(self.live, self.principal, call).await {
            Ok(Outcome::Tool { structured: Some(found), .. }) => entities(&catalog.plugin, found),
            Ok(_) => Err(not_entities(&catalog.plugin, "it has no entities")),
            // One that this principal may not see looks as if there were none.
            Err(CallError::Unknown { .. }) => Err(nothing()),
            Err(error) => Err(error),
        }
    }
}

fn entities(plugin: &str, found: Value) -> Result<Vec<Entity>, CallError> {
    serde_json::from_value(found).map_err(|error| not_entities(plugin, &error.to_string()))
}

/// A guardrail made something else of the answer.
fn not_entities(plugin: &str, detail: &str) -> CallError {
    CallError::NonConforming { plugin: plugin.to_owned(), detail: detail.to_owned() }
}

fn nothing() -> CallError {
    let message =
        "this host has no catalog that the caller may use; its operator can configure a catalog plugin";
    CallError::Problem { trouble: Trouble::NotFound, message: message.to_owned() }
}
