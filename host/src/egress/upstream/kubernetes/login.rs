//! How a kubeconfig's user comes to be authenticated: the forms that an entry can have, and their renewal.

use std::sync::Arc;

use futures::future::BoxFuture;
use http::header::{HeaderName, HeaderValue};

use super::exec::{Environment, ExecPlugin, Program};
use super::oidc::{Oidc, Provider};
use super::token_file::TokenFile;
use crate::egress::credential::{Authentication, Credential, Unusable};
use crate::egress::redact::Keyring;
use crate::egress::secret::Secret;
use crate::egress::tls::Identity;
use crate::egress::upstream::Wiring;

/// A user as the kubeconfig has it. Two equal ones can share what they have fetched.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Login {
    pub(super) bearer: Bearer,
    pub(super) identity: Option<Arc<Identity>>,
    /// `Impersonate-*`.
    pub(super) impersonate: Vec<(HeaderName, HeaderValue)>,
    /// What else of the entry must not be seen: the values of an exec plugin's own environment.
    pub(super) secrets: Vec<Secret>,
}

/// Where the bearer token comes from.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Bearer {
    None,
    Token(Secret),
    File(std::path::PathBuf),
    Exec(Program),
    Oidc(Provider),
}

impl Login {
    /// The kind, for display.
    pub(super) fn kind(&self) -> &'static str {
        match (&self.bearer, &self.identity) {
            (Bearer::None, None) => "none",
            (Bearer::None, Some(_)) => "client-certificate",
            (Bearer::Token(_), _) => "token",
            (Bearer::File(_), _) => "token-file",
            (Bearer::Exec(_), _) => "exec",
            (Bearer::Oidc(_), _) => "oidc",
        }
    }

    /// The credential that this login comes to.
    pub(super) fn credential(self, environment: &Arc<Environment>, wiring: &Wiring) -> Box<dyn Credential> {
        let source = match &self.bearer {
            Bearer::None => Source::Nothing,
            Bearer::Token(token) => Source::Token(token.clone()),
            Bearer::File(path) => Source::File(TokenFile::new(path.clone())),
            Bearer::Exec(program) => Source::Exec(ExecPlugin::new(program.clone(), Arc::clone(environment))),
            Bearer::Oidc(provider) => Source::Oidc(Box::new(Oidc::new(provider.clone(), wiring.clone()))),
        };
        let session = Session { keyring: wiring.redactor.keyring(), login: self, source };
        session.remember(Vec::new());
        Box::new(session)
    }
}

#[derive(Debug)]
struct Session {
    login: Login,
    source: Source,
    keyring: Keyring,
}

#[derive(Debug)]
enum Source {
    Nothing,
    Token(Secret),
    File(TokenFile),
    Exec(ExecPlugin),
    Oidc(Box<Oidc>),
}

impl Session {
    async fn authenticate(&self) -> Result<Authentication, Unusable> {
        let mut authentication =
            Authentication { identity: self.login.identity.clone(), ..Authentication::default() };
        for (name, value) in &self.login.impersonate {
            authentication.headers.append(name, value.clone());
        }
        match &self.source {
            Source::Nothing => Ok(authentication),
            Source::Token(token) => authentication.bearer(token),
            Source::File(file) => {
                let token = file.token().await?;
                self.remember(vec![token.clone()]);
                authentication.bearer(&token)
            }
            Source::Exec(plugin) => {
                let given = plugin.credential().await?;
                let key = given.identity.as_ref().map(|identity| identity.secret().clone());
                self.remember(given.token.clone().into_iter().chain(key).collect());
                authentication.identity = given.identity.or(authentication.identity);
                match given.token {
                    Some(token) => authentication.bearer(&token),
                    None => Ok(authentication),
                }
            }
            Source::Oidc(oidc) => {
                let (token, secrets) = oidc.token().await?;
                self.remember(secrets);
                authentication.bearer(&token)
            }
        }
    }

    /// Tells the redactor everything that must not be seen: what the entry holds, and `fetched`.
    fn remember(&self, fetched: Vec<Secret>) {
        let mut secrets = self.login.secrets.clone();
        secrets.extend(self.login.identity.iter().map(|identity| identity.secret().clone()));
        match &self.login.bearer {
            Bearer::Token(token) => secrets.push(token.clone()),
            Bearer::Oidc(provider) => {
                let held = [&provider.client_secret, &provider.id_token, &provider.refresh_token];
                secrets.extend(held.into_iter().flatten().cloned());
            }
            Bearer::None | Bearer::File(_) | Bearer::Exec(_) => {}
        }
        secrets.extend(fetched);
        self.keyring.hold(secrets);
    }
}

impl Credential for Session {
    fn current(&self) -> BoxFuture<'_, Result<Authentication, Unusable>> {
        Box::pin(self.authenticate())
    }

    fn discard<'a>(&'a self, refused: &'a Authentication) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            match &self.source {
                Source::Nothing | Source::Token(_) => false,
                Source::File(file) => {
                    file.discard().await;
                    true
                }
                Source::Exec(plugin) => {
                    plugin.discard(refused).await;
                    true
                }
                Source::Oidc(oidc) => oidc.discard(refused).await,
            }
        })
    }
}
