//! Where an issuer keeps its keys, when the operator did not say: its published metadata.
//!
//! RFC 8414, section 3, puts `/.well-known/...` between host and path; OpenID Connect Discovery 1.0, section
//! 4, after the path. Issuers do the one or the other, so all three places are asked, the standard first.

use serde::Deserialize;
use url::Url;

use crate::egress::{Outbound, OutboundError};

/// What of the metadata matters here.
#[derive(Debug, Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

/// The address of the keys of `issuer`.
///
/// # Errors
/// Why none of the places told it. Metadata that names another issuer counts for nothing (RFC 8414, section
/// 3.3: "MUST be identical").
pub(super) async fn keys_of(issuer: &str, outbound: &Outbound) -> Result<String, OutboundError> {
    let mut last = None;
    for place in places(issuer) {
        match outbound.get(&place).await {
            Ok(document) => match serde_json::from_slice::<Metadata>(&document) {
                Ok(found) if found.issuer == issuer => return Ok(found.jwks_uri),
                Ok(_) => tracing::warn!(issuer, place, "this metadata is another issuer's"),
                Err(error) => tracing::warn!(issuer, place, %error, "this is no metadata of an issuer"),
            },
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or(OutboundError::Unfit))
}

fn places(issuer: &str) -> Vec<String> {
    let Ok(url) = Url::parse(issuer) else { return Vec::new() };
    let path = url.path().trim_end_matches('/').to_owned();
    let with = |path: String| {
        let mut url = url.clone();
        url.set_path(&path);
        url.to_string()
    };
    let mut places = vec![
        with(format!("/.well-known/oauth-authorization-server{path}")),
        with(format!("/.well-known/openid-configuration{path}")),
        with(format!("{path}/.well-known/openid-configuration")),
    ];
    places.dedup();
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_places_are_asked() {
        assert_eq!(
            places("https://login.example/realms/a"),
            [
                "https://login.example/.well-known/oauth-authorization-server/realms/a",
                "https://login.example/.well-known/openid-configuration/realms/a",
                "https://login.example/realms/a/.well-known/openid-configuration",
            ]
        );
        for issuer in ["https://login.example", "https://login.example/"] {
            assert_eq!(
                places(issuer),
                [
                    "https://login.example/.well-known/oauth-authorization-server",
                    "https://login.example/.well-known/openid-configuration",
                ],
                "{issuer}"
            );
        }
    }
}
