//! The standard variables of OpenTelemetry
//! (<https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>), made sense of.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use thiserror::Error;
use url::Url;

/// Where a collector listens by default.
const COLLECTOR: &str = "http://localhost:4318";

/// How long one export may take when nothing is said.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What to export, and where to; nothing by default.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Where spans go.
    pub traces: Option<Export>,
    /// Where metrics go.
    pub metrics: Option<Export>,
    /// Which traces are kept.
    pub sampler: Sampling,
    /// What is said of this process, `service.name` first.
    pub resource: Vec<(String, String)>,
    /// How counts are told.
    pub temporality: Temporality,
}

/// Where one signal goes, by OTLP over HTTP with protobuf.
#[derive(Clone, PartialEq, Eq)]
pub struct Export {
    /// The whole URL, path included.
    pub endpoint: Url,
    /// Sent with every export; the values are secrets as a rule.
    pub headers: BTreeMap<String, String>,
    /// How long one export may take.
    pub timeout: Duration,
    /// Whether bodies are compressed.
    pub gzip: bool,
    /// The certificates to trust, in place of the system's: a file in PEM.
    pub authorities: Option<PathBuf>,
}

impl fmt::Debug for Export {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Export")
            .field("endpoint", &self.endpoint.host_str())
            .field("headers", &self.headers.keys())
            .finish_non_exhaustive()
    }
}

/// Which traces are kept. A ratio is from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// Whether the caller's word holds, where it has said one.
    pub by_parent: bool,
    /// How many of the others are kept.
    pub ratio: f64,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { by_parent: true, ratio: 1.0 }
    }
}

/// How counts are told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Temporality {
    /// From the start of the process.
    #[default]
    Cumulative,
    /// Since the last export.
    Delta,
    /// Since the last export, where that costs no memory.
    LowMemory,
}

/// A variable that cannot be followed. The value is told only where it is no secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VariableError {
    /// Something else is expected.
    #[error("the variable `{name}` holds `{value}`; it takes {right}")]
    Value {
        /// Which.
        name: String,
        /// What it holds.
        value: String,
        /// What would be right.
        right: &'static str,
    },
    /// It may hold a secret.
    #[error("the variable `{name}` is not a list such as `name=value,other=value`, percent-encoded")]
    List {
        /// Which.
        name: String,
    },
}

/// A signal's part of the names of its variables.
#[derive(Clone, Copy)]
struct Signal {
    /// `TRACES` in `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`.
    name: &'static str,
    path: &'static str,
}

const TRACES: Signal = Signal { name: "TRACES", path: "v1/traces" };
const METRICS: Signal = Signal { name: "METRICS", path: "v1/metrics" };

impl Config {
    /// Follows the variables that `get` knows; where it knows none, nothing is exported.
    ///
    /// A signal is exported where an endpoint is set for it, or `OTEL_TRACES_EXPORTER=otlp` asks for the
    /// default one; never where that is `none`, or `OTEL_SDK_DISABLED` is `true`.
    ///
    /// # Errors
    /// The first variable that cannot be followed.
    pub fn from_variables(get: impl Fn(&str) -> Option<String>) -> Result<Self, VariableError> {
        let read = Reader { get: &|name| get(name).filter(|value| !value.is_empty()) };
        Ok(Self {
            traces: read.export(TRACES)?,
            metrics: read.export(METRICS)?,
            sampler: read.sampler()?,
            resource: read.resource()?,
            temporality: read.temporality()?,
        })
    }
}

/// The names of the variables that hold secrets: programs that the host runs must not see them.
pub const SECRETS: [&str; 3] =
    ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_METRICS_HEADERS"];

struct Reader<'g> {
    get: &'g dyn Fn(&str) -> Option<String>,
}

