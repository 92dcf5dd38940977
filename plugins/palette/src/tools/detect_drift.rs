//! `detect_drift`: whether a cluster still is what its profiles and its template say.

use std::collections::BTreeMap;

use futures::{StreamExt as _, join, stream};
use postern_sdk::text::Text;
use schemars::JsonSchema;
use serde::Serialize;

use crate::api::Api;
use crate::args::one_cluster;
use crate::canonical::Document;
use crate::capability::Capability;
use crate::drift::{self, Drift, Side};
use crate::fault::{Code, Fault};
use crate::ids::Uid;
use crate::instance::{Call, Request};
use crate::model::attached::{AttachedProfile, PackEntity};
use crate::model::feature::Updates;
use crate::model::lenient;
use crate::model::meta::{Items, Meta, Named};
use crate::part::Unread;
use crate::profiles::attached;
use crate::tool::{Problem, Report, Tool};
use crate::{fan, scope};

/// The tool.
#[derive(Debug)]
pub struct DetectDrift;

one_cluster! {
    /// Which cluster.
    Arguments {}
}

lenient! {
    /// Of `GET /v1/spectroclusters/{uid}`: what it was made from.
    Made {
        /// Who it is.
        metadata: Meta,
        /// Its template.
        spec: MadeSpec,
    }

    /// What a cluster was made from.
    MadeSpec {
        /// Its template, where it has one.
        cluster_template: Named,
    }

    /// `GET /v1/spectroclusters/clusterTemplates/{uid}/profiles`.
    TemplateProfiles {
        /// By uid of the version.
        profiles: Vec<Named>,
    }
}

/// Whether it still is what it was meant to be.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Drifts {
    /// Uid.
    pub cluster_uid: String,
    /// Name.
    pub cluster_name: String,
    /// The instance that it is in.
    pub instance: String,
    /// When it was read, RFC 3339.
    pub timestamp: String,
    /// Whether anything that could be read has drifted.
    pub drift_detected: bool,
    /// Its profiles, in the order in which they are applied.
    pub profiles: Vec<ProfileDrift>,
    /// Against its cluster template.
    pub template: TemplateDrift,
    /// What could not be read: nothing is known of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Unread>,
}

/// One profile on the cluster against that profile version itself.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct ProfileDrift {
    /// Uid of the version.
    pub uid: String,
    /// Name.
    pub name: String,
    /// The version on the cluster.
    pub version: String,
    /// A version that an update would bring.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newer_version: Option<String>,
    /// Whether the cluster differs from that version; absent where the version could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drifted: Option<bool>,
    /// Tells states of the cluster's values apart.
    pub cluster_digest: String,
    /// Tells states of the profile's values apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile_digest: Option<String>,
    /// What differs; at most 50 of them.
    pub differences: Vec<Drift>,
    /// How many there are in all.
    pub total_differences: usize,
    /// Values that could not be compared, because Palette masks them.
    pub masked: usize,
}

/// The profiles of the cluster against those of its template.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct TemplateDrift {
    /// `none` (it was made without one), `same`, `drifted` or `unread`.
    pub state: &'static str,
    /// Uid of the template.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub uid: String,
    /// Profile versions that the template has and the cluster has not.
    pub missing: Vec<String>,
    /// Profile versions that the cluster has and the template has not.
    pub extra: Vec<String>,
}

impl Tool for DetectDrift {
    const NAME: &'static str = "detect_drift";
    const TITLE: &'static str = "Detect drift";
    const DESCRIPTION: &'static str = "Tells whether a Palette cluster still is what its profiles and its cluster \
        template say: packs added, missing or of another version, values that were changed on the cluster (compared by \
        meaning), profiles of which there is a newer version. Values that Palette masks are never compared; those \
        beside the name of a secret are not shown. What cannot be read is told under `unread`; fails only if the \
        profiles on the cluster cannot be.";
    type Arguments = Arguments;
    type Output = Drifts;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Drifts>, Problem> {
        let cluster = crate::args::needed("cluster_uid", arguments.cluster_uid.as_ref())?;
        let project = crate::args::project(arguments.project.as_ref())?;
        let output = fan::one(call, async |api| detect(api, &cluster, project.as_ref()).await).await?;
        Ok(Report { text: text(&output), failed: false, output })
    }
}

