//! Machines: whether they are ready, under pressure, and enough for the control plane.

use super::cause::Cause;
use super::finding::{Finding, Severity};
use super::snapshot::Snapshot;
use crate::model::cluster::Condition;
use crate::model::machine::Machine;

/// Machines that are not ready.
#[must_use]
pub fn health(snapshot: &Snapshot) -> Vec<Finding> {
    let Some(machines) = snapshot.machines.read().filter(|machines| !machines.is_empty()) else {
        return by_pools(snapshot);
    };
    let sick = machines.iter().filter(|member| is_sick(&member.machine));
    sick.map(|member| {
        let machine = &member.machine;
        let said: Vec<&str> = machine
            .status
            .health
            .conditions
            .iter()
            .map(|condition| condition.message.as_str())
            .filter(|message| !message.is_empty())
            .collect();
        let state = &machine.status.instance_state;
        let issue = match state.as_str() {
            "" | "Running" => format!("the machine of pool `{}` is not ready", member.pool),
            state => format!("the machine of pool `{}` is not ready: its state is {state}", member.pool),
        };
        let severity = if is_cordoned(machine) { Severity::Warning } else { Severity::Critical };
        Finding::new(severity, Cause::Nodes, format!("machine {}", machine.metadata.name), issue)
            .saying(&said.join("; "))
    })
    .collect()
}

/// Without machines the pools still say how many of them are healthy.
fn by_pools(snapshot: &Snapshot) -> Vec<Finding> {
    // A cluster that comes up or goes has machines missing by nature.
    if ["Pending", "Provisioning", "Deleting", "Importing"].contains(&snapshot.summary.status.state.as_str())
    {
        return Vec::new();
    }
    let pools = snapshot.summary.spec.cloud_config.machine_pools.iter();
    pools
        .filter(|pool| pool.healthy < pool.size)
        .map(|pool| {
            let name = if pool.name.is_empty() { pool.labels.join(",") } else { pool.name.clone() };
            let missing = pool.size.saturating_sub(pool.healthy);
            let issue = format!("{missing} of {} machines are not healthy", pool.size);
            Finding::new(Severity::Critical, Cause::Nodes, format!("pool {name}"), issue)
        })
        .collect()
}

fn is_sick(machine: &Machine) -> bool {
    let status = &machine.status;
    // What comes up and what goes is not sick.
    let on_its_way = ["Pending", "Provisioning", "Provisioned", "Deleting", "Deleted"];
    if on_its_way.contains(&status.instance_state.as_str()) {
        return false;
    }
    status.ready == Some(false) || status.instance_state == "Failed" || status.health.state == "UnHealthy"
}

fn is_cordoned(machine: &Machine) -> bool {
    machine.status.maintenance_status.action == "cordon"
}

/// Machines that run short of memory, disk or processes.
#[must_use]
pub fn pressure(snapshot: &Snapshot) -> Vec<Finding> {
    let machines = snapshot.machines.read().map(Vec::as_slice).unwrap_or_default();
    let pressed = machines.iter().flat_map(|member| {
        let conditions = member.machine.status.health.conditions.iter();
        conditions.filter(|condition| is_pressure(condition)).map(move |condition| (member, condition))
    });
    pressed
        .map(|(member, condition)| {
            let resource = format!("machine {}", member.machine.metadata.name);
            Finding::new(Severity::Warning, Cause::Capacity, resource, format!("{} holds", condition.r#type))
                .saying(&condition.message)
        })
        .collect()
}

fn is_pressure(condition: &Condition) -> bool {
    let kinds = ["MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"];
    kinds.contains(&condition.r#type.as_str()) && condition.status == "True"
}

/// A control plane that has lost its majority, or has no address.
#[must_use]
pub fn control_plane(snapshot: &Snapshot) -> Vec<Finding> {
    let status = &snapshot.summary.status;
    if status.state != "Running" {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let pools = snapshot.summary.spec.cloud_config.machine_pools.iter();
    for pool in pools.filter(|pool| pool.is_control_plane && pool.size > 0) {
        let majority = pool.size / 2 + 1;
        if pool.healthy < majority {
            let issue = format!(
                "{} of {} machines are healthy, and {majority} are needed for a majority",
                pool.healthy, pool.size
            );
            findings.push(Finding::new(Severity::Critical, Cause::ControlPlane, "control plane", issue));
        } else if pool.size > 1 && pool.size.is_multiple_of(2) {
            let issue =
                format!("{} machines survive no more failures than one machine less would", pool.size);
            findings.push(Finding::new(Severity::Info, Cause::ControlPlane, "control plane", issue));
        }
    }
    if status.kube_meta.has_kube_config
        && status.api_endpoints.iter().all(|endpoint| endpoint.host.is_empty())
    {
        let issue = "there is a kubeconfig, and no address of the API";
        findings.push(Finding::new(Severity::Warning, Cause::ControlPlane, "control plane", issue));
    }
    findings
}
