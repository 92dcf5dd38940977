//! Tools that ask the client: its user by forms, its model, and for its folders.

use postern_sdk::ask::{self, Answer, Question};
use postern_sdk::{Abilities, Caller, Problem};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::guest::exported::tools::Outcome;
use crate::guest::said;

#[derive(Deserialize)]
struct Prompted {
    prompt: String,
}

#[derive(Deserialize)]
struct Worded {
    message: String,
}

/// Answers the tools of this module; `None` for any other.
pub(crate) async fn call(caller: &Caller, name: &str, arguments: &str) -> Result<Option<Outcome>, Problem> {
    let text = match name {
        "test_sampling" => {
            let Prompted { prompt } = postern_sdk::arguments(arguments)?;
            let answer = ask::one(caller, sampling("prompt", &prompt, 100)).await?;
            format!("LLM response: {}", spoken(&answer)?)
        }
        "test_elicitation" => {
            let Worded { message } = postern_sdk::arguments(arguments)?;
            let answer = ask::one(caller, Question::form("response", &message, &response())).await?;
            format!("User response: {}", told(&answer))
        }
        "test_elicitation_sep1034_defaults" => {
            completed(caller, "Every field has a default", &defaults()).await?
        }
        "test_elicitation_sep1330_enums" => completed(caller, "Choose in five ways", &choices()).await?,
        "test_missing_capability" => {
            // Without a look at what the client can: the host has to refuse.
            let answer = ask::one(caller, sampling("anything", "Say anything.", 10)).await?;
            format!("It said: {}", spoken(&answer)?)
        }
        "test_streaming_elicitation" => {
            let question = Question::form("proceed", "Shall this go on?", &plain("ok", "boolean"));
            told(&ask::one(caller, question).await?)
        }
        "test_input_required_result_elicitation" => greeting(&ask::one(caller, user_name()).await?)?,
        "test_input_required_result_sampling" => {
            let question = sampling("capital_question", "What is the capital of France?", 100);
            spoken(&ask::one(caller, question).await?)?
        }
        "test_input_required_result_list_roots" => {
            folders(&ask::one(caller, Question::roots("client_roots")).await?)?
        }
        // The state is the host's own: there is nothing to keep here, and nothing to tamper with.
        "test_input_required_result_request_state" | "test_input_required_result_tampered_state" => {
            let question = Question::form("confirm", "Please confirm", &plain("ok", "boolean"));
            format!("state-ok: {}", told(&ask::one(caller, question).await?))
        }
        "test_input_required_result_multiple_inputs" => several(caller).await?,
        "test_input_required_result_multi_round" => rounds(caller).await?,
        "test_input_required_result_capabilities" => suitable(caller).await?,
        _ => return Ok(None),
    };
    Ok(Some(said(text)))
}

/// Asks for the user's name.
pub(crate) fn user_name() -> Question {
    Question::form("user_name", "What is your name?", &plain("name", "string"))
}

/// A schema of one required property.
pub(crate) fn plain(name: &str, kind: &str) -> Value {
    json!({"type": "object", "properties": {name: {"type": kind}}, "required": [name]})
}

/// Greets whoever said their name.
pub(crate) fn greeting(answer: &Answer) -> Result<String, Problem> {
    let name = filled(answer, "name")?.unwrap_or_else(|| "stranger".to_owned());
    Ok(format!("Hello, {name}!"))
}

/// One text of a form; `None` where nothing was filled in.
pub(crate) fn filled(answer: &Answer, name: &str) -> Result<Option<String>, Problem> {
    let form: Option<Value> = answer.accepted()?;
    Ok(form.and_then(|form| form.get(name)?.as_str().map(str::to_owned)))
}

/// What became of a question, in the protocol's own words.
pub(crate) fn told(answer: &Answer) -> String {
    let (action, content) = match answer {
        Answer::Accepted(json) => ("accept", json.as_str()),
        Answer::Declined => ("decline", "{}"),
        Answer::Cancelled => ("cancel", "{}"),
    };
    format!("action={action}, content={content}")
}

/// Three questions of three kinds, at once.
async fn several(caller: &Caller) -> Result<String, Problem> {
    let greeting_question = sampling("greeting", "Generate a greeting", 50);
    let questions = vec![user_name(), greeting_question, Question::roots("client_roots")];
    let answers = ask::all(caller, questions).await?;
    let [name, said, roots] = answers.as_slice() else {
        return Err(Problem::Internal("three questions have no three answers".to_owned()));
    };
    Ok(format!("{} {} {}", greeting(name)?, spoken(said)?, folders(roots)?))
}

