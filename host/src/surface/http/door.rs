//! Who may knock: is the request addressed to us, may its page speak, and whose is it.
//!
//! `Host` and `Origin` stop a web page that turns its visitor's browser against a listener on the visitor's
//! own machine, by DNS rebinding or plainly (MCP 2026-07-28, transports: "servers MUST validate the Origin
//! header"). They are checked for every route: a health check is an oracle too.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::api;
use super::listen::Connection;
use super::names::{HostName, Origin};
use super::problem::Problem;
use super::protected::Protected;
use super::throttle::{Counted, Throttle};
use crate::gateway::Gateway;
use crate::identity::{Credential, Principal, Reason, Refused, Token};
use crate::surface::mcp::Lacking;

/// What is recorded of an address that has to wait.
const THROTTLED: &str = "throttled";

const NEEDED: &str = "a valid credential is needed";

/// The names we answer to, and the pages we answer.
#[derive(Debug)]
pub(super) struct Addressees {
    pub(super) hosts: Vec<HostName>,
    pub(super) origins: Vec<Origin>,
}

/// Lets a request pass when every name it calls us by is ours, and its page, if it has one, is welcome.
pub(super) async fn addressed_to_us(
    State(ours): State<Arc<Addressees>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let Some(name) = called_by(request.uri(), request.headers()) else {
        return told(&path, StatusCode::BAD_REQUEST, "request.host", "exactly one valid Host is needed");
    };
    if !ours.is_ours(&name, request.extensions().get()) {
        tracing::info!(host = %name, "refused: the Host is none of ours");
        return told(&path, StatusCode::FORBIDDEN, "request.host", "this Host is not served here");
    }
    let mut origins = request.headers().get_all(ORIGIN).iter();
    if let Some(value) = origins.next() {
        let origin = value.to_str().ok().and_then(Origin::parse);
        let welcome = origin.is_some_and(|origin| origin.is_that_of(&name) || ours.origins.contains(&origin));
        if !welcome || origins.next().is_some() {
            tracing::info!(origin = ?value, "refused: the Origin is not welcome");
            return told(&path, StatusCode::FORBIDDEN, "request.origin", "this Origin is not welcome here");
        }
    }
    next.run(request).await
}

impl Addressees {
    fn is_ours(&self, name: &HostName, connection: Option<&Connection>) -> bool {
        let dialled =
            || name.address().is_some_and(|address| connection.is_some_and(|to| to.local.ip() == address));
        name.is_loopback() || self.hosts.iter().any(|ours| ours.admits(name)) || dialled()
    }
}

/// By which name the client calls us; `None` when it gives no valid one, or two that differ.
fn called_by(uri: &Uri, headers: &HeaderMap) -> Option<HostName> {
    let mut names = uri
        .authority()
        .map(|authority| authority.as_str())
        .into_iter()
        .map(HostName::parse)
        .chain(headers.get_all(HOST).iter().map(|value| HostName::parse(value.to_str().ok()?)));
    let name = names.next()??;
    names.all(|other| other.as_ref() == Some(&name)).then_some(name)
}

/// Finds out whose a request is.
#[derive(Clone)]
pub(super) struct Bearer {
    gateway: Arc<Gateway>,
    protected: Arc<Protected>,
    refusals: Arc<Throttle>,
}

impl Bearer {
    pub(super) fn new(gateway: Arc<Gateway>, protected: Arc<Protected>) -> Self {
        Self { gateway, protected, refusals: Arc::default() }
    }

    /// The answer to a credential that does not do.
    fn refuse(&self, refused: Refused, path: &str, from: Option<IpAddr>) -> Response {
        match refused {
            // A guess, or an honest mistake: nobody can tell, so that both are counted.
            Refused::Unknown(_) => match from.map_or(Counted::Few, |address| self.refusals.refuse(address)) {
                Counted::Few => {
                    self.gateway.auth_refused(refused.reason(), path, from);
                    let challenge = [(WWW_AUTHENTICATE, self.protected.unknown(path))];
                    (challenge, told(path, StatusCode::UNAUTHORIZED, "token.needed", NEEDED)).into_response()
                }
                Counted::TooMany { wait, is_first } => {
                    // A flood is one record: the log is not for a stranger to fill.
                    if is_first {
                        self.gateway.auth_refused(THROTTLED, path, from);
                    }
                    let wait = [(RETRY_AFTER, wait.as_secs().to_string())];
                    let status = StatusCode::TOO_MANY_REQUESTS;
                    (wait, told(path, status, "token.throttled", "too many wrong tokens")).into_response()
                }
            },
            Refused::Scope => {
                self.gateway.auth_refused(refused.reason(), path, from);
                let challenge = [(WWW_AUTHENTICATE, self.protected.scope(path, &[], &[]))];
                let refusal =
                    told(path, StatusCode::FORBIDDEN, "token.scope", "the token was not granted enough");
                (challenge, refusal).into_response()
            }
            Refused::Unavailable => {
                self.gateway.auth_refused(refused.reason(), path, from);
                let wait = [(RETRY_AFTER, "5")];
                let status = StatusCode::SERVICE_UNAVAILABLE;
                (wait, told(path, status, "token.unavailable", "tokens cannot be checked now"))
                    .into_response()
            }
        }
    }
}

