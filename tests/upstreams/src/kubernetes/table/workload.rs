//! Tables of what runs pods, and of what scales and guards it.

use jiff::Timestamp;
use serde_json::Value;

use super::super::json::{condition, items, number, text, truth};
use super::age::since;
use super::{AGE, CONTAINERS, Column, IMAGES, NAME, SELECTOR, age, containers, name, selector};

const TEMPLATE: &str = "/spec/template/spec/containers";

pub(super) const DEPLOYMENTS: &[Column] = &[
    NAME,
    Column("Ready", "string", 0, "Number of the pod with ready state"),
    Column(
        "Up-to-date",
        "integer",
        0,
        "Total number of non-terminating pods targeted by this deployment that have the desired template spec.",
    ),
    Column(
        "Available",
        "integer",
        0,
        "Total number of available pods (ready for at least minReadySeconds) targeted by this deployment.",
    ),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
];

pub(super) fn deployment(it: &Value, now: Timestamp) -> Vec<Value> {
    let ready = format!("{}/{}", number(it, "/status/readyReplicas"), replicas(it));
    let [names, images] = containers(it, TEMPLATE);
    vec![
        name(it),
        ready.into(),
        number(it, "/status/updatedReplicas").into(),
        number(it, "/status/availableReplicas").into(),
        age(it, now),
        names,
        images,
        selector(it, "/spec/selector"),
    ]
}

pub(super) const REPLICA_SETS: &[Column] = &[
    NAME,
    Column("Desired", "integer", 0, "Replicas is the number of desired pods."),
    Column("Current", "integer", 0, "Replicas is the most recently observed number of non-terminating pods."),
    Column(
        "Ready",
        "integer",
        0,
        "The number of non-terminating pods targeted by this ReplicaSet with a Ready Condition.",
    ),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
];

pub(super) fn replica_set(it: &Value, now: Timestamp) -> Vec<Value> {
    let [names, images] = containers(it, TEMPLATE);
    vec![
        name(it),
        replicas(it).into(),
        number(it, "/status/replicas").into(),
        number(it, "/status/readyReplicas").into(),
        age(it, now),
        names,
        images,
        selector(it, "/spec/selector"),
    ]
}

pub(super) const STATEFUL_SETS: &[Column] =
    &[NAME, Column("Ready", "string", 0, "Number of the pod with ready state"), AGE, CONTAINERS, IMAGES];

pub(super) fn stateful_set(it: &Value, now: Timestamp) -> Vec<Value> {
    let ready = format!("{}/{}", number(it, "/status/readyReplicas"), replicas(it));
    let [names, images] = containers(it, TEMPLATE);
    vec![name(it), ready.into(), age(it, now), names, images]
}

pub(super) const DAEMON_SETS: &[Column] = &[
    NAME,
    Column("Desired", "integer", 0, "The total number of nodes that should be running the daemon pod."),
    Column(
        "Current",
        "integer",
        0,
        "The number of nodes that are running at least 1 daemon pod and are supposed to run the daemon pod.",
    ),
    Column(
        "Ready",
        "integer",
        0,
        "The number of nodes that should be running the daemon pod and have one or more of the daemon pod running with a Ready Condition.",
    ),
    Column("Up-to-date", "integer", 0, "The total number of nodes that are running updated daemon pod"),
    Column(
        "Available",
        "integer",
        0,
        "The number of nodes that should be running the daemon pod and have one or more of the daemon pod running and available.",
    ),
    Column(
        "Node Selector",
        "string",
        0,
        "NodeSelector is a selector which must be true for the pod to fit on a node.",
    ),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
];

pub(super) fn daemon_set(it: &Value, now: Timestamp) -> Vec<Value> {
    let count = |field: &str| Value::from(number(it, &format!("/status/{field}")));
    let [names, images] = containers(it, TEMPLATE);
    vec![
        name(it),
        count("desiredNumberScheduled"),
        count("currentNumberScheduled"),
        count("numberReady"),
        count("updatedNumberScheduled"),
        count("numberAvailable"),
        selector(it, "/spec/template/spec/nodeSelector"),
        age(it, now),
        names,
        images,
        selector(it, "/spec/selector"),
    ]
}

pub(super) const JOBS: &[Column] = &[
    NAME,
    Column("Status", "string", 0, "Status of the job."),
    Column("Completions", "string", 0, "Number of completions out of those wanted."),
    Column("Duration", "string", 0, "Time required to complete the job."),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
];

