//! A component with a route of each kind, and some that misbehave.

#[cfg(target_family = "wasm")]
mod describe;
#[cfg(target_family = "wasm")]
mod guest;
#[cfg(target_family = "wasm")]
mod misbehave;
