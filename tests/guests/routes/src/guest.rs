//! The skin: hands each call to what knows its name.

use postern_sdk::{CallInfo, Caller, Problem, Query, content};
use serde_json::{Map, Value, json};

use crate::{describe, misbehave};

postern_sdk::component!({ world: "guest:routes/routes", path: ["../../../wit", "wit"] });

use exports::postern::plugin::routes::{Guest as Routes, Response, Route};
use exports::postern::plugin::tools::{Guest as Tools, Outcome, Tool};

struct Plugin;
export!(Plugin);

impl Tools for Plugin {
    fn describe() -> Vec<Tool> {
        describe::tools()
    }

    async fn call(_: CallInfo, caller: Caller, name: String, arguments: String) -> Result<Outcome, Problem> {
        let arguments: Map<String, Value> = postern_sdk::arguments(&arguments)?;
        let number = |name: &str| arguments.get(name).and_then(Value::as_i64).unwrap_or_default();
        let structured = match name.as_str() {
            "add" => json!({"sum": number("one") + number("other")}),
            _ => {
                let to = u32::try_from(number("to")).unwrap_or_default();
                for done in 1..=to {
                    caller.progress(format!("{done} of {to}"), done, Some(to)).await;
                }
                json!({"counted": to})
            }
        };
        let text = content::text(structured.to_string());
        Ok(Outcome {
            content: vec![text],
            structured: Some(structured.to_string()),
            is_error: false,
            meta: None,
        })
    }
}

impl Routes for Plugin {
    fn describe() -> Vec<Route> {
        describe::routes()
    }

    async fn serve(
        _: CallInfo,
        caller: Caller,
        name: String,
        arguments: String,
    ) -> Result<Response, Problem> {
        let given: Map<String, Value> = postern_sdk::arguments(&arguments)?;
        let text = |name: &str| given.get(name).and_then(Value::as_str).unwrap_or_default();
        match name.as_str() {
            "pods" => pods(text("namespace")).await,
            "echo" => Ok(json_of(200, &json!({"arguments": given}))),
            "item" => Ok(json_of(200, &json!({"item": text("name")}))),
            "newest-item" => Ok(json_of(200, &json!({"newest": true}))),
            "put-note" => Ok(Response { status: 201, body: text("body").into(), filename: None }),
            "drop-note" => Ok(Response { status: 204, body: "nothing to see".into(), filename: None }),
            "file" => {
                let bytes = given.get("bytes").and_then(Value::as_u64).unwrap_or(3);
                let body = vec![b'x'; usize::try_from(bytes).unwrap_or_default()];
                Ok(Response { status: 200, body, filename: Some(text("name").to_owned()) })
            }
            "ticks" => {
                let to = given.get("to").and_then(Value::as_u64).unwrap_or_default();
                for tick in 1..=to {
                    caller.event("tick".to_owned(), json!({"tick": tick}).to_string()).await;
                }
                Ok(json_of(200, &json!({"ticks": to})))
            }
            "misbehave" => misbehave::whole(text("how")),
            _ => misbehave::in_parts(&caller, text("how")).await,
        }
    }
}

async fn pods(namespace: &str) -> Result<Response, Problem> {
    let targets = postern_sdk::targets("cluster");
    let Some(target) = targets.first() else { return Err(Problem::Denied("no cluster".to_owned())) };
    let path = format!("/api/v1/namespaces/{namespace}/pods");
    let query = Query { path, parameters: Vec::new(), headers: Vec::new(), timeout_ms: None };
    match list_pods::get(target, query).await {
        Ok(answer) => Ok(Response { status: 200, body: answer.body, filename: None }),
        Err(error) => Err(Problem::Upstream(format!("{error:?}"))),
    }
}

pub(crate) fn json_of(status: u16, value: &Value) -> Response {
    Response { status, body: value.to_string().into_bytes(), filename: None }
}
