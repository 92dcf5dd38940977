//! What looks like a secret: by the name beside it, by its shape, by how random it is.
//!
//! A secret's value never leaves this file: callers learn what kind it is, and say that.

use super::settings::Settings;
use crate::glob;

/// Parts of a name, without separators and in lower case, that mark the value beside it as secret.
const PARTS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "clientkey",
    "signingkey",
    "encryptionkey",
    "credential",
    "connectionstring",
    "dockerconfigjson",
];

/// Last words of names whose value is about a secret, and none: where it is, how it is called, how long it lives.
const ABOUT: &[&str] = &[
    "arn",
    "class",
    "count",
    "dir",
    "directory",
    "driver",
    "enabled",
    "endpoint",
    "expiration",
    "expiry",
    "file",
    "format",
    "header",
    "host",
    "id",
    "interval",
    "issuer",
    "length",
    "lifetime",
    "limit",
    "limits",
    "mode",
    "mount",
    "name",
    "names",
    "namespace",
    "path",
    "paths",
    "policy",
    "port",
    "prefix",
    "provider",
    "ref",
    "refresh",
    "region",
    "retries",
    "role",
    "seconds",
    "size",
    "source",
    "store",
    "timeout",
    "ttl",
    "type",
    "uri",
    "url",
    "user",
    "username",
    "version",
    "volume",
];

/// Beginnings of keys that their makers chose to be recognised by, and how many characters follow at least.
const PREFIXES: &[(&str, usize, &str)] = &[
    ("AKIA", 16, "an AWS access key"),
    ("ASIA", 16, "an AWS access key"),
    ("ghp_", 30, "a GitHub token"),
    ("gho_", 30, "a GitHub token"),
    ("ghs_", 30, "a GitHub token"),
    ("github_pat_", 30, "a GitHub token"),
    ("glpat-", 20, "a GitLab token"),
    ("xoxb-", 20, "a Slack token"),
    ("xoxp-", 20, "a Slack token"),
    ("sk_live_", 16, "a Stripe key"),
    ("sk-ant-", 20, "an Anthropic key"),
    ("sk-proj-", 20, "an OpenAI key"),
    ("AIza", 35, "a Google API key"),
    ("hvs.", 20, "a Vault token"),
    ("npm_", 30, "an npm token"),
    ("dckr_pat_", 20, "a Docker token"),
];

/// What kind of secret a named value is; none if it does not look like one.
pub(super) fn of(name: &str, value: &str, settings: &Settings) -> Option<&'static str> {
    if settings.public_names.iter().any(|pattern| glob::matches(pattern, name)) || is_stand_in(value) {
        return None;
    }
    if let Some(shape) = shape(value) {
        return Some(shape);
    }
    let by_operator = settings.secret_names.iter().any(|pattern| glob::matches(pattern, name));
    let by_name = (is_named(name) && !is_plain(value)) || (is_key(name) && is_mixed(value));
    (by_operator || by_name).then_some("a secret by its name")
}

/// What kind of secret a text of many lines holds: a file in a ConfigMap, the values of a pack.
pub(super) fn within(text: &str, settings: &Settings) -> Option<&'static str> {
    text.lines().find_map(|line| {
        if line.contains("-----BEGIN ") && line.contains("PRIVATE KEY") {
            return Some("a private key");
        }
        let line = line.trim().trim_start_matches("- ");
        if line.starts_with(['#', ';']) || line.starts_with("//") {
            return None;
        }
        let (name, value) = line.split_once([':', '='])?;
        let name = name.trim().trim_matches(['"', '\'']);
        let value = value.trim().trim_end_matches(',').trim_matches(['"', '\'']);
        let is_name =
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-./ ".contains(c));
        if is_name {
            of(name.rsplit(['.', ' ']).next().unwrap_or(name), value, settings)
        } else {
            shape(line)
        }
    })
}

/// A secret by its shape alone.
pub(super) fn shape(value: &str) -> Option<&'static str> {
    if value.contains("-----BEGIN ") && value.contains("PRIVATE KEY") {
        return Some("a private key");
    }
    let word = value.trim();
    if word.contains(char::is_whitespace) {
        return None;
    }
    if is_jwt(word) {
        return Some("a JSON web token");
    }
    if has_password(word) {
        return Some("a URL with a password");
    }
    let known = PREFIXES.iter().find(|(prefix, least, _)| {
        word.strip_prefix(prefix).is_some_and(|rest| {
            rest.len() >= *least
                && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
        })
    });
    known.map(|(.., kind)| *kind).or_else(|| is_random(word).then_some("a random key"))
}

