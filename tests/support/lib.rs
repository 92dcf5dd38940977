//! What the end-to-end tests and the benchmarks configure hosts with: the test components of `guests/`,
//! compiled, and the configuration that runs them and the integration for Kubernetes.

/// The configuration of the Kubernetes integration: what it is granted without any, on the clusters of the
/// `kubeconfig` beside it.
pub const KUBERNETES: &str = r#"
[[plugin]]
name = "kubernetes"
[[plugin.grant]]
effects = ["read"]
targets = ["*"]
[plugin.upstream.cluster]
kubeconfig = "kubeconfig"
private_networks = true
"#;

/// The configuration of a plugin in a folder of its name, on the same clusters. `grant` says what it is granted,
/// such as `effects = ["read"]`.
#[must_use]
pub fn dropped_in(plugin: &str, grant: &str) -> String {
    format!(
        r#"
[[plugin]]
path = "{plugin}/plugin.toml"
[[plugin.grant]]
{grant}
targets = ["*"]
[plugin.upstream.cluster]
kubeconfig = "kubeconfig"
private_networks = true
"#
    )
}

/// One test component and its manifest.
#[derive(Debug, Clone, Copy)]
pub struct Guest {
    /// Its folder's name.
    pub name: &'static str,
    /// Where its manifest lies in the source tree.
    pub path: &'static str,
    /// Its `plugin.toml`.
    pub manifest: &'static str,
    /// Its component.
    pub component: &'static [u8],
    /// The rules that it comes with, if it guards: names and texts.
    pub rules: &'static [(&'static str, &'static str)],
}

/// Every folder of `guests/`; the build script found and compiled them.
pub const GUESTS: &[Guest] = include!(concat!(env!("OUT_DIR"), "/components.rs"));

impl Guest {
    /// The component of that folder.
    ///
    /// # Panics
    /// When there is none: a misspelt test must not pass.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let found = GUESTS.iter().find(|guest| guest.name == name).copied();
        #[expect(clippy::panic, reason = "a misspelt test must not pass")]
        found.unwrap_or_else(|| panic!("no guest is named `{name}`"))
    }
}
