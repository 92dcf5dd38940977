//! An answer as text, JSON, CSV or Markdown.

use std::collections::BTreeSet;

use clap::ValueEnum;
use serde_json::{Map, Value};

use crate::cli::Failure;
use crate::cli::local::Answer;

/// How an answer is written.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(super) enum Written {
    /// As the tool wrote it for people.
    #[default]
    Text,
    /// The structured answer.
    Json,
    /// Its rows, with a header (RFC 4180).
    Csv,
    /// Its rows, as a table.
    Markdown,
}

impl Written {
    /// # Errors
    /// Where the answer has no structured part or no rows, and which lists there are.
    pub(super) fn write(
        self,
        answer: &Answer,
        rows: Option<&str>,
        columns: &[String],
    ) -> Result<String, Failure> {
        let structured = || -> Result<&Value, Failure> {
            let missing = "the tool gave no structured answer; use `--format text`";
            Ok(answer.structured.as_ref().ok_or(missing)?)
        };
        match self {
            Self::Text => Ok(answer.texts.join("\n")),
            Self::Json => Ok(serde_json::to_string_pretty(structured()?)?),
            Self::Csv => Table::of(structured()?, rows, columns)?.csv(),
            Self::Markdown => Ok(Table::of(structured()?, rows, columns)?.markdown()),
        }
    }
}

/// Rows of one shape.
#[derive(Debug)]
struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn of(answer: &Value, pointer: Option<&str>, columns: &[String]) -> Result<Self, Failure> {
        let found: Vec<&Map<String, Value>> = match pointer {
            Some(pointer) => at(answer, pointer)
                .ok_or_else(|| format!("there is no list of rows at `{pointer}`; {}", lists(answer)))?,
            None => only(answer)?,
        };
        let mut all: Vec<String> = Vec::new();
        for name in found.iter().flat_map(|row| row.keys()) {
            if !all.contains(name) {
                all.push(name.clone());
            }
        }
        if let Some(unknown) = columns.iter().find(|name| !found.is_empty() && !all.contains(name)) {
            return Err(format!("no row has `{unknown}`; they have {}", all.join(", ")).into());
        }
        let columns = if columns.is_empty() { all } else { columns.to_vec() };
        let cells = |row: &&Map<String, Value>| columns.iter().map(|name| cell(row.get(name))).collect();
        let rows = found.iter().map(cells).collect();
        Ok(Self { columns, rows })
    }

    fn csv(&self) -> Result<String, Failure> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&self.columns)?;
        for row in &self.rows {
            writer.write_record(row.iter().map(|text| inert(text)))?;
        }
        let bytes = writer.into_inner().map_err(|error| error.to_string())?;
        Ok(String::from_utf8(bytes)?)
    }

    fn markdown(&self) -> String {
        let line = |cells: &mut dyn Iterator<Item = String>| {
            format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
        };
        let mut text = line(&mut self.columns.iter().map(|name| escaped(name)));
        text.push_str(&line(&mut self.columns.iter().map(|_| "---".to_owned())));
        for row in &self.rows {
            text.push_str(&line(&mut row.iter().map(|cell| escaped(cell))));
        }
        text
    }
}

/// The rows at a JSON Pointer (RFC 6901), in which the step `*` stands for every element of a list: the rows of all.
fn at<'v>(answer: &'v Value, pointer: &str) -> Option<Vec<&'v Map<String, Value>>> {
    match pointer.split_once("/*") {
        Some((list, rest)) => {
            let each = answer.pointer(list)?.as_array()?.iter().map(|element| at(element, rest));
            each.collect::<Option<Vec<_>>>().map(|rows| rows.concat())
        }
        None => answer.pointer(pointer).and_then(objects),
    }
}

/// The only list of rows at the top of an answer; an answer that is a list itself; or where there are several, which.
fn only(answer: &Value) -> Result<Vec<&Map<String, Value>>, Failure> {
    if let Some(rows) = objects(answer) {
        return Ok(rows);
    }
    let mut found = answer.as_object().into_iter().flatten().filter_map(|(_, value)| objects(value));
    match (found.next(), found.next()) {
        (Some(rows), None) => Ok(rows),
        (None, _) | (Some(_), Some(_)) => {
            Err(format!("say which rows by `--rows`; {}", lists(answer)).into())
        }
    }
}

