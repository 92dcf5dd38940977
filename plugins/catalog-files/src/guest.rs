//! The thin skin: the bindings of the world, and the pure modules behind them.

mod bindings {
    postern_sdk::component!({ world: "postern:catalog-files/catalog-files", path: ["../../wit", "wit"] });
}

use std::path::Path;

use bindings::exports::postern::plugin as exported;
use postern_entities::lookup::{MOST, Sought};
use postern_entities::tools;
use postern_sdk::{CallInfo, Caller, Entity, Level, Lookup, Problem};

use crate::{files, graph};

/// The manifest's folder.
const FOLDER: &str = "/entities";

/// Lines of one call about what was left out.
const MOST_LINES: usize = 50;

struct Plugin;

bindings::export!(Plugin with_types_in bindings);
postern_sdk::encode!(exported: tools);

impl exported::tools::Guest for Plugin {
    fn describe() -> Vec<exported::tools::Tool> {
        tools::describe(None).map(Into::into).to_vec()
    }

    async fn call(
        _: CallInfo,
        _: Caller,
        name: String,
        arguments: String,
    ) -> Result<exported::tools::Outcome, Problem> {
        let what = tools::lookup(&name, &arguments)?;
        let found = find(&what)?;
        Ok(tools::answer(&what, &found)?.into())
    }
}

impl exported::catalog::Guest for Plugin {
    async fn find(_: CallInfo, what: Lookup) -> Result<Vec<Entity>, Problem> {
        find(&what)
    }
}

fn find(what: &Lookup) -> Result<Vec<Entity>, Problem> {
    let sought = Sought::of(what)?;
    let unread = |_| {
        Problem::Upstream("the folder of the catalog cannot be read; the host's operator names it".to_owned())
    };
    let files::Read { documents, mut left_out } = files::read(Path::new(FOLDER)).map_err(unread)?;
    let (entities, unusable) = graph::entities(&documents);
    left_out.extend(unusable);
    for line in left_out.iter().take(MOST_LINES) {
        postern_sdk::log(Level::Warn, &format!("left out: {line}"), &[]);
    }
    Ok(entities.into_iter().filter(|entity| sought.fits(entity)).take(MOST).collect())
}
