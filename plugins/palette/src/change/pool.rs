//! A machine pool: read flat, written in two parts, and replaced as a whole.
//!
//! What a PUT leaves out is gone, so every field that was read goes back, also those that this version does not
//! know. Fields of Palette's own go into `poolConfig`, all others into `cloudConfig`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::cluster::Cluster;
use super::{Difference, difference, holds_mask};
use crate::api::Api;
use crate::args::Name;
use crate::capability::Capability;
use crate::fault::Fault;
use crate::ids::{Uid, segment};
use crate::instance::{Call, Request};
use crate::model::nullable;
use crate::tool::Problem;

/// Most machines of a pool.
const MOST: u32 = 1_000;

/// Fields that are Palette's own, whatever the cloud.
const OWN: &[&str] = &[
    "additionalAnnotations",
    "additionalLabels",
    "additionalTags",
    "isControlPlane",
    "labels",
    "machinePoolProperties",
    "maxSize",
    "minSize",
    "name",
    "nodeRepaveInterval",
    "size",
    "skipK8sUpgrade",
    "taints",
    "updateStrategy",
    "useControlPlaneAsWorker",
];

/// A cloud configuration, as far as pools go.
#[derive(Debug, Default, Deserialize)]
pub struct CloudConfig {
    #[serde(default, deserialize_with = "nullable")]
    spec: Pools,
}

#[derive(Debug, Default, Deserialize)]
struct Pools {
    // The read key; the creation key is all lower case.
    #[serde(default, rename = "machinePoolConfig", deserialize_with = "nullable")]
    pools: Vec<Map<String, Value>>,
}

/// A pool as it is written.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Body {
    cloud_config: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    managed_pool_config: Option<Value>,
    pool_config: Map<String, Value>,
}

/// What shall change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Machines.
    pub size: Option<u32>,
    /// Fewest, where it scales by itself.
    pub min: Option<u32>,
    /// Most, where it scales by itself.
    pub max: Option<u32>,
}

/// A scaled pool.
#[derive(Debug)]
pub struct Scaled {
    /// As it is written.
    pub body: Body,
    /// What changes.
    pub changes: Vec<Difference>,
    /// What to know.
    pub warnings: Vec<String>,
}

/// The cloud configuration of a cluster, in its project.
#[derive(Debug)]
pub struct Config {
    cloud: String,
    uid: Uid,
    project: Option<Uid>,
}

impl Config {
    /// That of this cluster. `cloud` and `uid` are the arguments that the authority of the call is bound to; they
    /// must be the cluster's own, or a call that policy judged by one cluster would reach the pools of another.
    ///
    /// # Errors
    /// When they are missing, or another cluster's.
    pub fn of(cluster: &Cluster, cloud: Option<&Name>, uid: Option<&Name>) -> Result<Self, Problem> {
        let uid = crate::args::needed("config_uid", uid)?;
        let own = cluster.full.spec.cloud_config_ref.uid == uid.as_str();
        if !own || cloud.map(Name::as_str) != Some(cluster.cloud()) {
            let message =
                format!("is not of the cluster `{}`: leave `cloud` and `config_uid` out", cluster.name());
            return Err(Problem::invalid("/config_uid", message));
        }
        Ok(Self { cloud: cluster.cloud().to_owned(), uid, project: cluster.project.clone() })
    }

    /// What stands for the cloud in paths.
    #[must_use]
    pub fn cloud(&self) -> &str {
        &self.cloud
    }

    /// The path of a pool.
    ///
    /// # Errors
    /// When it cannot be a pool's name.
    pub fn pool(&self, name: &str) -> Result<String, Problem> {
        let name = segment(name).ok_or_else(|| Problem::invalid("/pool", "is no name of a pool"))?;
        Ok(format!("{}/machinePools/{name}", self.path()))
    }

    /// Reads it.
    ///
    /// # Errors
    /// As [`Api::json`].
    pub async fn read<C: Call>(&self, api: &Api<'_, C>) -> Result<CloudConfig, Fault> {
        let request = Request::get(self.path()).within(self.project.as_ref());
        api.json(Capability::MachinesRead, request).await
    }

    fn path(&self) -> String {
        format!("/v1/cloudconfigs/{}/{}", self.cloud, self.uid)
    }
}

