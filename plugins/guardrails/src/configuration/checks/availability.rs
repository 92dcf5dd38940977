//! Whether a workload outlives a node: replicas, disruption budgets, spreading, updates, autoscaling.

use crate::configuration::catalog::Ask;
use crate::configuration::hits::Hits;
use crate::configuration::object::Object;
use crate::configuration::pod::Pod;
use crate::configuration::quantity::Quantity;
use crate::configuration::settings::Environment;
use crate::yaml::Node;

/// Whether an object keeps a number of replicas that somebody chose.
fn is_replicated(object: &Object<'_>) -> bool {
    matches!(object.kind, "Deployment" | "StatefulSet" | "DeploymentConfig" | "Rollout" | "ReplicaSet")
}

pub(in crate::configuration) fn few_replicas(object: &Object<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    let Some(least) = &ask.threshold else { return };
    let production = object.environment == Environment::Production;
    let replicas = ask.replicas(object);
    // Owned by a Deployment, a ReplicaSet's number is not its own.
    if production && is_replicated(object) && Quantity::whole(replicas) < least.amount {
        let detail = format!("`{}` asks for {replicas}; {least} is the least", object.name);
        hits.at(object, &["spec", "replicas"], detail);
        hits.fix(format!("spec:\n  replicas: {least}"));
    }
}

pub(in crate::configuration) fn no_budget(pod: &Pod<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    let object = pod.object;
    if !ask.is_whole() || !is_replicated(object) || ask.replicas(object) == 0 {
        return;
    }
    let selects = |budget: &Object<'_>| {
        budget
            .node
            .at(&["spec", "selector"])
            .is_some_and(|by| ask.selected(budget, by).any(|one| std::ptr::eq(one, pod)))
    };
    if !ask.beside(object, "PodDisruptionBudget").any(selects) {
        hits.at(object, &["spec"], format!("no PodDisruptionBudget selects the pods of `{}`", object.name));
    }
}

pub(in crate::configuration) fn blocking_budget(object: &Object<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    if object.kind != "PodDisruptionBudget" {
        return;
    }
    let spec = object.node.get("spec");
    let text = |field: &str| spec.and_then(|spec| spec.str(field));
    if let Some(zero) = text("maxUnavailable").filter(|text| matches!(*text, "0" | "0%")) {
        hits.at(object, &["spec", "maxUnavailable"], format!("`{}` lets {zero} pods be away", object.name));
        hits.fix("spec:\n  maxUnavailable: 1");
        return;
    }
    let Some(least) = text("minAvailable") else { return };
    let replicas = spec.and_then(|spec| spec.get("selector")).and_then(|by| {
        ask.selected(object, by)
            .filter(|pod| is_replicated(pod.object))
            .map(|pod| ask.replicas(pod.object))
            .min()
    });
    let all = match (least.strip_suffix('%').map(str::parse::<i64>), least.parse::<i64>(), replicas) {
        (Some(Ok(percent)), _, _) if percent >= 100 => true,
        // A share is rounded up, as the controller does: 60 % of two pods are both.
        (Some(Ok(percent)), _, Some(there)) if there > 0 => {
            percent.saturating_mul(there) > there.saturating_sub(1).saturating_mul(100)
        }
        (None, Ok(least), Some(there)) => least >= there,
        _ => false,
    };
    if all {
        let there = replicas.map_or("all".to_owned(), |there| there.to_string());
        let detail =
            format!("`{}` keeps {least} of {there} pods, so that no node can be drained", object.name);
        hits.at(object, &["spec", "minAvailable"], detail);
    }
}

pub(in crate::configuration) fn eviction_policy(object: &Object<'_>, _: &Ask<'_>, hits: &mut Hits) {
    let path = ["spec", "unhealthyPodEvictionPolicy"];
    if object.kind == "PodDisruptionBudget" && object.node.at(&path).is_none() {
        hits.at(
            object,
            &path,
            format!("`{}` keeps pods that are not ready from leaving a node", object.name),
        );
    }
}

