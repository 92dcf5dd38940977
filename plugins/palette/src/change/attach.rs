//! Which attached profile a wanted one replaces.
//!
//! Each version of a profile is an object of its own. Sent without `replaceWithProfile`, another version of an
//! attached profile comes on top of it, as a duplicate; so what is attached is matched by name. Of infrastructure
//! there is one: a profile of that kind replaces the attached one, whatever its name.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Difference, difference};
use crate::api::Api;
use crate::capability::Capability;
use crate::fault::{Code, Fault};
use crate::ids::Uid;
use crate::instance::{Call, Request};
use crate::model::lenient;
use crate::model::meta::Meta;
use crate::model::profile::{InUse, ProfileTemplate, ProfileVersion};
use crate::redact;
use crate::tool::Problem;

/// Values of variables by name.
pub type Variables = BTreeMap<String, String>;

lenient! {
    /// `GET /v1/clusterprofiles/{uid}`.
    Profile {
        /// Name, scope, project.
        metadata: Meta,
        /// What it is.
        spec: ProfileSpec,
        /// Who uses it.
        status: ProfileState,
    }

    /// What a profile version is.
    ProfileSpec {
        /// Its version.
        version: String,
        /// All of that name.
        versions: Vec<ProfileVersion>,
        /// As clusters may use it.
        published: Kind,
        /// As it is being edited; empty where nothing is.
        draft: Kind,
    }

    /// Of what kind.
    Kind {
        /// `cluster`, `infra`, `add-on` or `system`.
        r#type: String,
        /// Its cloud, or `all`.
        cloud_type: String,
    }

    /// Who uses a profile version.
    ProfileState {
        /// Whether clusters may use it.
        is_published: bool,
        /// Those that do.
        in_use_clusters: Vec<InUse>,
    }
}

impl Profile {
    /// Reads one version.
    ///
    /// # Errors
    /// As [`Api::json`].
    pub async fn read<C: Call>(api: &Api<'_, C>, uid: &Uid, project: Option<&Uid>) -> Result<Self, Fault> {
        let request = Request::get(format!("/v1/clusterprofiles/{uid}")).within(project);
        api.json(Capability::ProfilesRead, request).await
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> &str {
        let published = self.spec.published.r#type.as_str();
        if published.is_empty() { &self.spec.draft.r#type } else { published }
    }
}

/// A profile version that shall be on a cluster.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Uid of the version.
    pub uid: Uid,
    /// Name of the profile.
    pub name: String,
    /// Version.
    pub version: String,
    /// Its kind.
    pub kind: String,
    /// Values that it shall have.
    pub variables: Variables,
}

/// One entry of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    uid: Uid,
    #[serde(skip_serializing_if = "Option::is_none")]
    replace_with_profile: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    variables: Vec<Variable>,
}

impl Entry {
    /// Uid of the version that is wanted.
    #[must_use]
    pub fn uid(&self) -> &str {
        self.uid.as_str()
    }

    /// Uid of the version that it replaces.
    #[must_use]
    pub fn replaces(&self) -> Option<&str> {
        self.replace_with_profile.as_deref()
    }
}

/// A variable with its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// What it shall be.
    pub value: String,
}

/// The request for what is wanted, given what is attached, and the difference that it makes.
#[derive(Debug)]
pub struct Attachment {
    /// One for each profile that changes.
    pub entries: Vec<Entry>,
    /// What changes.
    pub changes: Vec<Difference>,
}

/// Variables as the API takes them.
///
/// # Errors
/// When a value is masked.
pub fn variables(pointer: &str, given: &Variables) -> Result<Vec<Variable>, Problem> {
    let one = |(name, value): (&String, &String)| {
        if redact::is_masked(value) {
            let message = format!("the value of `{name}` is masked: give the real one, or leave it out");
            return Err(Problem::invalid(&format!("{pointer}/{name}"), message));
        }
        Ok(Variable { name: name.clone(), value: value.clone() })
    };
    given.iter().map(one).collect()
}

