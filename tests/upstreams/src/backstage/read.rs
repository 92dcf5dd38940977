//! The reads of many entities: lists, queries, references, facets.

use std::collections::BTreeMap;

use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use super::entity::{flat, full, picked, reference, text};
use super::filter::Filters;
use super::page::{Query, number, order, sort};
use super::predicate::holds;
use super::refusal::Refusal;
use crate::record::Recorded;
use crate::wire::Reply;

/// All values of a parameter that may be repeated.
fn repeated<'a>(request: &'a Recorded, name: &'a str) -> impl Iterator<Item = &'a str> {
    request.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// The paths that `fields` asks for, in a query or a body.
fn fields<'a>(asked: impl Iterator<Item = &'a str>) -> Result<Vec<String>, Refusal> {
    let fields: Vec<String> = asked
        .flat_map(|it| it.split(','))
        .map(|it| it.trim().to_owned())
        .filter(|it| !it.is_empty())
        .collect();
    match fields.iter().find(|it| it.contains('[')) {
        Some(field) => {
            Err(Refusal::input(format!("invalid field, array type fields are not supported: {field}")))
        }
        None => Ok(fields),
    }
}

/// `GET /entities`: a bare array, and a link when pages are asked for.
pub(super) fn list(mut seen: Vec<&Value>, request: &Recorded) -> Result<Reply, Refusal> {
    let filters = Filters::parse(repeated(request, "filter"));
    let fields = fields(repeated(request, "fields"))?;
    let after = match request.parameter("after") {
        Some(after) => Some(Query::from_cursor(after)?.offset),
        None => None,
    };
    let limit = number("limit", request.parameter("limit"))?;
    let offset = after.or(number("offset", request.parameter("offset"))?);
    seen.retain(|it| filters.let_through(&flat(it)));
    sort(&mut seen, &repeated(request, "order").map(order).collect::<Result<Vec<_>, _>>()?);
    let start = offset.unwrap_or_default();
    // Without a limit there are no pages, unless one is somewhere within them.
    let size = limit.unwrap_or(if offset.is_some() { 20 } else { usize::MAX });
    let page: Vec<Value> = seen.iter().skip(start).take(size).map(|it| picked(it, &fields)).collect();
    let end = start.saturating_add(size);
    let reply = Reply::json(StatusCode::OK, &Value::Array(page));
    if end >= seen.len() {
        return Ok(reply);
    }
    let query =
        Query { filters: Vec::new(), predicate: None, term: String::new(), order: Vec::new(), offset: 0 };
    let kept = request.query.iter().filter(|(key, _)| !matches!(key.as_str(), "after" | "offset"));
    let kept: String = kept.map(|(key, value)| format!("{key}={}&", encoded(value))).collect();
    Ok(reply.header("link", &format!("</entities?{kept}after={}>; rel=\"next\"", query.cursor(end))))
}

