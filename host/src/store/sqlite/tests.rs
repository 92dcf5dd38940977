//! Rows in, rows out, and what a file may be.

use super::*;
use crate::store::Read as _;

fn row(seq: u64, record: serde_json::Value) -> Row {
    Row { seq, record: record.to_string(), hash: vec![7; 32] }
}

fn journal(folder: &Path) -> Sqlite {
    Sqlite::open(&folder.join("audit.db")).unwrap()
}

#[test]
fn questions_are_answered_by_what_records_say() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = journal(folder.path());
    let call = |seq: u64, who: &str, name: &str, target: &str| {
        let time = format!("2026-11-21T03:00:{seq:02}.000000Z");
        row(
            seq,
            serde_json::json!({
                "call": format!("c{seq}"), "code": "call.intent", "decision": "allow", "name": name,
                "principal": { "subject": who }, "targets": ["all", target], "time": time,
            }),
        )
    };
    let rows = [
        call(0, "ana", "get", "lab"),
        call(1, "kim", "get", "prod"),
        call(2, "ana", "scale", "prod"),
        row(3, serde_json::json!({ "code": "log.closed" })),
    ];
    journal.append(&rows, None, Durability::System).unwrap();
    let asked = |filter: Filter, limit| -> Vec<u64> {
        journal.find(&filter, limit).unwrap().iter().map(|row| row.seq).collect()
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(asked(Filter::default(), 10), [0, 1, 2, 3]);
    assert_eq!(asked(Filter::default(), 2), [2, 3], "the newest, in order");
    assert_eq!(asked(Filter { principal: some("ana"), ..Filter::default() }, 10), [0, 2]);
    assert_eq!(asked(Filter { name: some("get"), ..Filter::default() }, 10), [0, 1]);
    assert_eq!(asked(Filter { target: some("prod"), ..Filter::default() }, 10), [1, 2]);
    assert_eq!(asked(Filter { target: some("prod"), principal: some("ana"), ..Filter::default() }, 10), [2]);
    assert_eq!(asked(Filter { call: some("c1"), ..Filter::default() }, 10), [1]);
    assert_eq!(asked(Filter { code: some("log.closed"), ..Filter::default() }, 10), [3]);
    assert_eq!(asked(Filter { decision: some("deny"), ..Filter::default() }, 10), [0; 0]);
    let from = some("2026-11-21T03:00:01.000000Z");
    assert_eq!(asked(Filter { since: from.clone(), ..Filter::default() }, 10), [1, 2]);
    assert_eq!(asked(Filter { until: from, ..Filter::default() }, 10), [0]);
    assert_eq!(asked(Filter { name: some("' OR 1=1 --"), ..Filter::default() }, 10), [0; 0]);
    assert_eq!(journal.rows(1, 2).unwrap(), rows[1..3]);
    assert_eq!(journal.rows_below(3, 2).unwrap(), [rows[2].clone(), rows[1].clone()]);
    assert_eq!(
        (journal.first().unwrap(), journal.last().unwrap()),
        (Some(rows[0].clone()), Some(rows[3].clone()))
    );
}

#[test]
fn an_append_is_whole_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = journal(folder.path());
    let checkpoint = StoredCheckpoint { size: 1, note: "n".to_owned(), frontier: vec![1] };
    journal.append(&[row(0, serde_json::json!({}))], Some(&checkpoint), Durability::Disk).unwrap();
    let next = StoredCheckpoint { size: 2, ..checkpoint.clone() };
    let twice = [row(1, serde_json::json!({})), row(1, serde_json::json!({}))];
    assert!(journal.append(&twice, Some(&next), Durability::Disk).is_err());
    assert_eq!(journal.last().unwrap().unwrap().seq, 0);
    assert_eq!(journal.checkpoints().unwrap(), vec![checkpoint.clone()]);
    assert!(journal.append(&[row(1, serde_json::json!({}))], Some(&checkpoint), Durability::Disk).is_err());
    assert_eq!(journal.last().unwrap().unwrap().seq, 0);
    journal.append(&[row(1, serde_json::json!({}))], Some(&next), Durability::Disk).unwrap();
    assert_eq!(journal.newest_checkpoint().unwrap(), Some(next));
}

#[test]
fn a_file_that_somebody_reads_is_not_put_aside() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = journal(folder.path());
    assert!(!journal.rotate().unwrap(), "nothing to put aside");
    journal.append(&[row(5, serde_json::json!({}))], None, Durability::Disk).unwrap();
    let reader = Sqlite::read(&folder.path().join("audit.db")).unwrap();
    reader.connection.execute_batch("BEGIN; SELECT * FROM records").unwrap();
    journal.append(&[row(6, serde_json::json!({}))], None, Durability::Disk).unwrap();
    assert!(!journal.rotate().unwrap());
    assert_eq!(journal.last().unwrap().unwrap().seq, 6);
    drop(reader);
    assert!(journal.rotate().unwrap());
    assert_eq!(journal.last().unwrap(), None);
    let aside = Sqlite::put_aside(&folder.path().join("audit.db")).unwrap();
    assert_eq!(aside, [folder.path().join("audit-000000000005.db")]);
    assert_eq!(Sqlite::read(&aside[0]).unwrap().last().unwrap().unwrap().seq, 6);
    journal.append(&[row(7, serde_json::json!({}))], None, Durability::Disk).unwrap();
}

#[test]
fn what_is_not_there_is_not_made_by_reading() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.db");
    assert!(matches!(Sqlite::read(&path), Err(StoreError::Missing(_))));
    assert!(!path.exists());
}

#[test]
fn a_lock_is_one_process_s_and_ends_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let first = journal(folder.path());
    let path = folder.path().join("audit.db");
    assert!(matches!(Sqlite::open(&path), Err(StoreError::Locked(_))));
    drop(first);
    drop(Sqlite::open(&path).unwrap());
}