/// Two questions, the second only after the first.
async fn rounds(caller: &Caller) -> Result<String, Problem> {
    let name = Question::form("step1", "Step 1: What is your name?", &plain("name", "string"));
    let name = greeting(&ask::one(caller, name).await?)?;
    let color = Question::form("step2", "Step 2: What is your favorite color?", &plain("color", "string"));
    let color = filled(&ask::one(caller, color).await?, "color")?;
    Ok(format!("{name} Your favorite color is {}.", color.as_deref().unwrap_or("a secret")))
}

/// What the client can be asked, and nothing else.
async fn suitable(caller: &Caller) -> Result<String, Problem> {
    let abilities = caller.abilities();
    let mut questions = Vec::new();
    if abilities.contains(Abilities::FORM) {
        questions.push(user_name());
    }
    if abilities.contains(Abilities::SAMPLING) {
        questions.push(sampling("greeting", "Generate a greeting", 50));
    }
    if abilities.contains(Abilities::ROOTS) {
        questions.push(Question::roots("client_roots"));
    }
    if questions.is_empty() {
        return Ok("This client cannot be asked anything.".to_owned());
    }
    let answers = ask::all(caller, questions).await?;
    Ok(format!("Answered: {}", answers.iter().map(told).collect::<Vec<_>>().join("; ")))
}

async fn completed(caller: &Caller, message: &str, schema: &Value) -> Result<String, Problem> {
    let answer = ask::one(caller, Question::form("form", message, schema)).await?;
    Ok(format!("Elicitation completed: {}", told(&answer)))
}

fn sampling(key: &str, text: &str, most_tokens: u32) -> Question {
    let message = json!({"role": "user", "content": {"type": "text", "text": text}});
    Question::sampling(key, &json!({"messages": [message], "maxTokens": most_tokens}))
}

/// The text that a model answered with.
fn spoken(answer: &Answer) -> Result<String, Problem> {
    let result: Option<Value> = answer.accepted()?;
    // One block, or several in a list.
    let text = result.as_ref().and_then(|result| {
        let content = result.get("content")?;
        content.get("text").or_else(|| content.get(0)?.get("text"))?.as_str()
    });
    Ok(text.unwrap_or("nothing").to_owned())
}

/// The client's folders by name, or by address where they have none.
fn folders(answer: &Answer) -> Result<String, Problem> {
    let result: Option<Value> = answer.accepted()?;
    let roots = result.as_ref().and_then(|result| result.get("roots")?.as_array());
    let name = |root: &Value| root.get("name").or_else(|| root.get("uri"))?.as_str().map(str::to_owned);
    let names: Vec<String> = roots.into_iter().flatten().filter_map(name).collect();
    Ok(format!("Folders: {}", names.join(", ")))
}

fn response() -> Value {
    json!({
        "type": "object",
        "properties": {
            "username": {"type": "string", "description": "User's response"},
            "email": {"type": "string", "description": "User's email address"}
        },
        "required": ["username", "email"]
    })
}

fn defaults() -> Value {
    json!({
        "type": "object",
        "properties": {
            "name": {"type": "string", "default": "John Doe"},
            "age": {"type": "integer", "default": 30},
            "score": {"type": "number", "default": 95.5},
            "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
            "verified": {"type": "boolean", "default": true}
        },
        "required": []
    })
}

fn choices() -> Value {
    let titled = |what: &str| {
        let choice =
            |(value, ordinal): (&str, &str)| json!({"const": value, "title": format!("{ordinal} {what}")});
        [("value1", "First"), ("value2", "Second"), ("value3", "Third")].map(choice)
    };
    json!({
        "type": "object",
        "properties": {
            "untitledSingle": {"type": "string", "enum": ["option1", "option2", "option3"]},
            "titledSingle": {"type": "string", "oneOf": titled("Option")},
            "legacyEnum": {
                "type": "string",
                "enum": ["opt1", "opt2", "opt3"],
                "enumNames": ["Option One", "Option Two", "Option Three"]
            },
            "untitledMulti": {
                "type": "array",
                "items": {"type": "string", "enum": ["option1", "option2", "option3"]}
            },
            "titledMulti": {"type": "array", "items": {"anyOf": titled("Choice")}}
        },
        "required": []
    })
}
