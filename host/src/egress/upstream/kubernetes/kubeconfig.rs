//! The kubeconfig format: what the files say, read with positions and merged as `kubectl` merges them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::{DefaultMessageFormatter, MessageFormatter as _};
use thiserror::Error;

use super::files::Files;
use crate::egress::secret::Secret;

/// What is wrong with a kubeconfig as a whole. For the operator: names the file and the place.
#[derive(Debug, Error)]
pub enum Fault {
    /// A file that is there and cannot be read.
    #[error("kubeconfig `{}` cannot be read", .path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file that is no kubeconfig.
    #[error("{}:{line}:{column}: {message}", .path.display())]
    Parse {
        /// Which.
        path: PathBuf,
        /// From 1.
        line: u64,
        /// From 1.
        column: u64,
        /// What would be right; quotes no value.
        message: String,
    },
    /// Two entries of one list have one name.
    #[error("{}: two {what} are named `{name}`", .path.display())]
    Twice {
        /// Which file.
        path: PathBuf,
        /// `clusters`, `users` or `contexts`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// Files were named and none of them exists.
    #[error("no kubeconfig exists at {}", list(.0))]
    Missing(Vec<PathBuf>),
}

/// One file. Unknown fields are ignored: other programs keep theirs here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct File {
    current_context: Option<String>,
    clusters: Option<Vec<NamedCluster>>,
    users: Option<Vec<NamedUser>>,
    contexts: Option<Vec<NamedContext>>,
}

#[derive(Debug, Deserialize)]
struct NamedCluster {
    name: String,
    cluster: Option<Cluster>,
}

#[derive(Debug, Deserialize)]
struct NamedUser {
    name: String,
    user: Option<User>,
}

