//! Manifests that are good, and manifests that are not true of their component.

use super::*;
use crate::authority::Method;

const GOOD: &str = r#"
[plugin]
name = "kubernetes"
version = "0.1.0"
component = "kubernetes.wasm"

[[upstream]]
name = "cluster"
kind = "kubernetes"
argument = "cluster"
arguments = "clusters"

[[capability]]
name = "read-events"
description = "Read the events of one object or of one namespace"
effect = "read"
upstream = "cluster"
[[capability.allow]]
method = "GET"
path = "/api/v1/namespaces/{namespace}/events"
query = ["limit"]
query_exact = { fieldSelector = "involvedObject.name={name}" }
[[capability.allow]]
method = "GET"
path = "/api/v1/events"
without = ["namespace"]

[[capability]]
name = "review-access"
description = "Ask what may be done"
effect = "read"
upstream = "cluster"
[[capability.allow]]
method = "POST"
path = "/apis/authorization.k8s.io/v1/{review}"
header_exact = { accept = "application/json" }
safe = true

[[capability]]
name = "delete-pods"
description = "Delete one pod"
effect = "destructive"
upstream = "cluster"
[[capability.allow]]
method = "DELETE"
path = "/api/v1/namespaces/{namespace}/pods/{name}"

[[tool]]
name = "get_events"
capabilities = ["read-events"]
targets = "many"

[[tool]]
name = "delete_pod"
capabilities = ["review-access", "delete-pods"]
targets = "one"

[[resource]]
name = "events"
uri_template = "k8s://{cluster}/namespaces/{namespace}/pods/{name}/events"
capabilities = ["read-events"]

[[prompt]]
name = "health-check"
"#;

fn good() -> Manifest {
    Manifest::parse(Source::new("plugin.toml", GOOD)).unwrap()
}

fn set(names: &[&str]) -> std::collections::BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn described() -> Described {
    Described {
        imports: set(&["read-events", "review-access", "delete-pods"]),
        tools: [
            ("get_events".to_owned(), set(&["cluster", "clusters", "namespace", "name"])),
            ("delete_pod".to_owned(), set(&["cluster", "namespace", "name"])),
        ]
        .into(),
        resources: set(&["events"]),
        prompts: [("health-check".to_owned(), set(&[]))].into(),
        completes: false,
        routes: Default::default(),
    }
}

/// What is wrong once `change` has been made to a description that fits.
#[track_caller]
fn against(change: impl FnOnce(&mut Described)) -> String {
    let mut described = described();
    change(&mut described);
    good().against(&described).unwrap_err().to_string()
}

#[test]
fn a_good_manifest_says_what_was_written() {
    let manifest = good();
    assert_eq!(manifest.name, "kubernetes");
    assert_eq!(manifest.version, semver::Version::new(0, 1, 0));
    assert_eq!(manifest.upstreams[0].kind, UpstreamKind::Kubernetes);
    assert_eq!(manifest.tools[0].targets, Targets::Many);
    let events = manifest.capability("read-events").unwrap();
    assert_eq!(events.rules.len(), 2);
    assert_eq!(events.rules[0].method, Method::Get);
    assert_eq!(events.rules[0].query_exact["fieldSelector"].to_string(), "involvedObject.name={name}");
    assert_eq!(events.rules[1].without, set(&["namespace"]));
    assert_eq!(manifest.effects_of(&manifest.tools[1].capabilities), [Effect::Read, Effect::Destructive]);
    assert_eq!(manifest.upstream_of(&manifest.tools[1].capabilities).unwrap().name, "cluster");
    assert_eq!(manifest.upstream_of(&manifest.prompts[0].capabilities).map(|each| &each.name), None);
    assert_eq!(manifest.safe_rules(), ["review-access: POST /apis/authorization.k8s.io/v1/{review}"]);
    let mut twice = manifest.clone();
    let review = twice.capabilities.iter_mut().find(|it| it.name == "review-access").unwrap();
    review.rules.extend(review.rules.clone());
    assert_eq!(twice.safe_rules(), manifest.safe_rules(), "a lock that names one twice is not read");
    let users: Vec<_> = manifest.users_of("read-events").collect();
    assert_eq!(users, [(Kind::Tool, "get_events"), (Kind::Resource, "events")]);
    assert_eq!(manifest.digest(), Digest::of(GOOD.as_bytes()));
}

