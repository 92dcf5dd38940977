//! What a rule is, which groups there are, and the table of them all.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::snapshot::Kind;
use super::{network, nodes, pods, storage, workloads};

/// How bad a finding is.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing is broken.
    #[default]
    Info,
    /// Something does not do what it should, or soon will not.
    Warning,
    /// Something is down.
    Critical,
}

/// A family of rules, which can be asked for by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// Pods and their containers.
    Pods,
    /// Deployments, StatefulSets, DaemonSets, Jobs, CronJobs and what their pods refer to.
    Workloads,
    /// Services, ingresses, network policies, gateways.
    Network,
    /// Claims, volumes, classes, attachments.
    Storage,
    /// Nodes.
    Nodes,
}

/// One rule. A finding names it; its severity is the worst it gives.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name, stable across versions.
    pub name: &'static str,
    /// The family it belongs to.
    pub group: Group,
    /// How bad it is, unless the finding says less.
    pub severity: Severity,
    /// What to do about it, unless the finding knows better.
    pub advice: &'static str,
}

impl Group {
    /// Every group, in the order they are run.
    pub const ALL: [Self; 5] = [Self::Pods, Self::Workloads, Self::Network, Self::Storage, Self::Nodes];

    /// The kinds whose lists the rules of this group read.
    #[must_use]
    pub fn reads(self) -> &'static [Kind] {
        match self {
            Self::Pods => pods::READS,
            Self::Workloads => workloads::READS,
            Self::Network => network::READS,
            Self::Storage => storage::READS,
            Self::Nodes => nodes::READS,
        }
    }

    /// The rules of this group.
    #[must_use]
    pub fn rules(self) -> &'static [&'static Rule] {
        match self {
            Self::Pods => pods::RULES,
            Self::Workloads => workloads::RULES,
            Self::Network => network::RULES,
            Self::Storage => storage::RULES,
            Self::Nodes => nodes::RULES,
        }
    }
}

/// Every rule, group by group.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    Group::ALL.into_iter().flat_map(Group::rules).copied()
}
