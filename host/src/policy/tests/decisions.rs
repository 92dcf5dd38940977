//! Who may do what, by the policies of the access guide.

use super::*;

#[track_caller]
fn check(principal: &Principal, tool: &str, instance: &str, more: Value, expected: &str) {
    let mut arguments = json!({"instance": instance, "node_count": 1});
    arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let told = called(&loaded(GUIDE).unwrap(), principal, tool, arguments);
    assert!(told.contains(expected), "{tool} {instance}: {told}");
}

#[test]
fn the_guide_decides_as_it_says() {
    let bot = principal(PrincipalKind::Agent, &["operators"]);
    let ana = principal(PrincipalKind::User, &["operators"]);
    let kim = principal(PrincipalKind::User, &["kubeconfig-users"]);
    let plain = json!({});
    check(&bot, "get_cluster", "lab", plain.clone(), "permit lab");
    check(&bot, "get_cluster", "prod", plain.clone(), "which is none of the targets");
    check(&bot, "delete_cluster", "lab", plain.clone(), "no target");
    check(&ana, "scale_cluster", "prod", json!({"node_count": 10, "gpu_enabled": true}), "permit prod");
    check(&ana, "scale_cluster", "prod", json!({"node_count": 15, "gpu_enabled": true}), "hold: ");
    check(&ana, "scale_cluster", "prod", json!({"node_count": 15, "gpu_enabled": false}), "permit prod");
    check(&ana, "delete_cluster", "lab", plain.clone(), "permit lab");
    check(&ana, "delete_cluster", "prod", plain.clone(), "it needs 2 of `approvers` to approve it");
    check(&ana, "get_kubeconfig", "prod", plain.clone(), "no target");
    check(&kim, "get_kubeconfig", "prod", plain.clone(), "permit prod");
    check(&kim, "scale_cluster", "lab", plain, "no target");
}

#[test]
fn an_argument_left_out_does_not_count_as_no() {
    let ana = principal(PrincipalKind::User, &["operators"]);
    check(&ana, "scale_cluster", "lab", json!({"node_count": 15}), "more than ten GPU nodes");
}

#[test]
fn an_environment_that_nobody_named_is_production() {
    let ana = principal(PrincipalKind::User, &["operators"]);
    check(&ana, "delete_cluster", "spare", json!({}), "deletes need two approvers");
    check(&ana, "delete_cluster", "prod", json!({"name": "sandbox"}), "deletes need two approvers");
}

#[test]
fn built_in_policies_permit_reading_and_nothing_else() {
    let policies = loaded("").unwrap();
    for kind in PrincipalKind::ALL {
        let caller = principal(kind, &["operators", "kubeconfig-users", "admin"]);
        let arguments = json!({"instance": "lab", "node_count": 1});
        assert_eq!(called(&policies, &caller, "get_cluster", arguments.clone()), "permit lab");
        for tool in ["scale_cluster", "delete_cluster", "get_kubeconfig"] {
            let told = called(&policies, &caller, tool, arguments.clone());
            assert!(told.starts_with("deny: "), "{kind} {tool}: {told}");
        }
    }
}

#[test]
fn an_agent_destroys_nothing_though_it_is_permitted() {
    let all = r#"@id("all") permit (principal, action, resource);"#;
    let policies = loaded(all).unwrap();
    let arguments = json!({"instance": "lab", "node_count": 1});
    let of = |kind| called(&policies, &principal(kind, &[]), "delete_cluster", arguments.clone());
    assert_eq!(of(PrincipalKind::User), "permit lab");
    assert!(of(PrincipalKind::Agent).starts_with("deny: "));
}

#[test]
fn a_policy_that_fails_refuses_the_call() {
    let policies = loaded(
        r#"
        @id("all") permit (principal, action, resource);
        @id("over") forbid (principal, action == Postern::Action::"palette/scale_cluster", resource)
        when { context.input.node_count + 1 > 10 };
        "#,
    )
    .unwrap();
    let ana = principal(PrincipalKind::User, &[]);
    let with = |nodes: Value| {
        called(&policies, &ana, "scale_cluster", json!({"instance": "lab", "node_count": nodes}))
    };
    assert_eq!(with(json!(9)), "permit lab");
    assert!(with(json!(10)).contains("forbidden by `over`"));
    assert!(with(json!(i64::MAX)).contains("the policy `over` could not be evaluated"));
    // Beyond what policies can count: nobody looked at it, so that it does not run.
    assert!(with(json!(u64::MAX)).starts_with("deny: "));
}

