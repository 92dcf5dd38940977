//! Conditions: what has to be so for a rule to fire.
//!
//! A condition is answered by yes, no, or *unknown*: the inventory does not say how many nodes a cluster has, an
//! argument cannot be read as a number. Unknown is kept apart through `all`, `any` and `not` as in Kleene's
//! three-valued logic, so that what a rule does without knowing is decided once, by its `unknown`.

use serde::{Deserialize, Serialize};

use super::field::Field;
use super::judgement::Finding;
use super::name::like_any;
use super::reading::{Facing, Reading};

/// What has to be so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Test(Field, Operator),
}

/// How a field is compared. Lists and limits are those of the settings, already looked up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Operator {
    Over(f64),
    Under(f64),
    AtLeast(f64),
    AtMost(f64),
    Equals(f64),
    Is(bool),
    /// Some value is one of these.
    In(Vec<String>),
    /// Some value is none of these.
    Outside(Vec<String>),
    /// Some value is of one of these patterns.
    Like(Vec<String>),
    /// Some value is of none of these patterns.
    Unlike(Vec<String>),
    /// There is a value.
    Found(bool),
}

/// What a condition comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Answer {
    No,
    Unknown,
    Yes,
}

impl Answer {
    fn of(truth: bool) -> Self {
        if truth { Self::Yes } else { Self::No }
    }

    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
            Self::Yes => Self::No,
        }
    }
}

/// What a finding has to tell: what is so, and where it stands.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    pub(super) words: Vec<String>,
    pub(super) pointers: Vec<String>,
}

impl Evidence {
    /// Adds what is not told yet.
    pub(super) fn add(&mut self, words: String, pointers: impl IntoIterator<Item = String>) {
        if !words.is_empty() && !self.words.contains(&words) {
            self.words.push(words);
        }
        for pointer in pointers {
            if self.pointers.len() >= Finding::MAX_POINTERS {
                break;
            }
            if !self.pointers.contains(&pointer) {
                self.pointers.push(pointer);
            }
        }
    }
}

impl Condition {
    /// Whether it is so of a call.
    pub(super) fn answer(&self, facing: &Facing<'_>) -> Answer {
        match self {
            // Ends early: what comes after a `no` need not be worked out.
            Self::All(parts) => {
                let mut least = Answer::Yes;
                for part in parts {
                    least = least.min(part.answer(facing));
                    if least == Answer::No {
                        break;
                    }
                }
                least
            }
            Self::Any(parts) => {
                let mut most = Answer::No;
                for part in parts {
                    most = most.max(part.answer(facing));
                    if most == Answer::Yes {
                        break;
                    }
                }
                most
            }
            Self::Not(part) => part.answer(facing).not(),
            Self::Test(field, operator) => operator.answer(&facing.read(field)),
        }
    }

    /// Tells why the answer is what it is.
    pub(super) fn explain(&self, facing: &Facing<'_>, evidence: &mut Evidence) {
        match self {
            Self::All(parts) => parts.iter().for_each(|part| part.explain(facing, evidence)),
            Self::Any(parts) => {
                let answer = self.answer(facing);
                let decisive = parts.iter().filter(|part| part.answer(facing) == answer);
                decisive.for_each(|part| part.explain(facing, evidence));
            }
            Self::Not(part) => part.explain(facing, evidence),
            Self::Test(field, operator) => {
                let reading = facing.read(field);
                let (words, pointers) = facing.tell(field, &reading, operator);
                evidence.add(words, pointers);
            }
        }
    }
}

impl Operator {
    fn answer(&self, reading: &Reading) -> Answer {
        match reading {
            Reading::Truth(truth, _) => match (self, truth) {
                (Self::Is(wanted), Some(truth)) => Answer::of(wanted == truth),
                _ => Answer::Unknown,
            },
            Reading::Number { least, unclear, .. } => self.number(*least, *unclear),
            Reading::Texts { values, unclear } => {
                if let Self::Found(wanted) = self {
                    return Answer::of(values.is_empty() != *wanted);
                }
                let some = values.iter().any(|one| self.fits(&one.value));
                if some {
                    Answer::Yes
                } else if *unclear {
                    Answer::Unknown
                } else {
                    Answer::No
                }
            }
            Reading::Values(values) => self.values(values),
        }
    }

    /// Whether a number fits that is at least so large, and may be larger where it is unclear.
    fn number(&self, least: f64, unclear: bool) -> Answer {
        let sure = |yes: bool, can_change: bool| {
            if unclear && can_change { Answer::Unknown } else { Answer::of(yes) }
        };
        match self {
            Self::Over(bound) => sure(least > *bound, least <= *bound),
            Self::AtLeast(bound) => sure(least >= *bound, least < *bound),
            Self::Under(bound) => sure(least < *bound, least < *bound),
            Self::AtMost(bound) => sure(least <= *bound, least <= *bound),
            Self::Equals(bound) => sure((least - bound).abs() < 1e-9, least <= *bound),
            Self::Is(_)
            | Self::In(_)
            | Self::Outside(_)
            | Self::Like(_)
            | Self::Unlike(_)
            | Self::Found(_) => Answer::Unknown,
        }
    }

    /// Whether one text fits.
    pub(super) fn fits(&self, text: &str) -> bool {
        match self {
            Self::In(list) => list.iter().any(|one| one == text),
            Self::Outside(list) => !list.iter().any(|one| one == text),
            Self::Like(patterns) => like_any(patterns, text),
            Self::Unlike(patterns) => !like_any(patterns, text),
            Self::Found(wanted) => *wanted,
            Self::Over(_)
            | Self::Under(_)
            | Self::AtLeast(_)
            | Self::AtMost(_)
            | Self::Equals(_)
            | Self::Is(_) => false,
        }
    }

    /// Whether some argument fits. One that is not there, or of another type, is unknown.
    fn values(&self, values: &[(String, serde_json::Value)]) -> Answer {
        if let Self::Found(wanted) = self {
            return Answer::of(values.is_empty() != *wanted);
        }
        let answers = values.iter().map(|(_, value)| self.value(value));
        answers.max().unwrap_or(Answer::Unknown)
    }

    /// Whether one argument fits.
    pub(super) fn value(&self, value: &serde_json::Value) -> Answer {
        use super::facts::{number, switches_on};
        match self {
            Self::Is(wanted) => Answer::of(switches_on(value) == *wanted),
            Self::In(_) | Self::Outside(_) | Self::Like(_) | Self::Unlike(_) => match value {
                serde_json::Value::String(text) => Answer::of(self.fits(text)),
                serde_json::Value::Number(number) => Answer::of(self.fits(&number.to_string())),
                serde_json::Value::Bool(truth) => Answer::of(self.fits(&truth.to_string())),
                serde_json::Value::Null | serde_json::Value::Array(_) | serde_json::Value::Object(_) => {
                    Answer::Unknown
                }
            },
            Self::Over(_) | Self::Under(_) | Self::AtLeast(_) | Self::AtMost(_) | Self::Equals(_) => {
                number(value).map_or(Answer::Unknown, |number| self.number(number, false))
            }
            Self::Found(wanted) => Answer::of(*wanted),
        }
    }
}
