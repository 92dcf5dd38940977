//! Reading cluster profiles: searches, one version, and those on a cluster. What tools and routes share.

use postern_sdk::text::cut;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::api::Api;
use crate::args::Name;
use crate::capability::Capability;
use crate::fault::Fault;
use crate::ids::Uid;
use crate::instance::{Call, Request};
use crate::model::attached::{Attached, AttachedProfile};
use crate::model::profile::{Profile, ProfileSummary};
use crate::page;
use crate::redact;
use crate::scope::{self, Merged};

/// Characters of a pack's values in an answer that tells many packs.
pub const VALUES: usize = 500;

/// Types of a profile.
pub const TYPES: &[&str] = &["cluster", "infra", "add-on", "system"];

/// Which profiles a search wants.
#[derive(Debug, Default)]
pub struct Wanted<'a> {
    /// A piece of the name, whatever its case.
    pub part: Option<&'a str>,
    /// Whole names, whatever their case; empty: any.
    pub names: Vec<&'a str>,
    /// Types; empty: any.
    pub types: Vec<&'static str>,
    /// Cloud; `all` fits each.
    pub cloud: Option<String>,
}

impl Wanted<'_> {
    /// The body of a search. Asks for what the server can tell apart; [`Self::has`] does the rest.
    #[must_use]
    pub fn body(&self) -> Value {
        let mut filter = json!({});
        if let Value::Object(filter) = &mut filter {
            let name = match (self.part, self.names.as_slice()) {
                (Some(part), _) => Some(json!({ "contains": part, "ignoreCase": true })),
                (None, [only]) => Some(json!({ "eq": only, "ignoreCase": true })),
                (None, _) => None,
            };
            filter.extend(name.map(|name| ("profileName".to_owned(), name)));
            if !self.types.is_empty() {
                filter.insert("profileType".to_owned(), json!(self.types));
            }
            filter.extend(self.cloud.as_ref().map(|cloud| ("environment".to_owned(), json!([cloud]))));
        }
        json!({ "filter": filter, "sort": [{ "field": "lastModifiedTimestamp", "order": "desc" }] })
    }

    /// Whether a profile of that name, type and cloud is wanted.
    #[must_use]
    pub fn has(&self, name: &str, kind: &str, cloud: &str) -> bool {
        let named = self.names.is_empty() || self.names.iter().any(|wanted| is_name(wanted, name));
        let part = self.part.is_none_or(|part| name.to_lowercase().contains(&part.to_lowercase()));
        let typed = self.types.is_empty() || self.types.contains(&kind);
        let fits = self.cloud.as_ref().is_none_or(|wanted| cloud == wanted || cloud == "all");
        named && part && typed && fits
    }
}

/// Whether a profile has that name.
#[must_use]
pub fn is_name(wanted: &str, name: &str) -> bool {
    wanted.to_lowercase() == name.to_lowercase()
}

/// Searches profiles in every scope; the newest version of each name, which names the others.
///
/// # Errors
/// As [`search_as`].
pub async fn search<C: Call>(
    api: &Api<'_, C>,
    project: Option<&Uid>,
    wanted: &Wanted<'_>,
) -> Result<Merged<ProfileSummary>, Fault> {
    let mut merged =
        search_as(api, project, wanted, |item: &ProfileSummary| item.metadata.uid.clone()).await?;
    merged.items.retain(|item| {
        let body = item.spec_summary.body();
        wanted.has(&item.metadata.name, &body.r#type, &body.cloud_type)
    });
    Ok(merged)
}

/// [`search`] for items of another shape. They are what the server gives: [`Wanted::has`] is not asked.
///
/// # Errors
/// As [`scope::of`] and [`scope::merge`].
pub async fn search_as<C: Call, T: DeserializeOwned>(
    api: &Api<'_, C>,
    project: Option<&Uid>,
    wanted: &Wanted<'_>,
    uid: impl Fn(&T) -> String,
) -> Result<Merged<T>, Fault> {
    let scopes = scope::of(api, project).await?;
    let request = Request::search("/v1/dashboard/clusterprofiles", &wanted.body())?;
    scope::merge(api, &scopes, uid, async |scope| {
        let request = request.clone().within(scope.project());
        page::all(api, Capability::ProfilesRead, request, page::MOST).await
    })
    .await
}

/// One version, whole.
///
/// # Errors
/// As [`Api::json`].
pub async fn whole<C: Call>(
    api: &Api<'_, C>,
    profile: &Uid,
    project: Option<&Uid>,
) -> Result<Profile, Fault> {
    let request = Request::get(format!("/v1/clusterprofiles/{profile}")).within(project);
    api.json(Capability::ProfilesRead, request).await
}

/// The profiles on a cluster, with the values of their packs.
///
/// # Errors
/// As [`Api::json`].
pub async fn attached<C: Call>(
    api: &Api<'_, C>,
    cluster: &Uid,
    project: Option<&Uid>,
) -> Result<Vec<AttachedProfile>, Fault> {
    let request = Request::get(format!("/v1/spectroclusters/{cluster}/profiles")).within(project);
    let attached: Attached = api.json(Capability::ClusterViewPackValues, request).await?;
    Ok(attached.profiles)
}

/// A pack's values as they may be shown: secrets masked, then cut.
#[must_use]
pub fn shown(values: &str) -> String {
    cut(&redact::yaml(values), VALUES).into_owned()
}

/// What tells two values apart: 16 hexadecimal digits. Secrets have no part in it, so that nobody can try them
/// out on it; nor have line ends and blanks at the ends of lines.
#[must_use]
pub fn digest(values: &str) -> String {
    let masked = redact::yaml(values);
    let lines = masked.trim_end().lines().map(str::trim_end);
    // FNV-1a: against mistakes, not forgery.
    let hash =
        lines.flat_map(|line| line.bytes().chain([b'\n'])).fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("{hash:016x}")
}

/// The texts of a list of names.
pub(crate) fn texts(names: Option<&Vec<Name>>) -> Vec<&str> {
    names.into_iter().flatten().map(Name::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_tells_values_apart_but_not_secrets() {
        assert_eq!(digest("a: 1\r\nb: 2  \n\n"), digest("a: 1\nb: 2"));
        assert_ne!(digest("a: 1"), digest("a: 2"));
        assert_eq!(digest("password: one"), digest("password: two"));
    }

    #[test]
    fn a_profile_for_all_clouds_fits_each() {
        let wanted = Wanted { cloud: Some("aws".to_owned()), types: vec!["infra"], ..Wanted::default() };
        assert!(wanted.has("a", "infra", "all") && wanted.has("a", "infra", "aws"));
        assert!(!wanted.has("a", "infra", "azure") && !wanted.has("a", "add-on", "aws"));
        let wanted = Wanted { names: vec!["Shop"], ..Wanted::default() };
        assert!(wanted.has("shop", "", "") && !wanted.has("shop-2", "", ""));
    }
}
