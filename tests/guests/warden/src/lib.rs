//! A guardrail that does what its rules say, however foolish.
//!
//! Its rules are lines of `before: WHAT` and `after: WHAT`; any other line is a mistake in them.

#[cfg(target_family = "wasm")]
mod guest;
