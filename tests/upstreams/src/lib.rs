//! Simulated upstreams on the loopback interface, for the tests and for the `demo` command.
//!
//! Each upstream is a real server: TLS with an authority of its own, HTTP/1.1 and HTTP/2, free
//! ports. It speaks the forms that the genuine one speaks, errors and oddities included, so that
//! code which works here has met what it will meet outside. Every request is recorded, faults can
//! be planted, and a test can forbid requests that should never have left the host.
//!
//! Nothing here is global: a dropped upstream closes its port and all its connections.
//!
//! - [`wire`]: sockets, TLS, replies; what every upstream shares
//! - [`record`]: what arrived
//! - [`fault`]: how answers go wrong
//! - [`issuer`]: an authorization server
//! - [`kubernetes`]: a fleet of simulated clusters
//! - [`palette`]: simulated instances of Spectro Cloud Palette
//! - [`site`]: one server with its notebook and its faults, of which the following are made
//! - [`scaleops`]: a cost optimiser of many clusters, behind a login
//! - [`opencost`]: a cost model without a login
//! - [`backstage`]: a software catalog
#![forbid(unsafe_code)]

pub mod backstage;
pub mod fault;
pub mod issuer;
pub mod kubernetes;
pub mod opencost;
pub mod palette;
pub mod record;
pub mod scaleops;
pub mod site;
pub mod wire;
