//! The thin skin: the bindings of the world, and the pure modules behind them.

use futures::FutureExt as _;
use jiff::Timestamp;
use postern_sdk::places::Places;
use postern_sdk::{
    CallInfo, Caller, Field, Problem, Role, Target, Titled, cache, clock, content, entities, targets,
};

use crate::capability::Capability;
use crate::catalog::{Entity, Lookup};
use crate::instance::{self, Method, Refusal, Request, Response};
use crate::{completions, prompts, resolver, resources, routes, tools};

mod bindings {
    postern_sdk::component!({ world: "postern:palette/palette", path: ["../../wit", "wit"] });
}

use bindings::exports::postern::plugin as exported;

/// The upstream of the manifest.
const UPSTREAM: &str = "instance";

struct Plugin;

bindings::export!(Plugin with_types_in bindings);
postern_sdk::encode!(exported: tools, resources, prompts, routes, completions);

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
        Ok(tools::call(&Call::new(Some(caller)), &name, &arguments).await?.into())
    }
}

impl exported::resources::Guest for Plugin {
    fn describe() -> Vec<exported::resources::Entry> {
        resources::describe().into_iter().map(Into::into).collect()
    }

    async fn read(
        _: CallInfo,
        caller: Caller,
        name: String,
        arguments: String,
    ) -> Result<exported::resources::Contents, Problem> {
        Ok(resources::read(&Call::new(Some(caller)), &name, &arguments).await?.into())
    }
}

impl exported::prompts::Guest for Plugin {
    fn describe() -> Vec<exported::prompts::Prompt> {
        prompts::describe().into_iter().map(Into::into).collect()
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
        routes::describe().into_iter().map(Into::into).collect()
    }

    async fn serve(
        _: CallInfo,
        caller: Caller,
        name: String,
        arguments: String,
    ) -> Result<exported::routes::Response, Problem> {
        Ok(routes::serve(&Call::new(Some(caller)), &name, &arguments).await?.into())
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
        Ok(completions::complete(&Call::new(Some(caller)), &argument, &value, &arguments).await?.into())
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
        ) -> Result<Response, Refusal> {
            match capability {
                // Boxed: one branch runs, and the future need not hold them all side by side.
                $(Capability::$variant => send_by!($form $module target asked),)+
            }
        }
    };
}
crate::capability::with_capabilities!(dispatch);

fn headers(asked: &Request) -> Vec<Field> {
    let mut headers = vec![Field::from(("accept", asked.accept))];
    headers.extend(asked.project.as_ref().map(|project| Field::from(("projectuid", project.to_string()))));
    headers.extend(asked.body.is_some().then(|| Field::from(("content-type", "application/json"))));
    headers
}

/// The request as a read; `None` where it is none.
fn query(asked: Request) -> Option<postern_sdk::Query> {
    (asked.method == Method::Get && asked.body.is_none()).then(|| postern_sdk::Query {
        headers: headers(&asked),
        path: asked.path,
        parameters: asked.parameters.into_iter().map(Field::from).collect(),
        timeout_ms: Some(asked.timeout_ms),
    })
}

fn request(asked: Request) -> postern_sdk::Request {
    postern_sdk::Request {
        method: asked.method,
        headers: headers(&asked),
        path: asked.path,
        parameters: asked.parameters.into_iter().map(Field::from).collect(),
        body: asked.body,
        timeout_ms: Some(asked.timeout_ms),
    }
}

impl instance::Instance for Instance {
    fn name(&self) -> &str {
        &self.name
    }

    async fn send(&self, capability: Capability, request: Request) -> Result<Response, Refusal> {
        send(capability, &self.target, request).await
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

    async fn find(&self, lookup: Lookup) -> Result<Vec<Entity>, Problem> {
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
