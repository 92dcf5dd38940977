//! What a decision permits, and above all what it does not.

use std::collections::{BTreeMap, BTreeSet};

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::*;
use crate::authority::{Asked, Granted, GrantedTargets, Method, Rule, TargetArguments};
use crate::call::{Effect, Facts, PrincipalKind, Restriction};
use crate::diagnostic::Source;

mod both;
mod decisions;
mod loading;
mod targets;

/// The tools of a plugin `palette` with the upstream `instance`.
const TOOLS: [(&str, Effect); 4] = [
    ("get_cluster", Effect::Read),
    ("scale_cluster", Effect::Change),
    ("delete_cluster", Effect::Destructive),
    ("get_kubeconfig", Effect::Secret),
];

/// The policies of the access guide, in force in most tests.
const GUIDE: &str = r#"
@id("operators-operate")
permit (principal in Postern::Group::"operators",
        action in [Postern::Action::"change", Postern::Action::"destructive"], resource);

@id("instance-fence")
forbid (principal is Postern::Agent, action, resource == Postern::Target::"palette/instance/prod");

@id("delete-held") @approval("approvers") @quorum("2") @expires("15m") @reason("deletes need two approvers")
forbid (principal, action in Postern::Action::"destructive", resource)
when { resource.environment != "sandbox" }
unless { context.approval.granted };

@id("gpu-scale-held") @approval("platform-leads") @expires("1h") @reason("more than ten GPU nodes")
forbid (principal, action == Postern::Action::"palette/scale_cluster", resource)
when { context.input.node_count > 10 && !(context.input has gpu_enabled && !context.input.gpu_enabled) }
unless { context.approval.granted };

@id("kubeconfig-group")
permit (principal in Postern::Group::"kubeconfig-users", action == Postern::Action::"palette/get_kubeconfig", resource);
"#;

fn input() -> Value {
    json!({
        "type": "object",
        "properties": {
            "instance": {"type": "string"}, "instances": {"type": "array", "items": {"type": "string"}},
            "name": {"type": "string"}, "node_count": {"type": "integer"}, "gpu_enabled": {"type": "boolean"},
        },
        "required": ["node_count"],
        "additionalProperties": false,
    })
}

fn catalog() -> Catalog {
    let operation = |(name, effect): (&str, Effect)| CatalogOperation {
        plugin: "palette".to_owned(),
        kind: Kind::Tool,
        name: name.to_owned(),
        capabilities: vec![(format!("use-{name}"), effect)],
        upstream: Some("instance".to_owned()),
        input: Arc::new(input().as_object().unwrap().clone()),
        facts: BTreeMap::new(),
    };
    let mut operations: Vec<_> = TOOLS.into_iter().map(operation).collect();
    operations.push(CatalogOperation {
        plugin: "palette".to_owned(),
        kind: Kind::Prompt,
        name: "triage".to_owned(),
        capabilities: Vec::new(),
        upstream: None,
        input: Arc::new(json!({"type": "object", "properties": {}}).as_object().unwrap().clone()),
        facts: BTreeMap::new(),
    });
    Catalog { operations }
}

fn inventory() -> Inventory {
    let rule = |target: &str, environment: &str| {
        TargetRule::new(&format!("palette/instance/{target}"), Some(environment.to_owned()), BTreeMap::new())
            .unwrap()
    };
    Inventory::new(vec![rule("lab", "lab"), rule("prod", "PROD")])
}

fn loaded(policies: &str) -> Result<Policies, String> {
    let mut set = Policies::builtin();
    set.push(Source::new("mine.cedar", policies));
    let config = Config { set, observed: None, inventory: inventory() };
    Policies::load(config, &catalog()).map_err(|faults| faults.to_string())
}

fn principal(kind: PrincipalKind, groups: &[&str]) -> Principal {
    Principal::new("token:test", groups.iter().map(|group| (*group).to_owned()).collect()).of_kind(kind)
}

fn need(tool: &str, targets: GrantedTargets, many: bool) -> Need {
    let effect = TOOLS.iter().find(|(name, _)| *name == tool).map(|(_, effect)| *effect);
    let rule = Rule {
        method: Method::Get,
        path: "/clusters/{name}".parse().unwrap(),
        without: BTreeSet::new(),
        query: BTreeSet::new(),
        query_exact: Default::default(),
        header_exact: Default::default(),
        headers: Default::default(),
        safe: false,
        reveal: Default::default(),
        caching: None,
    };
    Need {
        targets: effect.map(|_| TargetArguments {
            upstream: "instance".to_owned(),
            one: "instance".to_owned(),
            many: many.then(|| "instances".to_owned()),
        }),
        capabilities: effect
            .map(|effect| Granted { name: format!("use-{tool}"), effect, rules: vec![rule], targets })
            .into_iter()
            .collect(),
        declared: ["name", "instance", "instances"].map(str::to_owned).into(),
    }
}

fn available() -> Vec<Available> {
    ["lab", "prod", "spare"].map(|name| Available { name: name.to_owned(), default: name == "prod" }).to_vec()
}

/// What came of a call: `permit` and the targets, or the words of the refusal.
fn called(policies: &Policies, principal: &Principal, tool: &str, arguments: Value) -> String {
    let need = need(tool, GrantedTargets::All, true);
    told(policies, principal, tool, &need, arguments)
}

fn told(policies: &Policies, principal: &Principal, tool: &str, need: &Need, arguments: Value) -> String {
    let kind = if need.targets.is_some() { Kind::Tool } else { Kind::Prompt };
    let operation = Looked { plugin: "palette", kind, name: tool, need };
    let question =
        Question { principal, operation, available: &available(), facts: &Facts::new(), hold: None };
    let decided = policies.decide(&question, serde_json::from_value(arguments).unwrap());
    match decided.result {
        Ok(permit) => format!("permit {}", permit.targets().join(" ")),
        Err(error) => format!("{}: {error}", decided.verdict.decision.as_str()),
    }
}
