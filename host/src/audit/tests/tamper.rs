//! Somebody changes the database, and what notices it.

use super::*;
use crate::audit::checkpoint::Checkpoint;
use crate::audit::hash::{Hash, hex};
use crate::audit::key::SigningKey;
use crate::audit::merkle::{Frontier, leaf};

/// That verification tells this first, as `code at number`.
#[track_caller]
fn noticed(place: &Place, expected: &str) {
    let report = place.verify();
    let told: Vec<String> =
        report.findings.iter().map(|each| format!("{} at {}", each.code, each.at)).collect();
    assert!(told.iter().any(|each| each == expected), "{told:?}");
}

/// And so does the host, which does not go on writing such a log.
#[track_caller]
fn refused(place: &Place, code: &str) {
    match Audit::open(place.config()) {
        Err(OpenError::Altered { code: told, .. }) => assert_eq!(told, code),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_sound_log_is_sound() {
    let place = filled().await;
    let report = place.verify();
    assert_eq!(report.findings, []);
    assert_eq!((report.first, report.size, report.covered), (0, 42, 42));
}

#[tokio::test]
async fn the_database_refuses_changes() {
    let place = filled().await;
    let database = rusqlite::Connection::open(place.path()).unwrap();
    for statement in [
        "UPDATE records SET record = 'x' WHERE seq = 3",
        "DELETE FROM records WHERE seq = 41",
        "INSERT OR REPLACE INTO records VALUES (41, '{}', x'00')",
        "INSERT INTO records VALUES (-1, '{}', x'00')",
        "UPDATE checkpoints SET note = ''",
        "DELETE FROM checkpoints",
        "REPLACE INTO checkpoints VALUES (42, '', x'')",
    ] {
        let told = database.execute(statement, []).unwrap_err().to_string();
        assert_eq!(told, "the audit log is append-only", "{statement}");
    }
    drop(database);
    assert_eq!(place.verify().findings, []);
}

#[tokio::test]
async fn one_byte_of_a_record() {
    let place = filled().await;
    place.tamper_past_triggers(
        "UPDATE records SET record = replace(record, 'kubernetes', 'kubernetez') WHERE seq = 17",
    );
    noticed(&place, "audit.chain-broken at 17");
}

#[tokio::test]
async fn every_byte_of_a_record() {
    let place = filled().await;
    let record = files(&place.path())[0].rows(5, 1).unwrap().remove(0).record;
    for at in 0..record.len() {
        let mut bytes = record.clone().into_bytes();
        bytes[at] ^= 1;
        let row = crate::store::Row {
            seq: 0,
            record: String::from_utf8_lossy(&bytes).into_owned(),
            hash: leaf(record.as_bytes()).to_vec(),
        };
        assert!(chain::Chain::default().follow(&row).is_err(), "{at}");
    }
}

#[tokio::test]
async fn a_record_and_its_hash() {
    let place = filled().await;
    let record = files(&place.path())[0]
        .rows(17, 1)
        .unwrap()
        .remove(0)
        .record
        .replace(r#""call":"c8""#, r#""call":"c9""#);
    let hash = hex(&leaf(record.as_bytes()));
    place.tamper_past_triggers(&format!(
        "UPDATE records SET record = '{record}', hash = x'{hash}' WHERE seq = 17"
    ));
    noticed(&place, "audit.chain-broken at 18");
}

#[tokio::test]
async fn a_record_taken_out_put_in_or_moved() {
    let place = filled().await;
    place.tamper_past_triggers("DELETE FROM records WHERE seq = 17");
    noticed(&place, "audit.chain-broken at 17");
    let place = filled().await;
    place.tamper_past_triggers(
        "DELETE FROM records WHERE seq = 17; UPDATE records SET seq = seq - 1 WHERE seq > 17",
    );
    noticed(&place, "audit.chain-broken at 17");
    let place = filled().await;
    place.tamper("INSERT INTO records SELECT 42, record, hash FROM records WHERE seq = 41");
    noticed(&place, "audit.chain-broken at 42");
    refused(&place, "audit.chain-broken");
    let place = filled().await;
    place.tamper_past_triggers("INSERT INTO records VALUES (-5, '{}', x'00')");
    noticed(&place, "audit.chain-broken at 0");
}

#[tokio::test]
async fn a_record_of_another_type() {
    for value in ["CAST(record AS BLOB)", "NULL", "17", "''", "'{}'", "'{\"a\":1,\"a\":2}'"] {
        let place = filled().await;
        place.tamper_past_triggers(&format!(
            "PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET sql = replace(replace(sql, ' STRICT', ''), ' NOT NULL', '') WHERE name = 'records';
             PRAGMA writable_schema = RESET;
             DROP INDEX records_call;
             UPDATE records SET record = {value} WHERE seq = 17"
        ));
        noticed(&place, "audit.chain-broken at 17");
        noticed(&place, "audit.database-altered at 0");
    }
}

#[tokio::test]
async fn the_end_cut_off() {
    let place = filled().await;
    place.tamper_past_triggers("DELETE FROM records WHERE seq >= 37");
    noticed(&place, "audit.truncated at 37");
    assert_eq!(
        place.verify_by(None).findings[0].code,
        "audit.truncated",
        "the checkpoint knows, without a witness"
    );
    refused(&place, "audit.truncated");
}

#[tokio::test]
async fn the_end_cut_off_with_its_checkpoints() {
    let place = filled().await;
    place.tamper_past_triggers("DELETE FROM records WHERE seq >= 1; DELETE FROM checkpoints WHERE size > 1");
    noticed(&place, "audit.truncated at 1");
    refused(&place, "audit.truncated");
    // What the room's documentation says: without a witness this looks whole.
    assert_eq!(place.verify_by(None).findings, []);
}

#[tokio::test]
async fn checkpoints_changed_or_gone() {
    let place = filled().await;
    place.tamper_past_triggers("UPDATE checkpoints SET note = replace(note, char(10) || '42' || char(10), char(10) || '41' || char(10)) WHERE size = 42");
    noticed(&place, "audit.checkpoint-invalid at 42");
    refused(&place, "audit.checkpoint-invalid");
    let place = filled().await;
    place.tamper_past_triggers("DELETE FROM checkpoints WHERE size = 42");
    noticed(&place, "audit.checkpoint-missing at 42");
    refused(&place, "audit.checkpoint-missing");
    let place = filled().await;
    place.tamper_past_triggers("DELETE FROM checkpoints");
    noticed(&place, "audit.checkpoint-missing at 0");
    refused(&place, "audit.checkpoint-missing");
    let place = filled().await;
    place
        .tamper_past_triggers("UPDATE checkpoints SET frontier = zeroblob(length(frontier)) WHERE size = 42");
    refused(&place, "audit.checkpoint-invalid");
}

#[tokio::test]
async fn triggers_dropped_or_an_index_emptied() {
    let place = filled().await;
    place.tamper("DROP TRIGGER records_delete");
    noticed(&place, "audit.database-altered at 0");
    let place = filled().await;
    place.tamper("CREATE TEMP TABLE x (y); CREATE VIEW v AS SELECT 1");
    noticed(&place, "audit.database-altered at 0");
}

/// Writes everything from a record on anew, as somebody without the key can: hashes need none.
fn rewritten(place: &Place, from: u64) -> Vec<(u64, String, Hash)> {
    let rows = files(&place.path())[0].rows(0, 1000).unwrap();
    let mut prev = Hash::default();
    let mut anew = Vec::new();
    for row in rows {
        let mut fields: Map<String, Value> = serde_json::from_str(&row.record).unwrap();
        if row.seq == from {
            fields.insert("call".to_owned(), "forged".into());
        }
        fields.insert("prev".to_owned(), hex(&prev).into());
        let record = crate::call::canonical::canonical_object(&fields);
        prev = leaf(record.as_bytes());
        anew.push((row.seq, record, prev));
    }
    anew
}

fn store(place: &Place, anew: &[(u64, String, Hash)], more: &str) {
    let statements: String = anew
        .iter()
        .map(|(seq, record, hash)| {
            let record = record.replace('\'', "''");
            format!("UPDATE records SET record = '{record}', hash = x'{}' WHERE seq = {seq};", hex(hash))
        })
        .collect();
    place.tamper_past_triggers(&format!("{statements}{more}"));
}

#[tokio::test]
async fn all_later_hashes_computed_anew() {
    let place = filled().await;
    store(&place, &rewritten(&place, 17), "");
    noticed(&place, "audit.rewritten at 1");
    let report = place.verify_by(None);
    assert_eq!(report.findings[0].code, "audit.rewritten", "the checkpoint knows, without a witness");
    assert_eq!(report.covered, 1, "the first checkpoint still holds");
}

#[tokio::test]
async fn a_history_written_anew_with_the_stolen_key() {
    let place = filled().await;
    let anew = rewritten(&place, 17);
    let mut frontier = Frontier::default();
    anew.iter().for_each(|(.., hash)| frontier.push(*hash));
    let key = SigningKey::load(&place.folder.path().join("audit.key")).unwrap();
    let origin = place.key().name().to_owned();
    let note = Checkpoint { origin, size: 42, root: frontier.root() }.sign(&key);
    let roots = hex(&frontier.roots().concat());
    store(
        &place,
        &anew,
        &format!("UPDATE checkpoints SET note = '{note}', frontier = x'{roots}' WHERE size = 42"),
    );
    assert_eq!(place.verify_by(None).findings, [], "what the room's documentation says");
    noticed(&place, "audit.rewritten at 1");
    refused(&place, "audit.rewritten");
}

#[tokio::test]
async fn a_note_that_nobody_signed_in_the_witness() {
    let place = filled().await;
    let forged =
        "postern/forged\n99\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n\u{2014} postern/forged AAAA\n";
    let witness = std::fs::read_to_string(place.witness()).unwrap();
    std::fs::write(place.witness(), format!("{witness}{forged}\n")).unwrap();
    noticed(&place, "audit.witness-invalid at 99");
}

#[tokio::test]
async fn another_database() {
    let place = Place::new();
    std::fs::write(place.path(), "this is a text file, and long enough to be looked at as something else")
        .unwrap();
    let told = Audit::open(place.config()).unwrap_err().to_string();
    assert!(told.ends_with("is not an audit log of this version"), "{told}");
    let place = Place::new();
    place.tamper("CREATE TABLE other (x)");
    let told = Audit::open(place.config()).unwrap_err().to_string();
    assert!(told.ends_with("is not an audit log of this version"), "{told}");
}
