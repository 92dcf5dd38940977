//! What a component may ask, when, and whom.

use serde_json::{Value, json};

use super::{Host, NEVER, accept, conformance, delete, hostile, misbehave, read, text, until};
use postern_upstreams::fault::{Fault, Plan};

fn form(key: &str, message: &str, schema: &Value) -> Value {
    json!({"form": {"key": key, "message": message, "schema": schema.to_string()}})
}

fn word() -> Value {
    json!({"type": "object", "properties": {"word": {"type": "string"}}})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_changed_something_asks_no_more() {
    let host = Host::start().await;
    let params = hostile("delete", json!([delete(), {"misbehave": {"ask": "form"}}]));
    let session = host.session("ana").await;
    for told in [host.modern("ana").call(params.clone()).await, session.call(params).await] {
        assert!(text(&told).ends_with("refused Refusal::TooLate"), "{told:#}");
    }
    assert_eq!(host.cluster().requests().len(), 2, "no round is run twice");
    // A request that only reads does not count.
    let params = hostile("logs", json!([read(), {"misbehave": {"ask": "form"}}]));
    let asked = host.modern("ana").call(params).await;
    assert_eq!(asked["result"]["resultType"], "input_required", "{asked:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kind_that_the_manifest_does_not_name_is_not_asked() {
    let host = Host::start().await;
    let session = host.session("ana").await;
    for kind in ["url", "sampling", "roots"] {
        let params = hostile("logs", misbehave(json!({"ask": kind})));
        for told in [host.modern("ana").call(params.clone()).await, session.call(params).await] {
            assert_eq!(text(&told), "refused Refusal::Undeclared", "{kind}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_question_is_not_asked() {
    let host = Host::start().await;
    let session = host.session("ana").await;
    let nested = json!({"type": "object", "properties": {"a": {"type": "object", "properties": {}}}});
    let pattern = json!({"type": "object", "properties": {"a": {"type": "string", "pattern": "^a+$"}}});
    let list = json!({"type": "array", "items": {"type": "string"}});
    for (how, why) in [
        (json!({"questions": 0}), "1 to 8 questions at once"),
        (json!({"questions": 9}), "1 to 8 questions at once"),
        (form("", "Say", &word()), "a key is 1 to 64"),
        (form("A", "Say", &word()), "a key is 1 to 64"),
        (form("a b", "Say", &word()), "a key is 1 to 64"),
        (form(&"a".repeat(65), "Say", &word()), "a key is 1 to 64"),
        (form("a", "Say", &nested), "the form `a`"),
        (form("a", "Say", &pattern), "the form `a`"),
        (form("a", "Say", &list), "the form `a`"),
        (form("a", "Say", &json!(true)), "the form `a`"),
        (json!({"form": {"key": "a", "message": "Say", "schema": "{"}}), "it is not JSON"),
    ] {
        let params = hostile("logs", misbehave(how.clone()));
        for told in [host.modern("ana").call(params.clone()).await, session.call(params).await] {
            let told = text(&told);
            assert!(told.starts_with("refused Refusal::") && told.contains(why), "{how}: {told}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_cannot_be_asked_is_told_what_it_would_need() {
    let host = Host::start().await;
    let params = hostile("logs", misbehave(json!({"ask": "form"})));
    for able in [json!({}), json!({"sampling": {}, "roots": {}}), json!({"elicitation": {"url": {}}})] {
        let mut unable = host.modern("ana").able(able.clone()).open("tools/call", params.clone()).await;
        let told = unable.answer().await;
        assert_eq!((unable.status, &told["error"]["code"]), (400, &json!(-32021)), "{told:#}");
        let needed = &told["error"]["data"]["requiredCapabilities"];
        assert_eq!(needed, &json!({"elicitation": {"form": {}}}), "{told:#}");
        let told = host.session_of("ana", able).await.call(params.clone()).await;
        assert_eq!(told["result"]["isError"], true, "{told:#}");
        assert!(text(&told).contains("form"), "{told:#}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_does_not_fit_is_none() {
    let host = Host::start().await;
    let params = hostile("logs", misbehave(json!({"ask": "form"})));
    let ana = host.modern("ana");
    let mut state = ana.state(params.clone()).await;
    for unfit in [
        accept(json!({"word": 1})),
        accept(json!(["word"])),
        json!({"action": "perhaps"}),
        json!({}),
        json!("yes"),
    ] {
        let asked = ana.again(params.clone(), &state, json!({"question": unfit})).await;
        let questions = &asked["result"]["inputRequests"];
        assert_eq!(questions["question"]["params"]["message"], "Say a word", "{unfit}: {asked:#}");
        asked["result"]["requestState"].as_str().unwrap().clone_into(&mut state);
    }
    let fit = json!({"question": accept(json!({"word": "yes"}))});
    let told = ana.again(params.clone(), &state, fit).await;
    assert_eq!(text(&told), r#"answered [Answer::Accepted("{\"word\":\"yes\"}")]"#);

    let session = host.session("ana").await;
    let (_, mut call) = session.begin("tools/call", params).await;
    let question = call.next().await;
    session.reply(&question, accept(json!({"word": 1}))).await;
    let told = text(&call.answer().await);
    assert!(told.starts_with("refused Refusal::Unavailable"), "{told}");
    assert!(told.contains("does not fit the question"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_goes_to_the_session_that_called() {
    let host = Host::start().await;
    let (ana, other, kim) = (host.session("ana").await, host.session("ana").await, host.session("kim").await);
    let (mut at_other, mut at_kim) = (other.listen().await, kim.listen().await);
    let params = hostile("logs", misbehave(json!({"ask": "form"})));
    let (_, mut call) = ana.begin("tools/call", params).await;
    let question = call.next().await;
    assert_eq!(question["method"], "elicitation/create", "{question:#}");

    // Nobody else can answer it: the other sessions have no such question.
    let stolen = accept(json!({"word": "stolen"}));
    other.reply(&question, stolen.clone()).await;
    kim.reply(&question, stolen).await;
    ana.reply(&question, accept(json!({"word": "own"}))).await;
    let told = text(&call.answer().await);
    assert_eq!(told, r#"answered [Answer::Accepted("{\"word\":\"own\"}")]"#);

    // What the others hear first is what is said after it.
    let change = |tool: &str| conformance(tool, json!({}));
    kim.call(change("test_trigger_prompt_change")).await;
    assert_eq!(at_kim.next().await["method"], "notifications/prompts/list_changed");
    other.call(change("test_trigger_tool_change")).await;
    assert_eq!(at_other.next().await["method"], "notifications/tools/list_changed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_is_given_up_while_it_asks_is_gone() {
    let host = Host::with("[sandbox]\nconcurrency = 2").await;
    let session = host.session("ana").await;
    let params = hostile("logs", misbehave(json!({"ask": "form"})));
    for _ in 0..4 {
        let (id, mut call) = session.begin("tools/call", params.clone()).await;
        assert_eq!(call.next().await["method"], "elicitation/create");
        session.notify("notifications/cancelled", json!({"requestId": id})).await;
    }
    // None of them holds its place.
    let told = session.call(hostile("logs", misbehave(json!("ambient")))).await;
    assert_eq!(text(&told), "0 variables, 0 arguments");
    // A call that is dropped writes its end when it is dropped, which may be a moment after the next one's.
    let mut ends = host.ends().await;
    ends.sort();
    assert_eq!(ends, ["cancelled", "cancelled", "cancelled", "cancelled", "ok"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_goes_away_takes_its_call_with_it() {
    let host = Host::start().await;
    host.cluster().fault(Plan::new(Fault::DelayHeaders(NEVER)));
    // The answer comes as a stream once something was said; then there is something to break off.
    let params = hostile("logs", json!([{"misbehave": {"report": "begun"}}, read()]));
    let ana = host.modern("ana").saying(json!({"progressToken": 1}));
    let mut call = ana.open("tools/call", params).await;
    assert_eq!(call.next().await["method"], "notifications/progress");
    until(|| host.cluster().requests().len() == 1).await;
    drop(call);
    until(|| host.cluster().requests()[0].abandoned).await;
    assert_eq!(host.ends().await, ["cancelled"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_in_what_a_call_says() {
    let host = Host::start().await;
    let secret = host.cluster().token().unwrap().to_owned();
    // As JSON may write it, and as it stands.
    let escaped: String = secret.chars().map(|each| format!("\\u{:04x}", u32::from(each))).collect();
    let titled = |secret: &str| {
        format!(r#"{{"type":"object","properties":{{"word":{{"type":"string","title":"{secret}"}}}}}}"#)
    };
    let ana = host.modern("ana").saying(json!({
        "progressToken": 1, "io.modelcontextprotocol/logLevel": "debug",
    }));
    for said in [&secret, &escaped] {
        for how in [
            json!({"report": secret}),
            json!({"note": format!(r#"{{"said":"{said}"}}"#)}),
            json!({"note": format!(r#"{{"{said}":["{said}"]}}"#)}),
            json!({"note": format!("no JSON: {secret}")}),
        ] {
            let mut call = ana.open("tools/call", hostile("logs", misbehave(how.clone()))).await;
            let told = call.next().await;
            assert!(told["method"].as_str().unwrap().starts_with("notifications/"), "{told:#}");
            assert!(!told.to_string().contains(&secret), "{how}: {told:#}");
            assert!(told.to_string().contains("[redacted]"), "{how}: {told:#}");
            call.answer().await;
        }
        let form = json!({"form": {"key": "a", "message": secret, "schema": titled(said)}});
        let asked = ana.call(hostile("logs", misbehave(form))).await;
        assert_eq!(asked["result"]["resultType"], "input_required", "{asked:#}");
        assert!(!asked.to_string().contains(&secret), "{asked:#}");
        let form = &asked["result"]["inputRequests"]["a"]["params"];
        assert_eq!(form["message"], "[redacted]");
        assert_eq!(form["requestedSchema"]["properties"]["word"]["title"], "[redacted]");
    }
}
