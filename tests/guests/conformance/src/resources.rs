//! Resources: text, bytes, one to watch, and one with a variable.

use postern_sdk::{Body, Problem};
use serde::Deserialize;
use serde_json::json;

use crate::content::PNG;
use crate::guest::exported::resources::{Contents, Entry};

/// Name in the manifest, description, media type.
const ENTRIES: [(&str, &str, &str); 4] = [
    ("static-text", "A text that never changes", "text/plain"),
    ("static-binary", "A picture that never changes", "image/png"),
    ("watched-resource", "A text that clients may subscribe to", "text/plain"),
    ("template-data", "Data of one identifier", "application/json"),
];

#[derive(Deserialize)]
struct Identified {
    id: String,
}

/// Describes every resource.
pub(crate) fn describe() -> Vec<Entry> {
    let entry = |(name, description, media_type): (&str, &str, &str)| Entry {
        name: name.to_owned(),
        title: name.replace('-', " "),
        description: description.to_owned(),
        media_type: Some(media_type.to_owned()),
        icons: Vec::new(),
        meta: None,
    };
    ENTRIES.map(entry).to_vec()
}

/// Reads one.
pub(crate) fn read(name: &str, arguments: &str) -> Result<Contents, Problem> {
    let body = match name {
        "static-text" => Body::Text("This is the content of the static text resource.".to_owned()),
        "static-binary" => Body::Blob(PNG.to_vec()),
        "watched-resource" => Body::Text("This is the content of the watched resource.".to_owned()),
        "template-data" => {
            let Identified { id } = postern_sdk::arguments(arguments)?;
            let data = json!({"id": id, "templateTest": true, "data": format!("Data for ID: {id}")});
            Body::Text(data.to_string())
        }
        _ => return Err(Problem::NotFound(format!("no resource is named `{name}`"))),
    };
    let media_type = ENTRIES.iter().find(|(known, ..)| *known == name).map(|(.., media_type)| *media_type);
    Ok(Contents { media_type: media_type.map(str::to_owned), body, meta: None })
}
