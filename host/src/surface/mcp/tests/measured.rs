//! What of messages and sessions is measured: every method, and how long clients stay.

use expect_test::{Expect, expect};
use hyper::StatusCode;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;

use super::{Pipe, Session};
use crate::surface::http::Config as HttpConfig;
use crate::surface::testing::{Host, Tokens, body, initialize, measured, modern, open};
use crate::telemetry::{Config, Meters, Scraping, Telemetry};

/// Both: the instruments record for as long as the other lives.
fn meters() -> (Telemetry, Meters) {
    let mut telemetry = Telemetry::start(Config::from_variables(|_| None).unwrap()).unwrap();
    let meters = telemetry.meters(Scraping::On).unwrap();
    (telemetry, meters)
}

/// The counts of a histogram, a line each, without what all of them have.
fn counts(meters: &Meters, histogram: &str) -> String {
    let text = meters.render();
    let begin = format!("{histogram}_count");
    let lines = text.lines().filter_map(|line| line.strip_prefix(&begin)).map(|line| format!("{line}\n"));
    let mut lines: Vec<String> = lines.collect();
    lines.sort_unstable();
    lines.concat()
}

#[track_caller]
fn check(meters: &Meters, histogram: &str, expected: &Expect) {
    expected.assert_eq(&counts(meters, histogram));
}

const OPERATION: &str = "mcp_server_operation_duration_seconds";
const SESSION: &str = "mcp_server_session_duration_seconds";

