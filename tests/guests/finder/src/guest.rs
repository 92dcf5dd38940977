//! The skin, which is all there is.

use postern_sdk::{
    Body, CallInfo, Caller, Content, Error, Lookup, Method, Problem, Query, Relation, Request, Response,
    Target, Titled, entities,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

postern_sdk::component!({ world: "guest:finder/finder", path: ["../../../wit", "wit"] });

use exports::postern::plugin::resolver::{Fact, Guest as Resolving, Resolved, Unresolved};
use exports::postern::plugin::resources::{Contents, Entry, Guest as Resources};
use exports::postern::plugin::tools::{Guest as Tools, Outcome, TaskSupport, Tool};

struct Plugin;
export!(Plugin);

const SCHEMA: &str = r#"{
  "type": "object",
  "properties": {
    "cluster": {"type": "string"},
    "namespace": {"type": "string", "maxLength": 20},
    "name": {"type": "string"},
    "note": {"type": "string"},
    "find": {"type": "object"},
    "then": {"type": "object"}
  },
  "additionalProperties": false
}"#;

/// What the resolver does.
#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Then {
    /// Arguments that it sets.
    set: Map<String, Value>,
    /// The whole of its arguments, JSON or not.
    raw: Option<String>,
    /// Facts that it tells.
    facts: Vec<(String, Vec<String>)>,
    /// Tells that many facts of one name.
    flood: usize,
    /// A request: by which capability, on which path.
    request: Option<(String, String)>,
    /// What it asks the catalog; what comes back is the argument `note`.
    find: Option<Map<String, Value>>,
    /// `spin`, `trap`, or a problem in these words.
    fail: Option<String>,
    /// Writes the targets that it has into the argument `note`.
    targets: bool,
}

impl Resolving for Plugin {
    async fn resolve(_: CallInfo, call: Unresolved) -> Result<Resolved, Problem> {
        let mut arguments: Map<String, Value> = postern_sdk::arguments(&call.arguments)?;
        let then = arguments.remove("then").unwrap_or_else(|| json!({}));
        // A misspelt test must not pass.
        let Ok(then) = serde_json::from_value::<Then>(then) else { std::process::abort() };
        match then.fail.as_deref() {
            Some("spin") => loop {
                std::hint::spin_loop();
            },
            Some("trap") => std::process::abort(),
            Some(words) => return Err(Problem::NotFound(words.to_owned())),
            None => {}
        }
        let targets = postern_sdk::targets("cluster");
        if then.targets {
            let names: Vec<String> = targets.iter().map(Target::name).collect();
            arguments.insert("note".to_owned(), names.join(" ").into());
        }
        if let Some((capability, path)) = then.request {
            let told = match targets.first() {
                Some(target) => told(request(&capability, target, path).await),
                None => "no target".to_owned(),
            };
            arguments.insert("note".to_owned(), told.into());
        }
        if let Some(find) = &then.find {
            arguments.insert("note".to_owned(), found(find).await.into());
        }
        arguments.extend(then.set);
        let mut facts: Vec<Fact> =
            then.facts.into_iter().map(|(name, values)| Fact { name, values }).collect();
        facts.extend((0..then.flood).map(|_| Fact { name: "tags".to_owned(), values: Vec::new() }));
        let arguments = then.raw.unwrap_or_else(|| Value::Object(arguments).to_string());
        Ok(Resolved { arguments, facts })
    }
}

impl Tools for Plugin {
    fn describe() -> Vec<Tool> {
        let tool = |name: &str| Tool {
            name: name.to_owned(),
            title: "Find".to_owned(),
            description: "Tells what it was called with".to_owned(),
            input_schema: SCHEMA.to_owned(),
            output_schema: None,
            icons: Vec::new(),
            meta: None,
            task: TaskSupport::Never,
        };
        ["logs", "delete"].map(tool).to_vec()
    }

    async fn call(_: CallInfo, _: Caller, name: String, arguments: String) -> Result<Outcome, Problem> {
        let arguments: Map<String, Value> = postern_sdk::arguments(&arguments)?;
        if let Some(Value::Object(find)) = arguments.get("find") {
            return Ok(said(found(find).await));
        }
        let target = postern_sdk::targets("cluster").into_iter().next();
        let target = target.ok_or_else(|| Problem::Internal("there is no target".to_owned()))?;
        let capability = if name == "logs" { "read-logs" } else { "delete-pods" };
        let answer = told(request(capability, &target, path(&name, &arguments)).await);
        Ok(said(format!("{} {} {answer}", target.name(), Value::Object(arguments))))
    }
}

impl Resources for Plugin {
    fn describe() -> Vec<Entry> {
        vec![Entry {
            name: "log".to_owned(),
            title: "Log".to_owned(),
            description: "The log of a pod".to_owned(),
            media_type: None,
            icons: Vec::new(),
            meta: None,
        }]
    }

    async fn read(_: CallInfo, _: Caller, _: String, arguments: String) -> Result<Contents, Problem> {
        Ok(Contents { media_type: None, body: Body::Text(arguments), meta: None })
    }
}

fn path(tool: &str, arguments: &Map<String, Value>) -> String {
    let text = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let suffix = if tool == "logs" { "/log" } else { "" };
    format!("/api/v1/namespaces/{}/pods/{}{suffix}", text("namespace"), text("name"))
}

async fn request(capability: &str, target: &Target, path: String) -> Result<Response, Error> {
    let query = Query { path: path.clone(), parameters: Vec::new(), headers: Vec::new(), timeout_ms: None };
    match capability {
        "read-logs" => read_logs::get(target, query).await,
        "list-pods" => list_pods::get(target, query).await,
        _ => {
            let request = Request {
                method: Method::Delete,
                path,
                parameters: Vec::new(),
                headers: Vec::new(),
                body: None,
                timeout_ms: None,
            };
            delete_pods::send(target, request).await
        }
    }
}

fn told(answer: Result<Response, Error>) -> String {
    match answer {
        Ok(response) => format!("answered {}", response.status),
        Err(error) => format!("refused {error:?}"),
    }
}

/// What the catalog says.
async fn found(find: &Map<String, Value>) -> String {
    let text = |name: &str| find.get(name).and_then(Value::as_str).map(str::to_owned);
    let times = find.get("times").and_then(Value::as_u64).unwrap_or(1);
    let mut last = String::new();
    for _ in 0..times {
        let what = match (text("reference"), text("title"), text("relation")) {
            (Some(reference), _, _) => Lookup::Reference(reference),
            (_, Some(title), _) => Lookup::Title(Titled { title, kind: text("kind"), type_: text("type") }),
            (_, _, kind) => Lookup::Related(Relation {
                kind: kind.unwrap_or_default(),
                target: text("target").unwrap_or_default(),
            }),
        };
        last = match entities::find(what).await {
            Ok(found) => {
                let names: Vec<String> =
                    found.iter().map(|it| format!("{} {}", it.reference, it.spec)).collect();
                format!("found {} [{}]", found.len(), names.join(", "))
            }
            Err(problem) => format!("not found: {problem:?}"),
        };
    }
    last
}

fn said(text: String) -> Outcome {
    Outcome { content: vec![Content::Text(text)], structured: None, is_error: false, meta: None }
}
