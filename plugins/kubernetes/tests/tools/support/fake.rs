//! A simulated API server: paths with their answers, pages and tables included.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::task::Poll;

use jiff::Timestamp;
use postern_kubernetes::capability::Capability;
use postern_kubernetes::cluster::{Call, Cluster, Query, Refusal, Response};
use postern_kubernetes::places::Places;
use postern_kubernetes::request::TABLE;
use postern_kubernetes::tools;
use serde_json::{Value, json};

use super::manifest::Manifest;

type Answer = Box<dyn Fn(&Query) -> Option<Result<Response, Refusal>>>;

/// One call with its clusters.
pub(crate) struct Fake {
    pub(crate) servers: Vec<Server>,
    pub(crate) progress: RefCell<Vec<(u32, u32)>>,
    pub(crate) cache: RefCell<HashMap<String, Vec<u8>>>,
    pub(crate) flight: Rc<Flight>,
    places: Places,
}

/// The requests of a call that are in flight.
#[derive(Default)]
pub(crate) struct Flight {
    now: Cell<usize>,
    /// The most there were at once.
    pub(crate) most: Cell<usize>,
}

/// One cluster.
pub(crate) struct Server {
    name: String,
    attributes: Vec<(&'static str, String)>,
    answers: Vec<(String, Answer)>,
    refusal: Option<Refusal>,
    authority: RefCell<Option<(String, String, Value)>>,
    flight: Rc<Flight>,
    pub(crate) seen: RefCell<Vec<(Capability, Query)>>,
}

impl Fake {
    pub(crate) fn new(servers: impl IntoIterator<Item = Server>) -> Self {
        let flight: Rc<Flight> = Rc::default();
        let joined = |server: Server| Server { flight: Rc::clone(&flight), ..server };
        Self {
            servers: servers.into_iter().map(joined).collect(),
            progress: RefCell::default(),
            cache: RefCell::default(),
            flight,
            places: Places::default(),
        }
    }

    /// Begins a call: from now on only what the manifest gives it may be sent.
    pub(crate) fn enter(&self, kind: &str, name: &str, arguments: &Value) {
        for server in &self.servers {
            *server.authority.borrow_mut() = Some((kind.to_owned(), name.to_owned(), arguments.clone()));
        }
    }
}

impl Server {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            attributes: Vec::new(),
            answers: Vec::new(),
            refusal: None,
            authority: RefCell::default(),
            flight: Rc::default(),
            seen: RefCell::default(),
        }
    }

    /// A cluster from which there is no answer.
    pub(crate) fn dead(name: &str, refusal: Refusal) -> Self {
        Self { refusal: Some(refusal), ..Self::new(name) }
    }

    pub(crate) fn attribute(mut self, name: &'static str, value: &str) -> Self {
        self.attributes.push((name, value.to_owned()));
        self
    }

    pub(crate) fn serve(
        mut self,
        path: &str,
        answer: impl Fn(&Query) -> Option<Result<Response, Refusal>> + 'static,
    ) -> Self {
        self.answers.push((path.to_owned(), Box::new(answer)));
        self
    }

    pub(crate) fn answer(self, path: &str, status: u16, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        self.serve(path, move |_| Some(Ok(Response { status, headers: Vec::new(), body: body.clone() })))
    }

    /// An object.
    pub(crate) fn object(self, path: &str, object: Value) -> Self {
        self.answer(path, 200, object.to_string())
    }

    /// A failure as the API server words it.
    pub(crate) fn fails(self, path: &str, code: u16, reason: &str, message: &str) -> Self {
        let name = message.split('"').nth(1).unwrap_or_default().to_owned();
        let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": message, "reason": reason, "details": {"name": name}, "code": code});
        self.answer(path, code, status.to_string())
    }

    /// A collection of objects, paged.
    pub(crate) fn list(self, path: &str, items: Vec<Value>) -> Self {
        self.serve(path, move |query| {
            (query.accept != TABLE).then(|| {
                let (page, metadata) = page(query, &items);
                ok(json!({"kind": "List", "apiVersion": "v1", "metadata": metadata, "items": page}))
            })
        })
    }

    /// A collection as the server's table, paged. Rows are a namespace (empty for none) and the cells.
    pub(crate) fn table(
        self,
        path: &str,
        columns: &'static [&'static str],
        rows: Vec<(&str, Value)>,
    ) -> Self {
        let rows: Vec<(String, Value)> =
            rows.into_iter().map(|(namespace, cells)| (namespace.to_owned(), cells)).collect();
        self.serve(path, move |query| {
            (query.accept == TABLE).then(|| {
                let (page, metadata) = page(query, &rows);
                let whole = parameter(query, "includeObject") == Some("Metadata");
                let row = |(namespace, cells): &(String, Value)| {
                    let metadata = json!({"name": cells[0], "namespace": namespace, "managedFields": [{"manager": "x"}]});
                    let object = if whole { json!({"kind": "PartialObjectMetadata", "metadata": metadata}) } else { Value::Null };
                    json!({"cells": cells, "object": object})
                };
                let columns: Vec<Value> = columns.iter().map(|name| json!({"name": name, "type": "string"})).collect();
                ok(json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
                    "columnDefinitions": columns, "rows": page.iter().map(row).collect::<Vec<_>>()}))
            })
        })
    }

    /// The paths that were asked, in order.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.seen.borrow().iter().map(|(_, query)| query.path.clone()).collect()
    }

    /// The last value of a parameter among the queries to a path.
    pub(crate) fn asked(&self, path: &str, name: &str) -> Option<String> {
        let seen = self.seen.borrow();
        let query = seen.iter().rev().find(|(_, query)| query.path == path)?;
        parameter(&query.1, name).map(str::to_owned)
    }
}

