//! The skin, which is all there is.

use postern_sdk::{CallInfo, Caller, Problem, rules};
use serde_json::{Map, Value, json};

postern_sdk::component!({ world: "guest:warden/warden", path: ["../../../wit", "wit"] });

use exports::postern::plugin::guard::{
    Action, Fault, Finding, Guest, Pending, Review, RuleFile, Severity, Verdict,
};
use exports::postern::plugin::tools::{Guest as Tools, Outcome, Tool};

struct Plugin;
export!(Plugin);

impl Tools for Plugin {
    fn describe() -> Vec<Tool> {
        Vec::new()
    }

    async fn call(_: CallInfo, _: Caller, name: String, _: String) -> Result<Outcome, Problem> {
        Err(Problem::NotFound(name))
    }
}

impl Guest for Plugin {
    fn prepare(files: Vec<RuleFile>) -> Result<Vec<u8>, Vec<Fault>> {
        let mut prepared = Vec::new();
        let mut faults = Vec::new();
        for file in &files {
            for (at, line) in (1..).zip(file.text.lines()) {
                if line.starts_with("before: ") || line.starts_with("after: ") {
                    prepared.extend_from_slice(line.as_bytes());
                    prepared.push(b'\n');
                } else {
                    let message = "a line is `before: ` or `after: `, and what to do".to_owned();
                    faults.push(Fault { file: file.name.clone(), line: at, column: 1, message });
                }
            }
        }
        if faults.is_empty() { Ok(prepared) } else { Err(faults) }
    }

    async fn before(call: Pending) -> Verdict {
        let (what, with) = rule("before: ");
        misbehave(&what);
        let finding = match what.as_str() {
            "block" => Some(Action::Block),
            "hold" => Some(Action::Hold),
            "warn" => Some(Action::Warn),
            _ => None,
        };
        let message = match what.as_str() {
            // What it was shown, for a test to read.
            "warn" => json!({
                "kind": call.kind, "plugin": call.plugin, "name": call.name, "effect": call.effect,
                "subject": call.principal.subject, "principal": call.principal.kind,
                "targets": call.targets.iter().map(|it| &it.name).collect::<Vec<_>>(),
                "environments": call.targets.iter().flat_map(|it| &it.attributes)
                    .filter(|it| it.name == "environment").map(|it| &it.value).collect::<Vec<_>>(),
                "recent": call.recent_destructive,
            })
            .to_string(),
            _ => "because it is told to".to_owned(),
        };
        let findings = finding.map(|action| found(action, message)).into_iter().collect();
        let arguments = match what.as_str() {
            "name" => {
                serde_json::from_str::<Map<String, Value>>(&call.arguments).ok().map(|mut arguments| {
                    arguments.insert("name".to_owned(), with.into());
                    Value::Object(arguments).to_string()
                })
            }
            "raw" => Some(with),
            _ => None,
        };
        Verdict { findings, arguments }
    }

    async fn after(_: Pending, answer: String) -> Review {
        let (what, with) = rule("after: ");
        misbehave(&what);
        let findings = match what.as_str() {
            "block" => vec![found(Action::Block, "because it is told to".to_owned())],
            "warn" => vec![found(Action::Warn, "mind this".to_owned())],
            _ => Vec::new(),
        };
        let answer = match what.as_str() {
            "replace" => with.split_once(' ').map(|(one, other)| answer.replace(one, other)),
            "raw" => Some(with),
            _ => None,
        };
        Review { findings, answer }
    }
}

/// What a rule says to do, and with what.
fn rule(which: &str) -> (String, String) {
    let rules = String::from_utf8(rules::get()).unwrap_or_default();
    let rule = rules.lines().find_map(|line| line.strip_prefix(which)).unwrap_or_default();
    let (what, with) = rule.split_once(' ').unwrap_or((rule, ""));
    (what.to_owned(), with.to_owned())
}

fn misbehave(what: &str) {
    match what {
        "trap" => core::arch::wasm32::unreachable(),
        "spin" => loop {
            core::hint::spin_loop();
        },
        _ => {}
    }
}

fn found(action: Action, message: String) -> Finding {
    Finding {
        rule: "told".to_owned(),
        severity: Severity::High,
        action,
        message,
        pointer: Some("/name".to_owned()),
        approval: None,
    }
}
