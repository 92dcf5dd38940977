//! A component that logs in, and whose calls try to have what its login has.
//!
//! The user name says how it logs in: `svc` does as it should, any other does something that it should not.

#[cfg(target_family = "wasm")]
mod guest;