pub(super) fn job(it: &Value, now: Timestamp) -> Vec<Value> {
    let holds = |kind: &str| condition(it, kind).is_some_and(|it| text(it, "/status") == "True");
    let status = if holds("Complete") {
        "Complete"
    } else if holds("Failed") {
        "Failed"
    } else if holds("Suspended") {
        "Suspended"
    } else {
        "Running"
    };
    let wanted = it.pointer("/spec/completions").and_then(Value::as_i64).unwrap_or(1);
    let (start, end) = (text(it, "/status/startTime"), text(it, "/status/completionTime"));
    let took = match (start, end.parse::<Timestamp>()) {
        ("", _) => String::new(),
        (start, Ok(end)) => since(start, end),
        (start, Err(_)) => since(start, now),
    };
    let [names, images] = containers(it, TEMPLATE);
    vec![
        name(it),
        status.into(),
        format!("{}/{wanted}", number(it, "/status/succeeded")).into(),
        took.into(),
        age(it, now),
        names,
        images,
        selector(it, "/spec/selector"),
    ]
}

pub(super) const CRON_JOBS: &[Column] = &[
    NAME,
    Column("Schedule", "string", 0, "The schedule in Cron format, see https://en.wikipedia.org/wiki/Cron."),
    Column(
        "Timezone",
        "string",
        0,
        "The time zone name for the given schedule, see https://en.wikipedia.org/wiki/List_of_tz_database_time_zones.",
    ),
    Column("Suspend", "boolean", 0, "This flag tells the controller to suspend subsequent executions."),
    Column("Active", "integer", 0, "A list of pointers to currently running jobs."),
    Column(
        "Last Schedule",
        "string",
        0,
        "Information when was the last time the job was successfully scheduled.",
    ),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
];

pub(super) fn cron_job(it: &Value, now: Timestamp) -> Vec<Value> {
    let last = match text(it, "/status/lastScheduleTime") {
        "" => "<none>".to_owned(),
        at => since(at, now),
    };
    let [names, images] = containers(it, "/spec/jobTemplate/spec/template/spec/containers");
    vec![
        name(it),
        text(it, "/spec/schedule").into(),
        super::or_none(it, "/spec/timeZone"),
        truth(it, "/spec/suspend").into(),
        items(it, "/status/active").len().into(),
        last.into(),
        age(it, now),
        names,
        images,
        selector(it, "/spec/jobTemplate/spec/selector"),
    ]
}

pub(super) const AUTOSCALERS: &[Column] = &[
    NAME,
    Column("Reference", "string", 0, "scaleTargetRef points to the target resource to scale."),
    Column("Targets", "string", 0, "Current value and target of each metric."),
    Column(
        "MinPods",
        "string",
        0,
        "minReplicas is the lower limit for the number of replicas to which the autoscaler can scale down.",
    ),
    Column(
        "MaxPods",
        "string",
        0,
        "maxReplicas is the upper limit for the number of replicas to which the autoscaler can scale up.",
    ),
    Column(
        "Replicas",
        "string",
        0,
        "currentReplicas is current number of replicas of pods managed by this autoscaler.",
    ),
    AGE,
];

pub(super) fn autoscaler(it: &Value, now: Timestamp) -> Vec<Value> {
    let target =
        format!("{}/{}", text(it, "/spec/scaleTargetRef/kind"), text(it, "/spec/scaleTargetRef/name"));
    let current = |place: usize| {
        it.pointer(&format!("/status/currentMetrics/{place}/resource/current/averageUtilization"))
    };
    let metrics = items(it, "/spec/metrics").iter().enumerate().map(|(place, metric)| {
        let now = current(place).map_or_else(|| "<unknown>".to_owned(), |value| format!("{value}%"));
        format!(
            "{}: {now}/{}%",
            text(metric, "/resource/name"),
            number(metric, "/resource/target/averageUtilization")
        )
    });
    vec![
        name(it),
        target.into(),
        metrics.collect::<Vec<_>>().join(", ").into(),
        number(it, "/spec/minReplicas").max(1).to_string().into(),
        number(it, "/spec/maxReplicas").into(),
        number(it, "/status/currentReplicas").into(),
        age(it, now),
    ]
}

pub(super) const BUDGETS: &[Column] = &[
    NAME,
    Column("Min Available", "string", 0, "The number of pods that must be available."),
    Column("Max Unavailable", "string", 0, "The number of pods that can be unavailable."),
    Column(
        "Allowed Disruptions",
        "integer",
        0,
        "Calculated number of pods that may be disrupted at this time.",
    ),
    AGE,
];

pub(super) fn budget(it: &Value, now: Timestamp) -> Vec<Value> {
    let bound = |field: &str| match it.pointer(field) {
        Some(Value::String(text)) => Value::from(text.as_str()),
        Some(value) => value.to_string().into(),
        None => "N/A".into(),
    };
    let allowed = number(it, "/status/disruptionsAllowed");
    vec![name(it), bound("/spec/minAvailable"), bound("/spec/maxUnavailable"), allowed.into(), age(it, now)]
}

/// Replicas wanted: one, if the object does not say.
fn replicas(it: &Value) -> i64 {
    it.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1)
}
