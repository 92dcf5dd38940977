//! What a component can do wrong without asking anybody.

use std::cell::RefCell;
use std::io::Write as _;

use postern_sdk::ask::{self, Question};
use postern_sdk::{Caller, Change, Field, Level, clock};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum How {
    /// Takes memory until there is none.
    Memory,
    /// Computes for ever.
    Spin,
    /// Recurses for ever.
    Recurse,
    /// Panics.
    Panic,
    /// Leaves by the door of the standard library.
    Exit,
    /// Collects handles.
    Handles,
    /// Writes to standard output, in KiB.
    Stdout(usize),
    /// Writes that many log lines.
    Log(usize),
    /// Writes these words to the log.
    Write(String),
    /// Answers with that many KiB.
    Result(usize),
    /// Looks around: environment, arguments, directories.
    Ambient,
    /// Keeps a word and tells the one that it kept before.
    Remember(String),
    /// Keeps a word in the host's cache and tells the one that was there.
    Cache(String),
    /// Reports progress that goes backwards.
    Progress,
    /// Reports progress without end.
    Flood,
    /// Reports progress in these words.
    Report(String),
    /// Uses a target by a handle's number that it was never given.
    Guess(u32),
    /// Puts a question of this kind: `form`, `url`, `sampling` or `roots`.
    Ask(String),
    /// Puts that many forms at once.
    Questions(usize),
    /// Puts this form.
    Form(Form),
    /// Writes that many KiB to the client's log, a line each.
    Tell(usize),
    /// Writes this to the client's log, JSON or not.
    Note(String),
    /// Announces that many changes.
    Change(usize),
    /// Waits that many milliseconds.
    Sleep(u32),
    /// Tries to go on as a task.
    Background,
}

/// A form, each part as it may be or not.
#[derive(Deserialize)]
pub(crate) struct Form {
    key: String,
    message: String,
    /// JSON or not.
    schema: String,
}

thread_local! {
    static KEPT: RefCell<Option<String>> = const { RefCell::new(None) };
}

pub(crate) async fn misbehave(how: How, caller: &Caller) -> String {
    match how {
        How::Memory => hoard(),
        How::Spin => spin(),
        How::Recurse => format!("{}", recurse(1)),
        How::Panic => std::process::abort(),
        How::Exit => std::process::exit(0),
        How::Handles => {
            let mut handles = Vec::new();
            loop {
                handles.push(postern_sdk::targets("cluster"));
            }
        }
        How::Stdout(kib) => {
            let line = [b'x'; 1024];
            for _ in 0..kib {
                // What the host does with it is what is tested.
                let _ = std::io::stdout().write_all(&line);
            }
            let _ = std::io::stdout().flush();
            "written".to_owned()
        }
        How::Log(lines) => {
            for line in 0..lines {
                postern_sdk::log(Level::Warn, &format!("line {line}\nforged 2026-01-01 ERROR"), &[]);
            }
            "logged".to_owned()
        }
        How::Write(words) => {
            let field = Field { name: words.clone(), value: words.clone() };
            postern_sdk::log(Level::Warn, &words, &[field]);
            "written".to_owned()
        }
        How::Result(kib) => "x".repeat(kib << 10),
        How::Ambient => {
            format!("{} variables, {} arguments", std::env::vars_os().count(), std::env::args_os().count(),)
        }
        How::Remember(word) => KEPT.with(|kept| format!("{:?}", kept.replace(Some(word)))),
        How::Cache(word) => {
            let before = postern_sdk::cache::get("word");
            postern_sdk::cache::set("word", word.as_bytes(), 60_000);
            format!("{:?}", before.map(|word| String::from_utf8_lossy(&word).into_owned()))
        }
        How::Progress => {
            for done in [1, 3, 2, 3, 4] {
                caller.progress(format!("at {done}"), done, Some(4)).await;
            }
            "reported".to_owned()
        }
        How::Flood => {
            for done in 0..u32::MAX {
                caller.progress("more".to_owned(), done, None).await;
            }
            "reported".to_owned()
        }
        How::Report(words) => {
            caller.progress(words, 1, None).await;
            "reported".to_owned()
        }
        How::Guess(number) => guess(number),
        How::Ask(kind) => put(caller, vec![question(&kind, "question")]).await,
        How::Questions(count) => {
            let questions = (0..count).map(|number| question("form", &format!("question-{number}")));
            put(caller, questions.collect()).await
        }
        How::Form(Form { key, message, schema }) => {
            let form = ask::Form { message, schema };
            put(caller, vec![Question { key, kind: ask::Kind::Form(form) }]).await
        }
        How::Note(data) => {
            caller.log(Level::Warn, data).await;
            "noted".to_owned()
        }
        How::Tell(kib) => {
            let line = serde_json::Value::from("x".repeat(1 << 10)).to_string();
            for _ in 0..kib {
                caller.log(Level::Warn, line.clone()).await;
            }
            "told".to_owned()
        }
        How::Change(times) => {
            for _ in 0..times {
                caller.changed(Change::Tools).await;
            }
            "announced".to_owned()
        }
        How::Sleep(ms) => {
            clock::sleep(ms).await;
            "slept".to_owned()
        }
        How::Background => format!("in the background: {}", caller.background().await),
    }
}

fn question(kind: &str, key: &str) -> Question {
    match kind {
        "url" => Question::page(key, "Look here", "https://example.test/"),
        "sampling" => Question::sampling(key, &json!({"messages": [], "maxTokens": 10})),
        "roots" => Question::roots(key),
        _ => {
            let word = json!({"type": "object", "properties": {"word": {"type": "string"}}});
            Question::form(key, "Say a word", &word)
        }
    }
}

async fn put(caller: &Caller, questions: Vec<Question>) -> String {
    match ask::all(caller, questions).await {
        Ok(answers) => format!("answered {answers:?}"),
        Err(refusal) => format!("refused {refusal:?}"),
    }
}

pub(crate) fn hoard() -> ! {
    let mut hoard: Vec<Vec<u8>> = Vec::new();
    loop {
        hoard.push(vec![1; 1 << 20]);
    }
}

pub(crate) fn spin() -> ! {
    let mut turns = 0_u64;
    loop {
        turns = std::hint::black_box(turns.wrapping_add(1));
    }
}

#[expect(unsafe_code, reason = "forging a handle is what is tried here")]
fn guess(number: u32) -> String {
    // SAFETY: none is needed on this side: what the host does with a forged handle is what is tested.
    unsafe { postern_sdk::Target::from_handle(number) }.name()
}

#[expect(unconditional_recursion, reason = "the stack has to end")]
fn recurse(depth: u64) -> u64 {
    let deeper = std::hint::black_box([depth; 64]);
    recurse(depth + 1) + deeper.iter().sum::<u64>()
}
