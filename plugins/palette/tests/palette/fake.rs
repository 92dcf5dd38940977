//! A simulated instance: recorded answers by method, path and project.

use std::cell::RefCell;
use std::collections::BTreeMap;

use jiff::Timestamp;
use postern_palette::capability::Capability;
use postern_palette::catalog::{Entity, Lookup};
use postern_palette::instance::{Call, Instance, Refusal, Request, Response};
use postern_palette::tool::Problem;
use postern_sdk::places::Places;
use serde_json::{Value, json};

pub(crate) const CLUSTER: &str = "650000000000000000000001";
pub(crate) const PROJECT: &str = "650000000000000000000002";
pub(crate) const OTHER: &str = "650000000000000000000003";

/// Status and body.
type Answer = (u16, Vec<u8>);

/// One instance.
pub(crate) struct Palette {
    name: String,
    answers: BTreeMap<String, Answer>,
    /// Answers that are given once, before the others.
    once: RefCell<BTreeMap<String, Vec<Answer>>>,
    /// What was sent, as `METHOD path?query @project`.
    pub(crate) sent: RefCell<Vec<String>>,
    /// All parameters that were sent.
    pub(crate) parameters: RefCell<Vec<(&'static str, String)>>,
    /// What would change something, with its body.
    pub(crate) written: RefCell<Vec<(String, Value)>>,
}

impl Palette {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            answers: BTreeMap::new(),
            once: RefCell::default(),
            sent: RefCell::default(),
            parameters: RefCell::default(),
            written: RefCell::default(),
        }
    }

    /// Answers `key`, which is `METHOD path[?continue] [@project]`.
    pub(crate) fn on(self, key: &str, status: u16, body: Value) -> Self {
        self.text(key, status, &body.to_string())
    }

    /// The same with a body that is no JSON.
    pub(crate) fn text(mut self, key: &str, status: u16, body: &str) -> Self {
        self.answers.insert(key.to_owned(), (status, body.as_bytes().to_vec()));
        self
    }

    /// Answers `key` that way once, before what [`Self::on`] says. Status 0: no answer comes.
    pub(crate) fn first(self, key: &str, status: u16, body: Value) -> Self {
        self.once
            .borrow_mut()
            .entry(key.to_owned())
            .or_default()
            .push((status, body.to_string().into_bytes()));
        self
    }

    /// What [`Self::on`] said of `key`.
    pub(crate) fn answer(&self, key: &str) -> Value {
        serde_json::from_slice(&self.answers[key].1).unwrap()
    }

    /// One project with one cluster, named `shop-eu`.
    pub(crate) fn shop(name: &str) -> Self {
        let item = cluster(CLUSTER, "shop-eu", PROJECT, "Running");
        let mut known = item.clone();
        known["spec"] = json!({"cloudType": "aws", "tags": ["team:shop"]});
        Self::new(name)
            .on("GET /v1/users/me", 200, me(&[PROJECT], &[]))
            .on(
                "GET /v1/dashboard/projects/metadata",
                200,
                json!({"items": [{"metadata": {"name": "Shop", "uid": PROJECT}}]}),
            )
            .on(
                &format!("POST /v1/dashboard/spectroclusters/search @{PROJECT}"),
                200,
                page(std::slice::from_ref(&item), ""),
            )
            .on(&format!("GET /v1/dashboard/spectroclusters/meta @{PROJECT}"), 200, json!([known]))
            .on(&format!("GET /v1/dashboard/spectroclusters/{CLUSTER} @{PROJECT}"), 200, summary(&item))
            .on(
                &format!("GET /v1/dashboard/spectroclusters/{CLUSTER}"),
                403,
                json!({"code": "OperationForbidden", "message": "hunter2"}),
            )
    }
}

impl Instance for Palette {
    fn name(&self) -> &str {
        &self.name
    }

    async fn send(&self, capability: Capability, request: Request) -> Result<Response, Refusal> {
        assert!(capability.form() == "send" || request.method.as_str() == "GET", "{request:?}");
        let token = request.parameters.iter().find(|(name, _)| *name == "continue");
        let query = token.map(|(_, token)| format!("?{token}")).unwrap_or_default();
        let project = request.project.as_ref().map(|project| format!(" @{project}")).unwrap_or_default();
        let key = format!("{} {}{query}{project}", request.method.as_str(), request.path);
        self.sent.borrow_mut().push(key.clone());
        if is_write(capability) {
            let body = request.body.as_deref().map(|body| serde_json::from_slice(body).unwrap());
            self.written.borrow_mut().push((key.clone(), body.unwrap_or_default()));
        }
        self.parameters.borrow_mut().extend(request.parameters);
        let missing = (404, json!({"code": "ResourceNotFound"}).to_string().into_bytes());
        let once =
            self.once.borrow_mut().get_mut(&key).filter(|left| !left.is_empty()).map(|left| left.remove(0));
        let (status, body) = once.or_else(|| self.answers.get(&key).cloned()).unwrap_or(missing);
        if status == 0 {
            return Err(Refusal::Timeout);
        }
        Ok(Response { status, headers: Vec::new(), body })
    }
}

