//! TLS of the listener: who we are, whose certificates we take, and both anew when the files change.
//!
//! Certificates of workloads live for an hour, so that the files are looked at again and again, by their
//! contents. A new pair is taken up for new connections when all of it fits together; until then the old one
//! stays, and the log says once why.
//!
//! # Design
//! Where clients show certificates, no session is resumed: a resumed one would keep the certificate that was
//! verified before an authority was taken away.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{InconsistentKeys, RootCertStore, ServerConfig};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use zeroize::Zeroizing;

use crate::identity::PeerCertificate;

/// How long a client may take over its handshake. It is two exchanges, and nobody is known yet.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How often the files are looked at: three small reads, and certificates are renewed minutes before their end.
const FRESH: Duration = Duration::from_secs(5);

/// How the listener encrypts. All files are in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// Our certificate, and those between it and its root.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// Whether clients show certificates, too; `None` when they are not asked.
    pub clients: Option<ClientCertificates>,
}

/// What clients are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificates {
    /// The authorities that sign them.
    pub authorities: PathBuf,
    /// Whether whoever shows none is turned away before a request.
    pub are_required: bool,
}

/// Why there is no TLS. Quotes no key.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("`{}` cannot be read", .path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        why: io::Error,
    },
    /// No certificate.
    #[error("`{}` holds no certificate in PEM", .0.display())]
    Certificate(PathBuf),
    /// No key.
    #[error("`{}` is no private key in PEM", .0.display())]
    Key(PathBuf),
    /// Two files that do not belong together.
    #[error("the key in `{}` is not that of the certificate", .0.display())]
    Mismatch(PathBuf),
    /// No authorities.
    #[error("`{}` holds no certificate of an authority in PEM", .0.display())]
    Authorities(PathBuf),
    /// Certificate and key can be read, and not used.
    #[error("`{}` cannot be used", .path.display())]
    Unusable {
        /// The certificate.
        path: PathBuf,
        /// Why.
        #[source]
        why: rustls::Error,
    },
}

impl Tls {
    /// Whether connections could be served by these files as they are now.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn check(&self) -> Result<(), TlsError> {
        Files::read(self)?.config(self).map(drop)
    }
}

/// What is in the files.
struct Files {
    certificate: Vec<u8>,
    key: Zeroizing<Vec<u8>>,
    authorities: Option<Vec<u8>>,
}

impl Files {
    fn read(tls: &Tls) -> Result<Self, TlsError> {
        let read = |path: &Path| fs::read(path).map_err(|why| TlsError::Read { path: path.to_owned(), why });
        Ok(Self {
            certificate: read(&tls.certificate)?,
            key: Zeroizing::new(read(&tls.key)?),
            authorities: tls.clients.as_ref().map(|clients| read(&clients.authorities)).transpose()?,
        })
    }

    /// By which they are known again.
    fn digest(&self) -> [u8; 32] {
        let parts = [&self.certificate, &*self.key, self.authorities.as_ref().unwrap_or(&Vec::new())]
            .map(Sha256::digest);
        Sha256::digest(parts.concat()).into()
    }

    fn config(&self, tls: &Tls) -> Result<Arc<ServerConfig>, TlsError> {
        let chain =
            certificates(&self.certificate).ok_or_else(|| TlsError::Certificate(tls.certificate.clone()))?;
        let key = PrivateKeyDer::from_pem_slice(&self.key).map_err(|_| TlsError::Key(tls.key.clone()))?;
        let unusable = |why| {
            if why == rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) {
                return TlsError::Mismatch(tls.key.clone());
            }
            TlsError::Unusable { path: tls.certificate.clone(), why }
        };
        // The provider is given, not installed: the process may hold others.
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(unusable)?;
        let mut config = match tls.clients.as_ref().zip(self.authorities.as_deref()) {
            None => builder.with_no_client_auth().with_single_cert(chain, key).map_err(unusable)?,
            Some((clients, authorities)) => {
                let wrong = || TlsError::Authorities(clients.authorities.clone());
                let roots = Arc::new(roots(authorities).ok_or_else(wrong)?);
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider);
                let verifier = if clients.are_required { verifier } else { verifier.allow_unauthenticated() };
                let verifier = verifier.build().map_err(|_| wrong())?;
                let builder = builder.with_client_cert_verifier(verifier);
                let mut config = builder.with_single_cert(chain, key).map_err(unusable)?;
                config.session_storage = Arc::new(NoServerSessionStorage {});
                config.send_tls13_tickets = 0;
                config
            }
        };
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

