//! The log cannot be written: who is told, what is kept, and how it goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::store::{Durability, Filter, Journal, Row, StoreError, StoredCheckpoint};

/// A journal that can be told to fail as a disk does.
#[derive(Debug)]
struct Failing {
    inner: Sqlite,
    fails: Arc<AtomicBool>,
}

impl Journal for Failing {
    fn append(
        &mut self,
        rows: &[Row],
        checkpoint: Option<&StoredCheckpoint>,
        durability: Durability,
    ) -> Result<(), StoreError> {
        if self.fails.load(Ordering::SeqCst) {
            let why = Box::new(std::io::Error::from(std::io::ErrorKind::StorageFull));
            return Err(StoreError::Unusable { path: PathBuf::new(), why });
        }
        self.inner.append(rows, checkpoint, durability)
    }

    fn size_bytes(&self) -> Result<u64, StoreError> {
        self.inner.size_bytes()
    }

    fn rotate(&mut self) -> Result<bool, StoreError> {
        self.inner.rotate()
    }
}

impl Read for Failing {
    fn first(&self) -> Result<Option<Row>, StoreError> {
        self.inner.first()
    }
    fn last(&self) -> Result<Option<Row>, StoreError> {
        self.inner.last()
    }
    fn rows(&self, seq: u64, limit: u32) -> Result<Vec<Row>, StoreError> {
        self.inner.rows(seq, limit)
    }
    fn rows_below(&self, seq: u64, limit: u32) -> Result<Vec<Row>, StoreError> {
        self.inner.rows_below(seq, limit)
    }
    fn find(&self, filter: &Filter, limit: u32) -> Result<Vec<Row>, StoreError> {
        self.inner.find(filter, limit)
    }
    fn checkpoints(&self) -> Result<Vec<StoredCheckpoint>, StoreError> {
        self.inner.checkpoints()
    }
    fn newest_checkpoint(&self) -> Result<Option<StoredCheckpoint>, StoreError> {
        self.inner.newest_checkpoint()
    }
    fn faults(&self) -> Result<Vec<String>, StoreError> {
        self.inner.faults()
    }
}

/// A log, and the switch that fills its disk.
fn failing(place: &Place, reads: OnUnavailable) -> (Audit, Arc<AtomicBool>) {
    let fails = Arc::new(AtomicBool::new(false));
    let journal = Failing { inner: Sqlite::open(&place.path()).unwrap(), fails: Arc::clone(&fails) };
    let config = Config { reads, ..place.config() };
    let (audit, _) = open::over(Box::new(journal), Vec::new(), config).unwrap();
    (audit, fails)
}

#[tokio::test]
async fn what_cannot_be_recorded_does_not_run() {
    let place = Place::new();
    let (audit, fails) = failing(&place, OnUnavailable::Refuse);
    let arguments = Map::new();
    let running = audit.intent(intent("c1", Effect::Change, &arguments)).await.unwrap();
    assert!(audit.writable());
    fails.store(true, Ordering::SeqCst);
    let refused = audit.intent(intent("c2", Effect::Change, &arguments)).await;
    assert_eq!(refused.unwrap_err(), Unavailable);
    assert!(!audit.writable());
    assert_eq!(audit.intent(intent("c3", Effect::Read, &arguments)).await.unwrap_err(), Unavailable);
    running.end(done());
    fails.store(false, Ordering::SeqCst);
    let again = audit.intent(intent("c4", Effect::Change, &arguments)).await.unwrap();
    assert!(audit.writable());
    again.end(done());
    audit.close().await;
    let codes = place.codes();
    assert_eq!(codes[..3], ["log.opened", "call.intent", "log.unavailable"]);
    let calls: Vec<_> =
        place.records().iter().filter_map(|each| each["call"].as_str().map(str::to_owned)).collect();
    assert_eq!(calls, ["c1", "c1", "c4", "c4"], "an end is not lost, and what did not run left nothing");
    assert_eq!(place.verify().findings, []);
}

#[tokio::test]
async fn a_log_that_can_be_written_again_is_found_without_a_call() {
    let place = Place::new();
    let (audit, fails) = failing(&place, OnUnavailable::Refuse);
    fails.store(true, Ordering::SeqCst);
    let arguments = Map::new();
    assert!(audit.intent(intent("c1", Effect::Change, &arguments)).await.is_err());
    fails.store(false, Ordering::SeqCst);
    let started = std::time::Instant::now();
    while !audit.writable() {
        assert!(started.elapsed() < Duration::from_secs(30), "nobody tried again");
        tokio::task::yield_now().await;
    }
    audit.close().await;
    assert!(place.codes().contains(&"log.unavailable".to_owned()));
}

#[tokio::test]
async fn reads_that_are_allowed_are_kept_and_the_rest_is_counted() {
    let place = Place::new();
    let (audit, fails) = failing(&place, OnUnavailable::Allow);
    let arguments = Map::new();
    fails.store(true, Ordering::SeqCst);
    assert!(audit.intent(intent("c0", Effect::Change, &arguments)).await.is_err());
    let calls = 5000;
    for call in 0..calls {
        audit.intent(intent(&format!("r{call}"), Effect::Read, &arguments)).await.unwrap().end(done());
        if call % 100 == 0 {
            // As a barrier: when this is answered, all before it has been tried.
            assert!(audit.intent(intent("c", Effect::Change, &arguments)).await.is_err());
        }
    }
    fails.store(false, Ordering::SeqCst);
    audit.intent(intent("c1", Effect::Change, &arguments)).await.unwrap().end(done());
    audit.close().await;
    let records = place.records();
    let lost: u64 = records
        .iter()
        .filter(|each| each["code"] == "log.lost")
        .map(|each| each["count"].as_u64().unwrap())
        .sum();
    let kept =
        records.iter().filter(|each| each["call"].as_str().is_some_and(|call| call.starts_with('r'))).count();
    assert!(kept >= 4000, "{kept}");
    assert_eq!(kept as u64 + lost, 2 * calls);
    assert_eq!(place.verify().findings, []);
}

/// A real disk's end, as SQLite tells it.
#[tokio::test]
async fn a_full_disk() {
    let place = Place::new();
    let journal = Sqlite::open(&place.path()).unwrap();
    journal.limit_pages(6);
    let (audit, _) = open::over(Box::new(journal), Vec::new(), place.config()).unwrap();
    let arguments = arguments(json!({ "text": "x" }));
    let mut recorded = 0;
    while let Ok(pending) = audit.intent(intent(&format!("c{recorded}"), Effect::Change, &arguments)).await {
        pending.end(done());
        recorded += 1;
        assert!(recorded < 1000, "the disk is never full");
    }
    assert!(recorded > 0 && !audit.writable());
    audit.close().await;
    let audit = place.open();
    let report = place.verify();
    assert_eq!(report.findings, []);
    let intents = place.codes().iter().filter(|code| *code == "call.intent").count();
    assert_eq!(intents, recorded, "what was promised is there, and nothing else");
    audit.close().await;
}
