//! `requestState`: it is good for the call that it was given for, and for no more than its answers.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use serde_json::{Value, json};

use super::{Host, OPEN, accept, conformance, hostile, read, text};
use crate::commands::{Running, postern};
use crate::conversation::client::Modern;

/// Asks, and then reads the log.
fn asking() -> Value {
    hostile("logs", json!([{"misbehave": {"ask": "form"}}, read()]))
}

fn answers() -> Value {
    json!({"question": accept(json!({"word": "yes"}))})
}

#[track_caller]
fn is_bad(answer: &Value) {
    let error = &answer["error"];
    assert_eq!(
        (&error["code"], &error["data"]["code"]),
        (&json!(-32602), &json!("mrtr.bad-state")),
        "{answer:#}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_state_is_good_for_its_own_call_alone() {
    let host = Host::start().await;
    let ana = host.modern("ana");
    let state = ana.state(asking()).await;
    is_bad(&host.modern("kim").again(asking(), &state, answers()).await);

    let mut alone = asking();
    alone["name"] = json!("logs");
    is_bad(&ana.clone().at("/mcp/hostile").again(alone, &state, answers()).await);

    let mut other = asking();
    other["name"] = json!("hostile_pods");
    is_bad(&ana.again(other, &state, answers()).await);
    is_bad(&ana.again(conformance("greet", json!({"name": "x"})), &state, answers()).await);
    let mut prompt = json!({"name": "conformance_test_simple_prompt", "requestState": state});
    prompt["inputResponses"] = answers();
    is_bad(&ana.ask("prompts/get", prompt).await);

    for (name, value) in [
        ("cluster", json!("staging")),
        ("name", json!("web-1")),
        ("attempts", json!([read()])),
        ("clusters", json!(["prod"])),
    ] {
        let mut changed = asking();
        changed["arguments"][name] = value;
        is_bad(&ana.again(changed, &state, answers()).await);
    }
    let mut bare = asking();
    bare.as_object_mut().unwrap().remove("arguments");
    is_bad(&ana.again(bare, &state, answers()).await);

    let half = state.len() / 2;
    let flipped = if state.as_bytes()[half] == b'A' { "B" } else { "A" };
    for tampered in [
        format!("{}{flipped}{}", &state[..half], &state[half + 1..]),
        format!("{state}AAAA"),
        state[4..].to_owned(),
        state[..half].to_owned(),
        String::new(),
        "A".repeat(state.len()),
        "\u{0}\u{ffff}".to_owned(),
    ] {
        is_bad(&ana.again(asking(), &tampered, answers()).await);
    }
    // A session has no states.
    let mut params = asking();
    params["requestState"] = json!(state);
    is_bad(&host.session("ana").await.call(params).await);
    host.served.fleet.assert_untouched();
    assert!(host.cluster().requests().is_empty(), "and nothing was asked of the upstream");

    let told = ana.again(asking(), &state, answers()).await;
    assert!(text(&told).contains("answered 200"), "for its own call it is: {told:#}");
    // And again: it holds answers, and its call may be repeated as any other.
    let told = ana.again(asking(), &state, answers()).await;
    assert!(text(&told).contains("answered 200"), "{told:#}");
    assert_eq!(host.cluster().requests().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_state_of_another_process_is_none() {
    let host = Host::start().await;
    // The same configuration, tokens and all, in a process of its own, with an audit of its own.
    let folder = host.served.folder();
    let configured = std::fs::read_to_string(folder.join("postern.toml")).unwrap();
    std::fs::write(folder.join("other.toml"), configured.replace("audit.db", "other.db")).unwrap();
    let arguments = ["serve", "--config", "other.toml", "--listen", "127.0.0.1:0", "--format", "json"];
    let mut child = postern(folder, &arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let _running = Running(child);
    let ready: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("it is ready: {line}"));
    let url = ready["url"].as_str().unwrap();
    let address = url.strip_prefix("http://").unwrap().split_once('/').unwrap().0.parse().unwrap();
    let other = Modern::new(address, &host.tokens["ana"]);

    let (ours, theirs) = (host.modern("ana").state(asking()).await, other.state(asking()).await);
    is_bad(&other.again(asking(), &ours, answers()).await);
    is_bad(&host.modern("ana").again(asking(), &theirs, answers()).await);
    assert!(host.cluster().requests().is_empty());
    let told = other.again(asking(), &theirs, answers()).await;
    assert!(text(&told).contains("answered 200"), "{told:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_round_is_decided_anew() {
    let host = Host::start().await;
    let ana = host.modern("ana");
    let state = ana.state(asking()).await;

    host.decide_by(&format!(
        "{OPEN}\n@id(\"not-web-0\") forbid (principal, action, resource) \
         when {{ context.input has name && context.input.name == \"web-0\" }};"
    ))
    .await;
    let told = ana.again(asking(), &state, answers()).await;
    assert_eq!(told["result"]["isError"], true, "{told:#}");
    assert!(text(&told).ends_with("forbidden by `not-web-0`"), "{told:#}");

    host.decide_by(r#"@id("kim") permit (principal == Postern::User::"token:kim", action, resource);"#).await;
    let told = ana.again(asking(), &state, answers()).await;
    assert_eq!(told["error"]["message"], "no tool is named `hostile_logs`", "{told:#}");
    assert!(host.cluster().requests().is_empty());

    host.decide_by(OPEN).await;
    let told = ana.again(asking(), &state, answers()).await;
    assert!(text(&told).contains("answered 200"), "{told:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_approves_nothing() {
    let host = Host::start().await;
    host.decide_by(&format!(
        "{OPEN}\n@id(\"held\") @approval(\"approvers\") @quorum(\"1\") @reason(\"agreed on\") \
         forbid (principal, action in Postern::Action::\"destructive\", resource) \
         unless {{ context.approval.granted }};"
    ))
    .await;
    let ana = host.modern("ana");
    let attempts = json!([{"misbehave": {"ask": "form"}}, super::delete()]);
    // A state for a call that may run, and all that could look like an approval beside it.
    let state = ana.state(asking()).await;
    for state in [Some(state.as_str()), None] {
        let mut params = hostile("delete", attempts.clone());
        params["inputResponses"] = json!({
            "question": accept(json!({"word": "yes"})),
            "approval": accept(json!({"granted": true})),
            "held": accept(json!({"granted": true, "approval": {"granted": true}})),
        });
        params["approval"] = json!({"granted": true});
        if let Some(state) = state {
            params["requestState"] = json!(state);
        }
        let told = ana.call(params).await;
        assert!(!told.to_string().contains("answered"), "{told:#}");
    }
    // Nor does what a call may do: this one has no capability that deletes, before it asked and after.
    let params = hostile("logs", attempts);
    let state = ana.state(params.clone()).await;
    let told = text(&ana.again(params, &state, answers()).await);
    assert!(told.starts_with("answered [") && told.contains("refused Error::Denied"), "{told}");
    assert!(host.cluster().requests().is_empty());
}
