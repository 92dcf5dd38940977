//! The commands as they are typed, over a log that a host has written.

use clap::Parser as _;
use expect_test::{Expect, expect};
use serde_json::{Map, Value, json};

use super::*;
use crate::audit::{Audit as Log, Code, Ended, Event, Intent};
use crate::call::{Effect, Kind, Principal};
use crate::store::Journal as _;

#[derive(Debug, clap::Parser)]
struct Typed {
    #[command(flatten)]
    audit: Audit,
}

/// A log of three calls, one of them refused, in two files.
struct Place(tempfile::TempDir);

impl Place {
    async fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        let witness = Some(place.path("witness"));
        let config = Config { witness, ..Config::at(place.path("audit.db")) };
        for (run, name) in ["get", "scale"].into_iter().enumerate() {
            let (log, _) = Log::open(config.clone()).unwrap();
            let given: Map<String, Value> =
                serde_json::from_value(json!({ "namespace": "shop", "token": "s3cr3t" })).unwrap();
            log.intent(intent(&format!("c{run}"), name, &given))
                .await
                .unwrap()
                .end(Ended { result: "ok".to_owned(), ..Ended::default() });
            if run == 1 {
                log.refused(
                    Intent { decision: "deny".to_owned(), ..intent("c2", "delete\u{1b}[2J\u{202e}", &given) },
                    "policy.denied",
                );
                log.event(Event::new(Code::HostStopped));
            }
            log.close().await;
            if run == 0 {
                assert!(Sqlite::open(&config.path).unwrap().rotate().unwrap());
            }
        }
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The exit code, and what was said.
    fn run(&self, typed: &[&str]) -> (Result<ExitCode, String>, String) {
        let log = self.path("audit.db");
        let arguments = [&["postern", "--log", log.to_str().unwrap()], typed].concat();
        let Audit { log, command } = Typed::try_parse_from(arguments).unwrap().audit;
        let path = log.log.clone().unwrap();
        let mut out = Vec::new();
        let witness = || Some(self.path("witness"));
        let ended = match &command {
            Command::Tail(tail) => tail.run(&path, &mut out),
            Command::Query(query) => query.run(&path, &mut out),
            Command::Export(export) => export.run(&path, &mut out),
            Command::Prove(prove) => log.key(Some(&path)).and_then(|key| prove.run(&path, &key, &mut out)),
            Command::Verify(verify) => log.key(Some(&path)).and_then(|key| match &verify.proof {
                Some(proof) => verify.proof(proof, &key, &mut out),
                None => verify.run(&path, witness(), &key, &mut out),
            }),
        };
        let folder = self.0.path().display().to_string();
        let told = String::from_utf8(out).unwrap().replace(&folder, "DIR");
        (ended.map_err(|error| error.to_string().replace(&folder, "DIR")), told)
    }

    /// What was said, without times and keys.
    #[track_caller]
    fn check(&self, typed: &[&str], expected: Expect) {
        let (ended, told) = self.run(typed);
        ended.unwrap();
        let words = told.split_inclusive([' ', '\n', ';']).map(|word| {
            let (bare, end) = word.split_at(word.trim_end_matches([' ', '\n', ';']).len());
            let bare = if bare.len() == 27 && bare.ends_with('Z') {
                "TIME"
            } else if bare.starts_with("postern/") && bare.contains('+') {
                "KEY"
            } else {
                bare
            };
            format!("{bare}{end}")
        });
        expected.assert_eq(&words.collect::<String>());
    }
}

fn intent<'a>(call: &str, name: &str, arguments: &'a Map<String, Value>) -> Intent<'a> {
    Intent {
        call: call.to_owned(),
        principal: Principal::new("user:ana", Vec::new()),
        kind: Kind::Tool,
        plugin: "kubernetes".to_owned(),
        name: name.to_owned(),
        targets: vec!["lab".to_owned()],
        arguments,
        decision: "allow".to_owned(),
        policies: vec!["readers-read".to_owned()],
        policy_revision: "sha256:1".to_owned(),
        component: "sha256:2".to_owned(),
        effect: Effect::Change,
        endpoint: "/mcp".to_owned(),
        remote: None,
        client: None,
        trace_id: None,
        approval: None,
        findings: Vec::new(),
        durable: true,
    }
}

