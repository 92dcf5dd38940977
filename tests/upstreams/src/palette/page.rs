//! Lists: pages, and the generic `filters` and `orderBy` of GET lists.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::refusal::Refusal;
use crate::record::Recorded;

/// The default and the most items of a page.
const MOST: usize = 50;

/// One page of a list, as the query asks. A `continue` in the body is not looked at: that is the trap.
pub(super) fn page(items: Vec<Value>, request: &Recorded) -> Result<Value, Refusal> {
    let limit = match numeric(request, "limit")?.unwrap_or(MOST) {
        0 => MOST,
        limit => limit.min(MOST),
    };
    let start = match request.parameter("continue").filter(|token| !token.is_empty()) {
        Some(token) => place(token).ok_or_else(|| Refusal::malformed("continue token is not valid"))?,
        None => numeric(request, "offset")?.unwrap_or_default(),
    };
    let count = items.len();
    let items: Vec<Value> = items.into_iter().skip(start).take(limit).collect();
    let end = start.saturating_add(items.len());
    let more = if end < count && !items.is_empty() { token(end) } else { String::new() };
    Ok(json!({
        "items": items,
        "listmeta": {"continue": more, "count": count, "limit": limit, "offset": end},
    }))
}

/// The items that the query's `filters` leave, in the order of its `orderBy`.
///
/// `filters` are `field=value` joined by `AND` or `OR`; a field is a path such as `metadata.name`.
pub(super) fn arrange(mut items: Vec<Value>, request: &Recorded) -> Vec<Value> {
    if let Some(filters) = request.parameter("filters").filter(|it| !it.is_empty()) {
        items.retain(|item| filters.split("OR").any(|part| part.split("AND").all(|test| holds(item, test))));
    }
    if let Some((field, direction)) = request.parameter("orderBy").and_then(|it| it.split_once('=')) {
        items.sort_by_key(|item| at(item, field));
        if direction.starts_with("-1") {
            items.reverse();
        }
    }
    items
}

fn holds(item: &Value, test: &str) -> bool {
    test.split_once('=').is_some_and(|(field, value)| at(item, field) == value)
}

fn at(item: &Value, field: &str) -> String {
    let found = item.pointer(&format!("/{}", field.replace('.', "/")));
    found.map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned)).unwrap_or_default()
}

fn numeric(request: &Recorded, name: &str) -> Result<Option<usize>, Refusal> {
    request
        .parameter(name)
        .map(|value| value.parse().map_err(|_| Refusal::malformed(format!("{name} is not a number"))))
        .transpose()
}

fn token(place: usize) -> String {
    URL_SAFE_NO_PAD.encode(format!("from:{place}"))
}

fn place(token: &str) -> Option<usize> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    text.strip_prefix("from:")?.parse().ok()
}
