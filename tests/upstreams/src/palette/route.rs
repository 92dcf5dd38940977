//! The table of everything that is served, and finding a path in it.

use super::call::Call;
use super::refusal::Refusal;
use super::serve;
use crate::wire::{Reply, percent_decode};

/// What answers a request.
pub(super) type Handler = fn(&mut Call<'_>) -> Result<Reply, Refusal>;

/// Whether a request changes anything. Searches are POST and read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Changes nothing.
    Read,
    /// May change something.
    Write,
}

/// One operation that an instance serves.
#[derive(Debug)]
pub struct Route {
    /// The method.
    pub method: &'static str,
    /// The path with `{variables}`. `{cloud}` stands for a word of the cloud types alone, all others for any segment.
    pub template: &'static str,
    /// The permission that it asks for; empty when any key will do.
    pub permission: &'static str,
    /// Whether it changes anything.
    pub effect: Effect,
    pub(super) handler: Handler,
}

/// A route that reads.
pub(super) const fn read(
    method: &'static str,
    template: &'static str,
    permission: &'static str,
    handler: Handler,
) -> Route {
    Route { method, template, permission, effect: Effect::Read, handler }
}

/// A route that writes.
pub(super) const fn write(
    method: &'static str,
    template: &'static str,
    permission: &'static str,
    handler: Handler,
) -> Route {
    Route { method, template, permission, effect: Effect::Write, handler }
}

/// The segments that name a cloud in paths.
pub(super) const CLOUDS: &[&str] = &[
    "aws",
    "eks",
    "azure",
    "aks",
    "gcp",
    "gke",
    "vsphere",
    "maas",
    "apache-cloudstack",
    "edge-native",
    "virtual",
    "generic",
];

/// Every operation that an instance serves: the very table that requests are routed by.
pub fn routes() -> impl Iterator<Item = &'static Route> {
    serve::TABLES.iter().copied().flatten()
}

/// The operation that a request would reach.
#[must_use]
pub fn route_of(method: &str, path: &str) -> Option<&'static Route> {
    matching(path).into_iter().find(|route| route.method == method)
}

/// The routes of a path, whatever the method: those with the most literal template.
pub(super) fn matching(path: &str) -> Vec<&'static Route> {
    let segments = segments(path);
    let mut found: Vec<(Vec<u8>, &'static Route)> =
        routes().filter_map(|route| Some((rank(route.template, &segments)?, route))).collect();
    // A literal segment goes before a cloud, and a cloud before a variable, from left to right.
    found.sort_by(|a, b| a.0.cmp(&b.0));
    let best = found.first().map(|(rank, _)| rank.clone());
    found.retain(|(rank, _)| Some(rank) == best.as_ref());
    found.into_iter().map(|(_, route)| route).collect()
}

/// The values of a template's variables, decoded.
pub(super) fn variables(template: &'static str, path: &str) -> Vec<(&'static str, String)> {
    let names = template.trim_matches('/').split('/').map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    names.zip(segments(path)).filter_map(|(name, value)| Some((name?, percent_decode(value)))).collect()
}

fn segments(path: &str) -> Vec<&str> {
    path.trim_start_matches('/').split('/').collect()
}

fn rank(template: &str, path: &[&str]) -> Option<Vec<u8>> {
    let parts: Vec<&str> = template.trim_start_matches('/').split('/').collect();
    if parts.len() != path.len() {
        return None;
    }
    let rank = |(part, segment): (&&str, &&str)| match *part {
        "{cloud}" => CLOUDS.contains(segment).then_some(1),
        part if part.starts_with('{') => (!segment.is_empty()).then_some(2),
        part => (part == *segment).then_some(0),
    };
    parts.iter().zip(path).map(rank).collect()
}
