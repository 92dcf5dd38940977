//! What names may look like, and the words that say so.

use crate::diagnostic::{Faults, Spanned};

/// A kind of name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Grammar {
    /// A plugin: it becomes a prefix of tool names and a key in files.
    Plugin,
    /// A capability or an upstream: what WIT accepts as the name of an import.
    Kebab,
    /// A tool, as `postern:plugin/tools` has it.
    Tool,
    /// A resource or a prompt.
    Entry,
    /// An argument: what templates accept in braces.
    Argument,
}

impl Grammar {
    fn accepts(self, name: &str) -> bool {
        let within = |most: usize| (1..=most).contains(&name.len());
        let lower_first = name.starts_with(|first: char| first.is_ascii_lowercase());
        let all = |extra: &str| {
            name.chars()
                .all(|each| each.is_ascii_lowercase() || each.is_ascii_digit() || extra.contains(each))
        };
        match self {
            Self::Plugin => within(32) && lower_first && all("-"),
            Self::Kebab => {
                within(64)
                    && all("-")
                    && name.split('-').all(|word| word.starts_with(|first: char| first.is_ascii_lowercase()))
            }
            Self::Tool => within(64) && lower_first && all("_"),
            Self::Entry => within(64) && lower_first && all("-_"),
            Self::Argument => {
                within(64)
                    && name.starts_with(|first: char| first.is_ascii_alphabetic())
                    && name.chars().all(|each| each.is_ascii_alphanumeric() || each == '_')
            }
        }
    }

    const fn right(self) -> &'static str {
        match self {
            Self::Plugin => "1 to 32 of `a-z`, `0-9` and `-`, beginning with a letter",
            Self::Kebab => {
                "words of `a-z` and `0-9`, each beginning with a letter, joined by `-`; 64 at most"
            }
            Self::Tool => "1 to 64 of `a-z`, `0-9` and `_`, beginning with a letter",
            Self::Entry => "1 to 64 of `a-z`, `0-9`, `-` and `_`, beginning with a letter",
            Self::Argument => "1 to 64 letters, digits and `_`, beginning with a letter",
        }
    }

    /// Passes a good name on and notes a fault for any other.
    pub(super) fn check(self, name: Option<Spanned<String>>, faults: &Faults) -> Option<Spanned<String>> {
        let name = name?;
        if self.accepts(name.get_ref()) {
            return Some(name);
        }
        faults.add_help(name.span(), format_args!("`{}` is not a name here", name.get_ref()), self.right());
        None
    }
}

/// Checks that a component's name is that of a file beside its manifest, and of nothing else.
pub(super) fn component(name: &str) -> Result<String, &'static str> {
    let plain = name.chars().all(|each| each.is_ascii_alphanumeric() || "-_.".contains(each));
    if !name.ends_with(".wasm") {
        Err("a component is a file that ends in `.wasm`")
    } else if !plain || name.starts_with('.') {
        Err("a component is a file beside the manifest: letters, digits, `-`, `_` and `.`, no path")
    } else {
        Ok(name.to_owned())
    }
}
