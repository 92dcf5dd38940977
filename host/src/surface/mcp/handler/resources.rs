//! Resources: what is listed, what is read, and what a session watches.

use rmcp::model::{
    ListResourceTemplatesRequestMethod, ListResourceTemplatesResult, ListResourcesRequestMethod,
    ListResourcesResult, PaginatedRequestParams, ReadResourceRequestMethod, ReadResourceRequestParams,
    ReadResourceResponse, ReadResourceResult, ResourceContents, SubscribeRequestParams,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use tracing::Instrument as _;

use super::{Handler, first_page};
use crate::call::Kind;
use crate::surface::mcp::calls::End;
use crate::surface::mcp::offer::{Offer, hints, signed};
use crate::surface::mcp::talk::Round;
use crate::surface::mcp::{encode, errors, large};

impl Handler {
    pub(super) async fn resources(
        &self,
        request: Option<PaginatedRequestParams>,
        context: &RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        first_page(request.as_ref())?;
        let resources = self.offer.resources();
        if resources.is_empty() {
            return Err(ErrorData::method_not_found::<ListResourcesRequestMethod>());
        }
        let direct = resources.into_iter().filter(|(_, resource)| resource.is_direct());
        let direct = direct.map(|(name, resource)| encode::resource(name, &resource)).collect();
        let mut answer = ListResourcesResult::with_all_items(direct);
        (answer.ttl_ms, answer.cache_scope) = hints(context);
        signed(context, &mut answer.meta);
        Ok(answer)
    }

    pub(super) async fn resource_templates(
        &self,
        request: Option<PaginatedRequestParams>,
        context: &RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        first_page(request.as_ref())?;
        let resources = self.offer.resources();
        if resources.is_empty() {
            return Err(ErrorData::method_not_found::<ListResourceTemplatesRequestMethod>());
        }
        let templates = resources.into_iter().filter(|(_, resource)| !resource.is_direct());
        let templates = templates.map(|(name, it)| encode::template(name, &it)).collect();
        let mut answer = ListResourceTemplatesResult::with_all_items(templates);
        (answer.ttl_ms, answer.cache_scope) = hints(context);
        signed(context, &mut answer.meta);
        Ok(answer)
    }

    pub(super) async fn read(
        &self,
        request: ReadResourceRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let ReadResourceRequestParams { uri, input_responses, request_state, .. } = request;
        if let Some(id) = large::id(&uri) {
            return self.message("resources/read", context).answer(self.kept(id, &uri, context)).await;
        }
        let round = Round { responses: input_responses, state: request_state };
        let asked = self.asked(Kind::Resource, uri, context);
        let read = self.offer.resource(&asked.name);
        // No plugin has this name, so that what is not seen here is unknown, and is written down.
        let plugin = read.as_deref().map_or("-", |resource| &resource.plugin);
        let answer = async {
            if !self.offer.has_resources() {
                return Err(ErrorData::method_not_found::<ReadResourceRequestMethod>());
            }
            let answer = match self.run(&asked, (plugin, &asked.name), None, round, context).await? {
                End::Required(required) => return Ok((*required).into()),
                End::Answer(answer) => answer,
            };
            let mut answer = answer
                .and_then(|outcome| encode::resource_outcome(&asked.name, outcome))
                .map_err(|error| errors::of_other(&asked, &error))?;
            signed(context, &mut answer.meta);
            Ok(answer.into())
        };
        let message = self.calling(&asked, read.is_some(), context);
        message.answer(answer).instrument(asked.logged()).await
    }

    /// The whole of an answer that was too large.
    async fn kept(
        &self,
        id: &str,
        uri: &str,
        context: &RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let Offer { gateway, principal, .. } = &self.offer;
        let kept = gateway.kept(principal, id);
        let kept = kept.ok_or_else(|| errors::unknown(&self.asked(Kind::Resource, uri, context)))?;
        let contents = ResourceContents::text(&*kept.text, uri).with_mime_type(kept.media_type);
        let mut answer = ReadResourceResult::new(vec![contents]);
        signed(context, &mut answer.meta);
        Ok(answer.into())
    }

    pub(super) async fn watched(
        &self,
        request: SubscribeRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        if self.offer.resource(&request.uri).is_none() {
            return Err(errors::unknown(&self.asked(Kind::Resource, request.uri, context)));
        }
        if self.wishes.watch(request.uri) {
            return Ok(());
        }
        Err(ErrorData::invalid_request("this session watches as many resources as it may", None))
    }
}
