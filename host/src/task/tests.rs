//! Whose a task is, what it waits for, and what is known of it afterwards.

use serde_json::json;

use super::*;
use crate::call::QuestionKind;
use crate::store::SqliteState;

fn owner(subject: &str) -> Owner {
    Owner { subject: subject.to_owned(), endpoint: "/mcp".to_owned() }
}

fn subject() -> Subject {
    Subject { plugin: "p".to_owned(), tool: "t".to_owned() }
}

fn asked(key: &str) -> Question {
    Question { key: key.to_owned(), kind: QuestionKind::Roots }
}

fn state(tasks: &Tasks, task: &Task) -> State {
    tasks.here(&owner("a"), &task.id).unwrap().state
}

#[test]
fn a_task_is_its_owners_alone() {
    let tasks = Tasks::default();
    let task = tasks.enter(owner("a"), subject()).unwrap();
    let elsewhere = Owner { endpoint: "/mcp/p".to_owned(), ..owner("a") };
    for other in [owner("b"), elsewhere] {
        assert_eq!(tasks.here(&other, &task.id), None);
        assert_eq!(tasks.answer(&other, &task.id, |_| Some(Answer::Declined)), None);
        assert_eq!(tasks.cancel(&other, &task.id), None);
    }
    assert_eq!(state(&tasks, &task), State::Working);
    assert_eq!(tasks.here(&owner("a"), "0"), None);
}

#[tokio::test]
async fn it_goes_on_when_everything_is_answered() {
    let tasks = Tasks::default();
    let task = tasks.enter(owner("a"), subject()).unwrap();
    let (reply, answers) = oneshot::channel();
    task.ask(vec![asked("one"), asked("two")], reply);
    let one = |question: &Question| (question.key == "one").then_some(Answer::Declined);
    tasks.answer(&owner("a"), &task.id, one).unwrap();
    assert_eq!(state(&tasks, &task), State::Asking(vec![asked("two")]));
    tasks.answer(&owner("a"), &task.id, |_| Some(Answer::Cancelled)).unwrap();
    assert_eq!(state(&tasks, &task), State::Working);
    let Reply::Answers(answers) = answers.await.unwrap() else { panic!("answers") };
    assert_eq!(answers, [Answer::Declined, Answer::Cancelled], "in the order of the questions");
}

#[tokio::test]
async fn the_first_end_stands() {
    let tasks = Tasks::default();
    let task = tasks.enter(owner("a"), subject()).unwrap();
    let (reply, answers) = oneshot::channel();
    task.ask(vec![asked("one")], reply);
    tasks.cancel(&owner("a"), &task.id).unwrap();
    task.cancelled().await;
    assert!(answers.await.is_err(), "nobody answers any more");
    let id = task.id.clone();
    task.progress("late".to_owned());
    task.end(Ended::Answer(json!({})));
    let seen = tasks.here(&owner("a"), &id).unwrap();
    assert_eq!((seen.state, seen.message), (State::Ended(Ended::Cancelled), None));
    assert_eq!(tasks.answer(&owner("a"), &id, |_| Some(Answer::Declined)), Some(()), "and changes nothing");
}

#[test]
fn a_call_that_is_gone_is_cancelled() {
    let tasks = Tasks::default();
    let task = tasks.enter(owner("a"), subject()).unwrap();
    let id = task.id.clone();
    drop(task);
    let seen = tasks.here(&owner("a"), &id).unwrap();
    assert_eq!(seen.state, State::Ended(Ended::Cancelled));
}

#[test]
fn an_owner_has_so_many() {
    let tasks = Tasks::default();
    let running: Vec<_> = (0..RUNNING).filter_map(|_| tasks.enter(owner("a"), subject())).collect();
    assert_eq!(running.len(), RUNNING);
    assert!(tasks.enter(owner("a"), subject()).is_none(), "as many as may run");
    let other = tasks.enter(owner("b"), subject());
    assert!(other.is_some(), "and another has its own");
    drop(running);
    for _ in RUNNING..KEPT {
        let task = tasks.enter(owner("a"), subject());
        task.unwrap().end(Ended::Answer(json!({})));
    }
    assert!(tasks.enter(owner("a"), subject()).is_none(), "as many as are kept");
}

#[tokio::test]
async fn a_task_is_known_to_the_process_after() {
    let folder = tempfile::tempdir().unwrap();
    let process = || Tasks::kept(Box::new(SqliteState::open(&folder.path().join("state.db")).unwrap()));
    let first = process();
    let ended = first.open(owner("a"), subject()).await.unwrap();
    let lost = first.open(owner("a"), subject()).await.unwrap();
    let (ended_id, lost_id) = (ended.id.clone(), lost.id.clone());
    let kept = first.kept.clone().unwrap();
    ended.end(Ended::Answer(json!({"n": 1})));
    let now = first.here(&owner("a"), &ended_id).unwrap();
    kept.keep(&owner("a"), &now).await.unwrap();
    // It goes away without a word.
    std::mem::forget(lost);

    let second = process();
    let seen = second.look(&owner("a"), &ended_id).await.unwrap();
    assert_eq!((seen.state, seen.subject), (State::Ended(Ended::Answer(json!({"n": 1}))), subject()));
    let seen = second.look(&owner("a"), &lost_id).await.unwrap();
    assert_eq!(seen.state, State::Ended(Ended::Lost));
    assert_eq!(second.look(&owner("b"), &ended_id).await, None, "and still its owner's alone");
    assert_eq!(second.look(&owner("a"), "0").await, None);
}

#[tokio::test]
async fn what_cannot_be_kept_is_no_task() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteState::open(&folder.path().join("state.db")).unwrap();
    store.break_down();
    let tasks = Tasks::kept(Box::new(store));
    assert!(tasks.open(owner("a"), subject()).await.is_none());
    assert!(tasks.book().is_empty());
}
