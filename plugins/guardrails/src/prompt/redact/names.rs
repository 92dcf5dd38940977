//! Names that announce a secret, and the beginnings of keys that services hand out.

/// Parts of a name, in lower case and without separators, behind which a secret stands.
const PARTS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secretkey",
    "clientsecret",
    "secretaccesskey",
    "apikey",
    "accesstoken",
    "refreshtoken",
    "idtoken",
    "authtoken",
    "bearertoken",
    "privatekey",
    "clientkeydata",
    "signingkey",
    "encryptionkey",
    "sharedaccesskey",
    "accountkey",
    "connectionstring",
    "sessiontoken",
    "dockerconfigjson",
];

/// Whole names that do.
const WHOLE: &[&str] = &["pwd", "token", "secret", "pass"];

/// What keys begin with, and how long one is at least.
const PREFIXES: &[(&str, usize)] = &[
    ("ghp_", 20),
    ("gho_", 20),
    ("ghs_", 20),
    ("ghu_", 20),
    ("ghr_", 20),
    ("github_pat_", 30),
    ("glpat-", 20),
    ("xoxb-", 20),
    ("xoxp-", 20),
    ("xoxa-", 20),
    ("xapp-", 20),
    ("sk_live_", 20),
    ("rk_live_", 20),
    ("sk-", 24),
    ("AIza", 35),
    ("hvs.", 20),
    ("npm_", 30),
    ("dckr_pat_", 20),
    ("sha256~", 30),
    ("dop_v1_", 30),
    ("SG.", 40),
    ("ya29.", 30),
    ("AKIA", 20),
    ("ASIA", 20),
];

/// Whether what is assigned to this name is a secret.
pub(super) fn is_secret(name: &str) -> bool {
    if name.len() > 120 {
        return false;
    }
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|each| each.to_ascii_lowercase()).collect();
    WHOLE.contains(&plain.as_str()) || PARTS.iter().any(|part| plain.contains(part))
}

/// Whether a value needs no length to be secret: passwords are as short as people make them.
pub(super) fn is_short(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.contains("pass") || lower.contains("pwd") || lower.contains("key")
}

/// Whether a word is a key by its beginning, or a JSON web token by its shape (RFC 7519).
pub(super) fn is_key(word: &str) -> bool {
    let known = PREFIXES.iter().any(|(prefix, length)| {
        word.len() >= *length
            && word.strip_prefix(prefix).is_some_and(|rest| {
                !matches!(*prefix, "AKIA" | "ASIA")
                    || rest.len() == 16
                        && rest.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            })
    });
    let mut parts = word.split('.');
    let token = parts.next().is_some_and(|part| part.len() >= 10 && part.starts_with("eyJ"))
        && parts.next().is_some_and(|part| part.len() >= 4)
        && parts.next().is_some();
    known || token
}