async fn detect<C: Call>(api: &Api<'_, C>, cluster: &Uid, project: Option<&Uid>) -> Result<Drifts, Fault> {
    let path = format!("/v1/spectroclusters/{cluster}");
    let of = |rest: &str| Request::get(format!("{path}{rest}")).within(project);
    let (made, attached, updates) = join!(
        api.json::<Made>(Capability::ClusterViewInfo, of("")),
        attached(api, cluster, project),
        api.maybe::<Updates>(Capability::ClusterViewInfo, of("/profileUpdates")),
    );
    let attached = attached?;
    let mut unread = Vec::new();
    let updates = updates.unwrap_or_else(|fault| {
        unread.push(Unread::new("profile updates", fault));
        None
    });
    let made = made.unwrap_or_else(|fault| {
        unread.push(Unread::new("cluster template", fault));
        Made::default()
    });
    let profiles = versions(api, project, &attached).await;
    let profiles: Vec<ProfileDrift> = profiles
        .into_iter()
        .map(|(profile, packs)| drifted(profile, packs, updates.as_ref(), &mut unread))
        .collect();
    let unknown = unread.iter().any(|part| part.part == "cluster template");
    let template = if unknown {
        TemplateDrift { state: "unread", ..TemplateDrift::default() }
    } else {
        template(api, project, &made, &attached, &mut unread).await
    };
    Ok(Drifts {
        cluster_uid: cluster.to_string(),
        cluster_name: made.metadata.name,
        instance: api.name().to_owned(),
        timestamp: api.call().now().to_string(),
        drift_detected: template.state == "drifted" || profiles.iter().any(|each| each.drifted == Some(true)),
        profiles,
        template,
        unread,
    })
}

/// The packs of each attached version as the version itself has them.
async fn versions<'p, C: Call>(
    api: &Api<'_, C>,
    project: Option<&Uid>,
    attached: &'p [AttachedProfile],
) -> Vec<(&'p AttachedProfile, Result<Vec<PackEntity>, Fault>)> {
    stream::iter(attached)
        .map(|profile| async move {
            let read = async || {
                let uid = Uid::parse(&profile.metadata.uid)
                    .map_err(|error| Fault::new(Code::Upstream, error.to_string()))?;
                let request = Request::get(format!("/v1/clusterprofiles/{uid}/packs")).within(project);
                let items: Items<PackEntity> = api.json(Capability::ProfilesRead, request).await?;
                Ok(items.into_vec())
            };
            (profile, read().await)
        })
        .buffered(scope::AT_ONCE)
        .collect()
        .await
}

fn drifted(
    profile: &AttachedProfile,
    packs: Result<Vec<PackEntity>, Fault>,
    updates: Option<&Updates>,
    unread: &mut Vec<Unread>,
) -> ProfileDrift {
    let (uid, name) = (profile.metadata.uid.clone(), profile.metadata.name.clone());
    let newer = updates.and_then(|updates| {
        let same = updates.profiles.iter().find(|each| each.name == name && each.uid != uid)?;
        Some(same.version().to_owned())
    });
    let has = side(&profile.spec.packs);
    let cluster_digest = drift::digest(&has);
    let version = profile.spec.version.clone();
    let mut told_of = ProfileDrift {
        uid,
        name,
        version,
        newer_version: newer,
        drifted: None,
        cluster_digest,
        profile_digest: None,
        differences: Vec::new(),
        total_differences: 0,
        masked: 0,
    };
    match packs {
        Ok(packs) => {
            let wanted = side(&packs);
            let (mut differences, masked) = drift::between(&wanted, &has);
            told_of.drifted = Some(!differences.is_empty());
            told_of.profile_digest = Some(drift::digest(&wanted));
            told_of.total_differences = differences.len();
            differences.truncate(drift::MOST);
            told_of.differences = differences;
            told_of.masked = masked;
        }
        Err(fault) => unread.push(Unread::new(format!("profile {}", told_of.name), fault)),
    }
    told_of
}