#[test]
fn a_no_by_another_policy_is_not_lifted_by_approval() {
    let policies = loaded(&format!(
        r#"{GUIDE}
        @id("never") forbid (principal, action == Postern::Action::"palette/delete_cluster", resource)
        when {{ context.input has name && context.input.name == "core" }};
        "#
    ))
    .unwrap();
    let ana = principal(PrincipalKind::User, &["operators"]);
    let of = |name: &str| {
        called(&policies, &ana, "delete_cluster", json!({"instance": "prod", "node_count": 1, "name": name}))
    };
    assert!(of("edge").starts_with("hold: "));
    assert!(of("core").starts_with("deny: ") && of("core").contains("`never`"), "{}", of("core"));
}

const READS: &str = r#"@id("reads") permit (principal, action in Postern::Action::"read", resource);"#;

#[test]
fn what_no_policy_looks_at_changes_no_answer() {
    let ana = principal(PrincipalKind::User, &["operators"]);
    let of = |policies: &Policies, instance: &str| {
        called(policies, &ana, "get_cluster", json!({"instance": instance, "node_count": 1}))
    };
    let plain = loaded(READS).unwrap();
    let fenced = format!(
        r#"{READS}
        @id("fence") forbid (principal, action, resource) when {{ context.input has instance && context.input.instance == "lab" }};"#
    );
    let looking = loaded(&fenced).unwrap();
    // Whatever is wrong with the arguments of one call is nothing to the next.
    assert_eq!(called(&plain, &ana, "get_cluster", json!({"instance": "prod"})), "permit prod");
    assert!(called(&looking, &ana, "get_cluster", json!({"instance": "prod"})).starts_with("deny: "));
    // Asked twice each, since an answer that is kept must be the one that was given, for this target alone.
    for _ in 0..2 {
        assert_eq!((of(&plain, "prod").as_str(), of(&plain, "lab").as_str()), ("permit prod", "permit lab"));
        assert_eq!(of(&looking, "prod"), "permit prod");
        assert!(of(&looking, "lab").starts_with("deny: "), "{}", of(&looking, "lab"));
    }
}

