//! What the standard variables say.

use std::collections::BTreeMap;

use expect_test::{Expect, expect};

use crate::telemetry::{Config, Export, Sampling, Temporality, VariableError};

fn read(variables: &[(&str, &str)]) -> Result<Config, VariableError> {
    let variables: BTreeMap<&str, &str> = variables.iter().copied().collect();
    Config::from_variables(|name| variables.get(name).map(|value| (*value).to_owned()))
}

fn endpoint(export: &Option<Export>) -> Option<&str> {
    export.as_ref().map(|export| export.endpoint.as_str())
}

/// Where traces and metrics go.
#[track_caller]
fn check(variables: &[(&str, &str)], traces: Option<&str>, metrics: Option<&str>) {
    let config = read(variables).unwrap();
    assert_eq!((endpoint(&config.traces), endpoint(&config.metrics)), (traces, metrics));
}

const ENDPOINT: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://c.example/base/");

#[test]
fn nothing_is_exported_unless_an_endpoint_is_set_or_asked_for() {
    let (traces, metrics) = ("https://c.example/base/v1/traces", "https://c.example/base/v1/metrics");
    check(&[], None, None);
    check(&[("OTEL_EXPORTER_OTLP_HEADERS", "a=b"), ("OTEL_SERVICE_NAME", "x")], None, None);
    check(&[ENDPOINT], Some(traces), Some(metrics));
    check(&[ENDPOINT, ("OTEL_SDK_DISABLED", "TRUE")], None, None);
    check(&[ENDPOINT, ("OTEL_TRACES_EXPORTER", "none")], None, Some(metrics));
    check(&[("OTEL_TRACES_EXPORTER", "otlp")], Some("http://localhost:4318/v1/traces"), None);
    let own = ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://m.example/as/it/is");
    check(&[own], None, Some("http://m.example/as/it/is"));
    check(&[ENDPOINT, own], Some(traces), Some("http://m.example/as/it/is"));
}

#[test]
fn the_rest_is_followed() {
    let config = read(&[
        ENDPOINT,
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20abc, x-tenant = a%2Cb ,"),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "x-own=1"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "2500"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", "none"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.25"),
        ("OTEL_RESOURCE_ATTRIBUTES", "service.name=lost,team=a%20b"),
        ("OTEL_SERVICE_NAME", "gateway"),
        ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "Delta"),
    ])
    .unwrap();
    let (traces, metrics) = (config.traces.unwrap(), config.metrics.unwrap());
    assert_eq!(traces.headers, BTreeMap::from([("x-own".to_owned(), "1".to_owned())]));
    assert_eq!(metrics.headers["authorization"], "Bearer abc");
    assert_eq!(metrics.headers["x-tenant"], "a,b");
    assert_eq!((traces.timeout.as_millis(), traces.gzip, metrics.gzip), (2500, true, false));
    assert_eq!(config.sampler, Sampling { by_parent: true, ratio: 0.25 });
    assert_eq!(config.temporality, Temporality::Delta);
    let resource: Vec<String> = config.resource.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let version = concat!("service.version=", env!("CARGO_PKG_VERSION"));
    assert_eq!(resource, ["service.name=gateway", version, "team=a b"]);
    let shown = format!("{metrics:?}");
    assert!(!shown.contains("abc") && shown.contains("authorization"), "{shown}");
}

#[test]
fn what_cannot_be_followed_is_told_without_its_secrets() {
    let told = |variable: (&str, &str)| read(&[ENDPOINT, variable]).unwrap_err().to_string();
    let all = [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://me:s3cret@c.example"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "s3cret"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=s3cret%0D%0Ab: c"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"),
        ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
    ];
    let told: Vec<String> = all.into_iter().map(told).collect();
    assert!(!told.concat().contains("s3cret"), "{told:?}");
    expect(
        &told,
        &expect![[r#"
            the variable `OTEL_EXPORTER_OTLP_PROTOCOL` holds `grpc`; it takes `http/protobuf`, which every collector takes at port 4318
            the variable `OTEL_EXPORTER_OTLP_ENDPOINT` holds `collector:4317`; it takes a URL such as `http://collector.example:4318`
            the variable `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` holds `...@c.example`; it takes a URL such as `http://collector.example:4318`
            the variable `OTEL_EXPORTER_OTLP_HEADERS` is not a list such as `name=value,other=value`, percent-encoded
            the variable `OTEL_EXPORTER_OTLP_HEADERS` is not a list such as `name=value,other=value`, percent-encoded
            the variable `OTEL_EXPORTER_OTLP_COMPRESSION` holds `zstd`; it takes `gzip` or `none`
            the variable `OTEL_TRACES_SAMPLER` holds `jaeger_remote`; it takes `always_on`, `always_off`, `traceidratio`, or one of these after `parentbased_`
            the variable `OTEL_TRACES_EXPORTER` holds `zipkin`; it takes `otlp` or `none`"#]],
    );
}

#[track_caller]
fn expect(told: &[String], expected: &Expect) {
    expected.assert_eq(&told.join("\n"));
}
