//! The kubeconfig of a fleet.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::cluster::Cluster;

/// The kubeconfig as YAML. Strings are written as JSON writes them, which YAML reads alike.
pub(super) fn render(clusters: &[Cluster]) -> String {
    let mut text = String::from("apiVersion: v1\nkind: Config\npreferences: {}\n");
    if let Some(first) = clusters.first() {
        text.push_str(&format!("current-context: {}\n", quoted(first.name())));
    }
    text.push_str("clusters:\n");
    for cluster in clusters {
        text.push_str(&format!(
            "- name: {}\n  cluster:\n    server: {}\n    certificate-authority-data: {}\n",
            quoted(cluster.name()),
            quoted(&cluster.url()),
            STANDARD.encode(cluster.ca_pem())
        ));
        if let Some(name) = cluster.tls_server_name() {
            text.push_str(&format!("    tls-server-name: {}\n", quoted(name)));
        }
    }
    text.push_str("users:\n");
    for cluster in clusters {
        text.push_str(&format!("- name: {}\n  user:", quoted(cluster.name())));
        match cluster.token() {
            Some(token) => text.push_str(&format!("\n    token: {}\n", quoted(token))),
            None => text.push_str(" {}\n"),
        }
    }
    text.push_str("contexts:\n");
    for cluster in clusters {
        let name = quoted(cluster.name());
        text.push_str(&format!("- name: {name}\n  context:\n    cluster: {name}\n    user: {name}\n"));
        if let Some(namespace) = cluster.namespace() {
            text.push_str(&format!("    namespace: {}\n", quoted(namespace)));
        }
    }
    text
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
