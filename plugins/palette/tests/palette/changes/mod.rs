//! What changes something: one request each, exactly that one, and none when it should not be.

mod cases;
mod details;
mod refusals;
mod world;

use cases::{Case, cases};
use futures::executor::block_on;
use postern_palette::tool::Problem;
use postern_palette::tools;
use serde_json::{Value, json};
use world::*;

use crate::fake::{Fake, Palette};

fn run(palette: Palette, tool: &str, arguments: &Value) -> (Result<Value, Problem>, Vec<(String, Value)>) {
    let fake = Fake::new(vec![palette]);
    let outcome = block_on(tools::call(&fake, tool, &arguments.to_string()));
    let answer = outcome.map(|outcome| {
        assert!(!outcome.text.contains("hunter2") && !outcome.structured.contains("hunter2"));
        serde_json::from_str(&outcome.structured).unwrap()
    });
    let written = fake.instances[0].written.take();
    (answer, written)
}

/// The instance before the change, and after it: what is read back comes second.
fn changing(case: &Case) -> Palette {
    let Some((key, after)) = &case.after else { return world() };
    let before = world();
    let value = before.answer(key);
    let status = if after.is_null() { 404 } else { 200 };
    before.first(key, 200, value).on(key, status, after.clone())
}
#[test]
fn each_change_is_one_request_and_a_dry_run_is_none() {
    for case in cases() {
        let answered = |palette: Palette| palette.on(&case.write, 200, json!({"uid": MADE}));
        let (real, written) = run(answered(changing(&case)), case.tool, &case.arguments);
        let real = real.unwrap_or_else(|problem| panic!("{}: {problem}", case.tool));
        assert_eq!(real["state"], "accepted", "{}", case.tool);
        assert_eq!(written, [(case.write.clone(), case.body.clone())], "{}", case.tool);
        assert_eq!(real["uid"], MADE, "{}", case.tool);

        let mut arguments = case.arguments.clone();
        arguments["dry_run"] = true.into();
        let (dry, written) = run(answered(world()), case.tool, &arguments);
        let dry = dry.unwrap();
        assert_eq!((&dry["state"], written.len()), (&json!("planned"), 0), "{}", case.tool);
        assert_eq!((&dry["changes"], &dry["request"]), (&real["changes"], &real["request"]), "{}", case.tool);
        assert!(!dry["changes"].as_array().unwrap().is_empty(), "{}", case.tool);
    }
}

#[test]
fn a_lost_answer_is_looked_for_and_never_sent_again() {
    for case in cases() {
        for status in [0, 502, 504] {
            let (seen, written) =
                run(changing(&case).on(&case.write, status, json!("hunter2")), case.tool, &case.arguments);
            let wanted = if case.after.is_some() { "accepted" } else { "unknown" };
            assert_eq!(
                (&seen.unwrap()["state"], written.len()),
                (&json!(wanted), 1),
                "{} {status}",
                case.tool
            );
            let (lost, written) =
                run(world().on(&case.write, status, json!("hunter2")), case.tool, &case.arguments);
            let lost = lost.unwrap();
            assert_eq!((&lost["state"], written.len()), (&json!("unknown"), 1), "{} {status}", case.tool);
        }
    }
}

#[test]
fn what_the_instance_refuses_is_told_by_its_code_and_field() {
    for case in cases() {
        let said = json!({"code": "Bad", "message": "hunter2", "details": {"spec.size": "hunter2"}});
        for status in [403, 409, 422, 429, 500] {
            let (answer, written) =
                run(world().on(&case.write, status, said.clone()), case.tool, &case.arguments);
            let problem = answer.unwrap_err();
            let fits = match status {
                403 => matches!(problem, Problem::Denied(_)),
                409 => matches!(problem, Problem::Conflict(_)),
                422 => matches!(problem, Problem::Invalid(_)),
                429 => matches!(problem, Problem::Limited(_)),
                _ => matches!(problem, Problem::Upstream(_)),
            };
            assert!(fits && written.len() == 1, "{} {status}: {problem}", case.tool);
            let words = problem.message();
            assert!(words.contains("Bad: `spec.size`") && !words.contains("hunter2"), "{words}");
        }
    }
}
