//! Spans, and who their parents are.

use std::sync::{Arc, Mutex};

use expect_test::expect;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tracing::Span;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Layer, Registry};

use crate::call::TraceContext;
use crate::telemetry::{Config, Ended, Telemetry, Transport, export, parent, span, trace_id, traceparent};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

#[derive(Debug, Clone, Default)]
struct Kept(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Kept {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().unwrap().extend(batch);
        Ok(())
    }
}

/// What `run` left behind, in the order in which it ended.
fn traced(config: Config, run: impl FnOnce()) -> Vec<SpanData> {
    let kept = Kept::default();
    let traces = export::prepared(&config).with_simple_exporter(kept.clone()).build();
    let telemetry = Telemetry { config, traces: Some(traces), metrics: None };
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    tracing::subscriber::with_default(subscriber, run);
    drop(telemetry);
    let mut kept = kept.0.lock().unwrap();
    std::mem::take(&mut *kept)
}

fn caller(flags: &str) -> TraceContext {
    TraceContext {
        traceparent: format!("00-{TRACE}-{PARENT}-{flags}"),
        tracestate: Some("vendor=a".to_owned()),
    }
}

fn call(caller: Option<&TraceContext>) -> Span {
    span::operation("tools/call", Some("get_pods"), Transport::Http, Some("2026-07-28"), caller)
}

fn shown(data: &SpanData) -> String {
    let mut attributes: Vec<String> =
        data.attributes.iter().map(|each| format!("  {}={}", each.key, each.value)).collect();
    attributes.sort_unstable();
    format!("{} {:?} {:?}\n{}\n", data.name, data.span_kind, data.status, attributes.join("\n"))
}

#[test]
fn a_call_is_a_part_of_its_callers_trace_down_to_the_upstream() {
    let spans = traced(Config::default(), || {
        let operation = call(Some(&caller("01")));
        assert_eq!(trace_id(&operation, None).as_deref(), Some(TRACE));
        let _in = operation.enter();
        // One that is made for the log stands between and is no part of the trace.
        let logged = tracing::info_span!("call", id = "c-1");
        let _in = logged.enter();
        let sandbox = span::sandbox("kubernetes", "get_pods");
        {
            let _in = sandbox.enter();
            let path = "/api/v1/namespaces/{namespace}/pods";
            let request = span::request("GET", path, "read-pods", "cluster", "prod");
            let told = traceparent(&request).unwrap();
            assert!(told.starts_with(&format!("00-{TRACE}-")) && told.ends_with("-01"), "{told}");
            assert!(!told.contains(PARENT), "an upstream's parent is the request, not the caller");
            span::answered(&request, Ok(403));
        }
        tracing::info!("a log line is no part of a trace");
        span::called(&operation, "c-1", "kubernetes", "tool_error");
        span::ended(&operation, Ended::ToolError);
    });
    let [request, sandbox, operation] = spans.as_slice() else { panic!("{spans:#?}") };
    for span in &spans {
        assert_eq!(span.span_context.trace_id().to_string(), TRACE);
    }
    assert_eq!(operation.parent_span_id.to_string(), PARENT);
    assert!(operation.parent_span_is_remote);
    assert_eq!(operation.span_context.trace_state().header(), "vendor=a");
    assert_eq!(sandbox.parent_span_id, operation.span_context.span_id());
    assert_eq!(request.parent_span_id, sandbox.span_context.span_id());
    expect![[r#"
        GET /api/v1/namespaces/{namespace}/pods Client Error { description: "" }
          error.type=403
          http.request.method=GET
          http.response.status_code=403
          postern.capability=read-pods
          postern.target=prod
          postern.upstream=cluster
          url.template=/api/v1/namespaces/{namespace}/pods
        sandbox kubernetes Internal Unset
          postern.name=get_pods
          postern.plugin=kubernetes
        tools/call get_pods Server Error { description: "" }
          error.type=tool_error
          gen_ai.operation.name=execute_tool
          gen_ai.tool.name=get_pods
          mcp.method.name=tools/call
          mcp.protocol.version=2026-07-28
          network.protocol.name=http
          network.transport=tcp
          postern.call=c-1
          postern.outcome=tool_error
          postern.plugin=kubernetes
    "#]]
    .assert_eq(&spans.iter().map(shown).collect::<String>());
}

#[test]
fn a_context_that_is_malformed_begins_a_trace_of_its_own() {
    let spans = traced(Config::default(), || {
        let malformed = TraceContext { traceparent: format!("00-{TRACE}-{PARENT}"), tracestate: None };
        drop(call(Some(&malformed)));
    });
    assert_eq!(spans.len(), 1);
    assert_ne!(spans[0].span_context.trace_id().to_string(), TRACE);
    assert!(spans[0].span_context.is_valid() && !spans[0].parent_span_is_remote);
}

#[test]
fn a_caller_that_keeps_no_trace_is_followed_in_that_too() {
    let spans = traced(Config::default(), || {
        let operation = call(Some(&caller("00")));
        assert_eq!(trace_id(&operation, None).as_deref(), Some(TRACE));
        assert!(traceparent(&operation).unwrap().ends_with("-00"));
    });
    assert_eq!(spans.len(), 0);
}

#[test]
fn names_of_strangers_are_shortened() {
    let spans = traced(Config::default(), || {
        let name = "ü".repeat(1000);
        drop(span::operation("tools/call", Some(&name), Transport::Stdio, None, None));
    });
    assert_eq!(spans[0].name.chars().count(), "tools/call ".len() + 128);
}

#[test]
fn a_failed_request_says_why() {
    let spans = traced(Config::default(), || {
        let request = span::request("GET", "/", "read-pods", "cluster", "prod");
        span::answered(&request, Err("egress.timeout"));
    });
    assert!(spans[0].attributes.iter().any(|each| each.value.as_str() == "egress.timeout"));
    assert!(matches!(spans[0].status, opentelemetry::trace::Status::Error { .. }));
}

#[test]
fn without_a_trace_spans_are_disabled_and_the_audit_still_knows_the_callers() {
    let telemetry = Telemetry::start(Config::default()).unwrap();
    // Of spans themselves: a process has one subscriber, and the tests of this one have many.
    let most = Layer::<Registry>::max_level_hint(&telemetry.layer());
    assert_eq!(most, Some(LevelFilter::OFF));
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    tracing::subscriber::with_default(subscriber, || {
        let operation = call(Some(&caller("01")));
        parent(&operation, &caller("01"));
        assert_eq!(trace_id(&operation, Some(&caller("01"))).as_deref(), Some(TRACE));
        assert_eq!(traceparent(&operation), None);
    });
}
