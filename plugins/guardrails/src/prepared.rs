//! The operator's files, read once; and what was made of them, read in every call.
//!
//! A fresh instance serves each call, so that reading YAML there would be most of its work. What was made of each
//! file is a section of its own, decoded only when it is asked for.

use serde::{Deserialize, Serialize};

use crate::rules::Fault;
use crate::{action, configuration, prompt};

/// The names of the files, of which an operator may leave any out: what it says is then not judged.
const ACTION: &str = "action.yaml";
const CONFIGURATION: &str = "configuration.yaml";
const PROMPT: &str = "prompt.yaml";

/// The rules of each validator, encoded. An empty section: there is no such file.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Prepared<'a> {
    action: &'a [u8],
    configuration: &'a [u8],
    prompt: &'a [u8],
}

/// Reads the operator's files.
///
/// # Errors
/// Every mistake of every file, and files that no validator has.
pub fn prepare<'f>(files: impl IntoIterator<Item = (&'f str, &'f str)>) -> Result<Vec<u8>, Vec<Fault>> {
    let (mut sections, mut faults) = ([const { Vec::new() }; 3], Vec::new());
    for (name, text) in files {
        let [action, configuration, prompt] = &mut sections;
        let read = match name {
            ACTION => action::Rules::read(name, text).map(|rules| *action = compact(&rules)),
            CONFIGURATION => configuration::Rules::read(name, text)
                .map(|rules| *configuration = serde_json::to_vec(&rules).unwrap_or_default()),
            PROMPT => prompt::Rules::read(name, text).map(|rules| *prompt = compact(&rules)),
            other => Err(vec![stranger(other)]),
        };
        faults.extend(read.err().into_iter().flatten());
    }
    let [action, configuration, prompt] = &sections;
    if faults.is_empty() { Ok(compact(&Prepared { action, configuration, prompt })) } else { Err(faults) }
}

impl<'a> Prepared<'a> {
    /// What [`prepare`] made. Where it was never asked there are no rules.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn of(bytes: &'a [u8]) -> Result<Self, Unreadable> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        postcard::from_bytes(bytes).map_err(|_| Unreadable)
    }

    /// The rules about calls; `None` where the operator has none.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn action(&self) -> Result<Option<action::Rules>, Unreadable> {
        decoded(self.action, |section| postcard::from_bytes(section).ok())
    }

    /// The rules about documents; `None` where the operator has none.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn configuration(&self) -> Result<Option<configuration::Rules>, Unreadable> {
        decoded(self.configuration, |section| serde_json::from_slice(section).ok())
    }

    /// The rules about texts; `None` where the operator has none.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn prompt(&self) -> Result<Option<prompt::Rules>, Unreadable> {
        decoded(self.prompt, |section| postcard::from_bytes(section).ok())
    }
}

/// What was prepared is not what this crate prepares: a mistake of its own, and no reason to let anything pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the rules that were prepared cannot be read")]
pub struct Unreadable;

fn decoded<T>(section: &[u8], decode: impl FnOnce(&[u8]) -> Option<T>) -> Result<Option<T>, Unreadable> {
    if section.is_empty() {
        return Ok(None);
    }
    decode(section).map(Some).ok_or(Unreadable)
}

fn compact<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_allocvec(value).unwrap_or_default()
}

fn stranger(name: &str) -> Fault {
    Fault {
        file: name.to_owned(),
        line: 1,
        column: 1,
        message: format!(
            "no validator has this file; the files are `{ACTION}`, `{CONFIGURATION}` and `{PROMPT}`"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped() -> [(&'static str, &'static str); 3] {
        [
            (ACTION, include_str!("../../../policies/guardrails/action.yaml")),
            (CONFIGURATION, include_str!("../../../policies/guardrails/configuration.yaml")),
            (PROMPT, include_str!("../../../policies/guardrails/prompt.yaml")),
        ]
    }

    #[test]
    fn what_was_made_of_the_files_is_read_as_it_was() {
        let bytes = prepare(shipped()).unwrap();
        let prepared = Prepared::of(&bytes).unwrap();
        for (name, text) in shipped() {
            match name {
                ACTION => assert_eq!(prepared.action().unwrap(), action::Rules::read(name, text).ok()),
                CONFIGURATION => {
                    assert_eq!(
                        prepared.configuration().unwrap(),
                        configuration::Rules::read(name, text).ok()
                    );
                }
                _ => {
                    let (read, again) =
                        (prompt::Rules::read(name, text).unwrap(), prepared.prompt().unwrap().unwrap());
                    assert!(again.ids().eq(read.ids()));
                }
            }
        }
    }

    #[test]
    fn every_mistake_of_every_file_is_told() {
        let faults =
            prepare([(ACTION, "rulez: 1"), ("rules.yaml", ""), (PROMPT, "thresholdz: 1")]).unwrap_err();
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        for beginning in
            ["action.yaml:1:1: ", "rules.yaml:1:1: no validator has this file", "prompt.yaml:1:1: "]
        {
            assert!(told.iter().any(|told| told.starts_with(beginning)), "{told:?}");
        }
    }

    #[test]
    fn no_file_is_no_rule() {
        for bytes in [prepare([]).unwrap(), Vec::new()] {
            let prepared = Prepared::of(&bytes).unwrap();
            assert_eq!((prepared.action(), prepared.configuration()), (Ok(None), Ok(None)));
            assert!(prepared.prompt().unwrap().is_none());
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_taken_for_nothing() {
        let mut bytes = prepare(shipped()).unwrap();
        bytes.truncate(40);
        assert_eq!(Prepared::of(&bytes).err(), Some(Unreadable));
        let damaged = Prepared { action: &[1, 2], configuration: b"{", prompt: &[9] };
        assert_eq!((damaged.action(), damaged.configuration()), (Err(Unreadable), Err(Unreadable)));
        assert!(damaged.prompt().is_err());
    }
}
