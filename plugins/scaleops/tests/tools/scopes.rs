//! What a call is about: entities, selectors, names, and what is refused.

use postern_scaleops::scaleops::WORKLOADS;
use postern_scaleops::scope::SELECTOR;
use postern_scaleops::server::Settings;
use postern_scaleops::tool::Problem;
use serde_json::{Value, json};

use crate::support::catalog::{checkout, entity};
use crate::support::fake::{body, ok};
use crate::support::recorded::{fixture, over, scaleops, under};
use crate::support::{Fake, Instance, attempt, fits, run};

const TOOL: &str = "get_scaleops_data_for_entity";

#[track_caller]
fn refused(fake: &Fake, arguments: Value, expected: &str) {
    let problem = attempt(fake, TOOL, arguments).unwrap_err();
    assert_eq!(problem.message(), expected);
    assert!(fake.instances.iter().all(|instance| instance.seen.borrow().is_empty()), "something was sent");
}

#[test]
fn what_stands_for_nothing_is_told_apart() {
    let fake = fixture()
        .with(entity("component:default/bare", &[], &[]))
        .with(entity("component:default/blank", &[(SELECTOR, "  ")], &[]))
        .with(entity("component:default/odd", &[(SELECTOR, "a=b,")], &[]));
    let about = |reference: &str| json!({"entityRef": reference});
    refused(&fake, about("component:default/none"), "entity not found: `component:default/none`");
    refused(
        &fake,
        about("checkout"),
        "entity reference `checkout` had missing or empty kind: write it as `component:default/checkout`",
    );
    for bare in ["component:default/bare", "component:default/blank"] {
        refused(
            &fake,
            about(bare),
            &format!("entity `{bare}` does not have the `backstage.io/kubernetes-label-selector` annotation"),
        );
    }
    refused(
        &fake,
        about("component:default/odd"),
        "entity `component:default/odd`, annotation `backstage.io/kubernetes-label-selector`: `a=b,` is no label \
         selector: it ends where a label key was expected",
    );
    refused(
        &fake,
        json!({}),
        "say what to look at: `entityRef`, `selector`, `namespace`, `workload` or `cluster`",
    );
    refused(
        &fake,
        json!({"entityRef": "component:default/checkout", "selector": "a=b"}),
        "an entity has a selector of its own; give `entityRef` or `selector`, not both",
    );
    refused(
        &fake,
        json!({"selector": "a in (x"}),
        "`a in (x` is no label selector: the end where `,` or `)` was expected",
    );
}

#[test]
fn a_clause_that_cannot_be_said_is_named_and_nothing_is_sent() {
    for clause in ["env!=dev", "env notin (dev)", "env", "!env", "tier>1"] {
        refused(
            &fixture(),
            json!({"selector": format!("app=checkout,{clause}")}),
            &format!(
                "instance `prod`: ScaleOps cannot be asked for `{}`: it knows `key=value` and `key in (a,b)` only",
                if clause == "env notin (dev)" { "env!=dev" } else { clause }
            ),
        );
    }
}

#[test]
fn a_set_becomes_queries_whose_answers_are_merged() {
    let server = Instance::new("prod").serve(WORKLOADS, |request| {
        // The second answers with the first's workload too, in another case.
        let mut same = over();
        same["id"] = json!("C1/SHOP/deployment/checkout");
        let first = body(request)["label"] == json!(["app=checkout", "env=prod"]);
        ok(&json!({"workloads": if first { vec![over()] } else { vec![same, under()] }}))
    });
    let fake = Fake::new([server]);
    let answer = run(&fake, TOOL, json!({"selector": "app = checkout, env in (prod, stage)"}));
    let labels: Vec<Value> =
        fake.asked(WORKLOADS).iter().map(|request| body(request)["label"].clone()).collect();
    assert_eq!(labels, [json!(["app=checkout", "env=prod"]), json!(["app=checkout", "env=stage"])]);
    assert_eq!(answer.json["summary"]["totalWorkloads"], 2);
    assert_eq!(answer.json["entity"], json!(null));
    assert_eq!(answer.json["selector"], "app=checkout,env in (prod,stage)");
}

