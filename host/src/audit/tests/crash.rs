//! `kill -9`, again and again: nothing that was acknowledged is lost, and what was left open is told.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use super::*;

/// Tells this executable that it is the one to be killed, and where its log is.
const VICTIM: &str = "POSTERN_TEST_AUDIT_VICTIM";

/// How often.
const KILLS: usize = 25;

/// Not a test of its own: what [`nothing_acknowledged_is_lost`] starts and kills. Without the variable it does
/// nothing.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test that starts itself tells itself so by a variable")]
fn victim() {
    let Ok(folder) = std::env::var(VICTIM) else { return };
    let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    threads.block_on(async {
        let config = Config { checkpoint_every: 40, ..Config::at(Path::new(&folder).join("audit.db")) };
        let witness = Some(Path::new(&folder).join("witness.txt"));
        let (audit, _) = Audit::open(Config { witness, ..config }).unwrap();
        let run = std::process::id();
        let writers = (0..4).map(|task| {
            let audit = audit.clone();
            tokio::spawn(async move {
                let arguments = arguments(json!({ "namespace": "shop" }));
                for call in 0_u64.. {
                    let id = format!("{run}-{task}-{call}");
                    let pending = audit.intent(intent(&id, Effect::Change, &arguments)).await.unwrap();
                    // One write: a line is there as a whole, or it was not acknowledged.
                    std::io::stdout().write_all(format!("\nrun {id}\n").as_bytes()).unwrap();
                    if call % 3 != 0 {
                        pending.end(done());
                    } else {
                        std::mem::forget(pending);
                    }
                }
            })
        });
        futures::future::join_all(writers).await;
    });
}

#[test]
fn nothing_acknowledged_is_lost() {
    let place = Place::new();
    let mut acknowledged = BTreeSet::new();
    let mut left_open = 0;
    for kill in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture", "--test-threads=1"])
            .arg(concat!(module_path!(), "::victim").split_once("::").unwrap().1)
            .env(VICTIM, place.folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // At another point each time: after so many acknowledgements, wherever the writer is then.
        let after = 1 + kill * 7 % 60;
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut seen = 0;
        for line in lines.by_ref() {
            if let Some(id) = line.unwrap().strip_prefix("run ") {
                acknowledged.insert(id.to_owned());
                seen += 1;
            }
            if seen == after {
                child.kill().unwrap();
                break;
            }
        }
        assert_eq!(seen, after, "the child ended by itself");
        // What it still said before it was gone was acknowledged too; a line that was cut off was not.
        for line in lines.map_while(Result::ok) {
            acknowledged
                .extend(line.strip_prefix("run ").filter(|id| id.split('-').count() == 3).map(str::to_owned));
        }
        child.wait().unwrap();

        let (audit, recovered) = Audit::open(Config { checkpoint_every: 40, ..place.config() }).unwrap();
        left_open += recovered.open.len();
        drop(audit);
        let report = place.verify_when_closed();
        assert_eq!(report.findings, [], "kill {kill}");
        let there: BTreeSet<String> = place
            .records()
            .iter()
            .filter(|record| record["code"] == "call.intent")
            .map(|record| record["call"].as_str().unwrap().to_owned())
            .collect();
        let lost: Vec<_> = acknowledged.difference(&there).collect();
        assert!(lost.is_empty(), "kill {kill} lost {lost:?}");
    }
    assert!(left_open >= KILLS, "every kill leaves the calls that ran: {left_open}");
    let told = place.codes().iter().filter(|code| *code == "call.open").count();
    assert_eq!(told, left_open, "each is recorded as open, once");
    assert_eq!(place.verify().open.len(), left_open);
}

impl Place {
    /// Waits for a writer whose handles are gone, and verifies: it has let go of the lock when it is done.
    fn verify_when_closed(&self) -> Report {
        let lock =
            std::fs::OpenOptions::new().write(true).open(self.folder.path().join("audit.db.lock")).unwrap();
        lock.lock().unwrap();
        lock.unlock().unwrap();
        self.verify()
    }
}
