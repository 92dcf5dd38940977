//! Events, notifications, audits.

use serde_json::Value;

use crate::palette::call::{Call, done};
use crate::palette::refusal::Refusal;
use crate::palette::route::{Route, read, write};
use crate::palette::value::{set, text, truth};
use crate::wire::Reply;

pub(super) const ROUTES: &[Route] = &[
    read("GET", "/v1/events/components", "cluster.get", all),
    read("GET", "/v1/events/components/{kind}/{uid}", "cluster.get", of_one),
    read("GET", "/v1/notifications/", "cluster.get", notifications),
    read("GET", "/v1/notifications/{kind}/{uid}", "cluster.get", notifications),
    write("PATCH", "/v1/notifications/{uid}/ack", "cluster.update", acknowledge),
    write("PATCH", "/v1/notifications/{uid}/done", "cluster.update", finish),
    read("GET", "/v1/audits", "audit.list", audits),
];

fn all(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let events = call.world.events.iter().filter(|it| call.inherits(it)).cloned().collect();
    call.page(events)
}

fn of_one(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let uid = call.variable("uid").to_owned();
    match call.variable("kind") {
        "spectrocluster" => {
            call.cluster()?;
        }
        "edgehost" => {
            call.thing(&call.world.edge_hosts, &uid)?;
        }
        _ => return Err(Refusal::not_found("object kind")),
    }
    let of_it = |it: &&Value| text(it, "/involvedObject/uid") == uid;
    let mut events: Vec<Value> = call.world.events.iter().filter(of_it).cloned().collect();
    events.sort_by(|a, b| text(b, "/metadata/creationTimestamp").cmp(text(a, "/metadata/creationTimestamp")));
    call.page(events)
}

fn notifications(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let uid = call.variable("uid").to_owned();
    if call.variable("kind") == "spectrocluster" {
        call.cluster()?;
    }
    let is_done = call.parameter("isDone").map(|it| it == "true");
    let fits = |it: &&Value| {
        (uid.is_empty() || text(it, "/relatedObject/uid") == uid)
            && is_done.is_none_or(|wanted| truth(it, "/action/isDone") == wanted)
            && call.inherits(it)
    };
    let list = call.world.notifications.iter().filter(fits).cloned().collect();
    call.page(list)
}

fn acknowledge(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    mark(call, "ack")
}

fn finish(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    mark(call, "isDone")
}

fn mark(call: &mut Call<'_>, field: &str) -> Result<Reply, Refusal> {
    let uid = call.variable("uid").to_owned();
    call.thing(&call.world.notifications, &uid)?;
    if let Some(found) = call.world.notifications.iter_mut().find(|it| text(it, "/metadata/uid") == uid) {
        set(found, "/action", field, true);
    }
    Ok(done())
}

fn audits(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let fits = |it: &&Value| {
        let same = |parameter: &str, pointer: &str| {
            call.parameter(parameter).is_none_or(|wanted| text(it, pointer) == wanted)
        };
        let at = text(it, "/metadata/creationTimestamp");
        same("resourceUid", "/spec/resource/uid")
            && same("resourceKind", "/spec/resource/kind")
            && same("actionType", "/spec/actionType")
            && same("userUid", "/spec/actor/user/uid")
            && same("projectUid", "/spec/actor/project/uid")
            && call.parameter("startTime").is_none_or(|start| at >= start)
            && call.parameter("endTime").is_none_or(|end| at <= end)
            && call.inherits(it)
    };
    let list = call.world.audits.iter().filter(fits).cloned().collect();
    call.page(list)
}
