//! `postern approvals`: looks at held calls and decides on them, at a running host, as its token's principal.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use bytes::Bytes;
use clap::{Args, Subcommand};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::{Value, json};

use super::report::Format;
use super::{Failure, Setting, block_on, write_out};
use crate::approval::plain;
use crate::egress::{Networks, Outbound};

/// The variable that holds the token where no file is named.
const TOKEN: &str = "POSTERN_TOKEN";

/// Look at held calls, and decide on them, at a running host.
///
/// Whoever the token belongs to decides: there is no other way, on the host's own machine neither.
#[derive(Debug, Args)]
pub(super) struct Approvals {
    /// Where the host is.
    #[arg(long, global = true, value_name = "URL", default_value = "http://127.0.0.1:7847")]
    server: String,
    /// A file with your token; without it, the variable `POSTERN_TOKEN` holds it.
    #[arg(long, global = true, value_name = "PATH")]
    token_file: Option<PathBuf>,
    /// Certificates to trust for `https://`, in PEM; without it, the system's.
    #[arg(long, global = true, value_name = "PATH")]
    ca: Option<PathBuf>,
    /// How to write the answer.
    #[arg(long, global = true, value_enum, default_value_t)]
    format: Format,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The requests that you made or may decide on, the open ones first.
    List,
    /// One request: all that would run.
    Show {
        /// Which.
        id: String,
    },
    /// Agree to a call. It runs when enough have, and its caller makes it again.
    Approve {
        /// Which.
        id: String,
    },
    /// Say no to a call, which ends its request.
    Deny {
        /// Which.
        id: String,
        /// Why, in 1 to 500 characters: whoever asked reads it.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Take a request back, or what was agreed to.
    Revoke {
        /// Which.
        id: String,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
}

/// What a host answered.
enum Answered {
    /// What was asked for.
    Yes(Value),
    /// That it cannot be.
    No(Value),
}

impl Approvals {
    /// Does what is asked; exit code 1 where the host says no.
    ///
    /// # Errors
    /// When there is no answer: no host, no token that it knows, nothing that it understood.
    pub(super) fn run(&self, setting: &Setting) -> Result<ExitCode, Failure> {
        let answered = block_on(self.ask(setting))?;
        Ok(write_out(|out| self.write(&answered, out))?.into())
    }

    async fn ask(&self, setting: &Setting) -> Result<Answered, Failure> {
        let pem = self.ca.as_ref().map(fs::read).transpose()?;
        // Whoever names a host in a shell may reach any that the machine can.
        let outbound = Outbound::new(pem.as_deref(), Networks::Private)?;
        let mut headers = HeaderMap::new();
        if let Some(token) = self.token(setting)? {
            let mut bearer = HeaderValue::from_str(&format!("Bearer {token}"))
                .map_err(|_| Failure::from("the token holds characters that no header can carry"))?;
            bearer.set_sensitive(true);
            headers.insert(AUTHORIZATION, bearer);
        }
        let (path, decision) = self.command.request()?;
        let url = format!("{}{path}", self.server.trim_end_matches('/'));
        let (status, body) = match decision {
            None => outbound.read(&url, headers).await?,
            Some(decision) => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                outbound.post(&url, headers, Bytes::from(decision.to_string())).await?
            }
        };
        let answer = serde_json::from_slice::<Value>(&body).ok();
        match (status.as_u16(), answer) {
            (200, Some(answer)) => Ok(Answered::Yes(answer)),
            (403 | 404 | 409 | 422, Some(problem)) if problem.get("code").is_some() => {
                Ok(Answered::No(problem))
            }
            (401, _) => Err("the host does not know this token".into()),
            (status, _) => {
                let said: String = String::from_utf8_lossy(&body).chars().take(300).collect();
                Err(format!("the host answered {status}: {}", plain(said.trim())).into())
            }
        }
    }

    fn token(&self, setting: &Setting) -> Result<Option<String>, Failure> {
        match &self.token_file {
            None => Ok(setting.environment.get(TOKEN)),
            Some(path) => {
                let shown = path.display();
                let text =
                    fs::read_to_string(path).map_err(|why| format!("`{shown}` cannot be read: {why}"))?;
                let token = text.trim();
                if token.is_empty() {
                    Err(format!("`{shown}` is empty").into())
                } else {
                    Ok(Some(token.to_owned()))
                }
            }
        }
    }

    fn write(&self, answered: &Answered, out: &mut dyn Write) -> io::Result<u8> {
        let (value, code) = match answered {
            Answered::Yes(value) => (value, 0),
            Answered::No(value) => (value, 1),
        };
        match (self.format, answered) {
            (Format::Json, _) => writeln!(out, "{}", plain(&format!("{value:#}")))?,
            (Format::Text, Answered::No(problem)) => {
                writeln!(out, "refused: {} ({})", text(problem, "detail"), text(problem, "code"))?;
            }
            (Format::Text, Answered::Yes(value)) => match value.get("approvals").and_then(Value::as_array) {
                Some(requests) => {
                    requests.iter().try_for_each(|request| writeln!(out, "{}", line(request)))?
                }
                None => write!(out, "{}", page(value))?,
            },
        }
        Ok(code)
    }
}

impl Command {
    /// The path, and what is posted there.
    fn request(&self) -> Result<(String, Option<Value>), Failure> {
        // An id is hexadecimal: anything else could be another path.
        let path = |id: &str, verb: &str| match id.chars().all(|each| each.is_ascii_alphanumeric()) {
            true if !id.is_empty() => Ok(format!("/approvals/{id}{verb}")),
            _ => Err(Failure::from(format!("`{}` is no id of a request", plain(id)))),
        };
        Ok(match self {
            Self::List => ("/approvals".to_owned(), None),
            Self::Show { id } => (path(id, "")?, None),
            Self::Approve { id } => (path(id, "/approve")?, Some(json!({}))),
            Self::Deny { id, reason } => (path(id, "/deny")?, Some(json!({ "reason": reason }))),
            Self::Revoke { id, reason } => {
                let decision =
                    reason.as_ref().map_or_else(|| json!({}), |reason| json!({ "reason": reason }));
                (path(id, "/revoke")?, Some(decision))
            }
        })
    }
}

/// One request on one line.
fn line(request: &Value) -> String {
    let of = |pointer: &str| texts(request.pointer(pointer));
    format!(
        "{}  {}  {}/{} on {}  by {}  {} of {}  until {}",
        of("/id"),
        of("/state"),
        of("/call/plugin"),
        of("/call/name"),
        of("/call/targets"),
        of("/requester/subject"),
        request.get("votes").and_then(Value::as_array).map_or(0, Vec::len),
        of("/quorum"),
        if of("/state") == "approved" { of("/execute_by") } else { of("/approve_by") },
    )
}

/// One request with all that is known of it.
fn page(request: &Value) -> String {
    let mut page = format!("{}\n", line(request));
    for (name, pointer) in [
        ("effect", "/call/effect"),
        ("title", "/call/title"),
        ("held because", "/reason"),
        ("policies", "/policies"),
        ("needs", "/approvers"),
        ("asked", "/requested"),
        ("approve by", "/approve_by"),
        ("run by", "/execute_by"),
        ("ended", "/ended/at"),
        ("ended by", "/ended/by"),
        ("because", "/ended/reason"),
        ("capabilities", "/call/capabilities"),
        ("digest", "/call/arguments_digest"),
        ("component", "/call/component"),
        ("revision", "/call/policy_revision"),
        ("page", "/url"),
    ] {
        let value = texts(request.pointer(pointer));
        if !value.is_empty() {
            // Writing to a string cannot fail.
            let _ = writeln!(page, "  {name}: {value}");
        }
    }
    for vote in request.get("votes").and_then(Value::as_array).into_iter().flatten() {
        let _ = writeln!(page, "  agreed: {} at {}", text(vote, "subject"), text(vote, "at"));
    }
    let arguments = request.pointer("/call/arguments").cloned().unwrap_or_default();
    let _ = writeln!(page, "  arguments:");
    for line in plain(&format!("{arguments:#}")).lines() {
        let _ = writeln!(page, "    {line}");
    }
    page
}

fn text(value: &Value, field: &str) -> String {
    texts(value.get(field))
}

/// A value on one line, with nothing in it that a terminal obeys.
fn texts(value: Option<&Value>) -> String {
    let text = match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(values)) => {
            values.iter().map(|value| texts(Some(value))).collect::<Vec<_>>().join(", ")
        }
        Some(other @ (Value::Bool(_) | Value::Number(_) | Value::Object(_))) => other.to_string(),
    };
    plain(&text).replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_cannot_be_another_path() {
        for id in ["", "a/approve", "../healthz", "a?b", "a b", "é"] {
            assert!(Command::Show { id: id.to_owned() }.request().is_err(), "{id}");
        }
        let approve = Command::Approve { id: "0a1b".to_owned() };
        assert_eq!(approve.request().ok(), Some(("/approvals/0a1b/approve".to_owned(), Some(json!({})))));
    }

    #[test]
    fn nothing_that_a_terminal_obeys_is_printed() {
        let request = json!({
            "id": "0a", "state": "pending", "quorum": 2, "votes": [], "requester": {"subject": "token:a\u{1b}[2J"},
            "call": {"plugin": "p", "name": "n\n0b  approved", "targets": ["\u{202e}prod"],
                     "arguments": {"x": "\u{9b}31m\u{202e}"}},
        });
        let (line, page) = (line(&request), page(&request));
        for text in [&line, &page] {
            assert!(
                !text.chars().any(|each| each.is_control() && each != '\n' || each == '\u{202e}'),
                "{text:?}"
            );
        }
        assert!(!line.contains('\n') && page.contains("\\u{9b}31m\\u{202e}"), "{page}");
    }
}
