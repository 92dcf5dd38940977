//! Masks one line of running text by the shape of what stands in it.

use std::borrow::Cow;

use super::{MASK, name};

/// Beginnings of keys that services hand out, and how long a key is at least.
const PREFIXES: &[(&str, usize)] = &[
    ("ghp_", 20),
    ("gho_", 20),
    ("ghs_", 20),
    ("ghu_", 20),
    ("github_pat_", 30),
    ("glpat-", 20),
    ("xoxb-", 20),
    ("xoxp-", 20),
    ("xoxa-", 20),
    ("sk_live_", 20),
    ("rk_live_", 20),
    ("sk-", 24),
    ("AIza", 35),
    ("hvs.", 20),
    ("npm_", 30),
    ("dckr_pat_", 20),
    ("sha256~", 30),
];

/// Masks what looks like a secret in a line without line breaks.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    let mut masker = Masker { rest: text, out: String::new(), masked: false };
    masker.run();
    if masker.masked { Cow::Owned(masker.out) } else { Cow::Borrowed(text) }
}

/// A single pass from left to right. Each step either copies or masks what it looked at, so that no
/// character is looked at more often than a small constant.
struct Masker<'a> {
    rest: &'a str,
    out: String,
    masked: bool,
}

impl<'a> Masker<'a> {
    fn run(&mut self) {
        while !self.rest.is_empty() {
            let mut gap = span(self.rest, |character| !is_word(character));
            let scheme = self.rest.get(..gap).and_then(|gap| gap.rfind("://")).map(|at| at + "://".len());
            gap = scheme.unwrap_or(gap);
            let gap = self.take(gap);
            self.out.push_str(gap);
            if scheme.is_some() {
                self.userinfo();
            }
            let word = span(self.rest, is_word);
            let word = self.take(word);
            self.word(word);
        }
    }

    fn word(&mut self, word: &str) {
        if is_jwt(word) || is_cloud_key(word) || has_known_prefix(word) {
            self.mask();
            return;
        }
        self.out.push_str(word);
        if word.eq_ignore_ascii_case("authorization") || word.eq_ignore_ascii_case("proxy-authorization") {
            self.assigned(|_| true, true);
        } else if word.eq_ignore_ascii_case("bearer") {
            self.bearer();
        } else if name::is_secret_in_line(word) {
            let lower = word.to_ascii_lowercase();
            // "unexpected token: foo" is no secret; real tokens are longer than words.
            let shortest = if lower.contains("pass") || lower.contains("pwd") { 1 } else { 8 };
            self.assigned(move |value| value.len() >= shortest, false);
        }
    }

    /// Masks the password of `user:password@`, which ends before the next `/` or blank.
    fn userinfo(&mut self) {
        let authority = span(self.rest, |character| {
            !matches!(character, '/' | '?' | '#' | '"' | '\'') && !character.is_whitespace()
        });
        let Some((authority, _)) = self.rest.split_at_checked(authority) else { return };
        let Some((userinfo, _)) = authority.rsplit_once('@') else { return };
        let Some((user, password)) = userinfo.split_once(':') else { return };
        if password.is_empty() {
            return;
        }
        self.take(userinfo.len());
        self.out.push_str(user);
        self.out.push(':');
        self.mask();
    }

    /// After `Bearer`: the token that follows, if it has the look of one.
    fn bearer(&mut self) {
        let gap = span(self.rest, |character| character == ' ');
        let Some((_, after)) = self.rest.split_at_checked(gap) else { return };
        let token = span(after, |character| is_word(character) || matches!(character, '~' | '='));
        let Some((word, _)) = after.split_at_checked(token) else { return };
        let looks = word.len() >= 16 || (word.len() >= 6 && word.bytes().any(|byte| byte.is_ascii_digit()));
        if gap > 0 && looks {
            let gap = self.take(gap);
            self.out.push_str(gap);
            self.take(token);
            self.mask();
        }
    }

    /// After a telling name: `= value`, `: value`, `": "value"`, `=> value`. A quoted value ends at its
    /// quote, any other at a blank or separator, or with the line if `whole`.
    fn assigned(&mut self, worth: impl Fn(&str) -> bool, whole: bool) {
        let sign = span(self.rest, |character| {
            matches!(character, '"' | '\'' | '\\' | ' ' | '\t' | '=' | ':' | '>')
        });
        let Some((sign, after)) = self.rest.split_at_checked(sign) else { return };
        if !sign.contains(['=', ':']) || after.starts_with(MASK) {
            return;
        }
        let assignment = sign.rfind(['=', ':', '>']).unwrap_or(0);
        let opening = sign
            .get(assignment..)
            .unwrap_or_default()
            .chars()
            .find(|character| matches!(character, '"' | '\''));
        let value = match opening {
            Some(quote) => after.find(quote).unwrap_or(after.len()),
            None if whole => span(after, |character| !matches!(character, '"' | '\'')),
            None => span(after, |character| {
                !character.is_whitespace()
                    && !matches!(character, ',' | ';' | '&' | '"' | '\'' | '}' | ')' | ']')
            }),
        };
        let Some((value, _)) = after.split_at_checked(value) else { return };
        if value.is_empty() || !worth(value) {
            return;
        }
        let (sign, value) = (sign.len(), value.len());
        let sign = self.take(sign);
        self.out.push_str(sign);
        self.take(value);
        self.mask();
    }

    fn mask(&mut self) {
        self.out.push_str(MASK);
        self.masked = true;
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }
}

/// Length in bytes of the beginning of `text` whose characters all `belong`.
fn span(text: &str, belong: impl Fn(char) -> bool) -> usize {
    text.find(|character| !belong(character)).unwrap_or(text.len())
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.' | '~')
}

/// Three base64url parts, of which the first begins as `{"` does (RFC 7519, section 3.1).
fn is_jwt(word: &str) -> bool {
    let mut parts = word.split('.');
    let header = parts.next().is_some_and(|part| part.len() >= 10 && part.starts_with("eyJ"));
    let payload = parts.next().is_some_and(|part| part.len() >= 4);
    header && payload && parts.next().is_some()
}

/// An AWS access key id: a prefix of four and sixteen capitals or digits.
fn is_cloud_key(word: &str) -> bool {
    word.len() == 20
        && ["AKIA", "ASIA", "AROA", "AIDA"].iter().any(|prefix| word.starts_with(prefix))
        && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn has_known_prefix(word: &str) -> bool {
    PREFIXES.iter().any(|(prefix, length)| word.len() >= *length && word.starts_with(prefix))
}
