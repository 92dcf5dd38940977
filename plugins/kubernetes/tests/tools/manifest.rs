//! The manifest, the world, the capabilities and the tools say the same.

use std::collections::BTreeSet;

use postern_kubernetes::capability::Capability;
use postern_kubernetes::{prompts, resources, tools};
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
    let names = |users: &[crate::support::manifest::User]| {
        users.iter().map(|user| user.name.clone()).collect::<BTreeSet<_>>()
    };
    let tools: BTreeSet<String> = tools::describe().iter().map(|tool| tool.name.to_owned()).collect();
    assert_eq!(names(&manifest.tool), tools);
    assert_eq!(tools.len(), 11);
    let resources: BTreeSet<String> =
        resources::describe().iter().map(|entry| entry.name.to_owned()).collect();
    assert_eq!(names(&manifest.resource), resources);
    let prompts: BTreeSet<String> = prompts::describe().iter().map(|prompt| prompt.name.to_owned()).collect();
    assert_eq!(names(&manifest.prompt), prompts);
    assert!(manifest.resource.iter().all(|resource| resource.uri_template.is_some()));
}

#[test]
fn nothing_can_write() {
    for capability in Manifest::read().capability {
        assert_eq!(capability.effect, "read", "{}", capability.name);
        assert!(capability.allow.iter().all(|allow| allow.method == "GET"), "{}", capability.name);
    }
}

/// A line that reaches secrets asks for rows without objects, or it reaches values.
#[test]
fn secrets_come_as_names_only() {
    let manifest = Manifest::read();
    let lines = manifest.capability.iter().flat_map(|capability| &capability.allow);
    let secrets: Vec<_> = lines.filter(|allow| allow.path.contains("secret")).collect();
    assert_eq!(secrets.len(), 2);
    for allow in secrets {
        assert!(allow.path.ends_with("/secrets"), "{}", allow.path);
        assert_eq!(allow.header_exact["accept"], postern_kubernetes::request::TABLE);
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
        for (name, property) in schema["properties"].as_object().unwrap() {
            assert!(property["description"].is_string(), "{}.{name} has no description", tool.name);
            let text = property.to_string();
            assert!(!text.contains("null") && !text.contains("$ref"), "{}.{name}: {text}", tool.name);
        }
        assert!(tool.input_schema.len() < 5_000, "{} {}", tool.name, tool.input_schema.len());
    }
}
