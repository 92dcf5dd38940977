//! The search grammar: groups of filters joined by conjunctions, and sorting.
//!
//! A [`Property`] says how a value is read off a thing and how it may be asked for. The same table answers the
//! schema endpoints, so that what is announced and what is understood cannot differ.

use std::cmp::Ordering;

use serde_json::{Value, json};

use super::refusal::Refusal;
use super::value::{items, text, texts, truth};

/// A thing's value of one property.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fact {
    Text(String),
    Number(f64),
    Truth(bool),
    /// RFC 3339, UTC, so that it sorts as text.
    Date(String),
    Pairs(Vec<(String, String)>),
}

/// A property of `T` that can be searched by.
#[derive(Debug)]
pub(super) struct Property<T> {
    pub(super) name: &'static str,
    /// `string`, `int`, `float`, `bool`, `date` or `keyValue`.
    pub(super) kind: &'static str,
    /// The values of an enumeration. They are compared to the letter, whatever `ignoreCase` says.
    pub(super) values: &'static [&'static str],
    pub(super) sortable: bool,
    pub(super) fact: fn(&T) -> Fact,
}

/// The answer of a schema endpoint.
pub(super) fn schema<T>(properties: &[Property<T>]) -> Value {
    let list: Vec<Value> = properties
        .iter()
        .map(|it| {
            let values: Vec<Value> =
                it.values.iter().map(|value| json!({"displayValue": value, "value": value})).collect();
            json!({"name": it.name, "displayName": it.name, "type": it.kind, "enum": it.values,
                "enumValues": values, "default": "", "isDeprecated": false})
        })
        .collect();
    json!({"schema": {"properties": list}})
}

/// What a search's body finds, in the order that it asks for.
///
/// Errors are 422: an unknown property, type, operator, conjunction or sort field.
pub(super) fn search<T>(all: Vec<T>, properties: &[Property<T>], body: &Value) -> Result<Vec<T>, Refusal> {
    let mut found = Vec::new();
    for thing in all {
        if matches(&thing, properties, body.get("filter").unwrap_or(&Value::Null))? {
            found.push(thing);
        }
    }
    // From the last to the first, as sorting is stable.
    for sort in items(body, "/sort").iter().rev() {
        let field = text(sort, "/field");
        let property = properties.iter().find(|it| it.sortable && it.name == field);
        let property =
            property.ok_or_else(|| Refusal::invalid(format!("sort field '{field}' is not supported")))?;
        let descending = match text(sort, "/order") {
            "" | "asc" => false,
            "desc" => true,
            other => return Err(Refusal::invalid(format!("sort order '{other}' is not supported"))),
        };
        found.sort_by(|a, b| {
            let order = compare(&(property.fact)(a), &(property.fact)(b));
            if descending { order.reverse() } else { order }
        });
    }
    Ok(found)
}

/// Refuses a bad filter even when there is nothing to search in.
pub(super) fn check<T>(properties: &[Property<T>], body: &Value) -> Result<(), Refusal> {
    for group in items(body, "/filter/filterGroups") {
        conjunction(group)?;
        for filter in items(group, "/filters") {
            property(properties, filter)?;
        }
    }
    search(Vec::new(), properties, body).map(|_| ())
}

fn matches<T>(thing: &T, properties: &[Property<T>], filter: &Value) -> Result<bool, Refusal> {
    let mut groups = Vec::new();
    for group in items(filter, "/filterGroups") {
        let mut results = Vec::new();
        for filter in items(group, "/filters") {
            let property = property(properties, filter)?;
            results.push(condition(&(property.fact)(thing), property.values, filter)?);
        }
        groups.push(conjunction(group)?.join(&results));
    }
    Ok(conjunction(filter)?.join(&groups))
}

fn property<'a, T>(properties: &'a [Property<T>], filter: &Value) -> Result<&'a Property<T>, Refusal> {
    let name = text(filter, "/property");
    let found = properties.iter().find(|it| it.name == name);
    let found =
        found.ok_or_else(|| Refusal::invalid(format!("filter property '{name}' is not supported")))?;
    let kind = text(filter, "/type");
    // A tag may be asked for as one text, `key:value`.
    let fits = kind == found.kind || (found.kind == "keyValue" && kind == "string");
    if !fits {
        return Err(Refusal::invalid(format!("filter property '{name}' is of type '{}'", found.kind)));
    }
    if filter.pointer(&format!("/condition/{kind}")).is_none() {
        return Err(Refusal::invalid(format!("condition of '{name}' has no '{kind}'")));
    }
    Ok(found)
}

