//! Takes the values of live secrets out of text and bytes, in every form they are likely to appear in.
//!
//! # Design
//!
//! Patterns ("looks like a token") belong to guardrails. Here the values themselves are known, so the
//! search is exact: one automaton of every live secret in its plain, base64, hex, percent-encoded,
//! JSON-escaped and reversed forms, rebuilt when a secret comes or goes. The automaton holds copies that
//! are not wiped; they live as long as the secrets do.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::secret::Secret;

/// What stands where a secret stood.
const MARK: &str = "[redacted]";
/// Shorter values are not searched for: they would be found in innocent text.
const MIN_BYTES: usize = 8;
/// Secrets that were replaced and are still searched for: answers to requests that carried them may
/// still be on their way.
const RETIRED: usize = 64;
/// Shorter lines of a private key are not searched for on their own.
const MIN_LINE_BYTES: usize = 24;
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Knows the values of all live secrets and takes them out of whatever leaves the host.
///
/// A handle: clones share what they know. Every credential of every upstream is registered by itself.
#[derive(Clone, Default)]
pub struct Redactor(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    next: u64,
    held: BTreeMap<u64, Vec<Secret>>,
    retired: VecDeque<Secret>,
    /// `None` when a secret came or went since it was built.
    automaton: Option<Option<Arc<AhoCorasick>>>,
}

