//! Tools that may outlive the request that began them.

use postern_sdk::ask::{self, Question};
use postern_sdk::{Caller, Problem, clock};
use serde::Deserialize;

use crate::ask::{filled, greeting, plain, told, user_name};
use crate::guest::exported::tools::Outcome;
use crate::guest::{failed, said};

#[derive(Deserialize)]
struct Work {
    #[serde(default)]
    seconds: u32,
    #[serde(default)]
    label: String,
}

#[derive(Deserialize)]
struct File {
    filename: String,
}

/// Answers the tools of this module; `None` for any other.
pub(crate) async fn call(caller: &Caller, name: &str, arguments: &str) -> Result<Option<Outcome>, Problem> {
    Ok(Some(match name {
        "slow_compute" => {
            let Work { seconds, label } = postern_sdk::arguments(arguments)?;
            if seconds > 0 {
                caller.background().await;
            }
            clock::sleep(seconds.saturating_mul(1000)).await;
            said(format!("Computed {label} for {seconds} s."))
        }
        "failing_job" => {
            caller.background().await;
            clock::sleep(1000).await;
            failed("The job failed, as it was meant to.")
        }
        "protocol_error_job" => {
            caller.background().await;
            return Err(Problem::Internal("the job broke, as it was meant to".to_owned()));
        }
        "confirm_delete" => {
            let File { filename } = postern_sdk::arguments(arguments)?;
            caller.background().await;
            let message = format!("Delete {filename}?");
            let question = Question::form("confirm", &message, &plain("confirm", "boolean"));
            said(format!("{filename}: {}", told(&ask::one(caller, question).await?)))
        }
        "multi_input" => {
            caller.background().await;
            let confirm = Question::form("confirm", "Is it so?", &plain("confirm", "boolean"));
            let name = Question::form("name", "What is your name?", &plain("name", "string"));
            let answers = ask::all(caller, vec![name, confirm]).await?;
            said(answers.iter().map(told).collect::<Vec<_>>().join("; "))
        }
        // Asks before it becomes a task, so that the client has answered before it has to follow one.
        "test_tool_with_task" => {
            let answer = ask::one(caller, user_name()).await?;
            if filled(&answer, "name")?.is_none() {
                return Ok(Some(failed("Nobody said a name.")));
            }
            caller.background().await;
            said(greeting(&answer)?)
        }
        _ => return Ok(None),
    }))
}
