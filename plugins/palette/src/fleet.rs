//! Searching clusters in every scope of an instance. What tools and routes share.

use serde::de::DeserializeOwned;

use crate::api::Api;
use crate::capability::Capability;
use crate::fault::Fault;
use crate::filter::Filter;
use crate::ids::Uid;
use crate::instance::{Call, Request};
use crate::page;
use crate::scope::{self, Merged};

/// Searches clusters, each told once, by name.
///
/// # Errors
/// As [`scope::of`] and [`scope::merge`].
pub async fn search<C: Call, T: DeserializeOwned>(
    api: &Api<'_, C>,
    project: Option<&Uid>,
    filter: Filter,
    uid: impl Fn(&T) -> String,
) -> Result<Merged<T>, Fault> {
    let scopes = scope::of(api, project).await?;
    let body = filter.body(&[("clusterName", "asc")]);
    let request = Request::search("/v1/dashboard/spectroclusters/search", &body)?;
    scope::merge(api, &scopes, uid, async |scope| {
        let request = request.clone().within(scope.project());
        page::all(api, Capability::ClustersRead, request, page::MOST).await
    })
    .await
}
