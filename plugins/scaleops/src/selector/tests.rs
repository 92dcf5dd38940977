//! Selectors: what is one, what is none, and what each server can be asked.

use super::*;

#[track_caller]
fn parse(text: &str) -> Selector {
    text.parse().unwrap()
}

#[track_caller]
fn refused(text: &str, why: &str) {
    let error = text.parse::<Selector>().unwrap_err().to_string();
    assert_eq!(error, format!("`{text}` is no label selector: {why}"));
}

#[track_caller]
fn sets(text: &str, expected: &[&[&str]]) {
    assert_eq!(parse(text).label_sets().unwrap(), expected, "{text}");
}

#[test]
fn the_whole_grammar_is_read() {
    for (text, shown) in [
        ("a=b", "a=b"),
        ("a==b", "a=b"),
        (" a = b , c = d ", "a=b,c=d"),
        ("a!=b", "a!=b"),
        ("a in (x)", "a=x"),
        ("a in (x,y)", "a in (x,y)"),
        ("a  in(x , y)", "a in (x,y)"),
        ("a notin (x,y)", "a notin (x,y)"),
        ("a", "a"),
        ("!a", "!a"),
        ("! a", "!a"),
        ("a>1,b<2", "a>1,b<2"),
        ("in in (in)", "in=in"),
        ("a=", "a="),
        ("a in (x,)", "a in (x,)"),
        ("app.kubernetes.io/name=web", "app.kubernetes.io/name=web"),
        ("", ""),
        ("  ", ""),
    ] {
        assert_eq!(parse(text).to_string(), shown, "{text:?}");
    }
}

#[test]
fn what_is_none_is_refused_with_its_place() {
    refused("a=b,", "it ends where a label key was expected");
    refused(",a=b", "`,` where a label key was expected");
    refused("a=b c=d", "`c` where `,` or the end was expected");
    refused("a b", "`b` after `a`, where `=`, `!=`, `in`, `notin`, `,` or the end was expected");
    refused("a in x", "`x` where `(` was expected");
    refused("a in (x", "the end where `,` or `)` was expected");
    refused("a in", "the end where `(` was expected");
    refused("a in ()", "`()` holds no value");
    refused("a in (x y)", "`y` where `,` or `)` was expected");
    refused("a===b", "`=` where a value was expected");
    refused("a>x", "`x` is no whole number");
    refused("!a=b", "`=` where `,` or the end was expected");
    refused("-a=b", "`-a` is no label key");
    refused("a/b/c=d", "`a/b/c` is no label key");
    refused("A.b/c=d", "`A.b/c` is no label key");
    refused("/a=d", "`/a` is no label key");
    refused("a=\"b\"", "`\"b\"` is no label value");
    refused("a=b/c", "`b/c` is no label value");
    refused("a=ä", "`ä` is no label value");
    refused("=b", "`=` where a label key was expected");
    let long = format!("a={}", "b".repeat(64));
    refused(&long, &format!("`{}` is no label value", "b".repeat(64)));
    assert!("a".repeat(2049).parse::<Selector>().unwrap_err().to_string().ends_with("2048 bytes"));
}

#[test]
fn scaleops_is_asked_with_plain_labels() {
    sets("a=b", &[&["a=b"]]);
    sets("a==b, c=d", &[&["a=b", "c=d"]]);
    sets("a in (x)", &[&["a=x"]]);
    sets("a in (x,y),c=d", &[&["a=x", "c=d"], &["a=y", "c=d"]]);
    sets("a in (x,y,x)", &[&["a=x"], &["a=y"]]);
    sets("a in (x,y),a in (y,z)", &[&["a=y"]]);
    sets("a=x,a=y", &[]);
    sets("", &[&[]]);
}

#[test]
fn what_scaleops_cannot_say_is_named() {
    for clause in ["a!=b", "a notin (x,y)", "a", "!a", "a>1", "a<1"] {
        let fault = parse(&format!("x=y,{clause}")).label_sets().unwrap_err();
        assert_eq!(
            fault.message,
            format!("ScaleOps cannot be asked for `{clause}`: it knows `key=value` and `key in (a,b)` only")
        );
    }
    let fault = parse("a in (1,2,3,4,5),b in (1,2,3,4)").label_sets().unwrap_err();
    assert!(fault.message.contains("more than 16 queries"), "{fault}");
}

#[test]
fn opencost_is_asked_with_terms() {
    let terms = |text: &str| parse(text).filter_terms().unwrap();
    assert_eq!(
        terms("app.kubernetes.io/name=web,tier in (a,b),x!=y"),
        [r#"label[app_kubernetes_io_name]:"web""#, r#"label[tier]:"a","b""#, r#"label[x]!:"y""#]
    );
    for clause in ["a", "!a", "a>1", "a<1", "a=", "a in (x,)"] {
        let fault = parse(clause).filter_terms().unwrap_err();
        assert!(fault.message.starts_with(&format!("OpenCost cannot be asked for `{clause}`")), "{fault}");
    }
}
