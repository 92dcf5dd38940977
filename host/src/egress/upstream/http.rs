//! The kind `http`: servers that the operator lists, each with a base URL and a credential.
//!
//! Kinds whose servers differ from these in manner only, such as `palette`, make their targets here too.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use http::HeaderMap;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use thiserror::Error;

use super::{Upstream, Wiring};
use crate::egress::base::{BadUrl, Base};
use crate::egress::credential::{self, Authentication, Fixed, Unusable, sensitive};
use crate::egress::dial;
use crate::egress::endpoint::Route;
use crate::egress::secret::Secret;
use crate::egress::session::{ClientCredentials, Making, Session, Source};
use crate::egress::target::Target;
use crate::egress::tls::{self, Identity, TlsFault, Trust};

/// The servers of one upstream of kind `http`.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// In the operator's order.
    pub targets: Vec<TargetConfig>,
}

/// One server.
#[derive(Debug, Clone)]
pub struct TargetConfig {
    /// Unique within the upstream.
    pub name: String,
    /// `https://host[:port][/prefix]`.
    pub base_url: String,
    /// Accepts `http://` too; everything sent there, the credential included, can be read on the way.
    pub plaintext: bool,
    /// What its requests are authenticated with.
    pub credential: Credential,
    /// Headers that the host adds to every request, and that are no secret.
    pub headers: Vec<(String, String)>,
    /// Roots in PEM to trust instead of the system's.
    pub ca: Option<PathBuf>,
    /// A client certificate and its key, both in PEM.
    pub certificate: Option<ClientCertificate>,
    /// What components may know of it besides its name.
    pub attributes: Vec<(String, String)>,
}

/// A credential in a header, or how to come by one.
#[derive(Debug, Clone)]
pub enum Credential {
    /// None.
    None,
    /// `Authorization: Bearer`.
    Bearer(Secret),
    /// `Authorization: Basic`.
    Basic {
        /// Who.
        user: String,
        /// The password.
        password: Secret,
    },
    /// A header of its own, such as `ApiKey`.
    Header {
        /// Its name.
        name: String,
        /// Its value.
        value: Secret,
    },
    /// A token that the plugin's authenticator logs in for.
    Login(Vec<LoginSecret>),
    /// A token that the host gets by OAuth 2 client credentials.
    ClientCredentials(ClientCredentials),
}

/// One thing that an authenticator is given.
#[derive(Debug, Clone)]
pub struct LoginSecret {
    /// By the name that its manifest has for it.
    pub name: String,
    /// Its value.
    pub value: Secret,
    /// Whether it is one indeed, and not the name of a user.
    pub hidden: bool,
}

/// Where a client certificate is.
#[derive(Debug, Clone)]
pub struct ClientCertificate {
    /// The chain in PEM.
    pub chain: PathBuf,
    /// The key in PEM.
    pub key: PathBuf,
}

/// What is wrong with a target of kind `http`, or of one made of it. For the operator: names paths.
#[derive(Debug, Error)]
pub enum Fault {
    /// Two targets have the name.
    #[error("two targets are named `{0}`")]
    Twice(String),
    /// The base URL.
    #[error("`base_url`: {0}")]
    Url(#[from] BadUrl),
    /// The base URL is not encrypted.
    #[error(
        "`base_url` begins with `http://`; set `plaintext = true` if what is sent there may be read on the way"
    )]
    Plaintext,
    /// A file that cannot be read.
    #[error("`{}` cannot be read", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A certificate or a key.
    #[error(transparent)]
    Tls(#[from] TlsFault),
    /// A header that the host may not set, or that cannot be sent.
    #[error("the header `{0}` cannot be set: it is malformed, or HTTP itself owns it")]
    Header(String),
    /// A credential that no header can carry.
    #[error("the credential holds characters that no header can carry")]
    Credential,
}

pub(in crate::egress) struct Http {
    targets: Vec<Target>,
}

impl Http {
    /// Makes every target; the first that is not sound stops the start, with its name.
    pub(in crate::egress) fn new(config: Config, wiring: &Wiring) -> Result<Self, (String, Fault)> {
        let mut targets: Vec<Target> = Vec::new();
        for target in config.targets {
            let name = target.name.clone();
            if targets.iter().any(|other| other.name() == name) {
                return Err((name.clone(), Fault::Twice(name)));
            }
            targets.push(build(target, wiring).map_err(|fault| (name, fault))?);
        }
        Ok(Self { targets })
    }
}

