//! The report as lines that an editor can jump to: `file:line:column: action [rule] message`.

use std::fmt::Write as _;

use crate::configuration::report::{Finding, Report};

/// The report as text, one line a finding, the strictest first; errors before, a summary at the end.
#[must_use]
pub fn text(report: &Report) -> String {
    let mut out = String::new();
    for error in &report.errors {
        let (file, line, column) = (&error.file, error.line, error.column);
        push(&mut out, format_args!("{file}:{line}:{column}: error: {}", error.message));
    }
    for finding in &report.findings {
        push(&mut out, format_args!("{}", line(finding)));
        push(&mut out, format_args!("    {}", finding.remediation));
    }
    for skipped in &report.skipped {
        push(&mut out, format_args!("{}:{}: skipped: {}", skipped.file, skipped.line, skipped.reason));
    }
    let counts = report.counts;
    let verdict = report.verdict.map_or("pass", |verdict| verdict.name());
    push(
        &mut out,
        format_args!(
            "{verdict}: {} objects, {} block, {} hold, {} warn, {} log, {} excepted, {} skipped, {} errors",
            report.objects,
            counts.block,
            counts.hold,
            counts.warn,
            counts.log,
            report.excepted,
            report.skipped.len(),
            report.errors.len()
        ),
    );
    out
}

fn line(finding: &Finding) -> String {
    let at = &finding.location;
    let namespace = at.namespace.as_ref().map_or_else(String::new, |namespace| format!("{namespace}/"));
    format!(
        "{}:{}:{}: {} [{} {}] {} ({} {namespace}{}: {})",
        at.file,
        at.line,
        at.column,
        finding.action,
        finding.rule,
        finding.severity,
        finding.message,
        at.kind,
        at.name,
        at.path
    )
}

fn push(out: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{line}");
}
