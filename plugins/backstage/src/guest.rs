//! The thin skin: the bindings of the world, and the pure modules behind them.

mod bindings {
    postern_sdk::component!({ world: "postern:backstage/backstage", path: ["../../wit", "wit"] });
}

use bindings::exports::postern::plugin as exported;
use postern_entities::lookup::not_found;
use postern_entities::tools;
use postern_sdk::{CallInfo, Caller, Entity, Field, Lookup, Problem, Query, Target, content, targets};

use crate::answer::{self, Response};
use crate::catalog::{self, Server};
use crate::request::Get;

/// The upstream of the manifest.
const UPSTREAM: &str = "catalog";

struct Plugin;

bindings::export!(Plugin with_types_in bindings);

impl exported::tools::Guest for Plugin {
    fn describe() -> Vec<exported::tools::Tool> {
        let named = ("catalog", "The catalog's name on this host, where there are several");
        let tool = |tool: tools::Description| exported::tools::Tool {
            name: tool.name.to_owned(),
            title: tool.title.to_owned(),
            description: tool.description.to_owned(),
            input_schema: tool.input_schema,
            output_schema: Some(tool.output_schema),
            icons: Vec::new(),
            meta: None,
            task: exported::tools::TaskSupport::Never,
        };
        tools::describe(Some(named)).map(tool).to_vec()
    }

    async fn call(
        _: CallInfo,
        _: Caller,
        name: String,
        arguments: String,
    ) -> Result<exported::tools::Outcome, Problem> {
        let what = tools::lookup(&name, &arguments)?;
        let found = catalog::find(&servers(), &what).await?;
        if let (Lookup::Reference(reference), true) = (&what, found.is_empty()) {
            return Err(not_found(reference));
        }
        let answer = tools::answer(&name, &found);
        Ok(exported::tools::Outcome {
            content: vec![content::text(answer.text)],
            structured: Some(answer.structured.to_string()),
            is_error: false,
            meta: None,
        })
    }
}

impl exported::catalog::Guest for Plugin {
    async fn find(_: CallInfo, what: Lookup) -> Result<Vec<Entity>, Problem> {
        catalog::find(&servers(), &what).await
    }
}

struct Backstage(Target);

fn servers() -> Vec<Backstage> {
    targets(UPSTREAM).into_iter().map(Backstage).collect()
}

impl Server for Backstage {
    async fn get(&self, get: Get) -> Result<Response, Problem> {
        let field = |name: &str, value: String| Field { name: name.to_owned(), value };
        let query = Query {
            path: get.path,
            parameters: get.parameters.into_iter().map(|(name, value)| field(name, value)).collect(),
            headers: vec![field("accept", "application/json".to_owned())],
            timeout_ms: None,
        };
        let response = bindings::read_entities::get(&self.0, query).await.map_err(answer::failed)?;
        let retry_after = response.headers.iter().find(|it| it.name == "retry-after");
        let retry_after = retry_after.and_then(|it| it.value.parse().ok());
        Ok(Response { status: response.status, retry_after, body: response.body })
    }
}
