//! `get_kubeconfig`: the kubeconfig by which users of a cluster log in to it.

use postern_sdk::text::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::Api;
use crate::args::one_cluster;
use crate::fan;
use crate::fault::{Code, Fault};
use crate::ids::Uid;
use crate::instance::Call;
use crate::kubeconfig;
use crate::kubeconfig::download::{self, Kind};
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct GetKubeconfig;

/// How the cluster is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Mode {
    /// As Palette does it: through the proxy where the cluster has one.
    Oidc,
    /// Through the proxy, or not at all.
    Frp,
    /// At its own address.
    Direct,
}

one_cluster! {
    /// Which cluster, and how it is reached.
    Arguments {
        /// `oidc` (unless told): through the proxy where the cluster has one; `frp`: through the proxy or not at
        /// all; `direct`: at its own address.
        #[serde(default)]
        mode: Option<Mode>,
        /// In place of `mode`: false for `direct`.
        #[serde(default)]
        frp: Option<bool>,
    }
}

/// The file.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Access {
    /// Whose.
    pub cluster: Cluster,
    /// YAML. Keep it: it may hold secrets.
    pub kubeconfig: String,
    /// Names of its contexts: `<instance>-<cluster>`.
    pub contexts: Vec<String>,
    /// When it stops being good, RFC 3339, where it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// How its holder proves who they are: `oidc`, `certificate`, `token`, `basic` or `none`.
    pub access_type: String,
    /// What its holder should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// The instance that the cluster is in.
    pub instance: String,
}

/// A cluster.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Cluster {
    pub name: String,
    pub uid: String,
}

impl Tool for GetKubeconfig {
    const NAME: &'static str = "get_kubeconfig";
    const TITLE: &'static str = "Get the kubeconfig of a cluster";
    const DESCRIPTION: &'static str = "Gets the kubeconfig by which users log in to a Palette cluster, physical or \
        virtual, through OIDC: YAML whose context is named `<instance>-<cluster>`. `mode` says how the cluster is \
        reached. Fails with not-found where OIDC is not configured, and tells when the server is in a private \
        network.";
    type Arguments = Arguments;
    type Output = Access;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Access>, Problem> {
        let cluster = crate::args::needed("cluster_uid", arguments.cluster_uid.as_ref())?;
        let project = crate::args::project(arguments.project.as_ref())?;
        let mode = mode(arguments.mode, arguments.frp)?;
        let output = fan::one(call, async |api| {
            let frp = match mode {
                Mode::Oidc => None,
                Mode::Frp => Some(true),
                Mode::Direct => Some(false),
            };
            let access = access(api, &cluster, project.as_ref(), Kind::User { frp }).await?;
            if mode == Mode::Frp && !access.warnings.is_empty() {
                return Err(Fault::new(
                    Code::Conflict,
                    format!(
                        "the cluster `{cluster}` is not reached through a proxy: it lacks the pack `spectro-proxy`, \
                         and its server is in a private network"
                    ),
                ));
            }
            Ok(access)
        })
        .await?;
        Ok(report(output))
    }
}

fn mode(mode: Option<Mode>, frp: Option<bool>) -> Result<Mode, Problem> {
    match (mode, frp) {
        (Some(Mode::Direct), Some(true)) | (Some(Mode::Frp), Some(false)) => {
            Err(Problem::invalid("/frp", "contradicts `mode`: give one of them"))
        }
        (Some(mode), _) => Ok(mode),
        (None, Some(false)) => Ok(Mode::Direct),
        (None, Some(true) | None) => Ok(Mode::Oidc),
    }
}

/// Gets the file, and names what is in it.
///
/// # Errors
/// As [`download::get`]; and not-found for a cluster that is deleted.
pub(crate) async fn access<C: Call>(
    api: &Api<'_, C>,
    cluster: &Uid,
    project: Option<&Uid>,
    kind: Kind,
) -> Result<Access, Fault> {
    let summary = super::get_cluster_details::summary(api, cluster, project).await?;
    let name = summary.metadata.name;
    let (_, config) = download::get(api, cluster, project, kind).await?;
    let config = config.named(&kubeconfig::base(api.name(), &name));
    Ok(Access {
        cluster: Cluster { name, uid: cluster.to_string() },
        kubeconfig: config.to_yaml(),
        contexts: config.contexts(),
        expires: config.expires().map(|at| at.to_string()),
        access_type: config.access().to_owned(),
        warnings: download::warning(&config).into_iter().collect(),
        instance: api.name().to_owned(),
    })
}

/// The file as an answer.
pub(crate) fn report(output: Access) -> Report<Access> {
    let mut text = Text::default();
    text.line(format!(
        "kubeconfig of {} ({}), access {}",
        output.cluster.name, output.cluster.uid, output.access_type
    ));
    text.line(format!("contexts: {}", output.contexts.join(", ")));
    if let Some(expires) = &output.expires {
        text.line(format!("good until {expires}"));
    }
    for warning in &output.warnings {
        text.line(format!("note: {warning}"));
    }
    let text = text.finish("");
    Report { text: format!("{text}\n\n{}", output.kubeconfig), failed: false, output }
}
