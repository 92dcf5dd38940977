//! `[audit]`: where the record of calls is kept, what it shows, and what happens when it cannot be written.
//!
//! ```toml
//! [audit]
//! path = "/var/lib/postern/audit.db"           # otherwise under $XDG_STATE_HOME/postern
//! key = "/etc/postern/audit.key"               # made beside the log where it is not there
//! origin = "postern.example.com/production"    # the name that checkpoints carry
//! clear = ["namespace", "cluster", "replicas"] # arguments whose values are shown; the rest are masked
//! reads = "refuse"                             # or "allow": calls that only read, when nothing can be recorded
//! checkpoint_records = 1000
//! checkpoint_interval = "10s"
//! witness = "/mnt/write-once/postern.checkpoints"
//! rotate = "1GiB"                              # the chain goes on in a new file
//! ```

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::reference::Context;
use super::unit::{duration, size};
use crate::audit::{Config, Masks, OnUnavailable};
use crate::diagnostic::{Spanned, Table};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// The longest name of a log.
const MAX_ORIGIN: usize = 200;

pub(super) fn read(root: &Table<'_>, context: &Context<'_>) -> Config {
    let Some(table) = root.table("audit") else { return Config::at(default_path(context)) };
    let path = |field| table.parse(field, |text| context.path(text)).map(Spanned::into_inner);
    let mut config = Config::at(path("path").unwrap_or_else(|| default_path(context)));
    if let Some(key) = path("key") {
        config.key = key;
    }
    config.witness = path("witness");
    if let Some(witness) = &config.witness
        && [&config.path, &config.key].contains(&witness)
    {
        context.faults.add(table.key("witness"), "the witness is a file of its own, best on another disk");
    }
    config.origin = table.parse("origin", origin).map(Spanned::into_inner);
    if table.has("clear") {
        config.masks = Masks::clear(table.texts("clear").into_iter().map(Spanned::into_inner));
    }
    if let Some(reads) = table.parse("reads", reads) {
        config.reads = reads.into_inner();
    }
    if let Some(every) = table.number("checkpoint_records", 1, 1_000_000) {
        config.checkpoint_every = every.into_inner();
    }
    config.checkpoint_interval =
        duration(&table, "checkpoint_interval", config.checkpoint_interval, (SECOND, HOUR));
    if table.has("rotate") {
        config.rotate_bytes = Some(size(&table, "rotate", GIB, (MIB, 1024 * GIB)));
    }
    config
}

fn reads(text: &str) -> Result<OnUnavailable, String> {
    match text {
        "refuse" => Ok(OnUnavailable::Refuse),
        "allow" => Ok(OnUnavailable::Allow),
        other => Err(format!("`{other}` is not accepted; write `refuse` or `allow`")),
    }
}

/// A name of a log (c2sp.org/signed-note): no spaces and no plus, which separate it from what follows.
fn origin(text: &str) -> Result<String, String> {
    let fit = |each: char| !each.is_whitespace() && !each.is_control() && each != '+';
    if text.is_empty() || text.len() > MAX_ORIGIN || !text.chars().all(fit) {
        return Err(format!(
            "an origin is a name such as `postern.example.com/production`, without spaces and `+`, of at most \
             {MAX_ORIGIN} bytes"
        ));
    }
    Ok(text.to_owned())
}

/// Where state is kept (XDG base directories), or beside the configuration where nobody is at home.
fn default_path(context: &Context<'_>) -> PathBuf {
    let given =
        context.environment.get("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || context.environment.home().map(|home| home.join(".local/state"));
    match given.or_else(home) {
        Some(state) => state.join("postern").join("audit.db"),
        None => context.folder.join(Path::new("postern-audit.db")),
    }
}
