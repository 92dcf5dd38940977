//! What a person may be about to type into an argument of a prompt or a resource.

use std::time::Duration;

use rmcp::model::{CompleteRequestMethod, CompleteRequestParams, CompleteResult, CompletionInfo, Reference};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde_json::{Map, Value};
use tracing::Instrument as _;

use super::calls::Asked;
use super::offer::Offer;
use super::{encode, origin};
use crate::call::{Call, Client, Completing, Kind};
use crate::registry::manifest;

/// A person types on: an answer that comes later is of no use.
const SOON: Duration = Duration::from_secs(5);

/// Which target is what a person may be typing: all of them are looked at.
const ALL: &str = "*";

/// Completes an argument. What cannot be completed now has no completions, and the log says why.
///
/// # Errors
/// When nothing here completes anything, or the request names what is not there.
pub(super) async fn answer(
    offer: &Offer,
    request: CompleteRequestParams,
    context: &RequestContext<RoleServer>,
) -> Result<CompleteResult, ErrorData> {
    if !offer.completes() {
        return Err(ErrorData::method_not_found::<CompleteRequestMethod>());
    }
    let CompleteRequestParams { r#ref: reference, argument, context: given, .. } = request;
    let unknown =
        |what: &str| Err(ErrorData::invalid_params(format!("there is no {what} of that name"), None));
    let (plugin, of, names) = match &reference {
        Reference::Prompt(named) => {
            let Some(prompt) = offer.prompt(&named.name) else { return unknown("prompt") };
            let names: Vec<String> = prompt.arguments.iter().map(|it| it.name.clone()).collect();
            (prompt.plugin.clone(), (Kind::Prompt, prompt.name.clone()), names)
        }
        Reference::Resource(named) => {
            let mut all = offer.resources().into_iter().map(|(_, resource)| resource);
            let Some(resource) = all.find(|it| it.uri_template == named.uri) else {
                return unknown("resource template");
            };
            let names = resource.variables().map(str::to_owned).collect();
            (resource.plugin.clone(), (Kind::Resource, resource.name.clone()), names)
        }
        _ => return unknown("reference"),
    };
    if !names.contains(&argument.name) {
        return unknown("argument");
    }
    let found = offer.gateway.live().registry.find(Kind::Completion, &plugin, manifest::COMPLETION);
    let Some(found) = found else { return Ok(nothing()) };
    let given = given.and_then(|context| context.arguments).unwrap_or_default();
    let bound = |name: &String| found.operation.binds(name);
    let mut arguments: Map<String, Value> =
        given.into_iter().filter(|(name, _)| bound(name)).map(|(name, value)| (name, value.into())).collect();
    if let Some(targets) = &found.operation.need.targets {
        arguments.entry(targets.one.clone()).or_insert_with(|| ALL.into());
    }
    let asked = Asked::new(Kind::Completion, manifest::COMPLETION, origin::of(&offer.endpoint, context));
    let completing = Completing { of, argument: argument.name, value: argument.value };
    let call = asked.call(&plugin, manifest::COMPLETION, Some(arguments), Client::default());
    let call = Call { completing: Some(completing), ..call };
    let answer = async {
        let called = offer.gateway.call(&offer.principal, call);
        match tokio::time::timeout(SOON, called).await {
            Ok(answer) => answer.and_then(encode::completion).unwrap_or_else(|error| {
                tracing::info!(%error, plugin, "nothing was completed");
                nothing()
            }),
            Err(_) => {
                tracing::info!(plugin, "nothing was completed in time");
                nothing()
            }
        }
    };
    Ok(answer.instrument(asked.logged()).await)
}

fn nothing() -> CompleteResult {
    CompleteResult::new(CompletionInfo::default())
}
