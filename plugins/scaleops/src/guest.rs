//! The thin skin: the bindings of the world, and the pure modules behind them.

use std::rc::Rc;

use futures::FutureExt as _;
use jiff::Timestamp;

use crate::capability::Capability;
use crate::server::{self, Refusal, Request, Response, Settings, Verb};
use crate::tool;
use crate::{login, routes, tools};
use postern_sdk::places::Places;

mod bindings {
    postern_sdk::component!({ world: "postern:scaleops/scaleops", path: ["../../wit", "wit"] });
}

use bindings::exports::postern::plugin as exported;
use postern_sdk::{
    CallInfo, Caller, Entity, Field, InvalidArgument, Limited, Lookup, Method, Problem, Target, clock,
    content, entities, settings, targets,
};

/// The upstream of the manifest.
const UPSTREAM: &str = "cost";

struct Plugin;

bindings::export!(Plugin with_types_in bindings);

impl exported::tools::Guest for Plugin {
    fn describe() -> Vec<exported::tools::Tool> {
        let tool = |tool: tool::Description| exported::tools::Tool {
            name: tool.name.to_owned(),
            title: tool.title.to_owned(),
            description: tool.description.to_owned(),
            input_schema: tool.input_schema,
            output_schema: Some(tool.output_schema),
            icons: Vec::new(),
            meta: None,
            task: exported::tools::TaskSupport::Never,
        };
        tools::describe().into_iter().map(tool).collect()
    }

    async fn call(
        _: CallInfo,
        caller: Caller,
        name: String,
        arguments: String,
    ) -> Result<exported::tools::Outcome, Problem> {
        let outcome = tools::call(&Call::new(caller)?, &name, &arguments).await?;
        Ok(exported::tools::Outcome {
            content: vec![content::text(outcome.text)],
            structured: Some(outcome.structured),
            is_error: outcome.is_error,
            meta: None,
        })
    }
}

impl exported::routes::Guest for Plugin {
    fn describe() -> Vec<exported::routes::Route> {
        let route = |route: routes::Description| exported::routes::Route {
            name: route.name.to_owned(),
            title: route.title.to_owned(),
            description: route.description.to_owned(),
            input_schema: route.input_schema,
            media_type: "application/json".to_owned(),
            output_schema: None,
        };
        routes::describe().into_iter().map(route).collect()
    }

    async fn serve(
        _: CallInfo,
        caller: Caller,
        name: String,
        arguments: String,
    ) -> Result<exported::routes::Response, Problem> {
        let body = routes::serve(&Call::new(caller)?, &name, &arguments).await?;
        Ok(exported::routes::Response { status: 200, body, filename: None })
    }
}

impl exported::authenticator::Guest for Plugin {
    async fn login(
        target: &Target,
        secrets: Vec<Field>,
    ) -> Result<exported::authenticator::Session, Problem> {
        let secret = |name: &str| {
            let found = secrets.iter().find(|secret| secret.name == name);
            found
                .map(|secret| secret.value.as_str())
                .ok_or_else(|| Problem::Internal(format!("the host gave no secret `{name}`")))
        };
        let places = Rc::default();
        let server =
            Server { name: target.name(), attributes: Vec::new(), target: Handle::Lent(target), places };
        let session = login::login(&server, secret("username")?, secret("password")?, now()).await?;
        Ok(exported::authenticator::Session { token: session.token, expires_in: Some(session.expires_in) })
    }
}

/// One server: a handle of the host, with what it says of itself read once.
struct Server<'a> {
    target: Handle<'a>,
    name: String,
    attributes: Vec<Field>,
    places: Rc<Places>,
}

/// A call's own handle, or the one that a login is lent.
enum Handle<'a> {
    Owned(Target),
    Lent(&'a Target),
}

impl Handle<'_> {
    fn get(&self) -> &Target {
        match self {
            Self::Owned(target) => target,
            Self::Lent(target) => target,
        }
    }
}

