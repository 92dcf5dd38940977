//! Reading a journal: rows by number, rows by what they say, checkpoints, and whether the file is sound.

use std::path::{Path, PathBuf};

use rusqlite::types::{ToSql, ValueRef};
use rusqlite::{Connection, OpenFlags, params};

use super::{APPLICATION, PATIENCE, SCHEMA, VERSION, file_name, foreign, unusable};
use crate::store::{Filter, Read, Row, StoreError, StoredCheckpoint};

const ROW: &str = "SELECT seq, record, hash FROM records";

/// A journal that is read.
#[derive(Debug)]
pub struct SqliteReader {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
}

impl SqliteReader {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        if !path.is_file() {
            return Err(StoreError::Missing(path.to_owned()));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(path, flags).map_err(|why| unusable(path, why));
        let opened = opened.and_then(|connection| {
            ours(&connection, path)?;
            Ok(connection)
        });
        let connection = match opened {
            Ok(connection) => connection,
            Err(foreign @ StoreError::Foreign(_)) => return Err(foreign),
            Err(why) => Self::at_rest(path).ok_or(why)?,
        };
        connection.busy_timeout(PATIENCE).map_err(|why| unusable(path, why))?;
        connection.pragma_update(None, "trusted_schema", false).map_err(|why| unusable(path, why))?;
        Ok(Self { connection, path: path.to_owned() })
    }

    /// A copy where nothing can be written, not even what readers put beside it: evidence on a read-only disk.
    fn at_rest(path: &Path) -> Option<Connection> {
        if path.with_file_name(format!("{}-wal", file_name(path))).exists() {
            return None;
        }
        let path_text = path.to_str()?;
        let escaped: String = path_text
            .chars()
            .map(|each| match each {
                '%' | '?' | '#' => format!("%{:02x}", u32::from(each)),
                other => other.to_string(),
            })
            .collect();
        let flags =
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
        let connection = Connection::open_with_flags(format!("file:{escaped}?immutable=1"), flags).ok()?;
        ours(&connection, path).ok()?;
        Some(connection)
    }

    fn list(&self, tail: &str, values: &[&dyn ToSql]) -> Result<Vec<Row>, StoreError> {
        let rows = self.connection.prepare_cached(&format!("{ROW} {tail}")).and_then(|mut query| {
            let rows = query.query_map(values, row)?;
            rows.collect()
        });
        rows.map_err(|why| unusable(&self.path, why))
    }

    fn notes(&self, tail: &str) -> Result<Vec<StoredCheckpoint>, StoreError> {
        let query = format!("SELECT size, note, frontier FROM checkpoints {tail}");
        let rows = self.connection.prepare_cached(&query).and_then(|mut query| {
            let rows = query.query_map([], |row| {
                Ok(StoredCheckpoint {
                    size: number(row.get_ref(0)?),
                    note: text(row.get_ref(1)?),
                    frontier: bytes(row.get_ref(2)?),
                })
            })?;
            rows.collect()
        });
        rows.map_err(|why| unusable(&self.path, why))
    }
}

impl Read for SqliteReader {
    fn first(&self) -> Result<Option<Row>, StoreError> {
        Ok(self.list("ORDER BY seq LIMIT 1", &[])?.pop())
    }

    fn last(&self) -> Result<Option<Row>, StoreError> {
        Ok(self.list("ORDER BY seq DESC LIMIT 1", &[])?.pop())
    }

    fn rows(&self, seq: u64, limit: u32) -> Result<Vec<Row>, StoreError> {
        self.list("WHERE seq >= ?1 ORDER BY seq LIMIT ?2", &[&signed(seq), &limit])
    }

    fn rows_below(&self, seq: u64, limit: u32) -> Result<Vec<Row>, StoreError> {
        self.list("WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2", &[&signed(seq), &limit])
    }

