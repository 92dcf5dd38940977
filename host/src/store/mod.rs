//! Where records are kept. The only room that knows SQL.
//!
//! There are two needs, and a file for each: the journal of the audit, which one process writes and nobody
//! changes, and the [`State`] that every process of a host shares: requests for approval ([`Requests`]) and
//! messages that wait to be sent ([`Outbox`]).
//!
//! A [`Journal`] takes rows at its end and gives them back; it has no way to change one. What a row *means*,
//! its hash included, is [`crate::audit`]'s: a journal stores texts under consecutive numbers, so that another
//! database can do it as well as the one here, [`Sqlite`].
//!
//! # Design
//!
//! *SQLite in a file of its own.* One writer, readers that do not disturb it (write-ahead log), a transaction
//! that is on the disk when it says so, and no server to run. The chain does not need a database, a text file
//! would do; what a file has no answer to are torn writes, readers while it grows, and questions.
//!
//! *A record is one text.* The columns are its number, the text, and the hash. What can be asked for (call,
//! principal, tool) is taken out of the text by expressions, in the query or in an index over it. Columns
//! beside the text would be quicker, and could be changed without the text: a record hidden from every search,
//! under a chain that holds.
//!
//! *State is taken in steps.* A [`Step`] is one conditional change in one immediate transaction, and says whether
//! it was taken: of two processes that would spend one approval, one does. What is told about it waits in the
//! same file, so that it is told after a crash too.
//!
//! *Triggers refuse changes.* They stop mistakes and careless tools, not an attacker, who drops them: that is
//! what chain, tree, checkpoints and witness are for.

mod sqlite;
mod state;

use std::path::PathBuf;

use thiserror::Error;

use crate::call::BoxError;

pub use sqlite::{Sqlite, SqliteReader, SqliteState};
pub use state::{
    Announce, Caps, Happening, KeptTasks, Message, Moment, Outbox, RequestState, Requests, State, Step,
    Stepped, StoredRequest, StoredTask, StoredVote, Transition,
};

/// A row: a record under its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Consecutive, from 0, or from where the file before ended.
    pub seq: u64,
    /// The record, as canonical JSON.
    pub record: String,
    /// Its hash as a leaf.
    pub hash: Vec<u8>,
}

/// A signed checkpoint, and what is needed to go on from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCheckpoint {
    /// How many records it covers.
    pub size: u64,
    /// The signed note.
    pub note: String,
    /// The right edge of the tree at that size: 32 bytes for each complete subtree.
    pub frontier: Vec<u8>,
}

/// When an append is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// When it is on the disk, and all before it.
    Disk,
    /// When the operating system has it: it survives the end of this process, not of the machine.
    System,
}

/// Which records are asked for. Everything said must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// The call's id.
    pub call: Option<String>,
    /// The principal's subject.
    pub principal: Option<String>,
    /// The name of the tool, resource or prompt.
    pub name: Option<String>,
    /// One of the targets.
    pub target: Option<String>,
    /// The record's code.
    pub code: Option<String>,
    /// The decision.
    pub decision: Option<String>,
    /// Not before this time (RFC 3339, UTC, microseconds: texts of one form sort as times do).
    pub since: Option<String>,
    /// Before this time.
    pub until: Option<String>,
}

/// What a journal can be asked.
pub trait Read: Send + std::fmt::Debug {
    /// The first row.
    ///
    /// # Errors
    /// [`StoreError`].
    fn first(&self) -> Result<Option<Row>, StoreError>;

    /// The last row.
    ///
    /// # Errors
    /// [`StoreError`].
    fn last(&self) -> Result<Option<Row>, StoreError>;

    /// The rows from `seq` on, at most `limit`, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    fn rows(&self, seq: u64, limit: u32) -> Result<Vec<Row>, StoreError>;

    /// The rows below `seq`, at most `limit`, the newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    fn rows_below(&self, seq: u64, limit: u32) -> Result<Vec<Row>, StoreError>;

    /// The newest rows that fit, at most `limit`, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    fn find(&self, filter: &Filter, limit: u32) -> Result<Vec<Row>, StoreError>;

    /// The checkpoints, in order of their sizes.
    ///
    /// # Errors
    /// [`StoreError`].
    fn checkpoints(&self) -> Result<Vec<StoredCheckpoint>, StoreError>;

    /// The newest checkpoint.
    ///
    /// # Errors
    /// [`StoreError`].
    fn newest_checkpoint(&self) -> Result<Option<StoredCheckpoint>, StoreError>;

    /// What is wrong with the journal itself, whatever its rows say: damage, or a structure that was changed.
    ///
    /// # Errors
    /// [`StoreError`].
    fn faults(&self) -> Result<Vec<String>, StoreError>;
}

/// A journal that this process writes, and no other.
pub trait Journal: Read {
    /// Adds rows and a checkpoint at the end: all of them, or none.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was added.
    fn append(
        &mut self,
        rows: &[Row],
        checkpoint: Option<&StoredCheckpoint>,
        durability: Durability,
    ) -> Result<(), StoreError>;

    /// How large it has become, in bytes.
    ///
    /// # Errors
    /// [`StoreError`].
    fn size_bytes(&self) -> Result<u64, StoreError>;

    /// Puts what it holds aside and goes on empty. `false` where that cannot be done now, such as while
    /// somebody reads.
    ///
    /// # Errors
    /// [`StoreError`]; it may then be that nothing can be appended any more, until it is opened again.
    fn rotate(&mut self) -> Result<bool, StoreError>;
}

/// Why a journal did not do what it was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Another process writes it.
    #[error("`{}` is written by another process", .0.display())]
    Locked(PathBuf),
    /// There is none.
    #[error("there is no audit log at `{}`", .0.display())]
    Missing(PathBuf),
    /// It is something else, or of a version that is not known here.
    #[error("`{}` is not an audit log of this version", .0.display())]
    Foreign(PathBuf),
    /// It is something else than the state of a host, or of a version that is not known here.
    #[error("`{}` is not a state file of this version", .0.display())]
    NotState(PathBuf),
    /// The host is ending, or its own thread failed.
    #[error("the store has stopped")]
    Stopped(#[source] BoxError),
    /// It cannot be read or written.
    #[error("`{}` cannot be used", .path.display())]
    Unusable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        why: BoxError,
    },
}