impl Sizes {
    /// Whether anything shall change, and the bounds are in order.
    ///
    /// # Errors
    /// When not.
    pub fn check(self) -> Result<(), Problem> {
        if self.size.is_none() && self.min.is_none() && self.max.is_none() {
            return Err(Problem::invalid("/size", "is missing, as are `min_size` and `max_size`: give one"));
        }
        if [self.size, self.min, self.max].into_iter().flatten().any(|size| size > MOST) {
            return Err(Problem::invalid("/size", format!("is more than {MOST} machines")));
        }
        Ok(())
    }
}

impl Scaled {
    /// Size, least and most, as they shall be.
    #[must_use]
    pub fn sizes(&self) -> (u64, u64, u64) {
        numbers(&self.body.pool_config)
    }
}

fn numbers(pool: &Map<String, Value>) -> (u64, u64, u64) {
    let number = |field: &str| pool.get(field).and_then(Value::as_u64).unwrap_or_default();
    (number("size"), number("minSize"), number("maxSize"))
}

impl CloudConfig {
    /// The flat pool of that name.
    ///
    /// # Errors
    /// When there is none: names those that are there.
    pub fn pool(self, name: &str) -> Result<Map<String, Value>, Problem> {
        let called = |pool: &Map<String, Value>| pool.get("name").and_then(Value::as_str) == Some(name);
        let names: Vec<String> = self
            .spec
            .pools
            .iter()
            .filter_map(|pool| Some(format!("`{}`", pool.get("name")?.as_str()?)))
            .collect();
        let found = self.spec.pools.into_iter().find(called);
        found.ok_or_else(|| {
            Problem::invalid("/pool", format!("there is no pool `{name}`; there is {}", names.join(", ")))
        })
    }

    /// The size of the pool of that name.
    #[must_use]
    pub fn sizes(self, name: &str) -> Option<(u64, u64, u64)> {
        Some(numbers(&self.pool(name).ok()?))
    }
}

/// Rebuilds a pool with other sizes.
///
/// # Errors
/// When the sizes make no sense together, or the pool holds what was masked.
pub fn scale(cloud: &str, mut flat: Map<String, Value>, sizes: Sizes) -> Result<Scaled, Problem> {
    if holds_mask(&Value::Object(flat.clone())) {
        let message =
            "the pool holds values that Palette masks: they cannot be written back, use the console";
        return Err(Problem::Conflict(message.to_owned()));
    }
    let number = |flat: &Map<String, Value>, field: &str| flat.get(field).and_then(Value::as_u64);
    let before = number(&flat, "size").unwrap_or_default();
    let mut changes = Vec::new();
    for (field, wanted) in [("size", sizes.size), ("minSize", sizes.min), ("maxSize", sizes.max)] {
        let Some(wanted) = wanted else { continue };
        let old = flat.insert(field.to_owned(), wanted.into()).unwrap_or_default();
        if old.as_u64() != Some(u64::from(wanted)) {
            changes.push(difference(format!("machinePoolConfig.{field}"), old, wanted));
        }
    }
    // Where a pool does not scale by itself, all three say the same: a size alone carries the others along.
    if let (Some(size), None, None) = (sizes.size, sizes.min, sizes.max) {
        let fixed = ["minSize", "maxSize"].iter().all(|field| number(&flat, field) == Some(before));
        for field in ["minSize", "maxSize"].into_iter().filter(|_| fixed && before != u64::from(size)) {
            changes.push(difference(format!("machinePoolConfig.{field}"), before, size));
            flat.insert(field.to_owned(), size.into());
        }
    }
    let size = number(&flat, "size").unwrap_or_default();
    let least = number(&flat, "minSize").filter(|least| *least > 0);
    let most = number(&flat, "maxSize").filter(|most| *most > 0);
    if least.is_some_and(|least| least > size) || most.is_some_and(|most| most < size) {
        let message = format!(
            "{size} machines are not from {} to {}: give `min_size` and `max_size` along",
            least.unwrap_or_default(),
            most.unwrap_or(size)
        );
        return Err(Problem::invalid("/size", message));
    }
    let mut warnings = Vec::new();
    if flat.get("isControlPlane").and_then(Value::as_bool) == Some(true) {
        if size % 2 == 0 {
            return Err(Problem::invalid("/size", "a control plane has 1, 3 or 5 machines"));
        }
        warnings.push("this is the control plane: its machines join or leave etcd one by one".to_owned());
    }
    if size < before {
        warnings
            .push(format!("{} machines are drained and removed, with what is on their disks", before - size));
    }
    warnings.push("sizes alone make no other machine anew: no repave".to_owned());
    Ok(Scaled { body: body(cloud, flat), changes, warnings })
}

