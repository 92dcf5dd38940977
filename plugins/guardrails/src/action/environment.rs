//! Which environment a target is of, as the operator's inventory says, and never the caller.

use serde::{Deserialize, Serialize};

use super::call::Target;

/// A class of environments, the strictest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Environment {
    /// Nothing says, or nothing that is known.
    Unknown,
    Production,
    Staging,
    Development,
    Sandbox,
}

impl Environment {
    pub(super) const ALL: [Self; 5] =
        [Self::Unknown, Self::Production, Self::Staging, Self::Development, Self::Sandbox];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Production => "production",
            Self::Staging => "staging",
            Self::Development => "development",
            Self::Sandbox => "sandbox",
        }
    }
}

/// How an environment is told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Environments {
    /// The attributes that may name it; the first that a target has counts.
    pub(super) attributes: Vec<String>,
    /// Words for each class, in lower case.
    pub(super) words: Vec<(String, Environment)>,
}

impl Environments {
    /// The environment of one target.
    pub(super) fn of(&self, target: &Target) -> Environment {
        let said = self.attributes.iter().find_map(|attribute| target.attributes.get(attribute));
        let Some(said) = said.map(|said| said.trim().to_ascii_lowercase()) else {
            return Environment::Unknown;
        };
        self.words.iter().find(|(word, _)| *word == said).map_or(Environment::Unknown, |(_, class)| *class)
    }

    /// The environment of a call: the strictest of its targets'. Unknown if it names none.
    pub(super) fn strictest(&self, targets: &[Target]) -> Environment {
        let all = || targets.iter().map(|target| self.of(target));
        // One known production target says more than one of which nothing is known.
        if all().any(|one| one == Environment::Production) {
            return Environment::Production;
        }
        all().min().unwrap_or(Environment::Unknown)
    }
}
