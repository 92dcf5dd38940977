//! `get_approval`: where a call stands that waits for people. The one tool of the host's own.
//!
//! A client that can show a page is shown one; any other is told the id of its request, and can ask here how far it is.
//! The answer is no approval: when people have agreed, the very same call is made again, and looked up anew.

use std::sync::Arc;

use rmcp::ErrorData;
use rmcp::model::{CallToolResult, ContentBlock, JsonObject, Tool, ToolAnnotations};
use serde_json::{Value, json};

use super::names::Endpoint;
use super::offer::Offer;

/// Its name at a plugin's endpoint. Where several plugins are joined it has the host's name before it.
const NAME: &str = "get_approval";

/// By which name it is known at this endpoint.
fn name(endpoint: &Endpoint) -> String {
    match endpoint {
        Endpoint::Joint | Endpoint::Split(_) => format!("postern_{NAME}"),
        Endpoint::Plugin(_) => NAME.to_owned(),
    }
}

/// The tool, where a call may be held at all and no plugin has a tool of that name.
pub(super) fn tool(offer: &Offer) -> Option<Tool> {
    let name = name(&offer.endpoint);
    (offer.gateway.may_hold() && offer.tool(&name).is_none()).then(|| described(name))
}

/// Whether a client that says `called` means this tool.
pub(super) fn is_meant(offer: &Offer, called: &str) -> bool {
    called == name(&offer.endpoint) && tool(offer).is_some()
}

fn described(name: String) -> Tool {
    let schema = json!({
        "type": "object",
        "properties": {"id": {"type": "string", "description": "The id that came with the call that is held"}},
        "required": ["id"],
        "additionalProperties": false,
    });
    let hints = ToolAnnotations::with_title("Get approval")
        .read_only(true)
        .destructive(false)
        .idempotent(true)
        .open_world(false);
    let description = "Tells how far the approval of a held call is: pending, approved, denied, expired, revoked or \
                       spent. When it is approved, make the very same call again.";
    Tool::new(name, description, Arc::new(object(schema))).with_title("Get approval").with_annotations(hints)
}

/// Answers a call of it.
///
/// # Errors
/// When approvals cannot be looked up.
pub(super) async fn answer(
    offer: &Offer,
    arguments: Option<JsonObject>,
) -> Result<CallToolResult, ErrorData> {
    let failed = |text: String| Ok(CallToolResult::error(vec![ContentBlock::text(text)]));
    let arguments = arguments.unwrap_or_default();
    let id = match (arguments.get("id"), arguments.len()) {
        (Some(Value::String(id)), 1) => id,
        _ => return failed("the arguments do not fit: `/id` is a text, and the only argument".to_owned()),
    };
    match offer.gateway.approval(&offer.principal, id).await {
        Ok(request) => {
            let told = json!({
                "id": request.id,
                "state": request.state.as_str(),
                "tool": format!("{}/{}", request.call.plugin, request.call.name),
                "reason": request.reason,
                "approvers": request.approvers,
                "quorum": request.quorum,
                "votes": request.votes.len(),
                "approve_by": request.approve_by.to_string(),
                "execute_by": request.execute_by.map(|time| time.to_string()),
                "ended": request.ended.as_ref().map(|ended| json!({"by": ended.by, "reason": ended.reason})),
                "url": request.url,
            });
            let mut answer = CallToolResult::success(vec![ContentBlock::text(told.to_string())]);
            answer.structured_content = Some(told);
            Ok(answer)
        }
        Err(error) => failed(error.to_string()),
    }
}

fn object(value: Value) -> JsonObject {
    match value {
        Value::Object(object) => object,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            JsonObject::new()
        }
    }
}
