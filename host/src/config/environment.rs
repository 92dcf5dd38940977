//! The process's environment, as far as configuration may look at it. The only reader of `std::env`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

/// Where names of variables are looked up.
#[derive(Debug, Clone)]
pub struct Environment(Variables);

#[derive(Clone)]
enum Variables {
    Process,
    Fixed(BTreeMap<String, String>),
}

impl std::fmt::Debug for Variables {
    /// Names only: values may be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Process => f.write_str("Process"),
            Self::Fixed(variables) => f.debug_set().entries(variables.keys()).finish(),
        }
    }
}

impl Environment {
    /// The process's own.
    #[must_use]
    pub const fn process() -> Self {
        Self(Variables::Process)
    }

    /// These variables and no others: for tests and demonstrations.
    #[must_use]
    pub fn fixed<N: Into<String>, V: Into<String>>(variables: impl IntoIterator<Item = (N, V)>) -> Self {
        Self(Variables::Fixed(
            variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
        ))
    }

    /// A variable's value; `None` when it is not set, is empty, or is not UTF-8.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        let value = match &self.0 {
            #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
            Variables::Process => std::env::var(name).ok(),
            Variables::Fixed(variables) => variables.get(name).cloned(),
        };
        value.filter(|value| !value.is_empty())
    }

    /// All of it, for a program that the operator lets us run.
    #[must_use]
    pub fn all(&self) -> BTreeMap<OsString, OsString> {
        match &self.0 {
            Variables::Process => std::env::vars_os().collect(),
            Variables::Fixed(variables) => {
                variables.iter().map(|(name, value)| (name.into(), value.into())).collect()
            }
        }
    }

    /// The home directory of whoever runs us.
    #[must_use]
    pub fn home(&self) -> Option<PathBuf> {
        self.get("HOME").or_else(|| self.get("USERPROFILE")).map(PathBuf::from)
    }
}
