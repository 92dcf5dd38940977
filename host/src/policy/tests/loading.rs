//! What is no policy set, told with its place.

use super::*;

#[track_caller]
fn check(policies: &str, expected: Expect) {
    expected.assert_eq(&loaded(policies).err().unwrap_or_else(|| "it was read".to_owned()));
}

#[test]
fn the_shipped_policies_and_the_guide_are_sound() {
    assert!(loaded("").is_ok());
    assert_eq!(loaded(GUIDE).err(), None);
}

#[test]
fn a_misspelt_attribute_is_found() {
    check(
        r#"@id("a") forbid (principal, action == Postern::Action::"palette/scale_cluster", resource)
           when { context.input.node_cont > 10 };"#,
        expect![[r#"
            mine.cedar:2:19: attribute `input.node_cont` in context for Postern::Action::"palette/scale_cluster" not found
              help: did you mean `node_count`?"#]],
    );
}

#[test]
fn what_does_not_exist_is_found() {
    check(
        r#"@id("a") permit (principal, action == Postern::Action::"palette/scale", resource);
@id("b") permit (principal is Postern::Robot, action, resource);"#,
        expect![[r#"
            mine.cedar:1:39: unrecognized action `Postern::Action::"palette/scale"`
            mine.cedar:2:31: unrecognized entity type `Postern::Robot`
              help: did you mean `Postern::Agent`?"#]],
    );
}

#[test]
fn what_does_not_parse_is_found() {
    check(
        "@id(\"a\")\npermit (principal, action resource);",
        expect!["mine.cedar:2:27: unexpected token `resource`"],
    );
}

#[test]
fn every_policy_has_a_name_of_its_own() {
    check(
        r#"permit (principal, action, resource);
@id("a") permit (principal, action, resource);
@id("a") permit (principal, action, resource);
@id("readers-read") permit (principal, action, resource);"#,
        expect![[r#"
            mine.cedar:1:1: this policy has no name
              help: write `@id("...")` before it
            mine.cedar:3:1: another policy is named `a` already
            mine.cedar:4:1: another policy is named `readers-read` already"#]],
    );
}

#[test]
fn annotations_mean_something() {
    check(
        r#"@id("a") @aproval("x") permit (principal, action, resource);
@id("b") @quorum("2") forbid (principal, action, resource);
@id("c") @approval("x") permit (principal, action, resource);
@id("d") @approval("x") forbid (principal, action, resource);
@id("e") forbid (principal, action, resource) unless { context.approval.granted };
@id("f") @approval("") @quorum("0") @expires("soon") forbid (principal, action, resource) unless { context.approval.granted };"#,
        expect![[r#"
            mine.cedar:1:1: `a`: there is no annotation `@aproval`; write `id`, `approval`, `quorum`, `expires` or `reason`
            mine.cedar:2:1: `b`: `@quorum` has no effect without `@approval`
            mine.cedar:3:1: `c`: only a `forbid` can hold a call: `@approval` has no effect on a `permit`
            mine.cedar:4:1: `d`: no approval could lift it: write `unless { context.approval.granted }`, or leave `@approval` out
            mine.cedar:5:1: `e`: it asks for `context.approval.granted`, and `@approval` does not say of whom
            mine.cedar:6:1: `f`: `@approval` names the group that may approve
            mine.cedar:6:1: `f`: `@quorum` is a number from 1 to 100
            mine.cedar:6:1: `f`: `@expires` is a time from `1s` to `30d`, such as `15m`"#]],
    );
}

#[test]
fn a_template_decides_nothing() {
    check(
        r#"@id("a") permit (principal == ?principal, action, resource);"#,
        expect!["mine.cedar:1:1: a template decides nothing: name the principal and the resource"],
    );
}

#[test]
fn a_policy_on_an_effect_that_nothing_has_waits() {
    let catalog = Catalog { operations: catalog().operations.into_iter().take(1).collect() };
    let set = vec![Source::new(
        "mine.cedar",
        r#"@id("a") forbid (principal, action in Postern::Action::"secret", resource);"#,
    )];
    let config = Config { set, observed: None, inventory: Inventory::default() };
    assert!(Policies::load(config, &catalog).is_ok());
}

#[test]
fn a_revision_is_that_of_its_texts() {
    let of = |text| loaded(text).unwrap().revision().to_string();
    let all = r#"@id("all") permit (principal, action, resource);"#;
    assert_eq!(of(all), of(all));
    assert_ne!(of(all), of(&format!("{all} // again")));
}

#[test]
fn the_schema_can_be_read() {
    let text = loaded("").unwrap().schema().to_owned();
    for part in ["palette/scale_cluster", "node_count", "entity Target in [Upstream]"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}
