//! `postern call`: any tool from the shell, for a person, a script or a cron job.
//!
//! ```text
//! postern call kubernetes/list_pods cluster=prod --format markdown
//! postern call scaleops/get_top_recommendations --fail-if 'summary.totalSavings > 1000.0' --format csv
//! ```
//!
//! It goes the way of every call: policy, guardrails, approvals, audit and sandbox included. [`arguments`] reads
//! what was typed by the tool's own schema, [`written`] writes the answer, and [`alert`] judges it.

mod alert;
mod arguments;
mod written;

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::Value;

use super::local::{Answer, Local};
use super::waiting::tell;
use super::{Failure, Setting, write_out};
use crate::registry::Tool;
use alert::Alert;
use written::Written;

/// What takes long at the first run.
const LOADING: &str = "compiling components; what is compiled is kept";

/// Call a tool: text, JSON, CSV or Markdown, and an exit code for alerts.
///
/// Exit codes: 0 when it answered, 1 when an expression of `--fail-if` holds, 2 when there is no answer or the tool
/// says that it failed.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Call {
    /// The tool, as `plugin/tool`; or by its own name, where only one plugin has it.
    tool: String,
    /// Its arguments, as `name=value`. A text stands as it is, anything else as JSON, and a list may be given by
    /// its elements, one `name=value` each.
    #[arg(value_name = "NAME=VALUE")]
    arguments: Vec<String>,
    /// Its arguments as one JSON object; `@FILE` reads a file, `@-` the standard input. Single ones replace those in it.
    #[arg(long, value_name = "JSON")]
    json: Option<String>,
    /// How to write the answer.
    #[arg(long, value_enum, default_value_t)]
    format: Written,
    /// For CSV and Markdown: the list of rows, as a JSON Pointer such as `/items`, or `/clusters/*/items` for those of
    /// all clusters. Without it, the only list there is.
    #[arg(long, value_name = "POINTER")]
    rows: Option<String>,
    /// For CSV and Markdown: the columns, in this order. Without it, all.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    columns: Vec<String>,
    /// Exit with 1 when this holds: an expression in CEL on the structured answer, whose fields are its variables;
    /// `result` is the whole. May be given several times.
    #[arg(long, value_name = "EXPRESSION")]
    fail_if: Vec<String>,
    /// Tell of progress also where nobody is looking.
    #[arg(long)]
    progress: bool,
}

impl Call {
    /// Calls the tool once.
    pub(super) async fn run(&self, setting: &Setting) -> Result<ExitCode, Failure> {
        // What can be wrong with the flags is told before anything is asked.
        let alerts = self.fail_if.iter().map(|text| Alert::parse(text)).collect::<Result<Vec<_>, _>>()?;
        let mut config = setting.configuration()?;
        // Beside a host that runs, it writes a log of its own.
        config.audit.or_beside = true;
        let local = Local::start(&config, setting, LOADING).await?;
        let called = self.call(&local).await;
        local.stop().await;
        let answer = called?;
        if answer.is_error {
            return Err(answer.texts.join("\n").into());
        }
        let text = self.format.write(&answer, self.rows.as_deref(), &self.columns)?;
        write_out(|out| writeln!(out, "{}", text.trim_end()))?;
        alerted(&alerts, answer.structured.as_ref())
    }

    async fn call(&self, local: &Local) -> Result<Answer, Failure> {
        let tool = chosen(local.tools(), &self.tool)?;
        let given = arguments::read(&tool.input_schema, self.json.as_deref(), &self.arguments)?;
        let is_watched = self.progress || std::io::stderr().is_terminal();
        let show = |line: String| {
            if is_watched {
                tell(&line);
            }
        };
        local.call((&tool.plugin, &tool.name), given, show).await
    }
}

/// The tool that a name stands for, among those that this user may call.
fn chosen(tools: Vec<Arc<Tool>>, name: &str) -> Result<Arc<Tool>, Failure> {
    let full = |tool: &Tool| format!("{}/{}", tool.plugin, tool.name);
    let mut named: Vec<&Arc<Tool>> =
        tools.iter().filter(|tool| full(tool) == name || tool.name == name).collect();
    if let (Some(tool), true) = (named.pop(), named.is_empty()) {
        return Ok(Arc::clone(tool));
    }
    let several = tools.iter().filter(|tool| tool.name == name).map(|tool| full(tool)).collect::<Vec<_>>();
    if !several.is_empty() {
        return Err(format!("several plugins have a tool `{name}`; say which: {}", several.join(", ")).into());
    }
    let known = tools.iter().map(|tool| full(tool)).collect::<Vec<_>>().join(", ");
    Err(format!("no tool is named `{name}`, or none that you may call; there are: {known}").into())
}

fn alerted(alerts: &[Alert], structured: Option<&Value>) -> Result<ExitCode, Failure> {
    let mut code = ExitCode::SUCCESS;
    for alert in alerts {
        let structured =
            structured.ok_or("the tool gave no structured answer, so `--fail-if` cannot be asked of it")?;
        if alert.holds(structured)? {
            tell(&format!("it holds: {}", alert.text()));
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}
