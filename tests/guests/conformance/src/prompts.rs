//! Prompts: of words, of arguments, of other content, and one that asks first.

use postern_sdk::ask::{self, Question};
use postern_sdk::content::{embedded_text, image, text};
use postern_sdk::{Caller, Content, Problem, Role};
use serde::Deserialize;

use crate::ask::{filled, plain};
use crate::content::PNG;
use crate::guest::exported::prompts::{Argument, Message, Prompt};

#[derive(Deserialize)]
struct Two {
    arg1: String,
    arg2: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    resource_uri: String,
}

/// Name, description, and the required arguments with theirs.
type Described = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const PROMPTS: [Described; 5] = [
    ("test_simple_prompt", "A prompt without arguments", &[]),
    (
        "test_prompt_with_arguments",
        "A prompt with two arguments",
        &[("arg1", "First test argument"), ("arg2", "Second test argument")],
    ),
    (
        "test_prompt_with_embedded_resource",
        "A prompt with a resource in it",
        &[("resourceUri", "URI of the resource to embed")],
    ),
    ("test_prompt_with_image", "A prompt with a picture in it", &[]),
    ("test_input_required_result_prompt", "A prompt that asks its user first", &[]),
];

/// Describes every prompt.
pub(crate) fn describe() -> Vec<Prompt> {
    let argument = |(name, description): &(&str, &str)| Argument {
        name: (*name).to_owned(),
        description: (*description).to_owned(),
        required: true,
    };
    let prompt = |(name, description, arguments): Described| Prompt {
        name: name.to_owned(),
        title: name.replace('_', " "),
        description: description.to_owned(),
        arguments: arguments.iter().map(argument).collect(),
        icons: Vec::new(),
        meta: None,
    };
    PROMPTS.map(prompt).to_vec()
}

/// Writes one.
pub(crate) async fn get(caller: &Caller, name: &str, arguments: &str) -> Result<Vec<Message>, Problem> {
    let contents = match name {
        "test_simple_prompt" => vec![text("This is a simple prompt for testing.")],
        "test_prompt_with_arguments" => {
            let Two { arg1, arg2 } = postern_sdk::arguments(arguments)?;
            vec![text(format!("Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"))]
        }
        "test_prompt_with_embedded_resource" => {
            let Resource { resource_uri } = postern_sdk::arguments(arguments)?;
            let resource =
                embedded_text(&resource_uri, "text/plain", "Embedded resource content for testing.");
            vec![resource, text("Please process the embedded resource above.")]
        }
        "test_prompt_with_image" => {
            vec![image("image/png", PNG), text("Please analyze the image above.")]
        }
        "test_input_required_result_prompt" => {
            let message = "What context should the prompt use?";
            let question = Question::form("user_context", message, &plain("context", "string"));
            let context = filled(&ask::one(caller, question).await?, "context")?;
            let context = context.as_deref().unwrap_or("none");
            vec![text(format!("Prompt with context: {context}"))]
        }
        _ => return Err(Problem::NotFound(format!("no prompt is named `{name}`"))),
    };
    let message = |content: Content| Message { role: Role::User, content };
    Ok(contents.into_iter().map(message).collect())
}
