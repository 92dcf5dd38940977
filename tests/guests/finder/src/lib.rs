//! A component whose resolver does what its calls tell it, however foolish.
//!
//! The argument `then` of a call says what its resolver makes of it, and the argument `find` what is asked of the
//! catalog: by the resolver where `then` has it, by the call otherwise.

#[cfg(target_family = "wasm")]
mod guest;
