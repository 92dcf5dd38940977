//! Making a cluster, of any kind, once: a name is looked up before and after, and never made twice.

use serde::Serialize;
use serde_json::{Value, json};

use super::check::{Finding, Validated};
use super::tags::Labels;
use super::{Changed, Plan, Seen, Stop, difference, holds_mask};
use crate::api::Api;
use crate::args::Name;
use crate::capability::Capability;
use crate::fault::Fault;
use crate::filter::Filter;
use crate::ids::Uid;
use crate::instance::{Call, Method, Request};
use crate::model::cluster::SearchItem;
use crate::page;
use crate::rate;
use crate::tool::Problem;

/// A cluster that shall be.
#[derive(Debug)]
pub struct New {
    /// What it is made on the strength of.
    pub capability: Capability,
    /// What stands for its cloud in paths.
    pub cloud: String,
    /// Where it is posted to, below `/v1/spectroclusters/{cloud}`.
    pub below: &'static str,
    /// Its body.
    pub body: Body,
    /// Whether Palette can check it beforehand and say what it costs.
    pub checked: bool,
    /// What to know.
    pub warnings: Vec<String>,
}

/// The body of a request that makes a cluster.
#[derive(Debug, Clone, Serialize)]
pub struct Body {
    metadata: Metadata,
    spec: Value,
}

#[derive(Debug, Clone, Serialize)]
struct Metadata {
    name: String,
    #[serde(skip_serializing_if = "Labels::is_empty")]
    labels: Labels,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotations: Option<Annotations>,
}

#[derive(Debug, Clone, Serialize)]
struct Annotations {
    description: String,
}

impl Body {
    /// A body.
    ///
    /// # Errors
    /// When the name cannot be a cluster's, or the specification holds what was masked.
    pub fn new(
        name: &Name,
        labels: Labels,
        description: Option<&Name>,
        spec: Value,
    ) -> Result<Self, Problem> {
        if !is_name(name.as_str()) {
            let message = "a cluster's name has 1 to 63 small letters, digits and `-`, and begins and ends with none of the latter";
            return Err(Problem::invalid("/name", message));
        }
        if holds_mask(&spec) {
            return Err(Problem::invalid(
                "/spec",
                "holds a masked value: give the real one, or leave it out",
            ));
        }
        let annotations = description.map(|text| Annotations { description: text.to_string() });
        Ok(Self { metadata: Metadata { name: name.to_string(), labels, annotations }, spec })
    }
}

impl New {
    /// Makes it, unless the name is there already.
    ///
    /// # Errors
    /// As the instance; and when clusters cannot be looked up: then nothing is made.
    pub async fn make<C: Call>(
        self,
        api: &Api<'_, C>,
        project: &Uid,
        dry_run: bool,
    ) -> Result<Changed, Stop> {
        let name = self.body.metadata.name.clone();
        let cloud = &self.cloud;
        let path = format!("/v1/spectroclusters/{cloud}{}", self.below);
        let request = Request::with_body(Method::Post, path, &self.body)?.within(Some(project));
        if let Some(there) = lookup(api, project, &name).await? {
            let warning =
                "a cluster of that name is there already, and none was made: compare it with what you want";
            let plan = Plan {
                uid: Some(there.metadata.uid),
                observed: Some(there.status.state),
                warnings: vec![warning.to_owned()],
                ..Plan::new(self.capability, request, name, Vec::new())
            };
            return plan.carry_out(api, dry_run, async || Ok(Seen::default())).await;
        }
        let mut plan = Plan::new(
            self.capability,
            request,
            name.clone(),
            vec![difference("cluster", Value::Null, json!({ "name": name, "cloud": cloud }))],
        );
        plan.warnings = self.warnings.clone();
        if self.checked {
            plan.checks = self.validate(api, project).await?;
            match self.estimate(api, project).await {
                Ok(rate) => plan.hourly_rate = Some(rate),
                Err(fault) => plan.warnings.push(format!("no estimate of its cost: {fault}")),
            }
        }
        let look = async || {
            let found = lookup(api, project, &name).await?;
            let (uid, state) = found.map(|found| (found.metadata.uid, found.status.state)).unzip();
            Ok(Seen { there: uid.is_some(), state, uid })
        };
        plan.carry_out(api, dry_run, look).await
    }

    async fn validate<C: Call>(&self, api: &Api<'_, C>, project: &Uid) -> Result<Vec<Finding>, Fault> {
        let path = format!("/v1/spectroclusters/{}/validate", self.cloud);
        let request = Request::search(path, &self.body)?.within(Some(project));
        let validated: Validated = api.json(Capability::Validate, request).await?;
        Ok(validated.findings())
    }

    /// The cost of an hour. Asked with the two parts of the specification that cost, not with the whole body.
    async fn estimate<C: Call>(&self, api: &Api<'_, C>, project: &Uid) -> Result<f64, Fault> {
        let spec = &self.body.spec;
        let parts = json!({ "cloudConfig": spec.get("cloudConfig"), "machinepoolconfig": spec.get("machinepoolconfig") });
        let rates = rate::of(api, Some(project), &self.cloud, &parts, "hourly").await?;
        Ok(rates.rate.total)
    }
}

/// The project that something is made in.
///
/// # Errors
/// When none is named.
pub fn place(given: Option<&Name>) -> Result<Uid, Problem> {
    let missing = || Problem::invalid("/project", "is missing: a cluster is made in a project, so name it");
    crate::args::project(given)?.ok_or_else(missing)
}

/// The cluster of that name in the project, unless it is deleted.
async fn lookup<C: Call>(api: &Api<'_, C>, project: &Uid, name: &str) -> Result<Option<SearchItem>, Fault> {
    let body = Filter::alive().equals("clusterName", &[name]).body(&[("clusterName", "asc")]);
    let request = Request::search("/v1/dashboard/spectroclusters/search", &body)?.within(Some(project));
    let found = page::all::<C, SearchItem>(api, Capability::ClustersRead, request, page::MOST).await?;
    let fits = |item: &SearchItem| item.metadata.name == name && !item.status.is_deleted();
    Ok(found.items.into_iter().find(fits))
}

fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    name.len() <= 63
        && name.bytes().all(fits)
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(name: &str, spec: Value) -> Result<Body, Problem> {
        Body::new(&Name::try_from(name.to_owned()).unwrap(), Labels::new(), None, spec)
    }

    #[test]
    fn names_and_masks_are_checked_before_anything_is_sent() {
        for refused in ["-a", "a-", "A", "a_b", "a.b", &"a".repeat(64)] {
            assert!(body(refused, json!({})).is_err(), "{refused}");
        }
        assert!(body("shop-eu", json!({"profiles": [{"variables": [{"value": "********"}]}]})).is_err());
        let made = serde_json::to_value(body("shop-eu", json!({"x": 1})).unwrap()).unwrap();
        assert_eq!(made, json!({"metadata": {"name": "shop-eu"}, "spec": {"x": 1}}));
    }
}
