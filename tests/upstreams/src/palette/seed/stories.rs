//! What happened: events, notifications, audits.

use serde_json::{Value, json};

use super::tenant::thing;
use crate::palette::value::{HOUR, NO_TIME, ago, set, uid};
use crate::palette::world::{Cluster, World};

/// What happens on every cluster, oldest last.
const ROUTINE: &[(&str, &str, &str)] = &[
    ("Info", "ReconcileSuccess", "cluster configuration is up to date"),
    ("Warning", "ImagePullBackOff", "back-off pulling image \"shop/web:1.4\""),
    ("Info", "PackInstalled", "pack prometheus-operator is installed"),
];

pub(super) fn add(world: &mut World) {
    let mut events = Vec::new();
    for cluster in &world.clusters {
        let troubles = trouble(cluster);
        let all = troubles.iter().copied().chain(ROUTINE.iter().copied());
        events.extend(all.enumerate().map(|(place, story)| event(cluster, place, story)));
        if cluster.name == "payments-prod" {
            // More than a page.
            events.extend((10..75).map(|place| {
                event(cluster, place, ("Warning", "BackOff", "back-off restarting failed container"))
            }));
        }
    }
    for host in &world.edge_hosts {
        if crate::palette::value::text(host, "/status/health/state") == "unhealthy" {
            let uid_of = crate::palette::value::text(host, "/metadata/uid");
            events.push(
                json!({"metadata": {"uid": uid(&["event", uid_of]), "creationTimestamp": ago(2 * HOUR)},
                "severity": "Error", "reason": "HeartbeatLost", "message": "edge host does not answer",
                "source": {"component": "edge", "host": "edge-03"},
                "involvedObject": {"kind": "edgehost", "uid": uid_of, "name": ""}, "relatedObject": null}),
            );
        }
    }
    world.events = events;
    world.notifications =
        world.clusters.iter().filter(|it| it.profiles.len() == 4).map(notification).collect();
    world.audits = (0..70).map(|place| audit(world, place)).collect();
}

fn trouble(cluster: &Cluster) -> Vec<(&'static str, &'static str, &'static str)> {
    match cluster.name.as_str() {
        "shop-eu" => vec![
            ("Error", "FailedMount", "volume x not found"),
            ("Critical", "NodeNotReady", "node workers-1 not ready"),
        ],
        "payments-prod" => {
            vec![("Error", "FailedInstall", "helm install nginx:\ntimed out waiting for the condition")]
        }
        "broken-aws" => vec![(
            "Error",
            "FailedCreate",
            "AuthFailure: AWS was not able to validate the provided access credentials",
        )],
        _ => Vec::new(),
    }
}

fn event(cluster: &Cluster, place: usize, (severity, reason, message): (&str, &str, &str)) -> Value {
    let uid = uid(&["event", &cluster.uid, &place.to_string()]);
    let minutes = i64::try_from(place).unwrap_or_default() * 7 + 1;
    json!({
        "metadata": {"uid": uid, "creationTimestamp": ago(minutes * 60), "lastModifiedTimestamp": NO_TIME,
            "annotations": {"projectUid": cluster.project}},
        "severity": severity, "reason": reason, "message": message,
        "source": {"component": "palette", "host": "cp-0"},
        "involvedObject": {"kind": "spectrocluster", "name": cluster.name, "uid": cluster.uid},
        "relatedObject": null,
    })
}

fn notification(cluster: &Cluster) -> Value {
    json!({
        "metadata": {"uid": uid(&["notification", &cluster.uid]), "creationTimestamp": ago(20 * HOUR),
            "annotations": {"projectUid": cluster.project}},
        "type": "NotificationPackUpdate",
        "action": {"actionType": "NotifyActionPacksUpdate", "actionMessage": "profile observability has version 1.2.0",
            "ack": false, "isDone": false, "isInfo": false, "link": "", "events": null},
        "relatedObject": {"kind": "spectrocluster", "name": cluster.name, "uid": cluster.uid},
        "source": {"component": "hubble"},
    })
}

fn audit(world: &World, place: usize) -> Value {
    let cluster = world.clusters.get(place.checked_rem(world.clusters.len()).unwrap_or_default());
    let (name, uid, project) =
        cluster.map(|it| (it.name.as_str(), it.uid.as_str(), it.project.clone())).unwrap_or_default();
    let action = if place.is_multiple_of(5) { "create" } else { "update" };
    let spec = json!({"actionType": action, "actionMsg": format!("{action} of cluster {name}"), "contentMsg": "", "userMsg": "",
        "actor": {"actorType": "user", "user": {"name": "ada", "uid": crate::palette::value::uid(&["user", "ada"])}, "project": {"uid": project},
            "serviceName": "hubble"},
        "resource": {"kind": "spectrocluster", "name": name, "uid": uid}});
    let mut audit = thing(world, "audit", &place.to_string(), project.as_deref(), spec, json!({}));
    let hours = i64::try_from(place).unwrap_or_default();
    set(&mut audit, "/metadata", "creationTimestamp", ago(hours * HOUR));
    audit
}
