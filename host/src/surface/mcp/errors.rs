//! Failed calls in the protocol's words: what the model is told, what the client, and what neither.

use rmcp::ErrorData;
use rmcp::model::{CallToolResult, ContentBlock, ErrorCode, MetaObject};

use serde_json::{Map, Value, json};

use super::calls::Asked;
use crate::call::{CallError, Fault, Kind};

/// The request was understood and the server did not do it, for a reason that has no code of its own
/// (JSON-RPC 2.0, section 5.1: -32000 to -32099 are for the server to define).
const NOT_DONE: ErrorCode = ErrorCode(-32_000);

/// Under which key of a result's `_meta` a held call is described.
const APPROVAL: &str = "postern/approval";

/// How a failure is told.
enum Told {
    /// As an unknown name, whatever the reason.
    Unknown,
    /// In its own words.
    Words,
    /// Not at all: the caller gets the call's id, under which the log has the rest.
    Hidden,
}

/// Who learns what of a failure. The only place where this is decided.
fn told(error: &CallError) -> Told {
    match error {
        CallError::Unknown { .. } => Told::Unknown,
        CallError::Arguments(_)
        | CallError::UnknownTarget { .. }
        | CallError::Denied(_)
        | CallError::Held(_)
        | CallError::Blocked(_)
        | CallError::NotAskable { .. }
        | CallError::Approvals(_)
        | CallError::RateLimited { .. }
        | CallError::Unrecorded(_)
        | CallError::Problem { .. }
        | CallError::Trap { .. }
        | CallError::Limit { .. }
        | CallError::Deadline { .. }
        | CallError::NonConforming { .. }
        | CallError::Asked
        | CallError::Unable(_)
        | CallError::Busy => Told::Words,
        CallError::Host(_) => Told::Hidden,
    }
}

/// A tool's failure: a result that the model reads, or an error of the protocol.
pub(super) fn of_tool(asked: &Asked, error: &CallError) -> Result<CallToolResult, ErrorData> {
    match told(error) {
        Told::Unknown => Err(unknown(asked)),
        Told::Words => {
            let mut result = CallToolResult::error(vec![ContentBlock::text(error.to_string())]);
            // Not as structured content: clients hold that against the tool's output schema, also in a failure.
            result.meta =
                approval(error).map(|approval| MetaObject(Map::from_iter([(APPROVAL.to_owned(), approval)])));
            Ok(result)
        }
        Told::Hidden => Err(failed(asked)),
    }
}

/// The failure of a task that is nobody's to mend but ours.
pub(super) fn of_task(asked: &Asked, error: &CallError) -> ErrorData {
    match told(error) {
        Told::Unknown => unknown(asked),
        Told::Words => ErrorData::internal_error(error.to_string(), None),
        Told::Hidden => failed(asked),
    }
}

/// What a program needs to know of a held call; `None` of any other failure.
fn approval(error: &CallError) -> Option<Value> {
    let CallError::Held(hold) = error else { return None };
    let request = hold.request.as_ref()?;
    Some(json!({
        "code": "approval.required",
        "id": request.id,
        "approvers": hold.approvers.split(" & ").collect::<Vec<_>>(),
        "quorum": hold.quorum,
        "reason": hold.reason,
        "approve_by": request.approve_by.to_string(),
        "url": request.url,
    }))
}

/// The failure of a read or of a prompt, which have no result that could say so.
pub(super) fn of_other(asked: &Asked, error: &CallError) -> ErrorData {
    match told(error) {
        Told::Unknown => unknown(asked),
        Told::Words => ErrorData::new(code(error.fault()), error.to_string(), approval(error)),
        Told::Hidden => failed(asked),
    }
}

fn code(fault: Fault) -> ErrorCode {
    match fault {
        Fault::Caller => ErrorCode::INVALID_PARAMS,
        Fault::Policy | Fault::Plugin | Fault::Upstream | Fault::Host => NOT_DONE,
    }
}

/// The same for what does not exist and for what this principal may not see.
pub(super) fn unknown(asked: &Asked) -> ErrorData {
    let text = CallError::Unknown { kind: asked.kind, name: asked.name.clone() }.to_string();
    match asked.kind {
        // `rmcp` makes it -32602 for the modern era.
        Kind::Resource => ErrorData::resource_not_found(text, Some(json!({"uri": asked.name}))),
        Kind::Tool | Kind::Prompt | Kind::Completion | Kind::Route | Kind::Resolver | Kind::Catalog => {
            ErrorData::invalid_params(text, None)
        }
    }
}

fn failed(asked: &Asked) -> ErrorData {
    let text = format!("the host failed; its log says why under call `{}`", asked.id);
    ErrorData::internal_error(text, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Denial;
    use crate::call::Origin;

    fn asked(kind: Kind, name: &str) -> Asked {
        Asked { id: "c1".to_owned(), kind, name: name.to_owned(), origin: Origin::default() }
    }

    fn list_pods() -> Asked {
        asked(Kind::Tool, "kubernetes_list_pods")
    }

    #[test]
    fn an_unknown_tool_is_a_protocol_error_in_the_clients_words() {
        let hidden = CallError::Unknown { kind: Kind::Tool, name: "list_pods".to_owned() };
        let error = of_tool(&list_pods(), &hidden).unwrap_err();
        assert_eq!(error.code, ErrorCode::INVALID_PARAMS);
        assert_eq!(error.message, "no tool is named `kubernetes_list_pods`");
    }

    #[test]
    fn what_the_model_can_mend_is_a_result() {
        for (error, text) in [
            (
                CallError::Arguments(vec![("/tail".to_owned(), "at most 5000".to_owned())]),
                "the arguments do not fit: `/tail`: at most 5000",
            ),
            (
                CallError::Denied(Denial {
                    principal: "token:ci".to_owned(),
                    kind: Kind::Tool,
                    name: "delete_pod".to_owned(),
                    reason: "no grant".to_owned(),
                }),
                "`token:ci` may not use the tool `delete_pod`: no grant",
            ),
            (CallError::Busy, "too many calls are running; try again in a moment"),
        ] {
            let result = of_tool(&list_pods(), &error).unwrap();
            assert_eq!(result.is_error, Some(true));
            assert_eq!(result.content, [ContentBlock::text(text)]);
        }
    }

    #[test]
    fn what_the_host_knows_stays_in_its_log() {
        let secret = CallError::Host("/var/lib/postern/state.db: disk full".into());
        let error = of_tool(&list_pods(), &secret).unwrap_err();
        assert_eq!(error.code, ErrorCode::INTERNAL_ERROR);
        assert_eq!(error.message, "the host failed; its log says why under call `c1`");
        let trap = CallError::Trap { plugin: "kubernetes".to_owned(), trap: "unreachable at 0x17".into() };
        let result = of_tool(&list_pods(), &trap).unwrap();
        assert_eq!(result.content, [ContentBlock::text("plugin `kubernetes` failed")]);
    }

    #[test]
    fn reads_and_prompts_fail_with_codes() {
        let read = asked(Kind::Resource, "pods://a");
        let code = |error: &CallError| of_other(&read, error).code;
        let unknown = CallError::Unknown { kind: Kind::Resource, name: String::new() };
        assert_eq!(code(&unknown), ErrorCode::RESOURCE_NOT_FOUND);
        assert_eq!(code(&CallError::Arguments(Vec::new())), ErrorCode::INVALID_PARAMS);
        assert_eq!(code(&CallError::Busy), NOT_DONE);
        assert_eq!(code(&CallError::Host("x".into())), ErrorCode::INTERNAL_ERROR);
    }
}
