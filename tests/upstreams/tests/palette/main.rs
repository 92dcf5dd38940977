//! The simulated instances of Palette, asked over the wire by a plain client.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected must fail at its place"
)]

mod client;
mod fleet;
mod guard;
mod profiles;
mod writes;
