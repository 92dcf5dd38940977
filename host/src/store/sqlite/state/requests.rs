//! Requests for approval, in SQLite: every step is one conditional change in one immediate transaction.

use rusqlite::{OptionalExtension as _, Row, Transaction, TransactionBehavior, params};

use super::{SqliteState, outbox};
use crate::store::{
    Announce, Caps, Happening, Moment, RequestState, Requests, Step, Stepped, StoreError, StoredRequest,
    StoredVote, Transition,
};

/// The most requests that have ended are kept, whatever their age: who makes and takes back requests all day
/// does not fill the disk. The audit has them all.
const MOST_ENDED: i64 = 10_000;

const COLUMNS: &str = "id, state, binding, subject, facts, quorum, requested, approve_by, execute_within, approved, \
                       execute_by, ended, ended_by, ended_reason";

impl Requests for SqliteState {
    fn step(
        &mut self,
        step: Step<'_>,
        now: Moment,
        announce: Announce<'_>,
    ) -> Result<(Stepped, Vec<Transition>), StoreError> {
        let fault = self.fault();
        let behaviour = TransactionBehavior::Immediate;
        let transaction = self.connection.transaction_with_behavior(behaviour).map_err(&fault)?;
        let taken = take(&transaction, step, now).and_then(|(stepped, transitions)| {
            outbox::keep(&transaction, &announce(&transitions))?;
            Ok((stepped, transitions))
        });
        let taken = taken.map_err(&fault)?;
        transaction.commit().map_err(&fault)?;
        Ok(taken)
    }

    fn request(&self, id: &str) -> Result<Option<StoredRequest>, StoreError> {
        let read = self.connection.unchecked_transaction().and_then(|transaction| one(&transaction, id));
        read.map_err(self.fault())
    }

    fn requests(&self, limit: u32) -> Result<Vec<StoredRequest>, StoreError> {
        let all = || {
            let transaction = self.connection.unchecked_transaction()?;
            let mut query = transaction.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM requests ORDER BY ended IS NOT NULL, requested DESC, id LIMIT ?1"
            ))?;
            let mut found: Vec<StoredRequest> =
                query.query_map([limit], request)?.collect::<Result<_, _>>()?;
            for each in &mut found {
                each.votes = votes(&transaction, &each.id)?;
            }
            Ok(found)
        };
        all().map_err(self.fault())
    }
}

fn take(
    transaction: &Transaction<'_>,
    step: Step<'_>,
    now: Moment,
) -> rusqlite::Result<(Stepped, Vec<Transition>)> {
    let mut happened = expire(transaction, now)?;
    let mut note =
        |what, request: &StoredRequest| happened.push(Transition { what, request: request.clone() });
    let stepped = match step {
        Step::Sweep { forget } => {
            clean(transaction, forget)?;
            Stepped::Missing
        }
        Step::Request { new, caps } => make(transaction, new, caps)?,
        Step::Spend { binding } => spend(transaction, binding, now)?,
        Step::Approve { id, by } => approve(transaction, (id, by), now)?,
        Step::Deny { id, by, reason } => {
            let from = [RequestState::Pending];
            end(transaction, RequestState::Denied, id, (by, Some(reason)), &from, now)?
        }
        Step::Revoke { id, by, reason, from } => {
            end(transaction, RequestState::Revoked, id, (by, reason), from, now)?
        }
    };
    if let Stepped::Taken(request) = &stepped {
        match (step, request.state) {
            (Step::Sweep { .. }, _) => {}
            (Step::Request { .. }, _) => note(Happening::Requested, request),
            (Step::Spend { .. }, _) => note(Happening::Spent, request),
            (Step::Deny { .. }, _) => note(Happening::Denied, request),
            (Step::Revoke { .. }, _) => note(Happening::Revoked, request),
            (Step::Approve { .. }, state) => {
                note(Happening::Voted, request);
                if state == RequestState::Approved {
                    note(Happening::Approved, request);
                }
            }
        }
    }
    Ok((stepped, happened))
}

/// Ends what nobody decided in time, and what was approved and not run in time.
fn expire(transaction: &Transaction<'_>, now: Moment) -> rusqlite::Result<Vec<Transition>> {
    let mut update = transaction.prepare_cached(
        "UPDATE requests SET state = 'expired', ended = ?1
         WHERE (state = 'pending' AND approve_by <= ?1) OR (state = 'approved' AND execute_by <= ?1)
         RETURNING id",
    )?;
    let ids: Vec<String> = update.query_map([now], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut happened = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(request) = one(transaction, &id)? {
            happened.push(Transition { what: Happening::Expired, request });
        }
    }
    Ok(happened)
}

fn clean(transaction: &Transaction<'_>, forget: Moment) -> rusqlite::Result<()> {
    transaction.prepare_cached("DELETE FROM requests WHERE ended < ?1")?.execute([forget])?;
    transaction
        .prepare_cached(
            "DELETE FROM requests WHERE id IN (
                 SELECT id FROM requests WHERE ended IS NOT NULL ORDER BY ended DESC LIMIT -1 OFFSET ?1
             )",
        )?
        .execute([MOST_ENDED])
        .map(drop)
}

