//! What crosses rooms: hostile components, real sockets, the commands as users run them.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on has failed"
)]

mod access;
mod admission;
mod approvals;
mod authority;
mod bench;
mod called;
mod catalog;
mod clients;
mod commands;
mod conformance;
mod conversation;
mod entities;
mod exhaustion;
mod fuzz;
mod guardrails;
mod http;
mod kubeconfig;
mod kubernetes;
mod log;
mod login;
mod npm;
mod oauth;
mod operator;
mod palette;
mod resolved;
mod sandbox;
mod scaleops;
mod served;
mod tidy;
mod tls;
mod views;
mod watched;
mod wire;
mod wording;