#[tokio::test]
async fn people_read_one_line_a_record() {
    let place = Place::new().await;
    place.check(&["tail", "-n", "5"], expect![[r#"
        6 TIME call.intent user:ana kubernetes/scale namespace=shop targets=lab decision=allow policies=readers-read call=c1
        7 TIME call.ended result=ok requests=0 us=0 call=c1
        8 TIME call.refused user:ana kubernetes/delete\u{1b}[2J\u{202e} namespace=shop targets=lab decision=deny policies=readers-read error=policy.denied call=c2
        9 TIME host.stopped
        10 TIME log.closed
    "#]]);
    place.check(&["query", "--tool", "get"], expect![[r#"
        1 TIME call.intent user:ana kubernetes/get namespace=shop targets=lab decision=allow policies=readers-read call=c0
    "#]]);
    place.check(&["query", "--code", "call.refused", "--since", "1h"], expect![[r#"
        8 TIME call.refused user:ana kubernetes/delete\u{1b}[2J\u{202e} namespace=shop targets=lab decision=deny policies=readers-read error=policy.denied call=c2
    "#]]);
    place.check(&["query", "--call", "c1", "--until", "2000-01-01T00:00:00Z"], expect![[""]]);
    let (_, json) = place.run(&[
        "query",
        "--decision",
        "deny",
        "--principal",
        "user:ana",
        "--target",
        "lab",
        "--format",
        "json",
    ]);
    let record: Value = serde_json::from_str(json.trim()).unwrap();
    assert_eq!((&record["call"], &record["error"]), (&json!("c2"), &json!("policy.denied")));
}

#[tokio::test]
async fn a_sound_log_verifies_and_an_altered_one_does_not() {
    let place = Place::new().await;
    place.check(
        &["verify"],
        expect![[r#"
            audit.chain-continues at 4
            records 0 to 10 are as they were written
            8 checkpoints signed by KEY; 0 records since the last are protected by the chain alone
        "#]],
    );
    let database = rusqlite::Connection::open(place.path("audit.db")).unwrap();
    database.execute_batch("DROP TRIGGER records_update; UPDATE records SET record = record || ' '").unwrap();
    drop(database);
    let (ended, told) = place.run(&["verify"]);
    assert_eq!(ended.map(|code| format!("{code:?}")), Ok(format!("{:?}", ExitCode::from(1))));
    assert!(
        told.contains("audit.database-altered at 0") && told.contains("audit.chain-broken at "),
        "{told}"
    );
    assert!(!told.contains("as they were written"), "{told}");
}

#[tokio::test]
async fn a_proof_is_made_and_holds_elsewhere() {
    let place = Place::new().await;
    let file = place.path("2.tlog-proof");
    let written = file.to_str().unwrap();
    place.check(&["prove", "1", "-o", written], expect![[r#"
        DIR/2.tlog-proof: a proof of record 1
        1 TIME call.intent user:ana kubernetes/get namespace=shop targets=lab decision=allow policies=readers-read call=c0
    "#]]);
    let key = std::fs::read_to_string(place.path("audit.pub")).unwrap();
    for each in std::fs::read_dir(place.0.path()).unwrap().map(|each| each.unwrap().path()) {
        if each != file {
            std::fs::remove_file(each).unwrap();
        }
    }
    let (ended, told) = place.run(&["verify", "--proof", written, "--key", key.trim()]);
    assert!(ended.is_ok() && told.starts_with("record 1 is in the log postern/"), "{told}");
    let proof = std::fs::read_to_string(&file).unwrap().replace("index 1", "index 0");
    std::fs::write(&file, proof).unwrap();
    let (ended, told) = place.run(&["verify", "--proof", written, "--key", key.trim()]);
    assert_eq!(ended.map(|code| format!("{code:?}")), Ok(format!("{:?}", ExitCode::from(1))));
    assert!(told.starts_with("audit.proof-invalid: "), "{told}");
}

#[tokio::test]
async fn what_is_exported_is_every_record() {
    let place = Place::new().await;
    let count = |format: &str| place.run(&["export", "--format", format]).1.lines().count();
    let all = count("jsonl");
    assert!(all > 9, "{all}");
    assert_eq!((count("ocsf"), count("cef")), (all, all));
    let (_, none) = place.run(&["export", "--format", "jsonl", "--since", "2999-01-01T00:00:00Z"]);
    assert_eq!(none, "");
    let (_, text) = place.run(&["export", "--format", "jsonl"]);
    assert!(!text.contains("s3cr3t"));
    let (_, schema) = place.run(&["export", "--format", "schema"]);
    assert!(serde_json::from_str::<Value>(&schema).unwrap().get("$id").is_some());
}

#[tokio::test]
async fn what_cannot_be_is_said() {
    let place = Place::new().await;
    let told = |typed: &[&str]| place.run(typed).0.unwrap_err();
    assert_eq!(told(&["prove", "999"]), "there is no record 999");
    let no_key = told(&["verify", "--key", "nonsense"]);
    assert!(no_key.starts_with("`nonsense` is no key, and no file with one can be read there: "), "{no_key}");
    assert!(Typed::try_parse_from(["postern", "query", "--since", "yesterday"]).is_err());
    std::fs::remove_file(place.path("audit.db")).unwrap();
    assert_eq!(told(&["tail"]), "there is no audit log at `DIR/audit.db`");
}
