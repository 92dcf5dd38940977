//! Logging in to a ScaleOps server: a user name and a password for a token.
//!
//! # Design
//! The server answers a login with a redirect, and the token is in its address. It is read from there and the
//! redirect is not followed. The address is a secret with the token in it: no message holds any part of it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use crate::capability::Capability;
use crate::fault::Fault;
use crate::scaleops::LOGIN;
use crate::server::{Request, Response, Server};
use crate::tool::Problem;

/// How long a token is used, in seconds, where it does not end sooner. The host renews it some time before, since
/// clocks differ and a request takes time.
const LONGEST: i64 = 3600;

/// Longest token, in bytes: what fits into a header of most servers, and what the host takes.
const MAX_TOKEN: usize = 8 * 1024;

/// A token, and how long it is good for.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// Sent as `Authorization: Bearer`.
    pub token: String,
    /// In seconds from now.
    pub expires_in: u32,
}

impl fmt::Debug for Session {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Session").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

/// Logs in. Built-in accounts and those of LDAP are the same request.
///
/// # Errors
/// When the server refuses the password, does not answer as a ScaleOps server does, or fails.
pub async fn login(
    server: &impl Server,
    username: &str,
    password: &str,
    now: Timestamp,
) -> Result<Session, Problem> {
    let request = Request::post(LOGIN, &json!({ "username": username, "password": password }))
        // Asks for the token in the redirect, in place of a browser's session. The text is part of the API.
        .header("cookie", "auth_state=TOKEN");
    let sent = server.send(Capability::Login, request.clone()).await;
    let response = sent.map_err(|refusal| Fault::refused(refusal).problem(server.name()))?;
    session(&request, &response, now).map_err(|problem| problem.at(server.name()))
}

fn session(request: &Request, response: &Response, now: Timestamp) -> Result<Session, Why> {
    if !(200..400).contains(&response.status) {
        return Err(match response.status {
            401 | 403 => Why::Refused,
            404 | 405 => Why::NoLogin,
            _ => Why::Failed(Fault::answered(request, response)),
        });
    }
    let location = response.header("location").ok_or(Why::NoLocation)?;
    let token = token(location)?.ok_or(Why::Refused)?;
    let expires_in = match expiry(&token) {
        None => LONGEST,
        Some(at) if at <= now.as_second() => return Err(Why::Expired),
        Some(at) => (at - now.as_second()).min(LONGEST),
    };
    let expires_in = u32::try_from(expires_in).unwrap_or(1);
    Ok(Session { token, expires_in })
}

/// Why there is no session. Nothing here holds what the server sent.
#[derive(Debug)]
enum Why {
    Refused,
    NoLogin,
    NoLocation,
    Odd,
    Expired,
    Failed(Fault),
}

impl Why {
    fn at(self, instance: &str) -> Problem {
        let say = |what: &str| format!("instance `{instance}`: {what}");
        match self {
            Self::Refused => Problem::Denied(say("the server refused the user name or the password")),
            Self::NoLogin => Problem::Upstream(say(
                "the server has no login at `/auth/callback`: look whether `base_url` is a ScaleOps server's",
            )),
            Self::NoLocation => Problem::Upstream(say(
                "the login did not answer with a redirect: a ScaleOps server with authentication does",
            )),
            Self::Odd => Problem::Upstream(say("the token of the login cannot be sent in a header")),
            Self::Expired => Problem::Upstream(say(
                "the token of the login has expired already: compare the server's clock with this one",
            )),
            Self::Failed(fault) => fault.problem(instance),
        }
    }
}

/// The token in the query of an address, decoded once; `None` where there is none, as after a wrong password.
fn token(location: &str) -> Result<Option<String>, Why> {
    let address = location.split('#').next().unwrap_or_default();
    let Some((_, query)) = address.split_once('?') else { return Ok(None) };
    let Some(value) = query.split('&').find_map(|pair| pair.strip_prefix("token=")) else { return Ok(None) };
    let token = decoded(value).ok_or(Why::Odd)?;
    if token.is_empty() {
        return Ok(None);
    }
    if token.len() > MAX_TOKEN || !token.bytes().all(|byte| matches!(byte, b'!'..=b'~')) {
        return Err(Why::Odd);
    }
    Ok(Some(token))
}

/// Percent-decodes once. A `%` that begins no escape stays: a token may hold one.
fn decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let escape = (byte == b'%').then(|| {
            let mut ahead = bytes.clone();
            let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
            let (high, low) = (digit(ahead.next())?, digit(ahead.next())?);
            u8::try_from(high * 16 + low).ok()
        });
        match escape.flatten() {
            Some(value) => {
                out.push(value);
                bytes.nth(1);
            }
            None => out.push(byte),
        }
    }
    String::from_utf8(out).ok()
}

