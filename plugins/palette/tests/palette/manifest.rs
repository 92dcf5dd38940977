//! The manifest, the world, the capabilities, the tools and the routes say the same.

use std::collections::{BTreeMap, BTreeSet};

use postern_palette::capability::Capability;
use postern_palette::{aliases, prompts, resources, routes, tools};
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
struct Manifest {
    capability: Vec<Declared>,
    tool: Vec<User>,
    resource: Vec<User>,
    route: Vec<User>,
    prompt: Vec<User>,
    resolver: User,
}

#[derive(Debug, Deserialize)]
struct Declared {
    name: String,
    effect: String,
    allow: Vec<Allow>,
}

#[derive(Debug, Deserialize)]
struct Allow {
    method: String,
    path: String,
    #[serde(default)]
    safe: bool,
    #[serde(default)]
    without: Vec<String>,
    #[serde(default)]
    header_exact: BTreeMap<String, String>,
    #[serde(default)]
    headers: Vec<String>,
    #[serde(default)]
    query: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct User {
    #[serde(default)]
    name: String,
    capabilities: Vec<String>,
}

fn manifest() -> Manifest {
    toml::from_str(include_str!("../../plugin.toml")).unwrap()
}

fn names(users: &[User]) -> BTreeSet<&str> {
    users.iter().map(|user| user.name.as_str()).collect()
}

#[test]
fn one_list_of_capabilities_in_three_places() {
    let world = include_str!("../../wit/world.wit");
    let imports: BTreeSet<&str> = world
        .lines()
        .filter_map(|line| line.trim().strip_prefix("import ")?.split_once(':'))
        .map(|(name, _)| name)
        .collect();
    let code: BTreeSet<&str> = Capability::ALL.iter().map(|capability| capability.name()).collect();
    let manifest = manifest();
    let declared: BTreeSet<&str> = manifest.capability.iter().map(|each| each.name.as_str()).collect();
    assert_eq!(imports, code);
    assert_eq!(declared, code);
}

#[test]
fn everything_described_is_declared() {
    let manifest = manifest();
    assert_eq!(names(&manifest.tool), tools::describe().iter().map(|tool| tool.name).collect());
    assert_eq!(names(&manifest.resource), resources::describe().iter().map(|each| each.name).collect());
    assert_eq!(names(&manifest.prompt), prompts::describe().iter().map(|each| each.name).collect());
    assert_eq!(names(&manifest.route), routes::describe().iter().map(|each| each.name).collect());
}

#[test]
fn every_capability_is_used_by_something() {
    let Manifest { capability, tool, resource, route, prompt, resolver } = manifest();
    let users = tool.iter().chain(&resource).chain(&route).chain(&prompt).chain([&resolver]);
    let used: BTreeSet<&str> = users.flat_map(|user| &user.capabilities).map(String::as_str).collect();
    assert_eq!(used, capability.iter().map(|each| each.name.as_str()).collect());
}

#[test]
fn every_alias_is_described() {
    let described: BTreeSet<&str> = tools::describe().iter().map(|tool| tool.name).collect();
    let asleep: Vec<&str> =
        aliases::ALL.iter().map(|alias| alias.name).filter(|name| !described.contains(name)).collect();
    assert!(asleep.is_empty(), "{asleep:?}");
    assert_eq!(aliases::ALL.len(), 21);
}

#[test]
fn an_alias_may_what_its_tool_may() {
    let manifest = manifest();
    let of = |name: &str| manifest.tool.iter().find(|tool| tool.name == name).map(|tool| &tool.capabilities);
    for alias in aliases::ALL {
        assert!(of(alias.name).is_some(), "{}", alias.name);
        assert_eq!(of(alias.name), of(alias.tool), "{}", alias.name);
    }
}

#[test]
fn an_alias_answers_from_what_its_tool_has() {
    for tool in tools::describe() {
        let Some(alias) = aliases::find(tool.name) else { continue };
        let schema: Value = serde_json::from_str(&tool.output_schema).unwrap();
        for (name, _) in alias.answer {
            let part = &schema["properties"][*name];
            // Nothing but `{}` says that a pointer leads nowhere.
            let leads = |part: &Value| part.as_object().is_some_and(|part| !part.is_empty());
            assert!(leads(part), "{}.{name}", tool.name);
            let members = part["items"]["properties"].as_object().or_else(|| part["properties"].as_object());
            for (member, part) in members.into_iter().flatten() {
                assert!(leads(part), "{}.{name}.{member}", tool.name);
            }
        }
    }
}

#[test]
fn routes_say_what_they_take_and_give() {
    for route in routes::describe() {
        let schema: Value = serde_json::from_str(&route.input_schema).unwrap();
        assert_eq!(schema["additionalProperties"], false, "{}", route.name);
        for wanted in ["instance", "project", "projectUid"] {
            assert!(schema["properties"][wanted].is_object(), "{} has no `{wanted}`", route.name);
        }
        assert!(!route.input_schema.contains("$ref"), "{}", route.name);
        assert_eq!(route.output_schema.is_none(), route.media_type == "application/x-yaml", "{}", route.name);
    }
}

#[test]
fn what_reads_cannot_write_and_each_form_fits_its_methods() {
    for capability in manifest().capability {
        let form = Capability::ALL.iter().find(|each| each.name() == capability.name).unwrap().form();
        for allow in &capability.allow {
            let safe = allow.method == "GET" || allow.safe;
            assert!(safe || matches!(capability.effect.as_str(), "change" | "destructive"), "{allow:?}");
            assert!(form == "send" || allow.method == "GET", "{allow:?}");
            assert_eq!(allow.method == "DELETE", capability.effect == "destructive", "{allow:?}");
        }
    }
    let resolver = manifest().resolver.capabilities;
    assert!(
        manifest()
            .capability
            .iter()
            .filter(|each| resolver.contains(&each.name))
            .all(|each| each.effect == "read")
    );
}

#[test]
fn what_changes_something_is_one_request_of_one_subject() {
    let manifest = manifest();
    let writes = |each: &&Declared| matches!(each.effect.as_str(), "change" | "destructive");
    for capability in manifest.capability.iter().filter(writes) {
        let name = &capability.name;
        let requests: BTreeSet<(&str, &str)> =
            capability.allow.iter().map(|allow| (allow.method.as_str(), allow.path.as_str())).collect();
        assert_eq!(requests.len(), 1, "{name}");
        for allow in &capability.allow {
            assert!(allow.headers.is_empty() && allow.query.is_empty(), "{allow:?}");
        }
        let users: Vec<&User> =
            manifest.tool.iter().filter(|tool| tool.capabilities.contains(name)).collect();
        assert!(!users.is_empty(), "{name}");
        // Every placeholder of the request is an argument of each tool that may send it.
        let (_, path) = requests.first().unwrap();
        for placeholder in path.split(['{', '}']).skip(1).step_by(2) {
            for user in &users {
                let tool = tools::describe().into_iter().find(|tool| tool.name == user.name).unwrap();
                let schema: Value = serde_json::from_str(&tool.input_schema).unwrap();
                assert!(schema["properties"][placeholder].is_object(), "{name}: {} {placeholder}", user.name);
            }
        }
    }
    for tool in &manifest.tool {
        let of = |name: &String| manifest.capability.iter().find(|each| each.name == *name).unwrap();
        assert!(tool.capabilities.iter().map(of).filter(writes).count() <= 1, "{}", tool.name);
    }
}

#[test]
fn whatever_changes_something_can_be_tried_dry() {
    let manifest = manifest();
    let writes = |name: &String| {
        let declared = manifest.capability.iter().find(|each| each.name == *name).unwrap();
        declared.effect != "read" && declared.effect != "secret"
    };
    let mut seen = 0;
    for tool in tools::describe() {
        let user = manifest.tool.iter().find(|user| user.name == tool.name).unwrap();
        let schema: Value = serde_json::from_str(&tool.input_schema).unwrap();
        let changes = user.capabilities.iter().any(writes);
        assert_eq!(schema["properties"]["dry_run"].is_object(), changes, "{}", tool.name);
        seen += usize::from(changes);
    }
    assert_eq!(seen, 21);
}

#[test]
fn a_named_project_is_the_only_one() {
    for allow in manifest().capability.iter().flat_map(|capability| &capability.allow) {
        let bound = allow.header_exact.get("projectuid").is_some_and(|value| value == "{project}");
        assert!(!(bound && allow.without.iter().any(|name| name == "project")), "{allow:?}");
        assert!(allow.path.starts_with("/v1/"), "{allow:?}");
    }
}

#[test]
fn schemas_tell_a_model_what_it_needs() {
    for tool in tools::describe() {
        let schema: Value = serde_json::from_str(&tool.input_schema).unwrap();
        assert_eq!(schema["additionalProperties"], false, "{}", tool.name);
        for wanted in ["instance", "project"] {
            assert!(schema["properties"][wanted].is_object(), "{} has no `{wanted}`", tool.name);
        }
        for (name, property) in schema["properties"].as_object().unwrap() {
            assert!(property["description"].is_string(), "{}.{name} has no description", tool.name);
            assert!(!property.to_string().contains("$ref"), "{}.{name}", tool.name);
        }
    }
}