#[test]
fn policies_that_ask_for_the_time_are_told_it() {
    let ana = principal(PrincipalKind::User, &["operators"]);
    let under = |when: &str| {
        let text =
            format!("{READS}\n@id(\"closed\") forbid (principal, action, resource) when {{ {when} }};");
        called(&loaded(&text).unwrap(), &ana, "get_cluster", json!({"instance": "prod", "node_count": 1}))
    };
    assert!(under(r#"context.now > datetime("2020-01-01")"#).starts_with("deny: "), "it is later");
    assert!(under(r#"context["now"] > datetime("2020-01-01")"#).starts_with("deny: "));
    assert!(
        under(r#"context["n\u{6f}w"] > datetime("2020-01-01")"#).starts_with("deny: "),
        "however it is written"
    );
    assert!(under(r#"context.now < datetime("2020-01-01")"#).starts_with("permit"), "and not before");
}

#[test]
fn two_holds_come_to_the_stricter_terms() {
    let policies = loaded(&format!(
        r#"{GUIDE}
        @id("also") @approval("security") @quorum("3") @expires("1h") @reason("security wants to know")
        forbid (principal, action in Postern::Action::"destructive", resource)
        unless {{ context.approval.granted }};
        "#
    ))
    .unwrap();
    let ana = principal(PrincipalKind::User, &["operators"]);
    let told = called(&policies, &ana, "delete_cluster", json!({"instance": "prod", "node_count": 1}));
    assert!(told.contains("3 of `security & approvers`"), "{told}");
}

#[test]
fn a_principal_sees_what_some_arguments_would_permit() {
    let policies = loaded(GUIDE).unwrap();
    let sees = |kind, groups: &[&str]| {
        let principal = principal(kind, groups);
        let visible = |(tool, _): &(&'static str, Effect)| {
            let need = need(tool, GrantedTargets::All, true);
            let looked = Looked { plugin: "palette", kind: Kind::Tool, name: tool, need: &need };
            policies.visible(&principal, &looked, &available()).then_some(*tool)
        };
        TOOLS.iter().filter_map(visible).collect::<Vec<_>>()
    };
    assert_eq!(sees(PrincipalKind::User, &[]), ["get_cluster"]);
    assert_eq!(sees(PrincipalKind::User, &["operators"]), ["get_cluster", "scale_cluster", "delete_cluster"]);
    assert_eq!(sees(PrincipalKind::Agent, &["operators"]), ["get_cluster", "scale_cluster"]);
    assert_eq!(sees(PrincipalKind::Service, &["kubeconfig-users"]), ["get_cluster", "get_kubeconfig"]);
}

#[test]
fn what_needs_no_capability_is_a_read_of_its_plugin() {
    let need = need("triage", GrantedTargets::All, false);
    let ana = principal(PrincipalKind::User, &[]);
    assert_eq!(told(&loaded("").unwrap(), &ana, "triage", &need, json!({})), "permit ");
    let closed = r#"@id("no") forbid (principal, action, resource == Postern::Plugin::"palette");"#;
    let policies = loaded(closed).unwrap();
    assert!(told(&policies, &ana, "triage", &need, json!({})).contains("forbidden by `no`"));
}

#[test]
fn an_observed_set_is_asked_and_not_obeyed() {
    let observed = vec![Source::new("next.cedar", r#"@id("all") permit (principal, action, resource);"#)];
    let config = Config { set: Policies::builtin(), observed: Some(observed), inventory: inventory() };
    let policies = Policies::load(config, &catalog()).unwrap();
    let ana = principal(PrincipalKind::User, &[]);
    let (get, scale) = ("get_cluster", "scale_cluster");
    let verdict = |tool| {
        let need = need(tool, GrantedTargets::All, true);
        let operation = Looked { plugin: "palette", kind: Kind::Tool, name: tool, need: &need };
        let question = Question {
            principal: &ana,
            operation,
            available: &available(),
            facts: &Facts::new(),
            hold: None,
        };
        let arguments = serde_json::from_value(json!({"node_count": 1})).unwrap();
        policies.decide(&question, arguments).verdict
    };
    assert_eq!((verdict(get).decision, verdict(get).observed), (Decision::Permit, None));
    // There is no target that it may be used on now; under the other set there is.
    let observed = Observed { decision: Decision::Permit, policies: vec!["all".to_owned()] };
    assert_eq!((verdict(scale).decision, verdict(scale).observed), (Decision::Deny, Some(observed)));
}

#[test]
fn an_observed_set_that_leaves_no_target_would_refuse() {
    let closed =
        r#"@id("none") permit (principal, action, resource == Postern::Target::"palette/instance/never");"#;
    let observed = Some(vec![Source::new("next.cedar", closed)]);
    let config = Config { set: Policies::builtin(), observed, inventory: inventory() };
    let policies = Policies::load(config, &catalog()).unwrap();
    let ana = principal(PrincipalKind::User, &[]);
    let need = need("get_cluster", GrantedTargets::All, true);
    let operation = Looked { plugin: "palette", kind: Kind::Tool, name: "get_cluster", need: &need };
    let question =
        Question { principal: &ana, operation, available: &available(), facts: &Facts::new(), hold: None };
    let arguments = serde_json::from_value(json!({"node_count": 1})).unwrap();
    let decided = policies.decide(&question, arguments);
    assert!(decided.result.is_ok(), "it is not obeyed");
    let refused = Observed { decision: Decision::Deny, policies: Vec::new() };
    assert_eq!(decided.verdict.observed, Some(refused));
    assert!(policies.visible(&ana, &operation, &available()), "nor does it hide anything");
}

/// A slice answers as the whole set does.
#[test]
fn a_slice_holds_everything_that_can_apply() {
    let many: String = (0..40)
        .map(|at| {
            let (tool, effect) = TOOLS[at % TOOLS.len()];
            let scope = match at % 5 {
                0 => format!(r#"action == Postern::Action::"palette/{tool}""#),
                1 => format!(r#"action in Postern::Action::"palette/capabilities/use-{tool}""#),
                2 => format!(r#"action in [Postern::Action::"{effect}"]"#),
                3 => "action".to_owned(),
                _ => r#"action in [Postern::Action::"read", Postern::Action::"change"]"#.to_owned(),
            };
            let (word, limit) = (if at % 3 == 0 { "forbid" } else { "permit" }, at);
            format!(r#"@id("p{at}") {word} (principal in Postern::Group::"g{}", {scope}, resource is Postern::Target)
                when {{ resource.environment == "production" || {limit} > 20 }};"#, at % 4)
        })
        .collect();
    let policies = loaded(&many).unwrap();
    let whole = cedar_policy::PolicySet::from_policies(policies.all().iter().cloned()).unwrap();
    let (mut yes, mut no) = (0, 0);
    for (tool, _) in TOOLS {
        for group in ["g0", "g1", "g2", "g3"] {
            for target in ["lab", "prod"] {
                let caller = principal(PrincipalKind::User, &[group]);
                let (sliced, unsliced) = policies.both_ways(&caller, tool, target, &whole);
                assert_eq!(sliced, unsliced, "{tool} {group} {target}");
                if sliced { yes += 1 } else { no += 1 }
            }
        }
    }
    assert!(yes > 5 && no > 5, "{yes} {no}");
}
