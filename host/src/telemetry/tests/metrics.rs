//! Metrics as Prometheus gets them.

use std::time::Duration;

use expect_test::expect;

use crate::call::Effect;
use crate::telemetry::{
    Called, Config, Decided, Decision, Ended, Exchanged, Meters, Name, Operation, Recorded, Scraping,
    Session, Telemetry, Transport,
};

const MOMENT: Duration = Duration::from_millis(15);

/// Both: the instruments record for as long as the other lives.
fn meters() -> (Telemetry, Meters) {
    let mut telemetry = Telemetry::start(Config::from_variables(|_| None).unwrap()).unwrap();
    let meters = telemetry.meters(Scraping::On).unwrap();
    (telemetry, meters)
}

fn tool_call(ended: Ended) -> Operation<'static> {
    Operation {
        method: "tools/call",
        tool: Some(Name::Known("get_pods")),
        prompt: None,
        transport: Transport::Http,
        version: Some("2026-07-28"),
        ended,
        elapsed: MOMENT,
    }
}

/// The lines of a rendering that contain `part`, without the buckets and sums of histograms.
fn lines(meters: &Meters, part: &str) -> String {
    let text = meters.render();
    let mut kept: Vec<&str> = text
        .lines()
        .filter(|line| line.contains(part) && !line.contains("_bucket{") && !line.contains("_sum"))
        .collect();
    kept.sort_unstable();
    kept.join("\n")
}

