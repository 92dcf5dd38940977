//! Judging labelled texts, and the table of the outcome.

use std::collections::BTreeMap;
use std::fmt;

use postern_guardrails::prompt::{Judgement, Provenance, Rules, Verdict, judge};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Text {
    #[serde(default)]
    id: String,
    text: String,
    label: String,
    kind: String,
    family: String,
}

/// What became of one text.
#[derive(Debug)]
pub(crate) struct Outcome {
    text: Text,
    judgement: Judgement,
}

impl Outcome {
    /// Whether the text is labelled an attack.
    pub(crate) fn attack(&self) -> bool {
        self.text.label == "attack"
    }

    fn found(&self) -> bool {
        self.judgement.verdict >= Verdict::Flag
    }

    /// Whether an attack was missed or a benign text flagged.
    pub(crate) fn wrong(&self) -> bool {
        self.attack() != self.found()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: String = self.text.text.replace('\n', "\\n").chars().take(600).collect();
        let wrong = if self.attack() { "MISSED" } else { "FALSE ALARM" };
        write!(
            f,
            "{wrong} {} {} {} {}: {text}\n   ",
            self.text.id, self.text.kind, self.text.family, self.judgement.score
        )?;
        for finding in &self.judgement.findings {
            write!(f, " {}={}({})[{}]", finding.rule, finding.weight, finding.view, finding.excerpt)?;
        }
        Ok(())
    }
}

/// Judges every text of a file.
///
/// # Errors
/// A line that is no labelled text.
pub(crate) fn run(rules: &Rules, file: &str) -> Result<Vec<Outcome>, String> {
    let judged = file.lines().filter(|line| !line.trim().is_empty()).zip(1..).map(|(line, number)| {
        let text: Text = serde_json::from_str(line).map_err(|error| format!("line {number}: {error}"))?;
        let provenance = match text.kind.as_str() {
            "prompt" => Provenance::Prompt,
            "argument" => Provenance::Argument,
            "tool_result" | "tool_output" => Provenance::ToolResult,
            "tool_description" => Provenance::ToolDescription,
            "resource" => Provenance::Resource,
            other => return Err(format!("line {number}: `{other}` is no provenance")),
        };
        let judgement = judge(rules, &text.text, provenance);
        Ok(Outcome { text, judgement })
    });
    judged.collect()
}

/// The outcome as a Markdown table: a family a line, attacks first.
pub(crate) fn table(outcomes: &[Outcome]) -> String {
    #[derive(Default)]
    struct Row {
        all: usize,
        found: usize,
        held: usize,
    }
    let mut rows: BTreeMap<(bool, String), Row> = BTreeMap::new();
    for each in outcomes {
        let total = if each.attack() { "**all attacks**" } else { "**all benign texts**" };
        for family in [each.text.family.as_str(), total] {
            let row = rows.entry((!each.attack(), family.to_owned())).or_default();
            row.all += 1;
            row.found += usize::from(each.found());
            row.held += usize::from(each.judgement.verdict >= Verdict::Hold);
        }
    }
    let mut table = "| family | texts | flagged | held |\n| --- | ---: | ---: | ---: |\n".to_owned();
    for ((_, family), row) in rows {
        let share = |count: usize| {
            let tenths = (count * 2000 / row.all.max(1)).div_ceil(2);
            format!("{count} ({}.{} %)", tenths / 10, tenths % 10)
        };
        table.push_str(&format!("| {family} | {} | {} | {} |\n", row.all, share(row.found), share(row.held)));
    }
    table
}
