//! `postern audit`: reads the audit log, questions it, verifies it, proves from it and exports it.
//!
//! Every one of these only reads, while a host writes or after one has ended. Nothing here can change a record;
//! nor does rotation need a command, because the host continues a full log in a new file by itself.

mod look;
mod proofs;
mod text;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp};

use super::{Failure, Setting, write_out};
use crate::audit::{Config, PublicKey};
use crate::store::{Read, Sqlite, SqliteReader, StoreError};

/// Read, question, verify, prove from and export the audit log.
#[derive(Debug, Args)]
pub(crate) struct Audit {
    #[command(flatten)]
    log: Log,
    #[command(subcommand)]
    command: Command,
}

/// Which log, and by which key.
#[derive(Debug, Args)]
struct Log {
    /// The audit database; what the configuration says where it is not given.
    #[arg(long, global = true, value_name = "PATH")]
    log: Option<PathBuf>,
    /// The key that verifies checkpoints: `name+id+key`, or a file that holds it. Best kept away from the log.
    /// Where it is not given, the file `.pub` beside the log.
    #[arg(long, global = true, value_name = "KEY")]
    key: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the newest records.
    Tail(look::Tail),
    /// Show the records that answer a question.
    Query(look::Query),
    /// Verify the whole log; exit code 1 when anything is not as it was written.
    Verify(proofs::Verify),
    /// Write a proof that one record is in the log, to be verified far from it.
    Prove(proofs::Prove),
    /// Write records for other systems.
    Export(look::Export),
}

impl Audit {
    /// Does what is asked.
    ///
    /// # Errors
    /// When the log cannot be read, or the key cannot be had.
    pub(crate) fn run(
        &self,
        setting: &Setting,
        configured: impl FnOnce(&Setting) -> Result<Config, Failure>,
    ) -> Result<ExitCode, Failure> {
        if let Command::Verify(verify) = &self.command
            && let Some(proof) = &verify.proof
        {
            let key = self.log.key(None)?;
            return write_out(|out| Ok(verify.proof(proof, &key, out)))?;
        }
        let (path, witness) = match &self.log.log {
            Some(path) => (path.clone(), None),
            None => {
                let config = configured(setting)?;
                (config.path, config.witness)
            }
        };
        let key = || self.log.key(Some(&path));
        write_out(|out| {
            Ok(match &self.command {
                Command::Tail(tail) => tail.run(&path, out),
                Command::Query(query) => query.run(&path, out),
                Command::Export(export) => export.run(&path, out),
                Command::Prove(prove) => key().and_then(|key| prove.run(&path, &key, out)),
                Command::Verify(verify) => key().and_then(|key| verify.run(&path, witness, &key, out)),
            })
        })?
    }
}

impl Log {
    /// The key that was given, or the one beside the log.
    fn key(&self, log: Option<&Path>) -> Result<PublicKey, Failure> {
        let beside = log.map(|log| log.with_extension("pub"));
        let given = match (&self.key, beside) {
            (Some(given), _) => given.clone(),
            (None, Some(beside)) => beside.to_string_lossy().into_owned(),
            (None, None) => return Err("`--key` is missing: the proof does not say whom to trust".into()),
        };
        if let Some(key) = PublicKey::parse(&given) {
            return Ok(key);
        }
        let text = std::fs::read_to_string(&given)
            .map_err(|why| format!("`{given}` is no key, and no file with one can be read there: {why}"))?;
        PublicKey::parse(&text)
            .ok_or_else(|| format!("`{given}` holds no key of the form `name+id+key`").into())
    }
}

/// The files of a log, the oldest first.
fn files(path: &Path) -> Result<Vec<SqliteReader>, StoreError> {
    let mut files = Sqlite::put_aside(path)?;
    files.push(path.to_owned());
    files.iter().map(|path| Sqlite::read(path)).collect()
}

/// The files, as the audit asks for them.
fn readers(files: &[SqliteReader]) -> Vec<&dyn Read> {
    files.iter().map(|file| file as &dyn Read).collect()
}

/// A time as records have it, from RFC 3339 or from how long ago it was: `2026-11-21T03:00:00Z`, `2h`.
fn moment(text: &str) -> Result<String, String> {
    let ago = || {
        let ago = humantime::parse_duration(text).ok()?;
        Timestamp::now().checked_sub(SignedDuration::try_from(ago).ok()?).ok()
    };
    let time = text.parse::<Timestamp>().ok().or_else(ago);
    time.map(crate::audit::time_text)
        .ok_or_else(|| "write a time such as `2026-11-21T03:00:00Z`, or how long ago: `2h`".to_owned())
}

/// Ends quietly when whoever reads the output has had enough of it.
fn until_closed(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(why) if why.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Writes lines.
fn lines(out: &mut dyn Write, lines: impl IntoIterator<Item = String>) -> Result<(), Failure> {
    until_closed(lines.into_iter().try_for_each(|line| writeln!(out, "{line}")))
}

#[cfg(test)]
mod tests;
