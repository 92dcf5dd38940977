//! Whom a connection trusts and as whom it comes: roots, client certificates, rustls configuration.

use std::fmt;
use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;

use super::secret::Secret;
use super::verifier::{Named, Unverified};

/// Which servers a target's connections trust.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Trust {
    /// Those that the system's roots vouch for.
    System,
    /// Those that these roots vouch for, in PEM, and whoever shows one of them; no others.
    Roots(Arc<[u8]>),
    /// Any. Only by the operator's word for the one target.
    Anyone,
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System => "System",
            Self::Roots(_) => "Roots",
            Self::Anyone => "Anyone",
        })
    }
}

/// A client certificate: the chain and its key.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: Secret,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({} certificates)", self.chain.len())
    }
}

/// What is wrong with certificates or keys. Quotes none of them.
#[derive(Debug, Clone, Error)]
pub enum TlsFault {
    /// The certificate authority's PEM.
    #[error("its certificate authority holds no certificate in PEM")]
    Roots,
    /// The client certificate's PEM.
    #[error("its client certificate holds no certificate in PEM")]
    Certificate,
    /// The client key's PEM.
    #[error("its client key is no private key in PEM")]
    Key,
    /// Certificate and key do not belong together, or rustls cannot use them.
    #[error("its certificates cannot be used")]
    Rustls(#[from] rustls::Error),
    /// The system has no roots.
    #[error("the system has no certificate authorities, and the target names none")]
    NoSystemRoots,
}

impl Identity {
    /// Reads a certificate chain and its key, both in PEM.
    pub(super) fn from_pem(chain: &[u8], key: Secret) -> Result<Self, TlsFault> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(chain)
            .collect::<Result<_, _>>()
            .ok()
            .filter(|chain: &Vec<_>| !chain.is_empty())
            .ok_or(TlsFault::Certificate)?;
        let identity = Self { chain, key };
        identity.key()?;
        Ok(identity)
    }

    /// The private key's PEM, for the redactor.
    pub(super) fn secret(&self) -> &Secret {
        &self.key
    }

    fn key(&self) -> Result<PrivateKeyDer<'static>, TlsFault> {
        PrivateKeyDer::from_pem_slice(self.key.expose().as_bytes()).map_err(|_| TlsFault::Key)
    }
}

/// The configuration of every connection that trusts `trust` and comes as `identity`.
///
/// The provider is given, not installed: the process may hold others. HTTP/2 is offered before HTTP/1.1.
pub(super) fn client_config(trust: &Trust, identity: Option<&Identity>) -> Result<ClientConfig, TlsFault> {
    let provider = Arc::new(ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    let builder = match trust {
        Trust::System => builder.with_root_certificates(system_roots()?),
        Trust::Roots(pem) => builder.dangerous().with_custom_certificate_verifier(Arc::new(named(pem)?)),
        Trust::Anyone => builder.dangerous().with_custom_certificate_verifier(Arc::new(Unverified(provider))),
    };
    let mut config = match identity {
        Some(identity) => builder.with_client_auth_cert(identity.chain.clone(), identity.key()?)?,
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// Whether `pem` can be trusted by: at least one certificate, all of them readable.
pub(super) fn check_roots(pem: &[u8]) -> Result<(), TlsFault> {
    named(pem).map(drop)
}

fn named(pem: &[u8]) -> Result<Named, TlsFault> {
    let roots: Vec<CertificateDer<'static>> =
        CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|_| TlsFault::Roots)?;
    let mut store = RootCertStore::empty();
    for root in &roots {
        store.add(root.clone())?;
    }
    let provider = Arc::new(ring::default_provider());
    // Fails where there is none.
    let by_roots = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider).build();
    Ok(Named { by_roots: by_roots.map_err(|_| TlsFault::Roots)?, roots })
}

/// The system's roots, read when first needed: a host whose targets all name their own never reads them.
fn system_roots() -> Result<Arc<RootCertStore>, TlsFault> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    let store = ROOTS.get_or_init(|| {
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            tracing::warn!(%error, "a certificate authority of the system cannot be read");
        }
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(found.certs);
        Arc::new(store)
    });
    if store.is_empty() { Err(TlsFault::NoSystemRoots) } else { Ok(Arc::clone(store)) }
}
