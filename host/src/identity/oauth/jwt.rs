//! One token: what it claims, who signed it, and whether it is good here and now.

use jiff::Timestamp;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::IssuerConfig;
use crate::call::{Principal, Scope, Scopes};
use crate::identity::{Audience, Reason, Refused};

/// How far the issuer's clock and ours may be apart, in seconds.
const LEEWAY: i64 = 60;

/// What a token may say that it is: an access token (RFC 9068, section 2.1), or a JWT of no said kind, as most
/// issuers write. What says that it is something else is not taken for one.
const KINDS: [&str; 3] = ["at+jwt", "application/at+jwt", "jwt"];

/// The longest subject (OpenID Connect Core, section 2), and the most groups that are taken from a token.
const MOST_SUBJECT: usize = 255;
const MOST_GROUPS: usize = 256;

/// What a signature vouches for.
#[derive(Debug, Clone)]
pub(super) struct Verified {
    principal: Principal,
    audiences: Vec<String>,
    scopes: Vec<String>,
    ends: i64,
    begins: Option<i64>,
}

/// The issuer that a text claims to be a token of; `None` for what is no JWT. Nothing vouches for it yet.
pub(super) fn claimed_issuer(token: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Claim {
        iss: String,
    }
    jsonwebtoken::dangerous::insecure_decode_claims::<Claim>(token).ok().map(|claim| claim.iss)
}

/// The head of a token, where it can be one that `algorithms` signed.
pub(super) fn head(token: &str, algorithms: &[Algorithm]) -> Result<Header, Reason> {
    let head = decode_header(token).map_err(|_| Reason::Malformed)?;
    let kind = head.typ.as_deref().is_none_or(|it| KINDS.iter().any(|kind| it.eq_ignore_ascii_case(kind)));
    // What must be understood (RFC 7515, section 4.1.11) is not: nothing here has a meaning for it.
    if head.crit.is_some() || !kind || !algorithms.contains(&head.alg) {
        return Err(Reason::Malformed);
    }
    Ok(head)
}

/// What the key of its issuer vouches for.
pub(super) fn verify(
    token: &str,
    algorithm: Algorithm,
    key: &DecodingKey,
    issuer: &IssuerConfig,
) -> Result<Verified, Reason> {
    let mut validation = Validation::new(algorithm);
    validation.set_issuer(&[&issuer.issuer]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.leeway = LEEWAY.unsigned_abs();
    validation.validate_nbf = true;
    // For whom it is depends on where it is presented: `admit` looks, every time.
    validation.validate_aud = false;
    let claims = decode::<Map<String, Value>>(token, key, &validation).map_err(|error| {
        let untimely = matches!(error.kind(), ErrorKind::ExpiredSignature | ErrorKind::ImmatureSignature);
        if untimely { Reason::Expired } else { Reason::Unknown }
    })?;
    read(&claims.claims, issuer).ok_or(Reason::Malformed)
}

fn read(claims: &Map<String, Value>, issuer: &IssuerConfig) -> Option<Verified> {
    // Bound to its holder's key (RFC 7800), and nothing here checks that its bearer has it.
    if claims.contains_key("cnf") {
        return None;
    }
    let subject = claims.get("sub")?.as_str()?;
    if subject.is_empty() || subject.len() > MOST_SUBJECT || subject.chars().any(char::is_control) {
        return None;
    }
    // RFC 8693, section 4.2, and the name that others have for it.
    let scopes = claims.get("scope").or_else(|| claims.get("scp")).map(words).unwrap_or_default();
    let (held, attainable): (Vec<&Scope>, Vec<&Scope>) =
        issuer.scopes.iter().partition(|scope| scopes.contains(&scope.name));
    let mut groups: Vec<String> = held.iter().flat_map(|scope| scope.groups.clone()).collect();
    let told = issuer.groups_claim.as_ref().and_then(|claim| claims.get(claim));
    groups.extend(told.map(texts).unwrap_or_default().into_iter().take(MOST_GROUPS));
    groups.sort_unstable();
    groups.dedup();
    let known = Scopes {
        held: held.into_iter().map(|scope| scope.name.clone()).collect(),
        attainable: attainable.into_iter().cloned().collect(),
    };
    let principal = Principal::new(format!("{}:{subject}", issuer.name), groups).of_kind(issuer.kind);
    Some(Verified {
        principal: principal.with_scopes(known),
        audiences: claims.get("aud").map(texts)?,
        scopes,
        ends: seconds(claims.get("exp")?)?,
        begins: claims.get("nbf").map(seconds).map_or(Some(None), |begins| begins.map(Some))?,
    })
}

impl Verified {
    /// Whom it stands for, at this endpoint and time.
    pub(super) fn admit(&self, audience: &Audience, now: Timestamp) -> Result<Principal, Refused> {
        let now = now.as_second();
        if !self.audiences.contains(&audience.name) {
            return Err(Reason::Audience.into());
        }
        if self.ends.saturating_add(LEEWAY) < now
            || self.begins.is_some_and(|it| it.saturating_sub(LEEWAY) > now)
        {
            return Err(Reason::Expired.into());
        }
        if !audience.scopes.iter().all(|scope| self.scopes.contains(scope)) {
            return Err(Refused::Scope);
        }
        Ok(self.principal.clone())
    }
}

/// Words with spaces between them, or a list of words.
fn words(claim: &Value) -> Vec<String> {
    texts(claim)
        .iter()
        .flat_map(|text| text.split(' '))
        .filter(|it| !it.is_empty())
        .map(str::to_owned)
        .collect()
}

/// One text, or a list of texts; what is none is left out.
fn texts(claim: &Value) -> Vec<String> {
    match claim {
        Value::String(text) => vec![text.clone()],
        Value::Array(list) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    }
}

/// A `NumericDate` (RFC 7519, section 2): seconds, which may have a fraction.
fn seconds(claim: &Value) -> Option<i64> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "bounded, and a fraction of a second is nothing here"
    )]
    claim.as_i64().or_else(|| claim.as_f64().filter(|it| it.abs() < 1e15).map(|it| it as i64))
}
