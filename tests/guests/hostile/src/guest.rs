//! The skin: every tool does what its argument `attempts` says.

use postern_sdk::{
    CallInfo, Caller, Content, Error, Field, Media, Method, Problem, Query, Request, Response, Target,
};
use serde::Deserialize;

use crate::{describe, misbehave};

postern_sdk::component!({ world: "guest:hostile/hostile", path: ["../../../wit", "wit"] });

use exports::postern::plugin::tools::{Guest, Outcome, Tool};

struct Plugin;
export!(Plugin);

#[derive(Deserialize)]
struct Arguments {
    #[serde(default)]
    attempts: Vec<Attempt>,
}

/// One thing to try.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Attempt {
    /// A request, by a capability that the tool may or may not have.
    Request(Wanted),
    /// That many requests at once, all the same.
    Flood { times: usize, request: Wanted },
    /// Something without a request.
    Misbehave(misbehave::How),
    /// Answers with that many parts of nothing.
    Parts(usize),
    /// Answers with an image whose media type has that many KiB.
    MediaType(usize),
    /// Fails in that many KiB of words.
    Fail(usize),
    /// Fails in these words.
    Say(String),
}

#[derive(Deserialize, Clone)]
struct Wanted {
    capability: String,
    #[serde(default)]
    method: Option<String>,
    path: String,
    #[serde(default)]
    parameters: Vec<(String, String)>,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    timeout_ms: Option<u32>,
}

impl Guest for Plugin {
    fn describe() -> Vec<Tool> {
        describe::tools()
    }

    async fn call(_: CallInfo, caller: Caller, _: String, arguments: String) -> Result<Outcome, Problem> {
        let arguments: Arguments = postern_sdk::arguments(&arguments)?;
        let mut content = Vec::new();
        for attempt in arguments.attempts {
            let line = match attempt {
                Attempt::Request(wanted) => told(request(&wanted).await),
                Attempt::Flood { times, request: wanted } => flood(times, &wanted).await,
                Attempt::Misbehave(how) => misbehave::misbehave(how, &caller).await,
                Attempt::Parts(parts) => {
                    content.extend((0..parts).map(|_| Content::Text(String::new())));
                    continue;
                }
                Attempt::MediaType(kib) => {
                    content
                        .push(Content::Image(Media { media_type: "x".repeat(kib << 10), data: Vec::new() }));
                    continue;
                }
                Attempt::Fail(kib) => return Err(Problem::Internal("x".repeat(kib << 10))),
                Attempt::Say(words) => return Err(Problem::Denied(words)),
            };
            content.push(Content::Text(line));
        }
        Ok(Outcome { content, structured: None, is_error: false, meta: None })
    }
}

async fn request(wanted: &Wanted) -> Result<Response, Error> {
    let targets = postern_sdk::targets("cluster");
    let Some(target) = targets.first() else { return Err(Error::Unavailable("no target".to_owned())) };
    match wanted.capability.as_str() {
        "read-logs" => read_logs::get(target, wanted.query()).await,
        "list-pods" => list_pods::get(target, wanted.query()).await,
        _ => delete(target, wanted).await,
    }
}

async fn delete(target: &Target, wanted: &Wanted) -> Result<Response, Error> {
    let Query { path, parameters, headers, timeout_ms } = wanted.query();
    let method = match wanted.method.as_deref() {
        Some("GET") => Method::Get,
        Some("POST") => Method::Post,
        Some("PUT") => Method::Put,
        Some("PATCH") => Method::Patch,
        _ => Method::Delete,
    };
    delete_pods::send(target, Request { method, path, parameters, headers, body: None, timeout_ms }).await
}

async fn flood(times: usize, wanted: &Wanted) -> String {
    let answers = futures::future::join_all((0..times).map(|_| request(wanted))).await;
    let refused = answers.iter().filter(|answer| matches!(answer, Err(Error::Limit(_)))).count();
    format!("{} answered, {refused} over the limit", times - refused)
}

impl Wanted {
    fn query(&self) -> Query {
        Query {
            path: self.path.clone(),
            parameters: fields(&self.parameters),
            headers: fields(&self.headers),
            timeout_ms: self.timeout_ms,
        }
    }
}

fn fields(pairs: &[(String, String)]) -> Vec<Field> {
    pairs.iter().map(|(name, value)| Field { name: name.clone(), value: value.clone() }).collect()
}

/// Everything that came back, headers and all: a credential that got in would show here.
fn told(answer: Result<Response, Error>) -> String {
    match answer {
        Ok(response) => {
            let headers: Vec<String> =
                response.headers.iter().map(|field| format!("{}: {}", field.name, field.value)).collect();
            let body = String::from_utf8_lossy(&response.body).into_owned();
            format!("answered {} [{}] {body}", response.status, headers.join(", "))
        }
        Err(error) => format!("refused {error:?}"),
    }
}
