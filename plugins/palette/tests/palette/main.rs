//! The tools, the resolver and the routes against a simulated instance.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod advice;
mod changes;
mod cost;
mod fake;
mod fleet;
mod kubeconfigs;
mod manifest;
mod profiles;
mod reads;
mod resolving;
mod serving;
