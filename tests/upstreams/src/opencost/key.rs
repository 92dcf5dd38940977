//! Pods of the workloads, their properties, and the keys that costs are joined by.

use crate::scaleops::Workload;

/// One pod of a workload: the smallest thing that has a cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pod<'a> {
    /// `None` stands for no workload at all: fields without values.
    pub(super) workload: Option<&'a Workload>,
    pub(super) number: u32,
}

impl Pod<'_> {
    /// A pod without a workload, which says which fields there are.
    pub(super) fn nobody() -> Self {
        Self { workload: None, number: 0 }
    }
}

/// What a pod is filed under when it has no value.
pub(super) const UNALLOCATED: &str = "__unallocated__";

/// A field's value, empty where the pod has none; `None` for a field that there is not.
pub(super) fn property(pod: &Pod<'_>, field: &str) -> Option<String> {
    let of = |look: fn(&Workload) -> String| pod.workload.map(look).unwrap_or_default();
    let named = |number: u32| {
        of(|it| it.name.clone()) + &pod.workload.map_or(String::new(), |_| format!("-{number}"))
    };
    if let Some(name) = field.strip_prefix("label:") {
        let labels = pod.workload.into_iter().flat_map(|it| &it.labels);
        let mut found =
            labels.filter(|(key, _)| sanitised(key) == sanitised(name)).map(|(_, value)| value.clone());
        return Some(found.next_back().unwrap_or_default());
    }
    Some(match field {
        "cluster" => of(|it| it.cluster.clone()),
        "namespace" => of(|it| it.namespace.clone()),
        "controllerKind" => of(|it| it.kind.to_lowercase()),
        "controllerName" => of(|it| it.name.clone()),
        "controller" => of(|it| format!("{}:{}", it.kind.to_lowercase(), it.name)),
        "pod" => named(pod.number),
        "container" => of(|it| it.name.clone()),
        "node" => pod.workload.map(|it| node(it, pod.number)).unwrap_or_default(),
        // Jobs and daemons have no service of their own.
        "service" | "services" => of(|it| {
            if matches!(it.kind.as_str(), "Deployment" | "StatefulSet") {
                it.name.clone()
            } else {
                String::new()
            }
        }),
        _ if field.starts_with("annotation:") => String::new(),
        _ => return None,
    })
}

/// The node a pod is on: three a cluster, in turn.
pub(super) fn node(workload: &Workload, number: u32) -> String {
    let cluster: String =
        workload.cluster.chars().map(|it| if it.is_ascii_alphanumeric() { it } else { '-' }).collect();
    format!("{cluster}-node-{}", number % 3 + 1)
}

/// The key that a pod's costs are filed under. `aggregate` holds fields that there are.
pub(super) fn key(pod: &Pod<'_>, aggregate: &[String]) -> String {
    let part = |field: &String| {
        let value = property(pod, field).unwrap_or_default();
        if value.is_empty() { UNALLOCATED.to_owned() } else { value }
    };
    aggregate.iter().map(part).collect::<Vec<_>>().join("/")
}

/// A label's name as Prometheus has it.
pub(super) fn sanitised(name: &str) -> String {
    name.chars().map(|it| if it.is_ascii_alphanumeric() { it } else { '_' }).collect()
}
