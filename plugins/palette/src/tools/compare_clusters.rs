//! `compare_clusters`: how two clusters of one instance differ.

use futures::join;
use postern_sdk::text::Text;
use schemars::JsonSchema;
use serde::Serialize;

use crate::api::Api;
use crate::args::{Name, one_instance};
use crate::compare::{Difference, Significance, View};
use crate::fan;
use crate::fault::{Failure, Fault};
use crate::ids::Uid;
use crate::instance::Call;
use crate::model::attached::AttachedProfile;
use crate::model::cluster::Summary;
use crate::profiles::attached;
use crate::tool::{Problem, Report, Tool};
use crate::tools::get_cluster_details;

/// Most differences that are told.
const MOST: usize = 200;

/// The tool.
#[derive(Debug)]
pub struct CompareClusters;

one_instance! {
    /// Which clusters.
    Arguments {
        /// The first cluster: uid or name.
        #[serde(default)]
        cluster_uid_1: Option<Name>,
        /// The second cluster: uid or name; of the same instance, project and cloud type as the first.
        #[serde(default)]
        cluster_uid_2: Option<Name>,
    }
}

/// How they differ.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Comparison {
    /// The first.
    pub cluster_1: Side,
    /// The second.
    pub cluster_2: Side,
    /// In numbers.
    pub comparison_summary: Summed,
    /// The most significant first; at most 200.
    pub differences: Vec<Difference>,
    /// In words.
    pub analysis: Analysis,
    /// Values that could not be compared, because Palette masks them.
    pub masked: usize,
    /// Clusters whose pack values could not be read: their values were not compared.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Failure>,
    /// The instance that they are in.
    pub instance: String,
}

/// One of them.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Side {
    pub uid: String,
    pub name: String,
    pub state: String,
    pub health: String,
    pub cloud_type: String,
    pub k8s_version: String,
    pub node_count: u32,
}

/// In numbers.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Summed {
    /// All differences.
    pub total_differences: usize,
    /// Those that mean that the clusters do not run the same.
    pub significant_differences: usize,
    /// Whether there are any of those.
    pub drift_detected: bool,
}

/// In words.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Analysis {
    /// What differs.
    pub summary: String,
    /// What that means.
    pub risk_assessment: &'static str,
    /// What to do.
    pub recommendation: &'static str,
}

impl Tool for CompareClusters {
    const NAME: &'static str = "compare_clusters";
    const TITLE: &'static str = "Compare two clusters";
    const DESCRIPTION: &'static str = "Compares two Palette clusters of one instance and project: versions, profiles, \
        packs, values of packs (by meaning, not by text), nodes, state, tags. Gives each difference with how much it \
        matters, the most significant first. Values that Palette masks are never compared; those beside the name of a \
        secret are compared and not shown. Fails if one of them cannot be read, or they are the same.";
    type Arguments = Arguments;
    type Output = Comparison;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Comparison>, Problem> {
        let one = crate::args::needed("cluster_uid_1", arguments.cluster_uid_1.as_ref())?;
        let two = crate::args::needed("cluster_uid_2", arguments.cluster_uid_2.as_ref())?;
        if one == two {
            return Err(Problem::invalid("/cluster_uid_2", "is the same cluster as `cluster_uid_1`"));
        }
        let project = crate::args::project(arguments.project.as_ref())?;
        let output = fan::one(call, async |api| {
            let (one, two) = join!(read(api, &one, project.as_ref()), read(api, &two, project.as_ref()));
            Ok(comparison(api.name(), one?, two?))
        })
        .await?;
        Ok(Report { text: text(&output), failed: false, output })
    }
}

/// A cluster, and the profiles on it where they can be read.
type Read = (Summary, Result<Vec<AttachedProfile>, Fault>);

async fn read<C: Call>(api: &Api<'_, C>, cluster: &Uid, project: Option<&Uid>) -> Result<Read, Fault> {
    let (summary, attached) =
        join!(get_cluster_details::summary(api, cluster, project), attached(api, cluster, project));
    Ok((summary?, attached))
}