/// Whether a name announces a secret: a telling part, or `key` and its kin as the last word.
pub(super) fn is_named(name: &str) -> bool {
    let words = words(name);
    let Some(last) = words.last() else { return false };
    if ABOUT.contains(&last.as_str()) && last != "id" {
        return false;
    }
    let plain: String = words.concat();
    let access_key_id = plain.ends_with("accesskeyid");
    access_key_id
        || (last != "id" && PARTS.iter().any(|part| plain.contains(part)))
        || matches!(last.as_str(), "pass" | "creds" | "dsn")
}

/// Whether a name ends in `key`: of a secret, or of a table. The value must tell.
fn is_key(name: &str) -> bool {
    words(name).last().is_some_and(|last| last == "key" || last == "keys")
}

/// Whether a value is no word that somebody would choose: long, one piece, with letters and digits.
fn is_mixed(value: &str) -> bool {
    value.len() >= 20
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-".contains(&byte))
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && value.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// The words of a name in lower case: `AWS_SECRET_KEY` and `awsSecretKey` alike.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for character in name.chars().take(256) {
        let begins = character.is_uppercase() && before.is_lowercase();
        if (begins || !character.is_alphanumeric()) && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let (true, Some(word)) = (character.is_alphanumeric(), words.last_mut()) {
            word.extend(character.to_lowercase());
        }
        before = character;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether a value only stands for another: a reference, a template, a mask, nothing.
fn is_stand_in(value: &str) -> bool {
    let value = value.trim();
    value.is_empty()
        || ["$(", "${", "{{", "<", "vault:", "ref+", "secretref:", "secret://", "file:", "env:"]
            .iter()
            .any(|start| value.starts_with(start))
        || value.chars().all(|c| matches!(c, '*' | 'x' | 'X' | '.' | '-'))
        || value.contains("{{spectro.")
}

/// Whether a value says of itself that it is no secret: a truth, a number, a path, an address without a password.
fn is_plain(value: &str) -> bool {
    let value = value.trim();
    matches!(
        value,
        "true"
            | "false"
            | "yes"
            | "no"
            | "null"
            | "none"
            | "disabled"
            | "enabled"
            | "{}"
            | "[]"
            | "|"
            | ">"
            | "|-"
    ) || value.starts_with('/')
        || value.starts_with("./")
        || (value.contains("://") && !has_password(value))
        || value.len() <= 2
}

fn is_jwt(word: &str) -> bool {
    let mut parts = word.split('.');
    let encoded = |part: &str| {
        part.len() >= 8 && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-=".contains(&byte))
    };
    let head = parts.next().is_some_and(|head| head.starts_with("eyJ") && encoded(head));
    head && parts.next().is_some_and(|body| body.starts_with("eyJ") && encoded(body))
        && parts.next().is_some()
}

/// Whether a URL carries a password: `scheme://user:password@host`.
fn has_password(word: &str) -> bool {
    let Some((_, rest)) = word.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let Some((user, _)) = authority.rsplit_once('@') else { return false };
    user.split_once(':').is_some_and(|(_, password)| !is_stand_in(password))
}

/// Whether a word is as random as keys are: long, of base64's letters, of all their kinds, and evenly spread.
///
/// Digests in hexadecimal and words of one case are not: they are names more often than keys.
fn is_random(word: &str) -> bool {
    let letters = |test: fn(&u8) -> bool| word.as_bytes().iter().filter(|byte| test(byte)).count() >= 4;
    let all = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-".contains(&byte));
    let long =
        (32..=512).contains(&word.len()) && word.bytes().filter(|byte| b"/-_".contains(byte)).count() < 4;
    all && long
        && letters(u8::is_ascii_lowercase)
        && letters(u8::is_ascii_uppercase)
        && letters(u8::is_ascii_digit)
        && entropy(word) > 4.4
}

/// Shannon's entropy of the bytes, in bits each.
fn entropy(word: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in word.bytes() {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count = count.saturating_add(1);
        }
    }
    let total: f64 = counts.iter().map(|&count| f64::from(count)).sum();
    let share = |&count: &u32| f64::from(count) / total;
    counts.iter().filter(|&&count| count > 0).map(share).map(|share| -share * share.log2()).sum()
}

#[cfg(test)]
mod tests;
