//! The five reads: workloads, costs, which clusters have network costs, flows, policies.

use hyper::StatusCode;
use serde_json::{Map, Value, json};

use super::api::{Api, Mode, Refused};
use super::seed::Seed;
use super::workload::{Workload, round};
use crate::record::Recorded;
use crate::site::lock;

/// The one header that says which cluster is asked.
const CLUSTER: &str = "x-scaleops-cluster";

impl Api {
    /// Workloads by label. An empty answer is `null`, as Go writes a list that nothing was put into.
    pub(super) fn workloads(&self, request: &Recorded) -> Result<Value, Refused> {
        let labels = texts(&body(request)?, "label");
        let all_must = request.parameter("logicalLabel") != Some("OR");
        let seed = lock(&self.seed);
        let asked = |it: &&Workload| it.is_listed && within(&seed, request, it) && it.has(&labels, all_must);
        let mode = lock(&self.mode).clone();
        let served = |it: &Workload| {
            let mut fields = it.fields.clone();
            if let Mode::Without(field) = &mode {
                fields.remove(field);
            }
            Value::Object(fields)
        };
        let found: Vec<Value> = seed.workloads.iter().filter(asked).map(served).collect();
        Ok(if found.is_empty() { json!({"workloads": null}) } else { json!({"workloads": found}) })
    }

    /// Costs over a range. Any label is enough here, ids are in lower case, and an empty answer has no list.
    pub(super) fn costs(&self, request: &Recorded) -> Result<Value, Refused> {
        let days = days(request.parameter("range").unwrap_or("7d"))?;
        let body = body(request)?;
        let [clusters, namespaces, kinds, labels] =
            ["clusterFilters", "namespaces", "workloadTypes", "labels"].map(|key| texts(&body, key));
        let seed = lock(&self.seed);
        let cluster = cluster(&seed, request)?;
        let names = |list: &[String], own: &str| list.is_empty() || list.iter().any(|it| it == own);
        let asked = |it: &&Workload| {
            it.is_priced
                && cluster.map_or_else(|| within(&seed, request, it), |cluster| it.cluster == cluster)
                && names(&clusters, &it.cluster)
                && names(&namespaces, &it.namespace)
                && names(&kinds, &it.kind)
                && (!it.is_listed || it.has(&labels, false))
        };
        let rows: Vec<Value> = seed.workloads.iter().filter(asked).map(|it| it.cost(days)).collect();
        Ok(if rows.is_empty() { json!({}) } else { json!({"aggregatedWorkloads": rows}) })
    }

    pub(super) fn network_enabled(&self) -> Value {
        let seed = lock(&self.seed);
        let on = seed.clusters.iter().filter_map(|it| Some((it.name.clone(), Value::Bool(it.network?))));
        json!({"networkCostEnabled": on.collect::<Map<String, Value>>()})
    }

    /// The flows of one workload between two moments, at a day's rate.
    pub(super) fn network(&self, request: &Recorded) -> Result<Value, Refused> {
        let moment = |name: &str| {
            let read = request.parameter(name).and_then(|it| it.parse::<f64>().ok());
            read.ok_or_else(|| bad(format!("`{name}` must be in milliseconds since the epoch")))
        };
        let days = (moment("to")? - moment("from")?) / 86_400_000.0;
        if days < 0.0 {
            return Err(bad("`to` is before `from`"));
        }
        let field = |name: &str| request.parameter(name).unwrap_or_default();
        let seed = lock(&self.seed);
        let asked = cluster(&seed, request)?.or_else(|| seed.clusters.first().map(|it| it.name.as_str()));
        let has_network =
            seed.clusters.iter().any(|it| Some(it.name.as_str()) == asked && it.network == Some(true));
        let same = |it: &&Workload| {
            Some(it.cluster.as_str()) == asked
                && it.name == field("name")
                && it.namespace == field("namespace")
                && it.kind == field("workloadType")
        };
        let found = seed.workloads.iter().filter(|_| has_network).find(same);
        let flows: Vec<Value> = found.iter().flat_map(|it| &it.flows).map(|it| it.over(days)).collect();
        Ok(match *lock(&self.mode) {
            Mode::BareNetwork => Value::Array(flows),
            Mode::Normal | Mode::NoLocation | Mode::AbsoluteLocation | Mode::Without(_)
                if flows.is_empty() =>
            {
                json!({"destinations": null})
            }
            Mode::Normal | Mode::NoLocation | Mode::AbsoluteLocation | Mode::Without(_) => {
                json!({"destinations": flows})
            }
        })
    }

