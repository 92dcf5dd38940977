//! What calls of tools, resources and prompts have in common: their beginning, and the talk on the way.

use std::pin::Pin;
use std::sync::Arc;

use rmcp::model::JsonObject;
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};

use super::Handler;
use crate::call::{CallError, Client};
use crate::surface::mcp::calls::{self, Answer, Asked, Bound, End};
use crate::surface::mcp::offer::{Offer, signed};
use crate::surface::mcp::talk::{Changing, Round, Setting, Talk};
use crate::surface::mcp::{is_modern, question};

/// A call under way.
type Running = Pin<Box<dyn Future<Output = Answer> + Send>>;

impl Handler {
    /// Runs what was asked for, which this host calls `name` of `plugin`, and talks with its client meanwhile.
    pub(super) async fn run(
        &self,
        asked: &Asked,
        own: (&str, &str),
        arguments: Option<JsonObject>,
        round: Round,
        context: &RequestContext<RoleServer>,
    ) -> Result<End<Answer>, ErrorData> {
        let talk = self.talk(asked, own.0, arguments.as_ref(), round, context)?;
        let end = calls::run(self.begin(asked, own, arguments), context, talk).await?;
        self.needing(end, context)
    }

    /// What starts the call, given its client's end.
    pub(super) fn begin(
        &self,
        asked: &Asked,
        (plugin, name): (&str, &str),
        arguments: Option<JsonObject>,
    ) -> impl FnOnce(Client) -> Running {
        let Offer { gateway, principal, .. } = self.offer.clone();
        let mut call = asked.call(plugin, name, arguments, Client::default());
        move |client| {
            call.client = client;
            Box::pin(async move { gateway.call(&principal, call).await })
        }
    }

    /// The conversation with the client of a call of `plugin`.
    pub(super) fn talk<'a>(
        &self,
        asked: &Asked,
        plugin: &str,
        arguments: Option<&JsonObject>,
        round: Round,
        context: &'a RequestContext<RoleServer>,
    ) -> Result<Talk<'a>, ErrorData> {
        let Offer { endpoint, principal, .. } = &self.offer;
        let bound = Bound::new(asked, endpoint.path(), principal, arguments);
        let setting = Setting { level: self.wishes.level(), bound, changed: self.changing(plugin) };
        Talk::new(context, setting, round)
    }

    /// Takes word of what a call of `plugin` changed.
    pub(super) fn changing(&self, plugin: &str) -> Changing {
        let Offer { gateway, principal, .. } = self.offer.clone();
        let plugin = plugin.to_owned();
        Arc::new(move |change| gateway.changed(&principal, &plugin, change))
    }

    /// What a call needs before it can go on: an answer, or a client of the modern era that is more able.
    pub(super) fn needing(
        &self,
        mut end: End<Answer>,
        context: &RequestContext<RoleServer>,
    ) -> Result<End<Answer>, ErrorData> {
        if let End::Required(required) = &mut end {
            signed(context, &mut required.meta);
        }
        match end {
            End::Answer(Err(CallError::Unable(kinds))) if is_modern(context) => {
                Err(ErrorData::missing_required_client_capability(question::needed(&kinds)))
            }
            end @ (End::Answer(_) | End::Required(_)) => Ok(end),
        }
    }
}
