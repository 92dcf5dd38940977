//! Costs of pods, joined by keys: the parts of a cost, averages, efficiencies, what is idle.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::key::{Pod, key, property, sanitised};
use super::window::Window;
use crate::scaleops::{Workload, round};

/// How much of an allocation is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sheet {
    Whole,
    Summary,
}

/// What an answer holds only when it is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extras {
    pub(super) idle: bool,
    pub(super) labels: bool,
}

/// Idle capacity, as a share of all that is allocated.
const IDLE: f64 = 0.25;

/// A sum of pods' costs over a window.
#[derive(Debug, Default, Clone)]
struct Sum<'a> {
    pods: Vec<Pod<'a>>,
    cores: f64,
    cores_used: f64,
    bytes: f64,
    bytes_used: f64,
    cpu: f64,
    ram: f64,
    gpu: f64,
    network: f64,
    volumes: f64,
}

impl<'a> Sum<'a> {
    /// Adds one pod: its parts together are the workload's daily cost, spread over its pods.
    fn add(&mut self, pod: Pod<'a>, days: f64) {
        let Some(workload) = pod.workload else { return };
        let cost = workload.daily_cost * days / f64::from(workload.replicas.max(1));
        let has_gpu = workload.fields.get("hasGPU").and_then(Value::as_bool) == Some(true);
        let gpu = if has_gpu { 0.6 } else { 0.0 };
        let volumes = if workload.kind == "StatefulSet" { 0.1 } else { 0.0 };
        let network = if workload.flows.is_empty() { 0.0 } else { 0.03 };
        let rest = cost * (1.0 - gpu - volumes - network);
        self.gpu += cost * gpu;
        self.volumes += cost * volumes;
        self.network += cost * network;
        self.cpu += rest * 0.65;
        self.ram += rest * 0.35;
        self.cores += workload.cpu.0 / 1000.0;
        self.cores_used += workload.cpu.1 / 1000.0 * 0.8;
        self.bytes += workload.memory.0;
        self.bytes_used += workload.memory.1 * 0.9;
        self.pods.push(pod);
    }

    fn total(&self) -> f64 {
        self.cpu + self.ram + self.gpu + self.network + self.volumes
    }

    fn told(&self, name: &str, properties: Value, window: Window, sheet: Sheet) -> Value {
        let minutes = window.minutes();
        let hours = minutes / 60.0;
        let share = |part: f64, whole: f64| if whole > 0.0 { round(part / whole, 5) } else { 0.0 };
        let (start, end) = (window.start.to_string(), window.end.to_string());
        let efficiency = share(
            self.cpu * share(self.cores_used, self.cores) + self.ram * share(self.bytes_used, self.bytes),
            self.cpu + self.ram,
        );
        let money = |it: f64| round(it, 5);
        let mut told = json!({
            "name": name, "start": start, "end": end,
            "cpuCoreRequestAverage": round(self.cores, 5), "cpuCoreUsageAverage": round(self.cores_used, 5),
            "cpuCost": money(self.cpu), "gpuCost": money(self.gpu), "networkCost": money(self.network),
            "loadBalancerCost": 0.0, "pvCost": money(self.volumes), "ramCost": money(self.ram),
            "ramByteRequestAverage": self.bytes.round(), "ramByteUsageAverage": self.bytes_used.round(),
            "sharedCost": 0.0, "externalCost": 0.0, "totalCost": money(self.total()), "totalEfficiency": efficiency,
        });
        if sheet == Sheet::Whole {
            let more = json!({
                "properties": properties, "window": {"start": start, "end": end}, "minutes": minutes,
                "cpuCores": round(self.cores, 5), "cpuCoreHours": round(self.cores * hours, 5),
                "cpuEfficiency": share(self.cores_used, self.cores), "cpuCostAdjustment": 0.0,
                "gpuCount": if self.gpu > 0.0 { 1.0 } else { 0.0 },
                "gpuHours": if self.gpu > 0.0 { hours } else { 0.0 },
                "networkTransferBytes": 0.0, "networkReceiveBytes": 0.0,
                "pvs": null, "pvBytes": 0.0, "pvByteHours": 0.0,
                "ramBytes": self.bytes.round(), "ramByteHours": (self.bytes * hours).round(),
                "ramEfficiency": share(self.bytes_used, self.bytes), "rawAllocationOnly": null,
            });
            if let (Some(told), Value::Object(more)) = (told.as_object_mut(), more) {
                told.extend(more);
            }
        }
        told
    }
}

/// One step's answer: a map of sums by key. A step without workloads is an empty map.
pub(super) fn joined(
    chosen: &[Pod<'_>],
    all: &[Pod<'_>],
    aggregate: &[String],
    window: Window,
    extras: Extras,
    sheet: Sheet,
) -> Value {
    let days = window.duration().as_secs_f64() / 86_400.0;
    let mut sums: BTreeMap<String, Sum<'_>> = BTreeMap::new();
    for pod in chosen {
        let key = if aggregate.is_empty() { "all".to_owned() } else { key(pod, aggregate) };
        sums.entry(key).or_default().add(*pod, days);
    }
    let mut told: Map<String, Value> = sums
        .iter()
        .map(|(key, sum)| (key.clone(), sum.told(key, properties(sum, extras.labels), window, sheet)))
        .collect();
    if extras.idle {
        let mut whole = Sum::default();
        all.iter().for_each(|pod| whole.add(*pod, days));
        let idle = Sum { cpu: whole.cpu * IDLE, ram: whole.ram * IDLE, ..Sum::default() };
        told.insert("__idle__".to_owned(), idle.told("__idle__", json!({}), window, sheet));
    }
    let sets = Value::Object(told);
    match sheet {
        Sheet::Whole => sets,
        Sheet::Summary => json!({
            "allocations": sets, "window": {"start": window.start.to_string(), "end": window.end.to_string()},
        }),
    }
}

/// The properties that all pods of a sum share; others are left out, as joining loses them. So are labels,
/// unless they are asked for.
fn properties(sum: &Sum<'_>, with_labels: bool) -> Value {
    let shared = |field: &str| {
        let mut values = sum.pods.iter().map(|pod| property(pod, field).unwrap_or_default());
        let first = values.next().filter(|it| !it.is_empty())?;
        values.all(|it| it == first).then_some(first)
    };
    let mut told = Map::new();
    for field in ["cluster", "node", "namespace", "controllerKind", "pod", "container"] {
        if let Some(value) = shared(field) {
            told.insert(field.to_owned(), Value::String(value));
        }
    }
    // Two kinds of one name are two controllers.
    if let Some(name) = shared("controller").and_then(|_| shared("controllerName")) {
        told.insert("controller".to_owned(), Value::String(name));
    }
    let first: Option<&Workload> = sum.pods.first().filter(|_| with_labels).and_then(|pod| pod.workload);
    let labels = first.into_iter().flat_map(|it| it.labels.keys());
    let labels: Map<String, Value> = labels
        .filter_map(|name| Some((sanitised(name), Value::String(shared(&format!("label:{name}"))?))))
        .collect();
    if !labels.is_empty() {
        told.insert("labels".to_owned(), Value::Object(labels));
    }
    if let Some(service) = shared("service") {
        told.insert("services".to_owned(), json!([service]));
    }
    Value::Object(told)
}
