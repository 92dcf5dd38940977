//! The auth provider `oidc`: an identity token, renewed at its issuer with a refresh token.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use crate::authority::Method;
use crate::egress::base::Base;
use crate::egress::budget::Budget;
use crate::egress::credential::{Authentication, Fixed, Unusable, sensitive};
use crate::egress::endpoint::{Answer, Route, Sending};
use crate::egress::limits::Limits;
use crate::egress::secret::Secret;
use crate::egress::tls::Trust;
use crate::egress::upstream::Wiring;

/// How long the issuer may take, discovery and renewal each.
const TIMEOUT: Duration = Duration::from_secs(10);
/// A token is renewed this long before it expires, as `kubectl` does.
const MARGIN: SignedDuration = SignedDuration::from_secs(10);

/// What an `auth-provider` entry named `oidc` says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Provider {
    pub(super) issuer: Base,
    pub(super) trust: Trust,
    pub(super) client_id: String,
    pub(super) client_secret: Option<Secret>,
    pub(super) id_token: Option<Secret>,
    pub(super) refresh_token: Option<Secret>,
}

/// A provider with the tokens that it holds now.
///
/// New tokens stay in memory: the kubeconfig is not the host's to write. An issuer that lets each refresh
/// token be used once therefore wants a login of the host's own.
pub(super) struct Oidc {
    provider: Provider,
    wiring: Wiring,
    tokens: Mutex<Tokens>,
}

#[derive(Clone)]
struct Tokens {
    id: Option<Secret>,
    refresh: Option<Secret>,
}

#[derive(Deserialize)]
struct Discovery {
    token_endpoint: String,
}

#[derive(Deserialize)]
struct Renewed {
    id_token: Option<Secret>,
    refresh_token: Option<Secret>,
}

impl Oidc {
    pub(super) fn new(provider: Provider, wiring: Wiring) -> Self {
        let tokens = Tokens { id: provider.id_token.clone(), refresh: provider.refresh_token.clone() };
        Self { provider, wiring, tokens: Mutex::new(tokens) }
    }

    /// The identity token, renewed where it has expired; with everything that must stay secret.
    pub(super) async fn token(&self) -> Result<(Secret, Vec<Secret>), Unusable> {
        let mut tokens = self.tokens.lock().await;
        let good =
            tokens.id.clone().filter(|token| expiry(token).is_none_or(|at| Timestamp::now() + MARGIN < at));
        let id = match good {
            Some(id) => id,
            None => self.renew(&mut tokens).await?,
        };
        let mut secrets = vec![id.clone()];
        secrets.extend(tokens.refresh.iter().chain(&self.provider.client_secret).cloned());
        Ok((id, secrets))
    }

    /// Forgets the identity token that was refused. Whether there is a way to get another.
    pub(super) async fn discard(&self, refused: &Authentication) -> bool {
        let mut tokens = self.tokens.lock().await;
        let refused = refused.headers.get(AUTHORIZATION);
        let current = tokens.id.as_ref().and_then(|id| Authentication::default().bearer(id).ok());
        if current.is_some_and(|current| current.headers.get(AUTHORIZATION) != refused) {
            return true;
        }
        if tokens.refresh.is_some() {
            tokens.id = None;
        }
        tokens.refresh.is_some()
    }

    /// OpenID Connect Core, section 12.1, at the endpoint that discovery names.
    async fn renew(&self, tokens: &mut Tokens) -> Result<Secret, Unusable> {
        let refresh = tokens.refresh.clone().ok_or_else(|| {
            Unusable::new("its user's identity token has expired and there is no refresh token; log in again")
        })?;
        let answer = self.ask(&self.provider.issuer, "/.well-known/openid-configuration", None).await?;
        let discovery: Discovery = json(&answer)?;
        let endpoint = Base::parse(&discovery.token_endpoint, &["https"]).map_err(|error| {
            Unusable::because("its user's identity provider names no token endpoint", error)
        })?;
        let renewed: Renewed = json(&self.ask(&endpoint, "", Some(&refresh)).await?)?;
        let id = renewed
            .id_token
            .ok_or_else(|| Unusable::new("its user's identity provider gave no identity token"))?;
        tokens.refresh = renewed.refresh_token.or(tokens.refresh.take());
        tokens.id = Some(id.clone());
        Ok(id)
    }

    async fn ask(&self, base: &Base, path: &str, refresh: Option<&Secret>) -> Result<Answer, Unusable> {
        let unusable = |error| Unusable::because("its user's identity provider does not answer", error);
        let route = Route {
            base: base.clone(),
            trust: self.provider.trust.clone(),
            server_name: None,
            proxy: None,
            networks: self.wiring.networks,
            compress: false,
        };
        let nothing = Fixed::new(Authentication::default(), Vec::new(), self.wiring.redactor.keyring());
        let endpoint = self.wiring.endpoint("identity provider", route, Box::new(nothing));
        let uri = base
            .uri(path, &[])
            .map_err(|error| Unusable::because("its user's identity provider has no URL", error))?;
        let mut headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
        let mut body = Bytes::new();
        if let Some(refresh) = refresh {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
            body = self.form(refresh, &mut headers)?;
        }
        let method = if refresh.is_some() { Method::Post } else { Method::Get };
        let deadline = Instant::now() + TIMEOUT;
        let sending = Sending { method, uri, headers, body, deadline, safe: false, turn: None };
        let budget = Budget::new(Limits { bytes: 1 << 20, ..self.wiring.limits });
        let answer = timeout_at(deadline, endpoint.exchange(&sending, &budget)).await;
        let answer = answer.map_err(|_| Unusable::new("its user's identity provider does not answer"))?;
        let answer = answer.map_err(unusable)?;
        if !answer.status.is_success() {
            let why =
                format!("its user's identity provider answered {}; log in again", answer.status.as_u16());
            return Err(Unusable::new(why));
        }
        Ok(answer)
    }

    /// The form of a renewal; the client's secret goes into a header (RFC 6749, section 2.3.1).
    fn form(&self, refresh: &Secret, headers: &mut HeaderMap) -> Result<Bytes, Unusable> {
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let id = encode(&self.provider.client_id);
        if let Some(secret) = &self.provider.client_secret {
            let pair = STANDARD.encode(format!("{id}:{}", encode(secret.expose())));
            headers.insert(AUTHORIZATION, sensitive(&format!("Basic {pair}"))?);
        }
        let refresh = encode(refresh.expose());
        Ok(format!("grant_type=refresh_token&refresh_token={refresh}&client_id={id}").into())
    }
}

impl std::fmt::Debug for Oidc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Oidc").field(&self.provider).finish()
    }
}

/// The `exp` of a token in the form of a JWT. It is not verified: the API server does that.
fn expiry(token: &Secret) -> Option<Timestamp> {
    #[derive(Deserialize)]
    struct Claims {
        exp: i64,
    }
    let claims = URL_SAFE_NO_PAD.decode(token.expose().split('.').nth(1)?).ok()?;
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    Timestamp::from_second(claims.exp).ok()
}

fn json<T: DeserializeOwned>(answer: &Answer) -> Result<T, Unusable> {
    // No source: it could quote a token.
    serde_json::from_slice(&answer.body)
        .map_err(|_| Unusable::new("its user's identity provider gave an answer that makes no sense"))
}
