//! Prompts: what is listed, and what is got.

use rmcp::model::{
    GetPromptRequestMethod, GetPromptRequestParams, GetPromptResponse, ListPromptsRequestMethod,
    ListPromptsResult, PaginatedRequestParams,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use tracing::Instrument as _;

use super::{Handler, first_page};
use crate::call::Kind;
use crate::surface::mcp::calls::End;
use crate::surface::mcp::offer::{hints, signed};
use crate::surface::mcp::talk::Round;
use crate::surface::mcp::{encode, errors};

impl Handler {
    pub(super) async fn prompts(
        &self,
        request: Option<PaginatedRequestParams>,
        context: &RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        first_page(request.as_ref())?;
        let prompts = self.offer.prompts();
        if prompts.is_empty() {
            return Err(ErrorData::method_not_found::<ListPromptsRequestMethod>());
        }
        let prompts = prompts.into_iter().map(|(name, it)| encode::prompt(name, &it)).collect();
        let mut answer = ListPromptsResult::with_all_items(prompts);
        (answer.ttl_ms, answer.cache_scope) = hints(context);
        signed(context, &mut answer.meta);
        Ok(answer)
    }

    pub(super) async fn prompted(
        &self,
        request: GetPromptRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let GetPromptRequestParams { name, arguments, input_responses, request_state, .. } = request;
        let round = Round { responses: input_responses, state: request_state };
        let asked = self.asked(Kind::Prompt, name, context);
        let prompt = self.offer.prompt(&asked.name);
        let own = prompt.as_deref().map_or(("", &*asked.name), |it| (&it.plugin, &it.name));
        let answer = async {
            if !self.offer.has_prompts() {
                return Err(ErrorData::method_not_found::<GetPromptRequestMethod>());
            }
            let answer = match self.run(&asked, own, arguments, round, context).await? {
                End::Required(required) => return Ok((*required).into()),
                End::Answer(answer) => answer,
            };
            let mut answer =
                answer.and_then(encode::prompt_outcome).map_err(|error| errors::of_other(&asked, &error))?;
            signed(context, &mut answer.meta);
            Ok(answer.into())
        };
        let message = self.calling(&asked, prompt.is_some(), context);
        message.answer(answer).instrument(asked.logged()).await
    }
}
