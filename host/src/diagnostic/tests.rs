//! Places, and how faults read.

use super::*;

#[test]
fn columns_count_characters_and_lines_count_from_one() {
    let source = Source::new("a.toml", "é = 1\nö = \"ü\" x");
    let at = |start| source.place(start..start).line_column();
    assert_eq!(at(0), (1, 1));
    assert_eq!(at(2), (1, 2));
    assert_eq!(at(7), (2, 1));
    assert_eq!(at(source.text().len()), (2, 10));
    // Beyond the text, and within a character: the nearest thing that makes sense.
    assert_eq!(at(1000), (2, 10));
    assert_eq!(at(1), (1, 1));
}

#[test]
fn faults_are_told_in_the_order_of_their_places() {
    let source = Source::new("a.toml", "one = 1\ntwo = 2\n");
    let faults = Faults::new(source);
    faults.add_help(8..11, "second", "mend it");
    faults.add(0..3, "first");
    let told = faults.finish(Some(())).unwrap_err();
    assert_eq!(told.to_string(), "a.toml:1:1: first\na.toml:2:1: second\n  help: mend it");
    assert_eq!(
        serde_json::to_string(&told).unwrap(),
        r#"[{"file":"a.toml","line":1,"column":1,"message":"first","help":null},{"file":"a.toml","line":2,"column":1,"message":"second","help":"mend it"}]"#
    );
}

#[test]
fn what_nobody_asked_for_is_a_fault() {
    let faults = Faults::new(Source::new("a.toml", "b = 1\nc = 2\n[d]\ne = true\n"));
    faults.read(|root| {
        root.number("b", 0, 9)?;
        root.table("d")?.text("f");
        Some(())
    });
    let told = faults.finish(Some(())).unwrap_err().to_string();
    assert_eq!(
        told,
        "a.toml:2:1: the file has no field `c`\n  help: it takes `b` or `d`\n\
         a.toml:4:1: `[d]` has no field `e`\n  help: it takes `f`"
    );
}

#[test]
fn lists_read_as_people_say_them() {
    assert_eq!(one_of([]), "nothing");
    assert_eq!(one_of(["a"]), "`a`");
    assert_eq!(one_of(["a", "b", "c"]), "`a`, `b` or `c`");
}
