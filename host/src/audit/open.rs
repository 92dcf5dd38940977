//! Opening the log: its key, where its chain stands, whether it is as it was left, and what was left open.

use std::collections::{BTreeSet, VecDeque};
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

use serde_json::{Map, Value};
use thiserror::Error;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

use super::chain::Chain;
use super::checkpoint::{Checkpoint, notes};
use super::key::{KeyError, PublicKey, SigningKey};
use super::mask::Masking;
use super::merkle::Frontier;
use super::record::Draft;
use super::witness::Witness;
use super::writer::{Pace, Shared, Writer};
use super::{Audit, Code, Config, Inner, QUEUE};
use crate::store::{Journal, Read, Sqlite, StoreError};

/// How many rows are looked at at once.
const PAGE: u32 = 1000;

/// Why the log cannot be opened for writing.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The database cannot be.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key cannot be had.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The folder, the witness or the thread cannot be.
    #[error("`{}` cannot be used by the audit log", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        why: io::Error,
    },
    /// The log is not as it was left. Nothing is added to it: put it aside as evidence, and a new one begins.
    #[error(
        "{code} at {at}: the audit log `{}` is not as it was left; `postern audit verify` says more, and with the \
         files moved away a new log begins", .path.display()
    )]
    Altered {
        /// The stable code.
        code: &'static str,
        /// The number of the record.
        at: u64,
        /// Which log.
        path: PathBuf,
    },
}

/// What the log held when it was opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Calls that were about to run, and did not end, when the host went away.
    pub open: Vec<OpenCall>,
}

/// A call without an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCall {
    /// The call's id.
    pub call: String,
    /// The number of its intent.
    pub seq: u64,
    /// When it was about to run.
    pub time: String,
    /// Who called.
    pub principal: String,
    /// The plugin.
    pub plugin: String,
    /// The tool, resource or prompt.
    pub name: String,
}

impl OpenCall {
    /// Of the record of its intent.
    pub(super) fn of(fields: &Map<String, Value>) -> Self {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        Self {
            call: text(fields.get("call")),
            seq: fields.get("seq").and_then(Value::as_u64).unwrap_or_default(),
            time: text(fields.get("time")),
            principal: text(fields.get("principal").and_then(|principal| principal.get("subject"))),
            plugin: text(fields.get("plugin")),
            name: text(fields.get("name")),
        }
    }
}

pub(super) fn open(config: Config) -> Result<(Audit, Recovered), OpenError> {
    if let Some(folder) = config.path.parent() {
        fs::create_dir_all(folder).map_err(|why| OpenError::File { path: folder.to_owned(), why })?;
    }
    let journal = Sqlite::open(&config.path)?;
    let earlier: Vec<Box<dyn Read>> = Sqlite::put_aside(&config.path)?
        .into_iter()
        .rev()
        .map(|path| Ok(Box::new(Sqlite::read(&path)?) as Box<dyn Read>))
        .collect::<Result<_, StoreError>>()?;
    over(Box::new(journal), earlier, config)
}

/// Opens the log over a journal. `earlier` are the files before it, the newest first.
pub(super) fn over(
    journal: Box<dyn Journal>,
    earlier: Vec<Box<dyn Read>>,
    config: Config,
) -> Result<(Audit, Recovered), OpenError> {
    let fresh = journal.first()?.is_none();
    // A log without its key is not given another one: nobody could tell its checkpoints from forged ones.
    let begun = !fresh || !earlier.is_empty();
    let key = if begun { SigningKey::load(&config.key)? } else { SigningKey::load_or_make(&config.key)? };
    let origin = config.origin.clone().unwrap_or_else(|| key.origin());
    let public = key.public(&origin);

    let beside = config.path.with_extension("pub");
    fs::write(&beside, format!("{}\n", public.text()))
        .map_err(|why| OpenError::File { path: beside, why })?;

    let altered = |(code, at)| OpenError::Altered { code, at, path: config.path.clone() };
    let newest: &dyn Read = match earlier.first() {
        Some(before) if fresh => &**before,
        Some(_) | None => &*journal,
    };
    let (chain, covered) =
        if begun { stands(newest, &public)?.map_err(altered)? } else { Default::default() };
    let witness = config.witness.as_deref().map(Witness::new);
    if let Some(witness) = &witness {
        let path = || config.witness.clone().unwrap_or_default();
        let text = witness.read().map_err(|why| OpenError::File { path: path(), why })?;
        remembers(&text, newest, &chain, &public)?.map_err(altered)?;
    }
    let recovered = Recovered {
        open: open_calls([&*journal as &dyn Read].into_iter().chain(earlier.iter().map(|read| &**read)))?,
    };

    let shared =
        Arc::new(Shared { writable: AtomicBool::new(true), lost: AtomicU64::new(0), urgent: Notify::new() });
    let masking = Masking::new(config.masks, key.mask());
    let mut writer = Writer {
        journal,
        key,
        origin,
        witness,
        pace: Pace {
            every: config.checkpoint_every,
            interval: config.checkpoint_interval,
            rotate_bytes: config.rotate_bytes,
        },
        shared: Arc::clone(&shared),
        chain,
        fresh,
        covered,
        uncovered: None,
        backlog: VecDeque::new(),
    };
    writer.begin(&public, &recovered)?;

    let (queue, incoming) = mpsc::channel(QUEUE);
    let file = |why| OpenError::File { path: config.path.clone(), why };
    let clock = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(file)?;
    let thread = std::thread::Builder::new().name("audit".to_owned());
    thread.spawn(move || clock.block_on(writer.run(incoming))).map_err(file)?;
    Ok((Audit(Arc::new(Inner { queue, shared, masking, reads: config.reads, public })), recovered))
}