/// At least one, all of them readable.
fn certificates(pem: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let all: Vec<_> = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().ok()?;
    (!all.is_empty()).then_some(all)
}

fn roots(pem: &[u8]) -> Option<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for root in certificates(pem)? {
        roots.add(root).ok()?;
    }
    Some(roots)
}

/// Takes connections into TLS.
pub(super) struct Handshakes {
    tls: Tls,
    current: ArcSwap<ServerConfig>,
    /// Of the files that `current` was made of.
    digest: [u8; 32],
}

impl Handshakes {
    pub(super) fn new(tls: Tls) -> Result<Self, TlsError> {
        let files = Files::read(&tls)?;
        let current = ArcSwap::new(files.config(&tls)?);
        Ok(Self { tls, current, digest: files.digest() })
    }

    /// The connection, and the certificate that its client showed; `None` when there is no such connection.
    ///
    /// Strangers can make it fail as often as they like, so that nothing of it is said above `debug`.
    pub(super) async fn take(
        &self,
        stream: TcpStream,
    ) -> Option<(TlsStream<TcpStream>, Option<Arc<PeerCertificate>>)> {
        let accepting = TlsAcceptor::from(self.current.load_full()).accept(stream);
        let stream = match tokio::time::timeout(HANDSHAKE, accepting).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                tracing::debug!(%error, "a TLS handshake failed");
                return None;
            }
            Err(_) => return None,
        };
        let (_, session) = stream.get_ref();
        let shown = session.peer_certificates().and_then(<[_]>::first);
        match shown.map(|shown| PeerCertificate::parse(shown)).transpose() {
            Ok(shown) => Some((stream, shown.map(Arc::new))),
            Err(error) => {
                tracing::debug!(%error, "a client's certificate is trusted, and unreadable");
                None
            }
        }
    }

    /// Looks at the files for ever, and takes up what changed.
    pub(super) async fn keep_fresh(&self) {
        let mut seen = Seen { digest: self.digest, told: None };
        loop {
            tokio::time::sleep(FRESH).await;
            self.look(&mut seen).await;
        }
    }

    async fn look(&self, seen: &mut Seen) {
        let (tls, digest) = (self.tls.clone(), seen.digest);
        // A file may be on a disk of somebody else's. The task fails only when the runtime ends.
        let Ok(read) = tokio::task::spawn_blocking(move || renewed(&tls, digest)).await else { return };
        seen.told = match read {
            Ok(None) => None,
            Ok(Some(renewed)) => {
                self.current.store(renewed.config);
                seen.digest = renewed.digest;
                tracing::info!("changed TLS files taken up");
                None
            }
            Err(error) => {
                let said = Some(error.to_string());
                if said != seen.told {
                    tracing::warn!(%error, "changed TLS files not taken up; the listener goes on as it was");
                }
                said
            }
        };
    }
}

/// What the files held that were taken up last, and what was said about them since.
struct Seen {
    digest: [u8; 32],
    told: Option<String>,
}

/// What changed files come to.
struct Renewed {
    digest: [u8; 32],
    config: Arc<ServerConfig>,
}

/// What the files come to, if they are not those of `digest`.
fn renewed(tls: &Tls, digest: [u8; 32]) -> Result<Option<Renewed>, TlsError> {
    let files = Files::read(tls)?;
    let now = files.digest();
    if now == digest {
        return Ok(None);
    }
    Ok(Some(Renewed { digest: now, config: files.config(tls)? }))
}

impl std::fmt::Debug for Handshakes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handshakes").field("tls", &self.tls).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
