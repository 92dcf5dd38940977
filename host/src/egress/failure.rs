//! What went wrong below, told in words for the caller, with the rest kept as the source.

use std::error::Error as StdError;
use std::sync::Arc;

use hyper_util::client::legacy;
use rustls::{AlertDescription, CertificateError};

use super::body::BodyError;
use super::dial::DialError;
use super::error::{Denied, Error};
use super::verifier;

/// The connection ended before the answer did.
pub(super) const BROKE_OFF: &str = "broke off its answer";

/// The time to connect ran out.
pub(super) const SILENT: &str = "it did not answer in time";

const REFUSES_US: &str = "it does not accept the client certificate";

/// Why no head of a response came.
pub(super) fn of_exchange(target: &str, error: legacy::Error) -> Error {
    let target = target.to_owned();
    let error = Arc::new(error);
    let source: Option<Arc<dyn StdError + Send + Sync>> = Some(Arc::clone(&error) as _);
    if let Some(dialling) = find::<DialError>(&*error) {
        return match dialling {
            DialError::Address(forbidden) => Error::Denied(Denied::Address(*forbidden)),
            DialError::Resolve(_) => Error::Connect { target, reason: "its name does not resolve", source },
            DialError::Dial(_) => {
                Error::Connect { target, reason: "it refuses or cannot be reached", source }
            }
            DialError::Proxy(_) => Error::Connect { target, reason: "its proxy does not lead to it", source },
            DialError::Timeout => Error::Connect { target, reason: SILENT, source },
            DialError::Tls(_) => {
                let reason = find_tls(&*error).map_or("the handshake failed", of_tls);
                Error::Tls { target, reason, source }
            }
        };
    }
    // In TLS 1.3 a server refuses a client's certificate after the handshake, in the middle of HTTP.
    if let Some(tls) = find_tls(&*error) {
        return Error::Tls { target, reason: of_tls(tls), source };
    }
    if refuses_us(&*error) {
        return Error::Tls { target, reason: REFUSES_US, source };
    }
    let broke = find::<hyper::Error>(&*error).is_some_and(|error| !error.is_parse() && !error.is_user());
    let reason = if broke { BROKE_OFF } else { "does not speak HTTP" };
    Error::Protocol { target, reason, source }
}

/// Why a body was not read to its end.
pub(super) fn of_body(target: &str, error: BodyError) -> Error {
    let target = target.to_owned();
    let reason = match error {
        BodyError::TooLarge(limit) => return Error::TooLarge { whose: "response", limit },
        BodyError::Spent(spent) => return Error::Limit(spent),
        BodyError::Idle | BodyError::Broken(_) => BROKE_OFF,
        BodyError::Coding => "answered in a content coding that was not asked for",
        BodyError::Gzip(_) => "answered with a body that does not decompress",
    };
    Error::Protocol { target, reason, source: Some(Arc::new(error)) }
}

/// The few failures that an operator can do something about; the rest is in the log.
fn of_tls(error: &rustls::Error) -> &'static str {
    use CertificateError::{
        BadSignature, Expired, ExpiredContext, NotValidForName, NotValidForNameContext, UnknownIssuer,
    };
    use rustls::Error::{AlertReceived, InvalidCertificate};
    if let InvalidCertificate(UnknownIssuer | BadSignature) = error {
        "its certificate is not signed by an authority that it is configured with"
    } else if let InvalidCertificate(Expired | ExpiredContext { .. }) = error {
        "its certificate has expired"
    } else if let InvalidCertificate(NotValidForName | NotValidForNameContext { .. }) = error {
        "its certificate is for another name"
    } else if verifier::is_authority(error) {
        "its certificate is an authority's own, and not one that it is configured with"
    } else if let AlertReceived(alert) = error
        && CLIENT_CERTIFICATE.contains(alert)
    {
        REFUSES_US
    } else {
        "the handshake failed"
    }
}

/// Whether the server said so by an alert that HTTP/2 hands on as text only.
fn refuses_us(error: &(dyn StdError + 'static)) -> bool {
    let said = |text: String| chain(error).any(|error| error.to_string() == text);
    CLIENT_CERTIFICATE.into_iter().any(|alert| said(rustls::Error::AlertReceived(alert).to_string()))
}

/// The alerts by which a server says that it does not like whom it sees.
const CLIENT_CERTIFICATE: [AlertDescription; 5] = [
    AlertDescription::CertificateRequired,
    AlertDescription::BadCertificate,
    AlertDescription::UnknownCA,
    AlertDescription::CertificateExpired,
    AlertDescription::CertificateUnknown,
];

/// An error and what lies below it.
pub(super) fn chain<'e>(
    error: &'e (dyn StdError + 'static),
) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error: &&'e (dyn StdError + 'static)| (*error).source())
}

fn find<'e, E: StdError + 'static>(error: &'e (dyn StdError + 'static)) -> Option<&'e E> {
    chain(error).find_map(|error| error.downcast_ref())
}

/// An I/O error holds its cause as its content, not as its source.
fn find_tls<'e>(error: &'e (dyn StdError + 'static)) -> Option<&'e rustls::Error> {
    chain(error).find_map(|error| {
        let io = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        io.and_then(|inner| inner.downcast_ref()).or_else(|| error.downcast_ref())
    })
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn tls_errors_are_found_where_they_hide() {
        let refused = rustls::Error::AlertReceived(AlertDescription::CertificateRequired);
        assert!(refuses_us(&io::Error::other(refused.to_string())));
        assert!(!refuses_us(&io::Error::other("received fatal alert")));
        let error =
            DialError::Tls(io::Error::other(rustls::Error::InvalidCertificate(CertificateError::Expired)));
        assert_eq!(find_tls(&error).map(of_tls), Some("its certificate has expired"));
        assert!(find_tls(&io::Error::other("no")).is_none());
    }
}
