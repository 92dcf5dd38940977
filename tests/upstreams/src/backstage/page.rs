//! Pages: order, cut, and the cursors that lead on.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::entity::text;
use super::refusal::Refusal;

/// Everything of a paged query that its cursor holds.
#[derive(Debug, Clone)]
pub(super) struct Query {
    pub(super) filters: Vec<String>,
    pub(super) predicate: Option<Value>,
    pub(super) term: String,
    /// `path` and whether it descends.
    pub(super) order: Vec<(String, bool)>,
    pub(super) offset: usize,
}

impl Query {
    /// Reads a cursor. What it does not hold is asked for anew.
    pub(super) fn from_cursor(cursor: &str) -> Result<Self, Refusal> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
        let value = bytes.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
        let value = value.filter(Value::is_object).ok_or_else(|| Refusal::input("Malformed cursor"))?;
        let list = |name: &str| value.get(name).and_then(Value::as_array).into_iter().flatten();
        let order = list("order").map(|it| (text(it, "/0").to_owned(), it.get(1) == Some(&json!(true))));
        Ok(Self {
            filters: list("filters").filter_map(|it| it.as_str().map(str::to_owned)).collect(),
            predicate: value.get("predicate").filter(|it| !it.is_null()).cloned(),
            term: text(&value, "/term").to_owned(),
            order: order.collect(),
            offset: value
                .get("offset")
                .and_then(Value::as_u64)
                .and_then(|it| it.try_into().ok())
                .unwrap_or(0),
        })
    }

    /// The cursor of the same query at another place.
    pub(super) fn cursor(&self, offset: usize) -> String {
        let value = json!({
            "filters": self.filters, "predicate": self.predicate, "term": self.term, "order": self.order,
            "offset": offset,
        });
        URL_SAFE_NO_PAD.encode(value.to_string())
    }
}

/// Sorts by dotted paths; entities without a value come last.
pub(super) fn sort(entities: &mut [&Value], order: &[(String, bool)]) {
    let value = |entity: &Value, path: &str| {
        let value = text(entity, &format!("/{}", path.replace('.', "/"))).to_lowercase();
        (value.is_empty(), value)
    };
    entities.sort_by(|a, b| {
        let compare = |(path, descends): &(String, bool)| {
            let ordering = value(a, path).cmp(&value(b, path));
            if *descends { ordering.reverse() } else { ordering }
        };
        order.iter().map(compare).find(|it| it.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
    });
}

/// `metadata.name,desc` as lists and their `orderField` have it; `asc:metadata.name` as the older list has it.
pub(super) fn order(text: &str) -> Result<(String, bool), Refusal> {
    let (path, direction) = match (text.split_once(':'), text.split_once(',')) {
        (Some((direction, path)), None) => (path, direction),
        (_, Some((path, direction))) => (path, direction),
        (None, None) => (text, "asc"),
    };
    match direction {
        "asc" | "desc" => Ok((path.to_owned(), direction == "desc")),
        _ => Err(Refusal::input(format!("Invalid order field: `{text}`"))),
    }
}

/// A whole number of a query.
pub(super) fn number(name: &str, value: Option<&str>) -> Result<Option<usize>, Refusal> {
    let Some(value) = value else { return Ok(None) };
    let number =
        value.parse().map_err(|_| Refusal::input(format!("Invalid {name}, not an integer: `{value}`")));
    number.map(Some)
}
