//! `fleet_health`: what needs somebody, over all clusters and edge hosts of all instances.

use futures::join;
use postern_sdk::{mask, text::Text};
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::{Limit, many_instances};
use crate::fault::{Failure, Fault};
use crate::filter::Filter;
use crate::instance::Call;
use crate::model::cluster::SearchItem;
use crate::model::edge::EdgeHost;
use crate::scope::Merged;
use crate::tool::{Problem, Report, Tool};
use crate::tools::list_edge_hosts;
use crate::{fan, fleet};

/// The tool.
#[derive(Debug)]
pub struct FleetHealth;

many_instances! {
    /// Of what.
    Arguments {
        /// Most rows of each list in the answer: 1 to 500.
        #[serde(default)]
        limit: Limit,
    }
}

/// What needs somebody. The lists are cut at `limit`; `totals` are not.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Health {
    /// When it was read, RFC 3339.
    pub timestamp: String,
    /// In a sentence.
    pub verdict: String,
    /// In numbers.
    pub totals: Totals,
    /// Clusters in state `Error`.
    pub error_clusters: Vec<Row>,
    /// Clusters that come up, go, or are imported.
    pub in_progress: Vec<Row>,
    /// Clusters that are `UnHealthy`, whatever their state.
    pub unhealthy: Vec<Row>,
    /// Clusters whose state is `Unknown`: Palette cannot tell.
    pub unknown: Vec<Row>,
    /// Clusters where a change that replaces machines waits for approval.
    pub repave_pending: Vec<Row>,
    /// Edge hosts that are unhealthy and paired.
    pub unhealthy_edge_hosts: Vec<list_edge_hosts::Row>,
    /// Edge hosts that nobody has taken in yet.
    pub unpaired_edge_hosts: Vec<list_edge_hosts::Row>,
    /// Whether there are more than could be read.
    pub truncated: bool,
    /// What could not be read: nothing is known of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Failure>,
}

/// In numbers.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Totals {
    pub clusters: usize,
    pub healthy: usize,
    pub unhealthy: usize,
    /// Clusters of which no health is known.
    pub health_unknown: usize,
    pub error: usize,
    pub in_progress: usize,
    pub repave_pending: usize,
    pub edge_hosts: usize,
    pub unhealthy_edge_hosts: usize,
    pub unpaired_edge_hosts: usize,
}

/// One cluster that needs somebody.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Row {
    /// Uid.
    pub uid: String,
    /// Name.
    pub name: String,
    /// `Running` and so on.
    pub status: String,
    /// `Healthy`, `UnHealthy` or `Unknown`.
    pub health_status: String,
    /// Cloud type.
    pub cloud_type: String,
    /// What its agent says is wrong, masked.
    pub reason: String,
    /// Name of its project.
    pub project: String,
    /// The instance that it is in.
    pub instance: String,
}

impl Tool for FleetHealth {
    const NAME: &'static str = "fleet_health";
    const TITLE: &'static str = "Fleet health";
    const DESCRIPTION: &'static str = "Tells what needs somebody in all Palette clusters and edge hosts that the \
        credential may see, of one instance or many: clusters in error, in progress, unhealthy, of unknown state, with \
        a repave that waits, and edge hosts that are unhealthy or unpaired. Each list is cut at `limit` (100 unless \
        told); `totals` are whole. What cannot be read is told under `errors`; fails only if no clusters can be.";
    type Arguments = Arguments;
    type Output = Health;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Health>, Problem> {
        let project = crate::args::project(arguments.project.as_ref())?;
        let hosts = Filter::default().body(&[("name", "asc")]);
        let gathered = fan::out(call, async |api| {
            let uid = |item: &SearchItem| item.metadata.uid.clone();
            let (clusters, hosts) = join!(
                fleet::search(api, project.as_ref(), Filter::alive(), uid),
                list_edge_hosts::search(api, project.as_ref(), &hosts),
            );
            Ok((clusters?, hosts))
        })
        .await?;
        let mut output = Health { timestamp: call.now().to_string(), ..Health::default() };
        output.errors = gathered.failures;
        for (instance, (clusters, hosts)) in gathered.results {
            output.add_clusters(&instance, clusters);
            output.add_hosts(&instance, hosts);
        }
        output.verdict = output.judge();
        output.cut(arguments.limit.count());
        Ok(Report { text: text(&output), failed: false, output })
    }
}

impl Health {
    fn add_clusters(&mut self, instance: &str, merged: Merged<SearchItem>) {
        self.truncated |= !merged.whole;
        self.errors.extend(merged.failures);
        for item in merged.items.into_iter().filter(|item| !item.status.is_deleted()) {
            let row = row(instance, &item);
            self.totals.clusters += 1;
            match row.health_status.as_str() {
                "Healthy" => self.totals.healthy += 1,
                "UnHealthy" => self.unhealthy.push(row.clone()),
                _ => self.totals.health_unknown += 1,
            }
            if item.status.repave.state == "Pending" {
                self.repave_pending.push(row.clone());
            }
            match row.status.as_str() {
                "Error" => self.error_clusters.push(row),
                "Pending" | "Provisioning" | "Deleting" | "Importing" => self.in_progress.push(row),
                "Running" => {}
                _ => self.unknown.push(row),
            }
        }
        self.totals.unhealthy = self.unhealthy.len();
        self.totals.error = self.error_clusters.len();
        self.totals.in_progress = self.in_progress.len();
        self.totals.repave_pending = self.repave_pending.len();
    }