/// Puts the principal into the request, or answers 401. A missing, a malformed and a wrong token look alike.
pub(super) async fn authenticate(State(bearer): State<Bearer>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let connection = request.extensions().get::<Connection>();
    let from = connection.map(|connection| connection.remote.ip());
    let found = credential(request.headers(), connection);
    // Nothing below this line has a use for the token, and what is not there cannot leak.
    request.headers_mut().remove(AUTHORIZATION);
    let audience = bearer.protected.audience(&path);
    let known = match found {
        Ok(credential) => bearer.gateway.authenticate(&credential, &audience).await,
        Err(malformed) => Err(malformed.into()),
    };
    let principal = match known {
        Ok(principal) => principal,
        Err(refused) => return bearer.refuse(refused, &path, from),
    };
    request.extensions_mut().insert(principal.clone());
    let mut response = next.run(request).await;
    if let Some(Lacking(scopes)) = response.extensions_mut().remove() {
        bearer.gateway.auth_refused(Refused::Scope.reason(), &path, from);
        let challenge = bearer.protected.scope(&path, &principal.scopes().held, &scopes);
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}

/// A refusal: a problem where programs read them, and otherwise a line.
fn told(path: &str, status: StatusCode, code: &'static str, what: &str) -> Response {
    if api::is_of(path) {
        return Problem::new(status, code, what).into_response();
    }
    (status, format!("{what}\n")).into_response()
}

/// The credential of a request: `Authorization: Bearer`, once, or else the certificate of its connection. A
/// token in the URL is never read: URLs end in logs and histories (RFC 6750, section 5.3).
fn credential(headers: &HeaderMap, connection: Option<&Connection>) -> Result<Credential, Reason> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        let shown = connection.and_then(|connection| connection.certificate.clone());
        return Ok(shown.map_or(Credential::None, Credential::Certificate));
    };
    if values.next().is_some() {
        return Err(Reason::Malformed);
    }
    let parts = value.to_str().ok().and_then(|text| text.split_once(' '));
    let (scheme, token) = parts.ok_or(Reason::Malformed)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Reason::Malformed);
    }
    Token::presented(token.trim()).map(Credential::Bearer).ok_or(Reason::Malformed)
}

impl<S: Sync> FromRequestParts<S> for Principal {
    type Rejection = Response;

    /// Whose the request is. A route that forgot [`authenticate`] answers 401, never as nobody.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let needed = || told(parts.uri.path(), StatusCode::UNAUTHORIZED, "token.needed", NEEDED);
        parts.extensions.get().cloned().ok_or_else(needed)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn read(values: &[&str]) -> Result<Option<String>, Reason> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        credential(&headers, None).map(|found| match found {
            Credential::Bearer(token) => Some(token.expose().to_owned()),
            Credential::None | Credential::Certificate(_) | Credential::LocalUser(_) => None,
        })
    }

    #[test]
    fn one_bearer_token_is_read() {
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&["Bearer abc"]), Ok(Some("abc".to_owned())));
        assert_eq!(read(&["bEARER  abc== "]), Ok(Some("abc==".to_owned())));
    }

    #[test]
    fn everything_else_is_refused() {
        for values in [
            &["Bearer"][..],
            &["Bearer "],
            &["abc"],
            &["Basic YTpi"],
            &["Bearer a b"],
            &["Bearer a,b"],
            &["Bearer a", "Bearer a"],
        ] {
            assert!(read(values).is_err(), "{values:?}");
        }
    }

    #[test]
    fn the_names_of_a_request_must_agree() {
        let name = |uri: &str, hosts: &[&str]| {
            let mut headers = HeaderMap::new();
            for host in hosts {
                headers.append(HOST, HeaderValue::from_str(host).unwrap());
            }
            called_by(&uri.parse().unwrap(), &headers).map(|name| name.to_string())
        };
        assert_eq!(name("/mcp", &["localhost:7007"]).as_deref(), Some("localhost:7007"));
        assert_eq!(name("http://a.example/mcp", &["a.example"]).as_deref(), Some("a.example"));
        assert_eq!(name("http://a.example/mcp", &[]).as_deref(), Some("a.example"), "as HTTP/2 has it");
        assert_eq!(name("http://evil.example/mcp", &["localhost"]), None);
        assert_eq!(name("/mcp", &["localhost", "evil.example"]), None);
        assert_eq!(name("/mcp", &[]), None);
    }
}
