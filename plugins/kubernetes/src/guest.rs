//! The thin skin: the bindings of the world, and the pure modules behind them.

use futures::FutureExt as _;
use jiff::Timestamp;

use crate::capability::Capability;
use crate::cluster::{self, Query, Refusal, Response};
use crate::places::Places;
use crate::{completions, prompts, resources, tools};

mod bindings {
    postern_sdk::component!({ world: "postern:kubernetes/kubernetes", path: ["../../wit", "wit"] });
}

use bindings::exports::postern::plugin as exported;
use postern_sdk::{CallInfo, Caller, Field, Problem, Role, Target, cache, clock, content, targets};

/// The upstream of the manifest.
const UPSTREAM: &str = "cluster";

struct Plugin;

bindings::export!(Plugin with_types_in bindings);
postern_sdk::encode!(exported: tools, resources, prompts, completions);

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
        Ok(tools::call(&Call::new(caller), &name, &arguments).await?.into())
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
        Ok(resources::read(&Call::new(caller), &name, &arguments).await?.into())
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

impl exported::completions::Guest for Plugin {
    async fn complete(
        _: CallInfo,
        caller: Caller,
        _: exported::completions::Reference,
        argument: String,
        value: String,
        arguments: String,
    ) -> Result<exported::completions::Completion, Problem> {
        Ok(completions::complete(&Call::new(caller), &argument, &value, &arguments).await?.into())
    }
}

/// One cluster: a handle of the host, with what it says of itself read once.
struct Cluster {
    target: Target,
    name: String,
    attributes: Vec<Field>,
}

impl Cluster {
    fn new(target: Target) -> Self {
        Self { name: target.name(), attributes: target.attributes(), target }
    }
}

/// Sends a query by the import of its capability.
macro_rules! dispatch {
    ($($(#[$doc:meta])* $variant:ident $name:literal $module:ident)+) => {
        async fn send(
            capability: Capability,
            target: &Target,
            query: postern_sdk::Query,
        ) -> Result<Response, Refusal> {
            match capability {
                // Boxed: one branch runs, and the future need not hold them all side by side.
                $(Capability::$variant => bindings::$module::get(target, query).boxed_local().await,)+
            }
        }
    };
}
crate::capability::with_capabilities!(dispatch);

impl cluster::Cluster for Cluster {
    fn name(&self) -> &str {
        &self.name
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|field| field.name == name).map(|field| field.value.as_str())
    }

    async fn get(&self, capability: Capability, query: Query) -> Result<Response, Refusal> {
        let query = postern_sdk::Query {
            path: query.path,
            parameters: query.parameters.into_iter().map(Field::from).collect(),
            headers: vec![("accept", query.accept).into()],
            timeout_ms: Some(query.timeout_ms),
        };
        send(capability, &self.target, query).await
    }
}

/// The call that is served.
struct Call {
    caller: Caller,
    clusters: Vec<Cluster>,
    places: Places,
}

impl Call {
    fn new(caller: Caller) -> Self {
        let clusters = targets(UPSTREAM).into_iter().map(Cluster::new).collect();
        Self { caller, clusters, places: Places::default() }
    }
}

impl cluster::Call for Call {
    type Cluster = Cluster;

    fn clusters(&self) -> &[Cluster] {
        &self.clusters
    }

    fn places(&self) -> &Places {
        &self.places
    }

    fn now(&self) -> Timestamp {
        let now = i64::try_from(clock::now()).unwrap_or(i64::MAX);
        Timestamp::from_millisecond(now).unwrap_or(Timestamp::MAX)
    }

    async fn progress(&self, message: &str, done: u32, total: u32) {
        self.caller.progress(message.to_owned(), done, Some(total)).await;
    }

    fn recall(&self, key: &str) -> Option<Vec<u8>> {
        cache::get(key)
    }

    fn remember(&self, key: &str, value: &[u8], ttl_ms: u32) {
        cache::set(key, value, ttl_ms);
    }

    fn forget(&self, key: &str) {
        cache::delete(key);
    }
}
