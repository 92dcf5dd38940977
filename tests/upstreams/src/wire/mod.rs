//! Sockets, TLS and replies: what every simulated upstream shares.
//!
//! A [`Server`] accepts connections on a free loopback port, does TLS with a [`Authority`] made at
//! start, and hands every request to an [`Answer`]. The answer is a [`Reply`], whose [`Payload`]
//! may also stall, break off or never end, because that is what upstreams do on a bad day.
//!
//! # Design
//!
//! The request's body is read whole (bounded) before the answer is asked for: a simulated upstream
//! has no use for streamed requests, and recording needs the bytes.

mod payload;
mod reply;
mod server;
mod text;
mod tls;

pub use payload::{Payload, Rest};
pub use reply::Reply;
pub use server::{Answer, Hangup, Received, Server, ServerError};
pub use text::{percent_decode, query};
pub use tls::{Authority, ClientCertificates, Identity, TlsError};
