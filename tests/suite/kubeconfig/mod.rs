//! One kubeconfig with every form of authentication, as users have it: with no configuration, and with one.
//!
//! Each context gives its pods or its own error, beside those of the others; an error says what to do about
//! it; and nothing that authenticates is ever told.

mod exec;
mod files;
mod fleet;
mod forms;
mod kit;
mod start;
