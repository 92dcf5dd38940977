//! What each method of the protocol answers, for one endpoint: here those of the protocol itself, beside it
//! those of [`tools`], [`resources`], [`prompts`] and [`tasks`].

#![expect(deprecated, reason = "what clients of the legacy era still ask for")]

mod call;
mod prompts;
mod resources;
mod tasks;
mod tools;

use std::sync::Arc;

use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CancelTaskParams, CompleteRequestParams, CompleteResult,
    CustomRequest, CustomResult, DiscoverResult, ErrorCode, GetPromptRequestParams, GetPromptResponse,
    GetTaskParams, GetTaskResult, InitializeRequestParams, InitializeResult, ListPromptsResult,
    ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, PaginatedRequestParams,
    ReadResourceRequestParams, ReadResourceResponse, ServerConfig, SetLevelRequestMethod,
    SetLevelRequestParams, SubscribeRequestParams, SubscriptionFilter, UnsubscribeRequestParams,
    UpdateTaskParams,
};
use rmcp::service::{NotificationContext, RequestContext, SubscriptionContext};
use rmcp::{ErrorData, RoleServer};

use crate::call::{Kind, Principal};
use crate::gateway::Gateway;
use crate::surface::mcp::calls::Asked;
use crate::surface::mcp::listen::{self, Listener, Wishes};
use crate::surface::mcp::message::{self, Message, Stay};
use crate::surface::mcp::names::Endpoint;
use crate::surface::mcp::offer::{self, Lately, Offer, signed};
use crate::surface::mcp::talk;
use crate::surface::mcp::{complete, encode, is_modern, origin};
use crate::telemetry::Transport;

/// Methods that `rmcp` hands on as unknown when their parameters do not fit.
const KNOWN_METHODS: &[&str] = &[
    "tools/call",
    "tools/list",
    "resources/list",
    "resources/read",
    "resources/templates/list",
    "prompts/get",
    "prompts/list",
    "completion/complete",
    "server/discover",
    "subscriptions/listen",
    "tasks/cancel",
    "tasks/get",
    "tasks/update",
];

/// Those that only sessions have: the modern era knows none of these names.
const SESSION_METHODS: &[&str] =
    &["initialize", "logging/setLevel", "ping", "resources/subscribe", "resources/unsubscribe"];

/// Characters of a method that is unknown, as its caller is told.
const SHOWN: usize = 100;

/// Answers the protocol's methods from the gateway, for one principal at one endpoint.
#[derive(Clone)]
pub(super) struct Handler {
    offer: Offer,
    /// A session's handler lives as long as the session.
    stay: Arc<Stay>,
    /// What a session asked to be told.
    wishes: Arc<Wishes>,
}

impl Handler {
    pub(super) fn new(
        gateway: Arc<Gateway>,
        lately: Lately,
        endpoint: Endpoint,
        principal: Principal,
    ) -> Self {
        let stay = Arc::new(Stay::new(gateway.meters().clone()));
        Self { offer: Offer { gateway, lately, endpoint, principal }, stay, wishes: Arc::default() }
    }

    /// With a client whose stay begins now, and not with `initialize`.
    pub(super) fn staying(self, transport: Transport) -> Self {
        self.stay.begin(transport);
        self
    }

    /// A message that calls nothing.
    fn message(&self, method: &'static str, context: &RequestContext<RoleServer>) -> Message<'_> {
        self.spoken_to(context);
        let origin = origin::of(&self.offer.endpoint, context);
        Message::new(method, &origin, context, self.offer.gateway.meters())
    }

    /// A message that calls something, which is here or is not.
    fn calling<'a>(
        &'a self,
        asked: &'a Asked,
        is_found: bool,
        context: &RequestContext<RoleServer>,
    ) -> Message<'a> {
        self.spoken_to(context);
        Message::calling(asked, is_found, context, self.offer.gateway.meters())
    }

    fn spoken_to(&self, context: &RequestContext<RoleServer>) {
        if let Some(version) = message::version(context) {
            self.stay.speaks(&version);
        }
    }

    fn listener(&self) -> Listener {
        let Offer { principal, endpoint, .. } = self.offer.clone();
        Listener { principal, endpoint }
    }

    fn asked(&self, kind: Kind, name: impl Into<String>, context: &RequestContext<RoleServer>) -> Asked {
        Asked::new(kind, name, origin::of(&self.offer.endpoint, context))
    }
}

/// Lists have one page, so that a cursor can only be somebody else's.
fn first_page(request: Option<&PaginatedRequestParams>) -> Result<(), ErrorData> {
    match request.and_then(|request| request.cursor.as_ref()) {
        None => Ok(()),
        Some(_) => Err(ErrorData::invalid_params("there is no such cursor: lists here have one page", None)),
    }
}

