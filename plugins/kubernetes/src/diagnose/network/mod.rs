//! Rules about services, and the doors that lead to them.

mod gateway;
mod ingress;
mod policy;
mod service;

use super::context::Context;
use super::findings::Findings;
use super::rule::{Group, Rule, Severity};
use super::snapshot::Kind;

/// The kinds these rules read.
pub(super) const READS: &[Kind] = &[
    Kind::Pod,
    Kind::Service,
    Kind::EndpointSlice,
    Kind::Deployment,
    Kind::StatefulSet,
    Kind::Ingress,
    Kind::IngressClass,
    Kind::Secret,
    Kind::NetworkPolicy,
    Kind::GatewayClass,
    Kind::Gateway,
    Kind::HttpRoute,
];

/// The rules of this family.
pub(super) const RULES: &[&Rule] = &[
    &service::NO_ENDPOINTS,
    &service::NO_READY_ENDPOINTS,
    &service::TARGET_PORT,
    &service::LOAD_BALANCER,
    &service::EXTERNAL_NAME,
    &ingress::SERVICE_MISSING,
    &ingress::PORT_MISSING,
    &ingress::CLASS_MISSING,
    &ingress::CLASS_UNSET,
    &ingress::TLS_MISSING,
    &ingress::NO_ADDRESS,
    &policy::SELECTS_NONE,
    &policy::ALLOWS_ALL,
    &gateway::CLASS_NOT_ACCEPTED,
    &gateway::NOT_PROGRAMMED,
    &gateway::ROUTE_NOT_ACCEPTED,
    &gateway::ROUTE_REFS,
];

/// Looks at every service, ingress, policy, gateway and route.
pub(super) fn check(context: &Context<'_>, findings: &mut Findings) {
    service::check(context, findings);
    ingress::check(context, findings);
    policy::check(context, findings);
    gateway::check(context, findings);
}

/// A rule of this family.
const fn rule(name: &'static str, severity: Severity, advice: &'static str) -> Rule {
    Rule { name, group: Group::Network, severity, advice }
}
