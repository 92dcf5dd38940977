//! Simulated servers: paths with recorded answers, and a record of what was asked.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::Poll;

use jiff::Timestamp;
use postern_scaleops::capability::Capability;
use postern_scaleops::server::{Call, Refusal, Request, Response, Server, Settings, Verb};
use postern_scaleops::tool::Problem;
use postern_sdk::places::Places;
use postern_sdk::{Entity, Lookup};
use serde_json::Value;

use super::catalog::Catalog;
use super::manifest::Manifest;

type Answer = Box<dyn Fn(&Request) -> Option<Result<Response, Refusal>>>;

/// One call with its servers and its catalog.
pub(crate) struct Fake {
    pub(crate) instances: Vec<Instance>,
    pub(crate) catalog: Catalog,
    pub(crate) settings: Settings,
    pub(crate) flight: Rc<Flight>,
}

/// The requests of a call that are in flight.
#[derive(Default)]
pub(crate) struct Flight {
    now: Cell<usize>,
    /// The most there were at once.
    pub(crate) most: Cell<usize>,
}

/// One server.
pub(crate) struct Instance {
    name: String,
    attributes: Vec<(&'static str, String)>,
    answers: Vec<(&'static str, Answer)>,
    refusal: Option<Refusal>,
    authority: RefCell<(String, String)>,
    places: Rc<Places>,
    flight: Rc<Flight>,
    pub(crate) seen: RefCell<Vec<Request>>,
}

impl Fake {
    pub(crate) fn new(instances: impl IntoIterator<Item = Instance>) -> Self {
        let flight: Rc<Flight> = Rc::default();
        let places: Rc<Places> = Rc::default();
        let joined = |instance: Instance| Instance {
            flight: Rc::clone(&flight),
            places: Rc::clone(&places),
            ..instance
        };
        let instances = instances.into_iter().map(joined).collect();
        Self { instances, catalog: Catalog::default(), settings: Settings::default(), flight }
    }

    pub(crate) fn with(mut self, entity: Entity) -> Self {
        self.catalog.entities.push(entity);
        self
    }

    /// Begins a call: from now on only what the manifest gives it may be sent.
    pub(crate) fn enter(&self, kind: &str, name: &str) {
        for instance in &self.instances {
            *instance.authority.borrow_mut() = (kind.to_owned(), name.to_owned());
        }
    }

    /// The paths that the first server was asked, in order.
    pub(crate) fn paths(&self) -> Vec<&'static str> {
        self.instances[0].seen.borrow().iter().map(|request| request.path).collect()
    }

    /// The requests to a path of the first server.
    pub(crate) fn asked(&self, path: &str) -> Vec<Request> {
        self.instances[0].seen.borrow().iter().filter(|request| request.path == path).cloned().collect()
    }
}

impl Instance {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            attributes: Vec::new(),
            answers: Vec::new(),
            refusal: None,
            authority: RefCell::default(),
            places: Rc::default(),
            flight: Rc::default(),
            seen: RefCell::default(),
        }
    }

    /// A server from which there is no answer.
    pub(crate) fn dead(name: &str, refusal: Refusal) -> Self {
        Self { refusal: Some(refusal), ..Self::new(name) }
    }

    pub(crate) fn attribute(mut self, name: &'static str, value: &str) -> Self {
        self.attributes.push((name, value.to_owned()));
        self
    }

    /// Answers a path, before what answers it already.
    pub(crate) fn serve(
        mut self,
        path: &'static str,
        answer: impl Fn(&Request) -> Option<Result<Response, Refusal>> + 'static,
    ) -> Self {
        self.answers.insert(0, (path, Box::new(answer)));
        self
    }

    pub(crate) fn answer(self, path: &'static str, status: u16, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        self.serve(path, move |_| Some(Ok(Response { status, headers: Vec::new(), body: body.clone() })))
    }

    pub(crate) fn json(self, path: &'static str, body: &Value) -> Self {
        self.answer(path, 200, body.to_string())
    }
}

/// A success with a JSON body.
pub(crate) fn ok(body: &Value) -> Option<Result<Response, Refusal>> {
    Some(Ok(Response { status: 200, headers: Vec::new(), body: body.to_string().into_bytes() }))
}

/// The JSON body of a request.
pub(crate) fn body(request: &Request) -> Value {
    match &request.verb {
        Verb::Get => Value::Null,
        Verb::Post(body) => serde_json::from_slice(body).unwrap(),
    }
}

/// The value of a parameter.
pub(crate) fn parameter<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.parameters.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
}

/// The cluster that a request is sent on to.
pub(crate) fn cluster(request: &Request) -> Option<&str> {
    request.headers.iter().find(|(name, _)| *name == "x-scaleops-cluster").map(|(_, value)| value.as_str())
}

impl Server for Instance {
    fn name(&self) -> &str {
        &self.name
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    fn places(&self) -> &Places {
        &self.places
    }

    async fn send(&self, capability: Capability, request: Request) -> Result<Response, Refusal> {
        self.seen.borrow_mut().push(request.clone());
        let (kind, name) = self.authority.borrow().clone();
        assert!(
            Manifest::read().allows(&kind, &name, capability.name(), &request),
            "the manifest does not let `{name}` send this by `{}`: {request:?}",
            capability.name()
        );
        self.flight.pass().await;
        if let Some(refusal) = &self.refusal {
            return Err(refusal.clone());
        }
        let answers = self.answers.iter().filter(|(path, _)| *path == request.path);
        let answer = answers.filter_map(|(_, answer)| answer(&request)).next();
        answer
            .unwrap_or_else(|| Ok(Response { status: 404, headers: Vec::new(), body: b"not found".to_vec() }))
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

impl Call for Fake {
    type Server = Instance;

    fn servers(&self) -> &[Instance] {
        &self.instances
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn now(&self) -> Timestamp {
        "2026-11-20T12:00:30Z".parse().unwrap()
    }

    async fn find(&self, what: Lookup) -> Result<Vec<Entity>, Problem> {
        self.catalog.find(&what)
    }

    async fn progress(&self, _: &str, _: u32, _: u32) {}
}
