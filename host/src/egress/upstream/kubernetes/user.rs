//! One user of a kubeconfig, read into a login, or into why it cannot be one.

use std::path::Path;
use std::sync::Arc;

use http::header::{HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Config;
use super::context::{Reader, cluster_info};
use super::exec::Program;
use super::kubeconfig::{AuthProvider, Cluster, User};
use super::login::{Bearer, Login};
use super::oidc::Provider;
use crate::egress::base::Base;
use crate::egress::credential::Unusable;
use crate::egress::endpoint::Route;
use crate::egress::secret::Secret;
use crate::egress::tls::{self, Identity, Trust};

/// The characters that a header's name may hold (RFC 9110, section 5.6.2), without `%`, which escapes.
const HEADER_NAME: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'*')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

impl Reader<'_> {
    /// How the user of an entry comes to be authenticated.
    pub(super) fn login(
        &mut self,
        directory: &Path,
        user: &User,
        cluster: &Cluster,
        route: &Route,
    ) -> Result<Login, Unusable> {
        let mut secrets = Vec::new();
        let token_file = user.token_file.as_deref().filter(|path| !path.as_os_str().is_empty());
        // A token that is there is sent, and nothing is run or asked for another: so it is with `kubectl`.
        let bearer = if let Some(path) = token_file {
            Bearer::File(directory.join(path))
        } else if let Some(token) = user.token.as_ref().filter(|token| !token.expose().is_empty()) {
            Bearer::Token(token.clone())
        } else if user.exec.is_some() && user.auth_provider.is_some() {
            return Err(Unusable::new("its user has both `exec` and `auth-provider`"));
        } else if let Some(exec) = &user.exec {
            let held = exec.env.iter().flatten().filter(|variable| is_secret(&variable.name));
            secrets.extend(held.map(|variable| variable.value.clone()));
            let info = || cluster_info(cluster, route);
            let Config { exec: allowed, environment, .. } = self.config;
            let remedy = self.remedy("exec", &exec.command);
            Bearer::Exec(Program::new(exec, directory, info, allowed, environment, &remedy)?)
        } else if let Some(provider) = &user.auth_provider {
            Bearer::Oidc(self.provider(directory, provider)?)
        } else {
            Bearer::None
        };
        let chain = self.data_or_file(
            "client certificate",
            directory,
            user.client_certificate_data.as_deref(),
            user.client_certificate.as_deref(),
        )?;
        let key = user.client_key_data.as_ref().map(Secret::expose);
        let key = self.data_or_file("client key", directory, key, user.client_key.as_deref())?;
        let identity = match (chain, key) {
            (None, None) => None,
            (Some(chain), Some(key)) => {
                let key = String::from_utf8(key).map_err(|_| Unusable::new("its client key is not text"))?;
                let identity = Identity::from_pem(&chain, Secret::new(key));
                Some(Arc::new(identity.map_err(|fault| Unusable::new(fault.to_string()))?))
            }
            (Some(_), None) => return Err(Unusable::new("its user has a client certificate and no key")),
            (None, Some(_)) => return Err(Unusable::new("its user has a client key and no certificate")),
        };
        // Some distributions write a password beside a certificate; servers that see the latter are content.
        if identity.is_none()
            && bearer == Bearer::None
            && user.username.as_ref().is_some_and(|it| !it.is_empty())
        {
            return Err(Unusable::new(
                "its user has a name and a password, which no API server accepts any more; \
                 give it a token, a client certificate or `exec`",
            ));
        }
        Ok(Login { bearer, identity, impersonate: impersonate(user)?, secrets })
    }

    fn provider(&mut self, directory: &Path, provider: &AuthProvider) -> Result<Provider, Unusable> {
        let name = &provider.name;
        match name.as_str() {
            "oidc" => {}
            "gcp" => return Err(gone("gcp", "gke-gcloud-auth-plugin")),
            "azure" => return Err(gone("azure", "kubelogin")),
            _ => {
                return Err(Unusable::new(format!(
                    "its user has the auth provider `{name}`, which is not known"
                )));
            }
        }
        let said = |key: &str| provider.config.as_ref().and_then(|config| config.get(key)?.clone());
        let missing = |key: &str| Unusable::new(format!("its user's auth provider lacks `{key}`"));
        let issuer = said("idp-issuer-url").ok_or_else(|| missing("idp-issuer-url"))?;
        let issuer = Base::parse(issuer.expose(), &["https"])
            .map_err(|error| Unusable::because("its user's `idp-issuer-url` cannot be used", error))?;
        let data = said("idp-certificate-authority-data");
        let file = said("idp-certificate-authority");
        let what = "identity provider's certificate authority";
        let (data, file) =
            (data.as_ref().map(Secret::expose), file.as_ref().map(|path| Path::new(path.expose())));
        let trust = match self.data_or_file(what, directory, data, file)? {
            None => Trust::System,
            Some(pem) => {
                tls::check_roots(&pem).map_err(|fault| Unusable::new(fault.to_string()))?;
                Trust::Roots(pem.into())
            }
        };
        Ok(Provider {
            issuer,
            trust,
            client_id: said("client-id").ok_or_else(|| missing("client-id"))?.expose().to_owned(),
            client_secret: said("client-secret"),
            id_token: said("id-token"),
            refresh_token: said("refresh-token"),
        })
    }
}

/// Whether a variable for an exec plugin holds a secret, going by its name: most hold a region or a profile,
/// and a redactor that takes those out of every answer would be switched off.
fn is_secret(variable: &str) -> bool {
    let name = variable.to_ascii_uppercase();
    ["SECRET", "TOKEN", "PASSW", "KEY", "CREDENTIAL"].iter().any(|word| name.contains(word))
}

fn gone(provider: &str, instead: &str) -> Unusable {
    Unusable::new(format!(
        "its user has the auth provider `{provider}`, which is no more; use `exec` with `{instead}`"
    ))
}

/// The headers by which a user acts as another.
fn impersonate(user: &User) -> Result<Vec<(HeaderName, HeaderValue)>, Unusable> {
    let bad = || Unusable::new("its user impersonates by a name that no header can carry");
    let header = |name: String, value: &str| {
        Ok((HeaderName::try_from(name).map_err(|_| bad())?, HeaderValue::from_str(value).map_err(|_| bad())?))
    };
    let one = |name: &str, value: &Option<String>| {
        value
            .iter()
            .filter(|value| !value.is_empty())
            .map(|value| header(name.to_owned(), value))
            .collect::<Vec<_>>()
    };
    let mut headers = one("impersonate-user", &user.as_user);
    let acts = !headers.is_empty();
    headers.extend(one("impersonate-uid", &user.as_uid));
    headers
        .extend(user.as_groups.iter().flatten().map(|group| header("impersonate-group".to_owned(), group)));
    for (key, values) in user.as_user_extra.iter().flatten() {
        let name = format!("impersonate-extra-{}", utf8_percent_encode(&key.to_lowercase(), HEADER_NAME));
        headers.extend(values.iter().map(|value| header(name.clone(), value)));
    }
    if !acts && !headers.is_empty() {
        return Err(Unusable::new("its user impersonates a uid, groups or extras, but no user"));
    }
    headers.into_iter().collect()
}
