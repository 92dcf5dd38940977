//! Judges labelled texts and prints, per family, how many were flagged and how many held, as a Markdown table.
//!
//! `cargo run -p postern-guardrails --example evaluate -- [FILE.jsonl] [--rules prompt.yaml] [--show]`: one text a
//! line with the fields `text`, `label` (`attack` or `benign`), `kind` (where it is from) and `family`. Without a
//! file, the texts of this repository are judged. `--show` prints what was missed and what was a false alarm.

#![expect(clippy::print_stdout, reason = "a command prints")]

#[path = "../tests/prompt/evaluation.rs"]
mod evaluation;

use std::error::Error;

use postern_guardrails::prompt::Rules;

const TEXTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/prompt/texts.jsonl");
const RULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies/guardrails/prompt.yaml");

fn main() -> Result<(), Box<dyn Error>> {
    let (mut file, mut rules, mut show) = (TEXTS.to_owned(), RULES.to_owned(), false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--show" => show = true,
            "--rules" => rules = arguments.next().ok_or("--rules takes a file")?,
            _ => file = argument,
        }
    }
    let rules = Rules::read(&rules, &std::fs::read_to_string(&rules)?)
        .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    let outcomes = evaluation::run(&rules, &std::fs::read_to_string(file)?)?;
    for each in outcomes.iter().filter(|each| show && each.wrong()) {
        println!("{each}");
    }
    print!("{}", evaluation::table(&outcomes));
    Ok(())
}
