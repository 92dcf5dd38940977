//! Who has another quota than everyone.

use std::num::NonZeroU32;

use super::rate::{Quota, Rate};
use crate::call::Principal;

/// Another quota for some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// For whom.
    pub whom: Whom,
    /// What is another than everyone's.
    pub change: Change,
}

/// Whom an exception is for: one kind of share, and some of its keys. Each of them still has its own count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// The principal of this subject.
    Principal(String),
    /// Each principal in this group.
    Group(String),
    /// A tool of a plugin; each of them where none is named.
    Tool {
        /// The plugin.
        plugin: String,
        /// The tool's own name.
        tool: Option<String>,
    },
    /// A target of an upstream; each of them where none is named.
    Target {
        /// The plugin.
        plugin: String,
        /// The upstream in its manifest.
        upstream: String,
        /// The target.
        target: Option<String>,
    },
}

/// The parts of a quota that are another's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Change {
    /// See [`Quota::rate`].
    pub rate: Option<Rate>,
    /// See [`Quota::burst`]. Where only the rate is another, it is the rate's count, and no more than everyone's.
    pub burst: Option<NonZeroU32>,
    /// See [`Quota::concurrent`].
    pub concurrent: Option<NonZeroU32>,
}

impl Change {
    /// The quota that comes of it.
    #[must_use]
    pub fn of(&self, everyone: Quota) -> Quota {
        let rate = self.rate.unwrap_or(everyone.rate);
        // A rate of 5 a minute with everyone's burst of 100 would not be one.
        let burst = match (self.burst, self.rate) {
            (Some(burst), _) => burst.get(),
            (None, Some(rate)) => everyone.burst.get().min(rate.count()),
            (None, None) => everyone.burst.get(),
        };
        Quota::new(rate, burst, self.concurrent.unwrap_or(everyone.concurrent).get())
    }
}

impl Whom {
    pub(super) fn is_caller(&self) -> bool {
        matches!(self, Self::Principal(_) | Self::Group(_))
    }

    pub(super) fn is_tool(&self) -> bool {
        matches!(self, Self::Tool { .. })
    }

    pub(super) fn is_target(&self) -> bool {
        matches!(self, Self::Target { .. })
    }

    pub(super) fn fits_caller(&self, principal: &Principal) -> bool {
        match self {
            Self::Principal(subject) => principal.subject() == subject,
            Self::Group(group) => principal.groups().contains(group),
            Self::Tool { .. } | Self::Target { .. } => false,
        }
    }

    pub(super) fn fits_tool(&self, of: &str, name: &str) -> bool {
        match self {
            Self::Tool { plugin, tool } => plugin == of && tool.as_ref().is_none_or(|tool| tool == name),
            Self::Principal(_) | Self::Group(_) | Self::Target { .. } => false,
        }
    }

    pub(super) fn fits_target(&self, of: &str, among: &str, name: &str) -> bool {
        match self {
            Self::Target { plugin, upstream, target } => {
                plugin == of && upstream == among && target.as_ref().is_none_or(|target| target == name)
            }
            Self::Principal(_) | Self::Group(_) | Self::Tool { .. } => false,
        }
    }
}
