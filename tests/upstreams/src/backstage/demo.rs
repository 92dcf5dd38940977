//! The catalog of a small company: its teams, systems and components, and what it runs on.

use serde_json::{Value, json};

use super::seed::{annotated, entity};
use super::spectro;

const SELECTOR: &str = "backstage.io/kubernetes-label-selector";

/// Component, type, team, system, selector: every form that selectors have.
const COMPONENTS: [(&str, &str, &str, &str, &str); 14] = [
    ("checkout", "service", "shop", "storefront", "app=checkout,env=prod"),
    ("web", "website", "shop", "storefront", "app=web, env=prod"),
    ("cart", "service", "shop", "storefront", "app==cart"),
    ("search", "service", "shop", "storefront", "app in (search)"),
    ("storefront-all", "service", "shop", "storefront", "app in (web, cart, checkout),env=prod"),
    ("orders-db", "database", "shop", "storefront", "app=orders-db,env!=staging"),
    ("gateway", "service", "payments", "payments", "app=gateway,env=prod"),
    ("ledger", "service", "payments", "payments", "app=ledger, env notin (staging)"),
    ("fraud-score", "service", "payments", "payments", "app=fraud-score"),
    ("payout", "service", "payments", "payments", "app=payout,!deprecated"),
    ("prometheus", "service", "platform", "observability", "app=prometheus"),
    ("grafana", "website", "platform", "observability", "app=grafana,team"),
    ("registry", "service", "platform", "delivery", "app=registry"),
    ("nowhere", "service", "platform", "delivery", "app=nothing-runs-here"),
];

pub(super) fn entities() -> Vec<Value> {
    let mut all = Vec::new();
    for (team, parent) in [("shop", "engineering"), ("payments", "engineering"), ("platform", "engineering")]
    {
        all.push(entity("Group", team, json!({"type": "team", "parent": parent, "children": []})));
    }
    all.push(entity(
        "Group",
        "engineering",
        json!({"type": "department", "children": ["shop", "payments", "platform"]}),
    ));
    for (user, team) in [("ana", "shop"), ("ben", "payments"), ("eve", "platform")] {
        all.push(entity("User", user, json!({"memberOf": [team], "profile": {"displayName": user}})));
    }
    for (system, team) in [
        ("storefront", "shop"),
        ("payments", "payments"),
        ("delivery", "platform"),
        ("observability", "platform"),
    ] {
        all.push(entity("System", system, json!({"owner": team, "domain": "commerce"})));
    }
    all.push(entity("Domain", "commerce", json!({"owner": "engineering"})));
    for (name, kind, team, system, selector) in COMPONENTS {
        all.push(annotated(component(name, kind, team, system), SELECTOR, selector));
    }
    // Without a selector: by the older annotation, and by nothing at all.
    let events = component("events", "service", "payments", "payments");
    all.push(annotated(events, "backstage.io/kubernetes-id", "events"));
    all.push(component("handbook", "documentation", "platform", "delivery"));
    all.extend(platform());
    all
}

fn component(name: &str, kind: &str, team: &str, system: &str) -> Value {
    let spec = json!({"type": kind, "lifecycle": "production", "owner": team, "system": system});
    entity("Component", name, spec)
}

/// What the components run on: two projects of the instance `prod`.
fn platform() -> Vec<Value> {
    let shop = "650000000000000000000002";
    let cluster = spectro::cluster("prod", "Default", "shop-eu", "650000000000000000000001");
    let cluster = spectro::mark(cluster, "cloud-type", "aws");
    let cluster = spectro::mark(cluster, "kubernetes-version", "1.31.4");
    let edge = spectro::cluster("prod", "Edge Sites", "Store 12", "650000000000000000000011");
    vec![
        spectro::project("prod", "Default", shop),
        spectro::project("prod", "Edge Sites", "650000000000000000000012"),
        spectro::mark(cluster, "project-id", shop),
        spectro::mark(
            spectro::mark(edge, "cloud-type", "edge-native"),
            "project-id",
            "650000000000000000000012",
        ),
        spectro::profile("prod", "Default", "base-aws", "650000000000000000000010", "1.2.0"),
    ]
}