impl Upstream for Http {
    fn targets(&self) -> Vec<Target> {
        self.targets.clone()
    }
}

fn build(config: TargetConfig, wiring: &Wiring) -> Result<Target, Fault> {
    let base = Base::parse_written(&config.base_url, &["https", "http"])?;
    if !base.is_secure() && !config.plaintext {
        return Err(Fault::Plaintext);
    }
    let trust = match &config.ca {
        Some(path) => {
            let pem = read(path)?;
            tls::check_roots(&pem)?;
            Trust::Roots(pem.into())
        }
        None => Trust::System,
    };
    let (mut authentication, mut secrets) = authenticate(&config.credential)?;
    for (name, value) in &config.headers {
        let value = HeaderValue::from_str(value).map_err(|_| Fault::Header(name.clone()))?;
        authentication.headers.insert(header_name(name)?, value);
    }
    if let Some(ClientCertificate { chain, key }) = &config.certificate {
        let key = Secret::new(String::from_utf8(read(key)?).map_err(|_| TlsFault::Key)?);
        let identity = Identity::from_pem(&read(chain)?, key)?;
        secrets.push(identity.secret().clone());
        authentication.identity = Some(Arc::new(identity));
    }
    let mut attributes = config.attributes;
    attributes.push(("server".to_owned(), base.to_string()));
    let base_text = base.to_string();
    let route =
        Route { base, trust, server_name: None, proxy: None, networks: wiring.networks, compress: true };
    let target = |credential: Box<dyn credential::Credential>| {
        let endpoint = wiring.endpoint(&config.name, route.clone(), credential);
        Target::new(&wiring.plugin, &wiring.upstream, &config.name, attributes.clone(), Ok(endpoint))
    };
    let fixed = || Box::new(Fixed::new(authentication.clone(), secrets.clone(), wiring.redactor.keyring()));
    let source = match config.credential {
        Credential::None | Credential::Bearer(_) | Credential::Basic { .. } | Credential::Header { .. } => {
            return Ok(target(fixed()));
        }
        Credential::ClientCredentials(client) => Source::OAuth(client),
        Credential::Login(given) => Source::Component {
            slot: Arc::clone(&wiring.authenticator),
            // On its requests there is no token: it is what they are for.
            target: target(fixed()),
            secrets: given.into_iter().map(|each| (each.name, each.value)).collect(),
        },
    };
    let session = Session::new(Making {
        plugin: wiring.plugin.clone(),
        upstream: wiring.upstream.clone(),
        target: config.name.clone(),
        base: base_text,
        source,
        fixed: authentication.clone(),
        secrets: secrets.clone(),
        keyring: wiring.redactor.keyring(),
        told: Arc::clone(&wiring.told),
    });
    wiring.sessions.lock().unwrap_or_else(PoisonError::into_inner).push(session.clone());
    Ok(target(Box::new(session)))
}

fn authenticate(credential: &Credential) -> Result<(Authentication, Vec<Secret>), Fault> {
    let unusable = |_: Unusable| Fault::Credential;
    let none = Authentication::default();
    Ok(match credential {
        Credential::None => (none, Vec::new()),
        Credential::Bearer(token) => (none.bearer(token).map_err(unusable)?, vec![token.clone()]),
        Credential::Basic { user, password } => {
            let value = dial::basic(user, password).map_err(|_| Fault::Credential)?;
            (Authentication { headers: HeaderMap::from_iter([(AUTHORIZATION, value)]), identity: None }, {
                vec![password.clone()]
            })
        }
        Credential::Header { name, value } => {
            let pair = (header_name(name)?, sensitive(value.expose()).map_err(unusable)?);
            (Authentication { headers: HeaderMap::from_iter([pair]), identity: None }, vec![value.clone()])
        }
        Credential::Login(given) => {
            let hidden = given.iter().filter(|each| each.hidden);
            (none, hidden.map(|each| each.value.clone()).collect())
        }
        Credential::ClientCredentials(client) => (none, vec![client.client_secret.clone()]),
    })
}

/// Names that HTTP itself owns: setting them would change how a message is framed or routed.
fn header_name(name: &str) -> Result<HeaderName, Fault> {
    const OWNED: [&str; 12] = [
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    HeaderName::try_from(name)
        .ok()
        .filter(|name| !OWNED.contains(&name.as_str()))
        .ok_or_else(|| Fault::Header(name.to_owned()))
}

fn read(path: &Path) -> Result<Vec<u8>, Fault> {
    fs::read(path).map_err(|source| Fault::File { path: path.to_owned(), source })
}
