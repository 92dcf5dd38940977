//! The life of a request, by every way it can go and by those it cannot.

mod life;
mod refusals;

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::audit;
use crate::call::{Arguments, CallError, Effect, HeldRequest, Hold, Kind, Principal, PrincipalKind};

const START: i64 = 1_795_250_000_000;

/// A room with a clock that stands.
struct Room {
    approvals: Approvals,
    audit: Audit,
    now: Arc<AtomicI64>,
    folder: TempDir,
}

impl Room {
    fn new() -> Self {
        Self::with(Config::default())
    }

    fn with(config: Config) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("audit.db");
        let audit = Audit::open(audit::Config::at(&log)).unwrap().0;
        let now = Arc::new(AtomicI64::new(START));
        let approvals = Approvals::open(at(config, &now), &log, audit.clone()).unwrap();
        Self { approvals, audit, now, folder }
    }

    /// Another process on the same state, with the same clock.
    fn beside(&self) -> Approvals {
        let log = self.folder.path().join("audit.db");
        Approvals::open(at(Config::default(), &self.now), &log, self.audit.clone()).unwrap()
    }

    fn pass(&self, time: Duration) {
        self.now.fetch_add(super::clock::millis(time), Ordering::Relaxed);
    }

    /// What has been recorded of requests, in order.
    async fn recorded(self) -> Vec<Value> {
        self.audit.close().await;
        let reader = crate::store::Sqlite::read(&self.folder.path().join("audit.db")).unwrap();
        let rows = crate::store::Read::rows(&reader, 0, 1000).unwrap();
        let records = rows.iter().map(|row| serde_json::from_str::<Value>(&row.record).unwrap());
        records.filter(|record| record["code"].as_str().unwrap().starts_with("approval.")).collect()
    }
}

fn at(config: Config, now: &Arc<AtomicI64>) -> Config {
    let now = Arc::clone(now);
    let clock = Clock::new(move || Timestamp::from_millisecond(now.load(Ordering::Relaxed)).unwrap());
    Config { clock, ..config }
}

fn principal(kind: PrincipalKind, subject: &str, groups: &[&str]) -> Principal {
    Principal::new(subject, groups.iter().map(|group| (*group).to_owned()).collect()).of_kind(kind)
}

fn agent() -> Principal {
    principal(PrincipalKind::Agent, "token:agent", &["operators"])
}

fn person(name: &str) -> Principal {
    principal(PrincipalKind::User, name, &["approvers", "local"])
}

fn hold(quorum: u32) -> Hold {
    Hold {
        kind: Kind::Tool,
        name: "delete".to_owned(),
        approvers: "approvers".to_owned(),
        quorum,
        expires: Duration::from_secs(3600),
        reason: "deletes are agreed on".to_owned(),
        policies: vec!["held".to_owned()],
        request: None,
    }
}

fn arguments(value: Value) -> Arguments {
    serde_json::from_value(value).unwrap()
}

fn binding(principal: &Principal, hold: &Hold, arguments: &Arguments) -> Binding {
    let seen = Seen {
        subject: principal.subject(),
        kind: Kind::Tool,
        plugin: "kubernetes",
        name: "delete",
        arguments,
        targets: &["prod".to_owned()],
        policy_revision: "sha256:1",
        approvers: &hold.approvers,
        quorum: hold.quorum,
    };
    Binding::of(&seen, "sha256:c".to_owned())
}

/// Makes a request, as a held call does.
async fn ask(
    approvals: &Approvals,
    principal: &Principal,
    hold: &Hold,
    given: Value,
) -> Result<HeldRequest, CallError> {
    let given = arguments(given);
    let asking = Asking {
        title: "Delete",
        description: "Deletes one pod",
        effect: Effect::Destructive,
        capabilities: &["delete-pods".to_owned()],
        arguments: &given,
    };
    approvals.ask(principal, &binding(principal, hold, &given), &asking, hold).await
}

/// Spends, as the same call made again does.
async fn claim(approvals: &Approvals, principal: &Principal, hold: &Hold, given: Value) -> Option<Approved> {
    approvals.claim(principal, &binding(principal, hold, &arguments(given))).await.unwrap()
}

fn pod() -> Value {
    json!({"namespace": "shop", "name": "web-0"})
}

async fn state(approvals: &Approvals, id: &str) -> &'static str {
    approvals.show(&agent(), id).await.unwrap().state.as_str()
}
