//! The document: valid, whole, and each caller's own.

use serde_json::{Value, json};

use super::Host;

/// Every `$ref` in a value.
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            found.extend(map.get("$ref").and_then(Value::as_str).map(str::to_owned));
            map.values().for_each(|value| references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_has_what_its_reader_may_call() {
    let host = Host::start().await;
    let of = async |token: &str| host.send(token, "GET /openapi.json", None).await.json();
    let paths = |document: &Value| {
        let mut paths: Vec<String> = document["paths"].as_object().unwrap().keys().cloned().collect();
        paths.sort();
        paths
    };
    let bobs = of(&host.bob).await;
    let little = ["/api/routes/echo/{id}", "/api/routes/ticks", "/api/routes/tools/add"];
    assert_eq!(paths(&bobs), little);
    let schemas: Vec<&String> = bobs["components"]["schemas"].as_object().unwrap().keys().collect();
    assert!(!schemas.iter().any(|name| name.contains("note")), "{schemas:?}");
    assert_eq!(paths(&of(&host.eve).await), [""; 0]);
    let all = of(&host.ana).await;
    assert_eq!(paths(&all).len(), 11, "{:?}", paths(&all));
    assert_eq!(paths(&of(&host.restricted[1]).await), [""; 0]);
    // Plain HTTP has no tasks.
    assert!(all["paths"]["/api/routes/tools/job"].is_null());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_says_how_to_ask_and_what_comes_back() {
    let host = Host::start().await;
    let document = host.send(&host.ana, "GET /openapi.json", None).await.json();
    assert_eq!(document["openapi"], "3.1.1");
    assert_eq!(document["security"], json!([{"bearer": []}]));
    let echo = &document["paths"]["/api/routes/echo/{id}"]["post"];
    assert_eq!(echo["operationId"], "routes.routes.echo");
    let parameters: Vec<(&str, &str, bool)> = echo["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            (it["in"].as_str().unwrap(), it["name"].as_str().unwrap(), it["required"].as_bool().unwrap())
        })
        .collect();
    assert_eq!(parameters.len(), 7);
    for expected in [("path", "id", true), ("query", "count", false), ("header", "x-flavour", false)] {
        assert!(parameters.contains(&expected), "{parameters:?}");
    }
    let sizes = echo["parameters"].as_array().unwrap().iter().find(|it| it["name"] == "sizes").unwrap();
    let place = "#/components/schemas/routes.routes.echo.input/$defs/size";
    assert_eq!(sizes["schema"]["items"]["$ref"], place);
    assert_eq!(sizes["explode"], true);
    let body = &echo["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(body["properties"]["size"]["$ref"], place);
    let answers = &echo["responses"]["2XX"]["content"]["application/json"]["schema"];
    assert_eq!(answers["$ref"], "#/components/schemas/routes.routes.echo.output");
    assert_eq!(echo["responses"]["404"]["$ref"], "#/components/responses/Problem404");
    let stream = &document["paths"]["/api/routes/ticks"]["get"]["responses"]["2XX"]["content"];
    assert_eq!(stream["text/event-stream"]["schema"]["required"], json!(["event", "data"]));
    let tool = &document["paths"]["/api/routes/tools/add"]["post"]["responses"]["2XX"]["content"];
    assert!(tool["application/json"].is_object() && tool["text/event-stream"].is_object());

    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 100, "{}", found.len());
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_a_plain_answer() {
    let host = Host::start().await;
    let answer = host.send(&host.ana, "GET /openapi.json", None).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(host.send(&host.ana, "POST /openapi.json", None).await.status, 405);
}
