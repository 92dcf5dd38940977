//! `POST /auth/callback`: a password in, a redirect with a token out.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use hyper::{Method, StatusCode};
use serde_json::Value;

use super::api::{Mode, refusal};
use super::tokens::Tokens;
use crate::record::Recorded;
use crate::site::lock;
use crate::wire::Reply;

/// Who may log in, and who has tried.
#[derive(Debug)]
pub(super) struct Door {
    pub(super) accounts: HashMap<String, String>,
    pub(super) lifetime: Duration,
    /// How many wrong passwords in a row lock an account.
    pub(super) patience: Option<u32>,
    pub(super) tries: Mutex<Tries>,
}

#[derive(Debug, Default)]
pub(super) struct Tries {
    pub(super) logins: u64,
    pub(super) attempts: u64,
    /// Wrong passwords in a row, by user.
    pub(super) failures: HashMap<String, u32>,
}

impl Door {
    pub(super) fn knock(&self, request: &Recorded, mode: &Mode, tokens: &Tokens) -> Reply {
        if request.method != Method::POST {
            return refusal(StatusCode::METHOD_NOT_ALLOWED, "method not allowed");
        }
        let mut tries = lock(&self.tries);
        tries.attempts = tries.attempts.saturating_add(1);
        if *mode == Mode::NoLocation {
            return refusal(StatusCode::UNAUTHORIZED, "unauthorized");
        }
        let cookies = request.header("cookie").unwrap_or_default();
        if !cookies.split(';').any(|cookie| cookie.trim() == "auth_state=TOKEN") {
            // A browser gets a session instead, and no token in the place.
            return Reply::empty(StatusCode::FOUND).header("location", "/");
        }
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let field = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        let (user, password) = (field("username"), field("password"));
        let failures = tries.failures.get(user).copied().unwrap_or_default();
        if self.patience.is_some_and(|patience| failures >= patience) {
            return elsewhere("account_locked");
        }
        if self.accounts.get(user).is_none_or(|own| own != password) {
            tries.failures.insert(user.to_owned(), failures.saturating_add(1));
            return elsewhere("invalid_credentials");
        }
        tries.failures.remove(user);
        tries.logins = tries.logins.saturating_add(1);
        let token = escaped(&tokens.issue(user, self.lifetime));
        let place = match mode {
            Mode::AbsoluteLocation => {
                format!("https://{}/home?from=login&token={token}#overview", request.host)
            }
            Mode::Normal | Mode::NoLocation | Mode::Without(_) | Mode::BareNetwork => {
                format!("/?token={token}")
            }
        };
        Reply::empty(StatusCode::FOUND).header("location", &place)
    }
}

fn elsewhere(error: &str) -> Reply {
    Reply::empty(StatusCode::FOUND).header("location", &format!("/?error={error}"))
}

/// Every letter that is not plain, percent-encoded: more than a JWT needs, and within what a server may do.
fn escaped(token: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    token.bytes().map(escape).collect()
}
