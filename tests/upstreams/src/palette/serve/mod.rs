//! What answers the requests, by subject. Each file begins with its part of the route table.

mod access;
mod attach;
mod attached;
mod cluster;
mod config;
mod cost;
mod create;
mod edge;
mod event;
mod feature;
mod fleet;
mod lifecycle;
mod pack;
mod profile;
mod profile_write;
mod tenant;

use super::route::Route;

/// The whole table.
pub(super) const TABLES: &[&[Route]] = &[
    access::ROUTES,
    attach::ROUTES,
    attached::ROUTES,
    cluster::ROUTES,
    config::ROUTES,
    cost::ROUTES,
    create::ROUTES,
    edge::ROUTES,
    event::ROUTES,
    feature::ROUTES,
    fleet::ROUTES,
    lifecycle::ROUTES,
    pack::ROUTES,
    profile::ROUTES,
    profile_write::ROUTES,
    tenant::ROUTES,
];
