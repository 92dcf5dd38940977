//! Paths of routes, below `/api/{plugin}`: canonical, and of whole segments.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The first segment of the tools' own paths.
pub const TOOLS: &str = "tools";

/// Segments of one path.
const MAX_SEGMENTS: usize = 16;

/// Why a path of a route does not parse.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RoutePathError {
    /// It does not begin with a slash, or ends with one.
    #[error("a path begins with `/` and does not end with one, such as `/clusters/{{cluster_uid}}`")]
    Slash,
    /// A segment that no canonical path has.
    #[error("`{0}` is no segment of a path: letters, digits, `-`, `.`, `_` and `~`, or `{{name}}` alone")]
    Segment(String),
    /// The same variable twice.
    #[error("`{{{0}}}` stands twice")]
    Twice(String),
    /// Where the tools are.
    #[error("`/{TOOLS}/` is where the plugin's tools are called")]
    Tools,
    /// Longer than anybody needs.
    #[error("a path has {MAX_SEGMENTS} segments at most")]
    Long,
}

/// The path of a route, such as `/clusters/{cluster_uid}/kubeconfig`. A variable is one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutePath(Vec<Segment>);

/// One segment.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    /// This text.
    Literal(String),
    /// Any text, which becomes the argument of this name.
    Variable(String),
}

impl FromStr for RoutePath {
    type Err = RoutePathError;

    fn from_str(text: &str) -> Result<Self, RoutePathError> {
        let rest = text.strip_prefix('/').filter(|rest| !rest.is_empty() && !rest.ends_with('/'));
        let rest = rest.ok_or(RoutePathError::Slash)?;
        let segments: Vec<Segment> = rest.split('/').map(segment).collect::<Result<_, _>>()?;
        if segments.len() > MAX_SEGMENTS {
            return Err(RoutePathError::Long);
        }
        if segments.first() == Some(&Segment::Literal(TOOLS.to_owned())) {
            return Err(RoutePathError::Tools);
        }
        let path = Self(segments);
        for (at, name) in path.variables().enumerate() {
            if path.variables().skip(at + 1).any(|other| other == name) {
                return Err(RoutePathError::Twice(name.to_owned()));
            }
        }
        Ok(path)
    }
}

impl RoutePath {
    /// The variables' names, in order.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|segment| match segment {
            Segment::Literal(_) => None,
            Segment::Variable(name) => Some(name.as_str()),
        })
    }

    /// The variables' values in a path, whose segments are decoded; `None` when it is another path.
    #[must_use]
    pub fn matches<'p>(&self, path: &'p [String]) -> Option<Vec<(&str, &'p str)>> {
        if path.len() != self.0.len() {
            return None;
        }
        let mut values = Vec::new();
        for (segment, given) in self.0.iter().zip(path) {
            match segment {
                Segment::Literal(text) if text == given => {}
                Segment::Literal(_) => return None,
                Segment::Variable(name) => values.push((name.as_str(), given.as_str())),
            }
        }
        Some(values)
    }

    /// What a path looks like whatever its variables are called: two paths of one shape match the same.
    #[must_use]
    pub fn shape(&self) -> String {
        self.written(|_| String::new())
    }

    /// Which of two paths that match the same request is meant: the one with the earlier literal. The smaller first.
    #[must_use]
    pub fn precision(&self) -> Vec<bool> {
        self.0.iter().map(|segment| matches!(segment, Segment::Variable(_))).collect()
    }

    fn written(&self, variable: impl Fn(&str) -> String) -> String {
        let segment = |segment: &Segment| match segment {
            Segment::Literal(text) => format!("/{text}"),
            Segment::Variable(name) => format!("/{{{}}}", variable(name)),
        };
        self.0.iter().map(segment).collect()
    }
}

impl fmt::Display for RoutePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written(str::to_owned))
    }
}

fn segment(text: &str) -> Result<Segment, RoutePathError> {
    let bad = || RoutePathError::Segment(text.to_owned());
    if let Some(name) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        let fit = name.len() <= 64
            && name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name.chars().all(|each| each.is_ascii_alphanumeric() || each == '_');
        return if fit { Ok(Segment::Variable(name.to_owned())) } else { Err(bad()) };
    }
    let unreserved = |each: char| each.is_ascii_alphanumeric() || "-._~".contains(each);
    let fit = !text.is_empty() && text != "." && text != ".." && text.chars().all(unreserved);
    if fit { Ok(Segment::Literal(text.to_owned())) } else { Err(bad()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_canonical_is_refused() {
        for (text, why) in [
            ("", RoutePathError::Slash),
            ("/", RoutePathError::Slash),
            ("clusters", RoutePathError::Slash),
            ("/clusters/", RoutePathError::Slash),
            ("/a//b", RoutePathError::Segment(String::new())),
            ("/a/../b", RoutePathError::Segment("..".to_owned())),
            ("/a/%2e", RoutePathError::Segment("%2e".to_owned())),
            ("/a/{b}c", RoutePathError::Segment("{b}c".to_owned())),
            ("/a/{}", RoutePathError::Segment("{}".to_owned())),
            ("/a/{b-c}", RoutePathError::Segment("{b-c}".to_owned())),
            ("/a?b", RoutePathError::Segment("a?b".to_owned())),
            ("/{a}/{a}", RoutePathError::Twice("a".to_owned())),
            ("/tools", RoutePathError::Tools),
            ("/tools/{tool}", RoutePathError::Tools),
            (&"/a".repeat(17), RoutePathError::Long),
        ] {
            assert_eq!(text.parse::<RoutePath>(), Err(why), "{text}");
        }
    }

    #[test]
    fn a_path_matches_by_whole_segments() {
        let path: RoutePath = "/clusters/{uid}/nodes/{node}".parse().unwrap();
        let segments = |text: &str| text.split('/').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(path.to_string(), "/clusters/{uid}/nodes/{node}");
        assert_eq!(path.shape(), "/clusters/{}/nodes/{}");
        assert_eq!(path.variables().collect::<Vec<_>>(), ["uid", "node"]);
        let found = segments("clusters/a b/nodes/c");
        assert_eq!(path.matches(&found), Some(vec![("uid", "a b"), ("node", "c")]));
        for other in ["clusters/a/nodes", "clusters/a/pods/c", "clusters/a/nodes/c/d", "a/b/c/d"] {
            assert_eq!(path.matches(&segments(other)), None, "{other}");
        }
    }
}
