//! The manifest, the world, the capabilities, the tools and the routes say the same.

use std::collections::BTreeSet;

use postern_scaleops::capability::Capability;
use postern_scaleops::{routes, tools};
use serde_json::Value;

use crate::support::manifest::Manifest;

#[test]
fn one_list_of_capabilities_in_three_places() {
    let world = include_str!("../../wit/world.wit");
    let imports: BTreeSet<&str> = world
        .lines()
        .filter_map(|line| line.trim().strip_prefix("import ")?.split_once(':'))
        .map(|(name, _)| name)
        .collect();
    let code: BTreeSet<&str> = Capability::ALL.iter().map(|capability| capability.name()).collect();
    let manifest = Manifest::read();
    let declared: BTreeSet<&str> =
        manifest.capability.iter().map(|capability| capability.name.as_str()).collect();
    assert_eq!(imports, code);
    assert_eq!(declared, code);
}

#[test]
fn everything_described_is_declared() {
    let manifest = Manifest::read();
    let tools: Vec<String> = tools::describe().iter().map(|tool| tool.name.to_owned()).collect();
    assert_eq!(manifest.tool.iter().map(|tool| tool.name.clone()).collect::<Vec<_>>(), tools);
    let routes: Vec<String> = routes::describe().iter().map(|route| route.name.to_owned()).collect();
    assert_eq!(manifest.route.iter().map(|route| route.name.clone()).collect::<Vec<_>>(), routes);
    assert_eq!((tools.len(), routes.len()), (10, 6));
}

#[test]
fn only_the_authenticator_logs_in() {
    let manifest = Manifest::read();
    assert_eq!(manifest.authenticator.capabilities, ["login"]);
    assert_eq!(manifest.authenticator.secrets, ["username", "password"]);
    for capability in &manifest.capability {
        let secret = capability.name == "login";
        assert_eq!(capability.effect == "secret", secret, "{}", capability.name);
        for allow in &capability.allow {
            assert_eq!(!allow.reveal.is_empty(), secret, "{}", allow.path);
            // What is not a GET changes nothing, and says so.
            assert!(secret || allow.safe == (allow.method != "GET"), "{}", allow.path);
        }
    }
    let users = manifest.tool.iter().map(|tool| &tool.capabilities);
    let users = users.chain(manifest.route.iter().map(|route| &route.capabilities));
    assert!(users.flatten().all(|capability| capability != "login"));
}

#[test]
fn routes_are_below_the_path_that_front_ends_call() {
    for route in Manifest::read().route.iter().filter(|route| route.name != "health") {
        let read = Manifest::read();
        let own = read.capability.iter().filter(|capability| route.capabilities.contains(&capability.name));
        let allows = own
            .flat_map(|capability| &capability.allow)
            .any(|allow| allow.method == route.method && format!("/api{}", allow.path) == route.path);
        assert!(allows, "{} {}", route.method, route.path);
        assert!(!route.path.contains('{'), "{}", route.path);
        let schema =
            routes::describe().into_iter().find(|each| each.name == route.name).unwrap().input_schema;
        let schema: Value = serde_json::from_str(&schema).unwrap();
        for argument in route.headers.keys() {
            assert!(schema["properties"].get(argument).is_some(), "{}: {argument}", route.name);
        }
    }
}

#[test]
fn descriptions_tell_a_model_what_it_needs() {
    for tool in tools::describe() {
        let first = tool.description.split(' ').next().unwrap();
        assert!(first.ends_with('s'), "`{}` does not begin with a verb: {first}", tool.name);
        assert!(tool.description.len() > 150, "{}", tool.name);
        let schema: Value = serde_json::from_str(&tool.input_schema).unwrap();
        assert_eq!(schema["additionalProperties"], false, "{}", tool.name);
        for name in ["instance", "instances"] {
            assert!(schema["properties"].get(name).is_some(), "{} has no `{name}`", tool.name);
        }
        for (name, property) in schema["properties"].as_object().unwrap() {
            assert!(property["description"].is_string(), "{}.{name} has no description", tool.name);
            let text = property.to_string();
            assert!(!text.contains("null") && !text.contains("$ref"), "{}.{name}: {text}", tool.name);
        }
        assert!(tool.input_schema.len() < 5_000, "{} {}", tool.name, tool.input_schema.len());
    }
}
