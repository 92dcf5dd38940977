//! What a decision permits, and above all what it does not.

use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::authority::{Asked, Granted, GrantedTargets, Method, Rule, TargetArguments};
use crate::call::Effect;

fn rule() -> Rule {
    Rule {
        method: Method::Get,
        path: "/pods/{name}".parse().unwrap(),
        without: BTreeSet::new(),
        query: BTreeSet::new(),
        query_exact: Default::default(),
        header_exact: Default::default(),
        safe: false,
    }
}

fn need(targets: GrantedTargets, many: bool) -> Need {
    Need {
        targets: Some(TargetArguments {
            upstream: "cluster".to_owned(),
            one: "cluster".to_owned(),
            many: many.then(|| "clusters".to_owned()),
        }),
        capabilities: vec![Granted {
            name: "read".to_owned(),
            effect: Effect::Read,
            rules: vec![rule()],
            targets,
        }],
        declared: BTreeSet::from(["name".to_owned(), "cluster".to_owned(), "clusters".to_owned()]),
    }
}

fn available() -> Vec<Available> {
    ["alpha", "beta", "gamma"]
        .map(|name| Available { name: name.to_owned(), default: name == "beta" })
        .to_vec()
}

/// The targets permitted, or the error's text.
fn decided(
    need: &Need,
    available: &[Available],
    arguments: serde_json::Value,
) -> Result<Vec<String>, String> {
    let principal = Principal::new("token:test", Vec::new());
    let question = Question { principal: &principal, kind: Kind::Tool, name: "get", need, available };
    let permit =
        decide(&question, serde_json::from_value(arguments).unwrap()).map_err(|error| error.to_string())?;
    Ok(permit.authority().targets("cluster").into_iter().map(str::to_owned).collect())
}

fn named(names: &[&str]) -> GrantedTargets {
    GrantedTargets::Named(names.iter().map(|name| (*name).to_owned()).collect())
}

#[test]
fn a_call_runs_on_the_target_it_names() {
    let need = need(GrantedTargets::All, true);
    assert_eq!(decided(&need, &available(), json!({"cluster": "gamma"})).unwrap(), ["gamma"]);
    assert_eq!(
        decided(&need, &available(), json!({"clusters": ["gamma", "alpha"]})).unwrap(),
        ["alpha", "gamma"]
    );
    assert_eq!(decided(&need, &available(), json!({"cluster": "*"})).unwrap(), ["alpha", "beta", "gamma"]);
    assert_eq!(decided(&need, &available(), json!({})).unwrap(), ["beta"]);
}

#[test]
fn a_target_not_granted_is_refused_in_the_words_of_one_that_does_not_exist() {
    let need = need(named(&["alpha"]), true);
    let hidden = decided(&need, &available(), json!({"cluster": "gamma"})).unwrap_err();
    let absent = decided(&need, &available(), json!({"cluster": "delta"})).unwrap_err();
    assert_eq!(hidden.replace("gamma", "_"), absent.replace("delta", "_"));
    assert!(!hidden.contains("beta"), "{hidden}");
    assert!(decided(&need, &available(), json!({"clusters": ["alpha", "beta"]})).is_err());
    assert_eq!(decided(&need, &available(), json!({"cluster": "*"})).unwrap(), ["alpha"]);
}

#[test]
fn several_targets_are_for_tools_that_take_several() {
    let need = need(GrantedTargets::All, false);
    assert!(decided(&need, &available(), json!({"cluster": "*"})).is_err());
    assert_eq!(decided(&need, &available(), json!({"clusters": ["alpha"]})).unwrap(), ["beta"]);
}

#[test]
fn naming_targets_twice_is_refused() {
    let need = need(GrantedTargets::All, true);
    assert!(decided(&need, &available(), json!({"cluster": "alpha", "clusters": ["beta"]})).is_err());
}

#[test]
fn without_a_default_the_call_must_say_which() {
    let need = need(named(&["alpha", "gamma"]), true);
    let message = decided(&need, &available(), json!({})).unwrap_err();
    assert!(message.contains("say which") && message.contains("`alpha`, `gamma`"), "{message}");
    let only = self::need(named(&["gamma"]), true);
    assert_eq!(decided(&only, &available(), json!({})).unwrap(), ["gamma"]);
}

#[test]
fn no_granted_target_is_a_denial() {
    let need = need(named(&["delta"]), true);
    assert!(decided(&need, &available(), json!({})).unwrap_err().contains("no target"));
    assert!(decided(&need, &[], json!({})).is_err());
}

#[test]
fn the_authority_is_bound_to_the_arguments_decided_on() {
    let principal = Principal::new("token:test", Vec::new());
    let (need, available) = (need(GrantedTargets::All, true), available());
    let question =
        Question { principal: &principal, kind: Kind::Tool, name: "get", need: &need, available: &available };
    let permit = decide(&question, serde_json::from_value(json!({"name": "a"})).unwrap()).unwrap();
    let ask = |target, path| {
        let asked = Asked { method: Method::Get, path, parameters: &[], headers: &[] };
        permit.authority().check("read", ("cluster", target), &asked).is_ok()
    };
    assert!(ask("beta", "/pods/a"));
    assert!(!ask("beta", "/pods/b"));
    assert!(!ask("alpha", "/pods/a"));
}