fn make(transaction: &Transaction<'_>, new: &StoredRequest, caps: Caps) -> rusqlite::Result<Stepped> {
    let pending =
        format!("SELECT {COLUMNS} FROM requests WHERE binding = ?1 AND state IN ('pending', 'approved')");
    let found = transaction.prepare_cached(&pending)?.query_row([&new.binding], request).optional()?;
    if let Some(mut found) = found {
        found.votes = votes(transaction, &found.id)?;
        return Ok(Stepped::Found(Box::new(found)));
    }
    let count = "SELECT count(*), count(*) FILTER (WHERE subject = ?1) FROM requests WHERE state = 'pending'";
    let counted = transaction
        .prepare_cached(count)?
        .query_row([&new.subject], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, u32>(1)?)));
    let (of_all, of_one) = counted?;
    if of_one >= caps.of_one {
        return Ok(Stepped::TooMany);
    }
    if of_all >= caps.of_all {
        return Ok(Stepped::Full);
    }
    let values = params![
        new.id,
        new.binding,
        new.subject,
        new.facts,
        new.quorum,
        new.requested,
        new.approve_by,
        new.execute_within
    ];
    transaction
        .prepare_cached(
            "INSERT INTO requests (id, state, binding, subject, facts, quorum, requested, approve_by, execute_within)
             VALUES (?1, 'pending', ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(values)?;
    taken(transaction, &new.id)
}

fn spend(transaction: &Transaction<'_>, binding: &str, now: Moment) -> rusqlite::Result<Stepped> {
    let spent: Option<String> = transaction
        .prepare_cached(
            "UPDATE requests SET state = 'spent', ended = ?2
             WHERE binding = ?1 AND state = 'approved' AND execute_by > ?2 RETURNING id",
        )?
        .query_row(params![binding, now], |row| row.get(0))
        .optional()?;
    spent.map_or(Ok(Stepped::Missing), |id| taken(transaction, &id))
}

fn approve(transaction: &Transaction<'_>, (id, by): (&str, &str), now: Moment) -> rusqlite::Result<Stepped> {
    let Some(request) = one(transaction, id)? else { return Ok(Stepped::Missing) };
    if request.state != RequestState::Pending {
        return Ok(Stepped::Closed(Box::new(request)));
    }
    let counted = transaction
        .prepare_cached(
            "INSERT INTO votes (request, subject, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        )?
        .execute(params![id, by, now])?;
    if counted == 0 {
        return Ok(Stepped::Twice);
    }
    transaction
        .prepare_cached(
            "UPDATE requests SET state = 'approved', approved = ?2, execute_by = ?2 + execute_within
             WHERE id = ?1 AND state = 'pending'
               AND quorum <= (SELECT count(*) FROM votes WHERE request = ?1)",
        )?
        .execute(params![id, now])?;
    taken(transaction, id)
}

fn end(
    transaction: &Transaction<'_>,
    to: RequestState,
    id: &str,
    (by, reason): (&str, Option<&str>),
    from: &[RequestState],
    now: Moment,
) -> rusqlite::Result<Stepped> {
    let Some(request) = one(transaction, id)? else { return Ok(Stepped::Missing) };
    if !from.contains(&request.state) {
        return Ok(Stepped::Closed(Box::new(request)));
    }
    let changed = transaction
        .prepare_cached(
            "UPDATE requests SET state = ?2, ended = ?3, ended_by = ?4, ended_reason = ?5
             WHERE id = ?1 AND state = ?6",
        )?
        .execute(params![id, to.as_str(), now, by, reason, request.state.as_str()])?;
    if changed == 1 { taken(transaction, id) } else { Ok(Stepped::Closed(Box::new(request))) }
}

fn taken(transaction: &Transaction<'_>, id: &str) -> rusqlite::Result<Stepped> {
    Ok(one(transaction, id)?.map_or(Stepped::Missing, |request| Stepped::Taken(Box::new(request))))
}

fn one(transaction: &Transaction<'_>, id: &str) -> rusqlite::Result<Option<StoredRequest>> {
    let select = format!("SELECT {COLUMNS} FROM requests WHERE id = ?1");
    let found = transaction.prepare_cached(&select)?.query_row([id], request).optional()?;
    found.map(|found| Ok(StoredRequest { votes: votes(transaction, id)?, ..found })).transpose()
}

fn votes(transaction: &Transaction<'_>, id: &str) -> rusqlite::Result<Vec<StoredVote>> {
    transaction
        .prepare_cached("SELECT subject, at FROM votes WHERE request = ?1 ORDER BY at, subject")?
        .query_map([id], |row| Ok(StoredVote { subject: row.get(0)?, at: row.get(1)? }))?
        .collect()
}

/// Without its votes.
fn request(row: &Row<'_>) -> rusqlite::Result<StoredRequest> {
    let state: String = row.get(1)?;
    let unknown = || {
        let why = format!("`{state}` is no state").into();
        rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Text, why)
    };
    Ok(StoredRequest {
        id: row.get(0)?,
        state: RequestState::of(&state).ok_or_else(unknown)?,
        binding: row.get(2)?,
        subject: row.get(3)?,
        facts: row.get(4)?,
        quorum: row.get(5)?,
        requested: row.get(6)?,
        approve_by: row.get(7)?,
        execute_within: row.get(8)?,
        approved: row.get(9)?,
        execute_by: row.get(10)?,
        ended: row.get(11)?,
        ended_by: row.get(12)?,
        ended_reason: row.get(13)?,
        votes: Vec::new(),
    })
}
