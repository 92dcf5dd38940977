//! The guardrails: what is asked about a call before it may run, and about its answer before it is given.
//!
//! A component with no outbound capability at all: it reads its rules, the call, and nothing else. It can make a
//! call stricter, and never permit what policy denied.
//!
//! - [`action`] judges what a call would do; [`configuration`] what a document would set up; [`prompt`] what a
//!   text tries to make a model do.
//! - [`rules`] reads the files that say which rules hold, with the place of every mistake.
//! - [`yaml`] is how rule files and documents are read: as trees whose values know their places.
//! - [`verdict`] is what they all answer: findings, of which the strictest decides.
//! - [`prepared`] is what was made of the rule files, [`guarding`] what is said of a call and of its answer,
//!   [`tools`] what anybody may ask, with the [`listing`] of all rules. `guest` is the skin around them.

pub mod action;
pub mod configuration;
mod glob;
pub mod guarding;
#[cfg(target_family = "wasm")]
mod guest;
pub mod listing;
pub mod prepared;
pub mod prompt;
pub mod rules;
pub mod tools;
pub mod verdict;
pub mod yaml;
