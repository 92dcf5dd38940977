//! A component that tries everything it should not be able to do.
//!
//! Whatever its tools are called for, it does what the argument `attempts` says, with every power that its
//! binary has, and tells what came of it: one line an attempt.

#[cfg(target_family = "wasm")]
mod describe;
#[cfg(target_family = "wasm")]
mod guest;
#[cfg(target_family = "wasm")]
mod misbehave;