/// Whether a capability can change something: what the manifest says of it.
pub(crate) fn is_write(capability: Capability) -> bool {
    let page = include_str!("../../plugin.toml");
    let named = format!("name = \"{}\"\n", capability.name());
    let declared = page.split("[[capability]]\n").find(|part| part.starts_with(&named)).unwrap();
    declared.contains("effect = \"change\"") || declared.contains("effect = \"destructive\"")
}

/// A call on some instances.
pub(crate) struct Fake {
    pub(crate) instances: Vec<Palette>,
    pub(crate) entities: Vec<Entity>,
    /// What was streamed.
    pub(crate) events: RefCell<Vec<(String, Value)>>,
    places: Places,
    cache: RefCell<BTreeMap<String, Vec<u8>>>,
}

impl Fake {
    pub(crate) fn new(instances: Vec<Palette>) -> Self {
        Self {
            instances,
            entities: Vec::new(),
            events: RefCell::default(),
            places: Places::default(),
            cache: RefCell::default(),
        }
    }
}

impl Call for Fake {
    type Instance = Palette;

    fn instances(&self) -> &[Palette] {
        &self.instances
    }

    fn places(&self) -> &Places {
        &self.places
    }

    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    async fn progress(&self, _: &str, _: u32, _: u32) {}

    async fn event(&self, name: &str, data: &Value) {
        self.events.borrow_mut().push((name.to_owned(), data.clone()));
    }

    async fn find(&self, lookup: Lookup) -> Result<Vec<Entity>, Problem> {
        let fits = |entity: &&Entity| match &lookup {
            Lookup::Reference(reference) => entity.reference == *reference,
            Lookup::Title(title) => entity.title.as_ref() == Some(title),
        };
        Ok(self.entities.iter().filter(fits).cloned().collect())
    }

    fn recall(&self, key: &str) -> Option<Vec<u8>> {
        self.cache.borrow().get(key).cloned()
    }

    fn remember(&self, key: &str, value: &[u8], _: u32) {
        self.cache.borrow_mut().insert(key.to_owned(), value.to_vec());
    }
}

/// An answer of `/v1/users/me`.
pub(crate) fn me(projects: &[&str], tenant: &[&str]) -> Value {
    let projects: BTreeMap<&str, [&str; 1]> = projects.iter().map(|uid| (*uid, ["cluster.list"])).collect();
    json!({"status": {"projectPermissions": projects, "tenantPermissions": {"tenant": tenant}}})
}

/// One page of a list.
pub(crate) fn page(items: &[Value], token: &str) -> Value {
    json!({"items": items, "listmeta": {"continue": token, "count": items.len(), "limit": 50}})
}

/// An item of a search.
pub(crate) fn cluster(uid: &str, name: &str, project: &str, state: &str) -> Value {
    json!({
        "metadata": {"name": name, "uid": uid, "labels": {"team": "shop"},
            "annotations": {"scope": "project", "projectUid": project, "permissions": "cluster.get"},
            "creationTimestamp": "2026-08-01T10:00:00.000Z", "deletionTimestamp": "0001-01-01T00:00:00.000Z"},
        "specSummary": {"cloudConfig": {"cloudType": "aws", "uid": "650000000000000000000004", "machinePools": [
            {"size": 1, "healthy": 1, "isControlPlane": true}, {"size": 3, "healthy": 2}]},
            "projectMeta": {"name": "Shop", "uid": project}},
        "status": {"state": state, "health": {"state": "UnHealthy",
            "conditions": [{"type": "NodeReady", "message": "node w-2 not ready, password=hunter2"}]},
            "hourlyRate": {"total": 0.52}, "repave": {}},
    })
}

fn summary(item: &Value) -> Value {
    let mut summary = item.clone();
    summary["spec"] = item["specSummary"].clone();
    summary["spec"]["cloudaccount"] = json!({"name": "aws-main", "secretKey": "hunter2"});
    summary["status"]["conditions"] = json!([{"type": "CloudInfrastructureReady", "status": "True"},
        {"type": "ImageResolutionDone", "status": "False", "reason": "ConnectivityIssue"}]);
    summary["status"]["packs"] = json!([{"name": "nginx", "version": "1.11.1",
        "condition": {"type": "Ready", "status": "False", "reason": "InstallFailed", "message": "timed out"}}]);
    summary
}