impl Reader<'_> {
    /// A setting of one signal, or else of all; with the name of the variable that holds it.
    fn either(&self, signal: Signal, what: &str) -> Option<(String, String)> {
        let names =
            [format!("OTEL_EXPORTER_OTLP_{}_{what}", signal.name), format!("OTEL_EXPORTER_OTLP_{what}")];
        names.into_iter().find_map(|name| (self.get)(&name).map(|value| (name, value)))
    }

    fn export(&self, signal: Signal) -> Result<Option<Export>, VariableError> {
        if (self.get)("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            return Ok(None);
        }
        let exporter = format!("OTEL_{}_EXPORTER", signal.name);
        let asked = match (self.get)(&exporter).as_deref() {
            None => false,
            Some("otlp") => true,
            Some("none") => return Ok(None),
            Some(_) => return Err(self.refuse(&exporter, "`otlp` or `none`")),
        };
        let Some(endpoint) = self.endpoint(signal, asked)? else { return Ok(None) };
        if let Some((name, value)) = self.either(signal, "PROTOCOL")
            && value != "http/protobuf"
        {
            return Err(self.refuse(&name, "`http/protobuf`, which every collector takes at port 4318"));
        }
        let timeout = match self.either(signal, "TIMEOUT") {
            None => TIMEOUT,
            Some((name, value)) => value
                .parse()
                .map(Duration::from_millis)
                .map_err(|_| self.refuse(&name, "a number of milliseconds"))?,
        };
        let gzip = match self.either(signal, "COMPRESSION") {
            None => false,
            Some((name, value)) => match value.as_str() {
                "gzip" => true,
                "none" => false,
                _ => return Err(self.refuse(&name, "`gzip` or `none`")),
            },
        };
        let headers = match self.either(signal, "HEADERS") {
            None => BTreeMap::new(),
            Some((name, value)) => list(&value).ok_or(VariableError::List { name })?.into_iter().collect(),
        };
        let authorities = self.either(signal, "CERTIFICATE").map(|(_, path)| PathBuf::from(path));
        Ok(Some(Export { endpoint, headers, timeout, gzip, authorities }))
    }

    /// The endpoint of one signal is taken as it is; that of all signals is the folder of each.
    fn endpoint(&self, signal: Signal, asked: bool) -> Result<Option<Url>, VariableError> {
        let right = "a URL such as `http://collector.example:4318`";
        let name = format!("OTEL_EXPORTER_OTLP_{}_ENDPOINT", signal.name);
        let all = "OTEL_EXPORTER_OTLP_ENDPOINT";
        if let Some(text) = (self.get)(&name) {
            return url(&text).map(Some).ok_or_else(|| self.refuse(&name, right));
        }
        let base = (self.get)(all).or_else(|| asked.then(|| COLLECTOR.to_owned()));
        let Some(mut base) = base else { return Ok(None) };
        if !base.ends_with('/') {
            base.push('/');
        }
        base.push_str(signal.path);
        url(&base).map(Some).ok_or_else(|| self.refuse(all, right))
    }

    fn sampler(&self) -> Result<Sampling, VariableError> {
        let name = "OTEL_TRACES_SAMPLER";
        let kind = (self.get)(name).unwrap_or_else(|| "parentbased_always_on".to_owned());
        let by_parent = kind.starts_with("parentbased_");
        let ratio = match kind.strip_prefix("parentbased_").unwrap_or(&kind) {
            "always_on" => 1.0,
            "always_off" => 0.0,
            "traceidratio" => self.ratio()?,
            _ => {
                return Err(self.refuse(
                    name,
                    "`always_on`, `always_off`, `traceidratio`, or one of these after `parentbased_`",
                ));
            }
        };
        Ok(Sampling { by_parent, ratio })
    }

    fn ratio(&self) -> Result<f64, VariableError> {
        let name = "OTEL_TRACES_SAMPLER_ARG";
        let Some(text) = (self.get)(name) else { return Ok(1.0) };
        let ratio = text.parse::<f64>().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
        ratio.ok_or_else(|| self.refuse(name, "a number from 0 to 1"))
    }

    fn resource(&self) -> Result<Vec<(String, String)>, VariableError> {
        let name = "OTEL_RESOURCE_ATTRIBUTES";
        let given =
            (self.get)(name).map(|value| list(&value).ok_or(VariableError::List { name: name.to_owned() }));
        let given = given.transpose()?.unwrap_or_default();
        let named = given.iter().rev().find(|(key, _)| key == "service.name").map(|(_, name)| name.clone());
        let service = (self.get)("OTEL_SERVICE_NAME").or(named).unwrap_or_else(|| "postern".to_owned());
        let mut resource = vec![
            ("service.name".to_owned(), service),
            ("service.version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
        ];
        // What the operator says of this process goes before what we know of it, but for the name.
        resource.extend(given.into_iter().filter(|(key, _)| key != "service.name"));
        Ok(resource)
    }

    fn temporality(&self) -> Result<Temporality, VariableError> {
        let name = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE";
        let Some(value) = (self.get)(name) else { return Ok(Temporality::default()) };
        match value.to_ascii_lowercase().as_str() {
            "cumulative" => Ok(Temporality::Cumulative),
            "delta" => Ok(Temporality::Delta),
            "lowmemory" => Ok(Temporality::LowMemory),
            _ => Err(self.refuse(name, "`cumulative`, `delta` or `lowmemory`")),
        }
    }

    fn refuse(&self, name: &str, right: &'static str) -> VariableError {
        let value = (self.get)(name).unwrap_or_default();
        // Before an `@` there may be a password.
        let value = value.rsplit_once('@').map(|(_, after)| format!("...@{after}")).unwrap_or(value);
        VariableError::Value { name: name.to_owned(), value, right }
    }
}

fn url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host() && url.username().is_empty()).then_some(url)
}

/// `name=value` pairs as in a W3C baggage header: separated by commas, values percent-encoded.
fn list(text: &str) -> Option<Vec<(String, String)>> {
    let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=')?;
            let (name, value) = (name.trim(), percent_decode_str(value.trim()).decode_utf8().ok()?);
            let clean = !name.is_empty() && !value.chars().any(char::is_control);
            clean.then(|| (name.to_owned(), value.into_owned()))
        })
        .collect()
}
