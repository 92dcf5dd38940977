//! What the record of a call costs, against plain rows of a database of the same kind.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use postern::audit::{Audit, Config, Ended, Intent};
use postern::call::{Effect, Kind, Principal};
use rusqlite::Connection;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::Fallible;
use crate::compare::{Operation, Pair, operation};

/// About what a record comes to as text: a plain row is not to be a shorter one.
const RECORD_BYTES: usize = 900;

/// A log and a database, beside each other on one disk.
pub(crate) struct Logs {
    audit: Audit,
    principal: Principal,
    folder: Arc<TempDir>,
}

impl Logs {
    /// For calls of `principal`.
    pub(crate) fn open(principal: Principal) -> Fallible<Self> {
        let folder = Arc::new(tempfile::tempdir()?);
        let (audit, _) = Audit::open(Config::at(folder.path().join("audit.db")))?;
        Ok(Self { audit, principal, folder })
    }

    /// A call that only reads, whose records it does not wait for: its intent and its end, chained and masked,
    /// against two rows in a transaction that nobody syncs.
    pub(crate) fn reading(&self, name: &'static str, at_once: usize) -> Fallible<Pair> {
        let plain = Plain::open(&self.folder.path().join(format!("reading-{at_once}.db")), "NORMAL")?;
        let baseline = self.insert(plain, 2);
        Ok(Pair { name, against: "two plain rows", at_once, ours: self.record(Effect::Read), baseline })
    }

    /// A call that changes something, whose intent is on the disk before it runs, against a row in a
    /// transaction of its own that is synced.
    pub(crate) fn durable(&self, name: &'static str, at_once: usize) -> Fallible<Pair> {
        let plain = Plain::open(&self.folder.path().join(format!("durable-{at_once}.db")), "FULL")?;
        let baseline = self.insert(plain, 1);
        Ok(Pair { name, against: "a plain synced row", at_once, ours: self.record(Effect::Change), baseline })
    }

    fn record(&self, effect: Effect) -> Operation {
        let (audit, about) = (self.audit.clone(), Arc::new((self.principal.clone(), arguments())));
        operation(move || {
            let (audit, about) = (audit.clone(), Arc::clone(&about));
            async move {
                audit.intent(intent(effect, &about.0, &about.1)).await?.end(ended());
                Ok(())
            }
        })
    }

    /// The folder lives as long as what writes into it.
    fn insert(&self, plain: Plain, rows: usize) -> Operation {
        let (plain, folder) = (Arc::new(plain), Arc::clone(&self.folder));
        operation(move || {
            let (plain, folder) = (Arc::clone(&plain), Arc::clone(&folder));
            async move {
                let written = tokio::task::block_in_place(|| plain.insert(rows));
                drop(folder);
                written
            }
        })
    }
}

/// A table of texts, as anyone would write it.
struct Plain(Mutex<Connection>);

impl Plain {
    fn open(path: &Path, synchronous: &str) -> Fallible<Self> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", synchronous)?;
        connection.execute_batch("CREATE TABLE record (seq INTEGER PRIMARY KEY, text TEXT NOT NULL)")?;
        Ok(Self(Mutex::new(connection)))
    }

    fn insert(&self, rows: usize) -> Fallible<()> {
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction()?;
        for _ in 0..rows {
            let text = "x".repeat(RECORD_BYTES);
            transaction.prepare_cached("INSERT INTO record (text) VALUES (?1)")?.execute([text])?;
        }
        Ok(transaction.commit()?)
    }
}

fn arguments() -> Map<String, Value> {
    let fields = [("namespace", json!("shop")), ("name", json!("web-7d4b9c")), ("tail", json!(100))];
    fields.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
}

fn intent<'a>(effect: Effect, principal: &Principal, arguments: &'a Map<String, Value>) -> Intent<'a> {
    Intent {
        call: "0198c0ffee-1".to_owned(),
        principal: principal.clone(),
        kind: Kind::Tool,
        plugin: "kubernetes".to_owned(),
        name: "get_pod_logs".to_owned(),
        targets: vec!["prod".to_owned()],
        arguments,
        decision: "permit".to_owned(),
        policies: vec!["operators-read".to_owned()],
        policy_revision: format!("sha256:{}", "5b".repeat(32)),
        component: format!("sha256:{}", "c0".repeat(32)),
        effect,
        endpoint: "/mcp".to_owned(),
        remote: Some([127, 0, 0, 1].into()),
        client: Some("bench 1.0".to_owned()),
        trace_id: None,
        approval: None,
        findings: Vec::new(),
        durable: effect != Effect::Read,
    }
}

fn ended() -> Ended {
    Ended { result: "ok".to_owned(), result_bytes: 4096, ..Ended::default() }
}
