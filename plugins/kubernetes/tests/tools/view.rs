//! The page for a diagnosis: listed, named by its tool, and read without asking any cluster.

use std::collections::BTreeMap;

use futures::executor::block_on;
use postern_kubernetes::{resources, tools, view};

use crate::support::manifest::Manifest;
use crate::support::{Fake, Server};

#[test]
fn what_a_tool_names_is_a_resource_that_needs_nothing() {
    let manifest = Manifest::read();
    let declared: BTreeMap<&str, &str> = manifest
        .resource
        .iter()
        .filter(|resource| resource.capabilities.is_empty())
        .filter_map(|resource| Some((resource.uri_template.as_deref()?, resource.name.as_str())))
        .collect();
    assert_eq!(declared, BTreeMap::from([(view::DIAGNOSIS, "diagnose_cluster")]));
    let named: Vec<String> = tools::describe().into_iter().filter_map(|tool| tool.meta).collect();
    assert_eq!(named, [view::of_tool(view::DIAGNOSIS)]);
}

#[test]
fn it_is_listed_and_read_as_a_page() {
    let entries = resources::describe();
    let entry = entries.iter().find(|entry| entry.name == "diagnose_cluster").unwrap();
    assert_eq!((entry.media_type, entry.meta), ("text/html;profile=mcp-app", Some(view::META)));
    let fake = Fake::new([Server::new("alpha")]);
    let contents = block_on(resources::read(&fake, "diagnose_cluster", "{}")).unwrap();
    assert_eq!((contents.media_type, contents.meta), (entry.media_type, entry.meta));
    assert!(contents.text.starts_with("<!doctype html>"), "{}", contents.text);
    assert_eq!(fake.servers[0].paths(), [""; 0]);
}
