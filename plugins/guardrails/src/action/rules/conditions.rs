//! How written conditions become checked ones: fields that exist, operators that their types know, and limits
//! and lists looked up.

use std::collections::BTreeSet;

use super::Rules;
use super::compile::distinct;
use super::raw::{List, RawCondition, Scalar};
use super::settings::Named;
use crate::action::condition::{Condition, Operator};
use crate::action::field::{Field, Type};
use crate::rules::{Fault, Faults, Spanned};

/// Nesting of conditions at most.
const MAX_DEPTH: usize = 16;

/// The mistakes so far, and which settings were used.
pub(super) struct Compiling {
    named: Named,
    used: BTreeSet<String>,
    pub(super) faults: Faults,
    depth: usize,
}

impl Compiling {
    pub(super) fn new(named: Named, faults: Faults) -> Self {
        Self { named, used: BTreeSet::new(), faults, depth: 0 }
    }

    /// The rules, if nothing is wrong. A limit or list that no rule uses is: somebody relies on it.
    pub(super) fn finish(mut self, rules: Rules) -> Result<Rules, Vec<Fault>> {
        let limits = self.named.limits.keys().map(|name| ("limits", name));
        for (kind, name) in limits.chain(self.named.lists.keys().map(|name| ("lists", name))) {
            let full = format!("{kind}.{}", name.value);
            if !self.used.contains(&full) {
                self.faults.at(name, format!("no rule uses `{full}`"));
            }
        }
        self.faults.finish(rules)
    }

    /// Checks a condition. None if it is faulty: that is told.
    pub(super) fn condition(&mut self, raw: &Spanned<RawCondition>) -> Option<Condition> {
        if self.depth >= MAX_DEPTH {
            self.faults.at(raw, format!("conditions nest at most {MAX_DEPTH} deep"));
            return None;
        }
        self.depth = self.depth.saturating_add(1);
        let condition = self.one(raw);
        self.depth = self.depth.saturating_sub(1);
        condition
    }

    fn one(&mut self, raw: &Spanned<RawCondition>) -> Option<Condition> {
        let kinds = [
            raw.value.all.is_some(),
            raw.value.any.is_some(),
            raw.value.not.is_some(),
            raw.value.field.is_some(),
        ];
        if kinds.iter().filter(|is| **is).count() != 1 {
            self.faults.at(raw, "a condition is one of `all`, `any`, `not`, or a `field` with an operator");
            return None;
        }
        let Some(field) = &raw.value.field else {
            if let Some(stray) = operators(&raw.value).first() {
                self.faults.at(raw, format!("`{stray}` needs a `field`"));
            }
            if let Some(part) = &raw.value.not {
                return self.condition(part).map(|part| Condition::Not(Box::new(part)));
            }
            let all = self.parts(raw.value.all.as_deref(), raw);
            let any = self.parts(raw.value.any.as_deref(), raw);
            return all.map(Condition::All).or_else(|| any.map(Condition::Any));
        };
        let parsed = match Field::parse(&field.value) {
            Ok(parsed) => parsed,
            Err(message) => {
                self.faults.at(field, message);
                return None;
            }
        };
        let names = operators(&raw.value);
        if names.len() != 1 {
            let said = if names.is_empty() {
                "has none".to_owned()
            } else {
                format!("has `{}`", names.join("` and `"))
            };
            let known = known(&parsed.kind());
            self.faults.at(raw, format!("`{}` takes one operator of {known}; it {said}", field.value));
            return None;
        }
        let operator = self.operator(&raw.value, &field.value, &parsed.kind())?;
        Some(Condition::Test(parsed, operator))
    }

    fn parts(
        &mut self,
        parts: Option<&[Spanned<RawCondition>]>,
        raw: &Spanned<RawCondition>,
    ) -> Option<Vec<Condition>> {
        let parts = parts?;
        if parts.is_empty() {
            self.faults.at(raw, "there is no condition in it");
        }
        let checked: Vec<_> = parts.iter().map(|part| self.condition(part)).collect();
        checked.into_iter().collect()
    }

    fn operator(&mut self, raw: &RawCondition, field: &str, kind: &Type) -> Option<Operator> {
        let bound = |bound, make| Some((bound?, make));
        let bounded = bound(raw.over.as_ref(), Operator::Over as fn(f64) -> Operator)
            .or_else(|| bound(raw.under.as_ref(), Operator::Under))
            .or_else(|| bound(raw.at_least.as_ref(), Operator::AtLeast))
            .or_else(|| bound(raw.at_most.as_ref(), Operator::AtMost));
        if let Some((bound, make)) = bounded {
            return match kind {
                Type::Number | Type::Any => self.bound(bound).map(make),
                Type::Truth | Type::Word(_) | Type::Words(_) | Type::Texts => self.misfit(bound, field, kind),
            };
        }
        let list = |list, make, patterns| Some((list?, make, patterns));
        let listed = list(raw.within.as_ref(), Operator::In as fn(Vec<String>) -> Operator, false)
            .or_else(|| list(raw.outside.as_ref(), Operator::Outside, false))
            .or_else(|| list(raw.like.as_ref(), Operator::Like, true))
            .or_else(|| list(raw.unlike.as_ref(), Operator::Unlike, true));
        if let Some((list, make, patterns)) = listed {
            return match kind {
                Type::Texts | Type::Any => self.list(list, None).map(make),
                Type::Word(words) | Type::Words(words) if !patterns => self.list(list, Some(words)).map(make),
                Type::Word(_) | Type::Words(_) | Type::Number | Type::Truth => self.misfit(list, field, kind),
            };
        }
        if let Some(found) = &raw.found {
            return match kind {
                Type::Texts | Type::Any => Some(Operator::Found(found.value)),
                Type::Word(_) | Type::Words(_) | Type::Number | Type::Truth => {
                    self.misfit(found, field, kind)
                }
            };
        }
        self.is(raw.is.as_ref()?, field, kind)
    }