#[tokio::test]
async fn every_method_is_measured_by_its_name() {
    let (_telemetry, meters) = meters();
    let host = Host::start(HttpConfig::default(), &open(), measured(&open(), meters.clone())).await;
    let complete =
        json!({"ref": {"type": "ref/prompt", "name": "a"}, "argument": {"name": "a", "value": ""}});
    for (method, params) in [
        ("server/discover", json!({})),
        ("tools/list", json!({})),
        ("tools/list", json!({"cursor": "2"})),
        ("tools/call", json!({"name": "an_invention"})),
        ("tools/call", json!({"name": "an_invention", "requestState": "of another"})),
        ("tools/call", json!({"arguments": {}})),
        ("resources/list", json!({})),
        ("resources/templates/list", json!({})),
        ("resources/read", json!({"uri": "invented://a"})),
        ("prompts/list", json!({})),
        ("prompts/get", json!({"name": "an_invention"})),
        ("completion/complete", complete),
        ("an/invention", json!({})),
    ] {
        host.ask(modern(method, params)).await;
    }
    check(
        &meters,
        OPERATION,
        &expect![[r#"
        {gen_ai_operation_name="execute_tool",gen_ai_tool_name="_other",mcp_method_name="tools/call",mcp_protocol_version="2026-07-28",network_protocol_name="http",network_transport="tcp",rpc_response_status_code="-32602"} 2
        {gen_ai_operation_name="execute_tool",mcp_method_name="tools/call",mcp_protocol_version="2026-07-28",network_protocol_name="http",network_transport="tcp",rpc_response_status_code="-32602"} 1
        {gen_ai_prompt_name="_other",mcp_method_name="prompts/get",mcp_protocol_version="2026-07-28",network_protocol_name="http",network_transport="tcp",rpc_response_status_code="-32601"} 1
        {mcp_method_name="_other",mcp_protocol_version="2026-07-28",network_protocol_name="http",network_transport="tcp",rpc_response_status_code="-32601"} 1
        {mcp_method_name="completion/complete",mcp_protocol_version="2026-07-28",network_protocol_name="http",network_transport="tcp",rpc_response_status_code="-32601"} 1
        {mcp_method_name="prompts/list",mcp_protocol_version="2026-07-28",network_protocol_name="http",network_transport="tcp",rpc_response_status_code="-32601"} 1
        {mcp_method_name="resources/list",mcp_protocol_version="2026-07-28",network_protocol_name="http",network_transport="tcp",rpc_response_status_code="-32601"} 1
        {mcp_method_name="resources/read",mcp_protocol_version="2026-07-28",network_protocol_name="http",network_transport="tcp",rpc_response_status_code="-32601"} 1
        {mcp_method_name="resources/templates/list",mcp_protocol_version="2026-07-28",network_protocol_name="http",network_transport="tcp",rpc_response_status_code="-32601"} 1
        {mcp_method_name="server/discover",mcp_protocol_version="2026-07-28",network_protocol_name="http",network_transport="tcp"} 1
        {mcp_method_name="tools/list",mcp_protocol_version="2026-07-28",network_protocol_name="http",network_transport="tcp",rpc_response_status_code="-32602"} 1
        {mcp_method_name="tools/list",mcp_protocol_version="2026-07-28",network_protocol_name="http",network_transport="tcp"} 1
    "#]],
    );
    check(&meters, SESSION, &expect![[""]]);
}

#[tokio::test]
async fn a_legacy_session_is_measured_when_it_has_ended() {
    let (_telemetry, meters) = meters();
    let tokens = Tokens::new();
    let access = tokens.access();
    let host = Host::start(HttpConfig::default(), &access, measured(&access, meters.clone())).await;
    let authorization = format!("Bearer {}", tokens.ana.expose());
    let opened = host.post(&initialize()).header("authorization", &authorization);
    let opened = host.send(body(opened, &initialize())).await;
    let id = opened.header("mcp-session-id").unwrap().to_owned();
    let session = Session { host: &host, authorization: authorization.clone(), id };
    session.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}), &authorization).await;
    for method in ["ping", "tools/list"] {
        session.send(&json!({"jsonrpc": "2.0", "id": 1, "method": method}), &authorization).await;
    }
    check(
        &meters,
        OPERATION,
        &expect![[r#"
        {mcp_method_name="initialize",mcp_protocol_version="2025-11-25",network_protocol_name="http",network_transport="tcp"} 1
        {mcp_method_name="ping",mcp_protocol_version="2025-11-25",network_protocol_name="http",network_transport="tcp"} 1
        {mcp_method_name="tools/list",mcp_protocol_version="2025-11-25",network_protocol_name="http",network_transport="tcp"} 1
    "#]],
    );
    assert_eq!(counts(&meters, SESSION), "", "it has not ended");
    assert_eq!(session.end(&authorization).await, StatusCode::ACCEPTED);
    while counts(&meters, SESSION).is_empty() {
        tokio::task::yield_now().await;
    }
    check(
        &meters,
        SESSION,
        &expect![[r#"
        {mcp_protocol_version="2025-11-25",network_protocol_name="http",network_transport="tcp"} 1
    "#]],
    );
}

#[tokio::test]
async fn a_pipe_is_a_session_in_either_era() {
    let (_telemetry, meters) = meters();
    let legacy = initialize();
    for first in [legacy, modern("server/discover", json!({}))] {
        let mut pipe = Pipe::to(measured(&open(), meters.clone()));
        pipe.ask(&first).await;
        pipe.input.shutdown().await.unwrap();
        pipe.served.await.unwrap().unwrap();
    }
    while counts(&meters, SESSION).lines().count() < 2 {
        tokio::task::yield_now().await;
    }
    check(
        &meters,
        SESSION,
        &expect![[r#"
        {mcp_protocol_version="2025-11-25",network_transport="pipe"} 1
        {mcp_protocol_version="2026-07-28",network_transport="pipe"} 1
    "#]],
    );
    check(
        &meters,
        OPERATION,
        &expect![[r#"
        {mcp_method_name="initialize",mcp_protocol_version="2025-11-25",network_transport="pipe"} 1
        {mcp_method_name="server/discover",mcp_protocol_version="2026-07-28",network_transport="pipe"} 1
    "#]],
    );
}
