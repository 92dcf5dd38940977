//! Which targets a call is for.

use super::*;

fn named(names: &[&str]) -> GrantedTargets {
    GrantedTargets::Named(names.iter().map(|name| (*name).to_owned()).collect())
}

fn reader() -> Principal {
    principal(PrincipalKind::User, &[])
}

fn get(need: &Need, principal: &Principal, mut arguments: Value) -> String {
    arguments.as_object_mut().unwrap().insert("node_count".to_owned(), json!(1));
    told(&loaded(GUIDE).unwrap(), principal, "get_cluster", need, arguments)
}

fn all(many: bool) -> Need {
    need("get_cluster", GrantedTargets::All, many)
}

#[test]
fn a_call_runs_on_the_target_it_names() {
    assert_eq!(get(&all(true), &reader(), json!({"instance": "spare"})), "permit spare");
    assert_eq!(get(&all(true), &reader(), json!({"instances": ["spare", "lab"]})), "permit lab spare");
    assert_eq!(get(&all(true), &reader(), json!({"instance": "*"})), "permit lab prod spare");
    assert_eq!(get(&all(true), &reader(), json!({})), "permit prod");
}

/// Not granted, fenced off by policy, and not for this credential: all in the words of what does not exist.
#[test]
fn a_target_that_may_not_be_used_is_as_one_that_does_not_exist() {
    let granted = need("get_cluster", named(&["lab", "spare"]), true);
    let agent = principal(PrincipalKind::Agent, &[]);
    let restricted = reader().restricted(vec![Restriction {
        plugin: "palette".to_owned(),
        capabilities: None,
        targets: Some(BTreeSet::from(["lab".to_owned(), "spare".to_owned()])),
    }]);
    for (need, principal) in [(&granted, &reader()), (&all(true), &agent), (&all(true), &restricted)] {
        let hidden = get(need, principal, json!({"instance": "prod"}));
        let absent = get(need, principal, json!({"instance": "nowhere"}));
        assert_eq!(hidden.replace("`prod`", "_"), absent.replace("`nowhere`", "_"));
        assert!(hidden.contains("none of the targets: `lab`, `spare`"), "{hidden}");
        assert!(get(need, principal, json!({"instances": ["lab", "prod"]})).contains("none of the targets"));
        assert_eq!(get(need, principal, json!({"instance": "*"})), "permit lab spare");
        // The default one is not theirs: a read is for the others.
        assert_eq!(get(need, principal, json!({})), "permit lab spare");
    }
}

#[test]
fn a_credential_for_something_else_is_good_for_nothing_here() {
    let elsewhere = reader().restricted(vec![Restriction {
        plugin: "scaleops".to_owned(),
        capabilities: None,
        targets: None,
    }]);
    let told = get(&all(true), &elsewhere, json!({"instance": "lab"}));
    assert!(told.ends_with("no tool is named `get_cluster`"), "{told}");
    let other = reader().restricted(vec![Restriction {
        plugin: "palette".to_owned(),
        capabilities: Some(BTreeSet::from(["use-scale_cluster".to_owned()])),
        targets: None,
    }]);
    assert_eq!(get(&all(true), &other, json!({"instance": "lab"})), told);
}

#[test]
fn several_targets_are_for_tools_that_take_several() {
    assert!(get(&all(false), &reader(), json!({"instance": "*"})).contains("none of the targets"));
    assert_eq!(get(&all(false), &reader(), json!({"instances": ["lab"]})), "permit prod");
}

#[test]
fn naming_targets_twice_is_refused() {
    let told = get(&all(true), &reader(), json!({"instance": "lab", "instances": ["prod"]}));
    assert!(told.contains("not both"), "{told}");
}

#[test]
fn without_a_default_a_call_must_say_which_unless_it_reads_many() {
    let told = get(&need("get_cluster", named(&["lab", "spare"]), false), &reader(), json!({}));
    assert!(told.contains("say which") && told.contains("`lab`, `spare`"), "{told}");
    let many = get(&need("get_cluster", named(&["lab", "spare"]), true), &reader(), json!({}));
    assert_eq!(many, "permit lab spare");
    let mut changes = need("get_cluster", named(&["lab", "spare"]), true);
    for capability in &mut changes.capabilities {
        capability.effect = Effect::Change;
    }
    let told = get(&changes, &reader(), json!({}));
    assert!(told.contains("say which"), "nothing is changed everywhere for want of a word: {told}");
    assert_eq!(get(&need("get_cluster", named(&["spare"]), true), &reader(), json!({})), "permit spare");
}

#[test]
fn no_granted_target_is_a_denial() {
    assert!(get(&need("get_cluster", named(&["nowhere"]), true), &reader(), json!({})).contains("no target"));
}

#[test]
fn of_several_targets_the_strictest_answer_holds() {
    let ana = principal(PrincipalKind::User, &["operators"]);
    let on = |instances: Value| {
        let arguments = json!({"instances": instances, "node_count": 1});
        called(&loaded(GUIDE).unwrap(), &ana, "delete_cluster", arguments)
    };
    assert_eq!(on(json!(["lab"])), "permit lab");
    assert!(on(json!(["lab", "prod"])).starts_with("hold: "));
}

#[test]
fn the_authority_is_bound_to_the_arguments_decided_on() {
    let (need, available) = (all(true), available());
    let principal = reader();
    let operation = Looked { plugin: "palette", kind: Kind::Tool, name: "get_cluster", need: &need };
    let question = Question {
        principal: &principal,
        operation,
        available: &available,
        facts: &Facts::new(),
        hold: None,
    };
    let arguments = serde_json::from_value(json!({"name": "a", "node_count": 1})).unwrap();
    let permit = loaded("").unwrap().decide(&question, arguments).result.unwrap();
    let ask = |target, path| {
        let asked = Asked { method: Method::Get, path, parameters: &[], headers: &[] };
        permit.authority().check("use-get_cluster", ("instance", target), &asked).is_ok()
    };
    assert!(ask("prod", "/clusters/a"));
    assert!(!ask("prod", "/clusters/b"));
    assert!(!ask("lab", "/clusters/a"));
}
