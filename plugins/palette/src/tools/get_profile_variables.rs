//! `get_profile_variables`: what a cluster profile asks of those who use it. Values of secrets are never told.

use postern_sdk::text::Text;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::args::one_profile;
use crate::capability::Capability;
use crate::fan;
use crate::instance::{Call, Request};
use crate::model::profile::{Variable, VariableOption, Variables};
use crate::redact;
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct GetProfileVariables;

one_profile! {
    /// Which profile.
    Arguments {}
}

/// What it asks.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Asked {
    /// Uid of the version.
    pub profile_uid: String,
    /// In the profile's order.
    pub variables: Vec<Row>,
    /// The instance that it is in.
    pub instance: String,
}

/// One variable.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Row {
    /// In the values of packs: `{{.spectro.var.NAME}}`.
    pub name: String,
    pub display_name: String,
    pub description: String,
    /// `string`, `number`, `boolean`, `ipv4`, `ipv4cidr`, `ipv6`, `version` or `base64`.
    pub format: String,
    /// `text`, `dropdown` or `multiline`.
    pub input_type: String,
    /// Absent for secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_value: Option<String>,
    pub required: bool,
    pub immutable: bool,
    pub hidden: bool,
    pub is_sensitive: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub regex: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Choice>,
}

/// What a variable may be.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Choice {
    pub value: String,
    pub label: String,
}

impl Tool for GetProfileVariables {
    const NAME: &'static str = "get_profile_variables";
    const TITLE: &'static str = "Get profile variables";
    const DESCRIPTION: &'static str = "Lists the variables of one version of a Palette cluster profile: format, \
        default, whether each is required, immutable or hidden, what it has to match. Values of sensitive ones are \
        never told.";
    type Arguments = Arguments;
    type Output = Asked;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Asked>, Problem> {
        let profile = crate::args::needed("profile_uid", arguments.profile_uid.as_ref())?;
        let project = crate::args::project(arguments.project.as_ref())?;
        let output = fan::one(call, async |api| {
            let request =
                Request::get(format!("/v1/clusterprofiles/{profile}/variables")).within(project.as_ref());
            let found: Option<Variables> = api.maybe(Capability::ProfilesRead, request).await?;
            let variables = match found {
                Some(found) => found.variables,
                // One without variables may have no such list; it must exist all the same.
                None => {
                    crate::profiles::whole(api, &profile, project.as_ref()).await?;
                    Vec::new()
                }
            };
            Ok(Asked {
                profile_uid: profile.to_string(),
                variables: variables.into_iter().map(row).collect(),
                instance: api.name().to_owned(),
            })
        })
        .await?;
        Ok(Report { text: text(&output), failed: false, output })
    }
}

fn row(variable: Variable) -> Row {
    let shown = Some(variable.default_value)
        .filter(|value| !variable.is_sensitive && !value.is_null())
        .map(|value| plain(&value));
    let choice = |option: VariableOption| Choice { value: plain(&option.value), label: option.label };
    // What a secret may be is as good as the secret.
    let options = if variable.is_sensitive { Vec::new() } else { variable.options };
    Row {
        default_value: shown.filter(|value| !value.is_empty() && !redact::is_masked(value)),
        options: options.into_iter().map(choice).collect(),
        name: variable.name,
        display_name: variable.display_name,
        description: variable.description,
        format: variable.format,
        input_type: variable.input_type,
        required: variable.required,
        immutable: variable.immutable,
        hidden: variable.hidden,
        is_sensitive: variable.is_sensitive,
        regex: variable.regex,
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => postern_sdk::mask::shown(text),
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

fn text(asked: &Asked) -> String {
    let mut text = Text::default();
    text.line(format!("{} variables of profile {}", asked.variables.len(), asked.profile_uid));
    let rows: Vec<[String; 4]> = asked
        .variables
        .iter()
        .map(|row| {
            let mut notes = Vec::new();
            for (is, note) in [
                (row.required, "required"),
                (row.immutable, "immutable"),
                (row.hidden, "hidden"),
                (row.is_sensitive, "sensitive"),
            ] {
                notes.extend(is.then_some(note));
            }
            let default = row.default_value.clone().unwrap_or_default();
            [row.name.clone(), row.format.clone(), default, notes.join(", ")]
        })
        .collect();
    text.table(&["NAME", "FORMAT", "DEFAULT", "NOTES"], &rows);
    text.finish("read the structured answer")
}