impl Redactor {
    /// `text` with every live secret replaced by `[redacted]`; borrowed when there is none in it.
    #[must_use]
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let Some(automaton) = self.automaton().filter(|automaton| automaton.is_match(text)) else {
            return Cow::Borrowed(text);
        };
        let mut clean = String::with_capacity(text.len());
        automaton.replace_all_with(text, &mut clean, |_, _, clean| {
            clean.push_str(MARK);
            true
        });
        Cow::Owned(clean)
    }

    /// As [`Redactor::redact`], for bytes that need not be text.
    #[must_use]
    pub fn redact_bytes(&self, bytes: Bytes) -> Bytes {
        let Some(automaton) = self.automaton().filter(|automaton| automaton.is_match(bytes.as_ref())) else {
            return bytes;
        };
        let mut clean = Vec::with_capacity(bytes.len());
        automaton.replace_all_with_bytes(&bytes, &mut clean, |_, _, clean| {
            clean.extend_from_slice(MARK.as_bytes());
            true
        });
        clean.into()
    }

    /// As [`Redactor::redact`], for every text of a JSON value, names included.
    ///
    /// In place: an answer may be a megabyte, and there is hardly ever a secret in it.
    pub fn redact_json(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Cow::Owned(clean) = self.redact(text) {
                    *text = clean;
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.redact_json(value)),
            Value::Object(map) => {
                map.values_mut().for_each(|value| self.redact_json(value));
                if map.keys().any(|name| matches!(self.redact(name), Cow::Owned(_))) {
                    let clean = |(name, value): (String, Value)| (self.redact(&name).into_owned(), value);
                    *map = std::mem::take(map).into_iter().map(clean).collect();
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// A place to keep the secrets of one owner.
    #[must_use]
    pub fn keyring(&self) -> Keyring {
        let mut known = self.known();
        known.next += 1;
        Keyring { id: known.next, redactor: self.clone() }
    }

    fn automaton(&self) -> Option<Arc<AhoCorasick>> {
        let mut known = self.known();
        if known.automaton.is_none() {
            let patterns: BTreeSet<String> =
                known.held.values().flatten().chain(&known.retired).flat_map(forms).collect();
            known.automaton = Some(build(&patterns).map(Arc::new));
        }
        known.automaton.clone().flatten()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({} owners)", self.known().held.len())
    }
}

/// The secrets of one owner, known to the [`Redactor`] for as long as this lives and a little longer.
#[derive(Debug)]
pub struct Keyring {
    id: u64,
    redactor: Redactor,
}

impl Keyring {
    /// Holds exactly these secrets from now on; those held before retire.
    pub fn hold(&self, secrets: Vec<Secret>) {
        let mut known = self.redactor.known();
        if known.held.get(&self.id) == Some(&secrets) {
            return;
        }
        let before = known.held.insert(self.id, secrets).unwrap_or_default();
        known.retire(before);
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        let mut known = self.redactor.known();
        let before = known.held.remove(&self.id).unwrap_or_default();
        known.retire(before);
    }
}

impl Known {
    fn retire(&mut self, secrets: Vec<Secret>) {
        for secret in secrets {
            if !self.retired.contains(&secret) {
                self.retired.push_back(secret);
            }
        }
        while self.retired.len() > RETIRED {
            self.retired.pop_front();
        }
        self.automaton = None;
    }
}

fn build(patterns: &BTreeSet<String>) -> Option<AhoCorasick> {
    if patterns.is_empty() {
        return None;
    }
    // Leftmost-longest: of two forms that begin together the longer one goes whole.
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(patterns)
        .inspect_err(|error| tracing::error!(%error, "secrets cannot be searched for"))
        .ok()
}

/// Every form of one secret that is searched for.
fn forms(secret: &Secret) -> Vec<String> {
    let value = secret.expose().trim();
    if value.len() < MIN_BYTES {
        return Vec::new();
    }
    let bytes = value.as_bytes();
    let mut forms = vec![value.to_owned(), json_escaped(value)];
    forms.extend([STANDARD, URL_SAFE, STANDARD_NO_PAD, URL_SAFE_NO_PAD].map(|engine| engine.encode(bytes)));
    forms.extend((0..3).flat_map(|offset| base64_inside(bytes, offset)));
    if value.starts_with("-----BEGIN") {
        let lines = value.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
        forms.extend(lines.filter(|line| line.len() >= MIN_LINE_BYTES).map(str::to_owned));
        return forms;
    }
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let percent = utf8_percent_encode(value, UNRESERVED).to_string();
    forms.extend([hex.to_uppercase(), hex, lower_escapes(&percent), percent]);
    forms.push(value.chars().rev().collect());
    forms
}

/// The characters that `bytes` always come to when they stand `offset` bytes into a longer text that is
/// encoded in base64: those that share no bits with their neighbours.
fn base64_inside(bytes: &[u8], offset: usize) -> [String; 2] {
    let mut shifted = vec![0; offset];
    shifted.extend_from_slice(bytes);
    let skip = offset + usize::from(offset > 0);
    let keep = shifted.len() * 8 / 6 - skip;
    [STANDARD_NO_PAD.encode(&shifted), URL_SAFE_NO_PAD.encode(&shifted)]
        .map(|encoded| encoded.chars().skip(skip).take(keep).collect())
}

fn json_escaped(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value).to_owned()
}

fn lower_escapes(percent: &str) -> String {
    let mut escape = 0;
    percent
        .chars()
        .map(|character| {
            if character == '%' {
                escape = 2;
                character
            } else if escape > 0 {
                escape -= 1;
                character.to_ascii_lowercase()
            } else {
                character
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE: &str = "s3cr3t/Value+with=öäü?";

    fn knowing(value: &str) -> (Redactor, Keyring) {
        let redactor = Redactor::default();
        let keyring = redactor.keyring();
        keyring.hold(vec![Secret::new(value.to_owned())]);
        (redactor, keyring)
    }

    #[track_caller]
    fn hidden(text: &str) {
        let (redactor, _keyring) = knowing(VALUE);
        assert_eq!(redactor.redact(&format!("<{text}>")), "<[redacted]>", "{text}");
        let bytes = Bytes::from(format!("\u{1}{text}\u{2}"));
        assert_eq!(redactor.redact_bytes(bytes), Bytes::from("\u{1}[redacted]\u{2}"), "{text}");
    }

    #[test]
    fn every_form_of_a_secret_is_found() {
        hidden(VALUE);
        hidden(&STANDARD.encode(VALUE));
        hidden(&URL_SAFE.encode(VALUE));
        hidden(&STANDARD_NO_PAD.encode(VALUE));
        hidden(&VALUE.bytes().map(|byte| format!("{byte:02x}")).collect::<String>());
        hidden(&VALUE.bytes().map(|byte| format!("{byte:02X}")).collect::<String>());
        hidden("s3cr3t%2FValue%2Bwith%3D%C3%B6%C3%A4%C3%BC%3F");
        hidden("s3cr3t%2fValue%2bwith%3d%c3%b6%c3%a4%c3%bc%3f");
        hidden(&VALUE.chars().rev().collect::<String>());
    }

    #[test]
    fn a_secret_inside_longer_base64_is_found_at_every_alignment() {
        let (redactor, _keyring) = knowing(VALUE);
        for before in ["", "a", "ab", "abc", "Bearer "] {
            let encoded = STANDARD.encode(format!("{before}{VALUE} and more"));
            let clean = redactor.redact(&encoded);
            assert!(clean.contains(MARK), "{before:?}: {clean}");
            assert!(clean.len() < encoded.len(), "{before:?}: {clean}");
        }
    }

    #[test]
    fn a_private_key_is_found_whole_and_by_the_line() {
        let line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7";
        let (redactor, _keyring) =
            knowing(&format!("-----BEGIN PRIVATE KEY-----\n{line}\nshort==\n-----END PRIVATE KEY-----\n"));
        assert_eq!(redactor.redact(&format!("key {line} end")), "key [redacted] end");
        assert_eq!(redactor.redact("-----BEGIN PRIVATE KEY-----"), "-----BEGIN PRIVATE KEY-----");
    }

    #[test]
    fn short_values_are_left_alone() {
        let (redactor, _keyring) = knowing("admin");
        assert!(matches!(redactor.redact("admin of the admins"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_rotated_secret_is_still_hidden_and_so_is_its_successor() {
        let (redactor, keyring) = knowing("first-secret");
        keyring.hold(vec![Secret::new("second-secret".to_owned())]);
        assert_eq!(redactor.redact("first-secret second-secret"), "[redacted] [redacted]");
        drop(keyring);
        assert_eq!(redactor.redact("second-secret"), "[redacted]");
    }

    #[test]
    fn retired_secrets_are_forgotten_in_the_end() {
        let (redactor, keyring) = knowing("first-secret");
        for number in 0..=RETIRED {
            keyring.hold(vec![Secret::new(format!("secret-number-{number}"))]);
        }
        assert_eq!(redactor.redact("first-secret"), "first-secret");
    }

    #[test]
    fn debug_shows_no_value() {
        let (redactor, keyring) = knowing("first-secret");
        assert!(!format!("{redactor:?} {keyring:?}").contains("first-secret"));
    }
}
