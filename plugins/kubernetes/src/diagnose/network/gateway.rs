//! The Gateway API: classes, gateways and routes that were not taken up.

use super::super::ADDRESS;
use super::super::context::Context;
use super::super::findings::{Draft, Findings};
use super::super::rule::{Rule, Severity};
use super::rule;
use crate::model::gateway::{Gateway, HttpRoute};
use crate::model::meta::{Condition, condition};

pub(super) const CLASS_NOT_ACCEPTED: Rule = rule(
    "GatewayClassNotAccepted",
    Severity::Warning,
    "no controller accepts the class: check its `controllerName` and that the controller runs",
);
pub(super) const NOT_PROGRAMMED: Rule = rule(
    "GatewayNotProgrammed",
    Severity::Warning,
    "its controller has not put it into effect: read the condition, and the controller's log",
);
pub(super) const ROUTE_NOT_ACCEPTED: Rule = rule(
    "HTTPRouteNotAccepted",
    Severity::Warning,
    "its gateway refuses it: check the listener's name, hostnames and allowed namespaces",
);
pub(super) const ROUTE_REFS: Rule = rule(
    "HTTPRouteRefsUnresolved",
    Severity::Warning,
    "a backend it names does not exist, or a ReferenceGrant is wanting",
);

pub(super) fn check(context: &Context<'_>, findings: &mut Findings) {
    for class in context.snapshot.gateway_classes.items() {
        of_gateway(context, &CLASS_NOT_ACCEPTED, "GatewayClass", class, "Accepted", findings);
    }
    for gateway in context.snapshot.gateways.items() {
        of_gateway(context, &NOT_PROGRAMMED, "Gateway", gateway, "Programmed", findings);
    }
    for route in context.snapshot.http_routes.items() {
        of_route(context, route, findings);
    }
}

fn of_gateway(
    context: &Context<'_>,
    rule: &'static Rule,
    kind: &'static str,
    object: &Gateway,
    wanted: &str,
    findings: &mut Findings,
) {
    let at = &object.metadata;
    let draft = Draft::new(rule, kind, &at.namespace, &at.name);
    match condition(&object.status.conditions, wanted) {
        Some(condition) if condition.is_true() => {}
        Some(condition) => findings.add(told(draft, condition)),
        None if context.is_past(at.creation_timestamp, ADDRESS) => {
            findings.add(draft.message(format!("no controller has said whether it is {wanted}")));
        }
        None => {}
    }
}

fn of_route(context: &Context<'_>, route: &HttpRoute, findings: &mut Findings) {
    let at = &route.metadata;
    let draft = |rule| Draft::new(rule, "HTTPRoute", &at.namespace, &at.name);
    let parents = &route.status.parents;
    let is_old = context.is_past(at.creation_timestamp, ADDRESS);
    if parents.is_empty() && !route.spec.parent_refs.is_empty() && is_old {
        findings.add(draft(&ROUTE_NOT_ACCEPTED).message("none of its gateways has said anything of it"));
    }
    for parent in parents {
        for (rule, wanted) in [(&ROUTE_NOT_ACCEPTED, "Accepted"), (&ROUTE_REFS, "ResolvedRefs")] {
            let unmet = condition(&parent.conditions, wanted).filter(|condition| !condition.is_true());
            if let Some(condition) = unmet {
                findings.add(told(draft(rule), condition).with("parent", parent.parent_ref.name.as_str()));
            }
        }
    }
}

fn told(draft: Draft, condition: &Condition) -> Draft {
    draft
        .message(format!(
            "{} is {}, {}: {}",
            condition.kind, condition.status, condition.reason, condition.message
        ))
        .with("condition", condition.kind.as_str())
        .with("status", condition.status.as_str())
        .with("reason", condition.reason.as_str())
        .since(condition.last_transition_time)
}
