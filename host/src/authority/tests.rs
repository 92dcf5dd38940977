//! The authority of a call: what it covers, and above all what it does not.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::*;
use crate::call::Arguments;

/// A rule from `METHOD /path`, with the query parameters that may be given.
fn rule(line: &str, query: &[&str]) -> Rule {
    let (method, path) = line.split_once(' ').unwrap();
    Rule {
        method: method.parse().unwrap(),
        path: path.parse().unwrap(),
        without: BTreeSet::new(),
        query: query.iter().map(|name| (*name).to_owned()).collect(),
        query_exact: BTreeMap::new(),
        header_exact: BTreeMap::new(),
        headers: BTreeSet::new(),
        safe: false,
        reveal: Default::default(),
        caching: None,
    }
}

fn arguments(value: serde_json::Value) -> Arguments {
    serde_json::from_value(value).unwrap()
}

/// The authority of a call with `arguments` (all of them declared) over `rules`, on the target `alpha`.
fn authority(rules: &[Rule], values: serde_json::Value) -> Authority {
    let arguments = arguments(values);
    let declared = arguments.0.keys().cloned().collect();
    Authority::default().with(
        "read",
        BoundCapability {
            upstream: "cluster".to_owned(),
            rules: rules.iter().filter_map(|rule| rule.bind(&arguments, &declared)).collect(),
            targets: BTreeSet::from(["alpha".to_owned()]),
        },
    )
}

/// The code of the refusal of `METHOD /path?query`, or `allowed`.
fn ask(authority: &Authority, line: &str) -> &'static str {
    let (method, target) = line.split_once(' ').unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let parameters: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let asked = Asked { method: method.parse().unwrap(), path, parameters: &parameters, headers: &[] };
    authority.check("read", ("cluster", "alpha"), &asked).map_or_else(|refusal| refusal.code(), |_| "allowed")
}

const LOG: &str = "GET /api/v1/namespaces/{namespace}/pods/{name}/log";

#[test]
fn the_logs_of_one_pod_are_the_logs_of_no_other() {
    let call = authority(&[rule(LOG, &["tailLines"])], json!({"namespace": "a", "name": "b"}));
    assert_eq!(ask(&call, "GET /api/v1/namespaces/a/pods/b/log?tailLines=5"), "allowed");
    for path in [
        "/api/v1/namespaces/a/pods/c/log",
        "/api/v1/namespaces/c/pods/b/log",
        "/api/v1/namespaces/a/pods/b",
        "/api/v1/namespaces/a/pods/b/log/x",
        "/api/v1/namespaces/a/pods/b/logs",
        "/api/v1/namespaces/a/pods/B/log",
        "/api/v1/namespaces/a/pods",
        "/api/v1/namespaces/a/pods/../pods/b/log",
        "/api/v1/namespaces/a/pods/b%2F..%2Fc/log",
        "/api/v1/namespaces/a/pods/b/log/",
        "/api/v1/namespaces/a//pods/b/log",
        "/v1/namespaces/a/pods/b/log",
    ] {
        assert_eq!(ask(&call, &format!("GET {path}")), "egress.denied.path", "{path}");
    }
    assert_eq!(ask(&call, "DELETE /api/v1/namespaces/a/pods/b/log"), "egress.denied.method");
    assert_eq!(ask(&call, "GET /api/v1/namespaces/a/pods/b/log?follow=true"), "egress.denied.query");
    assert_eq!(
        ask(&call, "GET /api/v1/namespaces/a/pods/b/log?tailLines=1&tailLines=2"),
        "egress.denied.query"
    );
}

#[test]
fn an_argument_left_out_grants_nothing() {
    let rules = [rule(LOG, &[])];
    for given in [json!({"namespace": "a", "name": null}), json!({"namespace": null, "name": "b"})] {
        let call = authority(&rules, given);
        assert_eq!(ask(&call, "GET /api/v1/namespaces/a/pods/b/log"), "egress.denied.method");
    }
}

#[test]
fn an_argument_that_cannot_be_a_segment_grants_nothing() {
    for name in ["", ".", "..", "b/../c", "b%2Fc", "b;c", "b\nc", "a\\b"] {
        let call = authority(&[rule(LOG, &[])], json!({"namespace": "a", "name": name}));
        assert_eq!(ask(&call, "GET /api/v1/namespaces/a/pods/b/log"), "egress.denied.method", "{name:?}");
    }
}