/// When a token ends by its own words, if it is a JWT (RFC 7519): in seconds since the epoch. Nobody checks its
/// signature here; the server that made it does.
fn expiry(token: &str) -> Option<i64> {
    #[derive(Deserialize)]
    struct Claims {
        exp: f64,
    }
    let mut parts = token.split('.');
    let (_, claims, _, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else {
        return None;
    };
    let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
    Some(claims.exp as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-20T12:00:00Z";

    fn answer(status: u16, location: Option<&str>) -> Result<Session, Problem> {
        let headers = location.map(|location| ("location", location).into());
        let response = Response { status, headers: headers.into_iter().collect(), body: b"hunter2".to_vec() };
        session(&Request::get(LOGIN), &response, NOW.parse().unwrap()).map_err(|why| why.at("prod"))
    }

    fn jwt(seconds_from_now: i64) -> String {
        let exp = NOW.parse::<Timestamp>().unwrap().as_second() + seconds_from_now;
        let claims = URL_SAFE_NO_PAD.encode(json!({ "exp": exp }).to_string());
        format!("eyJhbGciOiJIUzI1NiJ9.{claims}.c2ln")
    }

    #[track_caller]
    fn token(location: &str, expected: &str) {
        assert_eq!(answer(302, Some(location)).unwrap().token, expected);
    }

    #[track_caller]
    fn refused(status: u16, location: Option<&str>, expected: &str) {
        let problem = answer(status, location).unwrap_err();
        assert_eq!(problem.message(), format!("instance `prod`: {expected}"));
    }

    #[test]
    fn the_token_is_anywhere_in_the_query() {
        token("/?token=abc", "abc");
        token("https://s.example.com/x?a=b&token=abc&c=d#token=no", "abc");
        token("?token=a%2Eb", "a.b");
        // Once: what it decodes to is not decoded again.
        token("/?token=a%252Eb", "a%2Eb");
        token("/?token=a%b", "a%b");
        token("/?token=a%", "a%");
        token("/?token=a%2", "a%2");
    }

    #[test]
    fn a_wrong_password_is_told_apart() {
        for location in ["/?error=x", "/", "/?token=", "/#token=abc", "/?xtoken=abc"] {
            let problem = answer(302, Some(location)).unwrap_err();
            assert!(matches!(problem, Problem::Denied(_)), "{location}");
        }
        refused(401, None, "the server refused the user name or the password");
        refused(403, Some("/?token=abc"), "the server refused the user name or the password");
    }

    #[test]
    fn other_failures_are_not_the_password() {
        let redirect = "the login did not answer with a redirect: a ScaleOps server with authentication does";
        refused(200, None, redirect);
        refused(302, None, redirect);
        refused(
            404,
            None,
            "the server has no login at `/auth/callback`: look whether `base_url` is a ScaleOps server's",
        );
        refused(500, None, "the server failed at `/auth/callback` (500)");
        refused(503, Some("/?token=abc"), "the server is not ready (503)");
        assert!(matches!(answer(429, None).unwrap_err(), Problem::Limited(_)));
        assert!(matches!(answer(500, None).unwrap_err(), Problem::Upstream(_)));
    }

    #[test]
    fn a_token_that_is_no_header_is_refused() {
        for location in ["/?token=a%0Ab", "/?token=a%20b", "/?token=%C3%A4", "/?token=%FF"] {
            refused(302, Some(location), "the token of the login cannot be sent in a header");
        }
        let long = format!("/?token={}", "a".repeat(MAX_TOKEN + 1));
        refused(302, Some(&long), "the token of the login cannot be sent in a header");
    }

    #[test]
    fn a_token_is_good_until_its_end_and_an_hour_at_most() {
        let lasts =
            |token: &str| answer(302, Some(&format!("/?token={token}"))).map(|session| session.expires_in);
        assert_eq!(lasts("opaque").unwrap(), 3600);
        assert_eq!(lasts(&jwt(86_400)).unwrap(), 3600);
        assert_eq!(lasts(&jwt(600)).unwrap(), 600);
        assert_eq!(lasts(&jwt(30)).unwrap(), 30);
        assert!(lasts(&jwt(0)).unwrap_err().message().contains("has expired already"));
        assert_eq!(lasts("a.!!.b").unwrap(), 3600);
    }

    #[test]
    fn nothing_of_the_answer_is_in_a_message() {
        let secret = jwt(-10);
        for status in [200, 302, 401, 404, 500] {
            for location in
                [format!("/?token={secret}%0A"), format!("/?token={secret}"), format!("/?x={secret}")]
            {
                if let Err(problem) = answer(status, Some(&location)) {
                    let shown = format!("{problem} {problem:?}");
                    assert!(!shown.contains("eyJ") && !shown.contains("hunter2"), "{shown}");
                }
            }
        }
        let session = Session { token: "abc".to_owned(), expires_in: 1 };
        assert_eq!(format!("{session:?}"), "Session { expires_in: 1, .. }");
    }
}