/// Sends a request by the import of its capability.
macro_rules! dispatch {
    ($($(#[$doc:meta])* $variant:ident $name:literal $module:ident $function:ident)+) => {
        async fn send(
            capability: Capability,
            target: &Target,
            request: Request,
        ) -> Result<postern_sdk::Response, Refusal> {
            match capability {
                // Boxed: one branch runs, and the future need not hold them all side by side.
                $(Capability::$variant => {
                    dispatch!(@ $function, $module, target, request).boxed_local().await
                })+
            }
        }
    };
    (@ get, $module:ident, $target:ident, $request:ident) => {
        bindings::$module::get($target, query($request)?)
    };
    (@ send, $module:ident, $target:ident, $request:ident) => {
        bindings::$module::send($target, posted($request))
    };
}
crate::capability::with_capabilities!(dispatch);

fn fields(pairs: impl IntoIterator<Item = (&'static str, String)>) -> Vec<Field> {
    pairs.into_iter().map(|(name, value)| Field { name: name.to_owned(), value }).collect()
}

fn headers(request: &Request) -> Vec<Field> {
    let accept = ("accept", "application/json".to_owned());
    fields([accept].into_iter().chain(request.headers.clone()))
}

/// A read whose type has no other method.
fn query(request: Request) -> Result<postern_sdk::Query, Refusal> {
    if request.verb != Verb::Get {
        return Err(Refusal::Denied("this capability has no method but GET".to_owned()));
    }
    let headers = headers(&request);
    Ok(postern_sdk::Query {
        path: request.path.to_owned(),
        parameters: fields(request.parameters),
        headers,
        timeout_ms: Some(request.timeout_ms),
    })
}

fn posted(request: Request) -> postern_sdk::Request {
    let mut headers = headers(&request);
    let (method, body) = match request.verb {
        Verb::Get => (Method::Get, None),
        Verb::Post(body) => {
            headers.extend(fields([("content-type", "application/json".to_owned())]));
            (Method::Post, Some(body))
        }
    };
    postern_sdk::Request {
        method,
        path: request.path.to_owned(),
        parameters: fields(request.parameters),
        headers,
        body,
        timeout_ms: Some(request.timeout_ms),
    }
}

impl server::Server for Server<'_> {
    fn name(&self) -> &str {
        &self.name
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|field| field.name == name).map(|field| field.value.as_str())
    }

    fn places(&self) -> &Places {
        &self.places
    }

    async fn send(&self, capability: Capability, request: Request) -> Result<Response, Refusal> {
        let response = send(capability, self.target.get(), request).await?;
        let headers = response.headers.into_iter().map(|field| (field.name, field.value)).collect();
        Ok(Response { status: response.status, headers, body: response.body })
    }
}

/// The call that is served.
struct Call {
    caller: Caller,
    servers: Vec<Server<'static>>,
    settings: Settings,
}

impl Call {
    fn new(caller: Caller) -> Result<Self, Problem> {
        let places: Rc<Places> = Rc::default();
        let server = |target: Target| Server {
            name: target.name(),
            attributes: target.attributes(),
            target: Handle::Owned(target),
            places: Rc::clone(&places),
        };
        let servers = targets(UPSTREAM).into_iter().map(server).collect();
        Ok(Self { caller, servers, settings: settings()? })
    }
}

fn now() -> Timestamp {
    let now = i64::try_from(clock::now()).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(now).unwrap_or(Timestamp::MAX)
}

impl server::Call for Call {
    type Server = Server<'static>;

    fn servers(&self) -> &[Server<'static>] {
        &self.servers
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn now(&self) -> Timestamp {
        now()
    }

    async fn find(&self, what: Lookup) -> Result<Vec<Entity>, tool::Problem> {
        entities::find(what).await.map_err(tool::Problem::from)
    }

    async fn progress(&self, message: &str, done: u32, total: u32) {
        self.caller.progress(message.to_owned(), done, Some(total)).await;
    }
}

impl From<tool::Problem> for Problem {
    fn from(problem: tool::Problem) -> Self {
        use tool::Problem as Ours;
        match problem {
            Ours::Invalid { pointer, message } => Self::Invalid(InvalidArgument { pointer, message }),
            Ours::NotFound(message) => Self::NotFound(message),
            Ours::Denied(message) => Self::Denied(message),
            Ours::Limited(message, retry_after) => Self::Limited(Limited { message, retry_after }),
            Ours::Upstream(message) => Self::Upstream(message),
            Ours::Timeout(message) => Self::Timeout(message),
            Ours::Internal(message) => Self::Internal(message),
        }
    }
}

/// What the catalog said.
impl From<Problem> for tool::Problem {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::Invalid(InvalidArgument { pointer, message }) => Self::Invalid { pointer, message },
            Problem::NotFound(message) => Self::NotFound(message),
            Problem::Denied(message) => Self::Denied(message),
            Problem::Conflict(message) | Problem::Upstream(message) => Self::Upstream(message),
            Problem::Limited(Limited { message, retry_after }) => Self::Limited(message, retry_after),
            Problem::Timeout(message) => Self::Timeout(message),
            Problem::Internal(message) => Self::Internal(message),
        }
    }
}