    fn add_hosts(&mut self, instance: &str, hosts: Result<Merged<EdgeHost>, Fault>) {
        let merged = match hosts {
            Ok(merged) => merged,
            Err(fault) => {
                let fault = Fault { message: format!("edge hosts: {}", fault.message), ..fault };
                self.errors.push(Failure::new(instance, None, fault));
                return;
            }
        };
        self.truncated |= !merged.whole;
        self.errors.extend(merged.failures);
        self.totals.edge_hosts += merged.items.len();
        for host in merged.items {
            let row = list_edge_hosts::row(instance, host);
            // One that is not taken in yet is unhealthy by nature.
            if row.state == "unpaired" {
                self.unpaired_edge_hosts.push(row);
            } else if row.health == "unhealthy" {
                self.unhealthy_edge_hosts.push(row);
            }
        }
        self.totals.unhealthy_edge_hosts = self.unhealthy_edge_hosts.len();
        self.totals.unpaired_edge_hosts = self.unpaired_edge_hosts.len();
    }

    fn judge(&self) -> String {
        let counts = [
            (self.error_clusters.len(), "in error"),
            (self.unhealthy.len(), "unhealthy"),
            (self.unknown.len(), "of unknown state"),
            (self.repave_pending.len(), "with a repave that waits"),
            (self.in_progress.len(), "in progress"),
            (self.unhealthy_edge_hosts.len(), "unhealthy edge hosts"),
            (self.unpaired_edge_hosts.len(), "unpaired edge hosts"),
        ];
        let told: Vec<String> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        let partly = if self.errors.is_empty() { "" } else { "; not everything could be read" };
        match told.as_slice() {
            [] => format!("{} clusters, and nothing needs somebody{partly}", self.totals.clusters),
            told => format!("{} clusters: {}{partly}", self.totals.clusters, told.join(", ")),
        }
    }

    fn cut(&mut self, most: usize) {
        let lists = [
            &mut self.error_clusters,
            &mut self.in_progress,
            &mut self.unhealthy,
            &mut self.unknown,
            &mut self.repave_pending,
        ];
        for list in lists {
            list.sort_by(|one, other| (&one.instance, &one.name).cmp(&(&other.instance, &other.name)));
            list.truncate(most);
        }
        self.unhealthy_edge_hosts.truncate(most);
        self.unpaired_edge_hosts.truncate(most);
    }
}

fn row(instance: &str, item: &SearchItem) -> Row {
    let status = &item.status;
    let said: Vec<&str> =
        status.health.conditions.iter().map(|condition| condition.message.as_str()).take(3).collect();
    let health = status.health.state.as_str();
    Row {
        uid: item.metadata.uid.clone(),
        name: item.metadata.name.clone(),
        status: if status.state.is_empty() { "Unknown".to_owned() } else { status.state.clone() },
        health_status: if health.is_empty() { "Unknown".to_owned() } else { health.to_owned() },
        cloud_type: item.spec_summary.cloud_config.cloud_type.clone(),
        reason: mask::shown(&said.join("; ")),
        project: item.spec_summary.project_meta.name.clone(),
        instance: instance.to_owned(),
    }
}

fn text(health: &Health) -> String {
    let mut text = Text::default();
    super::listing::failures(&mut text, &health.errors);
    text.line(&health.verdict);
    let lists = [
        ("in error", &health.error_clusters),
        ("unhealthy", &health.unhealthy),
        ("of unknown state", &health.unknown),
        ("repave waits", &health.repave_pending),
        ("in progress", &health.in_progress),
    ];
    let clusters: Vec<[&str; 6]> = lists
        .iter()
        .flat_map(|(why, rows)| rows.iter().map(move |row| (*why, row)))
        .map(|(why, row)| {
            [
                why,
                row.name.as_str(),
                row.status.as_str(),
                row.project.as_str(),
                row.instance.as_str(),
                row.reason.as_str(),
            ]
        })
        .collect();
    text.table(&["WHY", "CLUSTER", "STATE", "PROJECT", "INSTANCE", "REASON"], &clusters);
    let hosts: Vec<[&str; 4]> = health
        .unhealthy_edge_hosts
        .iter()
        .chain(&health.unpaired_edge_hosts)
        .map(|row| [row.state.as_str(), row.name.as_str(), row.message.as_str(), row.instance.as_str()])
        .collect();
    text.table(&["STATE", "EDGE HOST", "MESSAGE", "INSTANCE"], &hosts);
    text.finish("lower `limit`, or name a `project`")
}