/// The items between a token, which is an offset, and the limit.
fn page<T: Clone>(query: &Query, items: &[T]) -> (Vec<T>, Value) {
    let number = |name| parameter(query, name).and_then(|value| value.parse::<usize>().ok());
    let from = number("continue").unwrap_or(0);
    let to = from.saturating_add(number("limit").unwrap_or(usize::MAX)).min(items.len());
    let mut metadata = json!({"resourceVersion": "7"});
    if to < items.len() {
        metadata["continue"] = json!(to.to_string());
        // The server counts only what it need not filter.
        if parameter(query, "labelSelector").is_none() && parameter(query, "fieldSelector").is_none() {
            metadata["remainingItemCount"] = json!(items.len() - to);
        }
    }
    (items[from.min(to)..to].to_vec(), metadata)
}

pub(crate) fn parameter<'a>(query: &'a Query, name: &str) -> Option<&'a str> {
    query.parameters.iter().find(|(given, _)| *given == name).map(|(_, value)| value.as_str())
}

pub(crate) fn ok(body: Value) -> Result<Response, Refusal> {
    Ok(Response { status: 200, headers: Vec::new(), body: body.to_string().into_bytes() })
}

impl Cluster for Server {
    fn name(&self) -> &str {
        &self.name
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    async fn get(&self, capability: Capability, query: Query) -> Result<Response, Refusal> {
        self.seen.borrow_mut().push((capability, query.clone()));
        let (kind, name, arguments) = self.authority.borrow().clone().unwrap();
        let manifest = Manifest::read();
        let user = manifest.user(&kind, &name);
        let declared =
            if kind == "completion" { user.arguments.clone() } else { declared(&name, &arguments) };
        assert!(
            manifest.allows(user, &declared, &arguments, capability.name(), &query),
            "the manifest does not let `{name}` send this by `{}`: {query:?}",
            capability.name()
        );
        self.flight.pass().await;
        if let Some(refusal) = &self.refusal {
            return Err(refusal.clone());
        }
        let answers = self.answers.iter().filter(|(path, _)| *path == query.path);
        let answer = answers.filter_map(|(_, answer)| answer(&query)).next();
        answer.unwrap_or_else(|| {
            Ok(Response { status: 404, headers: Vec::new(), body: b"404 page not found\n".to_vec() })
        })
    }
}

impl Flight {
    /// Is in flight for as long as it takes everything else to go on as far as it can.
    async fn pass(&self) {
        self.now.set(self.now.get() + 1);
        self.most.set(self.most.get().max(self.now.get()));
        for _ in 0..8 {
            yield_now().await;
        }
        self.now.set(self.now.get() - 1);
    }
}

/// Lets the others have their turn.
async fn yield_now() {
    let mut yielded = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// The names of a tool's arguments, or of a resource's variables.
fn declared(name: &str, arguments: &Value) -> Vec<String> {
    let schema = tools::describe().into_iter().find(|tool| tool.name == name).map(|tool| tool.input_schema);
    let schema: Value = schema
        .map_or_else(|| json!({"properties": arguments}), |schema| serde_json::from_str(&schema).unwrap());
    schema["properties"].as_object().unwrap().keys().cloned().collect()
}

impl Call for Fake {
    type Cluster = Server;

    fn clusters(&self) -> &[Server] {
        &self.servers
    }

    fn places(&self) -> &Places {
        &self.places
    }

    fn now(&self) -> Timestamp {
        "2026-11-20T12:00:00Z".parse().unwrap()
    }

    async fn progress(&self, _: &str, done: u32, total: u32) {
        self.progress.borrow_mut().push((done, total));
    }

    fn recall(&self, key: &str) -> Option<Vec<u8>> {
        self.cache.borrow().get(key).cloned()
    }

    fn remember(&self, key: &str, value: &[u8], _: u32) {
        self.cache.borrow_mut().insert(key.to_owned(), value.to_vec());
    }

    fn forget(&self, key: &str) {
        self.cache.borrow_mut().remove(key);
    }
}
