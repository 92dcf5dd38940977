//! What is read, what is refused, and where.

use super::{Budget, Node, Value, load};

#[track_caller]
fn read(text: &str) -> Node {
    load(text, 1, &mut Budget::new(10_000)).unwrap().unwrap()
}

#[track_caller]
fn refused(text: &str, place: (u32, u32), message: &str) {
    let problem = load(text, 1, &mut Budget::new(10_000)).unwrap_err();
    assert_eq!((problem.place.line, problem.place.column), place, "{problem:?}");
    assert!(problem.message.contains(message), "{problem:?}");
}

#[test]
fn booleans_are_those_of_the_api_server() {
    let node = read("a: yes\nb: On\nc: 'yes'\nd: !!str true\ne: off\n");
    assert!(node.is_true("a") && node.is_true("b") && node.is_false("e"));
    assert_eq!(node.get("c").unwrap().text(), Some("yes"));
    assert_eq!(node.get("d").unwrap().text(), Some("true"));
}

#[test]
fn numbers_keep_their_text() {
    let node = read("a: 0.50\nb: 0x10\nc: 1.2.3\nd: 10m\ne: -7\nf: 0o17\ng: .inf\n");
    assert_eq!(node.get("a").unwrap().value, Value::Number("0.50".to_owned()));
    assert_eq!(node.get("b").unwrap().int(), Some(16));
    assert_eq!(node.get("c").unwrap().text(), Some("1.2.3"));
    assert_eq!(node.get("d").unwrap().text(), Some("10m"));
    assert_eq!(node.get("e").unwrap().int(), Some(-7));
    assert_eq!(node.get("f").unwrap().int(), Some(15));
    assert_eq!(node.get("g").unwrap().text(), Some(".inf"));
}

#[test]
fn keys_are_texts_and_places_count_from_one() {
    let node = read("on:\n  - true: x\n");
    let entry = &node.entries()[0];
    assert_eq!((entry.key.as_str(), entry.place.line, entry.place.column), ("on", 1, 1));
    let inner = &entry.value.items()[0].entries()[0];
    assert_eq!((inner.key.as_str(), inner.place.line, inner.place.column), ("true", 2, 5));
}

#[test]
fn json_is_read_as_it_is() {
    let node = read("{\n\t\"a\": [1, \"x\", null, true],\n\t\"b\": {\"c\": \"\\u00e9\"}\n}\n");
    assert_eq!(node.list("a").len(), 4);
    assert_eq!(node.at(&["b", "c"]).unwrap().text(), Some("é"));
}

#[test]
fn merge_keys_bring_what_is_not_said() {
    let node = read("base: &b {x: 1, y: 2}\nuse: {<<: *b, y: 3}\nmore: {<<: [*b, {z: 9, x: 8}]}\n");
    assert_eq!(node.at(&["use", "x"]).unwrap().int(), Some(1));
    assert_eq!(node.at(&["use", "y"]).unwrap().int(), Some(3));
    assert_eq!(node.at(&["more", "x"]).unwrap().int(), Some(1));
    assert_eq!(node.at(&["more", "z"]).unwrap().int(), Some(9));
}

#[test]
fn what_two_readers_could_read_differently_is_refused() {
    refused("a: 1\na: 2\n", (2, 1), "`a` is given twice, first in line 1");
    refused("{[1]: 2}", (1, 2), "a key must be a scalar");
    refused("a: &a [*a]\n", (1, 8), "inside its own anchor");
    refused("a: *b\n", (1, 4), "");
    refused("x: {<<: 3}\n", (1, 5), "merges mappings only");
}

#[test]
fn bombs_are_refused() {
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let alias = vec![format!("*a{}", level - 1); 10].join(", ");
        laughs.push_str(&format!("a{level}: &a{level} [{alias}]\n"));
    }
    refused(&laughs, (4, 40), "too many values");
    refused(&format!("{}{}", "[".repeat(200), "]".repeat(200)), (1, 97), "");
    // Depth by aliases: each level is shallow, their sum is not.
    let shallow = |inner: &str| format!("{}{inner}{}", "[".repeat(40), "]".repeat(40));
    let text = format!("a: &a {}\nb: &b {}\nc: {}\n", shallow("1"), shallow("*a"), shallow("*b"));
    refused(&text, (3, 44), "nested deeper than 96 levels");
    assert!(load(&"- 1\n".repeat(20_000), 1, &mut Budget::new(10_000)).is_err());
}

#[test]
fn an_empty_document_is_none() {
    for text in ["", "# only a comment\n", "---\n", "null\n"] {
        assert_eq!(load(text, 1, &mut Budget::new(10)).unwrap(), None, "{text:?}");
    }
}
