//! One context of a kubeconfig, made into something that can be dialled, or into why it cannot.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use rustls::pki_types::ServerName;
use serde_json::{Value, json};

use super::Config;
use super::files::{Files, unreadable};
use super::kubeconfig::{Cluster, Context, Merged, Part};
use super::login::Login;
use crate::egress::address::Networks;
use crate::egress::base::{Base, Host};
use crate::egress::credential::Unusable;
use crate::egress::dial::Proxy;
use crate::egress::endpoint::Route;
use crate::egress::secret::Secret;
use crate::egress::tls::{self, Trust};

/// Everything that reaching one cluster takes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Way {
    pub(super) route: Route,
    pub(super) login: Login,
}

/// Reads what contexts need, noting every file that is read.
pub(super) struct Reader<'r> {
    /// The upstream's name in the configuration.
    pub(super) upstream: &'r str,
    pub(super) config: &'r Config,
    pub(super) networks: Networks,
    pub(super) merged: &'r Merged,
    pub(super) files: &'r mut Files,
}

impl Reader<'_> {
    /// The way to the context's cluster as the context's user.
    pub(super) fn way(&mut self, name: &str, context: &Context) -> Result<Way, Unusable> {
        let merged = self.merged;
        if self.is_doubled(Part::Context, name) {
            return Err(Unusable::new("its kubeconfig has two contexts of this name"));
        }
        let missing = |what: &str, name: &str| {
            Unusable::new(format!("its context names the {what} `{name}`, which does not exist"))
        };
        let cluster = self.named("cluster", Part::Cluster, context.cluster.as_deref())?;
        let (cluster_directory, cluster) =
            merged.clusters.get(cluster).ok_or_else(|| missing("cluster", cluster))?;
        let user = self.named("user", Part::User, context.user.as_deref())?;
        let (user_directory, user) = merged.users.get(user).ok_or_else(|| missing("user", user))?;
        let route = self.route(name, cluster_directory, cluster)?;
        let mut login = self.login(user_directory, user, cluster, &route)?;
        let passwords = route.proxy.iter().flat_map(|proxy| &proxy.credential).map(|(_, password)| password);
        login.secrets.extend(passwords.cloned());
        Ok(Way { route, login })
    }

    /// The name of an entry, where the context says one and it can mean one entry only.
    fn named<'c>(&self, what: &str, part: Part, name: Option<&'c str>) -> Result<&'c str, Unusable> {
        let name = name.filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| Unusable::new(format!("its context names no {what}")))?;
        if self.is_doubled(part, name) {
            let why = format!("its context names the {what} `{name}`, which its kubeconfig has twice");
            return Err(Unusable::new(why));
        }
        Ok(name)
    }

    fn is_doubled(&self, part: Part, name: &str) -> bool {
        self.merged.doubled.contains(&(part, name.to_owned()))
    }

    /// What the operator would write to let `name` be, and where.
    pub(super) fn remedy(&self, field: &str, name: &str) -> String {
        format!("`{field} = [{name:?}]` under `[plugin.upstream.{}]` in postern.toml", self.upstream)
    }

    fn route(&mut self, name: &str, directory: &Path, cluster: &Cluster) -> Result<Route, Unusable> {
        let server = cluster.server.as_deref().ok_or_else(|| Unusable::new("its cluster names no server"))?;
        let mut base = Base::parse(server, &["https", "http"]).map_err(|error| {
            let why = format!("its cluster's server is not a URL that can be used: {error}");
            Unusable::because(why, error)
        })?;
        let accepted = self.config.insecure.iter().any(|accepted| accepted == name);
        let unaccepted = |what: &str| {
            let remedy = self.remedy("insecure_skip_tls_verify", name);
            Unusable::new(format!("{what}, which the operator has not accepted; {remedy} accepts it"))
        };
        if !base.is_secure() && !accepted {
            return Err(unaccepted("its cluster is spoken to without TLS"));
        }
        let unverified = unaccepted("its cluster's certificate is not verified");
        let roots = self.data_or_file(
            "certificate authority",
            directory,
            cluster.certificate_authority_data.as_deref(),
            cluster.certificate_authority.as_deref(),
        )?;
        let insecure = cluster.insecure_skip_tls_verify == Some(true);
        let trust = match roots {
            Some(_) if insecure => {
                return Err(Unusable::new(
                    "its cluster has a certificate authority and is told not to use it",
                ));
            }
            Some(pem) => {
                tls::check_roots(&pem).map_err(|fault| Unusable::new(fault.to_string()))?;
                Trust::Roots(pem.into())
            }
            None if insecure && !accepted => return Err(unverified),
            None if insecure => Trust::Anyone,
            None => Trust::System,
        };
        let mut server_name = match cluster.tls_server_name.as_deref().filter(|name| !name.is_empty()) {
            None => None,
            Some(name) => Some(
                super::super::server_name(name)
                    .ok_or_else(|| Unusable::new("its cluster's `tls-server-name` is not a host name"))?,
            ),
        };
        // Clusters in containers of this machine are written so, and dialled as loopback by every client; the
        // address policy has no place for "any address". The certificate is still the one for what is written.
        if base.host == Host::Address(Ipv4Addr::UNSPECIFIED.into()) {
            server_name.get_or_insert(ServerName::IpAddress(IpAddr::from(Ipv4Addr::UNSPECIFIED).into()));
            base.host = Host::Address(Ipv4Addr::LOCALHOST.into());
        }
        let proxy =
            cluster.proxy_url.as_ref().filter(|url| !url.expose().is_empty()).map(proxy).transpose()?;
        let compress = cluster.disable_compression != Some(true);
        Ok(Route { base, trust, server_name, proxy, networks: self.networks, compress })
    }

    /// What a field holds in base64, or else the file that its twin names.
    pub(super) fn data_or_file(
        &mut self,
        what: &str,
        directory: &Path,
        data: Option<&str>,
        file: Option<&Path>,
    ) -> Result<Option<Vec<u8>>, Unusable> {
        if let Some(data) = data.filter(|data| !data.is_empty()) {
            let text: String = data.split_ascii_whitespace().collect();
            let decoded =
                STANDARD.decode(text).map_err(|_| Unusable::new(format!("its {what} is not base64")))?;
            return Ok(Some(decoded));
        }
        let Some(file) = file.filter(|file| !file.as_os_str().is_empty()) else { return Ok(None) };
        let path = directory.join(file);
        self.files.read(&path).map(Some).map_err(|error| unreadable(what, &path, error))
    }
}

