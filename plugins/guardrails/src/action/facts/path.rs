//! Where in the arguments a walk is, and JSON Pointers for it (RFC 6901).

use serde_json::Value;

/// Where a walk is: the step that led here, and where it led from.
#[derive(Debug, Clone, Copy)]
pub(in crate::action) enum Path<'a> {
    Root,
    Key(&'a Path<'a>, &'a str),
    Index(&'a Path<'a>, usize),
}

impl<'a> Path<'a> {
    /// The pointer: empty for the whole.
    pub(in crate::action) fn pointer(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Key(parent, key) => {
                let mut pointer = parent.pointer();
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                pointer
            }
            Self::Index(parent, index) => format!("{}/{index}", parent.pointer()),
        }
    }

    /// The key this value is held by, that of the list included if it is an item of one.
    pub(in crate::action) fn key(&self) -> Option<&'a str> {
        match self {
            Self::Root => None,
            Self::Key(_, key) => Some(key),
            Self::Index(parent, _) => parent.key(),
        }
    }
}

/// Visits a value and everything in it, each with its path.
pub(in crate::action) fn visit(value: &Value, path: Path<'_>, see: &mut impl FnMut(&Path<'_>, &Value)) {
    see(&path, value);
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                visit(item, Path::Index(&path, index), see);
            }
        }
        Value::Object(entries) => {
            for (key, item) in entries {
                visit(item, Path::Key(&path, key), see);
            }
        }
    }
}

/// A JSON Pointer in which a step `*` stands for every entry or item.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(in crate::action) struct Pattern(Vec<String>);

impl Pattern {
    /// Reads a pattern such as `/spec/pools/*/size`.
    ///
    /// # Errors
    /// In words, where it does not begin with `/`, or has a step that is empty.
    pub(in crate::action) fn parse(text: &str) -> Result<Self, String> {
        let right = "an argument is a JSON Pointer such as `argument:/spec/pools/*/size`";
        let Some(steps) = text.strip_prefix('/') else { return Err(right.to_owned()) };
        let steps: Vec<_> = steps.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
        if steps.iter().any(String::is_empty) { Err(right.to_owned()) } else { Ok(Self(steps)) }
    }

    /// The values it leads to, with their pointers.
    pub(in crate::action) fn find<'v>(&self, root: &'v Value) -> Vec<(String, &'v Value)> {
        let mut here = vec![(String::new(), root)];
        for step in &self.0 {
            here = here.into_iter().flat_map(|(pointer, value)| children(&pointer, value, step)).collect();
        }
        here
    }
}

fn children<'v>(pointer: &str, value: &'v Value, step: &str) -> Vec<(String, &'v Value)> {
    let at = |name: &str| Path::Key(&Path::Root, name).pointer();
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .filter(|(index, _)| step == "*" || step == index.to_string())
            .map(|(index, item)| (format!("{pointer}/{index}"), item))
            .collect(),
        Value::Object(entries) if step == "*" => {
            entries.iter().map(|(key, item)| (format!("{pointer}{}", at(key)), item)).collect()
        }
        Value::Object(entries) => {
            entries.get(step).map(|item| (format!("{pointer}{}", at(step)), item)).into_iter().collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Pattern;

    #[test]
    fn a_pattern_finds_every_value() {
        let value = json!({"pools": [{"size": 1}, {"size": 2}], "a/b": {"~": 3}});
        let found = |pattern: &str| {
            let found = Pattern::parse(pattern).unwrap().find(&value);
            found.into_iter().map(|(pointer, value)| format!("{pointer}={value}")).collect::<Vec<_>>()
        };
        assert_eq!(found("/pools/*/size"), ["/pools/0/size=1", "/pools/1/size=2"]);
        assert_eq!(found("/a~1b/~0"), ["/a~1b/~0=3"]);
        assert!(found("/pools/7/size").is_empty());
        assert!(Pattern::parse("pools").is_err() && Pattern::parse("/pools//size").is_err());
    }
}
