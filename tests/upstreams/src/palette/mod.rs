//! Simulated instances of Spectro Cloud Palette.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use postern_upstreams::fault::{Fault, Plan};
//! use postern_upstreams::palette::{Limits, Palette, Role, Seed};
//!
//! let palette = Palette::start(Seed::demo().limits(Limits::Off)).await?;
//! let prod = palette.instance("prod");
//! let (url, ca, key) = (prod.url(), prod.ca_pem(), prod.key(Role::TenantAdmin));
//! prod.plant(Plan::new(Fault::LostAnswer(504)).ending("/profiles").times(1));
//! // ... the code under test ...
//! assert!(prod.writes().is_empty());
//! assert!(prod.strays().is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! # One request
//!
//! [`Site`](crate::site::Site) keeps the notebook and plays the fault if one is planted; `api` has the true answer:
//! the rate of the path's prefix, and whose key it is. `route` finds the path in the one table ([`routes`]), whose rows name a
//! permission, say whether they write, and point at what answers (`serve`, by subject). The caller's [`Role`]
//! must have the permission in the scope that the `ProjectUid` header names; `call` then holds every thing of a
//! project to that scope. `view` shapes things for the answer, and `refusal` words what is refused.
//!
//! # What is true to the original, because it has cost somebody a bug
//!
//! - `continue` counts in the query only; in a body it is ignored, and page one comes again. Pages end at 50.
//! - A project's cluster asked for without its `ProjectUid` is 403 `OperationForbidden`, as is a missing right.
//! - A wrong case in an enumeration finds nothing: `UnHealthy` for clusters, `unhealthy` for edge hosts.
//! - Search items have `specSummary`, summaries `spec`; empty arrays are `null` at times, and year 1 is no time.
//! - Deleting takes some reads, and a deleted cluster stays readable.
//! - Every version of a profile has its own uid; `PATCH` without `replaceWithProfile` adds a second one.
//! - Kubeconfigs are base64 text on some clusters, and are not there without OIDC.
//! - A missing or wrong key is 401 without a body; anything else is `{code, message, details, ref}`.
//!
//! # Design
//!
//! The world is behind one lock, and a request is answered in one go: there is no waiting inside. Transitions go
//! on with reads and not with time, so that no test has to wait for a clock.

mod api;
mod call;
mod filter;
mod instance;
mod limit;
mod page;
mod refusal;
mod role;
mod route;
mod seed;
mod serve;
mod value;
mod view;
mod world;

pub use api::Api;
pub use instance::{Instance, Palette};
pub use limit::Limits;
pub use refusal::error;
pub use role::Role;
pub use route::{Effect, Route, route_of, routes};
pub use seed::{InstanceSeed, Seed};
