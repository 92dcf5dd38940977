//! A simulated ScaleOps: workloads, costs, network flows and policies of several clusters, behind a login.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::Duration;
//! use postern_upstreams::fault::{Fault, Plan};
//! use postern_upstreams::scaleops::{self, ScaleOps, Seed};
//!
//! let scaleops = ScaleOps::start(Seed::demo().lifetime(Duration::from_secs(60))).await?;
//! scaleops.plant(Plan::new(Fault::DelayHeaders(Duration::from_secs(2))).at(scaleops::LOGIN));
//! // ... the code under test ...
//! scaleops.revoke_all();
//! // ... the code under test ...
//! assert_eq!(scaleops.logins(), 2);
//! # Ok(())
//! # }
//! ```
//!
//! # Logging in
//!
//! `POST /auth/callback` with JSON `username` and `password` and the cookie `auth_state=TOKEN` redirects to a
//! place whose query holds the token, percent-encoded; a wrong password redirects too, with `error`. The token
//! is a bearer for everything else, until it ends or is revoked. [`ScaleOps::azure`] starts the other way to a
//! token: client credentials at a second origin.
//!
//! # What it answers
//!
//! `answer` tells each of the five reads. Their oddities are kept: `label` here and `labels` there, ids in
//! other letter cases, costs of workloads that nobody asked for, `null` where a list is empty, costs a month
//! beside costs a range.
//!
//! # Going wrong
//!
//! Faults of [`crate::fault`] do most of it (HTML, delays, huge and truncated answers); [`error`] is a plain
//! 500. [`Mode`] has what only this server can do: to leave out fields, and the login's oddities.

mod answer;
mod api;
mod azure;
mod login;
mod seed;
mod tokens;
mod workload;

pub use api::{Api, Mode, ScaleOps, error};
pub use azure::{Azure, Registration};
pub use seed::{Cluster, Seed, policy};
pub(crate) use workload::round;
pub use workload::{Flow, Workload};

/// Where one logs in.
pub const LOGIN: &str = "/auth/callback";
/// Workloads by label.
pub const WORKLOADS: &str = "/api/v1/dashboard/byNamespace";
/// Costs over a range.
pub const COSTS: &str = "/detailedCostReport/getWorkloads";
/// Which clusters have network costs.
pub const NETWORK_ENABLED: &str = "/api/v1/networkCost/networkCostEnabled";
/// Network flows of one workload.
pub const NETWORK: &str = "/api/v1/workload-network";
/// Policies of a cluster.
pub const POLICIES: &str = "/api/v1/policies";
