//! Names that announce a secret.

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
    "authorization",
    "dockerconfig",
    "kubeconfig",
];

/// Whether a variable, annotation or field of this name holds a secret.
///
/// A name with `key` as a word of its own counts, so `API_KEY` and `keyData` do; `KEYBOARD` does not.
#[must_use]
pub fn is_secret(name: &str) -> bool {
    let mut plain = String::with_capacity(name.len());
    let mut key_word = false;
    let mut word = String::new();
    let mut before = ' ';
    for character in name.chars() {
        let boundary =
            !character.is_alphanumeric() || (character.is_ascii_uppercase() && before.is_ascii_lowercase());
        if boundary {
            key_word |= is_key(&word);
            word.clear();
        }
        if character.is_alphanumeric() {
            let lower = character.to_ascii_lowercase();
            plain.push(lower);
            word.push(lower);
        }
        before = character;
    }
    key_word |= is_key(&word);
    key_word || PARTS.iter().any(|part| plain.contains(part))
}

fn is_key(word: &str) -> bool {
    matches!(word, "key" | "keys" | "pass" | "creds" | "cred" | "dsn")
}

/// Whether a *bare* `key` names this value in running text, where `key=value` says nothing of secrecy.
///
/// In a line, `key: a` is how programs print any map; only the telling names count there.
pub(super) fn is_secret_in_line(name: &str) -> bool {
    let short = name.chars().filter(char::is_ascii_alphanumeric).count() <= "keys".len();
    if short { matches!(name.to_ascii_lowercase().as_str(), "pwd" | "pass") } else { is_secret(name) }
}
