//! URI templates of resources: RFC 6570, level 1, narrowed until a URI can match in one way only.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Why a URI template does not parse.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UriTemplateError {
    /// It does not begin with a scheme and `://`.
    #[error("a URI template begins with a scheme in lower case, such as `k8s://`")]
    Scheme,
    /// Braces that are not `{name}`.
    #[error("`{0}` is not a URI template of level 1: only `{{name}}` may stand in braces")]
    Expression(String),
    /// The same variable twice.
    #[error("`{{{0}}}` stands twice")]
    Twice(String),
    /// A variable whose end cannot be told from what follows it.
    #[error(
        "nothing tells where `{{{0}}}` ends: a variable is followed by the end or by a delimiter such as `/`"
    )]
    Ambiguous(String),
    /// A character that a URI cannot have.
    #[error("`{0}` cannot stand in a URI")]
    Character(char),
}

/// A URI with variables, such as `k8s://{cluster}/namespaces/{namespace}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UriTemplate {
    parts: Vec<Part>,
    source: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Variable(String),
}

impl FromStr for UriTemplate {
    type Err = UriTemplateError;

    fn from_str(source: &str) -> Result<Self, UriTemplateError> {
        let scheme = source.split_once("://").map_or("", |(scheme, _)| scheme);
        let letters = scheme
            .chars()
            .all(|each| each.is_ascii_lowercase() || each.is_ascii_digit() || "+-.".contains(each));
        if !letters || !scheme.starts_with(|first: char| first.is_ascii_lowercase()) {
            return Err(UriTemplateError::Scheme);
        }
        let mut parts = Vec::new();
        let mut seen = BTreeSet::new();
        let mut rest = source;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) =
                after.split_once('}').ok_or_else(|| UriTemplateError::Expression(source.to_owned()))?;
            literal(before, &mut parts)?;
            if !name.starts_with(|first: char| first.is_ascii_alphabetic())
                || !name.chars().all(|each| each.is_ascii_alphanumeric() || each == '_')
            {
                return Err(UriTemplateError::Expression(format!("{{{name}}}")));
            }
            if !seen.insert(name) {
                return Err(UriTemplateError::Twice(name.to_owned()));
            }
            if after.starts_with(|next| next == '{' || next == '%' || unreserved(next)) {
                return Err(UriTemplateError::Ambiguous(name.to_owned()));
            }
            parts.push(Part::Variable(name.to_owned()));
            rest = after;
        }
        literal(rest, &mut parts)?;
        Ok(Self { parts, source: source.to_owned() })
    }
}

impl fmt::Display for UriTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl UriTemplate {
    /// The variables' names, in order.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Literal(_) => None,
            Part::Variable(name) => Some(name.as_str()),
        })
    }

    /// The variables' values in `uri`, decoded; `None` when the template does not match the whole of it.
    ///
    /// A value is never empty and holds unreserved characters and percent escapes of UTF-8 only, as
    /// expansion writes it (RFC 6570, section 3.2.2).
    #[must_use]
    pub fn matches(&self, uri: &str) -> Option<BTreeMap<String, String>> {
        let mut values = BTreeMap::new();
        let mut rest = uri;
        for part in &self.parts {
            match part {
                Part::Literal(text) => rest = rest.strip_prefix(text.as_str())?,
                Part::Variable(name) => {
                    // INVARIANT: no literal after a variable begins with a character of a value, so that
                    // taking all of them takes exactly the value.
                    let end = rest.find(|next| next != '%' && !unreserved(next)).unwrap_or(rest.len());
                    let (value, after) = rest.split_at_checked(end)?;
                    values.insert(name.clone(), decode(value)?);
                    rest = after;
                }
            }
        }
        rest.is_empty().then_some(values)
    }
}

impl UriTemplate {
    /// Whether some URI could match both.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        meet(&self.steps(), &other.steps())
    }

    /// One step a character of a literal; `None` for a variable.
    fn steps(&self) -> Vec<Option<char>> {
        let step = |part: &Part| match part {
            Part::Literal(text) => text.chars().map(Some).collect(),
            Part::Variable(_) => vec![None],
        };
        self.parts.iter().flat_map(step).collect()
    }
}

