//! What a client certificate says of its holder.

use std::fmt;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use x509_parser::asn1_rs::{FromDer as _, Tag};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;

use super::{SpiffeId, Subject};

/// The tag of a URI among the kinds of names (RFC 5280, section 4.2.1.6).
const URI: Tag = Tag(6);

/// The certificate that the other end of a connection has shown and proved to hold.
///
/// It says who the holder is only as far as whoever verified it did so; see the room's documentation.
#[derive(Clone, PartialEq, Eq)]
pub struct PeerCertificate {
    subject: Option<Subject>,
    spiffe: Option<SpiffeId>,
    dns: Vec<String>,
    fingerprint: [u8; 32],
    not_after: Timestamp,
}

/// A certificate that is none by its form (RFC 5280).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the certificate cannot be read")]
pub struct UnreadableCertificate;

impl PeerCertificate {
    /// Reads a certificate in DER.
    ///
    /// # Errors
    /// [`UnreadableCertificate`], also for one that has an extension twice.
    pub fn parse(der: &[u8]) -> Result<Self, UnreadableCertificate> {
        let (rest, certificate) = X509Certificate::from_der(der).map_err(|_| UnreadableCertificate)?;
        if !rest.is_empty() {
            return Err(UnreadableCertificate);
        }
        let names = certificate.subject_alternative_name().map_err(|_| UnreadableCertificate)?;
        let names = names.map(|names| names.value.general_names.as_slice()).unwrap_or_default();
        let not_after = certificate.validity().not_after.timestamp();
        Ok(Self {
            subject: Subject::of(certificate.subject()),
            spiffe: if signs_others(&certificate)? { None } else { spiffe(names) },
            dns: names.iter().filter_map(dns).collect(),
            fingerprint: Sha256::digest(der).into(),
            not_after: Timestamp::from_second(not_after).map_err(|_| UnreadableCertificate)?,
        })
    }

    /// Whose it is; `None` where that is empty or has no text.
    #[must_use]
    pub fn subject(&self) -> Option<&Subject> {
        self.subject.as_ref()
    }

    /// The workload that it names; `None` unless it is an X.509-SVID.
    #[must_use]
    pub fn spiffe(&self) -> Option<&SpiffeId> {
        self.spiffe.as_ref()
    }

    /// The hosts that it names, in lower case.
    #[must_use]
    pub fn dns(&self) -> &[String] {
        &self.dns
    }

    /// The SHA-256 of the whole certificate, in hexadecimal digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        hex::encode(self.fingerprint)
    }

    /// The last second in which it is good.
    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }
}

impl fmt::Debug for PeerCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PeerCertificate({})", self.fingerprint())
    }
}

/// The one SPIFFE ID: "an X.509 SVID MUST contain exactly one URI SAN" (X509-SVID, section 2). One that cannot
/// be read counts as one more.
fn spiffe(names: &[GeneralName<'_>]) -> Option<SpiffeId> {
    let is_uri = |name: &&GeneralName<'_>| matches!(name, GeneralName::URI(_) | GeneralName::Invalid(URI, _));
    let mut uris = names.iter().filter(is_uri);
    match (uris.next(), uris.next()) {
        (Some(GeneralName::URI(uri)), None) => SpiffeId::parse(uri),
        (_, _) => None,
    }
}

/// Whether it may sign certificates or revocations, which names no workload (X509-SVID, section 5.2).
fn signs_others(certificate: &X509Certificate<'_>) -> Result<bool, UnreadableCertificate> {
    let usage = certificate.key_usage().map_err(|_| UnreadableCertificate)?;
    let signs = usage.is_some_and(|usage| usage.value.key_cert_sign() || usage.value.crl_sign());
    Ok(signs || certificate.is_ca())
}

fn dns(name: &GeneralName<'_>) -> Option<String> {
    if let GeneralName::DNSName(name) = name { Some(name.to_ascii_lowercase()) } else { None }
}
