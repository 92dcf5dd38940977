//! The handle of a simulated OpenCost, and the way of one request through it.

use hyper::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::allocation::{Extras, Sheet, joined};
use super::assets;
use super::filter::Filter;
use super::key::{Pod, property};
use super::window::{Window, duration};
use crate::fault::Fault;
use crate::record::Recorded;
use crate::scaleops::{self, Workload};
use crate::site::{Site, Truth};
use crate::wire::{Reply, ServerError};

/// A running OpenCost.
pub type OpenCost = Site<Api>;

/// What one server holds: the workloads of some clusters.
#[derive(Debug, Clone, Default)]
pub struct Seed {
    workloads: Vec<Workload>,
}

impl Seed {
    /// The workloads of a simulated ScaleOps that have a cost: a day costs the same here.
    #[must_use]
    pub fn of(seed: &scaleops::Seed) -> Self {
        Self { workloads: seed.workloads.iter().filter(|it| it.is_priced).cloned().collect() }
    }

    /// [`scaleops::Seed::demo`]'s workloads.
    #[must_use]
    pub fn demo() -> Self {
        Self::of(&scaleops::Seed::demo())
    }

    /// Only the workloads of one cluster: an OpenCost usually knows its own alone.
    #[must_use]
    pub fn only(mut self, cluster: &str) -> Self {
        self.workloads.retain(|it| it.cluster == cluster);
        self
    }

    /// One workload more.
    #[must_use]
    pub fn workload(mut self, workload: Workload) -> Self {
        self.workloads.push(workload);
        self
    }
}

/// What answers for an [`OpenCost`].
#[derive(Debug)]
pub struct Api {
    workloads: Vec<Workload>,
}

impl OpenCost {
    /// Starts on a free loopback port. Must be called inside a Tokio runtime, on which it runs.
    ///
    /// # Errors
    ///
    /// [`ServerError`] when no port is free or no certificate can be made.
    pub async fn start(seed: Seed) -> Result<Self, ServerError> {
        Self::launch("opencost", Api { workloads: seed.workloads }).await
    }
}

impl Truth for Api {
    fn user(&self, _: &Recorded) -> String {
        String::new()
    }

    fn answer(&self, request: &Recorded) -> Reply {
        let known = ["/allocation", "/allocation/compute", "/allocation/summary", "/assets", "/healthz"];
        if !known.contains(&request.path.as_str()) {
            return Reply::text(StatusCode::NOT_FOUND, "404 page not found\n");
        }
        if request.method != Method::GET {
            return Reply::text(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed\n");
        }
        let answer = match request.path.as_str() {
            "/healthz" => return Reply::empty(StatusCode::OK),
            "/assets" => window(request).map(|window| json!(assets::of(&self.workloads, window))),
            "/allocation/summary" => self.allocation(request, Sheet::Summary),
            _ => self.allocation(request, Sheet::Whole),
        };
        match answer {
            Ok(data) => Reply::json(StatusCode::OK, &json!({"code": 200, "status": "success", "data": data}))
                .header("access-control-allow-origin", "*"),
            Err(message) => refusal(StatusCode::BAD_REQUEST, &message),
        }
    }
}

impl Api {
    fn allocation(&self, request: &Recorded, sheet: Sheet) -> Result<Value, String> {
        let window = window(request)?;
        let is_set = |name: &str| matches!(request.parameter(name), Some("true" | "1"));
        let aggregate = aggregate(request.parameter("aggregate"))?;
        let filter = Filter::parse(request.parameter("filter").unwrap_or_default())
            .map_err(|fault| format!("Invalid 'filter' parameter: {fault}"))?;
        let step = match request.parameter("step") {
            None | Some("") => window.duration(),
            Some(step) => duration(step).ok_or_else(|| format!("Invalid 'step' parameter: {step}"))?,
        };
        let step = if is_set("accumulate") { window.duration() } else { step };
        let pods: Vec<Pod<'_>> = self.workloads.iter().flat_map(pods).collect();
        let chosen: Vec<Pod<'_>> = pods.iter().filter(|pod| filter.matches(pod)).copied().collect();
        // Single containers keep their labels; sums have them on demand.
        let labels = is_set("includeAggregatedMetadata") || aggregate.iter().any(|it| it == "container");
        let extras = Extras { idle: is_set("includeIdle"), labels };
        let sets = window.steps(step.max(SignedDuration::from_mins(1)));
        let sets: Vec<Value> =
            sets.into_iter().map(|step| joined(&chosen, &pods, &aggregate, step, extras, sheet)).collect();
        Ok(match sheet {
            Sheet::Whole => Value::Array(sets),
            Sheet::Summary => json!({
                "step": step.as_nanos().to_string().parse::<i64>().unwrap_or_default(), "sets": sets,
                "window": {"start": window.start.to_string(), "end": window.end.to_string()},
            }),
        })
    }
}

fn pods(workload: &Workload) -> impl Iterator<Item = Pod<'_>> {
    (0..workload.replicas.max(1)).map(move |number| Pod { workload: Some(workload), number })
}

/// The fields that costs are joined by; none for `all`.
fn aggregate(asked: Option<&str>) -> Result<Vec<String>, String> {
    let asked = asked.filter(|it| !it.is_empty()).unwrap_or("cluster,node,namespace,pod,container");
    if asked == "all" {
        return Ok(Vec::new());
    }
    let fields = asked.split(',').map(|field| match property(&Pod::nobody(), field) {
        Some(_) => Ok(field.to_owned()),
        None => Err(format!("Invalid 'aggregate' parameter: unrecognized aggregation: {field}")),
    });
    fields.collect()
}

fn window(request: &Recorded) -> Result<Window, String> {
    let asked = request.parameter("window").unwrap_or_default();
    Window::parse(asked, Timestamp::now())
        .ok_or_else(|| format!("Invalid 'window' parameter: illegal window: {asked}"))
}

fn refusal(status: StatusCode, message: &str) -> Reply {
    Reply::json(status, &body(status.as_u16(), message))
}

fn body(status: u16, message: &str) -> Value {
    json!({"code": status, "status": "error", "message": message})
}

/// The fault of a server that fails with this status, in its own words.
#[must_use]
pub fn error(status: u16) -> Fault {
    Fault::Body(status, "application/json", body(status, "Error: error computing allocation").to_string())
}
