//! The description of a pod as text.

use jiff::Timestamp;

use super::{ContainerFacts, Description, ReferenceFacts, StateFacts};
use crate::text::Text;
use crate::tools::events::{self, age};

/// Writes it, the most telling parts first.
pub(super) fn render(description: &Description, now: Timestamp) -> String {
    let mut text = Text::default();
    head(&mut text, description, now);
    text.line("");
    containers(&mut text, &description.pod.containers, now);
    troubles(&mut text, description);
    related(&mut text, description);
    for note in &description.notes {
        text.line(format!("could not be read: {note}"));
    }
    let origin = format!("events of pod `{}/{}`", description.pod.namespace, description.pod.name);
    if description.related.events.is_empty() {
        text.line(format!("{origin}: none"));
    } else {
        events::render(&mut text, &origin, &description.related.events, now);
    }
    text.finish("all of it is in the structured answer")
}

fn head(text: &mut Text, description: &Description, now: Timestamp) {
    let pod = &description.pod;
    let ready = if pod.ready { "ready" } else { "not ready" };
    let reason = if pod.reason.is_empty() { String::new() } else { format!(" ({})", pod.reason) };
    text.line(format!(
        "pod `{}/{}`, cluster `{}`: {}{reason}, {ready}",
        pod.namespace, pod.name, description.cluster, pod.phase
    ));
    let ago =
        |time: &Option<String>| time.as_deref().and_then(|time| time.parse().ok()).map(|time| age(now, time));
    let node = description.related.node.as_ref().map(|node| {
        let state = if node.ready { "ready" } else { "NOT READY" };
        let cordoned = if node.unschedulable { ", unschedulable" } else { "" };
        format!("{} ({state}{cordoned})", node.name)
    });
    let owners: Vec<String> =
        description.related.owners.iter().map(|owner| format!("{} {}", owner.kind, owner.name)).collect();
    for (name, value) in [
        ("created", ago(&pod.created).map(|age| format!("{age} ago"))),
        (
            "deletion",
            pod.deletion
                .as_ref()
                .map(|time| format!("asked for, due {time}; finalizers: {}", pod.finalizers.join(", "))),
        ),
        ("node", node),
        ("ip", Some(pod.ip.clone())),
        ("qos", Some(pod.qos_class.clone())),
        ("service account", Some(pod.service_account.clone())),
        ("owners", Some(owners.join(" < "))),
    ] {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            text.line(format!("{name}: {value}"));
        }
    }
    if !pod.message.is_empty() {
        text.fenced("message of the pod", &pod.message);
    }
}

fn containers(text: &mut Text, containers: &[ContainerFacts], now: Timestamp) {
    let rows: Vec<[String; 8]> = containers
        .iter()
        .map(|container| {
            let name =
                if container.role == "main" { String::new() } else { format!(" ({})", container.role) };
            let pair = |resource: &str| {
                let of = |map: &std::collections::BTreeMap<String, String>| {
                    map.get(resource).map_or_else(|| "-".to_owned(), Clone::clone)
                };
                format!("{}/{}", of(&container.requests), of(&container.limits))
            };
            [
                format!("{}{name}", container.name),
                if container.ready { "yes" } else { "no" }.to_owned(),
                container.restarts.to_string(),
                container.state.as_ref().map_or_else(String::new, |state| state_line(state, now)),
                container.last_state.as_ref().map_or_else(String::new, |state| state_line(state, now)),
                pair("cpu"),
                pair("memory"),
                container.image.clone(),
            ]
        })
        .collect();
    text.table(
        &["CONTAINER", "READY", "RESTARTS", "STATE", "LAST", "CPU REQ/LIM", "MEM REQ/LIM", "IMAGE"],
        &rows,
    );
    for container in containers {
        for state in [&container.state, &container.last_state].into_iter().flatten() {
            if !state.message.is_empty() {
                text.fenced(
                    &format!("message of container `{}`, {}", container.name, state.kind),
                    &state.message,
                );
            }
        }
    }
}

fn state_line(state: &StateFacts, now: Timestamp) -> String {
    let reason = if state.reason.is_empty() { String::new() } else { format!(" {}", state.reason) };
    let code = state.exit_code.map_or_else(String::new, |code| format!(" (exit {code})"));
    let since = state.since.as_deref().and_then(|time| time.parse().ok());
    let since = since.map_or_else(String::new, |since| format!(" {}", age(now, since)));
    format!("{}{reason}{code}{since}", state.kind)
}

/// Conditions that are not `True`; the rest is in the structured answer.
fn troubles(text: &mut Text, description: &Description) {
    let node =
        description.related.node.iter().flat_map(|node| &node.troubles).map(|trouble| ("node", trouble));
    let pod = description.pod.conditions.iter().filter(|condition| condition.status != "True");
    for (of, condition) in pod.map(|condition| ("pod", condition)).chain(node) {
        text.line(format!(
            "{of} condition {}: {} {} {}",
            condition.kind, condition.status, condition.reason, condition.message
        ));
    }
}

fn related(text: &mut Text, description: &Description) {
    let related = &description.related;
    for claim in &related.claims {
        text.line(format!(
            "volume claim `{}`: {} {} {}",
            claim.name, claim.phase, claim.storage_class, claim.capacity
        ));
    }
    if !related.services.is_empty() {
        text.line(format!("selected by services: {}", related.services.join(", ")));
    }
    let missing: Vec<String> =
        related.references.iter().filter(|reference| reference.exists == Some(false)).map(missing).collect();
    if !missing.is_empty() {
        text.line(format!("MISSING: {}", missing.join(", ")));
    }
    let there = related.references.iter().filter(|reference| reference.exists != Some(false));
    let there: Vec<String> =
        there.map(|reference| format!("{} {}", reference.kind, reference.name)).collect();
    if !there.is_empty() {
        text.line(format!("uses: {}", there.join(", ")));
    }
}

fn missing(reference: &ReferenceFacts) -> String {
    let optional = if reference.optional { " (optional)" } else { "" };
    format!("{} {}{optional}", reference.kind, reference.name)
}
