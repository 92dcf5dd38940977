//! Puts nodes together: which scalar is which value, what a merge key brings.

use super::{Entry, Node, Place, Value};

/// A scalar written without quotes, as the API server reads it (YAML 1.1 booleans, 1.2 numbers).
pub(super) fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => {
            Value::Bool(true)
        }
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N" => {
            Value::Bool(false)
        }
        _ if is_number(text) => Value::Number(text.to_owned()),
        _ => Value::Text(text.to_owned()),
    }
}

/// Whether a plain scalar is a number. `1.2.3`, `1e` and `10m` are not; `inf` and `nan` stay texts.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    digits.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && digits.contains(|c: char| c.is_ascii_digit())
        && (integer(text).is_some() || text.parse::<f64>().is_ok())
}

/// The whole number a text is.
pub(super) fn integer(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (base, digits) = match digits.get(..2) {
        Some("0x" | "0X") => (16, digits.get(2..)?),
        Some("0o") => (8, digits.get(2..)?),
        _ => (10, digits),
    };
    if digits.starts_with(['-', '+']) {
        return None;
    }
    i64::from_str_radix(digits, base).ok()?.checked_mul(sign)
}

/// A mapping from its entries in order, with what its merge keys bring behind them.
///
/// # Errors
/// A key given twice, and a merge of what is neither a mapping nor a list of mappings: with the place.
pub(super) fn mapping(entries: Vec<Entry>) -> Result<Value, (Place, String)> {
    let mut own: Vec<Entry> = Vec::with_capacity(entries.len());
    let mut seen = std::collections::BTreeMap::new();
    let mut merged = Vec::new();
    for entry in entries {
        if entry.key == "<<" {
            merged.push(entry);
            continue;
        }
        if let Some(line) = seen.insert(entry.key.clone(), entry.place.line) {
            let message = format!("`{}` is given twice, first in line {line}", entry.key);
            return Err((entry.place, message));
        }
        own.push(entry);
    }
    for merge in merged {
        for source in sources(merge)? {
            if seen.insert(source.key.clone(), source.place.line).is_none() {
                own.push(source);
            }
        }
    }
    Ok(Value::Map(own))
}

/// The entries a merge key brings, the first of several maps first.
fn sources(merge: Entry) -> Result<Vec<Entry>, (Place, String)> {
    let wrong = || (merge.place, "`<<` merges mappings only".to_owned());
    match merge.value.value {
        Value::Map(entries) => Ok(entries),
        Value::List(items) => {
            let mut all = Vec::new();
            for Node { value, .. } in items {
                let Value::Map(entries) = value else { return Err(wrong()) };
                all.extend(entries);
            }
            Ok(all)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => Err(wrong()),
    }
}