/// Whether one text can be read by both.
///
/// Of two ways on, all but one end at the next step, because a variable is followed by no character of a
/// value (see [`UriTemplate::matches`]): the work grows with the length.
fn meet(one: &[Option<char>], other: &[Option<char>]) -> bool {
    match (one.split_first(), other.split_first()) {
        (None, None) => true,
        (None, Some(_)) | (Some(_), None) => false,
        (Some((Some(a), one)), Some((Some(b), other))) => a == b && meet(one, other),
        (Some((None, after_one)), Some((None, after_other))) => meet(after_one, after_other),
        (Some((None, after_one)), Some((Some(next), after_other))) => {
            unreserved(*next) && (meet(after_one, after_other) || meet(one, after_other))
        }
        (Some((Some(_), _)), Some((None, _))) => meet(other, one),
    }
}

fn literal(text: &str, parts: &mut Vec<Part>) -> Result<(), UriTemplateError> {
    if text.contains('}') {
        return Err(UriTemplateError::Expression(text.to_owned()));
    }
    if let Some(bad) = text.chars().find(|each| !unreserved(*each) && !":/?#[]@!$&'()*+,;=".contains(*each)) {
        return Err(UriTemplateError::Character(bad));
    }
    if !text.is_empty() {
        parts.push(Part::Literal(text.to_owned()));
    }
    Ok(())
}

fn unreserved(each: char) -> bool {
    each.is_ascii_alphanumeric() || "-._~".contains(each)
}

fn decode(value: &str) -> Option<String> {
    if value.is_empty() {
        return None;
    }
    let mut decoded = Vec::with_capacity(value.len());
    let mut bytes = value.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(if byte == b'%' {
            let mut digit = || char::from(bytes.next()?).to_digit(16);
            let (high, low) = (digit()?, digit()?);
            u8::try_from(high << 4 | low).ok()?
        } else {
            byte
        });
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn matched(template: &str, uri: &str) -> Option<Vec<String>> {
        let template: UriTemplate = template.parse().unwrap();
        template.matches(uri).map(|values| values.into_values().collect())
    }

    #[test]
    fn a_uri_matches_whole_or_not_at_all() {
        let template = "k8s://{a}/pods/{b}";
        assert_eq!(matched(template, "k8s://lab/pods/web-0"), Some(vec!["lab".into(), "web-0".into()]));
        assert_eq!(matched(template, "k8s://lab/pods/a%20b%2Fc"), Some(vec!["lab".into(), "a b/c".into()]));
        for uri in [
            "k8s://lab/pods/",
            "k8s:///pods/x",
            "k8s://lab/pods/x/log",
            "k8s://lab/pods/x?y",
            "k8s://lab/pod/x",
            "K8S://lab/pods/x",
            "k8s://lab/pods/%",
            "k8s://lab/pods/%f",
            "k8s://lab/pods/%FF",
            "k8s://lab/pods/é",
            " k8s://lab/pods/x",
            "",
        ] {
            assert_eq!(matched(template, uri), None, "{uri:?}");
        }
    }

    #[test]
    fn templates_overlap_when_a_uri_could_match_both() {
        let overlap = |one: &str, other: &str| {
            let (one, other): (UriTemplate, UriTemplate) = (one.parse().unwrap(), other.parse().unwrap());
            assert_eq!(one.overlaps(&other), other.overlaps(&one));
            one.overlaps(&other)
        };
        for (one, other) in [
            ("k8s://{a}/pods", "k8s://{b}/pods"),
            ("k8s://{a}/pods", "k8s://lab/pods"),
            ("k8s://{a}/{b}", "k8s://lab/{c}"),
            ("k8s://{a}/pods", "k8s://x-{b}/pods"),
            ("k8s://lab", "k8s://lab"),
        ] {
            assert!(overlap(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("k8s://{a}/pods", "k8s://{b}/nodes"),
            ("k8s://{a}/pods", "k9s://{a}/pods"),
            ("k8s://{a}", "k8s://{a}/{b}"),
            ("k8s://lab", "k8s://labs"),
            ("k8s://{a}/pods", "k8s:///pods"),
        ] {
            assert!(!overlap(one, other), "{one} {other}");
        }
    }

    #[test]
    fn templates_that_could_match_in_two_ways_do_not_parse() {
        for template in [
            "pods/{a}",
            "{a}://x",
            "K8s://x",
            "1k://x",
            "k8s:/x",
            "k8s://{a}{b}",
            "k8s://{a}-{b}",
            "k8s://{a}/{a}",
            "k8s://{+a}",
            "k8s://{a*}",
            "k8s://{a:3}",
            "k8s://{a,b}",
            "k8s://{}",
            "k8s://{a",
            "k8s://a}",
            "k8s://a b",
            "k8s://é",
            "k8s://%41",
        ] {
            assert!(template.parse::<UriTemplate>().is_err(), "{template:?}");
        }
    }
}
