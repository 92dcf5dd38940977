//! What a cluster costs, and how that and its usage went over time.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::palette::value::{round, stamp};
use crate::palette::world::{Cluster, Pool};

/// What a machine of this type costs an hour on a public cloud, in its list's currency.
pub(in crate::palette) fn machine_rate(instance_type: &str) -> f64 {
    match instance_type {
        "m5.large" | "Standard_D2s_v5" => 0.096,
        "t3.xlarge" => 0.1664,
        "Standard_D4s_v5" => 0.192,
        "e2-standard-4" => 0.134,
        _ => 0.15,
    }
}

/// Storage of one machine, an hour.
const STORAGE: f64 = 0.008;

/// The part of a cluster's price that is its pools'; 0 on private clouds, which have no rates.
pub(in crate::palette) fn pool_rate(cluster: &Cluster, pool: &Pool) -> (f64, f64) {
    if !cluster.has_prices() {
        return (0.0, 0.0);
    }
    let nodes = f64::from(u32::try_from(pool.machines.len()).unwrap_or_default());
    (nodes * machine_rate(&pool.instance_type), nodes * STORAGE)
}

/// A cluster's price an hour.
pub(in crate::palette) fn hourly(cluster: &Cluster) -> f64 {
    cluster
        .pools
        .iter()
        .map(|pool| pool_rate(cluster, pool))
        .map(|(compute, storage)| compute + storage)
        .sum()
}

/// A sum in the form of `status.cost` and `status.hourlyRate`.
pub(in crate::palette) fn split(total: f64) -> Value {
    json!({"total": round(total), "cloud": parts(total)})
}

/// A sum and its parts.
pub(in crate::palette) fn parts(total: f64) -> Value {
    json!({"compute": round(total * 0.92), "storage": round(total * 0.08), "total": round(total)})
}

/// A range of time, cut in periods.
#[derive(Debug, Clone, Copy)]
pub(in crate::palette) struct Span {
    pub(in crate::palette) start: Timestamp,
    pub(in crate::palette) end: Timestamp,
    pub(in crate::palette) minutes: i64,
}

impl Span {
    /// The starts of the periods, at most 1000 of them.
    pub(in crate::palette) fn steps(self) -> Vec<Timestamp> {
        let period = SignedDuration::from_mins(self.minutes);
        let mut steps = Vec::new();
        let mut at = self.start;
        while at < self.end && steps.len() < 1000 {
            steps.push(at);
            match at.checked_add(period) {
                Ok(next) => at = next,
                Err(_) => break,
            }
        }
        steps
    }
}

/// The cost of each period. A spike is in the last third and is three times the usual.
pub(in crate::palette) fn series(cluster: &Cluster, span: Span) -> Vec<(Timestamp, f64)> {
    let steps = span.steps();
    let calm = steps.len().saturating_mul(2) / 3;
    let hours = f64::from(u32::try_from(span.minutes).unwrap_or_default()) / 60.0;
    let sum = |place: usize| {
        let factor = if cluster.cost_spike && place >= calm { 3.0 } else { 1.0 };
        hourly(cluster) * hours * factor
    };
    steps.into_iter().enumerate().map(|(place, at)| (at, sum(place))).collect()
}

/// Points of `data[]`.
pub(in crate::palette) fn points(series: &[(Timestamp, f64)]) -> Vec<Value> {
    let point = |(at, sum): &(Timestamp, f64)| {
        let mut point = parts(*sum);
        crate::palette::value::set(&mut point, "", "timestamp", stamp(*at));
        point
    };
    series.iter().map(point).collect()
}

/// Allotted and used CPU (cores) and memory (GiB) of each period: usage goes up and down by a tenth.
pub(in crate::palette) fn consumption(cluster: &Cluster, span: Span) -> Vec<Value> {
    let nodes = f64::from(u32::try_from(cluster.nodes()).unwrap_or_default());
    let wave = |place: usize| if place.is_multiple_of(2) { 1.1 } else { 0.9 };
    let point = |(place, at): (usize, Timestamp)| {
        let used = |total: f64, percent: u32| round(total * f64::from(percent) / 100.0 * wave(place));
        json!({"timestamp": stamp(at), "allotted": {"cpu": nodes * 4.0, "memory": nodes * 16.0},
            "usage": {"cpu": used(nodes * 4.0, cluster.cpu_percent), "memory": used(nodes * 16.0, cluster.memory_percent)}})
    };
    span.steps().into_iter().enumerate().map(point).collect()
}
