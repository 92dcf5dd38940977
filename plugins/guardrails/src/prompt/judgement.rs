//! What the prompt validator answers: a score, what follows from it, and every finding with its place.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::verdict::{Action, Severity};

/// Where a text comes from. Each has thresholds of its own: whoever writes a prompt may speak to the model,
/// a log line may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Provenance {
    /// What a person or an agent asks.
    Prompt,
    /// A text within the arguments of a call.
    Argument,
    /// What a tool answered: logs, annotations, documents of others.
    ToolResult,
    /// What a component says of its tools.
    ToolDescription,
    /// A resource that a client reads.
    Resource,
}

impl Provenance {
    /// All of them, in the order of the rule file.
    pub const ALL: [Self; 5] =
        [Self::Prompt, Self::Argument, Self::ToolResult, Self::ToolDescription, Self::Resource];

    /// The name, as in the rule file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Prompt => "prompt",
            Self::Argument => "argument",
            Self::ToolResult => "tool_result",
            Self::ToolDescription => "tool_description",
            Self::Resource => "resource",
        }
    }

    /// Whether the text is data to the model: nothing in it may give instructions.
    #[must_use]
    pub const fn is_data(self) -> bool {
        match self {
            Self::Prompt | Self::Argument => false,
            Self::ToolResult | Self::ToolDescription | Self::Resource => true,
        }
    }
}

impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What follows from a text, from the mildest to the strictest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing, or too little to tell anybody.
    Pass,
    /// The caller is told.
    Flag,
    /// A person has to look at it.
    Hold,
    /// An operator's own pattern forbids it. Nothing else blocks.
    Block,
}

impl Verdict {
    /// The action that the guardrails take on it.
    #[must_use]
    pub const fn action(self) -> Action {
        match self {
            Self::Pass => Action::Log,
            Self::Flag => Action::Warn,
            Self::Hold => Action::Hold,
            Self::Block => Action::Block,
        }
    }
}

/// A part of the original text. Bytes count from 0 and end before `to_byte`; lines count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Place {
    pub from_byte: u32,
    pub to_byte: u32,
    pub from_line: u32,
    pub to_line: u32,
}

/// One thing that speaks against a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The rule, such as `override.set-aside`.
    pub rule: String,
    /// The kind of attack it belongs to, such as `override`.
    pub family: String,
    /// How bad it would be.
    pub severity: Severity,
    /// The most that may follow from it.
    pub action: Action,
    /// What it adds to the score, from 0 to 100, after the guards.
    pub weight: u8,
    /// Where it stands in the original text.
    pub place: Place,
    /// The beginning of what stands there: at most 120 characters, control characters escaped, without secrets.
    pub excerpt: String,
    /// Why it was found, in words.
    pub reason: String,
    /// Which reading of the text showed it: `text` as it stands, or a decoding such as `base64`.
    pub view: String,
}

/// The answer for one text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Judgement {
    /// From 0 to 100; each finding takes its share of what is left to 100.
    pub score: u8,
    /// What follows.
    pub verdict: Verdict,
    /// Heaviest first, at most 24.
    pub findings: Vec<Finding>,
}
