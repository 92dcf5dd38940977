//! `x-mcp-header`: arguments that headers repeat, so that what stands before the host can see them.

use serde_json::{Value, json};

use super::{Host, conformance, text};

fn call(region: Value) -> Value {
    conformance("test_x_mcp_header", json!({"region": region}))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_header_says_what_its_argument_says() {
    let host = Host::start().await;
    let ana = host.modern("ana");
    for (params, headers) in [
        // Another value, and ways of writing one.
        (call(json!("eu")), &[("mcp-param-region", "us")][..]),
        (call(json!("eu")), &[("mcp-param-region", "EU")]),
        (call(json!("eu")), &[("mcp-param-region", "")]),
        (call(json!("eu")), &[("mcp-param-region", "=?base64?dXM=?=")]),
        (call(json!("eu")), &[("mcp-param-region", "=?base64?!?=")]),
        // One of the two alone.
        (call(json!("eu")), &[]),
        (conformance("test_x_mcp_header", json!({})), &[("mcp-param-region", "eu")]),
        // Two, of which one is right.
        (call(json!("eu")), &[("mcp-param-region", "eu"), ("mcp-param-region", "us")]),
    ] {
        let mut stream = ana.open_with("tools/call", params.clone(), headers).await;
        let told = stream.answer().await;
        let found = (stream.status, told["error"]["code"].as_i64());
        assert_eq!(found, (400, Some(-32020)), "{params} {headers:?}: {told:#}");
    }
    for header in ["eu", "=?base64?ZXU=?="] {
        let mut stream =
            ana.open_with("tools/call", call(json!("eu")), &[("mcp-param-region", header)]).await;
        assert_eq!(text(&stream.answer().await), r#"Called with {"region":"eu"}"#);
    }
    let none = ana.call(conformance("test_x_mcp_header", json!({}))).await;
    assert_eq!(text(&none), "Called with {}");
    // At the plugin's own endpoint it has another name, and the same headers.
    let own = json!({"name": "test_x_mcp_header", "arguments": {"region": "eu"}});
    let alone = ana.clone().at("/mcp/conformance");
    let mut stream = alone.open_with("tools/call", own, &[("mcp-param-region", "us")]).await;
    assert_eq!(stream.answer().await["error"]["code"], -32020);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_header_that_names_a_task_may_be_left_out() {
    let host = Host::start().await;
    let ana = host.modern("ana");
    let id = ana.task(conformance("slow_compute", json!({"seconds": 3600}))).await;
    let own = json!({"taskId": id});
    let told = ana.clone().nameless().ask("tasks/get", own.clone()).await;
    assert_eq!(told["result"]["status"], "working", "{told:#}");
    let mut wrong = ana.clone().nameless().open_with("tasks/get", own, &[("mcp-name", "another")]).await;
    let told = wrong.answer().await;
    assert_eq!((wrong.status, &told["error"]["code"]), (400, &json!(-32020)), "{told:#}");
    // The names of all else may not.
    let mut wrong = ana.nameless().open("tools/call", conformance("greet", json!({"name": "x"}))).await;
    let told = wrong.answer().await;
    assert_eq!((wrong.status, &told["error"]["code"]), (400, &json!(-32020)), "{told:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_has_no_such_headers() {
    let host = Host::start().await;
    let told = host.session("ana").await.call(call(json!("eu"))).await;
    assert_eq!(text(&told), r#"Called with {"region":"eu"}"#);
}
