//! Pages of lists: `limit`, opaque continue tokens, and what remains.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::json::{number, text};
use super::status::Refusal;
use crate::record::Recorded;

/// Which part of a list is asked for.
#[derive(Debug)]
pub(super) struct Page {
    /// The most items on the page; `None` means all.
    pub(super) limit: Option<usize>,
    /// The last object of the page before, as namespace and name.
    pub(super) after: Option<(String, String)>,
    /// The version of the first page, which later pages repeat.
    pub(super) version: Option<u64>,
}

impl Page {
    /// Reads the request. Tokens of an older `epoch` have expired.
    pub(super) fn of(request: &Recorded, epoch: u64) -> Result<Self, Refusal> {
        let limit = match request.parameter("limit").unwrap_or_default() {
            "" => 0,
            limit => limit.parse::<usize>().map_err(|_| {
                Refusal::bad_request(format!("strconv.ParseInt: parsing \"{limit}\": invalid syntax"))
            })?,
        };
        // The watch cache answers version 0 whole: `limit` is not looked at.
        let cached = request.parameter("resourceVersion") == Some("0")
            && request.parameter("resourceVersionMatch") != Some("NotOlderThan");
        let limit = (limit > 0 && !cached).then_some(limit);
        let Some(token) = request.parameter("continue").filter(|token| !token.is_empty()) else {
            return Ok(Self { limit, after: None, version: None });
        };
        let place = read(token).ok_or_else(|| Refusal::bad_request("continue key is not valid"))?;
        let after = (text(&place, "/namespace").to_owned(), text(&place, "/name").to_owned());
        let version = u64::try_from(number(&place, "/rv")).unwrap_or_default();
        if u64::try_from(number(&place, "/epoch")).unwrap_or_default() < epoch {
            return Err(Refusal::expired(&token_after(&after.0, &after.1, version, epoch)));
        }
        Ok(Self { limit, after: Some(after), version: Some(version) })
    }
}

/// The token that goes on after this object.
pub(super) fn token_after(namespace: &str, name: &str, version: u64, epoch: u64) -> String {
    let place =
        json!({"v": "meta.k8s.io/v1", "rv": version, "namespace": namespace, "name": name, "epoch": epoch});
    URL_SAFE_NO_PAD.encode(place.to_string())
}

fn read(token: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token).ok()?).ok()
}
