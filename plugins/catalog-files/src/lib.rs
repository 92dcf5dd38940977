//! A software catalog without a server: `catalog-info.yaml` files in a folder of the operator's.
//!
//! [`files`] reads the folder, following its locations and nothing else; [`graph`] works out how the entities relate,
//! as Backstage would have. `guest` is the skin.
//!
//! # Design
//!
//! *A plugin of its own*, not a mode of the Backstage integration: this one reads a folder and has no way out, that one
//! has a way out and reads no folder. Whichever an operator takes has half the power.
//!
//! *Read anew by every call.* A folder of some hundred files takes milliseconds, and an edit is seen by the next call.
//!
//! *A faulty file is left out and told*, in the operator's log, as Backstage does it: one team's mistake does not take
//! the others' entities away.

pub mod files;
pub mod graph;
#[cfg(target_family = "wasm")]
mod guest;
