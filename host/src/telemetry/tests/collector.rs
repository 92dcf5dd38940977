//! OTLP to a collector on the loopback interface.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use prost::Message as _;
use tokio::net::TcpListener;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::telemetry::{Config, Ended, Operation, Scraping, Session, Telemetry, Transport, span};

/// What came: the path, the headers, the body.
type Came = Arc<Mutex<Vec<(String, http::HeaderMap, Bytes)>>>;

/// A collector that takes everything.
async fn collector() -> (SocketAddr, Came) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, came) = (listener.local_addr().unwrap(), Came::default());
    let kept = Arc::clone(&came);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let kept = Arc::clone(&kept);
            let service = service_fn(move |request: Request<Incoming>| {
                let kept = Arc::clone(&kept);
                async move {
                    let (parts, body) = request.into_parts();
                    let body = body.collect().await.unwrap().to_bytes();
                    kept.lock().unwrap().push((parts.uri.path().to_owned(), parts.headers, body));
                    Ok::<_, Infallible>(Response::new(Full::new(Bytes::new())))
                }
            });
            tokio::spawn(
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
            );
        }
    });
    (address, came)
}

fn variables(endpoint: String) -> Config {
    let variables = BTreeMap::from([
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20abc".to_owned()),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "5000".to_owned()),
        ("OTEL_SERVICE_NAME", "gateway".to_owned()),
    ]);
    Config::from_variables(|name| variables.get(name).cloned()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spans_and_metrics_reach_the_collector_when_the_host_stops() {
    let (address, came) = collector().await;
    let mut telemetry = Telemetry::start(variables(format!("http://{address}/otlp"))).unwrap();
    let meters = telemetry.meters(Scraping::Off).unwrap();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(telemetry.layer()), || {
        drop(span::operation("tools/call", Some("get_pods"), Transport::Http, None, None));
    });
    meters.auth_refused("expired");
    tokio::task::spawn_blocking(move || drop(telemetry)).await.unwrap();

    let came = came.lock().unwrap();
    let of = |path: &str| came.iter().find(|(asked, ..)| asked == path).unwrap_or_else(|| panic!("{came:?}"));
    let (_, headers, body) = of("/otlp/v1/traces");
    assert_eq!(headers["content-type"], "application/x-protobuf");
    assert_eq!(headers["authorization"], "Bearer abc");
    assert_eq!(headers["host"], address.to_string());
    let traces = ExportTraceServiceRequest::decode(body.clone()).unwrap();
    let [resource] = traces.resource_spans.as_slice() else { panic!("{traces:?}") };
    let service = &resource.resource.as_ref().unwrap().attributes;
    assert!(format!("{service:?}").contains("\"gateway\""), "{service:?}");
    let names: Vec<&str> =
        resource.scope_spans.iter().flat_map(|scope| &scope.spans).map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["tools/call get_pods"]);

    let (_, _, body) = of("/otlp/v1/metrics");
    let metrics = ExportMetricsServiceRequest::decode(body.clone()).unwrap();
    let names: Vec<&str> = metrics
        .resource_metrics
        .iter()
        .flat_map(|resource| &resource.scope_metrics)
        .flat_map(|scope| &scope.metrics)
        .map(|metric| metric.name.as_str())
        .collect();
    assert_eq!(names, ["postern.auth.refusals"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_and_sessions_reach_the_collector_as_the_conventions_have_them() {
    let (address, came) = collector().await;
    let mut telemetry = Telemetry::start(variables(format!("http://{address}"))).unwrap();
    let meters = telemetry.meters(Scraping::Off).unwrap();
    let (transport, version, elapsed) = (Transport::Http, Some("2025-11-25"), Duration::from_secs(90));
    meters.session(Session { transport, version, error: None, elapsed });
    let (tool, prompt, ended) = (None, None, Ended::Well);
    meters.operation(Operation { method: "tools/list", tool, prompt, transport, version, ended, elapsed });
    tokio::task::spawn_blocking(move || drop(telemetry)).await.unwrap();

    let came = came.lock().unwrap();
    let (_, _, body) = came.iter().find(|(asked, ..)| asked == "/v1/metrics").unwrap();
    let metrics = ExportMetricsServiceRequest::decode(body.clone()).unwrap();
    let resources = metrics.resource_metrics.iter();
    let metrics = resources.flat_map(|resource| &resource.scope_metrics).flat_map(|scope| &scope.metrics);
    let mut found = Vec::new();
    for metric in metrics {
        let Some(Data::Histogram(histogram)) = &metric.data else { panic!("{metric:?}") };
        let [point] = histogram.data_points.as_slice() else { panic!("{histogram:?}") };
        let mut keys: Vec<&str> = point.attributes.iter().map(|each| each.key.as_str()).collect();
        keys.sort_unstable();
        assert_eq!((metric.unit.as_str(), point.count, point.sum), ("s", 1, Some(90.0)));
        assert_eq!(point.explicit_bounds.len(), 14);
        found.push((metric.name.as_str(), keys.join(" ")));
    }
    found.sort_unstable();
    let connection = "mcp.protocol.version network.protocol.name network.transport";
    let expected = [
        ("mcp.server.operation.duration", format!("mcp.method.name {connection}")),
        ("mcp.server.session.duration", connection.to_owned()),
    ];
    assert_eq!(found, expected);
}

/// A host with something left to send to `address` stops, well before what it might wait for in all.
fn stops_in_time(address: SocketAddr) {
    let mut telemetry = Telemetry::start(variables(format!("http://{address}"))).unwrap();
    telemetry.meters(Scraping::Off).unwrap().auth_refused("expired");
    tracing::subscriber::with_default(tracing_subscriber::registry().with(telemetry.layer()), || {
        drop(span::operation("tools/list", None, Transport::Http, None, None));
    });
    let began = Instant::now();
    drop(telemetry);
    // Three seconds, and room for a machine that has much to do.
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[test]
fn a_collector_that_is_away_does_not_hold_up_the_end() {
    // A port that was free a moment ago, and has nobody.
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    stops_in_time(address);
}

#[test]
fn a_collector_that_says_nothing_does_not_hold_up_the_end() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    stops_in_time(silent.local_addr().unwrap());
}
