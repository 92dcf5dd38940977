//! Ingresses, routes and gateways: encrypted, for a host of their own, to a service that is there.

use crate::configuration::catalog::Ask;
use crate::configuration::hits::Hits;
use crate::configuration::object::Object;
use crate::yaml::Node;

/// Annotations of ingress controllers in which their own configuration can be written: code, in effect.
const SNIPPETS: [&str; 2] = ["-snippet", "-snippets"];

fn is_ingress(object: &Object<'_>) -> bool {
    object.kind == "Ingress"
        && (object.api_version().starts_with("networking.k8s.io/")
            || object.api_version().starts_with("extensions/"))
}

pub(in crate::configuration) fn unencrypted(object: &Object<'_>, _: &Ask<'_>, hits: &mut Hits) {
    if !is_ingress(object) {
        return;
    }
    let spec = object.node.get("spec");
    let tls = spec.map_or(&[][..], |spec| spec.list("tls"));
    let hosts = || tls.iter().flat_map(|tls| tls.list("hosts")).filter_map(Node::scalar);
    // Entries without hosts are for all of them.
    let covers_all = tls.iter().any(|tls| tls.list("hosts").is_empty());
    if tls.is_empty() {
        hits.at(object, &["spec", "tls"], format!("ingress `{}` has no `tls`", object.name));
    }
    const ALLOW: &str = "kubernetes.io/ingress.allow-http";
    if object.annotation(ALLOW) == Some("true") {
        let detail = format!("ingress `{}` takes traffic in clear as well", object.name);
        hits.at(object, &["metadata", "annotations", ALLOW], detail);
        hits.fix(format!("metadata:\n  annotations:\n    {ALLOW}: \"false\""));
    }
    let rules = spec.map_or(&[][..], |spec| spec.list("rules"));
    for (index, rule) in rules.iter().enumerate().filter(|_| !tls.is_empty() && !covers_all) {
        let host = rule.str("host").filter(|host| !host.is_empty());
        if let Some(host) = host.filter(|host| !hosts().any(|covered| is_covered(host, covered))) {
            let detail = format!("`tls` does not cover the host `{}`", super::shown(host));
            hits.item(object, "spec.rules", index, rule, detail);
        }
    }
}

pub(in crate::configuration) fn any_host(object: &Object<'_>, _: &Ask<'_>, hits: &mut Hits) {
    if !is_ingress(object) {
        return;
    }
    let rules = object.node.at(&["spec", "rules"]).map_or(&[][..], Node::items);
    for (index, rule) in rules.iter().enumerate() {
        let detail = match rule.str("host").unwrap_or_default() {
            "" => format!("a rule of ingress `{}` names no host, so it is for every host", object.name),
            host if host.contains('*') => format!("a rule is for `{}`", super::shown(host)),
            _ => continue,
        };
        hits.item(object, "spec.rules", index, rule, detail);
    }
    if rules.is_empty() {
        hits.at(object, &["spec"], format!("ingress `{}` has a default backend for every host", object.name));
    }
}

/// Whether a certificate's host covers a host; `*.example.com` covers one label.
fn is_covered(host: &str, covered: &str) -> bool {
    let wildcard = covered
        .strip_prefix("*.")
        .is_some_and(|domain| host.split_once('.').is_some_and(|(_, rest)| rest == domain));
    host == covered || wildcard
}

/// Routes of OpenShift and listeners of the Gateway API that speak in clear.
pub(in crate::configuration) fn clear_route(object: &Object<'_>, _: &Ask<'_>, hits: &mut Hits) {
    if object.is("route.openshift.io", "Route") {
        let path = ["spec", "tls", "insecureEdgeTerminationPolicy"];
        if object.node.at(&["spec", "tls"]).is_none() {
            hits.at(object, &["spec", "tls"], format!("route `{}` has no `tls`", object.name));
        } else if object.node.at(&path).and_then(Node::text) == Some("Allow") {
            hits.at(object, &path, format!("route `{}` allows both", object.name));
            hits.fix("spec:\n  tls:\n    insecureEdgeTerminationPolicy: Redirect");
        }
    }
    if object.is("gateway.networking.k8s.io", "Gateway") {
        let listeners = object.node.at(&["spec", "listeners"]).map_or(&[][..], Node::items);
        for (index, listener) in listeners.iter().enumerate() {
            let encrypted = matches!(listener.str("protocol"), Some("HTTPS" | "TLS"));
            let passes = listener.at(&["tls", "mode"]).and_then(Node::text) == Some("Passthrough");
            let has_certificate =
                listener.at(&["tls", "certificateRefs"]).is_some_and(|refs| !refs.items().is_empty());
            if !(encrypted && (passes || has_certificate)) {
                let detail = format!(
                    "a listener speaks {}",
                    if encrypted {
                        "TLS without a certificate"
                    } else {
                        listener.str("protocol").unwrap_or("HTTP")
                    }
                );
                hits.item(object, "spec.listeners", index, listener, detail);
            }
        }
    }
}

pub(in crate::configuration) fn snippet(object: &Object<'_>, _: &Ask<'_>, hits: &mut Hits) {
    if object.kind == "Ingress" {
        for entry in object.node.at(&["metadata", "annotations"]).map_or(&[][..], Node::entries) {
            let empty = entry.value.scalar().is_some_and(|text| text.trim().is_empty());
            if SNIPPETS.iter().any(|end| entry.key.ends_with(end)) && !empty {
                let path = format!("metadata.annotations[{}]", entry.key);
                hits.there(
                    object,
                    &path,
                    entry.place,
                    format!("ingress `{}` sets `{}`", object.name, entry.key),
                );
            }
        }
    }
    let allowed = object.node.at(&["data", "allow-snippet-annotations"]).and_then(Node::scalar);
    if object.is("core", "ConfigMap") && allowed == Some("true") {
        let detail = format!("`{}` lets the controller take snippets", object.name);
        hits.at(object, &["data", "allow-snippet-annotations"], detail);
        hits.fix("data:\n  allow-snippet-annotations: \"false\"");
    }
}

pub(in crate::configuration) fn dangling(object: &Object<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    if !is_ingress(object) || !ask.is_whole() {
        return;
    }
    let Some(spec) = object.node.get("spec") else { return };
    let paths =
        spec.list("rules").iter().flat_map(|rule| rule.at(&["http", "paths"]).map_or(&[][..], Node::items));
    let backends = paths.filter_map(|path| path.at(&["backend", "service"]));
    for backend in backends.chain(spec.at(&["defaultBackend", "service"])) {
        let name = backend.str("name").unwrap_or_default();
        let Some(service) = ask.named(object, "Service", name) else {
            hits.there(
                object,
                "spec",
                backend.place,
                format!("no document has the service `{}`", super::shown(name)),
            );
            continue;
        };
        let number = backend.at(&["port", "number"]).and_then(Node::scalar);
        let named = backend.at(&["port", "name"]).and_then(Node::scalar);
        let ports = service.node.at(&["spec", "ports"]).map_or(&[][..], Node::items);
        let there = ports.iter().any(|port| {
            (number.is_some() && port.str("port") == number) || (named.is_some() && port.str("name") == named)
        });
        if let Some(wanted) = number.or(named).filter(|_| !there) {
            let detail = format!("service `{}` has no port `{}`", super::shown(name), super::shown(wanted));
            hits.there(object, "spec", backend.place, detail);
        }
    }
}
