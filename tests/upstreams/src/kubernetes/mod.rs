//! A fleet of simulated Kubernetes clusters.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use postern_upstreams::fault::{Fault, Plan};
//! use postern_upstreams::kubernetes::{Fleet, Seed};
//!
//! let fleet = Fleet::start(Seed::demo()).await?;
//! fleet.kubeconfig(std::path::Path::new("/tmp/kubeconfig"))?;
//! let prod = fleet.cluster("prod");
//! prod.forbid("secrets are not granted", |request| request.path.contains("/secrets"));
//! prod.fault(Plan::new(Fault::Status(429, Some(1))).ending("/log").times(2));
//! // ... the code under test ...
//! assert_eq!(prod.requests().len(), 3);
//! fleet.assert_untouched();
//! # Ok(())
//! # }
//! ```
//!
//! # One request
//!
//! `route` tells it whole: who is asking (certificate, token, impersonation), the notebook, the
//! fault if one is planted, then the true answer. A path names a `path::Target`; a resource is
//! checked against the user's rules, then read by `read` (lists, objects, tables), `logs`,
//! `watch`, or written by `write`. `status` words every refusal as a real apiserver does.
//!
//! # What a cluster holds
//!
//! A [`Seed`] lists clusters, a [`ClusterSeed`] users and objects. Objects are JSON with metadata as
//! an apiserver fills it in; [`Pod`] and [`App`] build what tests need most. All times are relative
//! to the moment of building, so that grace periods hold whenever a test runs.
//!
//! # Design
//!
//! Lists are joined from JSON kept ready at storing, so that benchmarks measure the caller and not
//! this server. Continue tokens hold a place and not a snapshot: nothing here needs a consistent
//! list under writes.

mod cluster;
mod discovery;
mod fleet;
mod health;
mod json;
mod kinds;
mod kubeconfig;
mod logs;
mod metrics;
mod negotiate;
mod object;
mod page;
mod path;
mod read;
mod review;
mod route;
pub mod seed;
mod selector;
mod status;
mod store;
mod table;
mod users;
mod watch;
mod write;

pub use cluster::{Cluster, Metrics};
pub use fleet::Fleet;
pub use logs::Log;
pub use object::{DAY, HOUR, MINUTE, Object, ago, ago_micro, uid};
pub use seed::{App, ClusterSeed, Pod, Seed};
pub use users::User;
