//! References: `[kind:][namespace/]name`.

use std::fmt;

use thiserror::Error;

/// The namespace of what names none.
const DEFAULT_NAMESPACE: &str = "default";

/// Characters of one part.
const MAX_PART: usize = 63;

/// A whole reference, in its canonical form: all lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    kind: String,
    namespace: String,
    name: String,
}

/// What stands in place of a part that is left out.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Such as `group` for what owns; `None` where the kind has to be said.
    pub kind: Option<&'a str>,
    /// Such as the namespace of the entity that refers.
    pub namespace: &'a str,
}

impl Default for Context<'_> {
    fn default() -> Self {
        Self { kind: None, namespace: DEFAULT_NAMESPACE }
    }
}

/// Why a text is no reference.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadReference {
    /// A part is empty, too long, or has characters that no part has.
    #[error("`{0}` is no reference: write `kind:namespace/name`, such as `component:default/shop`")]
    Malformed(String),
    /// The kind is left out where nothing says which it is.
    #[error("`{0}` does not say of which kind it is: write `kind:{0}`, such as `component:{0}`")]
    NoKind(String),
}

impl Reference {
    /// Reads a reference; what is left out comes from `context`.
    ///
    /// # Errors
    /// [`BadReference`].
    pub fn parse(text: &str, context: Context<'_>) -> Result<Self, BadReference> {
        let malformed = || BadReference::Malformed(text.chars().take(200).collect());
        // A `:` behind the `/` belongs to no kind.
        let (kind, rest) = match (text.find(':'), text.find('/')) {
            (Some(colon), slash) if slash.is_none_or(|slash| colon < slash) => {
                let (kind, rest) = text.split_once(':').ok_or_else(malformed)?;
                (Some(kind), rest)
            }
            _ => (None, text),
        };
        let (namespace, name) = match rest.split_once('/') {
            Some((namespace, name)) => (namespace, name),
            None => (context.namespace, rest),
        };
        if !is_namespace(namespace) || !is_name(name) || !kind.is_none_or(is_kind) {
            return Err(malformed());
        }
        let kind = kind.or(context.kind).ok_or_else(|| BadReference::NoKind(text.to_owned()))?;
        Ok(Self {
            kind: kind.to_ascii_lowercase(),
            namespace: namespace.to_ascii_lowercase(),
            name: name.to_ascii_lowercase(),
        })
    }

    /// The kind, in lower case: letters and digits.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The namespace, in lower case: a DNS label.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The name, in lower case: letters and digits, with `-`, `_` and `.` between them.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}/{}", self.kind, self.namespace, self.name)
    }
}

/// Whether a text is a kind: letters and digits, beginning with a letter.
#[must_use]
pub fn is_kind(text: &str) -> bool {
    within(text)
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|each| each.is_ascii_alphanumeric())
}

fn is_namespace(text: &str) -> bool {
    within(text)
        && bounded_by_alphanumerics(text)
        && text.chars().all(|each| each.is_ascii_alphanumeric() || each == '-')
}

fn is_name(text: &str) -> bool {
    let of_name = |each: char| each.is_ascii_alphanumeric() || "-_.".contains(each);
    within(text) && bounded_by_alphanumerics(text) && text.chars().all(of_name)
}

fn within(text: &str) -> bool {
    (1..=MAX_PART).contains(&text.len())
}

fn bounded_by_alphanumerics(text: &str) -> bool {
    let is = |each: char| each.is_ascii_alphanumeric();
    text.starts_with(is) && text.ends_with(is)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, &str>) {
        let found = Reference::parse(text, Context::default());
        let found = found.map(|reference| reference.to_string()).map_err(|error| error.to_string());
        match expected {
            Ok(reference) => assert_eq!(found.as_deref(), Ok(reference), "{text}"),
            Err(why) => assert!(found.as_ref().is_err_and(|error| error.contains(why)), "{text}: {found:?}"),
        }
    }

    #[test]
    fn references_have_one_form() {
        check("component:default/shop", Ok("component:default/shop"));
        check("Component:Shop", Ok("component:default/shop"));
        check("API:Team-A/v1.orders_api", Ok("api:team-a/v1.orders_api"));
    }

    #[test]
    fn what_is_left_out_comes_from_around() {
        let around = Context { kind: Some("group"), namespace: "team" };
        let owner = |text| Reference::parse(text, around).unwrap().to_string();
        assert_eq!(owner("shop"), "group:team/shop");
        assert_eq!(owner("user:ana"), "user:team/ana");
        assert_eq!(owner("other/shop"), "group:other/shop");
    }

    #[test]
    fn nothing_that_could_lead_elsewhere_is_one() {
        for text in [
            "",
            ":",
            "/",
            ":a",
            "component:",
            "component:/a",
            "component:default/",
            "a/b:c",
            "component:a/b/c",
            "component:default/..",
            "component:../a",
            "component:default/%2e%2e",
            "component:default/a?b=c",
            "component:default/a b",
            "component:default/-a",
            "component:default/a.",
            "1a:default/b",
            "component:default/\u{fc}",
            "component:under_score/a",
        ] {
            check(text, Err("is no reference"));
        }
        check(&format!("component:default/{}", "a".repeat(64)), Err("is no reference"));
        check("shop", Err("does not say of which kind"));
        check("default/shop", Err("does not say of which kind"));
    }
}
