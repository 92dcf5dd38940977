//! Finding out what a call is about, in an instance of its own, before anybody decides on it.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::mpsc;

use super::answer::Measure;
use super::bindings::exports::postern::plugin::resolver as wit;
use super::component::Component;
use super::failure;
use super::invoke::Opening;
use super::long::Long;
use crate::call::{CallError, Inquiry};
use crate::egress::{Ledger, Target};
use crate::policy::Permit;

/// What a resolver is asked with, beside its permit.
#[derive(Debug)]
pub struct Resolving {
    /// The id of the call that it is about.
    pub id: String,
    /// The targets that there were when it was decided on.
    pub targets: Vec<Target>,
    /// Where its requests are written down.
    pub ledger: Ledger,
    /// Takes what it asks the catalog.
    pub inquiries: mpsc::Sender<Inquiry>,
}

/// What a resolver says of a call, unchecked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resolved {
    /// JSON text of its own.
    pub arguments: String,
    /// Names and values.
    pub facts: Vec<(String, Vec<String>)>,
}

impl Component {
    /// Asks the component's resolver, in a fresh instance with exactly the authority of `permit`, which is spent:
    /// its arguments say which call it is about.
    ///
    /// It has no handle to the caller: it can tell and ask nobody.
    ///
    /// # Errors
    /// As [`Component::invoke`].
    pub async fn resolve(
        self: Arc<Self>,
        permit: Permit,
        resolving: Resolving,
    ) -> Result<Resolved, CallError> {
        let shared = Arc::clone(&self.shared);
        let call = |long| async move { self.timed(|_| self.ask_resolver(permit, resolving, long)).await };
        shared.elsewhere.run(call).await
    }

    async fn ask_resolver(
        &self,
        permit: Permit,
        resolving: Resolving,
        long: Long,
    ) -> Result<Resolved, CallError> {
        let Some(indices) = &self.exports.resolver else {
            return Err(CallError::Host("it exports no `resolver`".into()));
        };
        let Resolving { id, targets, ledger, inquiries } = resolving;
        let (mut store, info, about) = self.open(permit, Opening { id, targets, ledger, inquiries, long })?;
        let text = |name: &str| about.text(name).unwrap_or_default().to_owned();
        let call = wit::Unresolved {
            kind: text("kind"),
            name: text("name"),
            arguments: about.get("arguments").map(Value::to_string).unwrap_or_default(),
        };
        let answered = async {
            let instance = self.pre.instantiate_async(&mut store).await?;
            let guest = indices.load(&mut store, &instance)?;
            let answer = store
                .run_concurrent(async |accessor| guest.call_resolve(accessor, info, call).await)
                .await??;
            self.bounded(answer)
        };
        match answered.await {
            Ok(answer) => Ok(answer?.into()),
            Err(error) => Err(failure::sort(error, &self.plugin, &self.shared.limits)),
        }
    }
}

impl Measure for wit::Resolved {
    fn bytes(&self) -> usize {
        let fact =
            |fact: &wit::Fact| fact.name.len() + fact.values.iter().map(|it| it.len() + 8).sum::<usize>();
        self.arguments.len() + self.facts.iter().map(fact).sum::<usize>()
    }
}

impl From<wit::Resolved> for Resolved {
    fn from(resolved: wit::Resolved) -> Self {
        let fact = |wit::Fact { name, values }| (name, values);
        Self { arguments: resolved.arguments, facts: resolved.facts.into_iter().map(fact).collect() }
    }
}
