//! The skin: hands each call to the module that knows its name.

use postern_sdk::{CallInfo, Caller, Content, Problem, content as part};

use crate::{ask, complete, content, describe, prompts, resources, task};

postern_sdk::component!({ world: "guest:conformance/conformance", path: ["../../../wit", "wit"] });

use exported::completions::{Completion, Reference};
use exported::prompts::{Message, Prompt};
use exported::resources::{Contents, Entry};
use exported::tools::{Outcome, Tool};
pub(crate) use exports::postern::plugin as exported;

struct Plugin;
export!(Plugin);

impl exported::tools::Guest for Plugin {
    fn describe() -> Vec<Tool> {
        describe::tools()
    }

    async fn call(_: CallInfo, caller: Caller, name: String, arguments: String) -> Result<Outcome, Problem> {
        if let Some(outcome) = content::call(&caller, &name, &arguments).await? {
            return Ok(outcome);
        }
        if let Some(outcome) = ask::call(&caller, &name, &arguments).await? {
            return Ok(outcome);
        }
        let outcome = task::call(&caller, &name, &arguments).await?;
        outcome.ok_or_else(|| Problem::NotFound(format!("no tool is named `{name}`")))
    }
}

impl exported::resources::Guest for Plugin {
    fn describe() -> Vec<Entry> {
        resources::describe()
    }

    async fn read(_: CallInfo, _: Caller, name: String, arguments: String) -> Result<Contents, Problem> {
        resources::read(&name, &arguments)
    }
}

impl exported::prompts::Guest for Plugin {
    fn describe() -> Vec<Prompt> {
        prompts::describe()
    }

    async fn get(
        _: CallInfo,
        caller: Caller,
        name: String,
        arguments: String,
    ) -> Result<Vec<Message>, Problem> {
        prompts::get(&caller, &name, &arguments).await
    }
}

impl exported::completions::Guest for Plugin {
    async fn complete(
        _: CallInfo,
        _: Caller,
        reference: Reference,
        argument: String,
        value: String,
        _: String,
    ) -> Result<Completion, Problem> {
        Ok(complete::complete(&reference, &argument, &value))
    }
}

/// An answer of one text.
pub(crate) fn said(text: impl Into<String>) -> Outcome {
    made(vec![part::text(text)])
}

/// An answer.
pub(crate) fn made(content: Vec<Content>) -> Outcome {
    Outcome { content, structured: None, is_error: false, meta: None }
}

/// The answer of a tool that ran and failed.
pub(crate) fn failed(text: impl Into<String>) -> Outcome {
    Outcome { is_error: true, ..said(text) }
}
