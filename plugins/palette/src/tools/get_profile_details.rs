//! `get_profile_details`: what one version of a cluster profile is made of, and who uses it.

use postern_sdk::text::Text;
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::one_profile;
use crate::fan;
use crate::instance::Call;
use crate::model::pack::PackRef;
use crate::model::profile::{InUse, Profile, ProfileVersion};
use crate::profiles;
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct GetProfileDetails;

one_profile! {
    /// Which profile.
    Arguments {}
}

/// What it is.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Details {
    /// Who it is.
    pub metadata: Metadata,
    /// What it is.
    pub spec: Spec,
    /// Its packs, in the order in which they are applied.
    pub packs: Vec<Pack>,
    /// Names of the packs by layer.
    pub pack_layers: Layers,
    /// Clusters that use this version.
    pub associated_clusters: Vec<User>,
    /// All versions of that name.
    pub versions: Vec<Version>,
    /// The instance that it is in.
    pub instance: String,
}

/// Who it is.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Metadata {
    /// Of this version.
    pub uid: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified_at: Option<String>,
    pub tags: Vec<String>,
    /// `project`, `tenant` or `system`.
    pub scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_uid: Option<String>,
}

/// What it is.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Spec {
    pub version: String,
    /// `cluster`, `infra`, `add-on` or `system`.
    pub r#type: String,
    /// Cloud; `all` for each.
    pub cloud_type: String,
    /// The same as a list.
    pub cloud_types: Vec<String>,
    pub description: String,
    /// Whether it may be used.
    pub published: bool,
}

/// One pack.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Pack {
    pub name: String,
    /// `spectro`, `helm`, `manifest` or `oci`.
    pub r#type: String,
    /// `kernel`, `os`, `k8s`, `cni`, `csi` or `addon`.
    pub layer: String,
    pub version: String,
    /// Uid of the registry.
    pub registry: String,
    /// YAML: at most 500 characters, with secrets masked.
    pub values: String,
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

/// Names of packs.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Layers {
    pub os: Vec<String>,
    pub kubernetes: Vec<String>,
    pub cni: Vec<String>,
    pub csi: Vec<String>,
    pub addon: Vec<String>,
}

/// A cluster that uses it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct User {
    pub uid: String,
    pub name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub project_uid: String,
}

/// One version.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Version {
    pub uid: String,
    pub version: String,
}

impl Tool for GetProfileDetails {
    const NAME: &'static str = "get_profile_details";
    const TITLE: &'static str = "Get profile details";
    const DESCRIPTION: &'static str = "Gets one version of a Palette cluster profile: type, cloud, its packs with \
        versions, registries and values (cut at 500 characters, secrets masked), all versions, and the clusters that \
        use this one. Name it by the uid of a version, by name (then the newest), or by its catalog `entity`. Fails \
        with not-found where there is none, and names the candidates when a name fits several.";
    type Arguments = Arguments;
    type Output = Details;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Details>, Problem> {
        let profile = crate::args::needed("profile_uid", arguments.profile_uid.as_ref())?;
        let project = crate::args::project(arguments.project.as_ref())?;
        let output = fan::one(call, async |api| {
            let whole = profiles::whole(api, &profile, project.as_ref()).await?;
            Ok(details(api.name(), whole))
        })
        .await?;
        Ok(Report { text: text(&output), failed: false, output })
    }
}

fn details(instance: &str, profile: Profile) -> Details {
    let Profile { metadata, spec, status } = profile;
    let body = spec.body();
    let mut layers = Layers::default();
    for pack in &body.packs {
        let layer = match pack.layer.as_str() {
            "os" | "kernel" => &mut layers.os,
            "k8s" => &mut layers.kubernetes,
            "cni" => &mut layers.cni,
            "csi" => &mut layers.csi,
            _ => &mut layers.addon,
        };
        layer.push(pack.name.clone());
    }
    let version =
        |version: &ProfileVersion| Version { uid: version.uid.clone(), version: version.version.clone() };
    let mut versions: Vec<Version> = spec.versions.iter().map(version).collect();
    versions.sort_by(|one, other| crate::version::compare(&other.version, &one.version));
    Details {
        packs: body.packs.iter().map(pack).collect(),
        pack_layers: layers,
        associated_clusters: status.in_use_clusters.into_iter().map(user).collect(),
        versions,
        instance: instance.to_owned(),
        spec: Spec {
            r#type: body.r#type.clone(),
            cloud_type: body.cloud_type.clone(),
            cloud_types: vec![body.cloud_type.clone()],
            version: spec.version,
            description: metadata.description().to_owned(),
            published: status.is_published,
        },
        metadata: Metadata {
            tags: metadata.tags(),
            scope: metadata.scope().to_owned(),
            project_uid: metadata.project().map(str::to_owned),
            uid: metadata.uid,
            name: metadata.name,
            created_at: metadata.creation_timestamp,
            modified_at: metadata.last_modified_timestamp,
        },
    }
}

fn pack(pack: &PackRef) -> Pack {
    let manifest = |it: &crate::model::meta::Named| Manifest { uid: it.uid.clone(), name: it.name.clone() };
    Pack {
        name: pack.name.clone(),
        r#type: pack.r#type.clone(),
        layer: pack.layer.clone(),
        version: pack.version().to_owned(),
        registry: pack.registry_uid.clone(),
        values: profiles::shown(&pack.values),
        manifests: pack.manifests.iter().map(manifest).collect(),
    }
}

fn user(cluster: InUse) -> User {
    User { uid: cluster.uid, name: cluster.name, project_uid: cluster.project_uid }
}

fn text(details: &Details) -> String {
    let Details { metadata, spec, .. } = details;
    let mut text = Text::default();
    let state = if spec.published { "published" } else { "draft" };
    text.line(format!("{} {} ({}, {}), {state}", metadata.name, spec.version, spec.r#type, spec.cloud_type));
    text.line(format!("uid {}, instance {}", metadata.uid, details.instance));
    let packs: Vec<[&str; 4]> = details
        .packs
        .iter()
        .map(|pack| [pack.layer.as_str(), pack.name.as_str(), pack.version.as_str(), pack.r#type.as_str()])
        .collect();
    text.table(&["LAYER", "PACK", "VERSION", "TYPE"], &packs);
    let versions: Vec<[&str; 2]> =
        details.versions.iter().map(|each| [each.version.as_str(), each.uid.as_str()]).collect();
    text.table(&["OF ALL VERSIONS", "UID"], &versions);
    let users: Vec<[&str; 2]> =
        details.associated_clusters.iter().map(|user| [user.name.as_str(), user.uid.as_str()]).collect();
    text.table(&["USED BY CLUSTER", "UID"], &users);
    text.finish("read the structured answer")
}
