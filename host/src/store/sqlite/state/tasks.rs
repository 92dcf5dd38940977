//! Tasks, in SQLite.

use rusqlite::{OptionalExtension as _, Row, params};

use super::SqliteState;
use crate::store::{KeptTasks, Moment, StoreError, StoredTask};

const KEEP: &str = "INSERT INTO tasks (id, subject, endpoint, plugin, tool, created, updated, ended)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    ON CONFLICT (id) DO UPDATE SET updated = excluded.updated, ended = excluded.ended WHERE ended IS NULL";

const FIND: &str =
    "SELECT id, subject, endpoint, plugin, tool, created, updated, ended FROM tasks WHERE id = ?1";

impl KeptTasks for SqliteState {
    fn keep(&mut self, task: &StoredTask) -> Result<(), StoreError> {
        let StoredTask { id, owner, subject, created, updated, ended } = task;
        let row = params![id, owner.0, owner.1, subject.0, subject.1, created, updated, ended];
        self.connection.execute(KEEP, row).map(drop).map_err(self.fault())
    }

    fn task(&mut self, id: &str) -> Result<Option<StoredTask>, StoreError> {
        self.connection.query_row(FIND, [id], task).optional().map_err(self.fault())
    }

    fn forget_tasks(&mut self, before: Moment) -> Result<(), StoreError> {
        self.connection
            .execute("DELETE FROM tasks WHERE created < ?1", [before])
            .map(drop)
            .map_err(self.fault())
    }
}

fn task(row: &Row<'_>) -> rusqlite::Result<StoredTask> {
    Ok(StoredTask {
        id: row.get(0)?,
        owner: (row.get(1)?, row.get(2)?),
        subject: (row.get(3)?, row.get(4)?),
        created: row.get(5)?,
        updated: row.get(6)?,
        ended: row.get(7)?,
    })
}
