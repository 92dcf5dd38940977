//! `postern validate`: documents against the guardrails' rules, for a person or a pipeline.
//!
//! It runs the very component that watches over calls, in the same sandbox and by the same way of a call.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueEnum;
use serde_json::{Map, Value, json};

use super::{Failure, Setting, local, write_out};
use crate::config::Config;
use crate::diagnostic::Source;
use crate::start;

/// What takes long at the first run.
const LOADING: &str = "compiling the guardrails; what is compiled is kept";

/// Check Kubernetes manifests and Palette documents against the guardrails' rules.
///
/// Exit codes: 0 when nothing is as bad as `--fail-on`, 1 when something is, 2 when there is no answer.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Validate {
    /// Files of YAML or JSON, of one document or many; `-` is the standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A folder of rule files; without it, those that came with this host.
    #[arg(long, value_name = "FOLDER")]
    rules: Option<PathBuf>,
    /// How to write the report.
    #[arg(long, value_enum, default_value_t)]
    format: Written,
    /// From which action on a finding fails the run.
    #[arg(long, value_enum, default_value_t)]
    fail_on: FailOn,
    /// Which environment the documents are for; without it their labels and namespaces tell, and what they leave
    /// open is production.
    #[arg(long, value_enum)]
    environment: Option<Environment>,
    /// The files are a part of what there is: do not tell of what is missing.
    #[arg(long)]
    part: bool,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Written {
    /// Lines for people.
    #[default]
    Text,
    /// The report as JSON.
    Json,
    /// SARIF 2.1.0.
    Sarif,
}

/// The mildest action that fails a run.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum FailOn {
    Warn,
    Hold,
    #[default]
    Block,
    Never,
}

/// A class of environments.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Environment {
    Production,
    Staging,
    Development,
}

impl Validate {
    /// Runs the component once.
    pub(super) async fn run(&self, setting: &Setting) -> Result<ExitCode, Failure> {
        let documents =
            self.files.iter().map(|path| document(path)).collect::<Result<Vec<Value>, Failure>>()?;
        let folder = tempfile::Builder::new().prefix("postern-validate-").tempdir()?;
        let source = Source::new("<validate>", self.configuration(folder.path())?);
        let config = Config::parse(source, &setting.environment, &start::embedded()?)?;
        let (texts, structured) = local::call(
            &config,
            setting,
            LOADING,
            ("guardrails", "validate_configuration"),
            self.arguments(documents),
        )
        .await?;
        let verdict = structured.as_ref().and_then(|report| report.get("verdict")).and_then(Value::as_str);
        for text in texts {
            write_out(|out| writeln!(out, "{}", text.trim_end()))?;
        }
        Ok(if self.fails(verdict) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    fn configuration(&self, folder: &Path) -> Result<String, Failure> {
        let audit = folder.join("audit.db");
        let rules = match &self.rules {
            Some(rules) => format!("rules = {:?}", std::path::absolute(rules)?),
            None => String::new(),
        };
        Ok(format!("[audit]\npath = {audit:?}\n[[plugin]]\nname = \"guardrails\"\n{rules}\n"))
    }

    fn arguments(&self, documents: Vec<Value>) -> Map<String, Value> {
        let mut arguments = Map::new();
        arguments.insert("documents".to_owned(), documents.into());
        let format = match self.format {
            Written::Text => "text",
            Written::Json => "json",
            Written::Sarif => "sarif",
        };
        arguments.insert("format".to_owned(), format.into());
        arguments.insert("scope".to_owned(), if self.part { "part" } else { "whole" }.into());
        let environment = self.environment.map(|environment| match environment {
            Environment::Production => "production",
            Environment::Staging => "staging",
            Environment::Development => "development",
        });
        if let Some(environment) = environment {
            arguments.insert("environment".to_owned(), environment.into());
        }
        arguments
    }

    fn fails(&self, verdict: Option<&str>) -> bool {
        let failing: &[&str] = match self.fail_on {
            FailOn::Warn => &["warn", "hold", "block"],
            FailOn::Hold => &["hold", "block"],
            FailOn::Block => &["block"],
            FailOn::Never => &[],
        };
        verdict.is_some_and(|verdict| failing.contains(&verdict))
    }
}

fn document(path: &Path) -> Result<Value, Failure> {
    let name = path.display().to_string();
    let text = if name == "-" {
        let mut text = String::new();
        io::stdin().lock().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(path)
    };
    let text = text.map_err(|why| format!("`{name}` cannot be read: {why}"))?;
    Ok(json!({"name": name, "text": text}))
}
