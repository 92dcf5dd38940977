//! Who a process is: its user and groups on the node, its service account in the cluster.

use crate::configuration::catalog::Ask;
use crate::configuration::hits::Hits;
use crate::configuration::pod::{Container, Pod};
use crate::configuration::quantity::Quantity;
use crate::yaml::Node;

pub(in crate::configuration) fn root(container: &Container<'_>, pod: &Pod<'_>, _: &Ask<'_>, hits: &mut Hits) {
    let user = pod.effective(container, "runAsUser").and_then(Node::int);
    let non_root = pod.effective(container, "runAsNonRoot").and_then(Node::bool);
    let name = container.name;
    // Windows has no user ids: there `runAsNonRoot` refuses the administrator of the container.
    let (field, detail) = match (user, non_root) {
        (Some(0), _) if !pod.is_windows() => ("runAsUser", format!("container `{name}` runs as user 0")),
        (Some(_), _) | (None, Some(true)) => return,
        (None, Some(false)) => {
            ("runAsNonRoot", format!("container `{name}` has `runAsNonRoot: false` and no `runAsUser`"))
        }
        (None, None) => {
            ("runAsNonRoot", format!("container `{name}` sets neither `runAsNonRoot` nor `runAsUser`"))
        }
    };
    hits.effective(container, pod, field, detail);
}

pub(in crate::configuration) fn low_user(
    container: &Container<'_>,
    pod: &Pod<'_>,
    ask: &Ask<'_>,
    hits: &mut Hits,
) {
    let Some(least) = &ask.threshold else { return };
    let Some(user) = pod.effective(container, "runAsUser").and_then(Node::int) else { return };
    if Quantity::whole(user) < least.amount {
        let detail = format!("container `{}` runs as user {user}; {least} is the least", container.name);
        hits.effective(container, pod, "runAsUser", detail);
    }
}

/// Root by somebody's choice, and not only by what the image may say.
pub(in crate::configuration) fn user_zero(pod: &Pod<'_>, _: &Ask<'_>, hits: &mut Hits) {
    const USER: [&str; 2] = ["securityContext", "runAsUser"];
    if pod.spec.at(&USER).and_then(Node::int) == Some(0) {
        hits.at(pod, &USER, "the pod sets `runAsUser: 0`");
    }
    for container in &pod.containers {
        if container.at(&USER).and_then(Node::int) == Some(0) {
            hits.at(container, &USER, format!("container `{}` sets `runAsUser: 0`", container.name));
        }
    }
}

/// Group 0 owns much of an image's file system, and of a node's.
pub(in crate::configuration) fn root_group(pod: &Pod<'_>, _: &Ask<'_>, hits: &mut Hits) {
    for field in ["runAsGroup", "fsGroup"] {
        if pod.security(field).and_then(Node::int) == Some(0) {
            hits.at(pod, &["securityContext", field], format!("the pod sets `{field}: 0`"));
        }
    }
    let supplemental = pod.security("supplementalGroups").map_or(&[][..], Node::items);
    if supplemental.iter().any(|group| group.int() == Some(0)) {
        hits.at(pod, &["securityContext", "supplementalGroups"], "the pod lists 0 in `supplementalGroups`");
    }
    for container in &pod.containers {
        if container.security("runAsGroup").and_then(Node::int) == Some(0) {
            let detail = format!("container `{}` sets `runAsGroup: 0`", container.name);
            hits.at(container, &["securityContext", "runAsGroup"], detail);
        }
    }
}

pub(in crate::configuration) fn default_token(pod: &Pod<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    if pod.service_account() == "default" && mounts_token(pod, ask) {
        let detail = "the pod uses the service account `default` and does not set `automountServiceAccountToken: false`";
        hits.at(pod, &["automountServiceAccountToken"], detail);
    }
}

pub(in crate::configuration) fn named_token(pod: &Pod<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    let account = pod.service_account();
    if account != "default" && mounts_token(pod, ask) {
        let detail = format!("neither the pod nor `{account}` sets `automountServiceAccountToken: false`");
        hits.at(pod, &["automountServiceAccountToken"], detail);
    }
}

/// Whether the token ends up in the pod. The pod's own word counts; else that of its account, if it is known.
fn mounts_token(pod: &Pod<'_>, ask: &Ask<'_>) -> bool {
    const FIELD: &str = "automountServiceAccountToken";
    let account = ask.named(pod.object, "ServiceAccount", pod.service_account());
    let own = pod.spec.get(FIELD).and_then(Node::bool);
    own.or_else(|| account.and_then(|account| account.node.get(FIELD)?.bool())) != Some(false)
}

pub(in crate::configuration) fn missing_account(pod: &Pod<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    let account = pod.service_account();
    let known = account == "default" || ask.named(pod.object, "ServiceAccount", account).is_some();
    if ask.is_whole() && !known {
        hits.at(pod, &["serviceAccountName"], format!("no document has the service account `{account}`"));
    }
}

pub(in crate::configuration) fn old_account_field(pod: &Pod<'_>, _: &Ask<'_>, hits: &mut Hits) {
    if let (Some(old), None) = (pod.spec.str("serviceAccount"), pod.spec.str("serviceAccountName")) {
        hits.at(pod, &["serviceAccount"], format!("the pod sets `serviceAccount: {old}`"));
        hits.fix(format!("serviceAccountName: {old}"));
    }
}

pub(in crate::configuration) fn long_token(pod: &Pod<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    let Some(most) = &ask.threshold else { return };
    for (index, volume) in pod.spec.list("volumes").iter().enumerate() {
        let sources = volume.at(&["projected", "sources"]).map_or(&[][..], Node::items);
        for source in sources {
            let lives = source.at(&["serviceAccountToken", "expirationSeconds"]).and_then(Node::int);
            if let Some(seconds) = lives.filter(|seconds| Quantity::whole(*seconds) > most.amount) {
                let detail = format!("a projected token lives {seconds} seconds; {most} is the most");
                hits.item(pod, "volumes", index, volume, detail);
            }
        }
    }
}
