//! `get_pack_manifest`: a manifest of a pack, as a cluster has it or as a profile does.

use postern_sdk::text::{Text, cut};
use schemars::JsonSchema;
use serde::Serialize;

use crate::api::Api;
use crate::args::{Name, one_cluster};
use crate::capability::Capability;
use crate::fan;
use crate::fault::Fault;
use crate::ids::Uid;
use crate::instance::{Call, Request};
use crate::model::attached::{ManifestEntity, PackEntity};
use crate::model::meta::Items;
use crate::redact;
use crate::tool::{Problem, Report, Tool};

/// Characters of a manifest in one answer.
const MOST: usize = 100_000;

/// The tool.
#[derive(Debug)]
pub struct GetPackManifest;

one_cluster! {
    /// Which manifest.
    Arguments {
        /// Uid of the manifest, as `get_cluster_profiles` and `get_profile_details` tell it.
        manifest_uid: Name,
        /// A cluster profile, in place of the cluster: uid of a version, or name for its newest.
        #[serde(default)]
        profile_uid: Option<Name>,
    }
}

/// The manifest.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Found {
    /// The cluster, where one was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_uid: Option<String>,
    /// The profile version, where one was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile_uid: Option<String>,
    /// The manifest.
    pub manifest_uid: String,
    /// What it holds.
    pub manifest: Manifest,
    /// The instance that it is in.
    pub instance: String,
}

/// What a manifest holds.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Manifest {
    pub name: String,
    /// YAML: at most 100,000 characters, with secrets masked.
    pub content: String,
    /// Whether there is more of it.
    pub truncated: bool,
}

impl Tool for GetPackManifest {
    const NAME: &'static str = "get_pack_manifest";
    const TITLE: &'static str = "Get a manifest of a pack";
    const DESCRIPTION: &'static str = "Gets one manifest of a pack, as a Palette cluster has it (`cluster_uid` or \
        `entity`) or as a cluster profile does (`profile_uid`): at most 100,000 characters of YAML, with secrets \
        masked. Fails with not-found where there is no such manifest.";
    type Arguments = Arguments;
    type Output = Found;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Found>, Problem> {
        let manifest = crate::args::needed("manifest_uid", Some(&arguments.manifest_uid))?;
        let project = crate::args::project(arguments.project.as_ref())?;
        let output = match (&arguments.cluster_uid, &arguments.profile_uid) {
            (Some(_), Some(_)) => {
                return Err(Problem::invalid("/profile_uid", "give a cluster or a profile, not both"));
            }
            (None, Some(profile)) => {
                let profile = crate::args::needed("profile_uid", Some(profile))?;
                fan::one(call, async |api| {
                    let (name, content) = of_profile(api, &profile, &manifest, project.as_ref()).await?;
                    Ok(found(api.name(), None, Some(&profile), &manifest, name, &content))
                })
                .await?
            }
            (cluster, None) => {
                let cluster = crate::args::needed("cluster_uid", cluster.as_ref())?;
                fan::one(call, async |api| {
                    let (name, content) = of_cluster(api, &cluster, &manifest, project.as_ref()).await?;
                    Ok(found(api.name(), Some(&cluster), None, &manifest, name, &content))
                })
                .await?
            }
        };
        let mut text = Text::default();
        text.fenced(&format!("manifest `{}`", output.manifest.name), &output.manifest.content);
        Ok(Report { text: text.finish("read the structured answer"), failed: false, output })
    }
}

async fn of_cluster<C: Call>(
    api: &Api<'_, C>,
    cluster: &Uid,
    manifest: &Uid,
    project: Option<&Uid>,
) -> Result<(String, String), Fault> {
    let path = format!("/v1/spectroclusters/{cluster}/pack/manifests/{manifest}");
    let entity: ManifestEntity =
        api.json(Capability::ClusterViewPackManifests, Request::get(path).within(project)).await?;
    let body = entity.spec.published.content;
    let content = if body.is_empty() { entity.spec.draft.content } else { body };
    Ok((entity.metadata.name, content))
}

async fn of_profile<C: Call>(
    api: &Api<'_, C>,
    profile: &Uid,
    manifest: &Uid,
    project: Option<&Uid>,
) -> Result<(String, String), Fault> {
    let request = Request::get(format!("/v1/clusterprofiles/{profile}/packs/manifests")).within(project);
    let packs: Items<PackEntity> = api.json(Capability::ProfilesRead, request).await?;
    let mut all = packs.into_vec().into_iter().flat_map(|pack| pack.spec.manifests);
    let found = all.find(|each| each.uid == manifest.as_str());
    let found = found.ok_or_else(|| Fault::missing(format!("the profile has no manifest `{manifest}`")))?;
    Ok((found.name, found.content))
}

fn found(
    instance: &str,
    cluster: Option<&Uid>,
    profile: Option<&Uid>,
    manifest: &Uid,
    name: String,
    content: &str,
) -> Found {
    let masked = redact::manifest(content);
    let shown = cut(&masked, MOST).into_owned();
    Found {
        cluster_uid: cluster.map(Uid::to_string),
        profile_uid: profile.map(Uid::to_string),
        manifest_uid: manifest.to_string(),
        manifest: Manifest { name, truncated: shown != masked, content: shown },
        instance: instance.to_owned(),
    }
}