fn side(packs: &[PackEntity]) -> BTreeMap<String, Side> {
    let of = |pack: &PackEntity| {
        let values = Document::read(&pack.spec.values);
        (pack.name().to_owned(), Side { version: pack.spec.version.clone(), values })
    };
    packs.iter().map(of).collect()
}

async fn template<C: Call>(
    api: &Api<'_, C>,
    project: Option<&Uid>,
    made: &Made,
    attached: &[AttachedProfile],
    unread: &mut Vec<Unread>,
) -> TemplateDrift {
    let named = &made.spec.cluster_template.uid;
    let Ok(uid) = Uid::parse(named) else {
        return TemplateDrift { state: "none", ..TemplateDrift::default() };
    };
    let request =
        Request::get(format!("/v1/spectroclusters/clusterTemplates/{uid}/profiles")).within(project);
    match api.json::<TemplateProfiles>(Capability::ClusterViewPackValues, request).await {
        Ok(wanted) => {
            let has: Vec<&str> = attached.iter().map(|profile| profile.metadata.uid.as_str()).collect();
            let label = |uid: &str, name: &str| {
                if name.is_empty() { uid.to_owned() } else { format!("{name} ({uid})") }
            };
            let lacks = wanted.profiles.iter().filter(|each| !has.contains(&each.uid.as_str()));
            let missing: Vec<String> = lacks.map(|each| label(&each.uid, &each.name)).collect();
            let more = attached
                .iter()
                .filter(|profile| wanted.profiles.iter().all(|each| each.uid != profile.metadata.uid));
            let extra: Vec<String> =
                more.map(|profile| label(&profile.metadata.uid, &profile.metadata.name)).collect();
            let state = if missing.is_empty() && extra.is_empty() { "same" } else { "drifted" };
            TemplateDrift { state, uid: uid.to_string(), missing, extra }
        }
        Err(fault) => {
            unread.push(Unread::new("cluster template", fault));
            TemplateDrift { state: "unread", uid: uid.to_string(), ..TemplateDrift::default() }
        }
    }
}

fn text(drifts: &Drifts) -> String {
    let mut text = Text::default();
    let verdict = if drifts.drift_detected { "has drifted" } else { "shows no drift in what could be read" };
    text.line(format!("{} {verdict}; template: {}", drifts.cluster_name, drifts.template.state));
    for part in &drifts.unread {
        text.line(format!("not read: {}: {}", part.part, part.message));
    }
    let rows: Vec<[String; 4]> = drifts
        .profiles
        .iter()
        .map(|each| {
            let state = match each.drifted {
                Some(true) => format!("{} differences", each.total_differences),
                Some(false) => "same".to_owned(),
                None => "not read".to_owned(),
            };
            [each.name.clone(), each.version.clone(), each.newer_version.clone().unwrap_or_default(), state]
        })
        .collect();
    text.table(&["PROFILE", "VERSION", "NEWER", "DRIFT"], &rows);
    let rows: Vec<[&str; 4]> = drifts
        .profiles
        .iter()
        .flat_map(|profile| &profile.differences)
        .map(|each| {
            let (wanted, has) = (each.profile.as_deref(), each.cluster.as_deref());
            [each.pack.as_str(), each.path.as_str(), wanted.unwrap_or_default(), has.unwrap_or_default()]
        })
        .collect();
    text.table(&["PACK", "WHERE", "PROFILE", "CLUSTER"], &rows);
    text.finish("read the structured answer")
}
