//! The thin skin: the bindings of the world, and the pure modules behind them.

use futures::FutureExt as _;
use jiff::Timestamp;

use crate::capability::Capability;
use crate::cluster::{self, Query, Refusal, Response};
use crate::places::Places;
use crate::tool;
use crate::{completions, prompts, resources, tools};

mod bindings {
    postern_sdk::component!({ world: "postern:kubernetes/kubernetes", path: ["../../wit", "wit"] });
}

use bindings::exports::postern::plugin as exported;
use postern_sdk::{
    Body, CallInfo, Caller, Field, InvalidArgument, Problem, Role, Target, cache, clock, content, targets,
};

/// The upstream of the manifest.
const UPSTREAM: &str = "cluster";

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
            meta: tool.meta,
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
        let outcome = tools::call(&Call::new(caller), &name, &arguments).await?;
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
            meta: entry.meta.map(str::to_owned),
        };
        resources::describe().into_iter().map(entry).collect()
    }

    async fn read(
        _: CallInfo,
        caller: Caller,
        name: String,
        arguments: String,
    ) -> Result<exported::resources::Contents, Problem> {
        let resources::Contents { media_type, text, meta } =
            resources::read(&Call::new(caller), &name, &arguments).await?;
        let (media_type, meta) = (Some(media_type.to_owned()), meta.map(str::to_owned));
        Ok(exported::resources::Contents { media_type, body: Body::Text(text), meta })
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

impl exported::completions::Guest for Plugin {
    async fn complete(
        _: CallInfo,
        caller: Caller,
        _: exported::completions::Reference,
        argument: String,
        value: String,
        arguments: String,
    ) -> Result<exported::completions::Completion, Problem> {
        let found = completions::complete(&Call::new(caller), &argument, &value, &arguments).await?;
        let completions::Completion { values, total, has_more } = found;
        Ok(exported::completions::Completion { values, total, has_more })
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
        ) -> Result<postern_sdk::Response, Refusal> {
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
        let field = |(name, value): (&str, String)| Field { name: name.to_owned(), value };
        let query = postern_sdk::Query {
            path: query.path,
            parameters: query.parameters.into_iter().map(field).collect(),
            headers: vec![field(("accept", query.accept.to_owned()))],
            timeout_ms: Some(query.timeout_ms),
        };
        let response = send(capability, &self.target, query).await?;
        let headers = response.headers.into_iter().map(|field| (field.name, field.value)).collect();
        Ok(Response { status: response.status, headers, body: response.body })
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

impl From<tool::Problem> for Problem {
    fn from(problem: tool::Problem) -> Self {
        use tool::Problem as Ours;
        match problem {
            Ours::Invalid { pointer, message } => Self::Invalid(InvalidArgument { pointer, message }),
            Ours::NotFound(message) => Self::NotFound(message),
            Ours::Denied(message) => Self::Denied(message),
            Ours::Upstream(message) => Self::Upstream(message),
            Ours::Timeout(message) => Self::Timeout(message),
            Ours::Internal(message) => Self::Internal(message),
        }
    }
}
