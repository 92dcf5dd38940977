//! Exec plugins: programs that a kubeconfig names and that print a credential.
//!
//! Running a program that a file names is running code of whoever wrote the file. So the operator names
//! the programs, the environment is handed in, and time and output are bounded.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;
use tokio::sync::{Mutex, oneshot};
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::files;
use super::kubeconfig::{Exec, Variable};
use crate::egress::credential::{Authentication, Unusable};
use crate::egress::secret::Secret;
use crate::egress::tls::Identity;

/// How long a program may take. Those that ask a cloud take a second or two; those that hang, hang.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How long a request waits for one: less than components wait for an answer, so that they hear the reason.
const PATIENCE: Duration = Duration::from_secs(8);
/// What a program may print: a token and two certificates are a few KiB.
const MAX_OUTPUT_BYTES: u64 = 1 << 20;
/// What is kept of what it complains, for the log.
const MAX_COMPLAINT_BYTES: u64 = 4096;
/// A credential is renewed this long before it expires: a request takes time to arrive.
const MARGIN: SignedDuration = SignedDuration::from_secs(10);
const VERSIONS: [&str; 2] = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

/// The environment of exec plugins, whole: nothing else is inherited.
pub type Environment = BTreeMap<OsString, OsString>;

/// What to run. `Debug` shows no argument: some hold secrets.
#[derive(Clone, PartialEq)]
pub(super) struct Program {
    path: PathBuf,
    api_version: String,
    args: Vec<String>,
    env: Vec<Variable>,
    /// The value of `KUBERNETES_EXEC_INFO`.
    info: String,
}

impl Program {
    /// Reads an `exec` entry; `cluster` is what the program may know of the cluster, where it asks, and
    /// `remedy` what the operator would write to allow it.
    pub(super) fn new(
        exec: &Exec,
        directory: &Path,
        cluster: impl FnOnce() -> Value,
        allowed: &[String],
        environment: &Environment,
        remedy: &str,
    ) -> Result<Self, Unusable> {
        let command = &exec.command;
        let name = Path::new(command).file_name().unwrap_or_default().to_string_lossy();
        // The caller reads the program's name; where it lies is for the log.
        let unusable = |how: &str| {
            let why = format!("its user runs the command `{name}`, which {how}");
            Unusable::because(why, std::io::Error::other(format!("the kubeconfig says `{command}`")))
        };
        // First what no word of the operator would mend.
        let version = exec.api_version.as_deref().unwrap_or_default();
        if !VERSIONS.contains(&version) {
            let why = format!(
                "its user's `exec` has the apiVersion `{version}`; {} can be used",
                VERSIONS.join(" or ")
            );
            return Err(Unusable::new(why));
        }
        if exec.interactive_mode.as_deref() == Some("Always") {
            return Err(unusable("wants to ask a person (`interactiveMode: Always`), and there is none"));
        }
        let found = find(command, directory, environment);
        let by_path = found.as_ref().and_then(|path| path.to_str());
        if !allowed.iter().any(|allowed| allowed == command || Some(allowed.as_str()) == by_path) {
            return Err(unusable(&format!("the operator has not allowed; {remedy} allows it")));
        }
        let Some(path) = found else {
            if let Some(hint) = exec.install_hint.as_deref() {
                tracing::warn!(%command, hint = hint.trim(), "exec plugin not installed");
            }
            return Err(unusable("is not installed where the host runs"));
        };
        let mut spec = json!({ "interactive": false });
        if exec.provide_cluster_info == Some(true)
            && let Some(spec) = spec.as_object_mut()
        {
            spec.insert("cluster".to_owned(), cluster());
        }
        let info = json!({ "apiVersion": version, "kind": "ExecCredential", "spec": spec });
        Ok(Self {
            path,
            api_version: version.to_owned(),
            args: exec.args.clone().unwrap_or_default(),
            env: exec.env.clone().unwrap_or_default(),
            info: info.to_string(),
        })
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Program").field(&self.path).finish()
    }
}

/// The program's file: relative to the kubeconfig where the command has a separator, else on `PATH`.
fn find(command: &str, directory: &Path, environment: &Environment) -> Option<PathBuf> {
    if command.contains('/') {
        return Some(directory.join(command)).filter(|path| path.is_file());
    }
    let path = environment.get(&OsString::from("PATH"))?;
    // A relative entry would make the program depend on where the host was started.
    let directories = files::split(path).filter(|entry| entry.is_absolute());
    directories.map(|entry| entry.join(command)).find(|path| path.is_file())
}

/// A program with the credential that it last gave.
///
/// # Design
/// A program that was started runs to its end, whoever still waits for it. One that takes longer than a call
/// is patient would otherwise be started and ended anew by every call, and never give anything.
#[derive(Debug)]
pub(super) struct ExecPlugin {
    running: Arc<Running>,
    /// Held while the program runs, so that it runs once for all who wait.
    last: Arc<Mutex<Option<Given>>>,
}

#[derive(Debug)]
struct Running {
    program: Program,
    environment: Arc<Environment>,
}

/// A credential as a program gave it.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) token: Option<Secret>,
    pub(super) identity: Option<Arc<Identity>>,
    expires: Option<Timestamp>,
}

impl ExecPlugin {
    pub(super) fn new(program: Program, environment: Arc<Environment>) -> Self {
        Self { running: Arc::new(Running { program, environment }), last: Arc::default() }
    }

    /// The credential, from the program where there is none that is still good.
    pub(super) async fn credential(&self) -> Result<Given, Unusable> {
        timeout(PATIENCE, self.wait()).await.unwrap_or_else(|_| {
            let how = format!("has not ended after {} s; ask again", PATIENCE.as_secs());
            Err(Unusable::new(self.running.failed(&how)))
        })
    }

