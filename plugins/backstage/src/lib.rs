//! The Backstage integration: entities of its software catalog, for people and for other components.
//!
//! [`request`] makes requests of what is looked up, [`answer`] reads what comes back, and [`catalog`] asks every
//! Backstage that the call has, page by page. `guest` is the skin.
//!
//! # Design
//!
//! *Not found or not permitted.* A token that may read nothing gets 404 for an entity and empty lists, as for what is
//! not there. So an absence is never told as one.
//!
//! *GET alone.* `entities/by-refs` would take many references in one POST; nothing here needs it, and what is not
//! declared need not be accepted by anybody.

pub mod answer;
pub mod catalog;
#[cfg(target_family = "wasm")]
mod guest;
pub mod request;
