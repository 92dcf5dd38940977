//! `estimate_cluster_cost`: what a cluster would cost, before there is one.

use postern_sdk::text::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::args::{Name, one_instance};
use crate::cost::{self, Breakdown};
use crate::fan;
use crate::fault::Fault;
use crate::ids;
use crate::instance::Call;
use crate::model::cost::{Parts, Rates};
use crate::part::Untold;
use crate::rate;
use crate::tool::{Problem, Report, Tool};

/// Clouds that Palette creates clusters in, as they stand in its paths.
const CLOUDS: &[&str] =
    &["aws", "eks", "azure", "aks", "gcp", "gke", "vsphere", "maas", "apache-cloudstack", "edge-native"];

/// Most machines of one pool that is priced.
const MOST_MACHINES: u32 = 1000;

/// The tool.
#[derive(Debug)]
pub struct EstimateClusterCost;

one_instance! {
    /// What would be created.
    Arguments {
        /// Cloud, in small letters: `aws`, `eks`, `azure`, `aks`, `gcp`, `gke`, `vsphere`, `maas`,
        /// `apache-cloudstack` or `edge-native`.
        cloud: Name,
        /// The cloud's settings of the cluster, such as `{"region": "eu-central-1"}`.
        #[serde(default)]
        cloud_config: Map<String, Value>,
        /// Its machine pools.
        #[schemars(length(min = 1, max = 50))]
        machine_pools: Vec<PoolPlan>,
        /// What the price is of; `monthly` unless told.
        #[serde(default)]
        period: Period,
    }
}

/// A machine pool that would be created.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct PoolPlan {
    /// Name.
    pub name: Name,
    /// Machines, 1 to 1000.
    #[schemars(range(min = 1, max = 1000))]
    pub size: u32,
    /// Type of the machines, such as `m5.large`; on `vsphere` and the like say it under `cloud_config`.
    #[serde(default)]
    pub instance_type: Option<Name>,
    /// Whether it is the control plane.
    #[serde(default)]
    pub control_plane: bool,
    /// The cloud's other settings of the pool, such as `{"rootDeviceSize": 60}`.
    #[serde(default)]
    pub cloud_config: Map<String, Value>,
}

/// What a price is of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Period {
    /// An hour.
    Hourly,
    /// A month.
    #[default]
    Monthly,
    /// A year.
    Yearly,
}

impl Period {
    const fn word(self) -> &'static str {
        match self {
            Self::Hourly => "hourly",
            Self::Monthly => "monthly",
            Self::Yearly => "yearly",
        }
    }
}

/// What it would cost.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Estimate {
    /// Cloud.
    pub cloud: String,
    /// What the price is of.
    pub period: Period,
    /// In all.
    pub total_cost: f64,
    /// Always `null`: Palette names none. Lists of public clouds are in US dollars.
    pub currency: Untold,
    /// Its parts.
    pub breakdown: Breakdown,
    /// In the order of the question.
    pub pools: Vec<PoolPrice>,
    /// Whether every part has a price. Where this is false the sum is too low.
    pub priced: bool,
    /// The instance that was asked.
    pub instance: String,
}

/// The price of a pool.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct PoolPrice {
    /// Name.
    pub name: String,
    /// Machines.
    pub nodes: u32,
    /// Type of the machines, where the cloud names one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub instance_type: String,
    /// Machines.
    pub compute: f64,
    /// Disks.
    pub storage: f64,
    /// Both.
    pub total: f64,
}

impl Tool for EstimateClusterCost {
    const NAME: &'static str = "estimate_cluster_cost";
    const TITLE: &'static str = "Estimate cluster cost";
    const DESCRIPTION: &'static str = "Asks Palette what a cluster would cost by the hour, month or year before it is \
        created: in all and by machine pool, compute and storage. Creates nothing. Needs `cloud` and \
        `machine_pools` (name, size, instance_type). `priced` is false where Palette has no rate: private clouds and \
        edge until the tenant sets one. No currency is known.";
    type Arguments = Arguments;
    type Output = Estimate;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Estimate>, Problem> {
        let project = crate::args::project(arguments.project.as_ref())?;
        let cloud = cloud(&arguments.cloud)?;
        let body = body(&arguments)?;
        let output = fan::one(call, async |api| {
            let rates = rate::of(api, project.as_ref(), cloud, &body, arguments.period.word()).await?;
            if rates.machine_pools.is_empty() && rates.rate.total <= 0.0 {
                return Err(Fault::missing("the instance gives no price for these machine pools"));
            }
            Ok(estimate(api.name(), cloud, arguments.period, rates))
        })
        .await?;
        Ok(Report { text: text(&output), failed: false, output })
    }
}