#[test]
fn half_of_a_set_is_a_failure() {
    let server =
        Instance::new("prod").json(WORKLOADS, &json!({"workloads": [over()]})).serve(WORKLOADS, |request| {
            let second = body(request)["label"] == json!(["env=stage"]);
            second.then(|| {
                Ok(postern_scaleops::server::Response { status: 500, headers: Vec::new(), body: Vec::new() })
            })
        });
    let problem =
        attempt(&Fake::new([server]), TOOL, json!({"selector": "env in (prod,stage)"})).unwrap_err();
    assert!(matches!(problem, Problem::Upstream(_)), "{problem}");
}

#[test]
fn names_narrow_what_is_found() {
    for (arguments, expected) in [
        (json!({"cluster": "c1"}), vec!["checkout"]),
        (json!({"namespace": "shop"}), vec!["checkout", "cart"]),
        (json!({"namespace": "other"}), vec![]),
        (json!({"workload": "cart"}), vec!["cart"]),
        (json!({"workload": "cart", "cluster": "c1"}), vec![]),
        (json!({"entityRef": "component:default/checkout", "cluster": "c2"}), vec!["cart"]),
    ] {
        let answer = run(&fixture(), TOOL, arguments.clone());
        let names: Vec<_> = answer.json["workloads"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["workloadName"].as_str().unwrap())
            .collect();
        assert_eq!(names, expected, "{arguments}");
    }
}

#[test]
fn the_fallback_is_the_operators_to_switch_on() {
    let settings =
        Settings { kubernetes_id_fallback: true, placement_annotations: true, ..Settings::default() };
    let placed = [("backstage.io/kubernetes-id", "shop-checkout"), ("backstage.io/kubernetes-cluster", "c1")];
    let fake = Fake { settings, ..fixture() }
        .with(entity("component:default/named", &placed, &[]))
        .with(entity("component:default/plain", &[], &[]));
    let answer = run(&fake, TOOL, json!({"entityRef": "component:default/named"}));
    assert_eq!(answer.json["summary"]["totalWorkloads"], 1);
    run(&fake, TOOL, json!({"entityRef": "Component:plain"}));
    let labels: Vec<Value> =
        fake.asked(WORKLOADS).iter().map(|request| body(request)["label"].clone()).collect();
    assert_eq!(
        labels,
        [json!(["backstage.io/kubernetes-id=shop-checkout"]), json!(["backstage.io/kubernetes-id=plain"])]
    );
    let hostile = entity("component:default/x", &[("backstage.io/kubernetes-id", "a,b=c d")], &[]);
    let problem =
        attempt(&fake.with(hostile), TOOL, json!({"entityRef": "component:default/x"})).unwrap_err();
    assert!(problem.message().contains("is no label selector"), "{problem}");
}

#[test]
fn the_catalogs_refusal_is_its_own() {
    let mut fake = Fake::new([scaleops("prod")]).with(checkout());
    fake.catalog.down = Some(Problem::Denied("not permitted".to_owned()));
    let problem = attempt(&fake, TOOL, json!({"entityRef": "component:default/checkout"})).unwrap_err();
    assert_eq!(problem, Problem::Denied("not permitted".to_owned()));
}

#[test]
fn arguments_that_could_end_a_filter_do_not_fit() {
    for refused in [
        json!({"cluster": "a\"b"}),
        json!({"namespace": "a\\b"}),
        json!({"workload": "a\nb"}),
        json!({"selector": ""}),
        json!({"selector": "a=\u{e4}"}),
        json!({"entityRef": "component:default/a b"}),
        json!({"entityRef": null}),
        json!({"selector": "a=b", "top": 0}),
        json!({"selector": "a=b", "else": 1}),
    ] {
        assert!(!fits(TOOL, &refused), "{refused}");
    }
}
