//! A cluster: its pools, its profiles, its state and how that goes on.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::palette::value::{ago, uid};

/// One cluster.
#[derive(Debug, Clone, Default)]
pub(in crate::palette) struct Cluster {
    pub(in crate::palette) uid: String,
    pub(in crate::palette) name: String,
    /// `None`: the tenant's own.
    pub(in crate::palette) project: Option<String>,
    pub(in crate::palette) labels: BTreeMap<String, String>,
    pub(in crate::palette) description: String,
    /// `aws`, `eks`, `vsphere`, `edge-native`, `nested` and so on.
    pub(in crate::palette) cloud: String,
    pub(in crate::palette) state: String,
    /// `None`: the agent never said.
    pub(in crate::palette) health: Option<String>,
    pub(in crate::palette) created: String,
    pub(in crate::palette) modified: String,
    pub(in crate::palette) account: String,
    pub(in crate::palette) config: String,
    pub(in crate::palette) region: String,
    pub(in crate::palette) pools: Vec<Pool>,
    pub(in crate::palette) profiles: Vec<Attached>,
    pub(in crate::palette) conditions: Vec<Value>,
    pub(in crate::palette) health_conditions: Vec<Value>,
    /// Packs that failed: pack, reason, message.
    pub(in crate::palette) failures: Vec<(String, String, String)>,
    pub(in crate::palette) kubernetes: String,
    pub(in crate::palette) heartbeat: String,
    pub(in crate::palette) agent: String,
    pub(in crate::palette) cpu_percent: u32,
    pub(in crate::palette) memory_percent: u32,
    /// Whether the cost of the last days is far above that of the days before.
    pub(in crate::palette) cost_spike: bool,
    pub(in crate::palette) has_oidc: bool,
    pub(in crate::palette) has_proxy: bool,
    /// Whether kubeconfigs come as base64 text.
    pub(in crate::palette) is_base64: bool,
    pub(in crate::palette) certificate_days: i64,
    pub(in crate::palette) repave: Option<String>,
    pub(in crate::palette) host: Option<String>,
    pub(in crate::palette) group: Option<String>,
    pub(in crate::palette) is_paused: bool,
    pub(in crate::palette) upgrade_lock: bool,
    pub(in crate::palette) backup: Option<Value>,
    pub(in crate::palette) scan: Option<Value>,
    pub(in crate::palette) logs: Vec<Value>,
    pub(in crate::palette) rbacs: Vec<Value>,
    pub(in crate::palette) namespaces: Vec<Value>,
    /// The state that comes after this many more reads.
    pub(in crate::palette) next: Option<(u32, &'static str)>,
}

/// A machine pool.
#[derive(Debug, Clone, Default)]
pub(in crate::palette) struct Pool {
    pub(in crate::palette) name: String,
    pub(in crate::palette) is_control_plane: bool,
    pub(in crate::palette) instance_type: String,
    pub(in crate::palette) min: i64,
    pub(in crate::palette) max: i64,
    pub(in crate::palette) labels: Vec<String>,
    pub(in crate::palette) taints: Vec<Value>,
    pub(in crate::palette) machines: Vec<Machine>,
    /// The pool's `cloudConfig` as it was last written.
    pub(in crate::palette) cloud: Value,
}

/// A machine.
#[derive(Debug, Clone)]
pub(in crate::palette) struct Machine {
    pub(in crate::palette) uid: String,
    pub(in crate::palette) name: String,
    pub(in crate::palette) is_ready: bool,
    pub(in crate::palette) is_cordoned: bool,
    pub(in crate::palette) created: String,
}

/// A version of a profile on a cluster, with what the cluster sets in it.
#[derive(Debug, Clone, Default)]
pub(in crate::palette) struct Attached {
    pub(in crate::palette) profile: String,
    /// Values by pack, where they differ from the profile's.
    pub(in crate::palette) values: BTreeMap<String, String>,
    pub(in crate::palette) variables: BTreeMap<String, String>,
}

impl Pool {
    /// Makes the pool have this many machines; the newest go first.
    pub(in crate::palette) fn scale(&mut self, cluster: &str, size: usize) {
        self.machines.truncate(size);
        while self.machines.len() < size {
            let name = format!("{}-{}", self.name, self.machines.len());
            let uid = uid(&["machine", cluster, &name]);
            let created = ago(0);
            self.machines.push(Machine { uid, name, is_ready: true, is_cordoned: false, created });
        }
    }

    pub(in crate::palette) fn healthy(&self) -> usize {
        self.machines.iter().filter(|it| it.is_ready).count()
    }
}

impl Cluster {
    pub(in crate::palette) fn is_virtual(&self) -> bool {
        self.cloud == "nested"
    }

    /// Whether the cloud has list prices; the others cost 0 until a rate is set.
    pub(in crate::palette) fn has_prices(&self) -> bool {
        ["aws", "eks", "azure", "aks", "gcp", "gke"].contains(&self.cloud.as_str())
    }

    /// The cloud's segment in paths.
    pub(in crate::palette) fn segment(&self) -> &str {
        if self.is_virtual() { "virtual" } else { &self.cloud }
    }

    pub(in crate::palette) fn nodes(&self) -> usize {
        self.pools.iter().map(|pool| pool.machines.len()).sum()
    }

    /// Counts one read towards the next state.
    pub(in crate::palette) fn advance(&mut self) {
        match self.next {
            Some((0, state)) => {
                state.clone_into(&mut self.state);
                self.next = None;
                if state == "Running" {
                    self.health = Some("Healthy".to_owned());
                }
                self.touch();
            }
            Some((reads, state)) => self.next = Some((reads.saturating_sub(1), state)),
            None => {}
        }
    }

    /// Marks it changed now.
    pub(in crate::palette) fn touch(&mut self) {
        self.modified = ago(0);
    }
}
