//! The log as a whole: what is recorded, what survives, what is noticed.

mod crash;
mod full;
mod life;
mod measure;
mod proofs;
mod tamper;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::*;
use crate::call::{Effect, Kind, Principal, PrincipalKind};
use crate::store::{Read, Sqlite, SqliteReader};

/// A folder with a log in it.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("audit.db")
    }

    fn witness(&self) -> PathBuf {
        self.folder.path().join("witness.txt")
    }

    /// With a witness, and no checkpoint but those that are asked for and the first and last.
    fn config(&self) -> Config {
        let witness = Some(self.witness());
        Config { witness, checkpoint_interval: Duration::from_secs(3600), ..Config::at(self.path()) }
    }

    fn open(&self) -> Audit {
        Audit::open(self.config()).unwrap().0
    }

    fn key(&self) -> PublicKey {
        let text = std::fs::read_to_string(self.folder.path().join("audit.pub")).unwrap();
        PublicKey::parse(&text).unwrap()
    }

    fn records(&self) -> Vec<Value> {
        let rows =
            files(&self.path()).iter().flat_map(|file| file.rows(0, 100_000).unwrap()).collect::<Vec<_>>();
        rows.iter().map(|row| serde_json::from_str(&row.record).unwrap()).collect()
    }

    fn codes(&self) -> Vec<String> {
        self.records().iter().map(|record| record["code"].as_str().unwrap().to_owned()).collect()
    }

    fn verify(&self) -> Report {
        let witness = std::fs::read_to_string(self.witness()).unwrap_or_default();
        self.verify_by(Some(&witness))
    }

    fn verify_by(&self, witness: Option<&str>) -> Report {
        let files = files(&self.path());
        let readers: Vec<&dyn Read> = files.iter().map(|file| file as &dyn Read).collect();
        verify(&readers, witness, &self.key()).unwrap()
    }

    /// What an attacker does with `sqlite3`.
    fn tamper(&self, statements: &str) {
        let database = rusqlite::Connection::open(self.path()).unwrap();
        database.execute_batch(statements).unwrap();
    }

    /// The same, who first drops the triggers and puts them back afterwards.
    fn tamper_past_triggers(&self, statements: &str) {
        let triggers: Vec<(String, String)> = {
            let database = rusqlite::Connection::open(self.path()).unwrap();
            let mut query =
                database.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").unwrap();
            let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
            rows.collect::<Result<_, _>>().unwrap()
        };
        let drop: String = triggers.iter().map(|(name, _)| format!("DROP TRIGGER {name};")).collect();
        let back: String = triggers.iter().map(|(_, sql)| format!("{sql};")).collect();
        self.tamper(&format!("{drop}{statements};{back}"));
    }
}

fn files(path: &Path) -> Vec<SqliteReader> {
    let mut paths = Sqlite::put_aside(path).unwrap();
    paths.push(path.to_owned());
    paths.iter().map(|path| Sqlite::read(path).unwrap()).collect()
}

fn arguments(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).unwrap()
}

fn ana() -> Principal {
    Principal::new("user:ana", vec!["operators".to_owned()]).of_kind(PrincipalKind::Agent)
}

fn intent<'a>(call: &str, effect: Effect, arguments: &'a Map<String, Value>) -> Intent<'a> {
    Intent {
        call: call.to_owned(),
        principal: ana(),
        kind: Kind::Tool,
        plugin: "kubernetes".to_owned(),
        name: "scale".to_owned(),
        targets: vec!["lab".to_owned(), "prod".to_owned()],
        arguments,
        decision: "allow".to_owned(),
        policies: vec!["operators-operate".to_owned()],
        policy_revision: "sha256:5b".to_owned(),
        component: "sha256:c0".to_owned(),
        effect,
        endpoint: "/mcp".to_owned(),
        remote: Some([10, 0, 0, 7].into()),
        client: Some("test 1.0".to_owned()),
        trace_id: Some("0af7651916cd43dd8448eb211c80319c".to_owned()),
        approval: None,
        findings: Vec::new(),
        durable: effect != Effect::Read,
    }
}

fn done() -> Ended {
    Ended {
        result: "ok".to_owned(),
        exchanges: vec![
            RecordedExchange {
                capability: "scale".to_owned(),
                target: "prod".to_owned(),
                method: "PATCH".to_owned(),
                template: Some("/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale".to_owned()),
                ended: Ok(200),
                sent_bytes: 31,
                received_bytes: 812,
                elapsed: Duration::from_micros(1234),
                cache: Some("fresh"),
            },
            RecordedExchange {
                capability: "scale".to_owned(),
                target: "prod".to_owned(),
                method: "DELETE".to_owned(),
                template: None,
                ended: Err("egress.denied".to_owned()),
                sent_bytes: 0,
                received_bytes: 0,
                elapsed: Duration::from_micros(3),
                cache: None,
            },
        ],
        result_bytes: 99,
        findings: Vec::new(),
        duration: Duration::from_micros(2345),
        error: None,
    }
}

/// A log of 20 calls that may change something, and so of 42 records: it was opened and closed.
async fn filled() -> Place {
    let place = Place::new();
    let audit = place.open();
    fill(&audit, 0..20).await;
    audit.close().await;
    assert_eq!(place.records().len(), 42);
    place
}

async fn fill(audit: &Audit, calls: std::ops::Range<u32>) {
    let arguments = arguments(json!({ "namespace": "shop", "name": "web" }));
    for call in calls {
        audit.intent(intent(&format!("c{call}"), Effect::Change, &arguments)).await.unwrap().end(done());
    }
}
