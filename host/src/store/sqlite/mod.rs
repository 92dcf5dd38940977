//! A journal in one SQLite file, written by one process and read by any.

mod read;
mod state;

#[cfg(test)]
mod tests;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags, params};

use super::{Durability, Filter, Journal, Read, Row, StoreError, StoredCheckpoint};

pub use read::SqliteReader;
pub use state::SqliteState;

const SCHEMA: &str = include_str!("schema.sql");

/// `PRAGMA application_id`: "pstn", so that `file` and we can tell whose database this is.
const APPLICATION: i32 = 0x7073_746e;

/// `PRAGMA user_version`: of the schema.
const VERSION: i32 = 1;

/// How long to wait for another tool that has locked the database.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long to wait for another process that has the journal.
const HANDOVER: Duration = Duration::from_millis(200);

/// The journal of this process.
#[derive(Debug)]
pub struct Sqlite {
    reader: SqliteReader,
    durability: Durability,
    /// Held as long as this is: the kernel lets go of it when the process ends, however it ends.
    _lock: File,
}

impl Sqlite {
    /// Opens the journal at `path` for writing, and makes it where there is none.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while another process has it open for writing, and all that a file can be.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let lock = lock(path)?;
        let connection = connect(path)?;
        let reader = SqliteReader { connection, path: path.to_owned() };
        Ok(Self { reader, durability: Durability::Disk, _lock: lock })
    }

    /// Opens the journal at `path` for reading; somebody may be writing it.
    ///
    /// # Errors
    /// [`StoreError::Missing`], and all that a file can be.
    pub fn read(path: &Path) -> Result<SqliteReader, StoreError> {
        SqliteReader::open(path)
    }

    /// The files that were put aside when `path` was rotated, the oldest first.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn put_aside(path: &Path) -> Result<Vec<PathBuf>, StoreError> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let entries = fs::read_dir(folder.unwrap_or(Path::new("."))).map_err(|why| unusable(path, why))?;
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let mut found: Vec<(u64, PathBuf)> = entries
            .filter_map(Result::ok)
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let number = name.strip_prefix(&stem)?.strip_prefix('-')?.strip_suffix(".db")?;
                Some((number.parse().ok()?, path.with_file_name(&name)))
            })
            .collect();
        found.sort();
        Ok(found.into_iter().map(|(_, path)| path).collect())
    }

    /// Lets the file grow by so many pages and no further: a disk that is full.
    #[cfg(test)]
    pub(crate) fn limit_pages(&self, more: i64) {
        let connection = &self.reader.connection;
        let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        connection.pragma_update(None, "max_page_count", pages + more).unwrap();
    }

    fn fault(&self) -> impl Fn(rusqlite::Error) -> StoreError + use<> {
        let path = self.reader.path.clone();
        move |why| unusable(&path, why)
    }
}

impl Journal for Sqlite {
    fn append(
        &mut self,
        rows: &[Row],
        checkpoint: Option<&StoredCheckpoint>,
        durability: Durability,
    ) -> Result<(), StoreError> {
        let fault = self.fault();
        let connection = &mut self.reader.connection;
        if self.durability != durability {
            // In write-ahead mode FULL waits for the disk at each commit and NORMAL does not. What NORMAL has
            // left behind is in the same file, so the next FULL takes it along.
            let level = match durability {
                Durability::Disk => "FULL",
                Durability::System => "NORMAL",
            };
            connection.pragma_update(None, "synchronous", level).map_err(&fault)?;
            self.durability = durability;
        }
        let transaction = connection.transaction().map_err(&fault)?;
        for row in rows {
            transaction
                .prepare_cached("INSERT INTO records (seq, record, hash) VALUES (?1, ?2, ?3)")
                .and_then(|mut insert| insert.execute(params![row.seq.cast_signed(), row.record, row.hash]))
                .map_err(&fault)?;
        }
        if let Some(checkpoint) = checkpoint {
            let values = params![checkpoint.size.cast_signed(), checkpoint.note, checkpoint.frontier];
            transaction
                .execute("INSERT INTO checkpoints (size, note, frontier) VALUES (?1, ?2, ?3)", values)
                .map_err(&fault)?;
        }
        transaction.commit().map_err(&fault)
    }

    fn size_bytes(&self) -> Result<u64, StoreError> {
        let pragma = |name| self.reader.connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let (pages, size) = (pragma("page_count"), pragma("page_size"));
        let bytes = pages.and_then(|pages| Ok(pages.saturating_mul(size?)));
        bytes.map(i64::unsigned_abs).map_err(self.fault())
    }

