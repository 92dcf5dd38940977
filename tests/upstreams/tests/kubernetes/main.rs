//! The simulated clusters, asked over the wire by a plain client.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected must fail at its place"
)]

mod client;
mod demo;
mod faults;
mod lists;
mod logs;
mod rights;
mod wire;
mod writes;
