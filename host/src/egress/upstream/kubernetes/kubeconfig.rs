//! The kubeconfig format: what the files say, read with positions and merged as `kubectl` merges them.

use std::collections::{BTreeMap, BTreeSet};
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
    #[error("kubeconfig `{}` cannot be read: {}", .path.display(), .source.kind())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file that is no kubeconfig.
    #[error("kubeconfig {}:{line}:{column}: {message}", .path.display())]
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
    /// None of the files exists.
    #[error("no kubeconfig exists at {}; set `KUBECONFIG` to the one to use", list(.0))]
    Missing(Vec<PathBuf>),
    /// There is nowhere to look.
    #[error("there is no home directory to look for a kubeconfig in; set `KUBECONFIG` to the one to use")]
    Nowhere,
    /// Files exist and name no context.
    #[error("the kubeconfig {} has no contexts", list(.0))]
    Empty(Vec<PathBuf>),
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
    pub(super) provide_cluster_info: Option<bool>,
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
    pub(super) config: Option<BTreeMap<String, Option<Secret>>>,
}

#[derive(Debug, Default, Clone, Deserialize)]
pub(super) struct Context {
    pub(super) cluster: Option<String>,
    pub(super) user: Option<String>,
    pub(super) namespace: Option<String>,
}

/// The list that an entry is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Cluster,
    User,
    Context,
}

/// Several files as one. Every entry keeps the directory that its relative paths start from.
#[derive(Debug, Default)]
pub(super) struct Merged {
    pub(super) current: Option<String>,
    pub(super) clusters: BTreeMap<String, (PathBuf, Cluster)>,
    pub(super) users: BTreeMap<String, (PathBuf, User)>,
    /// In the order of the files and in them.
    pub(super) contexts: Vec<(String, Context)>,
    /// Entries whose name their own file gives twice: which of the two is meant cannot be known.
    pub(super) doubled: BTreeSet<(Part, String)>,
}

/// What the files say, and which of them say nothing that can be used.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    pub(super) merged: Merged,
    /// Whether any of the files exists.
    pub(super) exists: bool,
    /// In the order of the files.
    pub(super) faults: Vec<Fault>,
}

/// Reads and merges `paths`: of two entries with one name the first counts, and missing files are skipped.
/// A file at fault costs its own entries only.
pub(super) fn load(paths: &[PathBuf], files: &mut Files) -> Loaded {
    let mut loaded = Loaded::default();
    for path in paths {
        let read = files.read(path);
        loaded.exists |= !matches!(&read, Err(error) if error.kind() == std::io::ErrorKind::NotFound);
        let parsed = match read {
            Ok(bytes) => parse(path, &bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(source) => Err(Fault::Read { path: path.clone(), source }),
        };
        match parsed {
            Ok(file) => loaded.merged.add(path, file),
            Err(fault) => loaded.faults.push(fault),
        }
    }
    loaded
}

impl Merged {
    fn add(&mut self, path: &Path, file: File) {
        let directory = path.parent().unwrap_or(Path::new("")).to_owned();
        self.current = self.current.take().or(file.current_context.filter(|name| !name.is_empty()));
        let mut ours = BTreeSet::new();
        for NamedCluster { name, cluster } in file.clusters.unwrap_or_default() {
            if self.first(Part::Cluster, &name, self.clusters.contains_key(&name), &mut ours) {
                self.clusters.insert(name, (directory.clone(), cluster.unwrap_or_default()));
            }
        }
        for NamedUser { name, user } in file.users.unwrap_or_default() {
            if self.first(Part::User, &name, self.users.contains_key(&name), &mut ours) {
                self.users.insert(name, (directory.clone(), user.unwrap_or_default()));
            }
        }
        for NamedContext { name, context } in file.contexts.unwrap_or_default() {
            let there = self.contexts.iter().any(|(other, _)| *other == name);
            if self.first(Part::Context, &name, there, &mut ours) {
                self.contexts.push((name, context.unwrap_or_default()));
            }
        }
    }

    /// Whether an entry is the first of its name; `ours` are those of the file that is being added.
    fn first(&mut self, part: Part, name: &str, there: bool, ours: &mut BTreeSet<(Part, String)>) -> bool {
        let entry = (part, name.to_owned());
        if !there {
            ours.insert(entry);
        } else if ours.contains(&entry) {
            self.doubled.insert(entry);
        }
        !there
    }
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
        merged.add(path, parse(path, text.as_bytes())?);
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
        let second = second.replace("current-context: prod", "current-context: more");
        let path = Path::new("/etc/kube/config");
        merged.add(path, parse(path, second.as_bytes()).unwrap());
        assert_eq!(merged.current.as_deref(), Some("prod"));
        assert_eq!(merged.users["me"].1.token.as_ref().unwrap().expose(), "first-token");
        assert_eq!(merged.contexts.len(), 3);
        // Two files with one name are what merging is for.
        assert!(merged.doubled.is_empty());
    }

    #[test]
    fn a_name_given_twice_by_one_file_is_kept_in_mind() {
        let text = "users:\n- {name: a, user: {token: one}}\n- {name: a, user: {token: two}}\n- name: b\n";
        let mut merged = parsed(text).unwrap();
        assert_eq!(merged.doubled, BTreeSet::from([(Part::User, "a".to_owned())]));
        // A later file's faults are its own: its entries count for nothing.
        merged.add(Path::new("/x"), parse(Path::new("/x"), b"users: [{name: b}, {name: b}]").unwrap());
        assert_eq!(merged.doubled.len(), 1);
    }

    #[test]
    fn what_other_programs_write_is_read() {
        let text = "\u{feff}apiVersion: v1\r\nkind: Config\r\npreferences: {}\r\nusers:\r\n- name: 7\r\n  user:\r\n    token: 12345\r\n\
             \x20   username:\r\n    exec: {command: x, args: null, env: [{name: A, value: 1}], provideClusterInfo: null}\r\n\
             \x20   auth-provider: {name: gcp, config: {expiry: 2020-01-01, scopes: null, n: 3600}}\r\n\
             contexts:\r\n- name: true\r\n  context: {namespace: 123, cluster: ~}\r\n";
        let merged = parsed(text).unwrap();
        assert_eq!(merged.users["7"].1.token.as_ref().unwrap().expose(), "12345");
        assert_eq!(merged.users["7"].1.username, None);
        let (name, context) = &merged.contexts[0];
        assert_eq!(
            (name.as_str(), context.namespace.as_deref(), &context.cluster),
            ("true", Some("123"), &None)
        );
        assert!(parsed("").unwrap().contexts.is_empty());
        assert!(parsed("# nothing yet\n---\n").unwrap().contexts.is_empty());
    }

    #[track_caller]
    fn fault(text: &str, expected: &str) {
        assert_eq!(parsed(text).unwrap_err().to_string(), expected);
    }

    #[test]
    fn faults_name_the_place_and_quote_no_value() {
        fault(
            "users:\n- name: me\n  user: hunter2-secret\n",
            "kubeconfig /home/me/.kube/config:3:9: expected mapping start",
        );
        fault("clusters:\n- cluster: {}\n", "kubeconfig /home/me/.kube/config:2:3: missing field `name`");
        let twice =
            parsed("users:\n- name: a\n  user: {token: hunter2-one, token: hunter2-two}\n").unwrap_err();
        assert!(twice.to_string().starts_with("kubeconfig /home/me/.kube/config:3:"), "{twice}");
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