    fn rotate(&mut self) -> Result<bool, StoreError> {
        let fault = self.fault();
        let Some(first) = self.first()? else { return Ok(false) };
        // All of it has to be in the main file, with nobody left who reads from beside it.
        let truncate = "PRAGMA wal_checkpoint(TRUNCATE)";
        let busy = self.reader.connection.query_row(truncate, [], |row| row.get::<_, i64>(0));
        if busy.map_err(&fault)? != 0 {
            return Ok(false);
        }
        let path = self.reader.path.clone();
        let aside = Connection::open_in_memory().map_err(&fault)?;
        let closed = std::mem::replace(&mut self.reader.connection, aside).close();
        closed.map_err(|(_, why)| fault(why))?;
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let target = path.with_file_name(format!("{stem}-{:012}.db", first.seq));
        let beside = path.with_file_name(format!("{}-wal", file_name(&path)));
        let free = !beside.exists() && !target.exists();
        let moved = if free { fs::rename(&path, &target).map(|()| true) } else { Ok(false) };
        self.reader.connection = connect(&path)?;
        self.durability = Durability::Disk;
        moved.map_err(|why| unusable(&path, why))
    }
}

impl Read for Sqlite {
    fn first(&self) -> Result<Option<Row>, StoreError> {
        self.reader.first()
    }

    fn last(&self) -> Result<Option<Row>, StoreError> {
        self.reader.last()
    }

    fn rows(&self, seq: u64, limit: u32) -> Result<Vec<Row>, StoreError> {
        self.reader.rows(seq, limit)
    }

    fn rows_below(&self, seq: u64, limit: u32) -> Result<Vec<Row>, StoreError> {
        self.reader.rows_below(seq, limit)
    }

    fn find(&self, filter: &Filter, limit: u32) -> Result<Vec<Row>, StoreError> {
        self.reader.find(filter, limit)
    }

    fn checkpoints(&self) -> Result<Vec<StoredCheckpoint>, StoreError> {
        self.reader.checkpoints()
    }

    fn newest_checkpoint(&self) -> Result<Option<StoredCheckpoint>, StoreError> {
        self.reader.newest_checkpoint()
    }

    fn faults(&self) -> Result<Vec<String>, StoreError> {
        self.reader.faults()
    }
}

/// Takes the lock of the journal at `path`: a file of its own, because the database's is SQLite's to lock.
fn lock(path: &Path) -> Result<File, StoreError> {
    let beside = path.with_file_name(format!("{}.lock", file_name(path)));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    owner_only(&mut options);
    let file = options.open(&beside).map_err(|why| unusable(&beside, why))?;
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            // Whoever had it may be about to end, or have just started a program that has not let go of it yet.
            Err(TryLockError::WouldBlock) if began.elapsed() < HANDOVER => std::thread::sleep(HANDOVER / 20),
            Err(TryLockError::WouldBlock) => return Err(StoreError::Locked(path.to_owned())),
            Err(TryLockError::Error(why)) => return Err(unusable(&beside, why)),
        }
    }
}

/// Opens the database for writing, and makes it where the file is missing or empty.
fn connect(path: &Path) -> Result<Connection, StoreError> {
    private(path)?;
    let fault = |why| unusable(path, why);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(fault)?;
    connection.busy_timeout(PATIENCE).map_err(fault)?;
    let empty: bool = connection
        .query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))
        .map_err(|why| foreign(path, why))?;
    if !empty {
        read::ours(&connection, path)?;
    }
    connection.pragma_update(None, "journal_mode", "WAL").map_err(fault)?;
    connection.pragma_update(None, "synchronous", "FULL").map_err(fault)?;
    connection.pragma_update(None, "trusted_schema", false).map_err(fault)?;
    if empty {
        let make = connection.transaction().map_err(fault)?;
        make.execute_batch(SCHEMA).map_err(fault)?;
        make.pragma_update(None, "application_id", APPLICATION).map_err(fault)?;
        make.pragma_update(None, "user_version", VERSION).map_err(fault)?;
        make.commit().map_err(fault)?;
    }
    Ok(connection)
}

/// Makes the file where it is not there, and sees to it that it is for its owner alone.
fn private(path: &Path) -> Result<(), StoreError> {
    // Made by us before SQLite sees it: the files that SQLite puts beside it take its permissions over. One that is
    // there is not opened: to close it again would let go of the locks that this process has on it.
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    owner_only(&mut options);
    match options.open(path) {
        Ok(_) => {}
        Err(why) if why.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(why) => return Err(unusable(path, why)),
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(|why| unusable(path, why))?;
    }
    Ok(())
}

fn owner_only(options: &mut OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    #[cfg(not(unix))]
    let _ = options;
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn unusable(path: &Path, why: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Unusable { path: path.to_owned(), why: Box::new(why) }
}

/// A file that is no database is foreign; any other failure is what it is.
fn foreign(path: &Path, why: rusqlite::Error) -> StoreError {
    match why.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => StoreError::Foreign(path.to_owned()),
        Some(_) | None => unusable(path, why),
    }
}
