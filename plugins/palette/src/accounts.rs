//! Reading cloud accounts: by their summary alone, which has no secrets. What tools and routes share.

use serde::de::DeserializeOwned;

use crate::api::Api;
use crate::capability::Capability;
use crate::fault::Fault;
use crate::ids::Uid;
use crate::instance::{Call, Request};
use crate::page;
use crate::scope::{self, Merged};

/// An account has a uid.
pub trait HasUid {
    /// It.
    fn uid(&self) -> String;
}

impl HasUid for crate::model::account::Account {
    fn uid(&self) -> String {
        self.metadata.uid.clone()
    }
}

impl HasUid for serde_json::Value {
    fn uid(&self) -> String {
        let uid = self.pointer("/metadata/uid").and_then(Self::as_str);
        uid.unwrap_or_default().to_owned()
    }
}

/// The accounts of every scope, each told once.
///
/// # Errors
/// As [`scope::of`] and [`scope::merge`].
pub async fn search<C: Call, T: DeserializeOwned + HasUid>(
    api: &Api<'_, C>,
    project: Option<&Uid>,
) -> Result<Merged<T>, Fault> {
    let scopes = scope::of(api, project).await?;
    scope::merge(api, &scopes, T::uid, async |scope| {
        let request = Request::get("/v1/cloudaccounts/summary").within(scope.project());
        page::all(api, Capability::AccountsRead, request, page::MOST).await
    })
    .await
}

/// Whether an account of that kind is for that cloud: EKS has those of AWS, and so on.
#[must_use]
pub fn fits(cloud: &str, kind: &str) -> bool {
    let cloud = cloud.to_ascii_lowercase();
    let of = match cloud.as_str() {
        "eks" => "aws",
        "aks" => "azure",
        "gke" => "gcp",
        other => other,
    };
    kind.eq_ignore_ascii_case(of)
}
