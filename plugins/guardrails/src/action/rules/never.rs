//! Finds conditions that can never hold: a rule that cannot fire is a mistake, and looks like a safeguard.
//!
//! What is found: a list of nothing; parts of an `all` that no one value can meet, such as over 10 and under 5,
//! or two environments at once; and words that what the rule looks at cannot have.

use std::collections::BTreeSet;

use super::Match;
use crate::action::call::Effect;
use crate::action::condition::{Condition, Operator};
use crate::action::field::{Field, Type};

/// Why a condition can never hold for the calls that a rule looks at; none if it can.
pub(super) fn why(condition: &Condition, matching: &Match) -> Option<String> {
    never(&Condition::All(vec![condition.clone(), looked_at(matching)]))
}

/// What `match` says, as a condition.
fn looked_at(matching: &Match) -> Condition {
    let words = |field: Field, words: BTreeSet<String>| {
        (!words.is_empty()).then(|| Condition::Test(field, Operator::In(words.into_iter().collect())))
    };
    let own = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    let effects = matching.effects.iter().flat_map(|effect| match effect {
        // A destructive call may be one that its plugin calls a change, or that reveals a secret too.
        Effect::Destructive => &[Effect::Destructive, Effect::Change, Effect::Secret][..],
        Effect::Change => &[Effect::Change, Effect::Destructive],
        Effect::Secret => &[Effect::Secret, Effect::Destructive],
        Effect::Read => &[Effect::Read],
    });
    let parts = [
        words(Field::CallKind, own(matching.kinds.iter().map(|one| one.name()).collect())),
        words(Field::CallEffect, own(effects.map(|one| one.name()).collect())),
        words(Field::PrincipalKind, own(matching.principals.iter().map(|one| one.name()).collect())),
        words(Field::Environment, own(matching.environments.iter().map(|one| one.name()).collect())),
    ];
    Condition::All(parts.into_iter().flatten().collect())
}

fn never(condition: &Condition) -> Option<String> {
    match condition {
        Condition::Test(field, operator) => impossible(field, operator),
        Condition::Not(part) => always(part).then(|| "what it denies is always so".to_owned()),
        Condition::Any(parts) => {
            let reasons: Option<Vec<_>> = parts.iter().map(never).collect();
            reasons?.into_iter().next()
        }
        Condition::All(parts) => parts.iter().find_map(never).or_else(|| {
            let mut tests = Vec::new();
            gather(condition, &mut tests);
            tests.iter().enumerate().find_map(|(index, (field, _))| {
                let first = tests.iter().position(|(other, _)| other == field) == Some(index);
                let same = || tests.iter().filter(|(other, _)| other == field).map(|(_, operator)| *operator);
                if first { clash(field, &same().collect::<Vec<_>>()) } else { None }
            })
        }),
    }
}

/// The tests that must all hold.
fn gather<'c>(condition: &'c Condition, tests: &mut Vec<(&'c Field, &'c Operator)>) {
    match condition {
        Condition::Test(field, operator) => tests.push((field, operator)),
        Condition::All(parts) => parts.iter().for_each(|part| gather(part, tests)),
        Condition::Any(_) | Condition::Not(_) => {}
    }
}

fn impossible(field: &Field, operator: &Operator) -> Option<String> {
    match operator {
        Operator::In(list) | Operator::Like(list) if list.is_empty() => {
            Some("nothing is in an empty list".to_owned())
        }
        Operator::Under(bound) if field.kind() == Type::Number && *bound <= 0.0 => {
            Some("nothing is under zero".to_owned())
        }
        Operator::AtMost(bound) | Operator::Equals(bound) if field.kind() == Type::Number && *bound < 0.0 => {
            Some("nothing is under zero".to_owned())
        }
        Operator::Outside(list) => match field.kind() {
            Type::Word(words) | Type::Words(words)
                if words.iter().all(|word| list.iter().any(|one| one == word)) =>
            {
                Some("there is no other word".to_owned())
            }
            Type::Word(_) | Type::Words(_) | Type::Number | Type::Truth | Type::Texts | Type::Any => None,
        },
        Operator::Unlike(patterns) if patterns.iter().any(|pattern| pattern == "*") => {
            Some("everything is like `*`".to_owned())
        }
        Operator::Over(_)
        | Operator::Under(_)
        | Operator::AtLeast(_)
        | Operator::AtMost(_)
        | Operator::Equals(_)
        | Operator::Is(_)
        | Operator::In(_)
        | Operator::Like(_)
        | Operator::Unlike(_)
        | Operator::Found(_) => None,
    }
}

/// Whether a condition always holds; only what is plain to see.
fn always(condition: &Condition) -> bool {
    match condition {
        Condition::Test(field, operator) => match (operator, field.kind()) {
            (Operator::AtLeast(bound), Type::Number) => *bound <= 0.0,
            (Operator::In(list), Type::Word(words)) => {
                words.iter().all(|word| list.iter().any(|one| one == word))
            }
            _ => false,
        },
        Condition::All(parts) => parts.iter().all(always),
        Condition::Any(parts) => parts.iter().any(always),
        Condition::Not(part) => never(part).is_some(),
    }
}

/// Why no one value of a field meets all of these.
fn clash(field: &Field, operators: &[&Operator]) -> Option<String> {
    match field.kind() {
        Type::Number => {
            empty(operators).then(|| "no number is over the one bound and under the other".to_owned())
        }
        Type::Truth => {
            let both = operators.contains(&&Operator::Is(true)) && operators.contains(&&Operator::Is(false));
            both.then(|| "nothing is both true and false".to_owned())
        }
        Type::Word(words) => {
            let fits = |word: &&&str| operators.iter().all(|operator| operator.fits(word));
            (!words.iter().any(|word| fits(&word))).then(|| "no word meets all of it".to_owned())
        }
        // Of several words at once, each test may be met by another; but what `match` leaves has to meet each.
        Type::Words(words) => {
            let left: Vec<_> =
                words.iter().filter(|word| operators.last().is_none_or(|last| last.fits(word))).collect();
            let meets = |operator: &&Operator| left.iter().any(|word| operator.fits(word));
            (!operators.iter().all(meets)).then(|| "no call that it looks at has that word".to_owned())
        }
        Type::Texts | Type::Any => {
            let both = operators.contains(&&Operator::Found(false)) && operators.len() > 1;
            both.then(|| "what is not there has no value".to_owned())
        }
    }
}

/// Whether bounds leave no number.
fn empty(operators: &[&Operator]) -> bool {
    let (mut least, mut most, mut open) = (0.0_f64, f64::INFINITY, false);
    for operator in operators {
        let (low, high, strict) = match operator {
            Operator::Over(bound) => (*bound, f64::INFINITY, true),
            Operator::AtLeast(bound) => (*bound, f64::INFINITY, false),
            Operator::Under(bound) => (0.0, *bound, true),
            Operator::AtMost(bound) => (0.0, *bound, false),
            Operator::Equals(bound) => (*bound, *bound, false),
            Operator::Is(_)
            | Operator::In(_)
            | Operator::Outside(_)
            | Operator::Like(_)
            | Operator::Unlike(_)
            | Operator::Found(_) => continue,
        };
        least = least.max(low);
        most = most.min(high);
        open |= strict;
    }
    least > most || least >= most && open
}
