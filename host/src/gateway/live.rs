//! What a gateway serves from: one snapshot of everything that a reload can change.
//!
//! A call takes the snapshot that is current when it begins and keeps it to its end, so that it is found,
//! decided and run by one and the same configuration. A reload makes another snapshot and swaps it in; the
//! old one goes when the last call that holds it has ended.

use std::sync::Arc;

use crate::call::{CallError, Kind, Principal};
use crate::egress::{Egress, Target};
use crate::guardrail::Guards;
use crate::identity::Identity;
use crate::policy::{Available, Looked, Policies};
use crate::registry::{Found, Operation, Registry};

/// Who may come in, what exists, who may call it, what watches over calls, and the way out.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the five rooms")]
pub struct Live {
    pub identity: Identity,
    pub policies: Arc<Policies>,
    pub registry: Arc<Registry>,
    pub guards: Arc<Guards>,
    pub egress: Egress,
}

impl Live {
    /// What a call names. What does not exist under the operator's grants, and what this principal may call
    /// in no way at all, is unknown alike: as if it had never been written.
    pub(super) fn find(
        &self,
        principal: &Principal,
        (kind, plugin, name): (Kind, &str, &str),
    ) -> Result<Found, CallError> {
        let unknown = || CallError::Unknown { kind, name: name.to_owned() };
        // The plugin of a resource is in its URI.
        if plugin.is_empty() && kind != Kind::Resource {
            return Err(unknown());
        }
        let found = self.registry.find(kind, plugin, name).ok_or_else(unknown)?;
        if self.shows(principal, &found.operation) { Ok(found) } else { Err(unknown()) }
    }

    /// What people call an operation, and what it does, in its component's words.
    pub(super) fn described(&self, operation: &Operation) -> (String, String) {
        let is = |of: &Operation| std::ptr::eq(of, operation);
        let tool = self.registry.tools().find(|it| is(&it.operation)).map(|it| (&it.title, &it.description));
        let resource = || {
            let mut resources = self.registry.resources();
            resources.find(|it| is(&it.operation)).map(|it| (&it.title, &it.description))
        };
        let prompt = || {
            let mut prompts = self.registry.prompts();
            prompts.find(|it| is(&it.operation)).map(|it| (&it.title, &it.description))
        };
        let route = || {
            let mut routes = self.registry.routes();
            routes.find(|it| is(&it.operation)).map(|it| (&it.title, &it.description))
        };
        let found = tool.or_else(resource).or_else(prompt).or_else(route);
        found.map(|(title, description)| (title.clone(), description.clone())).unwrap_or_default()
    }

    /// Whether there are arguments and a target with which this principal may call it.
    pub(super) fn shows(&self, principal: &Principal, operation: &Operation) -> bool {
        let available: Vec<Available> = self.targets(operation).iter().map(available).collect();
        self.policies.visible(principal, &looked(operation), &available)
    }

    /// The targets of the operation's upstream as they are now.
    pub(super) fn targets(&self, operation: &Operation) -> Vec<Target> {
        let names = operation.need.targets.as_ref();
        names.map(|names| self.egress.targets(&operation.plugin, &names.upstream)).unwrap_or_default()
    }
}

/// What policy knows of an operation.
pub(super) fn looked(operation: &Operation) -> Looked<'_> {
    Looked { plugin: &operation.plugin, kind: operation.kind, name: &operation.name, need: &operation.need }
}

/// What policy knows of a target.
pub(super) fn available(target: &Target) -> Available {
    let default = target.attributes().iter().any(|(name, value)| name == "default" && value == "true");
    Available { name: target.name().to_owned(), default }
}