fn comparison(instance: &str, one: Read, two: Read) -> Comparison {
    // Values of one side alone would all look like differences.
    let both = one.1.is_ok() && two.1.is_ok();
    let view = |(summary, attached): &Read| View::of(summary, attached.as_deref().ok().filter(|_| both));
    let compared = view(&one).compare(&view(&two));
    let significant = |difference: &&Difference| difference.significance == Significance::High;
    let significant = compared.differences.iter().filter(significant).count();
    let total = compared.differences.len();
    let (risk_assessment, recommendation) = advice(total, significant);
    let summary = match (total, significant) {
        (0, _) => "they do not differ in anything that was compared".to_owned(),
        (_, 0) => format!("they run the same; {total} smaller differences"),
        _ => format!("{significant} of {total} differences mean that they do not run the same"),
    };
    let unread = [&one, &two].into_iter().filter_map(|(summary, attached)| {
        let fault = attached.as_ref().err()?.clone();
        let message = format!("pack values of `{}`: {}", summary.metadata.name, fault.message);
        Some(Failure::new(instance, summary.metadata.project(), Fault { message, ..fault }))
    });
    let mut differences = compared.differences;
    differences.truncate(MOST);
    Comparison {
        unread: unread.collect(),
        cluster_1: side(&one.0),
        cluster_2: side(&two.0),
        comparison_summary: Summed {
            total_differences: total,
            significant_differences: significant,
            drift_detected: significant > 0,
        },
        differences,
        analysis: Analysis { summary, risk_assessment, recommendation },
        masked: compared.masked,
        instance: instance.to_owned(),
    }
}

const fn advice(total: usize, significant: usize) -> (&'static str, &'static str) {
    match (total, significant) {
        (0, _) => ("low: what works on one works on the other", "nothing to do"),
        (_, 0) => (
            "low to medium: behaviour may differ where values, nodes or tags do",
            "look through the values that differ, and make those equal that are not meant to differ",
        ),
        _ => (
            "high: versions or profiles differ, so what was tested on one is not tested on the other",
            "bring both to the same profile versions; run detect_drift on each to see which of them moved",
        ),
    }
}

fn side(summary: &Summary) -> Side {
    let version = summary.status.kube_meta.kubernetes_version.as_str();
    let version =
        Some(version).filter(|version| !version.is_empty()).or_else(|| summary.spec.kubernetes_version());
    Side {
        uid: summary.metadata.uid.clone(),
        name: summary.metadata.name.clone(),
        state: summary.status.state.clone(),
        health: summary.status.health.state.clone(),
        cloud_type: summary.spec.cloud_config.cloud_type.clone(),
        k8s_version: version.unwrap_or_default().to_owned(),
        node_count: summary.spec.nodes(),
    }
}

fn text(comparison: &Comparison) -> String {
    let mut text = Text::default();
    let (one, two) = (&comparison.cluster_1.name, &comparison.cluster_2.name);
    text.line(format!("{one} and {two}: {}", comparison.analysis.summary));
    for failure in &comparison.unread {
        text.line(format!("not compared: {}", failure.message));
    }
    let significance = |significance| match significance {
        Significance::High => "high",
        Significance::Medium => "medium",
        Significance::Low => "low",
    };
    let rows: Vec<[&str; 4]> = comparison
        .differences
        .iter()
        .map(|each| {
            let (one, two) = (each.cluster_1.as_deref(), each.cluster_2.as_deref());
            [
                significance(each.significance),
                each.field.as_str(),
                one.unwrap_or_default(),
                two.unwrap_or_default(),
            ]
        })
        .collect();
    text.table(&["MATTERS", "FIELD", one.as_str(), two.as_str()], &rows);
    if comparison.masked > 0 {
        text.line(format!("{} masked values could not be compared", comparison.masked));
    }
    text.line(comparison.analysis.recommendation);
    text.finish("read the structured answer")
}
