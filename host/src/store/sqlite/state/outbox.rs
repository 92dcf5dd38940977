//! Messages that wait to be sent, in SQLite.

use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::SqliteState;
use crate::store::{Message, Moment, Outbox, StoreError};

/// More than this many do not wait: a receiver that is gone for good must not fill the disk.
const MOST: i64 = 10_000;

const TAKE: &str = "UPDATE messages SET due = ?3, tries = tries + 1 WHERE id = (
    SELECT id FROM messages WHERE receiver = ?1 AND due <= ?2 ORDER BY due, id LIMIT 1
) RETURNING id, receiver, body, written, tries";

impl Outbox for SqliteState {
    fn take(&mut self, receiver: &str, now: Moment, lease: Moment) -> Result<Option<Message>, StoreError> {
        let taken = self.connection.query_row(TAKE, params![receiver, now, lease], message).optional();
        taken.map_err(self.fault())
    }

    fn put_off(&mut self, id: &str, due: Moment) -> Result<(), StoreError> {
        let put = self.connection.execute("UPDATE messages SET due = ?2 WHERE id = ?1", params![id, due]);
        put.map(drop).map_err(self.fault())
    }

    fn forget(&mut self, id: &str) -> Result<(), StoreError> {
        let gone = self.connection.execute("DELETE FROM messages WHERE id = ?1", [id]);
        gone.map(drop).map_err(self.fault())
    }

    fn forget_before(&mut self, before: Moment) -> Result<(), StoreError> {
        let gone = self.connection.execute("DELETE FROM messages WHERE written < ?1", [before]);
        gone.map(drop).map_err(self.fault())
    }
}

/// Keeps messages, as part of what they tell of.
pub(super) fn keep(transaction: &Transaction<'_>, messages: &[Message]) -> rusqlite::Result<()> {
    if messages.is_empty() {
        return Ok(());
    }
    let waiting: i64 = transaction.query_row("SELECT count(*) FROM messages", [], |row| row.get(0))?;
    let room = usize::try_from(MOST.saturating_sub(waiting)).unwrap_or(0);
    if room < messages.len() {
        tracing::warn!(waiting, "too many messages wait to be sent; some are dropped");
    }
    let mut insert = transaction.prepare_cached(
        "INSERT INTO messages (id, receiver, body, written, due, tries) VALUES (?1, ?2, ?3, ?4, ?4, 0)",
    )?;
    for message in messages.iter().take(room) {
        insert.execute(params![message.id, message.receiver, message.body, message.written])?;
    }
    Ok(())
}

fn message(row: &Row<'_>) -> rusqlite::Result<Message> {
    Ok(Message {
        id: row.get(0)?,
        receiver: row.get(1)?,
        body: row.get(2)?,
        written: row.get(3)?,
        tries: row.get(4)?,
    })
}
