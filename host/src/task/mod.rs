//! Calls that go on without the request that began them.
//!
//! A request waits for its answer, and a client waits a minute or two. What takes longer becomes a *task*: the
//! client is told an id, asks for the state when it likes, answers what the call asks on the way, and may
//! cancel it. The call itself is the same call: same permit, same instance, same record in the audit. Only who
//! listens to it has changed.
//!
//! # The way of a task
//! 1. A call says that it would like to go on, and its surface opens a task: [`Tasks::open`] gives a [`Task`],
//!    the call's end of it, or nothing where its owner has as many as it may.
//! 2. The surface tells the client the id and follows the call: [`Task::progress`], [`Task::ask`],
//!    [`Task::end`].
//! 3. The client looks with [`Tasks::look`], answers with [`Tasks::answer`], ends it with [`Tasks::cancel`].
//!
//! # Invariants
//! - A task is its [`Owner`]'s: the same principal at the same endpoint. To anybody else its id is no id.
//! - A task that ended does not change any more, and is forgotten [`LIFETIME`] after it was opened.
//! - A task is kept before its client is told of it, and so is how it ended: after a restart it is not unknown.
//! - A task ends with its call: dropped, it counts as cancelled; and a task that is cancelled drops its call,
//!   with its instance and its requests.
//! - Tasks are few: [`RUNNING`] of one owner at once, [`KEPT`] with those that ended, [`IN_ALL`] of all owners.

mod book;
mod kept;

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::call::Question;

pub use book::{Task, Tasks};

/// How long a task is known after it was opened.
pub const LIFETIME: Duration = Duration::from_secs(2 * 60 * 60);

/// How many tasks of one owner may run at once.
pub const RUNNING: usize = 16;

/// How many tasks of one owner are kept, those that ended included.
pub const KEPT: usize = 64;

/// How many tasks of all owners are kept.
pub const IN_ALL: usize = 1_000;

/// Whose a task is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    /// The principal's subject.
    pub subject: String,
    /// The path of the endpoint that it spoke to.
    pub endpoint: String,
}

/// What runs as a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The plugin that it is of.
    pub plugin: String,
    /// The tool's name within it.
    pub tool: String,
}

/// A task as it is at the moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// 128 random bits in hexadecimal digits.
    pub id: String,
    /// What runs.
    pub subject: Subject,
    /// When it was opened.
    pub created: Timestamp,
    /// When it last changed.
    pub updated: Timestamp,
    /// What it last said of itself, one line.
    pub message: Option<String>,
    /// Where it is.
    pub state: State,
}

/// Where a task is.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// It runs.
    Working,
    /// It waits for answers to these, and to no others.
    Asking(Vec<Question>),
    /// It has ended.
    Ended(Ended),
}

/// How a task ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ended {
    /// With an answer, in the words of the surface that began it.
    Answer(Value),
    /// With a failure, likewise.
    Error(Value),
    /// It was cancelled.
    Cancelled,
    /// The process that ran it went away before it ended.
    Lost,
}