#[derive(Debug, Deserialize)]
struct NamedContext {
    name: String,
    context: Option<Context>,
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Cluster {
    pub(super) server: Option<String>,
    pub(super) certificate_authority: Option<PathBuf>,
    pub(super) certificate_authority_data: Option<String>,
    pub(super) insecure_skip_tls_verify: Option<bool>,
    pub(super) tls_server_name: Option<String>,
    pub(super) proxy_url: Option<Secret>,
    pub(super) disable_compression: Option<bool>,
    pub(super) extensions: Option<Vec<Extension>>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Extension {
    pub(super) name: String,
    pub(super) extension: Option<Value>,
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct User {
    pub(super) token: Option<Secret>,
    #[serde(rename = "tokenFile")]
    pub(super) token_file: Option<PathBuf>,
    pub(super) client_certificate: Option<PathBuf>,
    pub(super) client_certificate_data: Option<String>,
    pub(super) client_key: Option<PathBuf>,
    pub(super) client_key_data: Option<Secret>,
    pub(super) username: Option<String>,
    #[serde(rename = "as")]
    pub(super) as_user: Option<String>,
    pub(super) as_uid: Option<String>,
    pub(super) as_groups: Option<Vec<String>>,
    pub(super) as_user_extra: Option<BTreeMap<String, Vec<String>>>,
    pub(super) exec: Option<Exec>,
    pub(super) auth_provider: Option<AuthProvider>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Exec {
    pub(super) api_version: Option<String>,
    pub(super) command: String,
    pub(super) args: Option<Vec<String>>,
    pub(super) env: Option<Vec<Variable>>,
    pub(super) install_hint: Option<String>,
    #[serde(default)]
    pub(super) provide_cluster_info: bool,
    pub(super) interactive_mode: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) value: Secret,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct AuthProvider {
    pub(super) name: String,
    pub(super) config: Option<BTreeMap<String, Secret>>,
}

#[derive(Debug, Default, Clone, Deserialize)]
pub(super) struct Context {
    pub(super) cluster: Option<String>,
    pub(super) user: Option<String>,
    pub(super) namespace: Option<String>,
}

/// Several files as one. Every entry keeps the directory that its relative paths start from.
#[derive(Debug, Default)]
pub(super) struct Merged {
    pub(super) current: Option<String>,
    pub(super) clusters: BTreeMap<String, (PathBuf, Cluster)>,
    pub(super) users: BTreeMap<String, (PathBuf, User)>,
    /// In the order of the files and in them.
    pub(super) contexts: Vec<(String, Context)>,
}

/// Reads and merges `paths`: of two entries with one name the first counts, and missing files are skipped.
///
/// # Errors
/// [`Fault`], for the first file that cannot be read or parsed.
pub(super) fn load(paths: &[PathBuf], files: &mut Files) -> Result<Option<Merged>, Fault> {
    let mut merged = None;
    for path in paths {
        match files.read(path) {
            Ok(bytes) => merged.get_or_insert_with(Merged::default).add(path, parse(path, &bytes)?)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => return Err(Fault::Read { path: path.clone(), source }),
        }
    }
    Ok(merged)
}

impl Merged {
    fn add(&mut self, path: &Path, file: File) -> Result<(), Fault> {
        let directory = path.parent().unwrap_or(Path::new("")).to_owned();
        self.current = self.current.take().or(file.current_context.filter(|name| !name.is_empty()));
        let clusters = file.clusters.unwrap_or_default().into_iter();
        let clusters = clusters.map(|named| (named.name, named.cluster.unwrap_or_default()));
        for (name, cluster) in unique(path, "clusters", clusters)? {
            self.clusters.entry(name).or_insert_with(|| (directory.clone(), cluster));
        }
        let users = file.users.unwrap_or_default().into_iter();
        let users = users.map(|named| (named.name, named.user.unwrap_or_default()));
        for (name, user) in unique(path, "users", users)? {
            self.users.entry(name).or_insert_with(|| (directory.clone(), user));
        }
        let contexts = file.contexts.unwrap_or_default().into_iter();
        let contexts = contexts.map(|named| (named.name, named.context.unwrap_or_default()));
        for (name, context) in unique(path, "contexts", contexts)? {
            if !self.contexts.iter().any(|(other, _)| *other == name) {
                self.contexts.push((name, context));
            }
        }
        Ok(())
    }
}

fn unique<T>(
    path: &Path,
    what: &'static str,
    entries: impl Iterator<Item = (String, T)>,
) -> Result<Vec<(String, T)>, Fault> {
    let mut kept: Vec<(String, T)> = Vec::new();
    for (name, entry) in entries {
        if kept.iter().any(|(other, _)| *other == name) {
            return Err(Fault::Twice { path: path.to_owned(), what, name });
        }
        kept.push((name, entry));
    }
    Ok(kept)
}

fn parse(path: &Path, bytes: &[u8]) -> Result<File, Fault> {
    // Nothing of the file is quoted in an error: the line at fault may be the one with the token.
    let options = serde_saphyr::options! { with_snippet: false };
    serde_saphyr::from_slice_with_options(bytes, options).map_err(|error| {
        let place = error.location();
        let message = DefaultMessageFormatter.format_message(error.without_snippet());
        Fault::Parse {
            path: path.to_owned(),
            line: place.map_or(1, |place| place.line()),
            column: place.map_or(1, |place| place.column()),
            message: without_values(&message),
        }
    })
}

/// serde names the value that it did not expect; what it expected is enough.
fn without_values(message: &str) -> String {
    match message.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None => message.lines().next().unwrap_or_default().to_owned(),
    }
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| format!("`{}`", path.display())).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Merged, Fault> {
        let path = Path::new("/home/me/.kube/config");
        let mut merged = Merged::default();
        merged.add(path, parse(path, text.as_bytes())?)?;
        Ok(merged)
    }

    const FILE: &str = "\
apiVersion: v1
kind: Config
current-context: prod
preferences: {}
clusters:
- name: prod
  cluster: {server: 'https://prod.example', certificate-authority: ca.pem}
users:
- name: me
  user: {token: first-token, tokenFile: token}
contexts:
- name: prod
  context: {cluster: prod, user: me, namespace: shop}
- name: empty
";

    #[test]
    fn a_file_is_read() {
        let merged = parsed(FILE).unwrap();
        assert_eq!(merged.current.as_deref(), Some("prod"));
        let (directory, cluster) = &merged.clusters["prod"];
        assert_eq!(directory, Path::new("/home/me/.kube"));
        assert_eq!(cluster.server.as_deref(), Some("https://prod.example"));
        assert_eq!(merged.users["me"].1.token.as_ref().unwrap().expose(), "first-token");
        let names: Vec<_> = merged.contexts.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["prod", "empty"]);
    }

    #[test]
    fn null_lists_and_empty_files_are_empty() {
        assert!(
            parsed("clusters: null\nusers: null\ncontexts: null\ncurrent-context: ''\n")
                .unwrap()
                .current
                .is_none()
        );
    }

    #[test]
    fn the_first_file_to_set_a_name_wins() {
        let mut merged = parsed(FILE).unwrap();
        let second = FILE.replace("first-token", "second-token").replace("name: empty", "name: more");
        let path = Path::new("/etc/kube/config");
        merged
            .add(
                path,
                parse(path, second.replace("current-context: prod", "current-context: more").as_bytes())
                    .unwrap(),
            )
            .unwrap();
        assert_eq!(merged.current.as_deref(), Some("prod"));
        assert_eq!(merged.users["me"].1.token.as_ref().unwrap().expose(), "first-token");
        assert_eq!(merged.contexts.len(), 3);
    }

    #[track_caller]
    fn fault(text: &str, expected: &str) {
        assert_eq!(parsed(text).unwrap_err().to_string(), expected);
    }

    #[test]
    fn faults_name_the_place_and_quote_no_value() {
        fault(
            "users:\n- name: me\n  user: hunter2-secret\n",
            "/home/me/.kube/config:3:9: expected mapping start",
        );
        fault("clusters:\n- cluster: {}\n", "/home/me/.kube/config:2:3: missing field `name`");
        fault("contexts:\n- name: a\n- name: a\n", "/home/me/.kube/config: two contexts are named `a`");
        let twice =
            parsed("users:\n- name: a\n  user: {token: hunter2-one, token: hunter2-two}\n").unwrap_err();
        assert!(twice.to_string().starts_with("/home/me/.kube/config:3:"), "{twice}");
        assert!(!format!("{twice:?}").contains("hunter2"), "{twice:?}");
    }

    #[test]
    fn a_billion_laughs_is_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let before = format!("*a{}", level - 1);
            text.push_str(&format!("a{level}: &a{level} [{}]\n", vec![before; 10].join(", ")));
        }
        assert!(matches!(parsed(&text), Err(Fault::Parse { .. })));
    }
}
