//! Getting a kubeconfig from Palette, and saying why there is none.

use super::{Kubeconfig, decode};
use crate::api::Api;
use crate::capability::Capability;
use crate::fault::{Code, Fault};
use crate::ids::Uid;
use crate::instance::{Call, Request};

/// Which one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// That of the cluster's users, who log in by OIDC.
    User {
        /// Through the proxy if there is one (what Palette does where nobody says), or not.
        frp: Option<bool>,
    },
    /// That of the cluster's administrator: a certificate that all share.
    Admin,
}

/// Gets the file as text, checked to be a kubeconfig.
///
/// # Errors
/// As [`Api::bytes`], in words that say what would help; and when what came is no kubeconfig.
pub async fn get<C: Call>(
    api: &Api<'_, C>,
    cluster: &Uid,
    project: Option<&Uid>,
    kind: Kind,
) -> Result<(String, Kubeconfig), Fault> {
    let (capability, file) = match kind {
        Kind::User { .. } => (Capability::ClusterDownloadKubeconfig, "kubeconfig"),
        Kind::Admin => (Capability::ClusterDownloadAdminKubeconfig, "adminKubeconfig"),
    };
    let mut request = Request::get(format!("/v1/spectroclusters/{cluster}/assets/{file}"))
        .within(project)
        .accepting("application/octet-stream");
    if let Kind::User { frp: Some(frp) } = kind {
        request = request.with("frp", frp.to_string());
    }
    let body = api.bytes(capability, request).await.map_err(|fault| explained(fault, cluster, kind))?;
    let malformed =
        |error: super::Malformed| Fault::new(Code::Upstream, format!("what came is no kubeconfig: {error}"));
    let text = decode(&body).map_err(malformed)?;
    let config = Kubeconfig::parse(&text).map_err(malformed)?;
    Ok((text, config))
}

fn explained(fault: Fault, cluster: &Uid, kind: Kind) -> Fault {
    let message = match (fault.code, kind) {
        (Code::NotFound | Code::Invalid | Code::Conflict, Kind::User { .. }) => format!(
            "the cluster `{cluster}` has no kubeconfig for its users: OIDC is not configured in its Kubernetes pack \
             (`oidc-issuer-url` and `clientConfig`), or it does not run yet; an administrator's is had by \
             `get_admin_kubeconfig`"
        ),
        (Code::NotFound | Code::Invalid | Code::Conflict, Kind::Admin) => {
            format!(
                "the cluster `{cluster}` has no administrator's kubeconfig: it does not run yet, or is gone"
            )
        }
        (Code::Forbidden, Kind::User { .. }) => {
            format!("{}; a cluster without OIDC gives its administrators alone a kubeconfig", fault.message)
        }
        (Code::Forbidden, Kind::Admin) => format!(
            "{}; it takes the permission `cluster.adminKubeconfigDownload` (before 4.8.21: `cluster.delete`)",
            fault.message
        ),
        _ => return fault,
    };
    let absent = matches!(fault.code, Code::Invalid | Code::Conflict);
    let code = if absent { Code::NotFound } else { fault.code };
    Fault { code, message, retry_after: fault.retry_after }
}

/// What the holder of a file for a server in a private network should know.
#[must_use]
pub fn warning(config: &Kubeconfig) -> Option<String> {
    let server = config.servers().find(|server| super::is_private(server))?;
    Some(format!(
        "the server `{server}` is in a private network: it is reached from there alone, unless the cluster gets the \
         pack `spectro-proxy`; what runs in the cluster can be read without a kubeconfig"
    ))
}
