//! How lenient the types are, and how exact the quantities.

use super::event::Event;
use super::meta::{IntOrText, List, Texts};
use super::pod::Pod;
use super::quantity::{Quantity, QuantityError};
use super::selector::LabelSelector;
use super::status::Status;
use super::table::Table;
use super::template::PodSpec;

fn parse<T: serde::de::DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).unwrap()
}

#[track_caller]
fn milli(text: &str, expected: i64) {
    assert_eq!(Quantity::parse(text).map(Quantity::milli), Ok(expected), "{text}");
}

#[track_caller]
fn units(text: &str, expected: u64) {
    assert_eq!(Quantity::parse(text).map(Quantity::units), Ok(expected), "{text}");
}

#[track_caller]
fn refused(text: &str, expected: QuantityError) {
    assert_eq!(Quantity::parse(text), Err(expected));
}

#[test]
fn quantities_of_every_suffix() {
    milli("100m", 100);
    milli("1", 1000);
    milli("1.5", 1500);
    milli("0.1", 100);
    milli(".5", 500);
    milli("5.", 5000);
    milli("+2", 2000);
    milli("-1", -1000);
    milli("123456789n", 124);
    milli("250000u", 250);
    milli("1e3", 1_000_000);
    milli("1E-3", 1);
    units("128Ki", 131_072);
    units("1.5Gi", 1_610_612_736);
    units("1Mi", 1 << 20);
    units("2Ti", 2 << 40);
    units("1Pi", 1 << 50);
    units("7Ei", 7 << 60);
    units("1k", 1000);
    units("129M", 129_000_000);
    units("1G", 1_000_000_000);
    units("1T", 1_000_000_000_000);
    units("1P", 1_000_000_000_000_000);
    units("9E", 9_000_000_000_000_000_000);
    units("129e6", 129_000_000);
    units("12E2", 1200);
}

#[test]
fn quantities_round_up_and_stay_in_range() {
    units("1m", 1);
    units("0.0000000001", 1);
    units("1e-999", 1);
    units("0e999", 0);
    units("-5", 0);
    units("30E", u64::MAX);
    milli("9E", i64::MAX);
    milli("-9E", i64::MIN);
    milli("0.0001n", 1);
    milli("0", 0);
}

#[test]
fn junk_is_no_quantity() {
    for junk in ["", "-", ".", "Ki", "m", "e3", " 1", "abc", "1.2.3", "..", "é"] {
        refused(junk, QuantityError::NoNumber(junk.to_owned()));
    }
    for junk in ["1 ", "1K", "1ki", "1mm", "1Kim", "1e", "1e+", "1eé", "1e1.5", "0x10", "1,5", "1KiB"] {
        refused(junk, QuantityError::Suffix(junk.to_owned()));
    }
    for junk in ["1e999", "99999999999999999999999999999999999999999", "9999999999999999999999999999Ei"] {
        let shown: String = junk.chars().take(32).collect();
        refused(junk, QuantityError::TooLarge(shown));
    }
}

#[test]
fn shares_are_whole_percents() {
    let of = |a, b| Quantity::parse(a).unwrap().percent_of(Quantity::parse(b).unwrap());
    assert_eq!(of("950m", "1"), Some(95));
    assert_eq!(of("1Gi", "2Gi"), Some(50));
    assert_eq!(of("1", "0"), None);
    assert_eq!(of("-1", "1"), Some(0));
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
