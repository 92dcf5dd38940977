//! What crosses rooms: hostile components, real sockets, the commands as users run them.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod authority;
mod bench;
mod commands;
mod kubeconfig;
mod kubernetes;
mod sandbox;
mod tidy;
