//! One call from the shell: a host of its own, for the user who runs it, that serves this and nothing else.

use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::sync::mpsc;

use super::waiting::while_telling;
use super::{Failure, Setting, user};
use crate::call::{Arguments, Call, Client, Content, Kind, Origin, Outcome, Principal, Progress, Said};
use crate::config::Config;
use crate::gateway::Gateway;
use crate::identity::{self, Access, Audience, Credential, Identity, Known};
use crate::registry::Tool;
use crate::start;
use crate::telemetry::Meters;

/// What a call says on its way and is not read yet.
const SAID: usize = 16;

/// A host that serves the user who runs this process.
pub(super) struct Local {
    gateway: Arc<Gateway>,
    principal: Principal,
}

/// What a tool answered.
pub(super) struct Answer {
    /// Its texts, in order.
    pub(super) texts: Vec<String>,
    /// For programs.
    pub(super) structured: Option<Value>,
    /// The tool ran and failed; the texts say why.
    pub(super) is_error: bool,
}

impl Local {
    /// # Errors
    /// What keeps the host from starting.
    pub(super) async fn start(config: &Config, setting: &Setting, loading: &str) -> Result<Self, Failure> {
        let identity = Identity::new(identity::Config { access: Access::Known(Known::default()) });
        let starting = start::gateway(config, identity, setting.compiled(), Meters::disabled());
        let gateway: Arc<Gateway> = Arc::new(while_telling(loading, starting).await?);
        #[cfg(unix)]
        let user = user::name();
        #[cfg(not(unix))]
        let user = user::name(&setting.environment);
        let principal = gateway.authenticate(&Credential::LocalUser(user), &Audience::default()).await?;
        Ok(Self { gateway, principal })
    }

    /// The tools that this user may call.
    pub(super) fn tools(&self) -> Vec<Arc<Tool>> {
        self.gateway.tools(&self.principal)
    }

    /// Calls a tool, by its plugin and its name. It goes the way of every call: policy, guardrails, audit and
    /// sandbox included. `show` is given a line for each report of progress.
    ///
    /// # Errors
    /// Why the call did not run or gave no answer.
    pub(super) async fn call(
        &self,
        (plugin, tool): (&str, &str),
        arguments: Map<String, Value>,
        show: impl Fn(String),
    ) -> Result<Answer, Failure> {
        let (said, mut heard) = mpsc::channel(SAID);
        let call = Call {
            id: format!("{tool}-{}", std::process::id()),
            kind: Kind::Tool,
            plugin: plugin.to_owned(),
            name: tool.to_owned(),
            arguments: Arguments(arguments),
            client: Client { said: Some(said), ..Client::default() },
            completing: None,
            origin: Origin::default(),
        };
        let calling = self.gateway.call(&self.principal, call);
        tokio::pin!(calling);
        let outcome = loop {
            tokio::select! {
                outcome = &mut calling => break outcome,
                Some(said) = heard.recv() => {
                    if let Said::Progress(progress) = said {
                        show(line(&progress));
                    }
                }
            }
        };
        let Outcome::Tool { content, structured, is_error, .. } = outcome? else {
            return Err("the call gave no answer of a tool".into());
        };
        let text = |content| match content {
            Content::Text(text) => Some(text),
            Content::Image { .. }
            | Content::Audio { .. }
            | Content::Link { .. }
            | Content::Embedded { .. } => None,
        };
        Ok(Answer { texts: content.into_iter().filter_map(text).collect(), structured, is_error })
    }

    /// Ends the host, once what happened is written down.
    pub(super) async fn stop(self) {
        self.gateway.stopped().await;
    }
}

fn line(progress: &Progress) -> String {
    let Progress { done, total, message } = progress;
    match total {
        Some(total) => format!("{done} of {total}: {message}"),
        None => format!("{done}: {message}"),
    }
}

/// One call of one tool: the texts of its answer, and the structured part.
///
/// # Errors
/// What keeps the host from starting, why the call did not run, and what the tool says when it failed.
pub(super) async fn call(
    config: &Config,
    setting: &Setting,
    loading: &str,
    tool: (&str, &str),
    arguments: Map<String, Value>,
) -> Result<(Vec<String>, Option<Value>), Failure> {
    let local = Local::start(config, setting, loading).await?;
    let answered = local.call(tool, arguments, |_| {}).await;
    local.stop().await;
    let Answer { texts, structured, is_error } = answered?;
    if is_error { Err(texts.join("\n").into()) } else { Ok((texts, structured)) }
}