impl ServerHandler for Handler {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(self.offer.capabilities())
            .with_server_info(offer::server())
            .with_instructions(self.offer.instructions())
    }

    async fn initialize(
        &self,
        request: InitializeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<InitializeResult, ErrorData> {
        context.peer.set_peer_info(request.clone());
        let origin = origin::of(&self.offer.endpoint, &context);
        let answer = async {
            let mut answer = self.negotiate_initialize(&request)?;
            answer.capabilities = self.offer.legacy_capabilities();
            self.stay.begin(origin::transport(&origin));
            self.stay.speaks(answer.protocol_version.as_str());
            Ok(answer)
        };
        Message::new("initialize", &origin, &context, self.offer.gateway.meters()).answer(answer).await
    }

    async fn ping(&self, context: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        self.message("ping", &context).answer(async { Ok(()) }).await
    }

    async fn discover(&self, context: RequestContext<RoleServer>) -> Result<DiscoverResult, ErrorData> {
        let answer = async {
            let versions = self.supported_protocol_versions().into_owned();
            Ok(DiscoverResult::from_server_info(versions, self.get_info()))
        };
        self.message("server/discover", &context).answer(answer).await
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        self.message("tools/list", &context).answer(self.tools(request, &context)).await
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.called(request, &context).await
    }

    /// For the headers that a tool's schema asks for (`x-mcp-header`), which `rmcp` compares with the body.
    fn get_tool(&self, name: &str) -> Option<rmcp::model::Tool> {
        self.offer.tool_of_headers(name).map(|tool| encode::tool(name.to_owned(), &tool))
    }

    async fn get_task(
        &self,
        request: GetTaskParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetTaskResult, ErrorData> {
        self.message("tasks/get", &context).answer(self.task(request, &context)).await
    }

    async fn update_task(
        &self,
        request: UpdateTaskParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.message("tasks/update", &context).answer(self.task_answered(request)).await
    }

    async fn cancel_task(
        &self,
        request: CancelTaskParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.message("tasks/cancel", &context).answer(self.task_cancelled(request)).await
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        self.message("resources/list", &context).answer(self.resources(request, &context)).await
    }

    async fn list_resource_templates(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let answer = self.resource_templates(request, &context);
        self.message("resources/templates/list", &context).answer(answer).await
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        self.read(request, &context).await
    }

    async fn list_prompts(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        self.message("prompts/list", &context).answer(self.prompts(request, &context)).await
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        self.prompted(request, &context).await
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let answer = async {
            let mut answer = complete::answer(&self.offer, request, &context).await?;
            signed(&context, &mut answer.meta);
            Ok(answer)
        };
        self.message("completion/complete", &context).answer(answer).await
    }

    async fn set_level(
        &self,
        request: SetLevelRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        let answer = async {
            // In the modern era each request names its level.
            if is_modern(&context) {
                return Err(ErrorData::method_not_found::<SetLevelRequestMethod>());
            }
            self.wishes.set_level(talk::severity(&request.level));
            Ok(())
        };
        self.message("logging/setLevel", &context).answer(answer).await
    }

    async fn subscribe(
        &self,
        request: SubscribeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.message("resources/subscribe", &context).answer(self.watched(request, &context)).await
    }

    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        let answer = async {
            self.wishes.forget(&request.uri);
            Ok(())
        };
        self.message("resources/unsubscribe", &context).answer(answer).await
    }

    /// A session is told of changes until it is gone.
    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        if let Some(listening) = self.offer.gateway.listen(&self.offer.principal) {
            tokio::spawn(self.listener().session(listening, context.peer, Arc::clone(&self.wishes)));
        }
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        let mut accepted = requested.clone();
        if let Some(uris) = &mut accepted.resource_subscriptions {
            uris.truncate(listen::WATCHED);
            uris.retain(|uri| self.offer.resource(uri).is_some());
        }
        Some(accepted)
    }

    async fn listen(&self, subscription: SubscriptionContext) -> Result<(), ErrorData> {
        let Some(listening) = self.offer.gateway.listen(&self.offer.principal) else {
            return Err(ErrorData::invalid_request("as many clients of this principal listen as may", None));
        };
        self.listener().stream(listening, &subscription).await;
        Ok(())
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        let method = request.method;
        let of_sessions = SESSION_METHODS.iter().filter(|_| !is_modern(&context));
        let known = KNOWN_METHODS.iter().chain(of_sessions).copied().find(|known| *known == method);
        let answer = async {
            if known.is_some() {
                let text = format!("the parameters of `{method}` do not fit the protocol's schema");
                return Err(ErrorData::invalid_params(text, None));
            }
            let shown: String = method.chars().take(SHOWN).flat_map(char::escape_debug).collect();
            Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, format!("there is no method `{shown}`"), None))
        };
        self.message(known.unwrap_or(message::OTHER), &context).answer(answer).await
    }
}