impl Writer {
    /// The first records of this run, with a checkpoint over all that was found.
    fn begin(&mut self, public: &PublicKey, recovered: &Recovered) -> Result<(), StoreError> {
        let fields = [("key", public.text().into()), ("version", env!("CARGO_PKG_VERSION").into())];
        let opened = Draft::own(Code::LogOpened, fields);
        let open = recovered.open.iter().map(|open| {
            tracing::warn!(
                call = open.call,
                seq = open.seq,
                principal = open.principal,
                plugin = open.plugin,
                name = open.name,
                "audit.open-intent: the host went away in the middle of this call"
            );
            Draft::own(Code::CallOpen, [("call", open.call.clone().into()), ("intent", open.seq.into())])
        });
        let records: Vec<_> = std::iter::once(opened).chain(open).map(|draft| (draft, None)).collect();
        self.append(&records, 0, true)?;
        self.uncovered = self.uncovered.map(|_| Instant::now());
        Ok(())
    }
}

type Altered = (&'static str, u64);

/// Where the chain of a journal stands, checked from its newest checkpoint on, and what that covers.
fn stands(journal: &dyn Read, key: &PublicKey) -> Result<Result<(Chain, u64), Altered>, StoreError> {
    let Some(stored) = journal.newest_checkpoint()? else {
        return Ok(Err(("audit.checkpoint-missing", 0)));
    };
    let at = stored.size;
    let (roots, rest) = stored.frontier.as_chunks::<32>();
    let frontier = Frontier::new(at, roots.to_vec()).filter(|_| rest.is_empty());
    let signed = Checkpoint::verified(&stored.note, key).filter(|signed| signed.size == at);
    let (Some(frontier), Some(signed)) = (frontier, signed) else {
        return Ok(Err(("audit.checkpoint-invalid", at)));
    };
    if frontier.root() != signed.root {
        return Ok(Err(("audit.checkpoint-invalid", at)));
    }
    // The record before says with its own hash what the next one must name.
    let last = journal.rows_below(at, 1)?.pop().filter(|row| row.seq + 1 == at);
    let Some(last) = last.and_then(|row| row.hash.try_into().ok()) else {
        return Ok(Err(("audit.truncated", at)));
    };
    let mut chain = Chain { frontier, last };
    loop {
        let rows = journal.rows(chain.next(), PAGE)?;
        if rows.is_empty() {
            return Ok(Ok((chain, at)));
        }
        for row in rows {
            if let Err(broken) = chain.follow(&row) {
                return Ok(Err(("audit.chain-broken", broken.at)));
            }
        }
    }
}

/// Whether the log is at least what the witness last saw of it.
fn remembers(
    witness: &str,
    journal: &dyn Read,
    chain: &Chain,
    key: &PublicKey,
) -> Result<Result<(), Altered>, StoreError> {
    let seen = notes(witness).filter_map(|note| Checkpoint::verified(note, key));
    let Some(newest) = seen.max_by_key(|seen| seen.size) else { return Ok(Ok(())) };
    if newest.size > chain.next() {
        return Ok(Err(("audit.truncated", chain.next())));
    }
    let same = journal.checkpoints()?.into_iter().find(|stored| stored.size == newest.size);
    let same = same.and_then(|stored| Checkpoint::verified(&stored.note, key));
    Ok(match same {
        Some(same) if same == newest => Ok(()),
        Some(_) => Err(("audit.rewritten", newest.size)),
        None => Err(("audit.checkpoint-missing", newest.size)),
    })
}

/// The calls of the last run that have no end, from the newest record back to where that run began.
fn open_calls<'j>(journals: impl IntoIterator<Item = &'j dyn Read>) -> Result<Vec<OpenCall>, StoreError> {
    let mut ended = BTreeSet::new();
    let mut open = Vec::new();
    for journal in journals {
        let mut below = u64::MAX;
        loop {
            let rows = journal.rows_below(below, PAGE)?;
            let Some(oldest) = rows.last() else { break };
            below = oldest.seq;
            for row in rows {
                let fields: Map<String, Value> = serde_json::from_str(&row.record).unwrap_or_default();
                let call = fields.get("call").and_then(Value::as_str).unwrap_or_default();
                let code = fields.get("code").and_then(Value::as_str).unwrap_or_default();
                if code == Code::LogOpened.as_str() {
                    open.reverse();
                    return Ok(open);
                }
                if code == Code::CallEnded.as_str() {
                    ended.insert(call.to_owned());
                } else if code == Code::CallIntent.as_str() && !ended.remove(call) {
                    open.push(OpenCall::of(&fields));
                }
            }
        }
    }
    open.reverse();
    Ok(open)
}
