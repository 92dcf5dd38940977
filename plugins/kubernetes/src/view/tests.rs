//! What the page is made of: nothing that reaches out, nothing that parses, nothing that no answer has.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{DIAGNOSIS, META, PAGE, of_tool};

/// The text of the only element of this name.
#[track_caller]
fn element(name: &str) -> &'static str {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let parts: Vec<&str> = PAGE.split(open.as_str()).collect();
    assert_eq!(parts.len(), 2, "{open}");
    parts[1].split_once(close.as_str()).unwrap().0
}

fn digest(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

#[test]
fn its_policy_lets_its_own_script_and_style_run_and_nothing_else() {
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
        digest(element("style")),
        digest(element("script"))
    );
    let tag = format!(r#"<meta http-equiv="Content-Security-Policy" content="{policy}">"#);
    let (before, _) = PAGE.split_once(&tag).unwrap_or_else(|| panic!("the page has to say {tag}"));
    assert!(
        !before.contains("<style") && !before.contains("<script"),
        "what comes before it is not bound by it"
    );
}

const PLACES: &str = "http: https: ws: wss: url( @import data:image src= href= srcset <link";
const WAYS_OUT: &str = "fetch( XMLHttpRequest WebSocket EventSource sendBeacon import( open( location <form <iframe \
    <object <embed tools/call ui/open-link ui/message";
const MARKUP_AND_CODE: &str = "innerHTML outerHTML insertAdjacentHTML document.write DOMParser setHTML srcdoc \
    createContextualFragment eval( Function( setTimeout setInterval javascript: cssText";
const KEPT: &str = "localStorage sessionStorage indexedDB document.cookie";

#[test]
fn it_names_no_place_and_has_no_way_to_reach_or_to_parse() {
    for word in [PLACES, WAYS_OUT, MARKUP_AND_CODE, KEPT].iter().flat_map(|words| words.split(' ')) {
        assert!(!PAGE.contains(word), "`{word}`");
    }
    // No attribute is a handler, in the page or as a name that its script sets.
    let handler = |word: &&str| word.starts_with("on") && word.contains('=') && !word.contains("=>");
    assert_eq!(PAGE.split_whitespace().find(handler), None);
    assert!(PAGE.len() < 32 << 10, "{} bytes", PAGE.len());
}

#[test]
fn its_metadata_ask_for_nothing() {
    let meta: Value = serde_json::from_str(META).unwrap();
    let none: [&str; 0] = [];
    let csp = json!({
        "connectDomains": none, "resourceDomains": none, "frameDomains": none, "baseUriDomains": none,
    });
    assert_eq!(meta, json!({"ui": {"csp": csp, "permissions": {}, "prefersBorder": false}}));
}

#[test]
fn one_tool_is_shown_by_it() {
    let shown: Vec<(&str, Value)> = crate::tools::describe()
        .into_iter()
        .filter_map(|tool| Some((tool.name, serde_json::from_str(&tool.meta?).unwrap())))
        .collect();
    let meta = json!({"ui": {"resourceUri": DIAGNOSIS}, "ui/resourceUri": DIAGNOSIS});
    assert_eq!(shown, [("diagnose_cluster", meta.clone())]);
    assert_eq!(serde_json::from_str::<Value>(&of_tool(DIAGNOSIS)).unwrap(), meta);
}

/// The members that the page reads are the ones that an answer has; a severity has a name and a colour there.
#[test]
fn it_reads_what_an_answer_has() {
    let tools = crate::tools::describe();
    let tool = tools.iter().find(|tool| tool.name == "diagnose_cluster").unwrap();
    let schema: Value = serde_json::from_str(&tool.output_schema).unwrap();
    let members = |pointer: &str| -> BTreeSet<String> {
        let properties = schema.pointer(pointer).and_then(Value::as_object);
        properties.unwrap_or_else(|| panic!("{pointer}: {schema:#}")).keys().cloned().collect()
    };
    let cluster = "/properties/clusters/items/properties";
    let finding = format!("{cluster}/findings/items/properties");
    for (place, read) in [
        ("/properties".to_owned(), "clusters errors"),
        (cluster.to_owned(), "cluster score counts findings hidden truncated not_checked"),
        (format!("{cluster}/not_checked/items/properties"), "kind reason"),
        (
            finding.clone(),
            "rule severity kind namespace name owner message evidence since advice pods example",
        ),
        (format!("{finding}/owner/properties"), "kind name"),
        ("/properties/errors/items/properties".to_owned(), "cluster code message"),
    ] {
        let there = members(&place);
        for member in read.split(' ') {
            assert!(there.contains(member), "{place} has no `{member}`");
            assert!(element("script").contains(member), "the page does not read `{member}` of {place}");
        }
    }
    for severity in members(&format!("{cluster}/counts/properties")) {
        assert!(element("script").contains(&format!("'{severity}'")), "`{severity}` has no name");
        assert!(element("style").contains(&format!(".{severity} {{")), "`{severity}` has no colour");
    }
}