/// Works out what each wanted profile replaces.
///
/// # Errors
/// When two of the wanted ones are for one place, or the cluster has a profile twice.
pub fn plan(attached: &[ProfileTemplate], wanted: &[Wanted]) -> Result<Attachment, Problem> {
    let mut places: BTreeMap<String, &Wanted> = BTreeMap::new();
    let mut attachment = Attachment { entries: Vec::new(), changes: Vec::new() };
    for (at, one) in wanted.iter().enumerate() {
        let pointer = format!("/profiles/{at}");
        let place = if is_base(&one.kind) { "infrastructure".to_owned() } else { format!("`{}`", one.name) };
        if let Some(other) = places.insert(place.clone(), one) {
            let message = format!("`{}` and `{}` are both for {place}: give one", other.uid, one.uid);
            return Err(Problem::invalid(&pointer, message));
        }
        let variables = variables(&format!("{pointer}/variables"), &one.variables)?;
        let there = attached.iter().any(|old| old.uid == one.uid.as_str());
        let fits = |old: &&ProfileTemplate| {
            old.uid != one.uid.as_str()
                && (old.name == one.name || (is_base(&one.kind) && is_base(&old.r#type)))
        };
        let mut olds = attached.iter().filter(fits);
        let (old, second) = (olds.next(), olds.next());
        if second.is_some() || (there && old.is_some()) {
            let message = format!("the cluster has `{}` more than once: remove one of them first", one.name);
            return Err(Problem::Conflict(message));
        }
        if there && variables.is_empty() {
            continue;
        }
        let values = variables.iter().map(|variable| {
            let path = format!("spec.profiles.{}.variables.{}", one.name, variable.name);
            difference(path, serde_json::Value::Null, masked(&variable.name, &variable.value))
        });
        if !there {
            let from =
                old.map_or(serde_json::Value::Null, |old| label(&old.name, old.version(), &old.uid).into());
            let path = format!("spec.profiles.{}", one.name);
            attachment.changes.push(difference(path, from, label(&one.name, &one.version, one.uid.as_str())));
        }
        attachment.changes.extend(values);
        attachment.entries.push(Entry {
            uid: one.uid.clone(),
            replace_with_profile: old.map(|old| old.uid.clone()),
            variables,
        });
    }
    Ok(attachment)
}

/// A value as it may be shown: a telling name hides it.
#[must_use]
pub fn masked(name: &str, value: &str) -> serde_json::Value {
    let mut shown = serde_json::json!({ name: value });
    redact::json(&mut shown);
    shown.get_mut(name).map(serde_json::Value::take).unwrap_or_default()
}

/// The attached profile of that uid or name.
///
/// # Errors
/// When there is none, or several of that name.
pub fn find<'a>(
    attached: &'a [ProfileTemplate],
    pointer: &str,
    given: &str,
) -> Result<&'a ProfileTemplate, Problem> {
    let fits = |each: &&ProfileTemplate| each.uid.eq_ignore_ascii_case(given) || each.name == given;
    let mut found = attached.iter().filter(fits);
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (Some(_), Some(_)) => {
            Err(Problem::invalid(pointer, format!("the cluster has several profiles `{given}`: give a uid")))
        }
        (None, _) => {
            let names: Vec<String> = attached.iter().map(|each| format!("`{}`", each.name)).collect();
            let message = format!("the cluster has no profile `{given}`; it has {}", names.join(", "));
            Err(Problem::invalid(pointer, message))
        }
    }
}

/// Whether a kind holds the infrastructure, of which a cluster has one.
#[must_use]
pub fn is_base(kind: &str) -> bool {
    matches!(kind, "infra" | "cluster")
}

/// Reads a wanted version: one that clusters may use.
///
/// # Errors
/// As [`Profile::read`]; and when it is a draft.
pub async fn wanted<C: Call>(
    api: &Api<'_, C>,
    uid: Uid,
    project: Option<&Uid>,
    variables: Variables,
) -> Result<Wanted, Fault> {
    let profile = Profile::read(api, &uid, project).await?;
    if !profile.status.is_published {
        let message = format!(
            "the profile `{}` version `{}` is a draft: publish it first",
            profile.metadata.name, profile.spec.version
        );
        return Err(Fault::new(Code::Invalid, message));
    }
    let kind = profile.kind().to_owned();
    Ok(Wanted { uid, name: profile.metadata.name, version: profile.spec.version, kind, variables })
}

fn label(name: &str, version: &str, uid: &str) -> String {
    format!("{name} {version} ({uid})")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "650000000000000000000010";
    const NEW: &str = "650000000000000000000011";

    fn attached(uid: &str, name: &str, kind: &str) -> ProfileTemplate {
        ProfileTemplate { uid: uid.into(), name: name.into(), r#type: kind.into(), ..Default::default() }
    }

    fn wanted(uid: &str, name: &str, kind: &str) -> Wanted {
        Wanted {
            uid: Uid::parse(uid).unwrap(),
            name: name.into(),
            version: "1.0.0".into(),
            kind: kind.into(),
            variables: Variables::new(),
        }
    }

    fn replaced(attached: &[ProfileTemplate], wanted: &[Wanted]) -> Vec<Option<String>> {
        plan(attached, wanted).unwrap().entries.into_iter().map(|entry| entry.replace_with_profile).collect()
    }

    #[test]
    fn another_version_replaces_and_never_duplicates() {
        let have = [attached(OLD, "shop", "add-on"), attached("650000000000000000000020", "base", "infra")];
        assert_eq!(replaced(&have, &[wanted(NEW, "shop", "add-on")]), [Some(OLD.to_owned())]);
        assert_eq!(replaced(&have, &[wanted(NEW, "other", "add-on")]), [None]);
        let base = Some("650000000000000000000020".to_owned());
        assert_eq!(replaced(&have, &[wanted(NEW, "newbase", "infra")]), std::slice::from_ref(&base));
        assert_eq!(replaced(&have, &[wanted(NEW, "full", "cluster")]), [base]);
        assert!(replaced(&have, &[wanted(OLD, "shop", "add-on")]).is_empty());
    }

    #[test]
    fn two_for_one_place_are_refused() {
        let have = [attached(OLD, "shop", "add-on")];
        for pair in [
            [wanted(NEW, "a", "add-on"), wanted("650000000000000000000012", "a", "add-on")],
            [wanted(NEW, "a", "infra"), wanted("650000000000000000000012", "b", "cluster")],
        ] {
            assert!(plan(&have, &pair).is_err(), "{pair:?}");
        }
        let twice = [attached(OLD, "shop", "add-on"), attached(NEW, "shop", "add-on")];
        for uid in [OLD, "650000000000000000000013"] {
            assert!(matches!(plan(&twice, &[wanted(uid, "shop", "add-on")]), Err(Problem::Conflict(_))));
        }
        let mut hidden = wanted(NEW, "shop", "add-on");
        hidden.variables.insert("key".into(), "********".into());
        assert!(plan(&have, &[hidden]).is_err());
    }
}