    async fn wait(&self) -> Result<Given, Unusable> {
        let mut last = Arc::clone(&self.last).lock_owned().await;
        if let Some(given) = last.as_ref().filter(|given| given.is_good()) {
            return Ok(given.clone());
        }
        let running = Arc::clone(&self.running);
        let (tell, told) = oneshot::channel();
        tokio::spawn(async move {
            let given = running.run().await;
            if let Ok(given) = &given {
                *last = Some(given.clone());
            }
            drop(last);
            // Whoever waited would have heard, and had it logged.
            if let Err(Err(why)) = tell.send(given) {
                let causes = why.source.as_deref().map(tracing::field::display);
                tracing::warn!(%why, causes, "nobody waited for a credential, and there is none");
            }
        });
        let ended = || Err(Unusable::new(self.running.failed("was ended with the host")));
        told.await.unwrap_or_else(|_| ended())
    }

    /// Forgets the credential if it is the one that was refused, not one that came after it.
    pub(super) async fn discard(&self, refused: &Authentication) {
        let mut last = self.last.lock().await;
        let same = last.as_ref().is_some_and(|given| given.was_in(refused));
        if same {
            *last = None;
        }
    }
}

impl Running {
    fn failed(&self, how: &str) -> String {
        let name = self.program.path.file_name().unwrap_or_default().display();
        format!("the command `{name}` of its user {how}")
    }

    async fn run(&self) -> Result<Given, Unusable> {
        let failed = |how: &str| self.failed(how);
        let mut child = Command::new(&self.program.path)
            .args(&self.program.args)
            .env_clear()
            .envs(self.environment.iter())
            .envs(self.program.env.iter().map(|variable| (&variable.name, variable.value.expose())))
            .env("KUBERNETES_EXEC_INFO", &self.program.info)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| Unusable::because(failed("cannot be started"), error))?;
        let (output, complaint) = (child.stdout.take(), child.stderr.take());
        let ended = timeout(TIMEOUT, async {
            let read = futures::future::try_join(
                bounded(output, MAX_OUTPUT_BYTES, true),
                bounded(complaint, MAX_COMPLAINT_BYTES, false),
            );
            let (output, complaint) = read.await?;
            Ok::<_, std::io::Error>((child.wait().await?, output, complaint))
        });
        let (status, output, complaint) = match ended.await {
            Err(_) => return Err(Unusable::new(failed("did not end within 30 s"))),
            Ok(Err(error)) => return Err(Unusable::because(failed("printed too much or broke off"), error)),
            Ok(Ok(ended)) => ended,
        };
        if !status.success() {
            let complaint = String::from_utf8_lossy(&complaint).trim().to_owned();
            let error = std::io::Error::other(format!("{status}: {complaint}"));
            let how = format!("failed ({status}); what it said is in the host's log");
            return Err(Unusable::because(failed(&how), error));
        }
        // What it printed goes into no error: it may be a credential in the wrong form.
        let printed: Printed = serde_json::from_slice(&output)
            .map_err(|_| Unusable::new(failed("did not print an ExecCredential in JSON")))?;
        printed.given(&self.program.api_version).map_err(|why| Unusable::new(failed(&why)))
    }
}

/// Reads to the end; what is over the limit is an error, or dropped where it is only for the log.
async fn bounded(
    stream: Option<impl AsyncRead + Unpin>,
    limit: u64,
    strict: bool,
) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    let Some(mut stream) = stream else { return Ok(bytes) };
    (&mut stream).take(limit).read_to_end(&mut bytes).await?;
    let rest = if strict {
        (&mut stream).take(1).read_to_end(&mut Vec::new()).await?
    } else {
        tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
        0
    };
    if rest > 0 { Err(std::io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Printed {
    api_version: String,
    kind: String,
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    expiration_timestamp: Option<Timestamp>,
    token: Option<Secret>,
    client_certificate_data: Option<String>,
    client_key_data: Option<Secret>,
}

impl Printed {
    fn given(self, version: &str) -> Result<Given, String> {
        if self.kind != "ExecCredential" || self.api_version != version {
            return Err(format!("did not answer in the apiVersion that it was asked in, `{version}`"));
        }
        let status = self.status.ok_or("printed no status")?;
        let token = status.token.filter(|token| !token.expose().is_empty());
        let identity = match (status.client_certificate_data, status.client_key_data) {
            (None, None) => None,
            (Some(chain), Some(key)) => {
                let identity = Identity::from_pem(chain.as_bytes(), key);
                Some(Arc::new(identity.map_err(|fault| format!("printed what cannot be used: {fault}"))?))
            }
            (Some(_), None) | (None, Some(_)) => {
                return Err("printed a certificate or a key without the other".into());
            }
        };
        if token.is_none() && identity.is_none() {
            return Err("printed neither a token nor a certificate".to_owned());
        }
        Ok(Given { token, identity, expires: status.expiration_timestamp })
    }
}

impl Given {
    fn is_good(&self) -> bool {
        self.expires.is_none_or(|expires| Timestamp::now() + MARGIN < expires)
    }

    fn was_in(&self, authentication: &Authentication) -> bool {
        let own = match &self.token {
            Some(token) => Authentication::default().bearer(token).unwrap_or_default(),
            None => Authentication::default(),
        };
        let header = http::header::AUTHORIZATION;
        own.headers.get(&header) == authentication.headers.get(&header)
            && (self.identity.is_none() || self.identity == authentication.identity)
    }
}
