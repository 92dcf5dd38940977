//! Services: whether anything stands behind them.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::{Value, json};

use super::super::ADDRESS;
use super::super::context::Context;
use super::super::findings::{Draft, Findings};
use super::super::rule::{Rule, Severity};
use super::rule;
use crate::model::meta::{IntOrText, Texts};
use crate::model::pod::Pod;
use crate::model::selector::contains_all;
use crate::model::service::{EndpointSlice, SERVICE_NAME_LABEL, Service, ServicePort};

pub(super) const NO_ENDPOINTS: Rule = rule(
    "NoEndpoints",
    Severity::Critical,
    "no pod matches its selector: correct the selector or the pods' labels, or start the pods",
);
pub(super) const NO_READY_ENDPOINTS: Rule = rule(
    "NoReadyEndpoints",
    Severity::Critical,
    "pods stand behind it and none is ready: see the findings about them",
);
pub(super) const TARGET_PORT: Rule = rule(
    "TargetPortNotFound",
    Severity::Warning,
    "name the port in the pods' containers, or give the service's targetPort as a number",
);
pub(super) const LOAD_BALANCER: Rule = rule(
    "LoadBalancerPending",
    Severity::Warning,
    "no address was given: check the cloud's load balancer controller, its events and its quota",
);
pub(super) const EXTERNAL_NAME: Rule = rule(
    "ExternalNameInvalid",
    Severity::Warning,
    "an ExternalName must be a DNS name; for an address use a service without selector and an EndpointSlice",
);

/// Near misses shown at most.
const NEAR_MISSES: usize = 3;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings) {
    let mut slices: BTreeMap<(&str, &str), Vec<&EndpointSlice>> = BTreeMap::new();
    for slice in context.snapshot.endpoint_slices.items() {
        if let Some(name) = slice.metadata.labels.get(SERVICE_NAME_LABEL) {
            slices.entry((&slice.metadata.namespace, name)).or_default().push(slice);
        }
    }
    for service in context.snapshot.services.items() {
        if service.metadata.deletion_timestamp.is_some() {
            continue;
        }
        if service.spec.kind == "ExternalName" {
            external_name(service, findings);
            continue;
        }
        if service.spec.kind == "LoadBalancer" {
            load_balancer(context, service, findings);
        }
        if service.spec.selector.is_empty() {
            continue;
        }
        let at = (service.metadata.namespace.as_str(), service.metadata.name.as_str());
        endpoints(context, service, slices.get(&at).map_or(&[], Vec::as_slice), findings);
        target_ports(context, service, findings);
    }
}

fn draft(rule: &'static Rule, service: &Service) -> Draft {
    Draft::new(rule, "Service", &service.metadata.namespace, &service.metadata.name)
}

fn endpoints(context: &Context<'_>, service: &Service, slices: &[&EndpointSlice], findings: &mut Findings) {
    if context.snapshot.endpoint_slices.known().is_none() {
        return;
    }
    let all = slices.iter().flat_map(|slice| &slice.endpoints);
    let (count, ready) = all.fold((0usize, 0usize), |(count, ready), endpoint| {
        (count.saturating_add(1), ready.saturating_add(usize::from(endpoint.is_ready())))
    });
    if ready > 0 {
        return;
    }
    let pods = selected(context, service);
    if context.is_settling(&pods) {
        return;
    }
    let unready = pods.iter().filter(|pod| !pod.is_ready());
    let example = unready.map(|pod| &pod.metadata.name).min();
    let example = example.map(|name| format!("{}/{name}", service.metadata.namespace));
    if count == 0 {
        findings.add(no_endpoints(context, service, &pods).pods(pods.len(), example));
        return;
    }
    findings.add(
        draft(&NO_READY_ENDPOINTS, service)
            .message(format!("none of its {count} endpoints is ready"))
            .with("endpoints", count)
            .with("selector", json!(service.spec.selector))
            .pods(pods.len(), example),
    );
}

fn no_endpoints(context: &Context<'_>, service: &Service, pods: &[&Pod]) -> Draft {
    let selector = text(&service.spec.selector);
    let draft = draft(&NO_ENDPOINTS, service)
        .with("selector", json!(service.spec.selector))
        .with("matching_pods", context.snapshot.pods.known().map(|_| pods.len()));
    if context.snapshot.pods.known().is_none() {
        return draft.message(format!("it has no endpoints; its selector is {selector}"));
    }
    if !pods.is_empty() {
        return draft
            .message(format!("it has no endpoints, though {} pods match {selector}", pods.len()))
            .advice("the pods have no address yet or their ports do not fit: see the findings about them");
    }
    if let Some(name) = scaled_to_zero(context, service) {
        return draft
            .severity(Severity::Warning)
            .message(format!("it has no endpoints: `{name}`, whose pods it selects, is scaled to none"))
            .advice("scale it up, or remove the service")
            .with("scaled_to_zero", name);
    }
    let near = near_misses(context, service);
    let hint = if near.is_empty() { "" } else { "; some pods match all but one label" };
    draft.message(format!("it has no endpoints: no pod matches {selector}{hint}")).with("near_misses", near)
}