    pub(super) fn policies(&self, request: &Recorded) -> Result<Value, Refused> {
        let seed = lock(&self.seed);
        let asked = cluster(&seed, request)?;
        let own = seed.clusters.iter().find(|it| asked.is_none_or(|asked| it.name == asked));
        Ok(json!({"policies": own.map(|it| it.policies.clone()).unwrap_or_default()}))
    }
}

impl Workload {
    /// Whether it has all of these labels, or any of them; no labels ask for nothing.
    fn has(&self, labels: &[String], all_must: bool) -> bool {
        let has = |label: &String| {
            label
                .split_once('=')
                .is_some_and(|(key, value)| self.labels.get(key).is_some_and(|it| it == value))
        };
        labels.is_empty() || if all_must { labels.iter().all(has) } else { labels.iter().any(has) }
    }

    /// Its row of the cost report over these days. Savings are those of the range, not of a month.
    fn cost(&self, days: u32) -> Value {
        let hours = f64::from(days) * 24.0;
        let pod_hours = hours * f64::from(self.replicas);
        let total = self.daily_cost * f64::from(days);
        let savings = self.fields.get("savingsAvailable").and_then(Value::as_f64).unwrap_or_default();
        let hourly = if self.shows_hourly { total / hours } else { 0.0 };
        json!({
            "id": self.id().to_lowercase(), "workloadName": self.name,
            "totalCost": round(total, 2), "hourlyCost": round(hourly, 3),
            "spotHours": round(pod_hours * self.spot, 1), "spotPercent": round(self.spot * 100.0, 1),
            "onDemandHours": round(pod_hours * (1.0 - self.spot), 1),
            "onDemandPercent": round((1.0 - self.spot) * 100.0, 1),
            "savingsAvailable": round(savings / 30.0 * f64::from(days), 2),
        })
    }
}

/// Whether a request without a cluster reaches this workload: the parent alone answers for itself alone.
fn within(seed: &Seed, request: &Recorded, workload: &Workload) -> bool {
    request.parameter("multiCluster") == Some("true")
        || seed.clusters.first().is_some_and(|it| it.name == workload.cluster)
}

/// The cluster that the header names.
fn cluster<'a>(seed: &'a Seed, request: &Recorded) -> Result<Option<&'a str>, Refused> {
    let Some(asked) = request.header(CLUSTER) else { return Ok(None) };
    let own = seed.clusters.iter().find(|it| it.name == asked).map(|it| it.name.as_str());
    own.map(Some).ok_or_else(|| Refused(StatusCode::NOT_FOUND, format!("cluster `{asked}` not found")))
}

/// `7d` and its kind.
fn days(range: &str) -> Result<u32, Refused> {
    let days = range.strip_suffix('d').and_then(|days| days.parse().ok());
    days.filter(|days| (1..=365).contains(days)).ok_or_else(|| bad(format!("bad range `{range}`")))
}

fn body(request: &Recorded) -> Result<Value, Refused> {
    let body: Option<Value> = serde_json::from_slice(&request.body).ok();
    body.filter(Value::is_object).ok_or_else(|| bad("the body must be a JSON object"))
}

fn texts(body: &Value, key: &str) -> Vec<String> {
    let list = body.get(key).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|it| it.as_str().map(str::to_owned)).collect()
}

fn bad(message: impl Into<String>) -> Refused {
    Refused(StatusCode::BAD_REQUEST, message.into())
}
