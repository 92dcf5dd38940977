//! The trace that a call belongs to: from the caller's words to a parent, and on to upstreams.

use std::str::FromStr as _;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::call::TraceContext;

/// The longest `tracestate` that is kept, in bytes: what the recommendation asks everyone to carry at least.
const STATE_BYTES: usize = 512;

/// The bytes of a `traceparent` of version 0, and where its parts are.
const LENGTH: usize = 55;

/// Reads a caller's trace context by the rules of the recommendation
/// (<https://www.w3.org/TR/trace-context/>, section 3.2.2); `None` where there is none by these rules.
///
/// Of a version that does not exist yet the parts of version 0 are read, as the recommendation wants it. A
/// `tracestate` that is malformed is dropped, and the parent holds.
fn read(given: &TraceContext) -> Option<SpanContext> {
    let text = given.traceparent.as_str();
    let version = hex(text.get(..2)?)?;
    let rest = text.get(LENGTH..)?;
    let later = rest.is_empty() || rest.starts_with('-');
    if version == "ff" || (version == "00" && !rest.is_empty()) || !later {
        return None;
    }
    let dashes = [2, 35, 52].iter().all(|at| text.as_bytes().get(*at) == Some(&b'-'));
    let trace = TraceId::from_hex(hex(text.get(3..35)?)?).ok()?;
    let span = SpanId::from_hex(hex(text.get(36..52)?)?).ok()?;
    let flags = u8::from_str_radix(hex(text.get(53..LENGTH)?)?, 16).ok()?;
    if !dashes || trace == TraceId::INVALID || span == SpanId::INVALID {
        return None;
    }
    let state = given.tracestate.as_deref().filter(|state| state.len() <= STATE_BYTES);
    let state = state.and_then(|state| TraceState::from_str(state).ok()).unwrap_or_default();
    // One flag has a meaning; what the others will mean is not ours to pass on.
    let flags = TraceFlags::default().with_sampled(flags & 1 == 1);
    Some(SpanContext::new(trace, span, flags, true, state))
}

/// Only what the recommendation calls `HEXDIGLC`.
fn hex(text: &str) -> Option<&str> {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')).then_some(text)
}

/// Makes `span` a part of the caller's trace. Must be called before it is entered; a context that is
/// malformed is ignored, and the span begins a trace of its own.
pub fn parent(span: &Span, caller: &TraceContext) {
    if span.is_disabled() {
        return;
    }
    if let Some(context) = read(caller) {
        // Fails where no trace is kept, and then there is nothing to do.
        drop(span.set_parent(Context::new().with_remote_span_context(context)));
    }
}

/// The trace that a call belongs to, as 32 hexadecimal digits: the span's, and where no trace is kept, the
/// caller's.
#[must_use]
pub fn trace_id(span: &Span, caller: Option<&TraceContext>) -> Option<String> {
    let ours = (!span.is_disabled()).then(|| span.context().span().span_context().trace_id());
    ours.filter(|id| *id != TraceId::INVALID)
        .or_else(|| Some(read(caller?)?.trace_id()))
        .map(|id| id.to_string())
}

/// The `traceparent` of `span`, for a request that it stands for; `None` where no trace is kept.
#[must_use]
pub fn traceparent(span: &Span) -> Option<String> {
    if span.is_disabled() {
        return None;
    }
    let context = span.context();
    let (span, flags) = (context.span(), context.span().span_context().trace_flags());
    let context = span.span_context();
    context
        .is_valid()
        .then(|| format!("00-{}-{}-{:02x}", context.trace_id(), context.span_id(), flags.to_u8() & 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    fn given(traceparent: &str, tracestate: Option<&str>) -> TraceContext {
        TraceContext { traceparent: traceparent.to_owned(), tracestate: tracestate.map(str::to_owned) }
    }

    #[track_caller]
    fn check(traceparent: &str, expected: Option<&str>) {
        let read = read(&given(traceparent, None)).map(|context| context.trace_id().to_string());
        assert_eq!(read.as_deref(), expected, "{traceparent}");
        let told = trace_id(&Span::none(), Some(&given(traceparent, None)));
        assert_eq!(told, read, "the audit knows the caller's trace where we keep none");
    }

    #[test]
    fn a_parent_is_read_by_the_recommendations_rules() {
        for sound in [
            format!("00-{TRACE}-00f067aa0ba902b7-01"),
            format!("00-{TRACE}-00f067aa0ba902b7-00"),
            format!("cc-{TRACE}-00f067aa0ba902b7-01"),
            format!("cc-{TRACE}-00f067aa0ba902b7-01-what-comes-later"),
        ] {
            check(&sound, Some(TRACE));
        }
        for broken in [
            String::new(),
            "é".repeat(40),
            format!("00-{TRACE}-00f067aa0ba902b7"),
            format!("00-{TRACE}-00f067aa0ba902b7-01-more"),
            format!("ff-{TRACE}-00f067aa0ba902b7-01"),
            format!("cc-{TRACE}-00f067aa0ba902b7-01.later"),
            format!("00-{}-00f067aa0ba902b7-01", TRACE.to_uppercase()),
            format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            format!("00-{TRACE}-0000000000000000-01"),
            format!("00_{TRACE}-00f067aa0ba902b7-01"),
            format!("00-{TRACE}-00f067aa0ba902b7-0g"),
            format!("00-{}-00f067aa0ba902b7-01", TRACE.replace("4bf9", "+bf9")),
            format!(" 00-{TRACE}-00f067aa0ba902b7-01"),
        ] {
            check(&broken, None);
        }
    }

    #[test]
    fn a_state_that_is_malformed_or_long_is_dropped_and_the_parent_holds() {
        let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
        let state = |text: &str| read(&given(&parent, Some(text))).unwrap().trace_state().header();
        assert_eq!(state("vendor=a,other=b"), "vendor=a,other=b");
        assert_eq!(state("no equals sign"), "");
        assert_eq!(state(&format!("vendor={}", "a".repeat(600))), "");
    }

    #[test]
    fn without_a_trace_nothing_goes_to_an_upstream() {
        assert_eq!(traceparent(&Span::none()), None);
        parent(&Span::none(), &given("nonsense", None));
        assert_eq!(trace_id(&Span::none(), None), None);
    }
}
