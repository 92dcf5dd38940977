//! The thin skin: the bindings of the world, and the pure modules behind them.

use futures::FutureExt as _;
use jiff::Timestamp;
use postern_sdk::places::Places;
use postern_sdk::{
    Body, CallInfo, Caller, Field, InvalidArgument, Limited, Problem, Role, Target, Titled, cache, clock,
    content, entities, targets,
};

use crate::capability::Capability;
use crate::catalog::{Entity, Lookup};
use crate::instance::{self, Method, Refusal, Request, Response};
use crate::{completions, prompts, resolver, resources, routes, tool, tools};

mod bindings {
    postern_sdk::component!({ world: "postern:palette/palette", path: ["../../wit", "wit"] });
}

use bindings::exports::postern::plugin as exported;

/// The upstream of the manifest.
const UPSTREAM: &str = "instance";

struct Plugin;

bindings::export!(Plugin with_types_in bindings);

impl exported::tools::Guest for Plugin {
    fn describe() -> Vec<exported::tools::Tool> {
        let tool = |tool: tool::Description| exported::tools::Tool {
            name: tool.name.to_owned(),
            title: tool.title.to_owned(),
            description: tool.description,
            input_schema: tool.input_schema,
            output_schema: tool.output_schema,
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
        let outcome = tools::call(&Call::new(Some(caller)), &name, &arguments).await?;
        Ok(exported::tools::Outcome {
            content: vec![content::text(outcome.text)],
            structured: Some(outcome.structured),
            is_error: outcome.is_error,
            meta: None,
        })
    }
}

impl exported::resources::Guest for Plugin {
    fn describe() -> Vec<exported::resources::Entry> {
        let entry = |entry: resources::Entry| exported::resources::Entry {
            name: entry.name.to_owned(),
            title: entry.title.to_owned(),
            description: entry.description.to_owned(),
            media_type: Some(entry.media_type.to_owned()),
            icons: Vec::new(),
            meta: None,
        };
        resources::describe().into_iter().map(entry).collect()
    }

    async fn read(
        _: CallInfo,
        caller: Caller,
        name: String,
        arguments: String,
    ) -> Result<exported::resources::Contents, Problem> {
        let contents = resources::read(&Call::new(Some(caller)), &name, &arguments).await?;
        Ok(exported::resources::Contents {
            media_type: Some(contents.media_type.to_owned()),
            body: Body::Text(contents.text),
            meta: None,
        })
    }
}

impl exported::prompts::Guest for Plugin {
    fn describe() -> Vec<exported::prompts::Prompt> {
        let argument = |argument: &prompts::Argument| exported::prompts::Argument {
            name: argument.name.to_owned(),
            description: argument.description.to_owned(),
            required: argument.required,
        };
        let prompt = |prompt: prompts::Prompt| exported::prompts::Prompt {
            name: prompt.name.to_owned(),
            title: prompt.title.to_owned(),
            description: prompt.description.to_owned(),
            arguments: prompt.arguments.iter().map(argument).collect(),
            icons: Vec::new(),
            meta: None,
        };
        prompts::describe().into_iter().map(prompt).collect()
    }

    async fn get(
        _: CallInfo,
        _: Caller,
        name: String,
        arguments: String,
    ) -> Result<Vec<exported::prompts::Message>, Problem> {
        let text = prompts::get(&name, &arguments)?;
        Ok(vec![exported::prompts::Message { role: Role::User, content: content::text(text) }])
    }
}

impl exported::routes::Guest for Plugin {
    fn describe() -> Vec<exported::routes::Route> {
        let route = |route: routes::Route| exported::routes::Route {
            name: route.name.to_owned(),
            title: route.title.to_owned(),
            description: route.description.to_owned(),
            input_schema: route.input_schema,
            media_type: route.media_type.to_owned(),
            output_schema: route.output_schema,
        };
        routes::describe().into_iter().map(route).collect()
    }

