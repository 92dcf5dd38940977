//! Routes: the five reads that front ends of a ScaleOps server make through a proxy, and a sign of life.
//!
//! # Design
//! A proxy hands on whatever it is asked, with the rights of its account. These routes are pairs of a method and a
//! path, each bound to one capability: another method, another path or a dot segment does not reach this
//! component. Parameters are those that the reads have; the answer is the server's JSON as it is.

use postern_sdk::route::Route;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

use crate::capability::Capability;
use crate::fault::{Code, Fault};
use crate::scaleops;
use crate::server::{Call, Request, Server, Source};
use crate::tool::Problem;

/// One read that is handed on.
struct Pass {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    capability: Capability,
    path: &'static str,
    parameters: &'static [(&'static str, &'static str)],
    /// Whether a body is sent: the filter.
    body: bool,
    /// Whether it may be for one cluster of a parent server.
    cluster: bool,
}

const PASSES: [Pass; 5] = [
    Pass {
        name: "dashboard-by-namespace",
        title: "Workloads by labels",
        description: "Answers what `POST /api/v1/dashboard/byNamespace` of the ScaleOps server answers.",
        capability: Capability::ReadWorkloads,
        path: scaleops::WORKLOADS,
        parameters: &[
            ("multiCluster", "`true`: of all clusters."),
            ("logicalLabel", "`AND` or `OR`: how the labels of the body are joined."),
        ],
        body: true,
        cluster: false,
    },
    Pass {
        name: "cost-report-workloads",
        title: "Costs of workloads",
        description: "Answers what `POST /detailedCostReport/getWorkloads` of the ScaleOps server answers.",
        capability: Capability::ReadCosts,
        path: scaleops::COSTS,
        parameters: &[("multiCluster", "`true`: of all clusters."), ("range", "Such as `7d`, `30d`, `90d`.")],
        body: true,
        cluster: true,
    },
    Pass {
        name: "network-cost-enabled",
        title: "Clusters with network cost",
        description: "Answers what `GET /api/v1/networkCost/networkCostEnabled` of the ScaleOps server answers.",
        capability: Capability::ReadNetwork,
        path: scaleops::NETWORK_ENABLED,
        parameters: &[("multiCluster", "`true`: of all clusters.")],
        body: false,
        cluster: false,
    },
    Pass {
        name: "workload-network",
        title: "Network flows of a workload",
        description: "Answers what `GET /api/v1/workload-network` of the ScaleOps server answers.",
        capability: Capability::ReadNetwork,
        path: scaleops::NETWORK,
        parameters: &[
            ("name", "The workload."),
            ("namespace", "Its namespace."),
            ("workloadType", "Such as `Deployment`."),
            ("from", "Milliseconds since the epoch."),
            ("to", "Milliseconds since the epoch."),
        ],
        body: false,
        cluster: true,
    },
    Pass {
        name: "policies",
        title: "Policies of a cluster",
        description: "Answers what `GET /api/v1/policies` of the ScaleOps server answers.",
        capability: Capability::ReadPolicies,
        path: scaleops::POLICIES,
        parameters: &[],
        body: false,
        cluster: true,
    },
];

const HEALTH: &str = "health";

/// Describes every route.
#[must_use]
pub fn describe() -> Vec<Route> {
    let route = |name, title, description, schema: Value| Route {
        name,
        title,
        description,
        input_schema: schema.to_string(),
        media_type: "application/json",
        output_schema: None,
    };
    let health = route(
        HEALTH,
        "Sign of life",
        "Answers `{\"status\":\"ok\"}` where this component runs. Asks no server.",
        json!({"type": "object", "properties": {}, "additionalProperties": false}),
    );
    let pass = |pass: &Pass| route(pass.name, pass.title, pass.description, pass.schema());
    PASSES.iter().map(pass).chain([health]).collect()
}

/// Serves one request: the JSON of the answer.
///
/// # Errors
/// When there is no such route, the arguments are not its own, and as the server.
pub async fn serve<C: Call>(call: &C, name: &str, arguments: &str) -> Result<Vec<u8>, Problem> {
    if name == HEALTH {
        return Ok(br#"{"status":"ok"}"#.to_vec());
    }
    let pass = PASSES.iter().find(|pass| pass.name == name);
    let pass = pass.ok_or_else(|| Problem::NotFound(format!("no route is named `{name}`")))?;
    let arguments: Map<String, Value> =
        serde_json::from_str(arguments).map_err(|error| Problem::invalid("", error.to_string()))?;
    let request = pass.request(&arguments)?;
    let server = call.servers().first();
    let server = server
        .ok_or_else(|| Problem::NotFound("no instance of that name is open to this call".to_owned()))?;
    pass.answer(server, request).await.map_err(|fault| fault.problem(server.name()))
}

impl Pass {
    fn schema(&self) -> Value {
        let text =
            |description: &str| json!({"type": "string", "maxLength": 1024, "description": description});
        let mut properties = Map::new();
        for (name, description) in self.parameters {
            properties.insert((*name).to_owned(), text(description));
        }
        if self.cluster {
            let description = "The cluster that a parent server asks: the header `X-Scaleops-Cluster`.";
            properties.insert("cluster".to_owned(), text(description));
        }
        if self.body {
            let description = "The filter, as the server has it. Absent: `{}`.";
            properties.insert("body".to_owned(), json!({"type": "object", "description": description}));
        }
        properties.insert("instance".to_owned(), text("Name of the instance. Absent: the default one."));
        json!({"type": "object", "properties": properties, "additionalProperties": false})
    }

    fn request(&self, arguments: &Map<String, Value>) -> Result<Request, Problem> {
        let text = |name: &str| match arguments.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(Problem::invalid(&format!("/{name}"), format!("`{name}` is not a text"))),
        };
        let mut request = match (self.body, arguments.get("body")) {
            (false, _) => Request::get(self.path),
            (true, None) => Request::post(self.path, &json!({})),
            (true, Some(body @ Value::Object(_))) => Request::post(self.path, body),
            (true, Some(_)) => return Err(Problem::invalid("/body", "the body is not a JSON object")),
        };
        for (name, _) in self.parameters {
            if let Some(value) = text(name)? {
                request = request.with(name, value);
            }
        }
        if let Some(cluster) = text("cluster")?.filter(|_| self.cluster) {
            if !scaleops::is_header(&cluster) {
                return Err(Problem::invalid("/cluster", "the cluster's name cannot be sent in a header"));
            }
            request = request.header(scaleops::CLUSTER_HEADER, cluster);
        }
        Ok(request)
    }

    async fn answer(&self, server: &impl Server, request: Request) -> Result<Vec<u8>, Fault> {
        if Source::of(server)? == Source::Opencost {
            return Err(Fault::new(Code::NotFound, format!("it is OpenCost, which has no `{}`", self.path)));
        }
        let response = {
            let _place = server.places().enter().await;
            server.send(self.capability, request.clone()).await.map_err(Fault::refused)?
        };
        if !(200..300).contains(&response.status) {
            return Err(Fault::answered(&request, &response));
        }
        // As it is, but only if it is JSON: a page must not come from here.
        let mut reader = serde_json::Deserializer::from_slice(&response.body);
        IgnoredAny::deserialize(&mut reader)
            .and_then(|_| reader.end())
            .map_err(|error| Fault::malformed(self.path, &response.body, &error))?;
        Ok(response.body)
    }
}
