//! Certificates made at start: an authority for each server, and what it signs.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;

/// Why a certificate or a TLS configuration could not be made.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A certificate could not be made; a name that is no DNS name is the usual cause.
    #[error("cannot make a certificate")]
    Certificate(#[from] rcgen::Error),
    /// The certificates do not make a configuration.
    #[error("cannot configure tls")]
    Configuration(#[from] rustls::Error),
    /// The authority is not fit to check client certificates.
    #[error("cannot check client certificates")]
    Verifier(#[from] rustls::server::VerifierBuilderError),
}

/// Whether a server asks its callers for certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClientCertificates {
    /// It does not ask.
    #[default]
    Off,
    /// It asks, and takes callers without one too.
    Optional,
    /// It refuses the handshake of callers without one.
    Required,
}

/// A certificate and its key, both PEM.
#[derive(Clone)]
pub struct Identity {
    /// The certificate.
    pub certificate_pem: String,
    /// The private key, PKCS#8.
    pub key_pem: String,
    /// The certificate, DER.
    pub certificate_der: Vec<u8>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

/// A certificate authority that exists only as long as its server.
#[derive(Debug)]
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    /// Makes an authority with a fresh key.
    ///
    /// # Errors
    ///
    /// [`TlsError::Certificate`] when key generation fails.
    pub fn new(name: &str) -> Result<Self, TlsError> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, format!("{name}-ca"));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        Ok(Self { issuer: CertifiedIssuer::self_signed(params, KeyPair::generate()?)? })
    }

    /// The authority's own certificate, PEM: what a kubeconfig holds as `certificate-authority-data`.
    #[must_use]
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// Signs a certificate for a caller; `user` is its common name, `groups` its organisations.
    ///
    /// # Errors
    ///
    /// [`TlsError::Certificate`] when signing fails.
    pub fn client(&self, user: &str, groups: &[&str]) -> Result<Identity, TlsError> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, user);
        for group in groups {
            params.distinguished_name.push(DnType::OrganizationName, *group);
        }
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(params)
    }

    /// A server's TLS configuration: a fresh certificate for `names` (DNS names or addresses).
    pub(super) fn server(
        &self,
        names: &[String],
        clients: ClientCertificates,
        http2: bool,
    ) -> Result<ServerConfig, TlsError> {
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name.push(DnType::CommonName, "kube-apiserver");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        // The provider is named, never installed: a library must not choose for the process.
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?;
        let builder = match self.verifier(clients)? {
            Some(verifier) => builder.with_client_cert_verifier(verifier),
            None => builder.with_no_client_auth(),
        };
        let mut config = builder.with_single_cert(vec![certificate.der().clone()], key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        if http2 {
            config.alpn_protocols.insert(0, b"h2".to_vec());
        }
        Ok(config)
    }

    fn verifier(&self, clients: ClientCertificates) -> Result<Option<Arc<dyn ClientCertVerifier>>, TlsError> {
        if clients == ClientCertificates::Off {
            return Ok(None);
        }
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone())?;
        let builder =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::new(ring::default_provider()));
        let builder =
            if clients == ClientCertificates::Optional { builder.allow_unauthenticated() } else { builder };
        Ok(Some(builder.build()?))
    }

    fn sign(&self, params: CertificateParams) -> Result<Identity, TlsError> {
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(Identity {
            certificate_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
            certificate_der: certificate.der().to_vec(),
        })
    }
}