#[test]
fn without_holds_only_when_the_argument_is_left_out() {
    let mut everywhere = rule("GET /api/v1/pods", &[]);
    everywhere.without.insert("namespace".to_owned());
    let rules = [everywhere, rule("GET /api/v1/namespaces/{namespace}/pods", &[])];

    let all = authority(&rules, json!({"namespace": null}));
    assert_eq!(ask(&all, "GET /api/v1/pods"), "allowed");
    assert_eq!(ask(&all, "GET /api/v1/namespaces/a/pods"), "egress.denied.path");

    let one = authority(&rules, json!({"namespace": "a"}));
    assert_eq!(ask(&one, "GET /api/v1/pods"), "egress.denied.path");
    assert_eq!(ask(&one, "GET /api/v1/namespaces/a/pods"), "allowed");
}

#[test]
fn a_placeholder_without_an_argument_is_one_open_segment() {
    let call = authority(&[rule("GET /replicasets/{replicaset}", &[])], json!({"name": "b"}));
    assert_eq!(ask(&call, "GET /replicasets/anything"), "allowed");
    assert_eq!(ask(&call, "GET /replicasets/any/thing"), "egress.denied.path");
    assert_eq!(ask(&call, "GET /replicasets"), "egress.denied.path");
}

#[test]
fn the_rest_takes_one_segment_or_more() {
    let call = authority(&[rule("GET /v1/profiles/{rest...}", &[])], json!({}));
    assert_eq!(ask(&call, "GET /v1/profiles/a/b"), "allowed");
    assert_eq!(ask(&call, "GET /v1/profiles"), "egress.denied.path");
    assert_eq!(ask(&call, "GET /v1/profilesX/a"), "egress.denied.path");

    let bound = authority(&[rule("GET /files/{path...}", &[])], json!({"path": "a/b"}));
    assert_eq!(ask(&bound, "GET /files/a/b"), "allowed");
    assert_eq!(ask(&bound, "GET /files/a/c"), "egress.denied.path");
    let climbing = authority(&[rule("GET /files/{path...}", &[])], json!({"path": "../etc"}));
    assert_eq!(ask(&climbing, "GET /files/etc"), "egress.denied.method");
}

#[test]
fn a_list_binds_to_each_of_its_elements() {
    let call = authority(&[rule("GET /nodes/{nodes}", &[])], json!({"nodes": ["n1", "n2"]}));
    assert_eq!(ask(&call, "GET /nodes/n2"), "allowed");
    assert_eq!(ask(&call, "GET /nodes/n3"), "egress.denied.path");
}

#[test]
fn an_exact_query_is_filled_from_the_arguments_and_must_be_there() {
    let mut events = rule("GET /namespaces/{namespace}/events", &["limit"]);
    events.query_exact.insert("fieldSelector".to_owned(), "involvedObject.name={name}".parse().unwrap());
    let call = authority(&[events], json!({"namespace": "a", "name": "b"}));
    let path = "GET /namespaces/a/events";
    assert_eq!(ask(&call, &format!("{path}?fieldSelector=involvedObject.name=b&limit=1")), "allowed");
    assert_eq!(ask(&call, &format!("{path}?fieldSelector=involvedObject.name=c")), "egress.denied.query");
    assert_eq!(ask(&call, path), "egress.denied.query");
}

#[test]
fn an_argument_beside_other_text_brings_no_syntax() {
    let path = "GET /namespaces/a/events";
    let selector = |template: &str, name: &str| {
        let mut events = rule("GET /namespaces/{namespace}/events", &[]);
        events.query_exact.insert("s".to_owned(), template.parse().unwrap());
        let call = authority(&[events], json!({"namespace": "a", "name": name}));
        ask(&call, &format!("{path}?s={}", template.replace("{name}", name)))
    };
    for name in ["web-0", "system:node", "a.b/c_d~e", "äöü"] {
        assert_eq!(selector("object={name}", name), "allowed", "{name}");
    }
    for name in ["", "a,b=c", "a b", "a\"b", "a'b", "a|b", "a(b)", "{a}", "a\\b", "!a", "a=b", "a;b"] {
        assert_eq!(selector("object={name}", name), "egress.denied.method", "{name:?}: no rule is left");
    }
    // Alone it is the whole value, and whose syntax it has is the author's to know.
    assert_eq!(selector("{name}", "app in (a,b)"), "allowed");
}

#[test]
fn an_exact_header_must_be_given_once_and_exactly() {
    let mut names = rule("GET /secrets", &[]);
    names.header_exact.insert("accept".to_owned(), "table".parse().unwrap());
    let call = authority(&[names], json!({}));
    let ask = |headers: &[(&str, &str)]| {
        let headers: Vec<_> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let asked = Asked { method: Method::Get, path: "/secrets", parameters: &[], headers: &headers };
        call.check("read", ("cluster", "alpha"), &asked).map_or_else(|refusal| refusal.code(), |_| "allowed")
    };
    assert_eq!(ask(&[("accept", "table")]), "allowed");
    assert_eq!(ask(&[]), "egress.denied.header");
    assert_eq!(ask(&[("accept", "application/json")]), "egress.denied.header");
    assert_eq!(ask(&[("accept", "table"), ("accept", "application/json")]), "egress.denied.header");
}

