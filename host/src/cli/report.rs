//! What the commands that look at files have in common: formats, verdicts, and how a chain of errors reads.

use std::error::Error;

use clap::ValueEnum;

/// The name of a plugin's manifest, where a folder is named in its place.
pub(super) const MANIFEST: &str = "plugin.toml";

/// How a command writes its answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON document, for programs.
    Json,
}

/// How a command that looks for faults ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Verdict {
    /// It looked and found nothing.
    Sound,
    /// It looked and found something.
    Faults,
    /// It could not look.
    Blind,
}

impl Verdict {
    /// The process's exit code: 0, 1 or 2.
    #[must_use]
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Sound => 0,
            Self::Faults => 1,
            Self::Blind => 2,
        }
    }
}

impl From<Verdict> for std::process::ExitCode {
    fn from(verdict: Verdict) -> Self {
        verdict.code().into()
    }
}

/// An error and what lies behind it, on one line.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(each) = source {
        line = format!("{line}: {each}");
        source = each.source();
    }
    line
}
