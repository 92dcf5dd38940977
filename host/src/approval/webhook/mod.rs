//! Tells others what happens to requests: a chat, a ticket system, whatever takes an HTTP POST.
//!
//! A message is written in the very transaction that it tells of, so that it is sent after a crash too, by whichever
//! process of this host comes to it first. It is a JSON object, signed as Standard Webhooks has it
//! (<https://www.standardwebhooks.com>):
//!
//! ```text
//! POST /hooks/postern
//! webhook-id: msg_5c0f…            the same in every try
//! webhook-timestamp: 1795250000    of this try
//! webhook-signature: v1,K5oZfzN95Z…   base64 of HMAC-SHA256(secret, id "." timestamp "." body)
//!
//! {"type": "approval.requested", "timestamp": "2026-11-21T09:00:00.000Z", "text": "Approval is asked for: …",
//!  "data": {"id": …, "state": "pending", "kind": "tool", "plugin": …, "name": …, "title": …, "effect": "destructive",
//!           "targets": […], "arguments": {}, "requester": {"subject": …, "kind": "agent"}, "reason": …,
//!           "approvers": […], "quorum": 2, "votes": 0, "approve_by": …, "execute_by": null, "url": …}}
//! ```
//!
//! `text` is one line for receivers that show one, such as a chat; what stands in angle brackets or behind an
//! ampersand elsewhere is no markup in it. Of the arguments a message has only those that the operator lists, masked
//! as everywhere.
//!
//! Any answer but 2xx is tried again, with growing pauses, for some hours; 410 is not. A message decides nothing:
//! whoever reads it goes to the page, or asks the host.

mod payload;
mod send;
mod sign;

use std::collections::BTreeSet;
use std::fmt;

use ring::digest;

use super::{Happening, Inner, RequestState};
use crate::egress::{Outbound, Secret};
use crate::store::{Message, Moment, Transition};

pub(super) use send::send;
pub use sign::{Key, WeakKey};

/// What is told where nothing is said: everything but single votes.
const USUAL: [Happening; 6] = [
    Happening::Requested,
    Happening::Approved,
    Happening::Denied,
    Happening::Revoked,
    Happening::Expired,
    Happening::Spent,
];

/// Somebody to be told.
#[derive(Clone)]
pub struct Webhook {
    /// Where they are. Whoever knows such an address may be able to write there, so that it is kept as a secret.
    pub url: Secret,
    /// What messages are signed with.
    pub key: Key,
    /// What they are told of.
    pub events: BTreeSet<Happening>,
    /// The names of the arguments that they see.
    pub arguments: Vec<String>,
    /// The way there.
    pub outbound: Outbound,
}

impl Webhook {
    /// What is told where nothing is said.
    #[must_use]
    pub fn usual() -> BTreeSet<Happening> {
        USUAL.into()
    }

    /// What can be told, by its code.
    #[must_use]
    pub fn event(code: &str) -> Option<Happening> {
        USUAL.into_iter().chain([Happening::Voted]).find(|what| word(*what) == code)
    }

    /// The codes of all that can be told.
    pub fn events() -> impl Iterator<Item = &'static str> {
        USUAL.into_iter().chain([Happening::Voted]).map(word)
    }

    /// By which the store knows them: not the address itself.
    fn receiver(&self) -> String {
        let digest = digest::digest(&digest::SHA256, self.url.expose().as_bytes());
        hex::encode(digest.as_ref().get(..16).unwrap_or_default())
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("events", &self.events).finish_non_exhaustive()
    }
}

impl PartialEq for Webhook {
    /// Whether they are told the same in the same place.
    fn eq(&self, other: &Self) -> bool {
        (&self.url, &self.key, &self.events, &self.arguments)
            == (&other.url, &other.key, &other.events, &other.arguments)
    }
}

/// The messages of what happened.
pub(super) fn messages(inner: &Inner, happened: &[Transition], now: Moment) -> Vec<Message> {
    let each = happened.iter().flat_map(|transition| {
        let told = inner.webhooks.iter().filter(|webhook| webhook.events.contains(&transition.what));
        told.filter_map(|webhook| {
            let body = payload::body(transition, webhook, inner.base.as_deref(), now)?;
            let receiver = webhook.receiver();
            let id = id(transition, &receiver);
            Some(Message { id, receiver, body, written: now, tries: 0 })
        })
    });
    each.collect()
}

/// One for one thing that happened: nothing happens twice to a request, but votes.
fn id(Transition { what, request }: &Transition, receiver: &str) -> String {
    let text = format!("{}/{}/{}/{receiver}", request.id, word(*what), request.votes.len());
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    format!("msg_{}", hex::encode(digest.as_ref().get(..16).unwrap_or_default()))
}

fn word(what: Happening) -> &'static str {
    super::code::of(what).as_str()
}

/// Whether somebody has something to do about a request in this state.
const fn is_open(state: RequestState) -> bool {
    matches!(state, RequestState::Pending)
}
