//! Answers that are none, and problems of each kind.

use postern_sdk::{Caller, InvalidArgument, Limited, Problem, clock};
use serde_json::json;

use crate::guest::exports::postern::plugin::routes::Response;
use crate::guest::json_of;

pub(crate) fn whole(how: &str) -> Result<Response, Problem> {
    let words = "so it is".to_owned();
    match how {
        "status-600" => Ok(json_of(600, &json!({"promised": "x"}))),
        "status-302" => Ok(json_of(302, &json!({"promised": "x"}))),
        "status-100" => Ok(json_of(100, &json!({"promised": "x"}))),
        "shape" => Ok(json_of(200, &json!({"promised": 7}))),
        "not-json" => Ok(Response { status: 200, body: b"<html>".to_vec(), filename: None }),
        "large" => Ok(Response { status: 200, body: vec![b' '; 4_000_000], filename: None }),
        "trap" => unreachable!("as asked"),
        "invalid" => Err(Problem::Invalid(InvalidArgument { pointer: "/how".to_owned(), message: words })),
        "not-found" => Err(Problem::NotFound(words)),
        "denied" => Err(Problem::Denied(words)),
        "conflict" => Err(Problem::Conflict(words)),
        "limited" => Err(Problem::Limited(Limited { message: words, retry_after: Some(7) })),
        "upstream" => Err(Problem::Upstream(words)),
        "timeout" => Err(Problem::Timeout(words)),
        "internal" => Err(Problem::Internal(words)),
        _ => Ok(json_of(200, &json!({"promised": "kept"}))),
    }
}

pub(crate) async fn in_parts(caller: &Caller, how: &str) -> Result<Response, Problem> {
    let tick = async || caller.event("tick".to_owned(), "{}".to_owned()).await;
    match how {
        "endless" => {
            let large = json!("x".repeat(16 << 10)).to_string();
            loop {
                caller.event("tick".to_owned(), large.clone()).await;
            }
        }
        "silent" => {
            tick().await;
            clock::sleep(u32::MAX).await;
        }
        "early" => return Err(Problem::Conflict("before anything was said".to_owned())),
        "late" => {
            tick().await;
            return Err(Problem::Conflict("after something was said".to_owned()));
        }
        "name" => caller.event("summary".to_owned(), "{}".to_owned()).await,
        "data" => caller.event("tick".to_owned(), "{".to_owned()).await,
        "not-json" => {
            tick().await;
            return Ok(Response { status: 200, body: b"<html>".to_vec(), filename: None });
        }
        _ => {}
    }
    Ok(json_of(200, &json!({"how": how})))
}