#[test]
fn an_operation_has_the_names_and_attributes_of_the_conventions() {
    let (_telemetry, meters) = meters();
    meters.operation(tool_call(Ended::Well));
    meters.operation(tool_call(Ended::ToolError));
    meters.operation(Operation {
        tool: None,
        prompt: Some(Name::Known("why")),
        method: "prompts/get",
        ..tool_call(Ended::Rpc(-32603))
    });
    meters.operation(Operation {
        tool: None,
        method: "tools/list",
        version: None,
        transport: Transport::Stdio,
        ..tool_call(Ended::Well)
    });
    expect![[r##"
        # HELP mcp_server_operation_duration_seconds Messages of clients
        # TYPE mcp_server_operation_duration_seconds histogram
        mcp_server_operation_duration_seconds_count{error_type="-32603",gen_ai_prompt_name="why",mcp_method_name="prompts/get",mcp_protocol_version="2026-07-28",network_protocol_name="http",network_transport="tcp",rpc_response_status_code="-32603"} 1
        mcp_server_operation_duration_seconds_count{error_type="tool_error",gen_ai_operation_name="execute_tool",gen_ai_tool_name="get_pods",mcp_method_name="tools/call",mcp_protocol_version="2026-07-28",network_protocol_name="http",network_transport="tcp"} 1
        mcp_server_operation_duration_seconds_count{gen_ai_operation_name="execute_tool",gen_ai_tool_name="get_pods",mcp_method_name="tools/call",mcp_protocol_version="2026-07-28",network_protocol_name="http",network_transport="tcp"} 1
        mcp_server_operation_duration_seconds_count{mcp_method_name="tools/list",network_transport="pipe"} 1"##]].assert_eq(&lines(&meters, "mcp_server_operation_duration_seconds"));
}

#[test]
fn the_buckets_are_those_of_the_conventions() {
    let (_telemetry, meters) = meters();
    meters.session(Session {
        transport: Transport::Http,
        version: Some("2025-11-25"),
        error: None,
        elapsed: MOMENT,
    });
    let text = meters.render();
    let edges: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("mcp_server_session_duration_seconds_bucket"))
        .filter_map(|line| line.split_once("le=\"")?.1.split_once('"').map(|(edge, _)| edge))
        .collect();
    assert_eq!(edges.join(" "), "0.01 0.02 0.05 0.1 0.2 0.5 1 2 5 10 30 60 120 300 +Inf");
    expect![[r##"
        # HELP mcp_server_session_duration_seconds Sessions of clients
        # TYPE mcp_server_session_duration_seconds histogram
        mcp_server_session_duration_seconds_count{mcp_protocol_version="2025-11-25",network_protocol_name="http",network_transport="tcp"} 1"##]].assert_eq(&lines(&meters, "mcp_server_session_duration_seconds"));
}

#[test]
fn errors_of_clients_are_no_errors_of_ours() {
    let (_telemetry, meters) = meters();
    for code in [-32700, -32600, -32601, -32602, -32002, -32603, -32020] {
        meters.operation(tool_call(Ended::Rpc(code)));
    }
    expect![[r#"
        {error_type="-32020",mcp_method_name="tools/call",mcp_protocol_version="2026-07-28",network_protocol_name="http",network_transport="tcp",rpc_response_status_code="-32020"} 1
        {error_type="-32603",mcp_method_name="tools/call",mcp_protocol_version="2026-07-28",network_protocol_name="http",network_transport="tcp",rpc_response_status_code="-32603"} 1
        {mcp_method_name="tools/call",mcp_protocol_version="2026-07-28",network_protocol_name="http",network_transport="tcp",rpc_response_status_code="-32002"} 1
        {mcp_method_name="tools/call",mcp_protocol_version="2026-07-28",network_protocol_name="http",network_transport="tcp",rpc_response_status_code="-32600"} 1
        {mcp_method_name="tools/call",mcp_protocol_version="2026-07-28",network_protocol_name="http",network_transport="tcp",rpc_response_status_code="-32601"} 1
        {mcp_method_name="tools/call",mcp_protocol_version="2026-07-28",network_protocol_name="http",network_transport="tcp",rpc_response_status_code="-32602"} 1
        {mcp_method_name="tools/call",mcp_protocol_version="2026-07-28",network_protocol_name="http",network_transport="tcp",rpc_response_status_code="-32700"} 1"#]].assert_eq(
        &lines(&meters, "_count")
            .replace("mcp_server_operation_duration_seconds_count", "")
            .replace("gen_ai_operation_name=\"execute_tool\",gen_ai_tool_name=\"get_pods\",", ""),
    );
}

#[test]
fn names_that_clients_make_up_are_one() {
    let (_telemetry, meters) = meters();
    for number in 0..5_000 {
        let (method, version) = (format!("tools/{number}"), format!("2026-{number}"));
        meters.operation(Operation {
            method: &method,
            tool: Some(Name::of(None)),
            version: Some(&version),
            ..tool_call(Ended::Rpc(-32602))
        });
    }
    expect![[r#"mcp_server_operation_duration_seconds_count{gen_ai_tool_name="_other",mcp_method_name="_other",mcp_protocol_version="_other",network_protocol_name="http",network_transport="tcp",rpc_response_status_code="-32602"} 5000"#]].assert_eq(&lines(&meters, "mcp_server_operation_duration_seconds_count"));
}

#[test]
fn the_rest_of_a_call_is_measured_too() {
    let (_telemetry, meters) = meters();
    meters.decision(Decided { decision: Decision::Held, effect: Effect::Destructive, elapsed: MOMENT });
    meters.call(Called { plugin: "kubernetes", name: "get_pods", outcome: "ok", elapsed: MOMENT });
    meters.sandbox("kubernetes", "plugin.trap", MOMENT);
    for ended in [Ok(200), Ok(204), Ok(404), Ok(999), Err("egress.timeout")] {
        meters.upstream(Exchanged {
            plugin: "kubernetes",
            upstream: "cluster",
            capability: "read-pods",
            method: "GET",
            ended,
            elapsed: MOMENT,
        });
    }
    meters.gate_refused("kubernetes", "egress.denied.path");
    meters.auth_refused("expired");
    meters.limited("by this caller");
    meters.audited(Recorded::Intent, MOMENT);
    meters.audit_failed(Recorded::Outcome);
    let running = meters.running("kubernetes");
    drop(meters.running("kubernetes"));
    expect![[r##"
        # HELP postern_audit_duration_seconds Records written to the audit
        # HELP postern_audit_failures_total Records that could not be written
        # HELP postern_auth_refusals_total Credentials refused
        # HELP postern_call_duration_seconds Calls that were found
        # HELP postern_calls_running Calls now
        # HELP postern_decision_duration_seconds Questions to policy
        # HELP postern_decision_total Decisions of policy
        # HELP postern_gate_refusals_total Requests of components that did not pass
        # HELP postern_limit_refusals_total Calls and requests beyond a rate or a number
        # HELP postern_sandbox_duration_seconds Runs of components
        # HELP postern_upstream_duration_seconds Requests of components
        # TYPE postern_audit_duration_seconds histogram
        # TYPE postern_audit_failures_total counter
        # TYPE postern_auth_refusals_total counter
        # TYPE postern_call_duration_seconds histogram
        # TYPE postern_calls_running gauge
        # TYPE postern_decision_duration_seconds histogram
        # TYPE postern_decision_total counter
        # TYPE postern_gate_refusals_total counter
        # TYPE postern_limit_refusals_total counter
        # TYPE postern_sandbox_duration_seconds histogram
        # TYPE postern_upstream_duration_seconds histogram
        postern_audit_duration_seconds_count{postern_kind="intent"} 1
        postern_audit_failures_total{postern_kind="outcome"} 1
        postern_auth_refusals_total{postern_reason="expired"} 1
        postern_call_duration_seconds_count{postern_name="get_pods",postern_outcome="ok",postern_plugin="kubernetes"} 1
        postern_calls_running{postern_plugin="kubernetes"} 1
        postern_decision_duration_seconds_count 1
        postern_decision_total{postern_decision="held",postern_effect="destructive"} 1
        postern_gate_refusals_total{postern_code="egress.denied.path",postern_plugin="kubernetes"} 1
        postern_limit_refusals_total{postern_reason="by this caller"} 1
        postern_sandbox_duration_seconds_count{postern_outcome="plugin.trap",postern_plugin="kubernetes"} 1
        postern_upstream_duration_seconds_count{http_request_method="GET",postern_capability="read-pods",postern_outcome="2xx",postern_plugin="kubernetes",postern_upstream="cluster"} 2
        postern_upstream_duration_seconds_count{http_request_method="GET",postern_capability="read-pods",postern_outcome="4xx",postern_plugin="kubernetes",postern_upstream="cluster"} 1
        postern_upstream_duration_seconds_count{http_request_method="GET",postern_capability="read-pods",postern_outcome="_other",postern_plugin="kubernetes",postern_upstream="cluster"} 1
        postern_upstream_duration_seconds_count{http_request_method="GET",postern_capability="read-pods",postern_outcome="egress.timeout",postern_plugin="kubernetes",postern_upstream="cluster"} 1"##]].assert_eq(&lines(&meters, "postern_"));
    drop(running);
    assert!(meters.render().contains("postern_calls_running{postern_plugin=\"kubernetes\"} 0\n"));
}

#[test]
fn where_nobody_has_them_nothing_is_kept() {
    let mut telemetry = Telemetry::start(Config::default()).unwrap();
    let meters = telemetry.meters(Scraping::Off).unwrap();
    meters.operation(tool_call(Ended::Well));
    let _running = meters.running("kubernetes");
    assert_eq!(meters.render(), "");
    assert_eq!(format!("{meters:?}"), "Meters { enabled: false, .. }");
}