/// `scheme://[user[:password]@]host:port` of a proxy.
fn proxy(url: &Secret) -> Result<Proxy, Unusable> {
    let bad = || Unusable::new("its cluster's `proxy-url` is not one of http, https or socks5 with a host");
    let (scheme, rest) = url.expose().split_once("://").ok_or_else(bad)?;
    let (credential, host) = match rest.rsplit_once('@') {
        None => (None, rest),
        Some((credential, host)) => {
            let (user, password) = credential.split_once(':').unwrap_or((credential, ""));
            let decode = |text| {
                percent_decode_str(text).decode_utf8().map(|text| text.into_owned()).map_err(|_| bad())
            };
            (Some((decode(user)?, Secret::new(decode(password)?))), host)
        }
    };
    let base = Base::parse(&format!("{scheme}://{host}"), &["http", "https", "socks5"]).map_err(|_| bad())?;
    Ok(Proxy { base, credential })
}

/// What an exec plugin that asks for it is told of the cluster.
pub(super) fn cluster_info(cluster: &Cluster, route: &Route) -> Value {
    const EXTENSION: &str = "client.authentication.k8s.io/exec";
    let authority = match &route.trust {
        Trust::Roots(pem) => Some(STANDARD.encode(pem)),
        Trust::System | Trust::Anyone => None,
    };
    let config = cluster.extensions.iter().flatten().find(|extension| extension.name == EXTENSION);
    let info = json!({
        "server": cluster.server,
        "tls-server-name": cluster.tls_server_name,
        "insecure-skip-tls-verify": cluster.insecure_skip_tls_verify,
        "certificate-authority-data": authority,
        "proxy-url": cluster.proxy_url.as_ref().map(Secret::expose),
        "disable-compression": cluster.disable_compression,
        "config": config.and_then(|extension| extension.extension.clone()),
    });
    // Absent and null are different things to some plugins.
    info.as_object()
        .map(|info| info.iter().filter(|(_, value)| !value.is_null()).collect::<Vec<_>>())
        .map_or(Value::Null, |fields| {
            fields.into_iter().map(|(name, value)| (name.clone(), value.clone())).collect()
        })
}