/// The code of the refusal of a request for `/clusters` with these headers, or `allowed`.
fn with_headers(call: &Authority, headers: &[(&str, &str)]) -> &'static str {
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let asked = Asked { method: Method::Get, path: "/clusters", parameters: &[], headers: &headers };
    call.check("read", ("cluster", "alpha"), &asked).map_or_else(|refusal| refusal.code(), |_| "allowed")
}

#[test]
fn a_header_is_bound_to_an_argument() {
    let mut scoped = rule("GET /clusters", &[]);
    scoped.header_exact.insert("projectuid".to_owned(), "{project}".parse().unwrap());
    assert_eq!(scoped.placeholders().collect::<Vec<_>>(), ["project"]);
    let call = authority(&[scoped.clone()], json!({"project": "a"}));
    assert_eq!(with_headers(&call, &[("projectuid", "a"), ("accept", "x/y")]), "allowed");
    for headers in [
        &[("projectuid", "b")][..],
        &[],
        &[("projectuid", "a"), ("projectuid", "b")],
        &[("projectuid", "a"), ("projectuid", "a")],
        &[("ProjectUid", "a")],
        &[("projectuid", "a"), ("apikey", "k")],
    ] {
        assert_eq!(with_headers(&call, headers), "egress.denied.header", "{headers:?}");
    }
    // Left out, or what no header can carry: nothing is left of the rule.
    for project in
        [json!(null), json!(""), json!(" a"), json!("a\r\nb: c"), json!("é"), json!(["a"]), json!({})]
    {
        let call = authority(std::slice::from_ref(&scoped), json!({ "project": project }));
        let given = project.as_str().unwrap_or("a");
        assert_eq!(with_headers(&call, &[("projectuid", given)]), "egress.denied.method", "{project}");
    }
}

#[test]
fn a_header_that_no_rule_names_is_refused_and_one_of_another_rule_is_found() {
    let plain = rule("GET /clusters", &[]);
    let mut open = plain.clone();
    open.headers.insert("projectuid".to_owned());
    let call = authority(std::slice::from_ref(&plain), json!({}));
    assert_eq!(with_headers(&call, &[("projectuid", "a")]), "egress.denied.header");
    for rules in [[plain.clone(), open.clone()], [open.clone(), plain]] {
        let call = authority(&rules, json!({}));
        assert_eq!(with_headers(&call, &[("projectuid", "anything")]), "allowed");
        assert_eq!(with_headers(&call, &[]), "allowed");
        assert_eq!(with_headers(&call, &[("apikey", "a")]), "egress.denied.header");
    }
}

#[test]
fn another_capability_or_target_is_refused_before_anything_else_is_looked_at() {
    let call = authority(&[rule(LOG, &[])], json!({"namespace": "a", "name": "b"}));
    let asked = Asked { method: Method::Get, path: "/nonsense/..", parameters: &[], headers: &[] };
    let code = |capability, target| call.check(capability, target, &asked).unwrap_err().code();
    assert_eq!(code("delete", ("cluster", "alpha")), "egress.denied.capability");
    assert_eq!(code("read", ("cluster", "beta")), "egress.denied.target");
    assert_eq!(
        Authority::default().check("read", ("cluster", "alpha"), &asked).unwrap_err().code(),
        "egress.denied.capability"
    );
}

#[test]
fn methods_that_cannot_be_granted_do_not_parse() {
    for method in ["get", "CONNECT", "TRACE", "OPTIONS", "PROPFIND", "", "GET "] {
        assert!(method.parse::<Method>().is_err(), "{method:?}");
    }
}

#[test]
fn templates_that_mean_nothing_do_not_parse() {
    for template in [
        "",
        "a",
        "/",
        "/a/",
        "/a//b",
        "/../a",
        "/{}",
        "/{a",
        "/a}",
        "/x{a}",
        "/{a}{b}",
        "/{a...}/b",
        "/{1a}",
        "/{a-b}",
        "/{a}/{a}",
        "/%2e",
        "/{{a}}",
        "/a?b",
    ] {
        assert!(template.parse::<PathTemplate>().is_err(), "{template:?}");
    }
    for template in ["{", "}", "a{b", "a}b", "{}", "{a b}", "{{a}}"] {
        assert!(template.parse::<ValueTemplate>().is_err(), "{template:?}");
    }
}
