//! `get_cluster_profiles`: the profiles on one cluster, with their packs and what these are set to.

use postern_sdk::text::{Text, cut};
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::{Name, one_cluster};
use crate::fan;
use crate::instance::Call;
use crate::model::attached::{AttachedProfile, PackEntity};
use crate::profiles;
use crate::redact;
use crate::tool::{Problem, Report, Tool};

/// Characters of a pack's values where one pack is asked about.
const VALUES_OF_ONE: usize = 20_000;

/// The tool.
#[derive(Debug)]
pub struct GetClusterProfiles;

one_cluster! {
    /// Which cluster.
    Arguments {
        /// One pack alone, by its name: then up to 20,000 characters of its values. Absent: all, 500 each.
        #[serde(default)]
        pack: Option<Name>,
    }
}

/// What is on it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Attached {
    /// The cluster.
    pub cluster_uid: String,
    /// In the order in which they are applied.
    pub profiles: Vec<Profile>,
    /// The instance that it is in.
    pub instance: String,
}

/// A profile version.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Profile {
    /// Of the version.
    pub uid: String,
    pub name: String,
    pub version: String,
    /// `cluster`, `infra`, `add-on` or `system`.
    pub r#type: String,
    pub cloud_type: String,
    pub packs: Vec<Pack>,
}

/// A pack.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Pack {
    pub name: String,
    /// `kernel`, `os`, `k8s`, `cni`, `csi` or `addon`.
    pub layer: String,
    /// `spectro`, `helm`, `manifest` or `oci`.
    pub r#type: String,
    pub version: String,
    /// Uid of the registry.
    pub registry: String,
    /// YAML, cut, with secrets masked.
    pub values: String,
    /// Whether there is more of the values.
    pub values_cut: bool,
    /// Tells values apart: equal where they are, but for secrets.
    pub values_digest: String,
    pub manifests: Vec<Manifest>,
}

/// A manifest of a pack.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Manifest {
    /// For `get_pack_manifest`.
    pub uid: String,
    pub name: String,
}

impl Tool for GetClusterProfiles {
    const NAME: &'static str = "get_cluster_profiles";
    const TITLE: &'static str = "Get profiles of a cluster";
    const DESCRIPTION: &'static str = "Gets the profile versions on one Palette cluster, in the order in which they \
        are applied, with their packs, the values that the cluster has (500 characters each, or 20,000 of one `pack`; \
        secrets masked) and a digest of the values, by which drift between clusters shows.";
    type Arguments = Arguments;
    type Output = Attached;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Attached>, Problem> {
        let cluster = crate::args::needed("cluster_uid", arguments.cluster_uid.as_ref())?;
        let project = crate::args::project(arguments.project.as_ref())?;
        let only = arguments.pack.as_ref().map(Name::as_str);
        let mut output = fan::one(call, async |api| {
            let attached = profiles::attached(api, &cluster, project.as_ref()).await?;
            Ok(Attached {
                cluster_uid: cluster.to_string(),
                profiles: attached.into_iter().map(|each| profile(each, only)).collect(),
                instance: api.name().to_owned(),
            })
        })
        .await?;
        if let Some(only) = only {
            output.profiles.retain(|profile| !profile.packs.is_empty());
            if output.profiles.is_empty() {
                return Err(Problem::NotFound(format!("the cluster has no pack `{only}`")));
            }
        }
        Ok(Report { text: text(&output), failed: false, output })
    }
}

fn profile(profile: AttachedProfile, only: Option<&str>) -> Profile {
    let wanted = profile.spec.packs.into_iter().filter(|pack| only.is_none_or(|only| pack.name() == only));
    let most = if only.is_some() { VALUES_OF_ONE } else { profiles::VALUES };
    Profile {
        packs: wanted.map(|it| pack(it, most)).collect(),
        uid: profile.metadata.uid,
        name: profile.metadata.name,
        version: profile.spec.version,
        r#type: profile.spec.r#type,
        cloud_type: profile.spec.cloud_type,
    }
}

fn pack(pack: PackEntity, most: usize) -> Pack {
    let masked = redact::yaml(&pack.spec.values);
    let values = cut(&masked, most).into_owned();
    let manifest = |it: crate::model::attached::Manifest| Manifest { uid: it.uid, name: it.name };
    Pack {
        name: pack.name().to_owned(),
        values_cut: values != masked,
        values,
        values_digest: profiles::digest(&pack.spec.values),
        layer: pack.spec.layer,
        r#type: pack.spec.r#type,
        version: pack.spec.version,
        registry: pack.spec.registry_uid,
        manifests: pack.spec.manifests.into_iter().map(manifest).collect(),
    }
}

fn text(attached: &Attached) -> String {
    let mut text = Text::default();
    text.line(format!("{} profiles on cluster {}", attached.profiles.len(), attached.cluster_uid));
    let rows: Vec<[&str; 6]> = attached
        .profiles
        .iter()
        .flat_map(|profile| profile.packs.iter().map(move |pack| (profile, pack)))
        .map(|(profile, pack)| {
            [
                profile.name.as_str(),
                profile.version.as_str(),
                pack.layer.as_str(),
                pack.name.as_str(),
                pack.version.as_str(),
                pack.values_digest.as_str(),
            ]
        })
        .collect();
    text.table(&["PROFILE", "VERSION", "LAYER", "PACK", "VERSION", "VALUES"], &rows);
    if let [Profile { packs, .. }] = attached.profiles.as_slice()
        && let [pack] = packs.as_slice()
    {
        text.fenced(&format!("values of `{}`", pack.name), &pack.values);
    }
    text.finish("name one `pack`, or read the structured answer")
}
