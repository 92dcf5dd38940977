//! What components that are software catalogs share: entities as Backstage writes them.
//!
//! An entity has a *kind*, a *namespace* and a *name*, which together are its reference: `component:default/shop`.
//! [`mod@reference`] reads references, and lets nothing through that is none: what is built of one is safe in a path.
//! [`record`] makes the entity that other components get of the JSON that catalogs speak. [`lookup`] checks what is
//! looked up, and [`tools`] has the two tools that people get, whatever the catalog behind them is.

pub mod lookup;
pub mod record;
pub mod reference;
pub mod tools;
