//! Redacts running text by the shape of its words and by the names before them.

use super::{REDACTED, Redacted, names};

/// The shortest value that is a token, in bytes: "token: unexpected" is a sentence.
const SHORTEST: usize = 12;

/// Copies text and leaves secrets out.
#[derive(Debug, Default)]
pub(super) struct Redactor {
    out: String,
    count: u32,
}

impl Redactor {
    /// Copies a part of the text without its secrets.
    pub(super) fn take(&mut self, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let (gap, after) = split(rest, |each| !is_word(each));
            rest = after;
            if let Some((before, inside)) = gap.rsplit_once("://") {
                self.copy(before);
                self.copy("://");
                // What stands between is no word; the address goes on with one.
                self.copy(inside);
                rest = self.userinfo(rest);
            } else {
                self.copy(gap);
            }
            let (word, after) = split(rest, is_word);
            rest = self.word(word, after);
        }
    }

    pub(super) fn copy(&mut self, text: &str) {
        self.out.push_str(text);
    }

    pub(super) fn mask(&mut self) {
        self.out.push_str(REDACTED);
        self.count = self.count.saturating_add(1);
    }

    pub(super) fn finish(self) -> Redacted {
        Redacted { text: self.out, count: self.count }
    }

    /// One word, and what follows if the word announces a secret. Gives what is left.
    fn word<'a>(&mut self, word: &str, after: &'a str) -> &'a str {
        // A sentence may end with a key.
        let key = word.trim_end_matches(['.', '-', '~']);
        if names::is_key(key) {
            self.mask();
            self.copy(word.strip_prefix(key).unwrap_or_default());
            return after;
        }
        self.copy(word);
        if word.eq_ignore_ascii_case("bearer") || word.eq_ignore_ascii_case("basic") {
            let (gap, value) = split(after, |each| each == ' ');
            let (token, rest) = split(value, |each| is_word(each) || matches!(each, '=' | '+' | '/'));
            if !gap.is_empty()
                && (token.len() >= 16 || token.len() >= 6 && token.bytes().any(|byte| byte.is_ascii_digit()))
            {
                self.copy(gap);
                self.mask();
                return rest;
            }
        } else if names::is_secret(word) {
            return self.assigned(word, after);
        }
        after
    }

    /// `name: value`, `name=value`, `"name": "value"`, `name => value`. A value in quotes ends with them, another
    /// at a blank or a separator.
    fn assigned<'a>(&mut self, name: &str, after: &'a str) -> &'a str {
        let (sign, rest) =
            split(after, |each| matches!(each, '"' | '\'' | '\\' | ' ' | '\t' | '=' | ':' | '>'));
        if !sign.contains(['=', ':']) {
            return after;
        }
        let quote = sign
            .chars()
            .rev()
            .take_while(|each| !matches!(each, '=' | ':' | '>'))
            .find(|each| matches!(each, '"' | '\''));
        let ends = |each: char| match quote {
            Some(quote) => each == quote || each == '\n',
            None => each.is_whitespace() || matches!(each, ',' | ';' | '&' | '"' | '\'' | '}' | ')' | ']'),
        };
        let (value, left) = split(rest, |each| !ends(each));
        let worth = !value.is_empty()
            && !value.starts_with(['[', '<', '*', '{', '$'])
            && (value.len() >= SHORTEST || quote.is_some() && value.len() >= 6 || names::is_short(name));
        // `password: the field is required` is told, `password: hunter2` is not.
        if !worth || matches!(value, "null" | "true" | "false" | "none" | "the" | "a" | "is" | "required") {
            return after;
        }
        self.copy(sign);
        self.mask();
        left
    }

    /// The password of `user:password@host`. Gives what is left, from the `@` on.
    fn userinfo<'a>(&mut self, rest: &'a str) -> &'a str {
        let (authority, _) =
            split(rest, |each| !matches!(each, '/' | '?' | '#' | '"' | '\'') && !each.is_whitespace());
        let Some((userinfo, _)) = authority.rsplit_once('@') else { return rest };
        let Some((user, password)) = userinfo.split_once(':') else { return rest };
        if password.is_empty() {
            return rest;
        }
        self.copy(user);
        self.copy(":");
        self.mask();
        rest.get(userinfo.len()..).unwrap_or_default()
    }
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.' | '~')
}

/// The beginning of a text whose characters all `belong`, and the rest.
fn split(text: &str, belong: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|each| !belong(each)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}