pub(in crate::configuration) fn not_spread(pod: &Pod<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    let object = pod.object;
    // Who says no number leaves it to somebody else, such as an autoscaler.
    let said = object.node.at(&["spec", "replicas"]).is_some() || ask.autoscaled(object).is_some();
    if !is_replicated(object) || (said && ask.replicas(object) < 2) {
        return;
    }
    let anti = pod.spec.at(&["affinity", "podAntiAffinity"]);
    let apart = anti.is_some_and(|anti| {
        ["requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"]
            .iter()
            .any(|list| !anti.list(list).is_empty())
    });
    if !apart && pod.spec.list("topologySpreadConstraints").is_empty() {
        let detail = format!("`{}` says nothing of where its replicas run", object.name);
        hits.at(pod, &["topologySpreadConstraints"], detail);
    }
}

pub(in crate::configuration) fn recreated(object: &Object<'_>, _: &Ask<'_>, hits: &mut Hits) {
    let path = match object.kind {
        "Deployment" | "DeploymentConfig" => ["spec", "strategy", "type"],
        "DaemonSet" | "StatefulSet" => ["spec", "updateStrategy", "type"],
        _ => return,
    };
    let set = object.node.at(&path).and_then(Node::scalar);
    if let Some(other) = set.filter(|set| !matches!(*set, "RollingUpdate" | "Rolling")) {
        hits.at(object, &path, format!("`{}` is updated by `{}`", object.name, super::shown(other)));
    }
}

/// The specification of an autoscaler.
fn scaler<'a>(object: &Object<'a>) -> Option<&'a Node> {
    if object.kind == "HorizontalPodAutoscaler" { object.node.get("spec") } else { None }
}

fn least_of(scaler: &Node) -> i64 {
    scaler.get("minReplicas").and_then(Node::int).unwrap_or(1)
}

pub(in crate::configuration) fn dangling_scaler(object: &Object<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    let target = scaler(object).and_then(|spec| spec.get("scaleTargetRef"));
    let named = target.and_then(|target| Some((target.str("kind")?, target.str("name")?)));
    let Some((kind, name)) = named.filter(|_| ask.is_whole()) else { return };
    let namespace = object.effective_namespace();
    let is_it = |other: &Object<'_>| {
        other.kind == kind && other.name == name && other.effective_namespace() == namespace
    };
    if !ask.objects.iter().any(is_it) {
        let detail = format!("no document has the {} `{}`", super::shown(kind), super::shown(name));
        hits.at(object, &["spec", "scaleTargetRef"], detail);
    }
}

pub(in crate::configuration) fn low_scaler(object: &Object<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    let (Some(spec), Some(wanted)) = (scaler(object), &ask.threshold) else { return };
    let least = least_of(spec);
    if Quantity::whole(least) < wanted.amount && object.environment == Environment::Production {
        let detail = format!("`{}` may go down to {least}; {wanted} is the least", object.name);
        hits.at(object, &["spec", "minReplicas"], detail);
    }
}

pub(in crate::configuration) fn stuck_scaler(object: &Object<'_>, _: &Ask<'_>, hits: &mut Hits) {
    let Some(spec) = scaler(object) else { return };
    let least = least_of(spec);
    if let Some(most) = spec.get("maxReplicas").and_then(Node::int).filter(|most| *most <= least) {
        hits.at(
            object,
            &["spec", "maxReplicas"],
            format!("`{}` scales between {least} and {most}", object.name),
        );
    }
}

pub(in crate::configuration) fn finished_jobs(object: &Object<'_>, _: &Ask<'_>, hits: &mut Hits) {
    let alone = object.is("batch", "Job")
        && object.node.at(&["metadata", "ownerReferences"]).is_none_or(|owners| owners.items().is_empty());
    let path = ["spec", "ttlSecondsAfterFinished"];
    if alone && object.node.at(&path).is_none() {
        hits.at(object, &path, format!("job `{}` stays for ever", object.name));
    }
    // A CronJob clears up by its history limits; a time to live takes that history away.
    let inner = ["spec", "jobTemplate", "spec", "ttlSecondsAfterFinished"];
    if object.is("batch", "CronJob") && object.node.at(&inner).is_some() {
        hits.at(
            object,
            &inner,
            format!("cron job `{}` sets a time to live beside its history limits", object.name),
        );
        hits.fix("spec:\n  successfulJobsHistoryLimit: 3\n  failedJobsHistoryLimit: 1");
    }
}

pub(in crate::configuration) fn no_priority(pod: &Pod<'_>, _: &Ask<'_>, hits: &mut Hits) {
    if pod.spec.str("priorityClassName").is_none_or(str::is_empty) {
        hits.at(pod, &["priorityClassName"], "the pod sets no `priorityClassName`");
    }
}
