//! What a call is about: an entity of the catalog, or labels, a namespace, a workload, a cluster.
//!
//! # Design
//! An entity is found with the rights of the caller, by the host's own catalog; this component never sees its
//! credential. What it stands for is its label selector, as in Backstage: `backstage.io/kubernetes-label-selector`.

use postern_sdk::{Entity, Lookup};
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::{EntityRef, Name, SelectorText};
use crate::selector::Selector;
use crate::server::{Call, Settings};
use crate::tool::Problem;

/// The annotation by which an entity says which workloads are its.
pub const SELECTOR: &str = "backstage.io/kubernetes-label-selector";
const ID: &str = "backstage.io/kubernetes-id";
const NAMESPACE: &str = "backstage.io/kubernetes-namespace";
const CLUSTER: &str = "backstage.io/kubernetes-cluster";

/// The arguments that say it, as they were given.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// An entity.
    pub entity: Option<&'a EntityRef>,
    /// Labels.
    pub selector: Option<&'a SelectorText>,
    /// One namespace.
    pub namespace: Option<&'a Name>,
    /// One workload.
    pub workload: Option<&'a Name>,
    /// One cluster.
    pub cluster: Option<&'a Name>,
}

/// What a call is about. Everything that is said holds at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// The entity, if there is one.
    pub entity: Option<EntityName>,
    /// Labels; an empty one fits everything.
    pub selector: Selector,
    /// One namespace.
    pub namespace: Option<String>,
    /// One workload.
    pub workload: Option<String>,
    /// One cluster.
    pub cluster: Option<String>,
}

/// An entity, as the catalog writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct EntityName {
    /// Its name.
    pub name: String,
    /// Its namespace in the catalog, which is none of Kubernetes.
    pub namespace: String,
    /// Its kind, such as `Component`.
    pub kind: String,
}

/// Why an entity stands for no workloads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoSelector {
    /// It does not say.
    #[error("entity `{0}` does not have the `{SELECTOR}` annotation")]
    Missing(String),
    /// What it says cannot be read.
    #[error("entity `{0}`, annotation `{SELECTOR}`: {1}")]
    Unreadable(String, String),
}

impl Scope {
    /// Finds out what is asked about.
    ///
    /// # Errors
    /// When nothing is said, too much is, or the entity is not there or stands for nothing.
    pub async fn find<C: Call>(call: &C, asked: Asked<'_>) -> Result<Self, Problem> {
        let said = asked.entity.is_some()
            || asked.selector.is_some()
            || asked.namespace.is_some()
            || asked.workload.is_some()
            || asked.cluster.is_some();
        if !said {
            let one_of = "say what to look at: `entityRef`, `selector`, `namespace`, `workload` or `cluster`";
            return Err(Problem::invalid("", one_of));
        }
        Self::find_or_all(call, asked).await
    }

    /// As [`Self::find`]; everything, where nothing is said.
    ///
    /// # Errors
    /// As [`Self::find`], but for nothing being said.
    pub async fn find_or_all<C: Call>(call: &C, asked: Asked<'_>) -> Result<Self, Problem> {
        let mut scope = match (asked.entity, asked.selector) {
            (Some(_), Some(_)) => {
                let both = "an entity has a selector of its own; give `entityRef` or `selector`, not both";
                return Err(Problem::invalid("/selector", both));
            }
            (Some(reference), None) => Self::of_reference(call, reference).await?,
            (None, Some(text)) => {
                let selector = text.as_str().parse::<Selector>();
                let selector = selector.map_err(|error| Problem::invalid("/selector", error.to_string()))?;
                Self { selector, ..Self::default() }
            }
            (None, None) => Self::default(),
        };
        narrow(&mut scope.namespace, asked.namespace);
        narrow(&mut scope.workload, asked.workload);
        narrow(&mut scope.cluster, asked.cluster);
        Ok(scope)
    }

    async fn of_reference<C: Call>(call: &C, reference: &EntityRef) -> Result<Self, Problem> {
        let canonical = canonical(reference.as_str(), "/entityRef")?;
        let entity = entity(call, &canonical).await?;
        Self::of_entity(&entity, call.settings())
            .map_err(|error| Problem::invalid("/entityRef", error.to_string()))
    }

