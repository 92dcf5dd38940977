//! Reading rule files: YAML, with the line and column of every mistake.
//!
//! A file is read whole or not at all: an unknown field, an unknown rule or a threshold out of bounds is a
//! [`Fault`], all of them are told, and a host with faulty rules does not start.
//!
//! Every validator reads its file the same way, in two steps:
//!
//! 1. [`read`] turns the text into the shape of the file, a private `Raw…` type with
//!    `#[serde(deny_unknown_fields)]`. What serde refuses is a fault with its place: an unknown field, a wrong
//!    type, an unknown name of an enum, a missing field, a key given twice.
//! 2. The validator checks what serde cannot: that an id is one of its rules, that a threshold lies within its
//!    bounds, that two settings agree. It holds those values as [`Spanned`], and [`Faults::at`] makes a fault of
//!    such a value. [`Faults::finish`] then gives the result, or all faults in the order of the file.
//!
//! ```
//! use postern_guardrails::rules::{self, Faults, Spanned};
//!
//! #[derive(serde::Deserialize)]
//! #[serde(deny_unknown_fields)]
//! struct Raw { budget: Spanned<u32> }
//!
//! let text = "budget: 900\n";
//! let raw: Raw = rules::read("action.yaml", text).unwrap();
//! let mut faults = Faults::new("action.yaml");
//! if raw.budget.value > 100 {
//!     faults.at(&raw.budget, "a budget is at most 100 calls");
//! }
//! let told = faults.finish(()).unwrap_err();
//! assert_eq!(told[0].to_string(), "action.yaml:1:9: a budget is at most 100 calls");
//! ```
//!
//! Do not use `flatten`, `untagged` or internally tagged enums in a raw type: serde buffers those, and their
//! places are lost.

mod fault;

pub use fault::{Fault, Faults};

pub use crate::yaml::Spanned;

use serde::de::DeserializeOwned;

use crate::yaml::{self, Budget, Place};

/// Values in one rule file at most: far more than any list of rules needs, few enough to bound the work.
const MAX_VALUES: usize = 50_000;

/// Bytes of one rule file at most.
const MAX_BYTES: usize = 1 << 20;

/// Reads a rule file into the shape it must have.
///
/// # Errors
/// Every mistake of syntax and shape that could be told apart, in the order of the file. Only the first of the
/// syntax, for what follows it cannot be trusted.
pub fn read<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, Vec<Fault>> {
    let mut faults = Faults::new(file);
    let beginning = Place { line: 1, column: 1 };
    if text.len() > MAX_BYTES {
        faults.at_place(beginning, format!("a rule file holds at most {MAX_BYTES} bytes"));
        return Err(faults.into_told());
    }
    let root = match yaml::load(text, 1, &mut Budget::new(MAX_VALUES)) {
        Ok(Some(root)) => root,
        Ok(None) => {
            faults.at_place(beginning, "the file is empty");
            return Err(faults.into_told());
        }
        Err(problem) => {
            faults.at_place(problem.place, problem.message);
            return Err(faults.into_told());
        }
    };
    yaml::deserialize(&root).map_err(|problems| {
        for problem in problems {
            faults.at_place(problem.place, problem.message);
        }
        faults.into_told()
    })
}

#[cfg(test)]
mod tests;
