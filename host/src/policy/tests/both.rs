//! The same question asked of the slice of an action and of a whole set.

use crate::call::{Arguments, Principal};
use crate::policy::judge::{Ruling, judge};
use crate::policy::request::Asked;
use crate::policy::{Policies, names};

impl Policies {
    /// Every policy in force.
    pub(in crate::policy) fn all(&self) -> &[cedar_policy::Policy] {
        self.enforced.policies()
    }

    /// Whether it is permitted, by the slice of the action and by the `whole` set.
    pub(in crate::policy) fn both_ways(
        &self,
        principal: &Principal,
        tool: &str,
        target: &str,
        whole: &cedar_policy::PolicySet,
    ) -> (bool, bool) {
        let id = names::operation("palette", crate::call::Kind::Tool, tool);
        let typed = &self.operations[&id];
        let subject = self.target("palette", "instance", target);
        let asked = Asked::new(principal, (&id, &typed.memberships), &subject).unwrap();
        let arguments = Arguments::from(serde_json::Map::from_iter([("node_count".to_owned(), 1.into())]));
        let made = (&arguments, &Default::default());
        let sliced = judge(&self.enforced, &id, &asked, typed, made).says == Ruling::Yes;
        let context =
            crate::policy::request::context(typed, made, false, Some(jiff::Timestamp::now())).unwrap();
        let request = asked.with(context).unwrap();
        let response = cedar_policy::Authorizer::new().is_authorized(&request, whole, &asked.entities);
        (sliced, response.decision() == cedar_policy::Decision::Allow)
    }
}
