//! The shape of an operator's rules in `configuration.yaml`, and how they become rules.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::configuration::quantity::Written;
use crate::configuration::settings::{RawException, exception};
use crate::rules::{Faults, Spanned};
use crate::verdict::{Action, Severity};

use super::condition::{Condition, State, Test};
use super::path::Path;
use super::{Custom, Of};

/// Rules an operator may write.
const MAX_RULES: usize = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::configuration) struct RawCustom {
    id: Spanned<String>,
    r#for: Of,
    #[serde(default)]
    kinds: Vec<String>,
    when: Spanned<Vec<Spanned<RawCondition>>>,
    message: Spanned<String>,
    remediation: Spanned<String>,
    severity: Severity,
    action: Action,
    #[serde(default)]
    exceptions: Vec<Spanned<RawException>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCondition {
    path: Spanned<String>,
    is: Option<State>,
    r#in: Option<Vec<String>>,
    not_in: Option<Vec<String>>,
    above: Option<Spanned<String>>,
    below: Option<Spanned<String>>,
}

/// Makes rules of what the file says.
pub(in crate::configuration) fn read(raw: Vec<RawCustom>, faults: &mut Faults) -> Vec<Custom> {
    let mut seen = BTreeSet::new();
    let mut rules = Vec::new();
    for one in raw {
        let number = one.id.value.strip_prefix('X').is_some_and(|number| {
            (1..=4).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())
        });
        if !number {
            faults.at(&one.id, format!("`{}`: the id of a rule of your own is X and a number", one.id.value));
        }
        if !seen.insert(one.id.value.clone()) {
            faults.at(&one.id, format!("`{}` is given twice", one.id.value));
        }
        if rules.len() == MAX_RULES {
            faults.at(&one.id, format!("there may be {MAX_RULES} rules of your own"));
        }
        for text in [&one.message, &one.remediation].into_iter().filter(|text| text.value.trim().is_empty()) {
            faults.at(text, "an empty text says nothing");
        }
        if one.when.value.is_empty() {
            faults.at(&one.when, "a rule without a condition would fire on everything");
        }
        let containers = one.r#for == Of::Container;
        rules.push(Custom {
            of: one.r#for,
            kinds: one.kinds,
            when: one.when.value.into_iter().filter_map(|raw| condition(raw, faults)).collect(),
            message: one.message.value,
            remediation: one.remediation.value,
            severity: one.severity,
            action: one.action,
            exceptions: one
                .exceptions
                .into_iter()
                .map(|raw| exception(&one.id.value, containers, raw, faults))
                .collect(),
            id: one.id.value,
        });
    }
    rules
}

fn condition(raw: Spanned<RawCondition>, faults: &mut Faults) -> Option<Condition> {
    let place = raw.place();
    let raw = raw.value;
    let path = Path::parse(&raw.path.value);
    if path.is_none() {
        faults.at(
            &raw.path,
            format!("`{}` is no path; one reads like `metadata.labels[team]`", raw.path.value),
        );
    }
    let mut quantity = |text: Option<Spanned<String>>| {
        text.map(|text| {
            let written = Written::parse(&text.value);
            if written.is_none() {
                faults.at(
                    &text,
                    format!("`{}` is no quantity; one reads like `4`, `500m` or `8Gi`", text.value),
                );
            }
            written
        })
    };
    let (above, below) = (quantity(raw.above), quantity(raw.below));
    let mut tests = [
        raw.is.map(|state| Some(Test::Is(state))),
        raw.r#in.map(|patterns| Some(Test::In(patterns))),
        raw.not_in.map(|patterns| Some(Test::NotIn(patterns))),
        above.map(|amount| amount.map(Test::Above)),
        below.map(|amount| amount.map(Test::Below)),
    ]
    .into_iter()
    .flatten();
    let (Some(test), None) = (tests.next(), tests.next()) else {
        faults.at_place(place, "a condition has exactly one of is, in, not_in, above and below");
        return None;
    };
    Some(Condition { path: path?, test: test? })
}
