//! What the state promises whoever uses it: one taker for each step, and no way back from an end.

use std::sync::Barrier;

use super::*;
use crate::store::{Caps, Happening, Message, Outbox, RequestState, Requests, Step, Stepped, StoredRequest};

const CAPS: Caps = Caps { of_one: 2, of_all: 3 };

fn new(id: &str, binding: &str, subject: &str) -> StoredRequest {
    StoredRequest {
        id: id.to_owned(),
        state: RequestState::Pending,
        binding: binding.to_owned(),
        subject: subject.to_owned(),
        facts: "{}".to_owned(),
        quorum: 2,
        requested: 10,
        approve_by: 100,
        execute_within: 50,
        approved: None,
        execute_by: None,
        ended: None,
        ended_by: None,
        ended_reason: None,
        votes: Vec::new(),
    }
}

fn step(state: &mut SqliteState, step: Step<'_>, now: i64) -> (Stepped, Vec<(Happening, String)>) {
    let (stepped, happened) = state.step(step, now, &|_| Vec::new()).unwrap();
    (stepped, happened.into_iter().map(|each| (each.what, each.request.id)).collect())
}

fn make(state: &mut SqliteState, request: &StoredRequest) -> Stepped {
    step(state, Step::Request { new: request, caps: CAPS }, request.requested).0
}

fn approve(state: &mut SqliteState, id: &str, by: &str, now: i64) -> Stepped {
    step(state, Step::Approve { id, by }, now).0
}

#[test]
fn a_file_of_something_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    std::fs::write(
        &path,
        "by no means a database, and longer than a header of one would be: 100 bytes or more, yes",
    )
    .unwrap();
    assert!(matches!(SqliteState::open(&path), Err(StoreError::NotState(_))));
    let other = folder.path().join("audit.db");
    drop(crate::store::Sqlite::open(&other).unwrap());
    assert!(matches!(SqliteState::open(&other), Err(StoreError::NotState(_))));
}

#[cfg(unix)]
#[test]
fn it_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let mut state = SqliteState::open(&path).unwrap();
    make(&mut state, &new("a", "x", "s"));
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", entry.path().display());
    }
}

#[test]
fn of_many_processes_one_spends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let mut first = SqliteState::open(&path).unwrap();
    make(&mut first, &new("a", "x", "s"));
    approve(&mut first, "a", "u1", 20);
    assert!(
        matches!(approve(&mut first, "a", "u2", 21), Stepped::Taken(it) if it.state == RequestState::Approved)
    );
    let barrier = Barrier::new(8);
    let spent: usize = std::thread::scope(|scope| {
        let spend = || {
            let mut state = SqliteState::open(&path).unwrap();
            barrier.wait();
            let (stepped, _) = step(&mut state, Step::Spend { binding: "x" }, 30);
            usize::from(matches!(stepped, Stepped::Taken(_)))
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(spend)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(spent, 1);
}

#[test]
fn of_many_votes_each_subject_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let mut first = SqliteState::open(&path).unwrap();
    make(&mut first, &StoredRequest { quorum: 3, ..new("a", "x", "s") });
    let barrier = Barrier::new(8);
    std::thread::scope(|scope| {
        for number in 0..8 {
            let (path, barrier) = (&path, &barrier);
            scope.spawn(move || {
                let mut state = SqliteState::open(path).unwrap();
                barrier.wait();
                approve(&mut state, "a", if number % 2 == 0 { "u1" } else { "u2" }, 20);
            });
        }
    });
    let request = first.request("a").unwrap().unwrap();
    assert_eq!((request.state, request.votes.len()), (RequestState::Pending, 2));
}

#[test]
fn clocks_run_out_whatever_else_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = SqliteState::open(&folder.path().join("state.db")).unwrap();
    make(&mut state, &new("a", "x", "s"));
    let (stepped, happened) = step(&mut state, Step::Approve { id: "a", by: "u1" }, 100);
    assert!(matches!(stepped, Stepped::Closed(it) if it.state == RequestState::Expired));
    assert_eq!(happened, [(Happening::Expired, "a".to_owned())]);
    make(&mut state, &StoredRequest { requested: 200, approve_by: 300, quorum: 1, ..new("b", "x", "s") });
    approve(&mut state, "b", "u1", 210);
    assert!(
        matches!(step(&mut state, Step::Spend { binding: "x" }, 260).0, Stepped::Missing),
        "50 have passed"
    );
    assert_eq!(state.request("b").unwrap().unwrap().state, RequestState::Expired);
}

