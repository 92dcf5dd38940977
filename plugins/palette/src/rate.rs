//! What a cluster would cost before it is there: Palette's own estimate, never one of ours.

use serde_json::Value;

use crate::api::Api;
use crate::capability::Capability;
use crate::fault::Fault;
use crate::ids::{Uid, segment};
use crate::instance::{Call, Request};
use crate::model::cluster::NESTED;
use crate::model::cost::Rates;
use crate::tool::Problem;

/// The name of a cloud in paths.
///
/// # Errors
/// When it cannot stand in a path.
pub fn cloud<'a>(pointer: &str, given: &'a str) -> Result<&'a str, Problem> {
    let named = if given == NESTED { "virtual" } else { given };
    segment(named).ok_or_else(|| Problem::invalid(pointer, "is no cloud type, such as `aws` or `vsphere`"))
}

/// Asks for the rate of `plan`, which is a body that creates a cluster, or of it the two parts that a price depends
/// on: `cloudConfig` and `machinepoolconfig`. `period` is `hourly`, `monthly` or `yearly`.
///
/// # Errors
/// As [`Api::json`].
pub async fn of<C: Call>(
    api: &Api<'_, C>,
    project: Option<&Uid>,
    cloud: &str,
    plan: &Value,
    period: &str,
) -> Result<Rates, Fault> {
    let request = Request::search(format!("/v1/spectroclusters/{cloud}/rate"), plan)?
        .within(project)
        .with("periodType", period);
    api.json(Capability::Validate, request).await
}
