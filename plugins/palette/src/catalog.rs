//! Records of the software catalog, as far as they say which Palette object they stand for.

/// What to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// The entity of that reference: `[kind:][namespace/]name`.
    Reference(String),
    /// Those of that title, ignoring case.
    Title(String),
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entity {
    /// Canonical: `kind:namespace/name`.
    pub reference: String,
    /// What it is called.
    pub title: Option<String>,
    /// Names with their prefixes, and values.
    pub annotations: Vec<(String, String)>,
}

impl Entity {
    /// The value of the annotation whose name ends in `/{suffix}`: prefixes differ from one catalog to another.
    /// The usual prefix goes before others.
    #[must_use]
    pub fn annotation(&self, suffix: &str) -> Option<&str> {
        let named = |(name, _): &&(String, String)| {
            name.strip_suffix(suffix).is_some_and(|prefix| prefix.ends_with('/'))
        };
        let usual = |(name, _): &&(String, String)| name.starts_with("terasky.backstage.io/");
        let mut found = self.annotations.iter().filter(named);
        let first = found.clone().find(usual).or_else(|| found.next())?;
        Some(first.1.as_str()).filter(|value| !value.is_empty())
    }
}

/// Reads what a person wrote: a reference where it has the form of one, otherwise a title.
#[must_use]
pub fn lookup(text: &str) -> Lookup {
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let reference = text.split_once(':').is_some_and(|(kind, rest)| {
        let (namespace, name) = rest.split_once('/').unwrap_or(("default", rest));
        part(kind) && part(namespace) && part(name)
    });
    if reference { Lookup::Reference(text.to_owned()) } else { Lookup::Title(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_not_taken_for_a_reference() {
        for title in ["shop eu", "shop", "a:b c", ":x", "resource:", "resource:a/", "http://x/y"] {
            assert!(matches!(lookup(title), Lookup::Title(_)), "{title}");
        }
        for reference in ["resource:shop", "Resource:default/shop-eu", "system:a/b.c"] {
            assert!(matches!(lookup(reference), Lookup::Reference(_)), "{reference}");
        }
    }

    #[test]
    fn annotations_are_found_by_their_end_alone() {
        let annotation = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let entity = Entity {
            annotations: vec![
                annotation("acme.io/cluster-id", "other"),
                annotation("terasky.backstage.io/cluster-id", "usual"),
                annotation("acme.io/host-cluster-id", "host"),
                annotation("acme.io/instance", ""),
            ],
            ..Entity::default()
        };
        assert_eq!(entity.annotation("cluster-id"), Some("usual"));
        assert_eq!(entity.annotation("host-cluster-id"), Some("host"));
        assert_eq!(entity.annotation("instance"), None);
        assert_eq!(entity.annotation("id"), None);
    }
}
