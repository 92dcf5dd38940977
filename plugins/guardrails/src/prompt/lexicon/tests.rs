//! Tests of the lists and of how phrases are matched.

use super::{Builder, LISTS};
use crate::prompt::view::View;
use crate::prompt::words::Words;

/// Whether a list of these phrases finds something in a text, and what, in words.
#[track_caller]
fn found(phrases: &[&str], text: &str) -> Vec<(usize, usize)> {
    let mut builder = Builder::default();
    let concept = builder.concept("c");
    phrases.iter().for_each(|phrase| builder.phrase(concept, phrase).unwrap());
    let lexicon = builder.finish().unwrap();
    let words = Words::of(&View::original(text), &lexicon);
    words.hits(concept).iter().map(|hit| (hit.from, hit.to)).collect()
}

#[test]
fn phrases_are_whole_words() {
    assert_eq!(found(&["ignore all"], "Ignore, ALL; ignored all ignore allways"), [(0, 2)]);
    assert_eq!(found(&["dont do"], "don't do, don’t do"), [(0, 2), (2, 4)]);
    assert_eq!(found(&["previous"], "pre\u{ad}vious prévious Ｐｒｅｖｉｏｕｓ"), [(0, 1), (1, 2), (2, 3)]);
}

#[test]
fn stems_stand_for_endings() {
    assert_eq!(found(&["instru* now"], "instructions now instrument now instr now"), [(0, 2), (2, 4)]);
    assert_eq!(found(&["инструкци*"], "Инструкции, инструкция"), [(0, 1), (1, 2)]);
}

#[test]
fn choices_may_be_nothing_and_hold_choices() {
    let phrase = ["(show|tell (me|us)) (the|) prompt"];
    assert_eq!(found(&phrase, "show prompt"), [(0, 2)]);
    assert_eq!(found(&phrase, "tell us the prompt"), [(0, 4)]);
    assert_eq!(found(&phrase, "tell prompt"), []);
}

#[test]
fn scripts_without_spaces_are_matched_by_characters() {
    assert_eq!(found(&["忽略(所有|)指令"], "请忽略所有指令。忽略指令"), [(1, 7), (7, 11)]);
    assert_eq!(found(&["プロンプト"], "このﾌﾟﾛﾝﾌﾟﾄを"), [(2, 7)]);
}

#[test]
fn look_alikes_count_only_within_a_word_of_two_scripts() {
    assert_eq!(found(&["ignore"], "ignоre"), [(0, 1)]);
    assert_eq!(found(&["cop"], "сор"), []);
}

#[test]
fn what_cannot_be_read_is_refused() {
    for phrase in ["", "()", "(a", "a)", "a|b", "a(b|c)", "(a|b)*", "((((((a))))))", "(a|)"] {
        let mut builder = Builder::default();
        let concept = builder.concept("c");
        assert!(builder.phrase(concept, phrase).is_err(), "`{phrase}` is read");
    }
    assert!(Builder::default().list("a phrase without a concept\n").is_err());
}

#[test]
fn the_built_in_lists_are_read_and_stay_small() {
    let mut builder = Builder::default();
    for (name, list) in LISTS {
        builder.list(list).unwrap_or_else(|(line, what)| panic!("{name}:{line}: {what}"));
    }
    let lexicon = builder.finish().unwrap();
    assert!(lexicon.len() < 512 * 1024, "{} bytes", lexicon.len());
}
