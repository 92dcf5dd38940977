//! `postern diagnose`: what is wrong in clusters, for a person or a pipeline.
//!
//! It runs `diagnose_cluster` of the Kubernetes integration, by the same way of a call as any client.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::ValueEnum;
use serde_json::{Map, Value, json};

use super::{Failure, Setting, local, write_out};

/// What takes long at the first run.
const LOADING: &str = "compiling components; what is compiled is kept";

/// Diagnose clusters: what is wrong, why, and what to do.
///
/// The clusters are those of the configuration, or of your kubeconfig. Exit codes: 0 when nothing is as bad as
/// `--fail-on`, 1 when something is, 2 when there is no answer, or none from some cluster.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Diagnose {
    /// The cluster, by the name of its context; `*` for all. Without it, the current one.
    cluster: Option<String>,
    /// Only this namespace, and the nodes.
    #[arg(long)]
    namespace: Option<String>,
    /// How to write the findings.
    #[arg(long, value_enum, default_value_t)]
    format: Written,
    /// From which severity on a finding fails the run.
    #[arg(long, value_enum, default_value_t)]
    fail_on: FailOn,
}

/// How findings are written.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Written {
    /// Lines for people.
    #[default]
    Text,
    /// The answer as JSON.
    Json,
    /// SARIF 2.1.0.
    Sarif,
}

/// The mildest severity that fails a run.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum FailOn {
    Warning,
    #[default]
    Critical,
    Never,
}

impl Diagnose {
    /// Calls the tool once.
    pub(super) async fn run(&self, setting: &Setting) -> Result<ExitCode, Failure> {
        let mut config = setting.configuration()?;
        // Beside a host that runs, it writes a log of its own.
        config.audit.or_beside = true;
        let tool = ("kubernetes", "diagnose_cluster");
        let (texts, structured) = local::call(&config, setting, LOADING, tool, self.arguments()).await?;
        let report = structured.unwrap_or_default();
        let text = match self.format {
            Written::Text => texts.join("\n"),
            Written::Json => report.to_string(),
            Written::Sarif => sarif(&report).to_string(),
        };
        write_out(|out| writeln!(out, "{}", text.trim_end()))?;
        let unread = report.get("errors").and_then(Value::as_array).is_some_and(|errors| !errors.is_empty());
        if unread {
            return Ok(ExitCode::from(2));
        }
        let failing: &[&str] = match self.fail_on {
            FailOn::Warning => &["warning", "critical"],
            FailOn::Critical => &["critical"],
            FailOn::Never => &[],
        };
        let fails = findings(&report).iter().any(|finding| failing.contains(&text_of(finding, "severity")));
        Ok(if fails { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    fn arguments(&self) -> Map<String, Value> {
        let given = [("cluster", &self.cluster), ("namespace", &self.namespace)];
        let given =
            given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?.into())));
        given.collect()
    }
}

/// The findings of all clusters.
fn findings(report: &Value) -> Vec<&Value> {
    let clusters = report.get("clusters").and_then(Value::as_array).into_iter().flatten();
    clusters.filter_map(|cluster| cluster.get("findings")?.as_array()).flatten().collect()
}

fn text_of<'a>(finding: &'a Value, field: &str) -> &'a str {
    finding.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// SARIF 2.1.0 (OASIS): a result each, at the object as a logical location.
fn sarif(report: &Value) -> Value {
    let mut rules: BTreeMap<&str, Value> = BTreeMap::new();
    let mut results = Vec::new();
    for finding in findings(report) {
        let text = |field| text_of(finding, field);
        let rule = text("rule");
        rules.entry(rule).or_insert_with(|| json!({"id": rule, "help": {"text": text("advice")}}));
        let level = match text("severity") {
            "critical" => "error",
            "warning" => "warning",
            _ => "note",
        };
        let parts = [text("cluster"), text("namespace"), text("kind"), text("name")];
        let name = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
        results.push(json!({
            "ruleId": rule,
            "level": level,
            "message": {"text": text("message")},
            "locations": [{"logicalLocations": [{"fullyQualifiedName": name, "kind": "resource"}]}],
            "partialFingerprints": {"objectAndRule/v1": format!("{name}:{rule}")},
        }));
    }
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "postern",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.into_values().collect::<Vec<_>>(),
            }},
            "results": results,
        }],
    })
}