fn body(cloud: &str, flat: Map<String, Value>) -> Body {
    let (mut own, mut of_cloud) = (Map::new(), Map::new());
    for (field, value) in flat {
        let part = if OWN.contains(&field.as_str()) { &mut own } else { &mut of_cloud };
        part.insert(field, value);
    }
    own.entry("labels")
        .and_modify(|labels| {
            if labels.is_null() {
                *labels = json!([]);
            }
        })
        .or_insert_with(|| json!([]));
    // Read as zones with their subnets, written as a list of pairs.
    if let ("aws" | "eks", Some(zones)) = (cloud, of_cloud.get("subnetIds").and_then(Value::as_object)) {
        let pairs = zones.iter().filter_map(|(zone, subnets)| Some((zone, subnets.as_str()?)));
        let pairs: Vec<Value> = pairs
            .flat_map(|(zone, subnets)| {
                subnets.split(',').map(move |subnet| json!({ "az": zone, "id": subnet.trim() }))
            })
            .collect();
        of_cloud.insert("subnets".to_owned(), pairs.into());
    }
    let system = of_cloud.get("isSystemNodePool").filter(|_| cloud == "aks");
    let managed_pool_config = system.map(|system| json!({ "isSystemNodePool": system }));
    Body { cloud_config: of_cloud, managed_pool_config, pool_config: own }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat() -> Map<String, Value> {
        let pool = json!({"name": "w", "size": 2, "minSize": 2, "maxSize": 5, "labels": ["worker"], "taints": null,
            "instanceType": "t3.xlarge", "subnetIds": {"a": "s1, s2"}, "future": {"x": [1]},
            "updateStrategy": {"type": "RollingUpdateScaleOut", "maxSurge": "1"}});
        pool.as_object().cloned().unwrap()
    }

    #[test]
    fn every_field_goes_back_where_it_belongs() {
        let scaled = scale("aws", flat(), Sizes { size: Some(4), ..Sizes::default() }).unwrap();
        assert_eq!(
            serde_json::to_value(&scaled.body).unwrap(),
            json!({
            "cloudConfig": {"instanceType": "t3.xlarge", "subnetIds": {"a": "s1, s2"}, "future": {"x": [1]},
                "subnets": [{"az": "a", "id": "s1"}, {"az": "a", "id": "s2"}]},
            "poolConfig": {"name": "w", "size": 4, "minSize": 2, "maxSize": 5, "labels": ["worker"], "taints": null,
                "updateStrategy": {"type": "RollingUpdateScaleOut", "maxSurge": "1"}}})
        );
        let paths: Vec<&str> = scaled.changes.iter().map(|change| change.path.as_str()).collect();
        assert_eq!(paths, ["machinePoolConfig.size"]);
        let mut fixed = flat();
        fixed.insert("maxSize".into(), 2.into());
        let scaled = scale("aws", fixed, Sizes { size: Some(1), ..Sizes::default() }).unwrap();
        assert_eq!(scaled.changes.len(), 3);
        assert_eq!(scaled.body.pool_config["maxSize"], 1);
        let none = scale("aws", flat(), Sizes { size: Some(2), ..Sizes::default() }).unwrap();
        assert!(none.changes.is_empty());
    }

    #[test]
    fn sizes_that_make_no_sense_are_refused() {
        let sizes = |size, min, max| Sizes { size, min, max };
        for refused in [
            sizes(Some(6), None, None),
            sizes(Some(1), Some(2), None),
            sizes(None, Some(3), None),
            sizes(None, None, Some(1)),
        ] {
            assert!(scale("aws", flat(), refused).is_err(), "{refused:?}");
        }
        let mut control = flat();
        control.insert("isControlPlane".into(), true.into());
        assert!(scale("aws", control, sizes(Some(4), None, None)).is_err());
        let mut masked = flat();
        masked.insert("userData".into(), "********".into());
        assert!(matches!(scale("aws", masked, sizes(Some(3), None, None)), Err(Problem::Conflict(_))));
    }
}
