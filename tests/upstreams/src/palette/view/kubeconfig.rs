//! Kubeconfigs, as YAML or as base64 of it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::StatusCode;

use crate::palette::world::Cluster;
use crate::wire::Reply;

/// How a kubeconfig proves who its holder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::palette) enum Login {
    /// By a browser, through `kubelogin`.
    Oidc,
    /// By the cluster's shared admin certificate.
    Certificate,
    /// By a token of an admin.
    Token,
}

/// A kubeconfig for a cluster, through the proxy or direct.
pub(in crate::palette) fn text(cluster: &Cluster, login: Login, through_proxy: bool) -> String {
    let name = &cluster.name;
    let server = if through_proxy && cluster.has_proxy {
        format!("https://{name}.proxy.example.test:443")
    } else {
        format!("https://{name}.example.test:6443")
    };
    let ca = STANDARD.encode("fake certificate authority");
    let secret = STANDARD.encode(["fake", "admin", "key"].join("-"));
    let (user, proof) = match login {
        Login::Oidc => (
            format!("oidc-{name}"),
            "    exec:\n      apiVersion: client.authentication.k8s.io/v1beta1\n      command: kubectl\n      args: [oidc-login, get-token, \"--oidc-issuer-url=https://login.example.test\", \"--oidc-client-id=kubelogin\"]\n".to_owned(),
        ),
        Login::Certificate => (
            format!("admin-{name}"),
            format!("    client-certificate-data: {ca}\n    client-key-data: {secret}\n"),
        ),
        Login::Token => (format!("token-{name}"), format!("    token: {secret}\n")),
    };
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: {user}@{name}\nclusters:\n- name: {name}\n  cluster:\n    server: {server}\n    certificate-authority-data: {ca}\ncontexts:\n- name: {user}@{name}\n  context:\n    cluster: {name}\n    user: {user}\nusers:\n- name: {user}\n  user:\n{proof}"
    )
}

/// The file as it is sent: some clusters' come as base64 text.
pub(in crate::palette) fn file(cluster: &Cluster, text: &str) -> Reply {
    let body = if cluster.is_base64 { STANDARD.encode(text) } else { text.to_owned() };
    Reply::of(StatusCode::OK, "application/octet-stream", body)
        .header("content-disposition", &format!("attachment; filename=\"{}.kubeconfig\"", cluster.name))
}
