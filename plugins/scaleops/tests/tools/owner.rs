//! `get_cost_by_owner`.

use postern_scaleops::scaleops::{COSTS, WORKLOADS};
use postern_scaleops::scope::SELECTOR;
use postern_sdk::{InvalidArgument, Problem};
use serde_json::{Value, json};

use crate::support::catalog::entity;
use crate::support::fake::{body, ok};
use crate::support::recorded::{over, scaleops, under};
use crate::support::{Fake, Instance, attempt, run};

const TOOL: &str = "get_cost_by_owner";

/// `app=checkout` is one workload, `app=cart` another, `tier=all` both.
fn server(name: &str) -> Instance {
    scaleops(name).serve(WORKLOADS, |request| {
        let label = body(request)["label"][0].clone();
        let found = match label.as_str().unwrap() {
            "app=checkout" => vec![over()],
            "app=cart" => vec![under()],
            "tier=all" => vec![over(), under()],
            _ => vec![],
        };
        ok(&json!({"workloads": found}))
    })
}

fn shop() -> Fake {
    let owned = ("ownedBy", "group:default/shop");
    Fake::new([server("prod")])
        .with(entity("group:default/shop", &[], &[]))
        .with(entity("group:default/cart-team", &[], &[("childOf", "group:default/shop")]))
        .with(entity(
            "component:default/checkout",
            &[(SELECTOR, "app=checkout")],
            &[owned, ("partOf", "system:default/sales")],
        ))
        .with(entity("component:default/all", &[(SELECTOR, "tier=all")], &[owned]))
        .with(entity("component:default/bare", &[], &[owned]))
        .with(entity("api:default/orders", &[], &[owned]))
        .with(entity(
            "component:default/cart",
            &[(SELECTOR, "app=cart")],
            &[("ownedBy", "group:default/cart-team")],
        ))
        .with(entity("system:default/sales", &[], &[("partOf", "domain:default/web")]))
        .with(entity("domain:default/web", &[], &[]))
        .with(entity("user:default/ada", &[], &[]))
}

fn refs(answer: &Value) -> Vec<&str> {
    answer["entities"].as_array().unwrap().iter().map(|row| row["entityRef"].as_str().unwrap()).collect()
}

#[test]
fn a_team_costs_what_its_entities_cost_each_workload_once() {
    let answer = run(&shop(), TOOL, json!({"ownerRef": "Group:Shop"}));
    assert_eq!(
        refs(&answer.json),
        ["component:default/all", "component:default/checkout", "component:default/cart"]
    );
    let summary = &answer.json["summary"];
    assert_eq!((&summary["totalEntities"], &summary["totalWorkloads"]), (&json!(3), &json!(2)));
    assert_eq!(summary["totalCost"], 39.325);
    let costs: Vec<_> =
        answer.json["entities"].as_array().unwrap().iter().map(|row| &row["totalCost"]).collect();
    assert_eq!(costs, [&json!(39.325), &json!(32.325), &json!(7.0)]);
    // An API runs nowhere; a component without a selector does, and is told.
    assert_eq!(answer.json["withoutSelector"].as_array().unwrap().len(), 1);
    assert_eq!(answer.json["withoutSelector"][0]["entityRef"], "component:default/bare");
    assert!(answer.text.contains("not counted: entity `component:default/bare`"), "{}", answer.text);
}

#[test]
fn systems_and_domains_cost_what_is_part_of_them() {
    for owner in ["system:default/sales", "domain:default/web"] {
        let answer = run(&shop(), TOOL, json!({"ownerRef": owner, "range": "30d"}));
        assert_eq!(refs(&answer.json), ["component:default/checkout"], "{owner}");
        assert_eq!(answer.json["summary"]["costPerDay"], 3.2325);
    }
    assert_eq!(refs(&run(&shop(), TOOL, json!({"ownerRef": "user:ada"})).json), [] as [&str; 0]);
}

#[test]
fn who_owns_nothing_is_refused() {
    let refused = |owner: &str| attempt(&shop(), TOOL, json!({"ownerRef": owner})).unwrap_err();
    assert_eq!(
        refused("group:default/shpo"),
        Problem::NotFound("entity not found: `group:default/shpo`".into())
    );
    assert_eq!(
        refused("component:default/checkout").message(),
        "a `component` owns nothing; name a group, a user, a system or a domain"
    );
    assert!(
        matches!(refused("shop"), Problem::Invalid(InvalidArgument { pointer, .. }) if pointer == "/ownerRef")
    );
}

#[test]
fn an_entity_that_cannot_be_asked_costs_its_own_row() {
    let odd = entity("component:default/odd", &[(SELECTOR, "app!=x")], &[("ownedBy", "group:default/shop")]);
    let answer = run(&shop().with(odd), TOOL, json!({"ownerRef": "group:shop"}));
    let row = answer.json["entities"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["entityRef"] == "component:default/odd");
    assert!(row.unwrap()["errors"][0].as_str().unwrap().contains("cannot be asked for `app!=x`"));
    assert_eq!(answer.json["summary"]["failedEntities"], 1);
    assert_eq!(answer.json["summary"]["totalCost"], 39.325);
}

#[test]
fn a_server_that_answers_for_none_is_down() {
    let mut fake = shop();
    let down = |name: &str| server(name).answer(COSTS, 500, "").answer(WORKLOADS, 500, "");
    fake.instances = Fake::new([down("prod")]).instances;
    let problem = attempt(&fake, TOOL, json!({"ownerRef": "group:shop"})).unwrap_err();
    assert_eq!(
        problem.message(),
        "instance `prod`: the server failed at `/api/v1/dashboard/byNamespace` (500)"
    );
    fake.instances = Fake::new([down("east"), server("west")]).instances;
    let answer = run(&fake, TOOL, json!({"ownerRef": "group:shop"}));
    assert_eq!(answer.json["errors"][0]["instance"], "east");
    assert_eq!(answer.json["summary"]["totalCost"], 39.325);
}

#[test]
fn more_entities_than_one_call_asks_about_are_told() {
    let mut fake = shop();
    for number in 0..70 {
        let reference = format!("component:default/z{number:02}");
        fake = fake.with(entity(&reference, &[(SELECTOR, "app=none")], &[("ownedBy", "group:default/shop")]));
    }
    let answer = run(&fake, TOOL, json!({"ownerRef": "group:shop", "top": 5}));
    assert_eq!(answer.json["summary"]["totalEntities"], 60);
    assert_eq!((&answer.json["truncated"], refs(&answer.json).len()), (&json!(true), 5));
    assert_eq!(
        answer.json["notes"],
        json!(["13 more entities are not in the totals: ask about their systems one by one"])
    );
}
