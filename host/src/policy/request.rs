//! A question in Cedar's terms: who, what, on which resource, with which arguments.

use cedar_policy::{Context, Entities, Entity, EntityUid, Request, RestrictedExpression};
use jiff::Timestamp;

use super::inventory::Attributes;
use super::names;
use super::schema::TypedOperation;
use super::shape::Unfit;
use crate::call::{Arguments, Fact, Facts, Principal};

/// What a call is about: a target, or the plugin where there is none.
#[derive(Debug, Clone)]
pub(super) enum Subject<'a> {
    /// A target and what the operator says of it.
    Target { plugin: &'a str, upstream: &'a str, name: &'a str, attributes: Attributes },
    /// A plugin.
    Plugin(&'a str),
}

impl Subject<'_> {
    /// Its identifier.
    pub(super) fn id(&self) -> String {
        match self {
            Self::Target { plugin, upstream, name, .. } => names::target(plugin, upstream, name),
            Self::Plugin(plugin) => (*plugin).to_owned(),
        }
    }

    fn entity(&self) -> Option<Entity> {
        let text =
            |name: &str, value: &str| (name.to_owned(), RestrictedExpression::new_string(value.to_owned()));
        match self {
            Self::Plugin(plugin) => {
                Some(Entity::new_no_attrs(names::entity("Plugin", plugin)?, Default::default()))
            }
            Self::Target { plugin, upstream, name, attributes } => {
                let parents = [
                    names::entity("Upstream", &names::upstream(plugin, upstream))?,
                    names::entity("Plugin", plugin)?,
                ];
                let values = [
                    text("plugin", plugin),
                    text("upstream", upstream),
                    text("name", name),
                    text("environment", &attributes.environment),
                ];
                let tags = attributes.labels.iter().map(|(name, value)| text(name, value));
                Entity::new_with_tags(names::entity("Target", &self.id())?, values, parents, tags).ok()
            }
        }
    }
}

/// Everything about a question but its arguments.
pub(super) struct Asked {
    principal: EntityUid,
    action: EntityUid,
    resource: EntityUid,
    pub(super) entities: Entities,
}

impl Asked {
    /// `None` when a name is none to Cedar; then there is no answer but no.
    pub(super) fn new(
        principal: &Principal,
        (action, memberships): (&str, &[String]),
        subject: &Subject<'_>,
    ) -> Option<Self> {
        let entity = |kind: &str, id: &str| names::entity(kind, id);
        let groups: Option<Vec<_>> = principal.groups().iter().map(|group| entity("Group", group)).collect();
        let subject_of = RestrictedExpression::new_string(principal.subject().to_owned());
        let caller = Entity::new_with_tags(
            entity(names::principal_type(principal.kind()), principal.subject())?,
            [("subject".to_owned(), subject_of)],
            groups?,
            [],
        )
        .ok()?;
        let parents: Option<_> = memberships.iter().map(|group| entity("Action", group)).collect();
        let called = Entity::new_no_attrs(entity("Action", action)?, parents?);
        let resource = subject.entity()?;
        let uids = (caller.uid(), called.uid(), resource.uid());
        let entities = Entities::from_entities([caller, called, resource], None).ok()?;
        Some(Self { principal: uids.0, action: uids.1, resource: uids.2, entities })
    }

    /// The question with a context.
    pub(super) fn with(&self, context: Context) -> Option<Request> {
        Request::new(self.principal.clone(), self.action.clone(), self.resource.clone(), context, None).ok()
    }

    /// The question whatever the context.
    pub(super) fn whatever(&self) -> Request {
        Request::builder()
            .principal(self.principal.clone())
            .action(self.action.clone())
            .resource(self.resource.clone())
            .build()
    }
}

/// What a call is made with, and what was found out about it.
pub(super) type Made<'a> = (&'a Arguments, &'a Facts);

/// What a call is made with, for policies to look at; the time only for those that ask for it.
pub(super) fn context(
    operation: &TypedOperation,
    (arguments, facts): Made<'_>,
    is_approved: bool,
    now: Option<Timestamp>,
) -> Result<Context, Unfit> {
    let granted = ("granted".to_owned(), RestrictedExpression::new_bool(is_approved));
    let now = now.map(|now| {
        let text = now.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
        ("now".to_owned(), RestrictedExpression::new_datetime(text))
    });
    let pairs = [
        ("approval".to_owned(), RestrictedExpression::new_record([granted]).map_err(|_| Unfit)?),
        ("input".to_owned(), operation.input.record_value(&arguments.0)?),
    ];
    let found = operation.facts.as_ref().map(|kinds| {
        let fact = |(name, fact): (&String, &Fact)| {
            let is_known = kinds.get(name).is_some_and(|kind| kind.fits(fact));
            if is_known { Ok((name.clone(), value(fact))) } else { Err(Unfit) }
        };
        let values: Result<Vec<_>, Unfit> = facts.iter().map(fact).collect();
        let record = RestrictedExpression::new_record(values?).map_err(|_| Unfit)?;
        Ok(("facts".to_owned(), record))
    });
    Context::from_pairs(pairs.into_iter().chain(now).chain(found.transpose()?)).map_err(|_| Unfit)
}

fn value(fact: &Fact) -> RestrictedExpression {
    match fact {
        Fact::Text(text) => RestrictedExpression::new_string(text.clone()),
        Fact::Texts(texts) => {
            RestrictedExpression::new_set(texts.iter().cloned().map(RestrictedExpression::new_string))
        }
    }
}
