//! What a Backstage answers, as far as it makes sense.

use postern_entities::record;
use postern_sdk::{Entity, Error, Limited, Problem, Response};
use serde::Deserialize;
use serde_json::Value;

/// A page of entities.
#[derive(Debug, Clone)]
pub struct Page {
    /// Those that are entities.
    pub entities: Vec<Entity>,
    /// What to ask for the next one with.
    pub next: Option<String>,
}

/// One entity; `None` where it is not found or not permitted.
///
/// # Errors
/// [`Problem`], with what the status stands for.
pub fn entity(response: &Response) -> Result<Option<Entity>, Problem> {
    if response.status == 404 {
        return Ok(None);
    }
    let value: Value = json(response)?;
    record::entity(&value).map(Some).ok_or_else(|| senseless("what it calls an entity is none"))
}

/// One page.
///
/// # Errors
/// As [`entity`].
pub fn page(response: &Response) -> Result<Page, Problem> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer {
        items: Vec<Value>,
        #[serde(default)]
        page_info: PageInfo,
    }
    #[derive(Deserialize, Default)]
    #[serde(rename_all = "camelCase")]
    struct PageInfo {
        next_cursor: Option<String>,
    }
    let Answer { items, page_info } = json(response)?;
    let next = page_info.next_cursor.filter(|cursor| !cursor.is_empty());
    Ok(Page { entities: items.iter().filter_map(record::entity).collect(), next })
}

fn json<T: serde::de::DeserializeOwned>(response: &Response) -> Result<T, Problem> {
    match response.status {
        200 => serde_json::from_slice(&response.body).map_err(|error| senseless(&error.to_string())),
        401 => Err(Problem::Denied(
            "the catalog does not take the credential that this host has for it".to_owned(),
        )),
        403 => Err(Problem::Denied("the catalog does not permit this host to read entities".to_owned())),
        429 => {
            let message = "the catalog has been asked too often".to_owned();
            let retry_after = response.header("retry-after").and_then(|seconds| seconds.parse().ok());
            Err(Problem::Limited(Limited { message, retry_after }))
        }
        status => Err(Problem::Upstream(format!("the catalog answered with status {status}"))),
    }
}

fn senseless(why: &str) -> Problem {
    Problem::Upstream(format!("the catalog's answer makes no sense: {why}"))
}

/// Why there is no answer.
#[must_use]
pub fn failed(error: Error) -> Problem {
    match error {
        Error::Denied(why) => Problem::Denied(why),
        Error::Limit(message) => Problem::Limited(Limited { message, retry_after: None }),
        Error::Timeout => Problem::Timeout("the catalog did not answer in time".to_owned()),
        Error::TooLarge(limit) => {
            Problem::Upstream(format!("the catalog's answer is larger than {limit} bytes: look for fewer"))
        }
        Error::Unavailable(why) | Error::Connect(why) | Error::Tls(why) | Error::Protocol(why) => {
            Problem::Upstream(why)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, body: &str) -> Response {
        Response { status, headers: vec![("retry-after", "7").into()], body: body.as_bytes().to_vec() }
    }

    #[test]
    fn absence_is_no_failure() {
        assert!(entity(&response(404, "{\"error\":{}}")).unwrap().is_none());
        let shop = r#"{"kind": "Component", "metadata": {"name": "shop"}}"#;
        assert_eq!(entity(&response(200, shop)).unwrap().unwrap().reference, "component:default/shop");
    }

    #[test]
    fn a_page_has_what_are_entities() {
        let found = page(&response(
            200,
            r#"{"items": [{"kind": "API", "metadata": {"name": "a"}}, {"kind": 1}, null], "totalItems": 3, "pageInfo": {"nextCursor": "x"}}"#,
        ));
        let Page { entities, next } = found.unwrap();
        assert_eq!((entities.len(), next.as_deref()), (1, Some("x")));
        assert_eq!(page(&response(200, r#"{"items": []}"#)).unwrap().next, None);
    }

    #[test]
    fn every_status_has_its_words() {
        let of = |status: u16, body: &str| page(&response(status, body)).err();
        assert!(matches!(of(401, ""), Some(Problem::Denied(_))));
        assert!(matches!(of(403, ""), Some(Problem::Denied(_))));
        assert!(matches!(of(429, ""), Some(Problem::Limited(Limited { retry_after: Some(7), .. }))));
        for (status, body) in [(500, "{}"), (200, "<html>"), (200, "[]"), (302, ""), (404, "")] {
            assert!(matches!(of(status, body), Some(Problem::Upstream(_))), "{status} {body}");
        }
        assert!(matches!(entity(&response(200, "[]")), Err(Problem::Upstream(_))));
    }
}