#[test]
fn there_is_no_way_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = SqliteState::open(&folder.path().join("state.db")).unwrap();
    let deny = Step::Deny { id: "a", by: "u1", reason: "no" };
    let revoke = Step::Revoke { id: "b", by: "s", reason: None, from: &[RequestState::Pending] };
    for (id, last, ended) in [("a", deny, RequestState::Denied), ("b", revoke, RequestState::Revoked)] {
        make(&mut state, &new(id, id, "s"));
        assert!(matches!(step(&mut state, last, 20).0, Stepped::Taken(it) if it.state == ended));
        for again in [
            Step::Approve { id, by: "u2" },
            Step::Deny { id, by: "u2", reason: "no" },
            Step::Revoke {
                id,
                by: "s",
                reason: None,
                from: &[RequestState::Pending, RequestState::Approved],
            },
        ] {
            assert!(matches!(step(&mut state, again, 21).0, Stepped::Closed(it) if it.state == ended));
        }
        assert!(matches!(step(&mut state, Step::Spend { binding: id }, 22).0, Stepped::Missing));
    }
    // Not even by a statement.
    let forced = state.connection.execute("UPDATE requests SET state = 'approved', ended = NULL", []);
    assert!(forced.is_err());
}

#[test]
fn one_call_waits_once_and_only_so_many_wait() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = SqliteState::open(&folder.path().join("state.db")).unwrap();
    assert!(matches!(make(&mut state, &new("a", "x", "s")), Stepped::Taken(_)));
    assert!(matches!(make(&mut state, &new("b", "x", "s")), Stepped::Found(it) if it.id == "a"));
    assert!(matches!(make(&mut state, &new("c", "y", "s")), Stepped::Taken(_)));
    assert!(matches!(make(&mut state, &new("d", "z", "s")), Stepped::TooMany));
    assert!(matches!(make(&mut state, &new("e", "z", "t")), Stepped::Taken(_)));
    assert!(matches!(make(&mut state, &new("f", "w", "t")), Stepped::Full));
    step(&mut state, Step::Sweep { forget: 0 }, 1000);
    assert!(
        matches!(make(&mut state, &new("g", "w", "t")), Stepped::Taken(_)),
        "what is over does not count"
    );
    step(&mut state, Step::Sweep { forget: 1001 }, 1000);
    assert_eq!(state.request("a").unwrap(), None, "and is forgotten in the end");
}

#[test]
fn messages_are_kept_with_what_they_tell_of() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = SqliteState::open(&folder.path().join("state.db")).unwrap();
    let message = |id: &str| Message {
        id: id.to_owned(),
        receiver: "r".to_owned(),
        body: "{}".to_owned(),
        written: 10,
        tries: 0,
    };
    let request = new("a", "x", "s");
    state.step(Step::Request { new: &request, caps: CAPS }, 10, &|_| vec![message("m1")]).unwrap();
    // Twice the same message: the step fails whole.
    let failed = state.step(Step::Approve { id: "a", by: "u1" }, 11, &|_| vec![message("m1")]);
    assert!(failed.is_err());
    assert!(state.request("a").unwrap().unwrap().votes.is_empty());
    let taken = state.take("r", 10, 70).unwrap().unwrap();
    assert_eq!((taken.id.as_str(), taken.tries), ("m1", 1));
    assert_eq!(state.take("r", 69, 99).unwrap(), None, "somebody has it");
    assert_eq!(state.take("other", 1000, 1070).unwrap(), None);
    assert_eq!(state.take("r", 70, 130).unwrap().unwrap().tries, 2, "and went away with it");
    state.put_off("m1", 500).unwrap();
    assert_eq!(state.take("r", 499, 600).unwrap(), None);
    state.forget("m1").unwrap();
    assert_eq!(state.take("r", 500, 600).unwrap(), None);
}
