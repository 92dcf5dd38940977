//! Every shipped rule has calls for which it fires and calls for which it does not.
//!
//! A folder here is a rule, a file in it a call: `fires*.json` or `passes*.json`, with `why`, the `call`, and, where
//! they matter, `edit` (what to replace in the shipped file) and the `pointers` that are told.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::{SHIPPED, call, edited, judged, rules};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixture {
    why: String,
    #[serde(default)]
    edit: BTreeMap<String, String>,
    call: Value,
    pointers: Option<Vec<String>>,
}

/// The fixtures by rule and file name.
fn fixtures() -> BTreeMap<(String, String), Fixture> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/action");
    let mut all = BTreeMap::new();
    for folder in fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir())
    {
        let rule = folder.file_name().unwrap().to_string_lossy().into_owned();
        for file in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if file.extension().is_some_and(|extension| extension == "json") {
                let name = file.file_stem().unwrap().to_string_lossy().into_owned();
                let read = serde_json::from_str(&fs::read_to_string(&file).unwrap());
                all.insert(
                    (rule.clone(), name),
                    read.unwrap_or_else(|error| panic!("{}: {error}", file.display())),
                );
            }
        }
    }
    all
}

#[test]
fn every_fixture_is_judged_as_it_says() {
    let mut wrong = Vec::new();
    for ((rule, name), fixture) in fixtures() {
        let edits: Vec<_> = fixture.edit.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
        let judgement = judged(&edited(&edits), &call(&fixture.call));
        let finding = judgement.findings.iter().find(|finding| finding.rule == rule);
        if finding.is_some() != name.starts_with("fires") {
            wrong.push(format!("{rule}/{name} ({}): {judgement:#?}", fixture.why));
        }
        if let (Some(finding), Some(pointers)) = (finding, &fixture.pointers) {
            let said: BTreeSet<_> = pointers.iter().collect();
            let told: BTreeSet<_> = finding.pointers.iter().collect();
            if said != told {
                wrong.push(format!("{rule}/{name} ({}): {told:?}", fixture.why));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_has_calls_that_it_is_for_and_calls_that_it_is_not_for() {
    let rules = rules(SHIPPED);
    let shipped: BTreeSet<_> = rules.ids().map(str::to_owned).collect();
    let with = |begin: &str| {
        let names = fixtures().into_keys().filter(|(_, name)| name.starts_with(begin));
        names.map(|(rule, _)| rule).collect::<BTreeSet<_>>()
    };
    assert_eq!(with("fires"), shipped, "one `fires*.json` for each rule, and none for others");
    assert_eq!(with("passes"), shipped, "one `passes*.json` for each rule, and none for others");
    let strange: Vec<_> = fixtures()
        .into_keys()
        .filter(|(_, name)| !name.starts_with("fires") && !name.starts_with("passes"))
        .collect();
    assert!(strange.is_empty(), "neither `fires` nor `passes`: {strange:?}");
}