/// `/entities/by-query`, both ways. With a cursor all else but `fields` and `limit` is ignored.
pub(super) fn by_query(mut seen: Vec<&Value>, request: &Recorded) -> Result<Reply, Refusal> {
    let sent = (request.method == Method::POST).then(|| serde_json::from_slice::<Value>(&request.body));
    let sent = sent.transpose().map_err(|_| Refusal::input("the body must be JSON"))?;
    let own = |name: &str| sent.as_ref().and_then(|it| it.get(name));
    let texts = |name: &str| {
        let list = own(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        list.chain(repeated(request, name)).map(str::to_owned).collect::<Vec<String>>()
    };
    let cursor = own("cursor").and_then(Value::as_str).or(request.parameter("cursor"));
    let query = match cursor.filter(|it| !it.is_empty()) {
        Some(cursor) => Query::from_cursor(cursor)?,
        None => {
            let listed = own("orderBy").and_then(Value::as_array).into_iter().flatten();
            let listed = listed.map(|it| (text(it, "/field").to_owned(), text(it, "/order") == "desc"));
            let given = repeated(request, "orderField").map(order).collect::<Result<Vec<_>, _>>()?;
            Query {
                filters: repeated(request, "filter").map(str::to_owned).collect(),
                predicate: own("query").cloned(),
                term: request.parameter("fullTextFilterTerm").unwrap_or_default().to_lowercase(),
                order: listed.chain(given).collect(),
                offset: number("offset", request.parameter("offset"))?.unwrap_or_default(),
            }
        }
    };
    let fields = fields(texts("fields").iter().map(String::as_str))?;
    let limit = own("limit").and_then(Value::as_u64).and_then(|it| it.try_into().ok());
    let limit = limit.or(number("limit", request.parameter("limit"))?).unwrap_or(20);
    let filters = Filters::parse(query.filters.iter().map(String::as_str));
    let mut found = Vec::new();
    for entity in seen.drain(..) {
        let flat = flat(entity);
        let meets = query.predicate.as_ref().map_or(Ok(true), |it| holds(it, &flat))?;
        let told = query.term.is_empty() || flat.iter().any(|(_, value)| value.contains(&query.term));
        if meets && told && filters.let_through(&flat) {
            found.push(entity);
        }
    }
    sort(&mut found, &query.order);
    let items: Vec<Value> =
        found.iter().skip(query.offset).take(limit).map(|it| picked(it, &fields)).collect();
    let mut pages = json!({});
    let end = query.offset.saturating_add(limit);
    if let Some(pages) = pages.as_object_mut() {
        if end < found.len() {
            pages.insert("nextCursor".into(), json!(query.cursor(end)));
        }
        if query.offset > 0 {
            pages.insert("prevCursor".into(), json!(query.cursor(query.offset.saturating_sub(limit))));
        }
    }
    Ok(Reply::json(StatusCode::OK, &json!({"items": items, "totalItems": found.len(), "pageInfo": pages})))
}

/// `POST /entities/by-refs`: an answer for each reference, in order; `null` for what is not seen.
pub(super) fn by_refs(seen: &[&Value], request: &Recorded) -> Result<Reply, Refusal> {
    let sent: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let asked = sent.get("entityRefs").and_then(Value::as_array);
    let asked = asked.ok_or_else(|| Refusal::input("Malformed request: entityRefs Required"))?;
    let listed = sent.get("fields").and_then(Value::as_array).into_iter().flatten();
    let fields = fields(listed.filter_map(Value::as_str))?;
    let filters = Filters::parse(repeated(request, "filter"));
    let items = asked.iter().map(|it| {
        let asked = it.as_str().and_then(|it| full(it, None, "default"));
        let asked = asked.ok_or_else(|| Refusal::input(format!("Malformed entity reference: {it}")))?;
        let found = seen.iter().find(|it| reference(it) == asked && filters.let_through(&flat(it)));
        Ok(found.map_or(Value::Null, |it| picked(it, &fields)))
    });
    Ok(Reply::json(StatusCode::OK, &json!({"items": items.collect::<Result<Vec<_>, Refusal>>()?})))
}

/// `GET /entity-facets`: how often each value of a path is there.
pub(super) fn facets(mut seen: Vec<&Value>, request: &Recorded) -> Reply {
    let filters = Filters::parse(repeated(request, "filter"));
    seen.retain(|it| filters.let_through(&flat(it)));
    let mut facets = json!({});
    for facet in repeated(request, "facet") {
        let mut counts = BTreeMap::<&str, usize>::new();
        let pointer = format!("/{}", facet.replace('.', "/"));
        for value in seen.iter().map(|it| text(it, &pointer)).filter(|it| !it.is_empty()) {
            *counts.entry(value).or_default() += 1;
        }
        let counts: Vec<Value> =
            counts.into_iter().map(|(value, count)| json!({"value": value, "count": count})).collect();
        if let Some(facets) = facets.as_object_mut() {
            facets.insert(facet.to_owned(), Value::Array(counts));
        }
    }
    Reply::json(StatusCode::OK, &json!({"facets": facets}))
}

fn encoded(value: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    value.bytes().map(escape).collect()
}
