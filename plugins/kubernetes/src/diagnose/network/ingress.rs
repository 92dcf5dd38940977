//! Ingresses: whether they are served, and whether they lead anywhere.

use super::super::ADDRESS;
use super::super::context::Context;
use super::super::findings::{Draft, Findings};
use super::super::rule::{Rule, Severity};
use super::rule;
use crate::model::network::{Ingress, IngressClass, ServiceBackend};
use crate::model::service::Service;

pub(super) const SERVICE_MISSING: Rule = rule(
    "IngressServiceMissing",
    Severity::Critical,
    "create the service in the ingress's namespace, or correct the backend's name",
);
pub(super) const PORT_MISSING: Rule = rule(
    "IngressPortMissing",
    Severity::Critical,
    "use a port the service has; the backend names the service's port, not the pods'",
);
pub(super) const CLASS_MISSING: Rule = rule(
    "IngressClassMissing",
    Severity::Warning,
    "no controller serves that class: install it, or name a class that exists",
);
pub(super) const CLASS_UNSET: Rule =
    rule("IngressClassUnset", Severity::Warning, "set `ingressClassName`, or mark one class as the default");
pub(super) const TLS_MISSING: Rule = rule(
    "IngressTlsMissing",
    Severity::Warning,
    "create the TLS secret in the ingress's namespace; if cert-manager should, see its Certificate",
);
pub(super) const NO_ADDRESS: Rule = rule(
    "IngressNoAddress",
    Severity::Warning,
    "no controller has taken it up: check that one for its class runs, and its log",
);

/// How a class was named before `ingressClassName`; some controllers still need it.
const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";
const DEFAULT_ANNOTATION: &str = "ingressclass.kubernetes.io/is-default-class";
/// Classes a cloud's own controller serves without an IngressClass object.
const BUILT_IN: &[&str] = &["gce", "gce-internal"];

pub(super) fn check(context: &Context<'_>, findings: &mut Findings) {
    for ingress in context.snapshot.ingresses.items() {
        if ingress.metadata.deletion_timestamp.is_some() {
            continue;
        }
        backends(context, ingress, findings);
        class(context, ingress, findings);
        tls(context, ingress, findings);
        address(context, ingress, findings);
    }
}

fn draft(rule: &'static Rule, ingress: &Ingress) -> Draft {
    Draft::new(rule, "Ingress", &ingress.metadata.namespace, &ingress.metadata.name)
}

fn backends(context: &Context<'_>, ingress: &Ingress, findings: &mut Findings) {
    if context.snapshot.services.known().is_none() {
        return;
    }
    for backend in ingress.spec.backends() {
        let Some(service) = context.service(&ingress.metadata.namespace, &backend.name) else {
            findings.add(
                draft(&SERVICE_MISSING, ingress)
                    .message(format!("it leads to service `{}`, which does not exist", backend.name))
                    .with("service", backend.name.as_str()),
            );
            continue;
        };
        if !has_port(service, backend) {
            findings.add(port_missing(ingress, service, backend));
        }
    }
}

fn has_port(service: &Service, backend: &ServiceBackend) -> bool {
    let (ports, wanted) = (&service.spec.ports, &backend.port);
    // An ExternalName service may list no ports: its target's are all open.
    let any = service.spec.kind == "ExternalName" && ports.is_empty();
    any || ports.iter().any(|port| {
        if wanted.name.is_empty() { port.port == wanted.number } else { port.name == wanted.name }
    })
}

fn port_missing(ingress: &Ingress, service: &Service, backend: &ServiceBackend) -> Draft {
    let wanted = match backend.port.name.as_str() {
        "" => backend.port.number.to_string(),
        name => name.to_owned(),
    };
    let ports = service.spec.ports.iter().map(|port| match port.name.as_str() {
        "" => port.port.to_string(),
        name => format!("{} ({name})", port.port),
    });
    let ports: Vec<String> = ports.collect();
    draft(&PORT_MISSING, ingress)
        .message(format!("service `{}` has no port `{wanted}`; it has {}", backend.name, ports.join(", ")))
        .with("service", backend.name.as_str())
        .with("port", wanted)
        .with("service_ports", ports)
}

fn class(context: &Context<'_>, ingress: &Ingress, findings: &mut Findings) {
    let Some(classes) = context.snapshot.ingress_classes.known() else { return };
    let named = match ingress.spec.ingress_class_name.as_str() {
        "" => ingress.metadata.annotations.get(CLASS_ANNOTATION).map_or("", String::as_str),
        name => name,
    };
    if named.is_empty() {
        // With an address and not one class in the cluster, an older controller serves everything.
        let is_served = classes.is_empty() && !ingress.status.load_balancer.ingress.is_empty();
        if !is_served && !classes.iter().any(is_default) {
            let names: Vec<&str> = classes.iter().map(|class| class.metadata.name.as_str()).collect();
            findings.add(
                draft(&CLASS_UNSET, ingress)
                    .message("it names no class, and no class is the default")
                    .with("classes", names),
            );
        }
    } else if !BUILT_IN.contains(&named) && !classes.iter().any(|class| class.metadata.name == named) {
        let names: Vec<&str> = classes.iter().map(|class| class.metadata.name.as_str()).collect();
        findings.add(
            draft(&CLASS_MISSING, ingress)
                .message(format!("its class `{named}` does not exist"))
                .with("class", named)
                .with("classes", names),
        );
    }
}

fn is_default(class: &IngressClass) -> bool {
    class.metadata.annotations.get(DEFAULT_ANNOTATION).is_some_and(|value| value == "true")
}

fn tls(context: &Context<'_>, ingress: &Ingress, findings: &mut Findings) {
    for tls in ingress.spec.tls.iter().filter(|tls| !tls.secret_name.is_empty()) {
        if context.has_secret(&ingress.metadata.namespace, &tls.secret_name) == Some(false) {
            findings.add(
                draft(&TLS_MISSING, ingress)
                    .message(format!("its TLS secret `{}` does not exist", tls.secret_name))
                    .with("secret", tls.secret_name.as_str())
                    .with("hosts", tls.hosts.clone()),
            );
        }
    }
}

fn address(context: &Context<'_>, ingress: &Ingress, findings: &mut Findings) {
    let created = ingress.metadata.creation_timestamp;
    if ingress.status.load_balancer.ingress.is_empty() && context.is_past(created, ADDRESS) {
        findings.add(draft(&NO_ADDRESS, ingress).message("it has no address").since(created));
    }
}
