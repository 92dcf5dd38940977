//! Services and ingresses of `prod`: some lead nowhere.

use serde_json::json;

use super::super::super::object::{HOUR, Object};
use super::super::parts;

pub(super) fn objects() -> Vec<Object> {
    let mut objects = services();
    objects.extend(ingresses());
    objects.push(Object::new("networking.k8s.io/v1", "NetworkPolicy", "shop", "redis-from-shop").set(
        "/spec",
        json!({"podSelector": {"matchLabels": {"app": "redis"}}, "policyTypes": ["Ingress"],
                "ingress": [{"from": [{"podSelector": {}}], "ports": [{"port": 6379, "protocol": "TCP"}]}]}),
    ));
    objects.push(Object::new("networking.k8s.io/v1", "NetworkPolicy", "shop", "cassandra").set(
        "/spec",
        json!({"podSelector": {"matchLabels": {"app": "cassandra"}}, "policyTypes": ["Ingress"]}),
    ));
    objects
}

fn services() -> Vec<Object> {
    // Pods have `app`, none has `tier`: a near miss.
    let near_miss = parts::service(
        "shop",
        "accounts-internal",
        &[("app", "accounts"), ("tier", "backend")],
        "http",
        8080,
    );
    let empty = parts::endpoint_slice("shop", "accounts-internal", "http", 8080, &[]);
    // The pods behind it declare `http` and nothing else.
    let no_port = parts::service("shop", "catalog-metrics", &[("app", "catalog")], "metrics", 9090);
    let catalog =
        parts::endpoint_slice("shop", "catalog-metrics", "metrics", 9090, &[("10.244.9.9".to_owned(), true)]);
    let balancer = parts::service("shop", "gateway", &[("app", "frontend")], "http", 80)
        .aged(6 * HOUR)
        .set("/spec/type", "LoadBalancer")
        .set("/spec/ports/0/nodePort", 30_080);
    let gateway = parts::endpoint_slice("shop", "gateway", "http", 8080, &[("10.244.7.7".to_owned(), true)]);
    let external = Object::new("v1", "Service", "shop", "tax-rates").set(
        "/spec",
        json!({"type": "ExternalName", "externalName": "198.51.100.7", "sessionAffinity": "None"}),
    );
    vec![near_miss, empty, no_port, catalog, balancer, gateway, external]
}

fn ingresses() -> Vec<Object> {
    vec![
        parts::tls_secret("shop", "shop-tls", "shop.example.com", 200),
        parts::ingress("shop", "shop", "public", "shop.example.com", ("frontend", 8080), Some("shop-tls")),
        parts::ingress("shop", "legacy", "public", "old.example.com", ("storefront", 80), None),
        parts::ingress(
            "shop",
            "partners",
            "internal-nginx",
            "partners.example.com",
            ("accounts", 8080),
            None,
        )
        .set("/status/loadBalancer", json!({})),
        parts::ingress("shop", "admin", "public", "admin.example.com", ("accounts", 8081), Some("admin-tls")),
    ]
}
