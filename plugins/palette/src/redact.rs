//! What holds a secret does not leave the component.
//!
//! Cloud accounts, `/oidc`, user summaries and gateways carry secrets in fields of telling names; values of packs
//! are YAML documents that may hold anything. A masked text must never be written back: [`is_masked`].

use postern_sdk::mask::{self, MASK};
use serde_json::Value;

/// Fields that are secrets whatever they hold, beside those whose name says so.
const FIELDS: &[&str] = &[
    "activationlink",
    "importlink",
    "kubectlcommands",
    "kubeconfig",
    "cacertificatebase64",
    "jsoncredentials",
    "sts",
];

/// Masks every secret in a JSON value.
pub fn json(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            // A variable that says so of itself.
            let sensitive = fields.get("isSensitive") == Some(&Value::Bool(true));
            for (name, value) in fields {
                match (name.as_str(), value) {
                    ("value" | "defaultValue" | "options", value) if sensitive => hide(value),
                    (name, value) if is_secret(name) => hide(value),
                    // Whole YAML documents.
                    ("values" | "content", Value::String(text)) => *text = manifest(text),
                    (_, value) => json(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(json),
        Value::String(text) => *text = mask::shown(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Masks a YAML document line by line: values beside telling names, of one line or of a block, and what has the
/// shape of a secret.
#[must_use]
pub fn yaml(text: &str) -> String {
    masked(text, false)
}

/// [`yaml`] for manifests of Kubernetes: the data of a `Secret` are masked whatever their names.
#[must_use]
pub fn manifest(text: &str) -> String {
    let documents: Vec<String> = text
        .split("\n---")
        .map(|document| masked(document, document.lines().any(is_kind_of_secret)))
        .collect();
    documents.join("\n---")
}

fn is_kind_of_secret(line: &str) -> bool {
    let kind = line.trim_start_matches("- ").trim().strip_prefix("kind:").map(str::trim);
    kind.is_some_and(|kind| kind.trim_matches(['"', '\'']) == "Secret")
}

/// `data`: whether what stands below `data` and `stringData` is secret.
fn masked(text: &str, data: bool) -> String {
    // The indent of a name whose whole block is left out.
    let mut block: Option<usize> = None;
    let mut lines = Vec::new();
    for line in text.lines() {
        let indent = line.len() - line.trim_start_matches([' ', '-']).len();
        if let Some(outer) = block {
            if line.trim().is_empty() || indent > outer {
                continue;
            }
            block = None;
        }
        let name = line.split_once(':').map(|(name, value)| (plain(name), value.trim()));
        let opens = name.is_some_and(|(name, value)| {
            (data && matches!(name, "data" | "stringData"))
                || (value.starts_with(['|', '>']) && mask::is_secret(name))
        });
        if opens {
            block = Some(indent);
            let name = line.split(':').next().unwrap_or_default();
            lines.push(format!("{name}: {MASK}"));
        } else {
            lines.push(yaml_line(line));
        }
    }
    mask::shown(&lines.join("\n"))
}

fn plain(name: &str) -> &str {
    name.trim().trim_start_matches("- ").trim_matches(['"', '\''])
}

/// Whether a text was masked, by us or by Palette: such a one is never compared, and never written back.
#[must_use]
pub fn is_masked(text: &str) -> bool {
    text.contains(MASK) || (text.len() >= 3 && text.chars().all(|character| character == '*'))
}

fn is_secret(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    FIELDS.contains(&lower.as_str()) || mask::is_secret(name)
}

fn hide(value: &mut Value) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::String(text) if text.is_empty() => {}
        Value::String(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            *value = Value::String(MASK.to_owned());
        }
    }
}

fn yaml_line(line: &str) -> String {
    let Some((name, value)) = line.split_once(':') else { return line.to_owned() };
    let plain = plain(name);
    let value = value.trim();
    // A flag and an empty value hold nothing.
    let holds = !value.is_empty()
        && !value.starts_with('#')
        && !matches!(value, "{}" | "[]" | "\"\"" | "''" | "true" | "false");
    if holds && mask::is_secret(plain) { format!("{name}: {MASK}") } else { line.to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_of_accounts_users_and_gateways_are_hidden() {
        let mut value = json!({
            "spec": {"accessKey": "AKIA", "secretKey": "hunter2", "clientSecret": "hunter2", "region": "eu"},
            "status": {"activationLink": "https://x/hunter2", "kubectlCommands": ["hunter2"], "state": "ok"},
            "items": [{"password": "hunter2", "token": ""}],
        });
        super::json(&mut value);
        assert!(!value.to_string().contains("hunter2"), "{value}");
        assert_eq!(value["spec"]["region"], "eu");
        assert_eq!(value["items"][0]["token"], "");
    }

    #[test]
    fn sensitive_variables_and_documents_are_hidden() {
        let mut value = json!({"variables": [{"name": "a", "isSensitive": true, "value": "hunter2",
            "defaultValue": "hunter2", "options": [{"value": "hunter2"}]}, {"name": "b", "value": "shown"}],
            "packs": [{"values": "a: shown\npassword: |\n  hunter2"}],
            "spec": {"published": {"content": "kind: Secret\ndata:\n  a: hunter2"}}});
        super::json(&mut value);
        let text = value.to_string();
        assert!(
            !text.contains("hunter2")
                && text.contains("a: shown")
                && value["variables"][1]["value"] == "shown",
            "{text}"
        );
    }

    #[test]
    fn values_keep_what_is_no_secret() {
        let text = "image: nginx\nadminPassword: hunter2\n  - token: \"hunter2\"\nport: 80";
        let shown = yaml(text);
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("image: nginx") && shown.contains("port: 80"));
    }

    #[test]
    fn blocks_and_secrets_of_kubernetes_are_hidden_whole() {
        let text = "a: 1\npassword: |\n  hunter2\n\n  hunter2\nb: 2\nlist:\n- token: >-\n    hunter2\n  c: 3";
        let shown = yaml(text);
        assert!(!shown.contains("hunter2") && shown.contains("b: 2") && shown.contains("  c: 3"), "{shown}");
        let text = "kind: ConfigMap\ndata:\n  motd: hello\n---\nkind: \"Secret\"\nstringData:\n  motd: hunter2\ntype: Opaque";
        let shown = manifest(text);
        assert!(!shown.contains("hunter2") && shown.contains("hello") && shown.contains("Opaque"), "{shown}");
    }

    #[test]
    fn masks_are_known() {
        assert!(is_masked("********") && is_masked(MASK) && is_masked("a: [masked]"));
        assert!(!is_masked("**") && !is_masked("") && !is_masked("a*b"));
    }
}
