//! A simulated OpenCost: what workloads cost over a window, without a login.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use postern_upstreams::opencost::{OpenCost, Seed};
//! use postern_upstreams::scaleops;
//!
//! // The same workloads as those of a simulated ScaleOps, so that answers can be compared.
//! let opencost = OpenCost::start(Seed::of(&scaleops::Seed::demo())).await?;
//! // ... the code under test asks `{url}/allocation?window=7d&aggregate=controller` ...
//! assert_eq!(opencost.requests().len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! # One answer
//!
//! `window` reads the time asked for, `filter` chooses workloads, `allocation` splits their costs and joins
//! them by the aggregate's keys: one map a step, `null`-free, names as keys, and `__idle__` when it is asked
//! for. Nodes' capacity that no workload asked for is idle; a workload without the label that keys are made
//! of is `__unallocated__`.
//!
//! # Oddities kept
//!
//! In a query a raw `+` is a space, and a filter ends where a space stands instead of an operator: what comes
//! after is lost, and no error says so. Labels are known by their sanitised names (`a.b/c` is `a_b_c`). Errors
//! are `{code, message}` with the status beside them.

mod allocation;
mod api;
mod assets;
mod filter;
mod key;
mod window;

pub use api::{Api, OpenCost, Seed, error};
