//! How lenient the types are.

use super::event::Event;
use super::meta::{IntOrText, List, Texts};
use super::pod::Pod;
use super::quantity::Quantity;
use super::selector::LabelSelector;
use super::status::Status;
use super::table::Table;
use super::template::PodSpec;

fn parse<T: serde::de::DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).unwrap()
}

#[test]
fn null_absent_and_empty_are_the_same() {
    let list: List<Pod> = parse(r#"{"metadata":null,"items":null}"#);
    assert_eq!(list.items, []);
    let list: List<Pod> = parse("{}");
    assert_eq!(list.metadata.more, "");
    let list: List<Pod> = parse(
        r#"{"metadata":{"continue":"t","remainingItemCount":3},"items":[{"metadata":{"name":"a","labels":null,
        "creationTimestamp":null,"managedFields":[{"x":[1]}]},"spec":{"containers":null,"affinity":null},
        "status":{"containerStatuses":[{"name":"c","state":null,"lastState":{"waiting":null}}]}}]}"#,
    );
    assert_eq!(list.metadata.more, "t");
    assert_eq!(list.metadata.remaining_item_count, Some(3));
    let pod = &list.items[0];
    assert_eq!(pod.metadata.name, "a");
    assert_eq!(pod.status.container_statuses[0].last_state.waiting, None);
}

#[test]
fn a_wrong_type_is_an_error_not_a_guess() {
    assert!(serde_json::from_str::<List<Pod>>(r#"{"items":{}}"#).is_err());
    assert!(serde_json::from_str::<Pod>(r#"{"metadata":{"creationTimestamp":"yesterday"}}"#).is_err());
    assert!(serde_json::from_str::<IntOrText>("1.5").is_err());
}

#[test]
fn ports_are_numbers_or_names() {
    assert_eq!(parse::<IntOrText>("80"), IntOrText::Int(80));
    assert_eq!(parse::<IntOrText>(r#""http""#), IntOrText::Text("http".to_owned()));
}

#[test]
fn selectors() {
    let labels: Texts = parse(r#"{"app":"web","tier":"1","gpu":"8"}"#);
    let check = |selector: &str, expected: bool| {
        assert_eq!(parse::<LabelSelector>(selector).matches(&labels), expected, "{selector}");
    };
    check("{}", true);
    check(r#"{"matchLabels":{"app":"web"}}"#, true);
    check(r#"{"matchLabels":{"app":"web","tier":"2"}}"#, false);
    check(r#"{"matchLabels":{"absent":""}}"#, false);
    check(r#"{"matchExpressions":[{"key":"app","operator":"In","values":["web","api"]}]}"#, true);
    check(r#"{"matchExpressions":[{"key":"app","operator":"NotIn","values":["web"]}]}"#, false);
    check(r#"{"matchExpressions":[{"key":"zone","operator":"NotIn","values":["a"]}]}"#, true);
    check(r#"{"matchExpressions":[{"key":"zone","operator":"Exists"}]}"#, false);
    check(r#"{"matchExpressions":[{"key":"zone","operator":"DoesNotExist"}]}"#, true);
    check(r#"{"matchExpressions":[{"key":"gpu","operator":"Gt","values":["4"]}]}"#, true);
    check(r#"{"matchExpressions":[{"key":"gpu","operator":"Lt","values":["4"]}]}"#, false);
    check(r#"{"matchExpressions":[{"key":"app","operator":"Near"}]}"#, false);
}

#[test]
fn events_of_both_forms_know_their_last_sight() {
    let old: Event = parse(r#"{"count":4,"lastTimestamp":"2026-01-02T03:04:05Z","eventTime":null}"#);
    assert_eq!(old.last_seen().map(|t| t.to_string()).as_deref(), Some("2026-01-02T03:04:05Z"));
    assert_eq!(old.times(), 4);
    let new: Event = parse(
        r#"{"eventTime":"2026-01-01T00:00:00.000001Z","lastTimestamp":null,"count":null,
        "series":{"count":9,"lastObservedTime":"2026-01-01T00:00:07.5Z"}}"#,
    );
    assert_eq!(new.last_seen().map(|t| t.to_string()).as_deref(), Some("2026-01-01T00:00:07.5Z"));
    assert_eq!(new.times(), 9);
    assert_eq!(Event::default().last_seen(), None);
}

#[test]
fn requests_count_sidecars_init_peaks_and_overhead() {
    let spec: PodSpec = parse(
        r#"{"initContainers":[
          {"name":"side","restartPolicy":"Always","resources":{"requests":{"cpu":"100m"}}},
          {"name":"init","resources":{"requests":{"cpu":"2"}}}],
        "containers":[{"resources":{"requests":{"cpu":"500m"}}},{"resources":{"requests":{"cpu":"oops"}}}],
        "overhead":{"cpu":"10m"}}"#,
    );
    assert_eq!(spec.requests("cpu").milli(), 2110);
    assert_eq!(spec.requests("memory"), Quantity::ZERO);
    assert_eq!(spec.limits("cpu"), None);
    let whole: PodSpec = parse(
        r#"{"resources":{"requests":{"cpu":"1"}},"containers":[{"resources":{"requests":{"cpu":"3"}}}]}"#,
    );
    assert_eq!(whole.requests("cpu").milli(), 1000);
}

#[test]
fn tables_and_errors_parse() {
    let table: Table = parse(
        r#"{"kind":"Table","columnDefinitions":[{"name":"Name","type":"string","format":"name","priority":0}],
        "rows":[{"cells":["a",1,null],"object":{"kind":"PartialObjectMetadata","metadata":{"namespace":"n"}}},
        {"cells":["b"],"object":null}]}"#,
    );
    assert_eq!(table.rows[0].object.as_ref().map(|o| o.metadata.namespace.as_str()), Some("n"));
    assert_eq!(table.rows[1].object, None);
    let status: Status = parse(r#"{"kind":"Status","message":"no","code":403,"details":null}"#);
    assert_eq!((status.code, status.reason.as_str()), (403, ""));
}