fn cloud(given: &Name) -> Result<&str, Problem> {
    let given = given.as_str();
    match ids::segment(given) {
        Some(cloud) if CLOUDS.contains(&cloud) => Ok(cloud),
        Some(_) | None => {
            Err(Problem::invalid("/cloud", format!("`{given}` is none of {}", CLOUDS.join(", "))))
        }
    }
}

/// The two parts of a create body that have a price.
fn body(arguments: &Arguments) -> Result<Value, Problem> {
    if arguments.machine_pools.is_empty() || arguments.machine_pools.len() > 50 {
        return Err(Problem::invalid("/machine_pools", "1 to 50 machine pools are wanted"));
    }
    let mut pools = Vec::new();
    for (place, pool) in arguments.machine_pools.iter().enumerate() {
        if !(1..=MOST_MACHINES).contains(&pool.size) {
            return Err(Problem::invalid(
                &format!("/machine_pools/{place}/size"),
                format!("`{}` is not from 1 to {MOST_MACHINES}", pool.size),
            ));
        }
        let mut cloud = pool.cloud_config.clone();
        if let Some(instance) = &pool.instance_type {
            cloud.insert("instanceType".to_owned(), instance.as_str().into());
        }
        let label = if pool.control_plane { "control-plane" } else { "worker" };
        pools.push(json!({
            "cloudConfig": cloud,
            "poolConfig": {
                "name": pool.name.as_str(),
                "size": pool.size,
                "isControlPlane": pool.control_plane,
                "labels": [label],
            },
        }));
    }
    Ok(json!({ "cloudConfig": arguments.cloud_config, "machinepoolconfig": pools }))
}

fn estimate(instance: &str, cloud: &str, period: Period, rates: Rates) -> Estimate {
    let pools: Vec<PoolPrice> = rates
        .machine_pools
        .into_iter()
        .map(|pool| {
            let storage: f64 = pool.rate.storage.iter().map(|disk| disk.rate).sum();
            PoolPrice {
                name: pool.name,
                nodes: pool.nodes_count,
                compute: cost::rounded(pool.rate.compute.rate),
                storage: cost::rounded(storage),
                total: cost::rounded(pool.rate.total),
                instance_type: pool.rate.compute.r#type,
            }
        })
        .collect();
    let all = if rates.rate.total > 0.0 {
        rates.rate
    } else {
        let sum = |part: fn(&PoolPrice) -> f64| pools.iter().map(part).sum();
        Parts {
            compute: sum(|pool| pool.compute),
            storage: sum(|pool| pool.storage),
            total: sum(|pool| pool.total),
        }
    };
    Estimate {
        cloud: cloud.to_owned(),
        period,
        total_cost: cost::rounded(all.total),
        currency: Untold,
        breakdown: Breakdown::of(&all),
        priced: all.total > 0.0 && pools.iter().all(|pool| pool.total > 0.0),
        pools,
        instance: instance.to_owned(),
    }
}

fn text(estimate: &Estimate) -> String {
    let mut text = Text::default();
    text.line(format!(
        "{} {} on {} (no currency is told): compute {}, storage {}",
        estimate.total_cost,
        estimate.period.word(),
        estimate.cloud,
        estimate.breakdown.compute,
        estimate.breakdown.storage
    ));
    if !estimate.priced {
        text.line("some parts have no rate: the sum is too low");
    }
    let rows: Vec<[String; 4]> = estimate
        .pools
        .iter()
        .map(|pool| {
            [pool.name.clone(), pool.nodes.to_string(), pool.instance_type.clone(), pool.total.to_string()]
        })
        .collect();
    text.table(&["POOL", "NODES", "TYPE", "PRICE"], &rows);
    text.finish("read the structured answer")
}
