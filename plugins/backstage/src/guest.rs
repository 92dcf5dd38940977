//! The thin skin: the bindings of the world, and the pure modules behind them.

mod bindings {
    postern_sdk::component!({ world: "postern:backstage/backstage", path: ["../../wit", "wit"] });
}

use bindings::exports::postern::plugin as exported;
use postern_entities::tools;
use postern_sdk::{CallInfo, Caller, Entity, Field, Lookup, Problem, Query, Response, Target, targets};

use crate::answer;
use crate::catalog::{self, Server};
use crate::request::Get;

/// The upstream of the manifest.
const UPSTREAM: &str = "catalog";

struct Plugin;

bindings::export!(Plugin with_types_in bindings);
postern_sdk::encode!(exported: tools);

impl exported::tools::Guest for Plugin {
    fn describe() -> Vec<exported::tools::Tool> {
        let named = ("catalog", "The catalog's name on this host, where there are several");
        tools::describe(Some(named)).map(Into::into).to_vec()
    }

    async fn call(
        _: CallInfo,
        _: Caller,
        name: String,
        arguments: String,
    ) -> Result<exported::tools::Outcome, Problem> {
        let what = tools::lookup(&name, &arguments)?;
        let found = catalog::find(&servers(), &what).await?;
        Ok(tools::answer(&what, &found)?.into())
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
        let query = Query {
            path: get.path,
            parameters: get.parameters.into_iter().map(Field::from).collect(),
            headers: vec![("accept", "application/json").into()],
            timeout_ms: None,
        };
        bindings::read_entities::get(&self.0, query).await.map_err(answer::failed)
    }
}