/// Pods that match every label of the selector but one. With a single label anything would be near.
fn near_misses(context: &Context<'_>, service: &Service) -> Vec<Value> {
    let selector = &service.spec.selector;
    if selector.len() < 2 {
        return Vec::new();
    }
    let pods = context.pods_in(&service.metadata.namespace).iter().filter(|pod| !pod.is_over());
    let near = pods.filter_map(|pod| {
        let mut off = selector.iter().filter(|(key, value)| pod.metadata.labels.get(*key) != Some(*value));
        let (key, wanted) = off.next()?;
        let has = pod.metadata.labels.get(key);
        let near = json!({ "pod": pod.metadata.name, "label": key, "wanted": wanted, "has": has });
        off.next().is_none().then_some(near)
    });
    near.take(NEAR_MISSES).collect()
}

/// A workload that makes the pods the service selects and is told to make none.
fn scaled_to_zero(context: &Context<'_>, service: &Service) -> Option<String> {
    let snapshot = context.snapshot;
    let deployments = snapshot.deployments.items().iter();
    let deployments = deployments.map(|it| (&it.metadata, it.spec.replicas, &it.spec.template));
    let sets = snapshot.stateful_sets.items().iter();
    let sets = sets.map(|it| (&it.metadata, it.spec.replicas, &it.spec.template));
    deployments
        .chain(sets)
        .find(|(at, replicas, template)| {
            *replicas == Some(0)
                && at.namespace == service.metadata.namespace
                && contains_all(&template.metadata.labels, &service.spec.selector)
        })
        .map(|(at, _, _)| at.name.clone())
}

fn target_ports(context: &Context<'_>, service: &Service, findings: &mut Findings) {
    let named = |port: &ServicePort| matches!(port.target_port, IntOrText::Text(_));
    if !service.spec.ports.iter().any(named) {
        return;
    }
    let pods = selected(context, service);
    if pods.is_empty() {
        return;
    }
    for port in &service.spec.ports {
        let IntOrText::Text(name) = &port.target_port else { continue };
        let declares = |pod: &&Pod| {
            let sidecars = pod.spec.init_containers.iter().filter(|container| container.is_sidecar());
            let mut containers = pod.spec.containers.iter().chain(sidecars);
            containers.any(|c| c.ports.iter().any(|it| it.answers(&port.target_port, &port.protocol)))
        };
        if pods.iter().any(declares) {
            continue;
        }
        let declared =
            pods.iter().flat_map(|pod| &pod.spec.containers).flat_map(|container| &container.ports);
        let mut declared: Vec<&str> =
            declared.map(|port| port.name.as_str()).filter(|name| !name.is_empty()).collect();
        declared.sort_unstable();
        declared.dedup();
        findings.add(
            draft(&TARGET_PORT, service)
                .message(format!(
                    "port {} leads to `{name}`, which no container behind it declares",
                    port.port
                ))
                .with("port", port.port)
                .with("target_port", name.as_str())
                .with("declared", declared)
                .pods(pods.len(), None),
        );
    }
}

fn load_balancer(context: &Context<'_>, service: &Service, findings: &mut Findings) {
    let created = service.metadata.creation_timestamp;
    let has_address = !service.status.load_balancer.ingress.is_empty();
    if has_address || !context.is_past(created, ADDRESS) {
        return;
    }
    let event = context.warning("Service", &service.metadata);
    let said = event.map_or_else(String::new, |event| format!(": {}", event.message));
    findings.add(
        draft(&LOAD_BALANCER, service)
            .message(format!("its load balancer has no address{said}"))
            .with("event", event.map(|event| event.reason.as_str()))
            .with("external_ips", service.spec.external_ips.clone())
            .since(created),
    );
}

fn external_name(service: &Service, findings: &mut Findings) {
    let name = service.spec.external_name.as_str();
    if name.trim_end_matches('.').parse::<IpAddr>().is_ok() {
        findings.add(
            draft(&EXTERNAL_NAME, service)
                .message(format!("its externalName `{name}` is an address, not a name"))
                .with("external_name", name),
        );
    }
}

/// The pods behind a service that could still serve.
fn selected<'a>(context: &Context<'a>, service: &Service) -> Vec<&'a Pod> {
    let mut pods = context.pods_labelled(&service.metadata.namespace, &service.spec.selector);
    pods.retain(|pod| !pod.is_over());
    pods
}

fn text(labels: &Texts) -> String {
    let parts: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    format!("`{}`", parts.join(","))
}