    async fn serve(
        _: CallInfo,
        caller: Caller,
        name: String,
        arguments: String,
    ) -> Result<exported::routes::Response, Problem> {
        let routes::Answer { status, body, filename } =
            routes::serve(&Call::new(Some(caller)), &name, &arguments).await?;
        Ok(exported::routes::Response { status, body, filename })
    }
}

impl exported::completions::Guest for Plugin {
    async fn complete(
        _: CallInfo,
        caller: Caller,
        _: exported::completions::Reference,
        argument: String,
        value: String,
        arguments: String,
    ) -> Result<exported::completions::Completion, Problem> {
        let found = completions::complete(&Call::new(Some(caller)), &argument, &value, &arguments).await?;
        let completions::Completion { values, total, has_more } = found;
        Ok(exported::completions::Completion { values, total, has_more })
    }
}

impl exported::resolver::Guest for Plugin {
    async fn resolve(
        _: CallInfo,
        call: exported::resolver::Unresolved,
    ) -> Result<exported::resolver::Resolved, Problem> {
        let resolved = resolver::resolve(&Call::new(None), &call.kind, &call.name, &call.arguments).await?;
        let fact =
            |(name, values): (&str, Vec<String>)| exported::resolver::Fact { name: name.to_owned(), values };
        Ok(exported::resolver::Resolved {
            arguments: resolved.arguments,
            facts: resolved.facts.into_iter().map(fact).collect(),
        })
    }
}

/// One instance: a handle of the host, with its name read once.
struct Instance {
    target: Target,
    name: String,
}

/// Sends a request by the import of its capability, in the form that it has.
macro_rules! send_by {
    (get $module:ident $target:ident $request:ident) => {{
        let Some(query) = query($request) else {
            return Err(Refusal::Denied("a capability that reads cannot write".to_owned()));
        };
        bindings::$module::get($target, query).boxed_local().await
    }};
    (send $module:ident $target:ident $request:ident) => {
        bindings::$module::send($target, request($request)).boxed_local().await
    };
}

macro_rules! dispatch {
    ($($(#[$doc:meta])* $variant:ident $name:literal $module:ident $form:ident)+) => {
        async fn send(
            capability: Capability,
            target: &Target,
            asked: Request,
        ) -> Result<postern_sdk::Response, Refusal> {
            match capability {
                // Boxed: one branch runs, and the future need not hold them all side by side.
                $(Capability::$variant => send_by!($form $module target asked),)+
            }
        }
    };
}
crate::capability::with_capabilities!(dispatch);

fn fields(parameters: Vec<(&'static str, String)>) -> Vec<Field> {
    parameters.into_iter().map(|(name, value)| Field { name: name.to_owned(), value }).collect()
}

fn headers(asked: &Request) -> Vec<Field> {
    let mut headers = vec![("accept", asked.accept.to_owned())];
    headers.extend(asked.project.as_ref().map(|project| ("projectuid", project.to_string())));
    headers.extend(asked.body.is_some().then(|| ("content-type", "application/json".to_owned())));
    fields(headers)
}

/// The request as a read; `None` where it is none.
fn query(asked: Request) -> Option<postern_sdk::Query> {
    (asked.method == Method::Get && asked.body.is_none()).then(|| postern_sdk::Query {
        headers: headers(&asked),
        path: asked.path,
        parameters: fields(asked.parameters),
        timeout_ms: Some(asked.timeout_ms),
    })
}

fn request(asked: Request) -> postern_sdk::Request {
    postern_sdk::Request {
        method: match asked.method {
            Method::Get => postern_sdk::Method::Get,
            Method::Post => postern_sdk::Method::Post,
            Method::Put => postern_sdk::Method::Put,
            Method::Patch => postern_sdk::Method::Patch,
            Method::Delete => postern_sdk::Method::Delete,
        },
        headers: headers(&asked),
        path: asked.path,
        parameters: fields(asked.parameters),
        body: asked.body,
        timeout_ms: Some(asked.timeout_ms),
    }
}

impl instance::Instance for Instance {
    fn name(&self) -> &str {
        &self.name
    }

    async fn send(&self, capability: Capability, request: Request) -> Result<Response, Refusal> {
        let response = send(capability, &self.target, request).await?;
        let headers = response.headers.into_iter().map(|field| (field.name, field.value)).collect();
        Ok(Response { status: response.status, headers, body: response.body })
    }
}

/// The call that is served. While a call is resolved there is nobody to report to.
struct Call {
    caller: Option<Caller>,
    instances: Vec<Instance>,
    places: Places,
}

impl Call {
    fn new(caller: Option<Caller>) -> Self {
        let instance = |target: Target| Instance { name: target.name(), target };
        Self {
            caller,
            instances: targets(UPSTREAM).into_iter().map(instance).collect(),
            places: Places::default(),
        }
    }
}

impl instance::Call for Call {
    type Instance = Instance;

    fn instances(&self) -> &[Instance] {
        &self.instances
    }

    fn places(&self) -> &Places {
        &self.places
    }

    fn now(&self) -> Timestamp {
        let now = i64::try_from(clock::now()).unwrap_or(i64::MAX);
        Timestamp::from_millisecond(now).unwrap_or(Timestamp::MAX)
    }

    async fn progress(&self, message: &str, done: u32, total: u32) {
        if let Some(caller) = &self.caller {
            caller.progress(message.to_owned(), done, Some(total)).await;
        }
    }

    async fn event(&self, name: &str, data: &serde_json::Value) {
        if let Some(caller) = &self.caller {
            caller.event(name.to_owned(), data.to_string()).await;
        }
    }

    async fn find(&self, lookup: Lookup) -> Result<Vec<Entity>, tool::Problem> {
        let lookup = match lookup {
            Lookup::Reference(reference) => postern_sdk::Lookup::Reference(reference),
            Lookup::Title(title) => postern_sdk::Lookup::Title(Titled { title, kind: None, type_: None }),
        };
        let entity = |entity: postern_sdk::Entity| Entity {
            reference: entity.reference,
            title: entity.title,
            annotations: entity.annotations.into_iter().map(|field| (field.name, field.value)).collect(),
        };
        Ok(entities::find(lookup).await?.into_iter().map(entity).collect())
    }

    fn recall(&self, key: &str) -> Option<Vec<u8>> {
        cache::get(key)
    }

    fn remember(&self, key: &str, value: &[u8], ttl_ms: u32) {
        cache::set(key, value, ttl_ms);
    }
}

impl From<tool::Problem> for Problem {
    fn from(problem: tool::Problem) -> Self {
        use tool::Problem as Ours;
        match problem {
            Ours::Invalid { pointer, message } => Self::Invalid(InvalidArgument { pointer, message }),
            Ours::NotFound(message) => Self::NotFound(message),
            Ours::Denied(message) => Self::Denied(message),
            Ours::Conflict(message) => Self::Conflict(message),
            Ours::Limited { message, retry_after } => Self::Limited(Limited { message, retry_after }),
            Ours::Upstream(message) => Self::Upstream(message),
            Ours::Timeout(message) => Self::Timeout(message),
            Ours::Internal(message) => Self::Internal(message),
        }
    }
}

impl From<Problem> for tool::Problem {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::Invalid(InvalidArgument { pointer, message }) => Self::Invalid { pointer, message },
            Problem::NotFound(message) => Self::NotFound(message),
            Problem::Denied(message) => Self::Denied(message),
            Problem::Conflict(message) => Self::Conflict(message),
            Problem::Limited(Limited { message, retry_after }) => Self::Limited { message, retry_after },
            Problem::Upstream(message) => Self::Upstream(message),
            Problem::Timeout(message) => Self::Timeout(message),
            Problem::Internal(message) => Self::Internal(message),
        }
    }
}