#[test]
fn a_component_that_is_what_its_manifest_says_passes() {
    assert_eq!(good().against(&described()), Ok(()));
}

#[test]
fn imports_and_capabilities_must_be_the_same() {
    assert_eq!(
        against(|component| {
            component.imports.insert("read-secrets".to_owned());
        }),
        "plugin.toml:3:8: the component imports `read-secrets`, which is no capability of this manifest\n  \
         help: declare it as a `[[capability]]`, or build the component without it"
    );
    assert_eq!(
        against(|component| {
            component.imports.remove("delete-pods");
        }),
        "plugin.toml:40:8: the component does not import `delete-pods`\n  \
         help: leave the capability out: it would never be used"
    );
}

#[test]
fn what_is_offered_must_be_the_same() {
    let told = against(|component| {
        component.tools.remove("get_events");
        component.tools.insert("get_secrets".to_owned(), set(&["cluster"]));
        component.resources = set(&["pods"]);
        component.prompts = [("hello".to_owned(), set(&[]))].into();
    });
    for line in [
        "plugin.toml:49:8: the component does not describe a tool `get_events`",
        "plugin.toml:3:8: the component describes a tool `get_secrets`, which this manifest does not have",
        "plugin.toml:59:8: the component does not describe a resource `events`",
        "plugin.toml:3:8: the component describes a resource `pods`, which this manifest does not have",
        "plugin.toml:64:8: the component does not describe a prompt `health-check`",
        "plugin.toml:3:8: the component describes a prompt `hello`, which this manifest does not have",
    ] {
        assert!(told.lines().any(|each| each == line), "{line}\nin\n{told}");
    }
}

#[test]
fn a_tool_must_have_the_arguments_that_name_targets() {
    let told = against(|component| {
        component.tools.insert("get_events".to_owned(), set(&["cluster", "namespace", "name"]));
        component.tools.insert("delete_pod".to_owned(), set(&["namespace", "name"]));
    });
    assert_eq!(
        told,
        "plugin.toml:49:8: the tool `get_events` has no argument `clusters` to name targets by\n\
         plugin.toml:54:8: the tool `delete_pod` has no argument `cluster` to name targets by"
    );
}

#[test]
fn a_prompt_with_capabilities_must_have_the_argument_that_names_its_target() {
    let text = format!("{GOOD}capabilities = [\"read-events\"]\n");
    let manifest = Manifest::parse(Source::new("plugin.toml", text)).unwrap();
    assert_eq!(
        manifest.against(&described()).unwrap_err().to_string(),
        "plugin.toml:64:8: the prompt `health-check` has no argument `cluster` to name its target by"
    );
}

#[test]
fn a_rule_must_be_able_to_hold_with_the_arguments_there_are() {
    let text = GOOD.replace("={name}", "={object}").replace("[\"namespace\"]", "[\"space\"]");
    let manifest = Manifest::parse(Source::new("plugin.toml", text)).unwrap();
    assert_eq!(
        manifest.against(&described()).unwrap_err().to_string(),
        "plugin.toml:22:33: nothing that uses `read-events` has an argument `object`, so the rule never holds\n\
         plugin.toml:26:12: nothing that uses `read-events` has an argument `space`, so leaving it out changes nothing"
    );
}

#[test]
fn a_header_must_be_bound_to_an_argument_that_is_there() {
    let text = GOOD.replace("{ accept = \"application/json\" }", "{ accept = \"{form}/{name}\" }");
    let manifest = Manifest::parse(Source::new("plugin.toml", text)).unwrap();
    assert_eq!(
        manifest.against(&described()).unwrap_err().to_string(),
        "plugin.toml:36:27: nothing that uses `review-access` has an argument `form`, so the rule never holds"
    );
}