fn objects(value: &Value) -> Option<Vec<&Map<String, Value>>> {
    value.as_array()?.iter().map(Value::as_object).collect()
}

/// Where there are lists of rows: at the top, one below it, and within rows.
fn lists(answer: &Value) -> String {
    let within = |prefix: String, map: &Map<String, Value>| {
        let lists = map.iter().filter(|(_, value)| objects(value).is_some());
        lists.map(|(name, _)| format!("{prefix}/{name}")).collect::<Vec<_>>()
    };
    let mut found = answer.as_object().map(|top| within(String::new(), top)).unwrap_or_default();
    for (name, value) in answer.as_object().into_iter().flatten() {
        let below = value.as_object().map(|map| within(format!("/{name}"), map));
        let rows = objects(value).into_iter().flatten().flat_map(|row| within(format!("/{name}/*"), row));
        found.extend(below.into_iter().flatten().chain(rows));
    }
    let mut seen = BTreeSet::new();
    found.retain(|pointer| seen.insert(pointer.clone()));
    if found.is_empty() {
        "it has no list of rows".to_owned()
    } else {
        format!("it has {}", found.join(", "))
    }
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(value @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_))) => {
            value.to_string()
        }
    }
}

/// A cell that no spreadsheet takes for a formula: names come from the systems that were asked, and people open the
/// file with a program that would run them.
fn inert(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err();
    if is_formula { format!("'{text}") } else { text.to_owned() }
}

/// A cell that stays in its row and is only text.
fn escaped(text: &str) -> String {
    let mut cell = String::with_capacity(text.len());
    for each in text.chars() {
        match each {
            '\r' => {}
            '\n' => cell.push_str("<br>"),
            '<' => cell.push_str("&lt;"),
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' => cell.extend(['\\', each]),
            each => cell.push(each),
        }
    }
    cell
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(format: Written, rows: Option<&str>, columns: &[&str]) -> Result<String, String> {
        let structured = json!({
            "total": 2,
            "items": [{"name": "a|b", "cost": -1.5, "tags": ["x", "y"]}, {"name": "=cmd()", "more": "two\nlines"}],
        });
        let answer = Answer { texts: vec!["text".to_owned()], structured: Some(structured), is_error: false };
        let columns: Vec<String> = columns.iter().map(|&name| name.to_owned()).collect();
        format.write(&answer, rows, &columns).map_err(|failure| failure.to_string())
    }

    #[test]
    fn rows_become_a_table() {
        let csv = "name,cost,tags,more\na|b,-1.5,\"[\"\"x\"\",\"\"y\"\"]\",\n'=cmd(),,,\"two\nlines\"\n";
        assert_eq!(written(Written::Csv, None, &[]).as_deref(), Ok(csv));
        let markdown = "| more | name |\n| --- | --- |\n|  | a\\|b |\n| two<br>lines | =cmd() |\n";
        assert_eq!(written(Written::Markdown, Some("/items"), &["more", "name"]).as_deref(), Ok(markdown));
        assert_eq!(written(Written::Text, None, &[]).as_deref(), Ok("text"));
    }

    #[test]
    fn what_has_no_rows_says_what_there_is() {
        let why = written(Written::Csv, Some("/rows"), &[]).unwrap_err();
        assert!(why.contains("it has /items"), "{why}");
        let why = written(Written::Csv, None, &["nam"]).unwrap_err();
        assert!(why.contains("they have name, cost"), "{why}");
        let several = json!({"a": [{"x": [{"y": 1}]}, {"x": [{"y": 2}]}], "b": {"c": [{"x": 1}]}, "d": [{}]});
        let why = Table::of(&several, None, &[]).unwrap_err().to_string();
        assert!(why.contains("--rows"), "{why}");
        for pointer in ["/a", "/b/c", "/d", "/a/*/x"] {
            assert!(why.contains(pointer), "{why}");
        }
        assert_eq!(Table::of(&several, Some("/a/*/x"), &[]).unwrap().csv().unwrap(), "y\n1\n2\n");
        assert!(Table::of(&several, Some("/a/*/z"), &[]).is_err());
        let answer = Answer { texts: Vec::new(), structured: None, is_error: false };
        assert!(Written::Json.write(&answer, None, &[]).is_err());
    }
}
