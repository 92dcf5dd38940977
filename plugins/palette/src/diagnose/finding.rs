//! One thing that is wrong, or worth knowing.

use postern_sdk::{mask, text};
use schemars::JsonSchema;
use serde::Serialize;

use super::cause::Cause;

/// Longest detail, in characters.
const DETAIL: usize = 300;

/// How bad it is; the worst is the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Severity {
    /// Something does not work.
    Critical,
    /// Something will not work, or works badly.
    Warning,
    /// Worth knowing.
    Info,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Finding {
    /// Who found it.
    pub analyzer: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What it is about: `machine w-2`, `pack nginx`, `cluster`.
    pub resource: String,
    /// What is wrong, in our words.
    pub issue: String,
    /// What the cluster says of it: data, masked and cut.
    pub details: String,
    /// Where it points.
    #[serde(skip)]
    pub cause: Cause,
}

impl Finding {
    /// A finding; its analyzer is filled in by [`super::findings`].
    #[must_use]
    pub fn new(
        severity: Severity,
        cause: Cause,
        resource: impl Into<String>,
        issue: impl Into<String>,
    ) -> Self {
        Self {
            analyzer: "",
            severity,
            resource: resource.into(),
            issue: issue.into(),
            details: String::new(),
            cause,
        }
    }

    /// The same with what the cluster says of it.
    #[must_use]
    pub fn saying(mut self, details: &str) -> Self {
        let shown = mask::shown(details);
        self.details = text::cut(&text::clean(&shown), DETAIL).into_owned();
        self
    }
}