#[derive(Debug, Clone, Copy)]
enum Conjunction {
    And,
    Or,
}

impl Conjunction {
    fn join(self, results: &[bool]) -> bool {
        match self {
            Self::And => results.iter().all(|it| *it),
            Self::Or => results.is_empty() || results.iter().any(|it| *it),
        }
    }
}

fn conjunction(of: &Value) -> Result<Conjunction, Refusal> {
    match text(of, "/conjunction") {
        "" | "and" => Ok(Conjunction::And),
        "or" => Ok(Conjunction::Or),
        other => Err(Refusal::invalid(format!("conjunction '{other}' is not supported"))),
    }
}

fn condition(fact: &Fact, values: &[&str], filter: &Value) -> Result<bool, Refusal> {
    let condition = filter.pointer(&format!("/condition/{}", text(filter, "/type"))).unwrap_or(&Value::Null);
    let result = match fact {
        Fact::Truth(it) => *it == truth(condition, "/value"),
        Fact::Text(it) => string(it, values, condition)?,
        Fact::Number(it) => {
            let wanted = wanted(condition).into_iter().filter_map(Value::as_f64);
            orders(text(condition, "/operator"), wanted.map(|value| it.total_cmp(&value)).collect())?
        }
        Fact::Date(it) => date(it, condition)?,
        Fact::Pairs(pairs) => {
            let key = text(condition, "/key");
            let mut any = false;
            for (name, value) in pairs {
                let joined = if value == BARE { name.clone() } else { format!("{name}:{value}") };
                any |= (key.is_empty() && string(&joined, values, condition)?)
                    || (key == name && string(value, values, condition)?);
            }
            any
        }
    };
    Ok(result != truth(condition, "/negation"))
}

/// The value of a label that is a bare tag.
pub(super) const BARE: &str = "spectro__tag";

fn string(fact: &str, values: &[&str], condition: &Value) -> Result<bool, Refusal> {
    let ignore_case = truth(condition, "/ignoreCase") && values.is_empty();
    let fold = |text: &str| if ignore_case { text.to_lowercase() } else { text.to_owned() };
    let fact = fold(fact);
    let test = |value: &String| match text(condition, "/operator") {
        "eq" => Ok(fact == fold(value)),
        "contains" => Ok(fact.contains(&fold(value))),
        "beginsWith" => Ok(fact.starts_with(&fold(value))),
        other => Err(Refusal::invalid(format!("operator '{other}' is not supported"))),
    };
    let results: Vec<bool> =
        texts(condition, "/match/values").iter().map(test).collect::<Result<_, Refusal>>()?;
    Ok(match text(condition, "/match/conjunction") {
        "and" => Conjunction::And,
        _ => Conjunction::Or,
    }
    .join(&results))
}

fn date(fact: &str, condition: &Value) -> Result<bool, Refusal> {
    if text(condition, "/operator") == "range" {
        let bounds = condition.pointer("/match/values/0").or_else(|| condition.get("match"));
        let bounds = bounds.unwrap_or(&Value::Null);
        return Ok(fact >= text(bounds, "/start") && fact <= text(bounds, "/end"));
    }
    let wanted = wanted(condition).into_iter().filter_map(Value::as_str);
    orders(text(condition, "/operator"), wanted.map(|value| fact.cmp(value)).collect())
}

fn wanted(condition: &Value) -> Vec<&Value> {
    items(condition, "/match/values").iter().collect()
}

fn orders(operator: &str, orders: Vec<Ordering>) -> Result<bool, Refusal> {
    let test: fn(Ordering) -> bool = match operator {
        "eq" => Ordering::is_eq,
        "gt" => Ordering::is_gt,
        "gte" => Ordering::is_ge,
        "lt" => Ordering::is_lt,
        "lte" => Ordering::is_le,
        other => return Err(Refusal::invalid(format!("operator '{other}' is not supported"))),
    };
    Ok(orders.into_iter().any(test))
}

fn compare(a: &Fact, b: &Fact) -> Ordering {
    match (a, b) {
        (Fact::Text(a), Fact::Text(b)) | (Fact::Date(a), Fact::Date(b)) => a.cmp(b),
        (Fact::Number(a), Fact::Number(b)) => a.total_cmp(b),
        (Fact::Truth(a), Fact::Truth(b)) => a.cmp(b),
        (Fact::Text(_) | Fact::Date(_) | Fact::Number(_) | Fact::Truth(_) | Fact::Pairs(_), _) => {
            Ordering::Equal
        }
    }
}
