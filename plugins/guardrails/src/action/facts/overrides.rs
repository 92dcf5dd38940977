//! Arguments that try to switch a safeguard off: `force: true`, `--yes`, `auto_approve`.
//!
//! They may stand anywhere: as an argument, as an entry of a map, as `{name: force, value: true}`, as an
//! option in a list or a command line. One that is switched off (`force: false`) is none.

use serde_json::Value;

use super::path::{Path, visit};
use super::value::switches_on;
use super::{Found, Names};
use crate::action::name::bare;

/// Every override flag, by the name it was written with.
pub(in crate::action) fn find(root: &Value, names: &Names) -> Vec<Found> {
    let mut found = Vec::new();
    visit(root, Path::Root, &mut |path, value| {
        if let Path::Key(_, key) = path
            && names.is_override(key)
            && switches_on(value)
        {
            found.push(Found { value: (*key).to_owned(), pointer: path.pointer() });
        }
        match value {
            Value::Object(entries) => {
                let name = ["name", "key", "flag"].iter().find_map(|key| entries.get(*key)?.as_str());
                if let (Some(name), Some(value)) = (name, entries.get("value"))
                    && names.is_override(name)
                    && switches_on(value)
                {
                    found.push(Found { value: name.to_owned(), pointer: path.pointer() });
                }
            }
            Value::String(text) => {
                let command = path.key().is_some_and(|key| names.commands.has(&bare(key)));
                let option = options(text, command).into_iter().find(|option| names.is_override(option));
                if let Some(option) = option {
                    found.push(Found { value: option, pointer: path.pointer() });
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {}
        }
    });
    found
}

/// The options in a text that are switched on: words that begin with `-`, and in commands `name=value` too.
fn options(text: &str, command: bool) -> Vec<String> {
    if !command && !text.trim_start().starts_with('-') {
        return Vec::new();
    }
    let words = text.split(|c: char| c.is_whitespace() || ",;&|'\"".contains(c));
    let on = |word: &str| {
        // In `--force false` the second word may be anything, for many programs: it switches nothing off.
        let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
        let option = name.starts_with('-') || command && value.is_some();
        let on = value.is_none_or(|value| switches_on(&Value::String(value.to_owned())));
        (option && on).then(|| name.to_owned())
    };
    words.filter_map(on).collect()
}

impl Names {
    /// Whether a name is that of a flag. A single letter is one only as an option: `-y`.
    fn is_override(&self, name: &str) -> bool {
        let short = name.strip_prefix('-').filter(|rest| rest.chars().count() == 1);
        let bare = bare(name);
        match short {
            Some(_) => self.short_overrides.contains(&bare),
            None => bare.chars().count() > 1 && self.overrides.has(&bare),
        }
    }
}
