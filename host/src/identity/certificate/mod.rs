//! Client certificates: what one says of its holder, and whom the operator takes that to be.
//!
//! A *certificate* has been verified before it comes here: the listener has seen it signed by one of the
//! operator's authorities, in force, and its holder to have the key. What is left is a name. It has up to
//! three kinds of them, and a [`CertificateRule`] asks for exactly one:
//! - a SPIFFE ID, of which a certificate has one and no other URI ([`SpiffePattern`]);
//! - the subject, word for word (RFC 4514);
//! - a DNS name ([`DnsPattern`]).
//!
//! The first rule that a certificate fits decides; one that fits none stands for nobody.
//!
//! # Design
//! The principal's subject is the very name that the rule asked for, not whatever else the certificate says:
//! `spiffe://...` as it is, or `certificate:` before the subject or the DNS name. So nobody becomes another
//! principal by what an authority did not check. A subject holds `=` and a DNS name cannot, so the two are
//! never taken for each other.
//!
//! Every authority in the bundle may sign any name, also a SPIFFE ID of any trust domain. Whoever must not is
//! not put there.

use jiff::Timestamp;

use super::Reason;
use crate::call::{Principal, PrincipalKind, Restriction};

mod dns;
mod peer;
mod spiffe;
mod subject;

#[cfg(test)]
mod tests;

pub use dns::DnsPattern;
pub use peer::{PeerCertificate, UnreadableCertificate};
pub use spiffe::{SpiffeId, SpiffePattern};
pub use subject::Subject;

/// Whom the operator takes the holders of some certificates to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateRule {
    /// Which certificates.
    pub matches: Matches,
    /// What kind of caller their holders are.
    pub kind: PrincipalKind,
    /// The groups of their principals.
    pub groups: Vec<String>,
    /// What they are good for; `None` for anything.
    pub restrictions: Option<Vec<Restriction>>,
}

/// By which name a certificate is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matches {
    /// Its SPIFFE ID.
    Spiffe(SpiffePattern),
    /// Its whole subject.
    Subject(Subject),
    /// One of its DNS names.
    Dns(DnsPattern),
}

impl Matches {
    /// The subject of the principal whom this certificate stands for, if it fits.
    fn subject(&self, certificate: &PeerCertificate) -> Option<String> {
        match self {
            Self::Spiffe(pattern) => {
                certificate.spiffe().filter(|id| pattern.admits(id)).map(ToString::to_string)
            }
            Self::Subject(subject) => {
                certificate.subject().filter(|it| *it == subject).map(|it| format!("certificate:{it}"))
            }
            Self::Dns(pattern) => certificate
                .dns()
                .iter()
                .find(|name| pattern.admits(name))
                .map(|it| format!("certificate:{it}")),
        }
    }
}

/// Whom a verified certificate stands for, by the first rule that it fits.
///
/// # Errors
/// [`Reason::Expired`] where the connection outlived it; [`Reason::Unknown`] where it fits no rule.
pub(super) fn principal(
    rules: &[CertificateRule],
    certificate: &PeerCertificate,
    now: Timestamp,
) -> Result<Principal, Reason> {
    if certificate.not_after() < now {
        return Err(Reason::Expired);
    }
    let found = rules.iter().find_map(|rule| Some((rule, rule.matches.subject(certificate)?)));
    let (rule, subject) = found.ok_or(Reason::Unknown)?;
    let principal = Principal::new(subject, rule.groups.clone()).of_kind(rule.kind);
    Ok(match &rule.restrictions {
        Some(restrictions) => principal.restricted(restrictions.clone()),
        None => principal,
    })
}
