//! One call from the shell: a host of its own, for the user who runs it, that serves this and nothing else.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::waiting::while_telling;
use super::{Failure, Setting, user};
use crate::call::{Arguments, Call, Client, Content, Kind, Origin, Outcome};
use crate::config::Config;
use crate::gateway::Gateway;
use crate::identity::{self, Access, Audience, Credential, Identity, Known};
use crate::start;
use crate::telemetry::Meters;

/// Calls a tool, by its plugin and its name: the texts of its answer, and the structured part.
///
/// It goes the way of every call: policy, guardrails, audit and sandbox included.
///
/// # Errors
/// What keeps the host from starting, and why the call did not run or gave no answer.
pub(super) async fn call(
    config: &Config,
    setting: &Setting,
    loading: &str,
    (plugin, tool): (&str, &str),
    arguments: Map<String, Value>,
) -> Result<(Vec<String>, Option<Value>), Failure> {
    let identity = Identity::new(identity::Config { access: Access::Known(Known::default()) });
    let starting = start::gateway(config, identity, setting.compiled(), Meters::disabled());
    let gateway: Arc<Gateway> = Arc::new(while_telling(loading, starting).await?);
    #[cfg(unix)]
    let user = user::name();
    #[cfg(not(unix))]
    let user = user::name(&setting.environment);
    let principal = gateway.authenticate(&Credential::LocalUser(user), &Audience::default()).await?;
    let call = Call {
        id: format!("{tool}-{}", std::process::id()),
        kind: Kind::Tool,
        plugin: plugin.to_owned(),
        name: tool.to_owned(),
        arguments: Arguments(arguments),
        client: Client::default(),
        completing: None,
        origin: Origin::default(),
    };
    let outcome = gateway.call(&principal, call).await;
    gateway.stopped().await;
    let Outcome::Tool { content, structured, is_error, .. } = outcome? else {
        return Err("the call gave no answer of a tool".into());
    };
    let text = |content| match content {
        Content::Text(text) => Some(text),
        Content::Image { .. } | Content::Audio { .. } | Content::Link { .. } | Content::Embedded { .. } => {
            None
        }
    };
    let texts: Vec<String> = content.into_iter().filter_map(text).collect();
    if is_error { Err(texts.join("\n").into()) } else { Ok((texts, structured)) }
}
