//! `merge_kubeconfigs`: one kubeconfig for several clusters.

use postern_sdk::text::Text;
use schemars::JsonSchema;
use serde::Serialize;

use super::listing::failures;
use crate::api::Api;
use crate::args::{Name, many_instances};
use crate::fan;
use crate::fault::{Code, Failure, Fault};
use crate::ids::Uid;
use crate::instance::{Call, Instance as _};
use crate::kubeconfig::download::{self, Kind};
use crate::kubeconfig::{self, Kubeconfig};
use crate::resolver::index;
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct MergeKubeconfigs;

many_instances! {
    /// Which clusters.
    Arguments {
        /// The clusters: uids or names, 1 to 20.
        #[schemars(length(min = 1, max = 20))]
        cluster_uid: Vec<Name>,
        /// Whether they are reached at their own addresses, past the proxy.
        #[serde(default)]
        direct: bool,
    }
}

/// The file.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Merged {
    /// YAML. The current context is that of the first cluster.
    pub kubeconfig: String,
    /// Names of its contexts: `<instance>-<cluster>`, with a number where two are the same.
    pub contexts: Vec<String>,
    /// What is in it, in that order.
    pub clusters: Vec<Part>,
    /// Clusters that are not in it, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Failure>,
}

/// A cluster.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Part {
    pub uid: String,
    pub name: String,
    /// `oidc`, `certificate`, `token`, `basic` or `none`.
    pub access_type: String,
    /// What its holder should know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    pub instance: String,
}

impl Tool for MergeKubeconfigs {
    const NAME: &'static str = "merge_kubeconfigs";
    const TITLE: &'static str = "Merge kubeconfigs";
    const DESCRIPTION: &'static str = "Gets the kubeconfigs by which users log in to several Palette clusters, of one \
        instance or many, as one file: contexts, clusters and users are named `<instance>-<cluster>` and never clash. \
        At most 20 clusters. One that cannot be had is told under `errors`; fails only if none can.";
    type Arguments = Arguments;
    type Output = Merged;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Merged>, Problem> {
        let project = crate::args::project(arguments.project.as_ref())?;
        if !(1..=20).contains(&arguments.cluster_uid.len()) {
            return Err(Problem::invalid("/cluster_uid", "give 1 to 20 clusters"));
        }
        let mut wanted: Vec<Uid> = Vec::new();
        for given in &arguments.cluster_uid {
            let uid = crate::args::needed("cluster_uid", Some(given))?;
            if !wanted.contains(&uid) {
                wanted.push(uid);
            }
        }
        let kind = Kind::User { frp: arguments.direct.then_some(false) };
        let gathered =
            fan::out(call, async |api| get_all(api, &wanted, project.as_ref(), kind).await).await?;
        let mut errors = gathered.failures;
        let mut got: Vec<Got> = gathered.results.into_iter().flat_map(|(_, all)| all).collect();
        for uid in &wanted {
            // One that no instance has; where an instance failed it may be there.
            if got.iter().all(|(each, _)| each != uid) {
                let instance = if let [only] = call.instances() { only.name() } else { "" };
                let fault =
                    Fault::missing(format!("there is no cluster `{uid}` that the credential may see"));
                errors.push(Failure::new(instance, None, fault));
            }
        }
        got.sort_by_key(|(uid, _)| wanted.iter().position(|each| each == uid));
        let (mut clusters, mut parts) = (Vec::new(), Vec::new());
        for (_, each) in got {
            match each {
                Ok((part, config)) => {
                    parts.push((kubeconfig::base(&part.instance, &part.name), config));
                    clusters.push(part);
                }
                Err(failure) => errors.push(failure),
            }
        }
        if parts.is_empty() {
            return Err(none(errors));
        }
        let merged = Kubeconfig::merged(parts);
        let output = Merged { kubeconfig: merged.to_yaml(), contexts: merged.contexts(), clusters, errors };
        let mut text = Text::default();
        failures(&mut text, &output.errors);
        text.line(format!("kubeconfig of {} clusters", output.clusters.len()));
        text.line(format!("contexts: {}", output.contexts.join(", ")));
        for part in &output.clusters {
            if let Some(warning) = &part.warning {
                text.line(format!("{}: {warning}", part.name));
            }
        }
        let text = format!("{}\n\n{}", text.finish(""), output.kubeconfig);
        Ok(Report { text, failed: false, output })
    }
}

/// A cluster, and its part or why there is none.
type Got = (Uid, Result<(Part, Kubeconfig), Failure>);

/// Those of the wanted clusters that the instance has.
async fn get_all<C: Call>(
    api: &Api<'_, C>,
    wanted: &[Uid],
    project: Option<&Uid>,
    kind: Kind,
) -> Result<Vec<Got>, Fault> {
    let is_wanted = |known: &index::Known| {
        wanted.iter().any(|uid| uid.as_str() == known.uid)
            && project.is_none_or(|project| known.project.as_deref() == Some(project.as_str()))
    };
    let found = index::clusters(api, is_wanted).await?;
    let mut all = Vec::new();
    for known in found {
        let Ok(uid) = Uid::parse(&known.uid) else { continue };
        let within = known.project.as_deref().and_then(|project| Uid::parse(project).ok());
        let got = match download::get(api, &uid, within.as_ref(), kind).await {
            Ok((_, config)) => Ok((
                Part {
                    uid: known.uid,
                    name: known.name,
                    access_type: config.access().to_owned(),
                    warning: download::warning(&config),
                    instance: api.name().to_owned(),
                },
                config,
            )),
            Err(mut fault) => {
                fault.message = format!("cluster `{}`: {}", known.name, fault.message);
                Err(Failure::new(api.name(), within.as_ref().map(Uid::as_str), fault))
            }
        };
        all.push((uid, got));
    }
    Ok(all)
}

fn none(errors: Vec<Failure>) -> Problem {
    match errors.into_iter().next() {
        Some(failure) => Fault::new(failure.code, failure.message).problem(&failure.instance),
        None => Fault::new(Code::Internal, "nothing was asked for").problem(""),
    }
}
