//! A simulated Backstage: its software catalog, read with a static token.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use postern_upstreams::backstage::{Backstage, Seed, spectro};
//!
//! let seed = Seed::demo().entity(spectro::cluster("prod", "shop", "shop-eu", "650000000000000000000001"));
//! let backstage = Backstage::start(seed.token("catalog-token").restricted("narrow-token")).await?;
//! // ... the code under test asks `{url}/api/catalog/entities/by-name/...` ...
//! assert_eq!(backstage.requests()[0].user, "external:client-2");
//! # Ok(())
//! # }
//! ```
//!
//! # Tokens
//!
//! [`Seed::token`] may read; [`Seed::restricted`] is a token whose restrictions leave no reading, for which
//! `by-name` is 404 and lists are empty, as a genuine Backstage has it; [`Seed::elsewhere`] is good for other
//! plugins alone: 403. No token and an unknown one are 401, with different words.
//!
//! # One request
//!
//! `api` finds out who is asking and routes; `read` answers for many entities; `filter` reads the query form of filters and `predicate` the JSON
//! form, both over the flat view of an entity in `entity`; `page` cuts, sorts and makes cursors; `refusal`
//! words every error.

mod api;
mod demo;
mod entity;
mod filter;
mod page;
mod predicate;
mod read;
mod refusal;
mod seed;
pub mod spectro;

pub use api::{Api, Backstage, error};
pub use seed::{Seed, annotated, entity};