    fn is(&mut self, is: &Spanned<Scalar>, field: &str, kind: &Type) -> Option<Operator> {
        match (kind, &is.value) {
            (Type::Truth | Type::Any, Scalar::Truth(truth)) => Some(Operator::Is(*truth)),
            (Type::Number, Scalar::Text(text)) if text.starts_with("limits.") => {
                self.bound(is).map(Operator::Equals)
            }
            (Type::Number | Type::Any, Scalar::Number(number)) => Some(Operator::Equals(*number)),
            (Type::Texts | Type::Any, Scalar::Text(text)) => Some(Operator::In(vec![text.clone()])),
            (Type::Word(words) | Type::Words(words), Scalar::Text(text)) => {
                self.word(text, words, is).map(|word| Operator::In(vec![word]))
            }
            _ => self.misfit(is, field, kind),
        }
    }

    fn misfit<T, R>(&mut self, at: &Spanned<T>, field: &str, kind: &Type) -> Option<R> {
        let known = known(kind);
        let what = match kind {
            Type::Number => "a number",
            Type::Truth => "true or false",
            Type::Word(_) | Type::Words(_) => "a word",
            Type::Texts => "texts",
            Type::Any => "any value",
        };
        self.faults.at(at, format!("`{field}` is {what}: it takes one of {known}"));
        None
    }

    /// A number, or the limit of that name.
    fn bound(&mut self, bound: &Spanned<Scalar>) -> Option<f64> {
        match &bound.value {
            Scalar::Number(number) => return Some(*number),
            Scalar::Text(text) => {
                let limit = text.strip_prefix("limits.").and_then(|name| {
                    self.named.limits.iter().find(|(known, _)| known.value == name).map(|(_, limit)| *limit)
                });
                if let Some(limit) = limit {
                    self.used.insert(text.clone());
                    return Some(limit);
                }
                let known = one_of("limits", self.named.limits.keys());
                self.faults.at(bound, format!("`{text}` is neither a number nor a limit; {known}"));
            }
            Scalar::Truth(_) => self.faults.at(bound, "this takes a number, or the name of a limit"),
        }
        None
    }

    /// Texts, or the list of that name; of these words, if there is a choice of words.
    fn list(&mut self, list: &Spanned<List>, words: Option<&[&'static str]>) -> Option<Vec<String>> {
        match &list.value {
            List::Texts(texts) => {
                if texts.is_empty() {
                    self.faults.at(list, "the list is empty");
                    return None;
                }
                let values = distinct(texts, &mut self.faults);
                if let Some(words) = words {
                    let checked: Vec<_> =
                        texts.iter().map(|text| self.word(&text.value, words, text)).collect();
                    return checked.into_iter().collect();
                }
                Some(values)
            }
            List::Name(name) => {
                let found = name.strip_prefix("lists.").and_then(|name| {
                    self.named
                        .lists
                        .iter()
                        .find(|(known, _)| known.value == name)
                        .map(|(_, list)| list.clone())
                });
                if found.is_none() {
                    let known = one_of("lists", self.named.lists.keys());
                    self.faults.at(list, format!("`{name}` is no list; {known}"));
                } else {
                    self.used.insert(name.clone());
                }
                let values = found?;
                if let Some(words) = words {
                    let checked: Vec<_> = values.iter().map(|text| self.word(text, words, list)).collect();
                    return checked.into_iter().collect();
                }
                Some(values)
            }
        }
    }

    fn word<T>(&mut self, text: &str, words: &[&'static str], at: &Spanned<T>) -> Option<String> {
        if words.contains(&text) {
            return Some(text.to_owned());
        }
        self.faults.at(at, format!("`{text}` is none of `{}`", words.join("`, `")));
        None
    }
}

fn one_of<'a>(kind: &str, names: impl Iterator<Item = &'a Spanned<String>>) -> String {
    let names: Vec<_> = names.map(|name| format!("`{kind}.{}`", name.value)).collect();
    if names.is_empty() {
        format!("there are no {kind} in the settings")
    } else {
        format!("there are {}", names.join(", "))
    }
}

/// The names of the operators that are written.
fn operators(raw: &RawCondition) -> Vec<&'static str> {
    [
        ("is", raw.is.is_some()),
        ("over", raw.over.is_some()),
        ("under", raw.under.is_some()),
        ("at_least", raw.at_least.is_some()),
        ("at_most", raw.at_most.is_some()),
        ("in", raw.within.is_some()),
        ("outside", raw.outside.is_some()),
        ("like", raw.like.is_some()),
        ("unlike", raw.unlike.is_some()),
        ("found", raw.found.is_some()),
    ]
    .into_iter()
    .filter_map(|(name, is)| is.then_some(name))
    .collect()
}

fn known(kind: &Type) -> &'static str {
    match kind {
        Type::Number => "`is`, `over`, `under`, `at_least`, `at_most`",
        Type::Truth => "`is: true`, `is: false`",
        Type::Word(_) | Type::Words(_) => "`is`, `in`, `outside`",
        Type::Texts => "`is`, `in`, `outside`, `like`, `unlike`, `found`",
        Type::Any => {
            "`is`, `over`, `under`, `at_least`, `at_most`, `in`, `outside`, `like`, `unlike`, `found`"
        }
    }
}
