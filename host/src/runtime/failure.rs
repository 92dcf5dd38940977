//! What the engine says when a guest fails, turned into the words of a call.

use std::time::Duration;

use thiserror::Error;
use wasmtime::component::ResourceTableError;

use crate::call::CallError;

/// A bound of the sandbox that a guest ran into.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum LimitHit {
    #[error("{} MiB of memory", .0 >> 20)]
    Memory(usize),
    #[error("{0} table elements")]
    Table(usize),
    #[error("{} s of computing", .0.as_secs_f32())]
    Computing(Duration),
    #[error("{} KiB of standard output", .0 >> 10)]
    Output(usize),
    #[error("{0} handles")]
    Handles(usize),
    #[error("{} MiB in one transfer", .0 >> 20)]
    Transfer(usize),
    #[error("{} KiB of result", .0 >> 10)]
    Result(usize),
}

impl LimitHit {
    pub(super) fn of(self, plugin: &str) -> CallError {
        CallError::Limit { plugin: plugin.to_owned(), limit: self.to_string() }
    }
}

/// An end that the host gave a call which had to ask its client.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum Stopped {
    #[error("it waits for its client's answer")]
    Asked,
    #[error("its client cannot be asked")]
    Unable(Vec<&'static str>),
}

/// An event that nobody could read for what it is.
#[derive(Debug, Error)]
pub(super) enum BadEvent {
    #[error("an event's name is 1 to 64 of a-z, 0-9, _ and -, and none of the host's own")]
    Name,
    #[error("an event's data is not JSON")]
    Data(#[source] serde_json::Error),
}

/// Sorts a guest's end into a limit, a question or a trap.
pub(super) fn sort(error: wasmtime::Error, plugin: &str, limits: &super::Limits) -> CallError {
    if let Some(hit) = error.downcast_ref::<LimitHit>() {
        return hit.clone().of(plugin);
    }
    match error.downcast_ref::<Stopped>() {
        Some(Stopped::Asked) => return CallError::Asked,
        Some(Stopped::Unable(what)) => return CallError::Unable(what.clone()),
        None => {}
    }
    if let Some(ResourceTableError::Full) = error.downcast_ref() {
        return LimitHit::Handles(limits.handles).of(plugin);
    }
    // The engine reports these two as text alone.
    let text = format!("{error:#}");
    if text.contains("handle limit exceeded") {
        return LimitHit::Handles(limits.handles).of(plugin);
    }
    if text.contains("fuel allocated for hostcalls") {
        return LimitHit::Transfer(limits.transfer_bytes).of(plugin);
    }
    CallError::Trap { plugin: plugin.to_owned(), trap: error.into() }
}

/// An error's first line: what a person needs of a parser's message.
pub(super) fn first_line(error: &wasmtime::Error) -> String {
    error.root_cause().to_string().lines().next().unwrap_or_default().to_owned()
}