    /// What an entity stands for.
    ///
    /// # Errors
    /// When it does not say, or not so that it can be read.
    pub fn of_entity(entity: &Entity, settings: &Settings) -> Result<Self, NoSelector> {
        let annotation = |name: &str| {
            let found = entity.annotations.iter().find(|field| field.name == name);
            found.map(|field| field.value.trim()).filter(|value| !value.is_empty())
        };
        let unreadable = |why: String| NoSelector::Unreadable(entity.reference.clone(), why);
        let selector = match annotation(SELECTOR) {
            Some(text) => text.parse::<Selector>().map_err(|error| unreadable(error.to_string()))?,
            None if settings.kubernetes_id_fallback => {
                let id = annotation(ID).unwrap_or(&entity.name);
                // Parsed, so that an odd name cannot become another selector.
                format!("{ID}={id}").parse::<Selector>().map_err(|error| unreadable(error.to_string()))?
            }
            None => return Err(NoSelector::Missing(entity.reference.clone())),
        };
        let placed = |name| annotation(name).filter(|_| settings.placement_annotations).map(str::to_owned);
        Ok(Self {
            entity: Some(EntityName::of(entity)),
            selector,
            namespace: placed(NAMESPACE),
            workload: None,
            cluster: placed(CLUSTER),
        })
    }

    /// Whether a workload lies within what is not said by labels.
    #[must_use]
    pub fn holds(&self, cluster: &str, namespace: &str, workload: &str) -> bool {
        let fits =
            |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
        fits(&self.cluster, cluster) && fits(&self.namespace, namespace) && fits(&self.workload, workload)
    }

    /// What it is about, for people.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut parts = Vec::new();
        if let Some(entity) = &self.entity {
            parts.push(format!("{}:{}/{}", entity.kind.to_lowercase(), entity.namespace, entity.name));
        }
        if !self.selector.is_empty() {
            parts.push(format!("selector {}", self.selector));
        }
        for (word, value) in
            [("cluster", &self.cluster), ("namespace", &self.namespace), ("workload", &self.workload)]
        {
            parts.extend(value.as_ref().map(|value| format!("{word} {value}")));
        }
        if parts.is_empty() { "all workloads".to_owned() } else { parts.join(", ") }
    }
}

impl EntityName {
    /// The name of an entity.
    #[must_use]
    pub fn of(entity: &Entity) -> Self {
        Self {
            name: entity.name.clone(),
            namespace: if entity.namespace.is_empty() {
                "default".to_owned()
            } else {
                entity.namespace.clone()
            },
            kind: entity.kind.clone(),
        }
    }
}

fn narrow(scope: &mut Option<String>, asked: Option<&Name>) {
    if let Some(asked) = asked {
        *scope = Some(asked.as_str().to_owned());
    }
}

/// The entity of a canonical reference.
///
/// # Errors
/// When there is none that the caller may see, and as the catalog.
pub async fn entity<C: Call>(call: &C, canonical: &str) -> Result<Entity, Problem> {
    let found = call.find(Lookup::Reference(canonical.to_owned())).await;
    found?.into_iter().next().ok_or_else(|| Problem::NotFound(format!("entity not found: `{canonical}`")))
}

/// A reference with its kind and namespace, in lower case.
///
/// # Errors
/// When it is none, or says no kind: a name alone may be a component's, a team's or a cluster's.
pub fn canonical(reference: &str, pointer: &str) -> Result<String, Problem> {
    let invalid = |why: &str| {
        Problem::invalid(
            pointer,
            format!("entity reference `{reference}` {why}: write it as `component:default/checkout`"),
        )
    };
    let (kind, rest) = reference
        .split_once(':')
        .filter(|(kind, _)| !kind.is_empty() && !kind.contains('/'))
        .ok_or_else(|| invalid("had missing or empty kind"))?;
    let (namespace, name) = rest.split_once('/').unwrap_or(("default", rest));
    let part = |part: &str| {
        !part.is_empty()
            && part.len() <= 63
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    if !part(kind) || !part(namespace) || !part(name) {
        return Err(invalid("is none"));
    }
    Ok(format!("{kind}:{namespace}/{name}").to_lowercase())
}

#[cfg(test)]
mod tests {
    use postern_sdk::InvalidArgument;

    use super::*;

    #[test]
    fn references_say_their_kind() {
        let read = |text: &str| canonical(text, "/entityRef");
        assert_eq!(read("Component:Default/Checkout").unwrap(), "component:default/checkout");
        assert_eq!(read("component:checkout").unwrap(), "component:default/checkout");
        for refused in [
            "checkout",
            ":checkout",
            "default/checkout",
            "component:",
            "component:/x",
            "component:a/b/c",
            "a/b:c",
            "component:a/",
            "component:a b",
            "component:..%2f/x",
        ] {
            let problem = read(refused).unwrap_err();
            assert!(
                matches!(problem, Problem::Invalid(InvalidArgument { ref pointer, .. }) if pointer == "/entityRef"),
                "{refused}"
            );
        }
        assert_eq!(
            read("checkout").unwrap_err().message(),
            "entity reference `checkout` had missing or empty kind: write it as `component:default/checkout`"
        );
    }
}
