//! The thin skin: the bindings of the world, and the pure modules behind them.

use std::rc::Rc;

use futures::FutureExt as _;
use jiff::Timestamp;

use crate::capability::Capability;
use crate::server::{self, Refusal, Request, Response, Settings, Verb};
use crate::{login, routes, tools};
use postern_sdk::places::Places;
use postern_sdk::route::Answer;

mod bindings {
    postern_sdk::component!({ world: "postern:scaleops/scaleops", path: ["../../wit", "wit"] });
}

use bindings::exports::postern::plugin as exported;
use postern_sdk::{
    CallInfo, Caller, Entity, Field, Lookup, Method, Problem, Target, clock, entities, settings, targets,
};

/// The upstream of the manifest.
const UPSTREAM: &str = "cost";

struct Plugin;

bindings::export!(Plugin with_types_in bindings);
postern_sdk::encode!(exported: tools, routes);

impl exported::tools::Guest for Plugin {
    fn describe() -> Vec<exported::tools::Tool> {
        tools::describe().into_iter().map(Into::into).collect()
    }

    async fn call(
        _: CallInfo,
        caller: Caller,
        name: String,
        arguments: String,
    ) -> Result<exported::tools::Outcome, Problem> {
        Ok(tools::call(&Call::new(caller)?, &name, &arguments).await?.into())
    }
}

impl exported::routes::Guest for Plugin {
    fn describe() -> Vec<exported::routes::Route> {
        routes::describe().into_iter().map(Into::into).collect()
    }

    async fn serve(
        _: CallInfo,
        caller: Caller,
        name: String,
        arguments: String,
    ) -> Result<exported::routes::Response, Problem> {
        Ok(Answer::bytes(routes::serve(&Call::new(caller)?, &name, &arguments).await?).into())
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
        ) -> Result<Response, Refusal> {
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

fn headers(request: &Request) -> Vec<Field> {
    let accept = Field::from(("accept", "application/json"));
    [accept].into_iter().chain(request.headers.iter().cloned().map(Field::from)).collect()
}

/// A read whose type has no other method.
fn query(request: Request) -> Result<postern_sdk::Query, Refusal> {
    if request.verb != Verb::Get {
        return Err(Refusal::Denied("this capability has no method but GET".to_owned()));
    }
    let headers = headers(&request);
    Ok(postern_sdk::Query {
        path: request.path.to_owned(),
        parameters: request.parameters.into_iter().map(Field::from).collect(),
        headers,
        timeout_ms: Some(request.timeout_ms),
    })
}

fn posted(request: Request) -> postern_sdk::Request {
    let mut headers = headers(&request);
    let (method, body) = match request.verb {
        Verb::Get => (Method::Get, None),
        Verb::Post(body) => {
            headers.push(("content-type", "application/json").into());
            (Method::Post, Some(body))
        }
    };
    postern_sdk::Request {
        method,
        path: request.path.to_owned(),
        parameters: request.parameters.into_iter().map(Field::from).collect(),
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
        send(capability, self.target.get(), request).await
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

    async fn find(&self, what: Lookup) -> Result<Vec<Entity>, Problem> {
        entities::find(what).await
    }

    async fn progress(&self, message: &str, done: u32, total: u32) {
        self.caller.progress(message.to_owned(), done, Some(total)).await;
    }
}
