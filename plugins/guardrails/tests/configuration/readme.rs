//! The table of rules for operators is the table of rules in the code.

use std::fmt::Write as _;

use expect_test::expect_file;
use postern_guardrails::configuration::catalog::{self, Rule};

#[test]
fn the_table_for_operators_is_up_to_date() {
    let mut table = String::from(
        "# Rules of the configuration validator\n\nEvery rule with its severity and default action. `configuration.yaml` may change both, set the threshold where\nthere is one, switch a rule off, and name exceptions. The last column says what other checkers call it.\n",
    );
    let mut group = "";
    for rule in catalog::rules() {
        if rule.group() != group {
            group = rule.group();
            let _ = write!(
                table,
                "\n## {group}\n\n| id | severity | action | says | threshold | standards | known as |\n|---|---|---|---|---|---|---|\n"
            );
        }
        let _ = writeln!(table, "{}", row(rule));
    }
    expect_file!["../../CONFIGURATION.md"].assert_eq(&table);
}

fn row(rule: &Rule) -> String {
    let threshold = rule.threshold.as_ref().map_or_else(String::new, |bounds| {
        format!("{} ({}; {} to {})", bounds.default, bounds.meaning, bounds.least, bounds.most)
    });
    let (standards, peers) = (rule.standards.join(", "), rule.peers.join(", "));
    format!(
        "| {} | {} | {} | {} | {threshold} | {standards} | {peers} |",
        rule.id, rule.severity, rule.action, rule.message
    )
}
