//! OAuth 2 client credentials (RFC 6749, section 4.4): the host's own login, as Azure and others have it.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::authenticator::{Granted, LoginFault};
use crate::egress::outbound::Outbound;
use crate::egress::secret::Secret;

/// A client and where it gets its tokens.
#[derive(Debug, Clone)]
pub struct ClientCredentials {
    /// The token endpoint.
    pub url: String,
    /// Who.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: Secret,
    /// What for, such as `api://app/.default`.
    pub scope: String,
    /// Asks it: in the target's networks, trusted by the system's roots.
    pub outbound: Outbound,
}

/// RFC 6749, section 5.1. Azure's first version writes the number as a text.
#[derive(Deserialize)]
struct Answer {
    access_token: Secret,
    #[serde(default)]
    expires_in: Option<Seconds>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Seconds {
    Number(u64),
    Text(String),
}

impl ClientCredentials {
    /// The token endpoint of a tenant of Azure.
    #[must_use]
    pub fn azure(tenant: &str) -> String {
        format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token")
    }

    pub(super) async fn fetch(&self) -> Result<Granted, LoginFault> {
        let headers = HeaderMap::from_iter([(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        )]);
        let answered = self.outbound.post(&self.url, headers, self.form()).await;
        let (status, body) = answered.map_err(|error| {
            tracing::debug!(%error, "the token endpoint did not answer");
            LoginFault::Unanswered
        })?;
        if status.is_server_error() || status.as_u16() == 429 {
            return Err(LoginFault::Unanswered);
        }
        if !status.is_success() {
            return Err(LoginFault::Refused);
        }
        // No source: it could quote the token.
        let answer: Answer = serde_json::from_slice(&body).map_err(|_| LoginFault::Unfit)?;
        let expires_in = answer.expires_in.and_then(|seconds| match seconds {
            Seconds::Number(seconds) => Some(seconds),
            Seconds::Text(seconds) => seconds.parse().ok(),
        });
        Ok(Granted { token: answer.access_token, expires_in: expires_in.map(Duration::from_secs) })
    }

    fn form(&self) -> Bytes {
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let secret = Zeroizing::new(encode(self.client_secret.expose()));
        let (id, scope) = (encode(&self.client_id), encode(&self.scope));
        format!(
            "grant_type=client_credentials&client_id={id}&client_secret={}&scope={scope}",
            secret.as_str()
        )
        .into()
    }

    pub(super) fn identity(&self) -> Vec<Secret> {
        let text = |text: &String| Secret::new(text.clone());
        vec![text(&self.url), text(&self.client_id), self.client_secret.clone(), text(&self.scope)]
    }
}