    fn find(&self, filter: &Filter, limit: u32) -> Result<Vec<Row>, StoreError> {
        // The texts of the conditions are ours; what is asked for goes in as values.
        let conditions: [(&Option<String>, &str); 8] = [
            (&filter.call, "json_extract(record, '$.call') ="),
            (&filter.principal, "json_extract(record, '$.principal.subject') ="),
            (&filter.name, "json_extract(record, '$.name') ="),
            (&filter.code, "json_extract(record, '$.code') ="),
            (&filter.decision, "json_extract(record, '$.decision') ="),
            (&filter.since, "json_extract(record, '$.time') >="),
            (&filter.until, "json_extract(record, '$.time') <"),
            (&filter.target, "EXISTS (SELECT 1 FROM json_each(record, '$.targets') WHERE value ="),
        ];
        let mut tail = String::new();
        let mut values: Vec<&dyn ToSql> = Vec::new();
        for (asked, condition) in conditions {
            let Some(asked) = asked else { continue };
            values.push(asked);
            let joint = if tail.is_empty() { "WHERE" } else { "AND" };
            let close = if condition.starts_with("EXISTS") { ")" } else { "" };
            tail.push_str(&format!("{joint} {condition} ?{}{close} ", values.len()));
        }
        values.push(&limit);
        tail.push_str(&format!("ORDER BY seq DESC LIMIT ?{}", values.len()));
        let mut found = self.list(&tail, &values)?;
        found.reverse();
        Ok(found)
    }

    fn checkpoints(&self) -> Result<Vec<StoredCheckpoint>, StoreError> {
        self.notes("ORDER BY size")
    }

    fn newest_checkpoint(&self) -> Result<Option<StoredCheckpoint>, StoreError> {
        Ok(self.notes("ORDER BY size DESC LIMIT 1")?.pop())
    }

    fn faults(&self) -> Result<Vec<String>, StoreError> {
        let fault = |why| unusable(&self.path, why);
        let mut found = Vec::new();
        // Indexes too: one that lacks a row hides it from whoever asks by that index.
        let mut check = self.connection.prepare("PRAGMA integrity_check(10)").map_err(fault)?;
        let told: Result<Vec<String>, _> =
            check.query_map([], |row| row.get(0)).and_then(|rows| rows.collect());
        found.extend(told.map_err(fault)?.into_iter().filter(|line| line != "ok"));
        let fresh = Connection::open_in_memory().map_err(fault)?;
        fresh.execute_batch(SCHEMA).map_err(fault)?;
        if schema(&self.connection).map_err(fault)? != schema(&fresh).map_err(fault)? {
            found.push("tables, indexes or triggers are not as they were made".to_owned());
        }
        Ok(found)
    }
}

/// That the database is a journal of this version.
pub(super) fn ours(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let found = pragma("application_id").and_then(|id| Ok((id, pragma("user_version")?)));
    match found.map_err(|why| foreign(path, why))? {
        (APPLICATION, VERSION) => Ok(()),
        _ => Err(StoreError::Foreign(path.to_owned())),
    }
}

fn schema(connection: &Connection) -> rusqlite::Result<Vec<(String, Option<String>)>> {
    // Statistics that `ANALYZE` keeps are nobody's fault.
    let query =
        "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
    let mut query = connection.prepare(query)?;
    let rows = query.query_map(params![], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row { seq: number(row.get_ref(0)?), record: text(row.get_ref(1)?), hash: bytes(row.get_ref(2)?) })
}

/// Numbers above `i64::MAX` cannot be stored; asked for, nothing is there.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// What is not as we write it reads as something that no chain fits: who verifies tells, and reading goes on.
fn number(value: ValueRef<'_>) -> u64 {
    value.as_i64().ok().and_then(|number| u64::try_from(number).ok()).unwrap_or(u64::MAX)
}

fn text(value: ValueRef<'_>) -> String {
    value.as_str().map(str::to_owned).unwrap_or_default()
}

fn bytes(value: ValueRef<'_>) -> Vec<u8> {
    value.as_blob().map(<[u8]>::to_vec).unwrap_or_default()
}