/// A manifest with one route, and what its component says of it.
fn with_route(more: &str) -> Manifest {
    let route = format!("[[route]]\nname = \"log\"\nmethod = \"GET\"\npath = \"/pods/{{name}}\"\n{more}");
    Manifest::parse(Source::new("plugin.toml", format!("{GOOD}\n{route}\n"))).unwrap()
}

fn route(arguments: &[(&str, Carried)], media_type: &str, promises: bool) -> Described {
    let arguments = arguments.iter().map(|(name, carried)| ((*name).to_owned(), *carried)).collect();
    let route = DescribedRoute { arguments, media_type: media_type.to_owned(), promises };
    Described { routes: [("log".to_owned(), route)].into(), ..described() }
}

#[test]
fn a_route_that_is_what_its_manifest_says_passes() {
    use Carried::{Never, Often, Once};
    let of_one = "capabilities = [\"read-events\"]\ntargets = \"one\"\nheaders = { cluster = \"x-cluster\" }";
    let arguments = [("name", Once), ("cluster", Once), ("namespace", Once), ("label", Often)];
    assert_eq!(with_route(of_one).against(&route(&arguments, "application/json", true)), Ok(()));
    let streams = "capabilities = []\nstreams = true";
    assert_eq!(with_route(streams).against(&route(&[("name", Once)], "text/event-stream", true)), Ok(()));
    let put = with_route("capabilities = []")
        .source()
        .text()
        .replace("\"GET\"\npath = \"/pods", "\"PUT\"\npath = \"/pods");
    let manifest = Manifest::parse(Source::new("plugin.toml", put)).unwrap();
    let with_body = [("name", Once), ("body", Never)];
    assert_eq!(manifest.against(&route(&with_body, "text/plain", false)), Ok(()));
}

#[test]
fn every_part_of_a_request_must_be_an_argument_that_can_be_written_there() {
    use Carried::{Never, Often, Once};
    let of_one = "capabilities = [\"read-events\"]\ntargets = \"one\"\nheaders = { region = \"x-region\" }";
    let told = |arguments: &[(&str, Carried)], media_type: &str, promises: bool| {
        let described = route(arguments, media_type, promises);
        with_route(of_one).against(&described).unwrap_err().to_string().replace("plugin.toml:67:8: ", "")
    };
    let json = "application/json";
    let plain = [("name", Once), ("cluster", Once), ("region", Once)];
    assert_eq!(
        told(&[("label", Once)], json, true),
        "the route `log` has no argument `name`, which stands in its path\n\
         the route `log` has no argument `region` to come in `x-region`\n\
         the route `log` has no argument `cluster` to name targets by"
    );
    assert_eq!(
        told(
            &[("name", Often), ("region", Never), ("cluster", Once), ("filter", Never), ("body", Once)],
            json,
            true
        ),
        "`name` of the route `log` cannot come in a path: it is no plain value\n\
         `region` of the route `log` cannot come in a header: it is no plain value\n\
         `filter` of the route `log` cannot come in the query: it is no plain value and no list of them\n\
         the route `log` has a `body`, and GET has none"
    );
    for (media_type, promises, why) in [
        (
            "text/html",
            false,
            "the route `log` answers `text/html`, which a browser would run; answers are data",
        ),
        (
            "image/svg+xml",
            false,
            "the route `log` answers `image/svg+xml`, which a browser would run; answers are data",
        ),
        (
            "Application/JSON",
            false,
            "what the route `log` answers is no media type in lower case, without parameters",
        ),
        (
            "text/plain; charset=utf-8",
            false,
            "what the route `log` answers is no media type in lower case, without parameters",
        ),
        (
            "text\r\n/x",
            false,
            "what the route `log` answers is no media type in lower case, without parameters",
        ),
        (
            "text/event-stream",
            false,
            "the route `log` streams if it answers `text/event-stream`, and only then",
        ),
        ("text/plain", true, "the route `log` has an output schema, and its answer is not JSON"),
    ] {
        assert_eq!(told(&plain, media_type, promises), why);
    }
    assert_eq!(
        with_route(of_one).against(&described()).unwrap_err().to_string(),
        "plugin.toml:67:8: the component does not describe a route `log`"
    );
}
