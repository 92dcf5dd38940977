//! Tools: what is listed, and what is called, with the request or beyond it.

use std::sync::Arc;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, ClientCapabilities, ListToolsResult, PaginatedRequestParams,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, model as wire};
use tracing::Instrument as _;

use super::{Handler, first_page};
use crate::call::Kind;
use crate::registry::{TaskSupport, Tool};
use crate::surface::mcp::calls::{Asked, End};
use crate::surface::mcp::follow::{self, Beyond, Followed};
use crate::surface::mcp::offer::{Offer, hints, signed};
use crate::surface::mcp::talk::Round;
use crate::surface::mcp::{approval, encode, errors, is_modern, large};
use crate::task::Subject;
use crate::telemetry::Ended;

impl Handler {
    pub(super) async fn tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: &RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        first_page(request.as_ref())?;
        let mut tools: Vec<wire::Tool> =
            self.offer.tools().into_iter().map(|(name, tool)| encode::tool(name, &tool)).collect();
        tools.extend(approval::tool(&self.offer));
        if !is_modern(context) {
            // "outputSchema?: { type: \"object\" .. }" (2025-11-25): a client may refuse the whole list for another.
            let is_of_object = |tool: &wire::Tool| {
                tool.output_schema.as_ref().is_none_or(|it| it.get("type") == Some(&"object".into()))
            };
            tools.iter_mut().filter(|tool| !is_of_object(tool)).for_each(|tool| tool.output_schema = None);
        }
        let mut answer = ListToolsResult::with_all_items(tools);
        (answer.ttl_ms, answer.cache_scope) = hints(context);
        signed(context, &mut answer.meta);
        Ok(answer)
    }

    pub(super) async fn called(
        &self,
        request: CallToolRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if approval::is_meant(&self.offer, &request.name) {
            let answer = async {
                let mut answer = approval::answer(&self.offer, request.arguments).await?;
                signed(context, &mut answer.meta);
                Ok(answer.into())
            };
            return self.message("tools/call", context).answer(answer).await;
        }
        let asked = self.asked(Kind::Tool, request.name.clone(), context);
        // What is not there is the gateway's to refuse, and to write down.
        let tool = self.offer.tool(&asked.name);
        let answer = self.answered(&asked, tool.as_ref(), request, context);
        let failed = |answer: &CallToolResponse| {
            let is_error = matches!(answer, CallToolResponse::Complete(it) if it.is_error == Some(true));
            if is_error { Ended::ToolError } else { Ended::Well }
        };
        let message = self.calling(&asked, tool.is_some(), context);
        message.answer_with(answer, failed).instrument(asked.logged()).await
    }

    async fn answered(
        &self,
        asked: &Asked,
        tool: Option<&Arc<Tool>>,
        request: CallToolRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let CallToolRequestParams { arguments, input_responses, request_state, .. } = request;
        let round = Round { responses: input_responses, state: request_state };
        let own = tool.map_or(("", &*asked.name), |tool| (&tool.plugin, &tool.name));
        let follows =
            is_modern(context) && context.client_capabilities().is_some_and(|it| it.supports_tasks());
        let end = match tool.map(|tool| tool.task).unwrap_or_default() {
            TaskSupport::Optional | TaskSupport::Required if follows => {
                let subject = Subject { plugin: own.0.to_owned(), tool: own.1.to_owned() };
                let beyond = Beyond {
                    offer: self.offer.clone(),
                    subject,
                    is_promised: tool.is_some_and(|tool| tool.output_schema.is_some()),
                    asked: asked.clone(),
                    changed: self.changing(own.0),
                };
                let talk = self.talk(asked, own.0, arguments.as_ref(), round, context)?;
                let begin = self.begin(asked, own, arguments);
                match follow::run(begin, context, talk, beyond).await? {
                    Followed::Ended(end) => self.needing(end, context)?,
                    Followed::Task(mut created) => {
                        signed(context, &mut created.meta);
                        return Ok(CallToolResponse::Task(*created));
                    }
                }
            }
            TaskSupport::Required => return Err(without_tasks(asked, context)),
            TaskSupport::Never | TaskSupport::Optional => {
                self.run(asked, own, arguments, round, context).await?
            }
        };
        match end {
            End::Required(required) => Ok((*required).into()),
            End::Answer(answer) => {
                let mut answer = match answer.and_then(encode::tool_outcome) {
                    Ok(answer) => self.bounded(answer, tool),
                    Err(error) => errors::of_tool(asked, &error)?,
                };
                if !is_modern(context) {
                    // "structuredContent?: { [key: string]: unknown }" (2025-11-25): the text has what is no object.
                    answer.structured_content.take_if(|value| !value.is_object());
                }
                signed(context, &mut answer.meta);
                Ok(answer.into())
            }
        }
    }

    /// An answer that a model can take in. The whole of a large one is kept for its caller.
    fn bounded(&self, answer: wire::CallToolResult, tool: Option<&Arc<Tool>>) -> wire::CallToolResult {
        let is_promised = tool.is_some_and(|tool| tool.output_schema.is_some());
        let Offer { gateway, principal, .. } = &self.offer;
        large::bounded(answer, is_promised, |whole| gateway.keep(principal, whole))
    }
}

/// A tool that always goes on as a task, called by a client that cannot follow one.
fn without_tasks(asked: &Asked, context: &RequestContext<RoleServer>) -> ErrorData {
    if is_modern(context) {
        let needed = ClientCapabilities::builder().enable_tasks().build();
        return ErrorData::missing_required_client_capability(needed);
    }
    ErrorData::invalid_request(
        format!(
            "the tool `{}` runs as a task, which this revision of the protocol does not have",
            asked.name
        ),
        None,
    )
}
