//! State in one SQLite file that several processes write: the host, one over a pipe for each client, tools.

mod outbox;
mod requests;
mod tasks;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::{private, unusable};
use crate::store::StoreError;

const SCHEMA: &str = include_str!("schema.sql");

/// `PRAGMA application_id`: "psts".
const APPLICATION: i32 = 0x7073_7473;

/// `PRAGMA user_version`: of the schema.
const VERSION: i32 = 1;

/// How long to wait for another process that writes. A step takes a few milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// The state of this host, shared with others.
#[derive(Debug)]
pub struct SqliteState {
    connection: Connection,
    path: PathBuf,
}

impl SqliteState {
    /// Opens the file at `path`, and makes it, for its owner alone, where there is none.
    ///
    /// # Errors
    /// [`StoreError`]: where it cannot be used, or is something else.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        private(path)?;
        let fault = |why| unusable(path, why);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags).map_err(fault)?;
        connection.busy_timeout(PATIENCE).map_err(fault)?;
        // A step that was answered is on the disk: what was spent stays spent when the machine loses power.
        for (name, value) in [("journal_mode", "WAL"), ("synchronous", "FULL")] {
            connection.pragma_update(None, name, value).map_err(|why| foreign(path, why))?;
        }
        connection.pragma_update(None, "foreign_keys", true).map_err(fault)?;
        connection.pragma_update(None, "trusted_schema", false).map_err(fault)?;
        // Of two processes that begin with an empty file, one makes the tables and the other finds them.
        let make = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fault)?;
        let empty: bool = make
            .query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))
            .map_err(fault)?;
        if empty {
            make.execute_batch(SCHEMA).map_err(fault)?;
            make.pragma_update(None, "application_id", APPLICATION).map_err(fault)?;
            make.pragma_update(None, "user_version", VERSION).map_err(fault)?;
        }
        let number = |name| make.pragma_query_value(None, name, |row| row.get::<_, i32>(0)).map_err(fault);
        if (number("application_id")?, number("user_version")?) != (APPLICATION, VERSION) {
            return Err(StoreError::NotState(path.to_owned()));
        }
        make.commit().map_err(fault)?;
        Ok(Self { connection, path: path.to_owned() })
    }

    fn fault(&self) -> impl Fn(rusqlite::Error) -> StoreError + use<> {
        let path = self.path.clone();
        move |why| unusable(&path, why)
    }

    /// Lets every later write fail: a disk that is full.
    #[cfg(test)]
    pub(crate) fn break_down(&self) {
        self.connection.pragma_update(None, "query_only", true).unwrap();
    }
}

/// A file that is no database is foreign; any other failure is what it is.
fn foreign(path: &Path, why: rusqlite::Error) -> StoreError {
    match why.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => StoreError::NotState(path.to_owned()),
        Some(_) | None => unusable(path, why),
    }
}
