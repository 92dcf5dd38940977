//! Looking: the newest records, those that answer a question, and all of them for another system.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::{files, lines, moment, text, until_closed};
use crate::audit::{self, export};
use crate::cli::Failure;
use crate::cli::report::Format;
use crate::store::{Filter, Read, Row, Sqlite, StoreError};

/// How many rows are read at once.
const PAGE: u32 = 1000;

/// How often a log that is followed is looked at again: SQLite does not tell other processes of new rows.
const AGAIN: Duration = Duration::from_millis(250);

/// `postern audit tail`.
#[derive(Debug, Args)]
pub(super) struct Tail {
    /// How many.
    #[arg(short = 'n', long, default_value_t = 20)]
    number: u32,
    /// Go on with those that come.
    #[arg(short, long)]
    follow: bool,
    /// For people, or one JSON record a line.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// `postern audit query`: everything that is given must hold.
#[derive(Debug, Args)]
pub(super) struct Query {
    /// The principal's subject, such as `user:ana`.
    #[arg(long)]
    principal: Option<String>,
    /// The name of the tool, the resource or the prompt.
    #[arg(long)]
    tool: Option<String>,
    /// One of the targets.
    #[arg(long)]
    target: Option<String>,
    /// The record's code, such as `call.refused`.
    #[arg(long)]
    code: Option<String>,
    /// Not before this time: RFC 3339, or how long ago, such as `2h`.
    #[arg(long, value_parser = moment)]
    since: Option<String>,
    /// Before this time.
    #[arg(long, value_parser = moment)]
    until: Option<String>,
    /// What policy said.
    #[arg(long)]
    decision: Option<String>,
    /// The call's id.
    #[arg(long)]
    call: Option<String>,
    /// The newest so many.
    #[arg(long, default_value_t = 1000)]
    limit: u32,
    /// For people, or one JSON record a line.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// `postern audit export`.
#[derive(Debug, Args)]
pub(super) struct Export {
    /// In which form.
    #[arg(long, value_enum)]
    format: Form,
    /// Not before this time: RFC 3339, or how long ago, such as `2h`.
    #[arg(long, value_parser = moment)]
    since: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// The records themselves, one a line; their JSON Schema is `schema`.
    Jsonl,
    /// OCSF 1.8, API Activity.
    Ocsf,
    /// The Common Event Format.
    Cef,
    /// No records: the JSON Schema of one.
    Schema,
}

impl Tail {
    pub(super) fn run(&self, path: &Path, out: &mut dyn Write) -> Result<ExitCode, Failure> {
        let mut newest = newest(path, &Filter::default(), self.number)?;
        let mut next = newest.last().map_or(0, |row| row.seq.saturating_add(1));
        lines(out, newest.drain(..).map(|row| shown(&row, self.format)))?;
        if !self.follow {
            return Ok(ExitCode::SUCCESS);
        }
        loop {
            // Opened anew each time: the log may have gone on in another file.
            let rows = match Sqlite::read(path) {
                Ok(file) => file.rows(next, PAGE)?,
                Err(StoreError::Missing(_)) => Vec::new(),
                Err(why) => return Err(why.into()),
            };
            next = rows.last().map_or(next, |row| row.seq.saturating_add(1));
            let written = rows.iter().try_for_each(|row| writeln!(out, "{}", shown(row, self.format)));
            if written.and_then(|()| out.flush()).is_err() {
                // Whoever read has gone.
                return Ok(ExitCode::SUCCESS);
            }
            std::thread::sleep(AGAIN);
        }
    }
}

impl Query {
    pub(super) fn run(&self, path: &Path, out: &mut dyn Write) -> Result<ExitCode, Failure> {
        let filter = Filter {
            call: self.call.clone(),
            principal: self.principal.clone(),
            name: self.tool.clone(),
            target: self.target.clone(),
            code: self.code.clone(),
            decision: self.decision.clone(),
            since: self.since.clone(),
            until: self.until.clone(),
        };
        let found = newest(path, &filter, self.limit)?;
        lines(out, found.iter().map(|row| shown(row, self.format)))?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Export {
    pub(super) fn run(&self, path: &Path, out: &mut dyn Write) -> Result<ExitCode, Failure> {
        let format = match self.format {
            Form::Jsonl => audit::Format::Jsonl,
            Form::Ocsf => audit::Format::Ocsf,
            Form::Cef => audit::Format::Cef,
            Form::Schema => {
                until_closed(out.write_all(audit::RECORD_SCHEMA.as_bytes()))?;
                return Ok(ExitCode::SUCCESS);
            }
        };
        let since = self.since.as_deref();
        for file in files(path)? {
            let mut next = 0;
            loop {
                let rows = file.rows(next, PAGE)?;
                let Some(last) = rows.last() else { break };
                next = last.seq.saturating_add(1);
                let wanted = rows
                    .iter()
                    .filter(|row| since.is_none_or(|since| text::time(&row.record).as_str() >= since));
                lines(out, wanted.filter_map(|row| export(&row.record, format)))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The newest rows that fit, of all files, in order.
fn newest(path: &Path, filter: &Filter, limit: u32) -> Result<Vec<Row>, Failure> {
    let mut found: Vec<Row> = Vec::new();
    for file in files(path)?.iter().rev() {
        let room = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
        if room == 0 {
            break;
        }
        let mut older = file.find(filter, room)?;
        older.append(&mut found);
        found = older;
    }
    Ok(found)
}

fn shown(row: &Row, format: Format) -> String {
    match format {
        Format::Text => text::line(&row.record),
        Format::Json => row.record.clone(),
    }
}
