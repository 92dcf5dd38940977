//! A component with the tools, resources and prompts that the protocol's conformance suites call.
//!
//! The names, texts and schemas are the suites'. It needs no upstream: everything here is words, time, and
//! questions to the client.

#[cfg(target_family = "wasm")]
mod ask;
#[cfg(target_family = "wasm")]
mod complete;
#[cfg(target_family = "wasm")]
mod content;
#[cfg(target_family = "wasm")]
mod describe;
#[cfg(target_family = "wasm")]
mod guest;
#[cfg(target_family = "wasm")]
mod prompts;
#[cfg(target_family = "wasm")]
mod resources;
#[cfg(target_family = "wasm")]
mod task;
