//! Verifying a log or a proof, and making a proof.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::{files, readers, text};
use crate::audit::{Proof, PublicKey, Report, prove, verify};
use crate::cli::Failure;
use crate::cli::report::Verdict;

/// `postern audit verify`.
#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The second place for checkpoints; what the configuration says where it is not given.
    #[arg(long, value_name = "PATH")]
    witness: Option<PathBuf>,
    /// Verify this proof instead of a log; needs `--key` and nothing else.
    #[arg(long, value_name = "PATH", conflicts_with = "witness")]
    pub(super) proof: Option<PathBuf>,
}

/// `postern audit prove`.
#[derive(Debug, Args)]
pub(super) struct Prove {
    /// The record's number.
    seq: u64,
    /// Where to write the proof; the standard output where it is not given.
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
}

impl Verify {
    pub(super) fn run(
        &self,
        path: &Path,
        configured: Option<PathBuf>,
        key: &PublicKey,
        out: &mut dyn Write,
    ) -> Result<ExitCode, Failure> {
        let witness = self.witness.clone().or(configured);
        let read = |path: &PathBuf| {
            fs::read_to_string(path).map_err(|why| format!("`{}` cannot be read: {why}", path.display()))
        };
        // Before the records: a checkpoint that is signed meanwhile must not look as if they were missing.
        let witness = witness.as_ref().map(read).transpose()?;
        let files = files(path)?;
        let report = verify(&readers(&files), witness.as_deref(), key)?;
        told(&report, witness.is_some(), key, out)?;
        let verdict = if report.findings.is_empty() { Verdict::Sound } else { Verdict::Faults };
        Ok(verdict.into())
    }

    pub(super) fn proof(
        &self,
        path: &Path,
        key: &PublicKey,
        out: &mut dyn Write,
    ) -> Result<ExitCode, Failure> {
        let proof =
            fs::read_to_string(path).map_err(|why| format!("`{}` cannot be read: {why}", path.display()))?;
        match Proof::parse(&proof).and_then(|proof| proof.verify(key)) {
            Ok(proven) => {
                writeln!(
                    out,
                    "record {} is in the log {} of {} records:",
                    proven.index, proven.origin, proven.size
                )?;
                writeln!(out, "{}", proven.record)?;
                Ok(Verdict::Sound.into())
            }
            Err(why) => {
                writeln!(out, "{why}")?;
                Ok(Verdict::Faults.into())
            }
        }
    }
}

impl Prove {
    pub(super) fn run(&self, path: &Path, key: &PublicKey, out: &mut dyn Write) -> Result<ExitCode, Failure> {
        let files = files(path)?;
        let proof = prove(&readers(&files), self.seq, key)?;
        match &self.output {
            Some(output) => {
                fs::write(output, proof.to_string())
                    .map_err(|why| format!("`{}` cannot be written: {why}", output.display()))?;
                writeln!(out, "{}: a proof of record {}", output.display(), self.seq)?;
                writeln!(out, "{}", text::line(&proof.record))?;
            }
            None => write!(out, "{proof}")?,
        }
        Ok(Verdict::Sound.into())
    }
}

fn told(report: &Report, witnessed: bool, key: &PublicKey, out: &mut dyn Write) -> io::Result<()> {
    for finding in &report.findings {
        writeln!(out, "{} at {}: {}", finding.code, finding.at, finding.detail)?;
    }
    for seq in &report.continues {
        writeln!(out, "audit.chain-continues at {seq}")?;
    }
    for open in &report.open {
        let (call, who) = (&open.call, &open.principal);
        let what = format!("{}/{}", open.plugin, open.name);
        writeln!(
            out,
            "audit.open-intent at {}: call {call} of {who} to {what} at {} has no end",
            open.seq, open.time
        )?;
    }
    let (first, size) = (report.first, report.size);
    if report.findings.is_empty() {
        writeln!(out, "records {first} to {} are as they were written", size.saturating_sub(1))?;
    }
    let beyond = size.saturating_sub(report.covered);
    writeln!(
        out,
        "{} checkpoints signed by {}; {beyond} records since the last are protected by the chain alone",
        report.checkpoints,
        key.text()
    )?;
    if !witnessed {
        writeln!(out, "no witness was asked: a log that was cut off at a checkpoint looks whole")?;
    }
    Ok(())
}
