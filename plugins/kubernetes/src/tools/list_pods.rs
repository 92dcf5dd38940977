//! `list_pods`: which pods there are, and how they fare.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::arguments::listing;
use super::parts;
use crate::args::{Namespace, ObjectName, Selector};
use crate::capability::Capability;
use crate::cluster::{Call, Query};
use crate::list::{self, FromRow, Item, Listing, Question, Rows};
use crate::request::{Group, Include};
use crate::table::Row;
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct ListPods;

listing! {
    /// Which pods to list.
    Arguments {
        /// Namespace of the pods. Absent: all namespaces.
        #[serde(default)]
        namespace: Option<Namespace>,
        /// Label selector, such as `app=web,tier in (a,b),!canary`.
        #[serde(default)]
        label_selector: Option<Selector>,
        /// Field selector, such as `status.phase=Pending`; operators `=`, `==` and `!=`.
        #[serde(default)]
        field_selector: Option<Selector>,
        /// Name of a node: only pods placed there.
        #[serde(default)]
        node: Option<ObjectName>,
        /// Only pods in this state. Judged here, over at most 5,000 pods of each cluster in one answer.
        #[serde(default)]
        status: Option<State>,
    }
}

/// States that no selector of the server knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum State {
    /// Running, whether ready or not.
    Running,
    /// Not running yet: waiting for a node, an image, a volume, or its init containers.
    Pending,
    /// In trouble: crashing, failed, evicted, or an image or configuration that cannot be had.
    Failing,
    /// Crashing again and again.
    Crashloop,
    /// Not all containers ready, and not completed.
    Notready,
    /// Ended well.
    Completed,
}

/// One pod.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct PodRow {
    /// Namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Name.
    pub name: String,
    /// Containers ready of containers wanted, such as `1/2`.
    pub ready: String,
    /// What `kubectl get pods` shows: `Running`, `CrashLoopBackOff`, `Init:0/1`, `Completed`...
    pub status: String,
    /// Restarts of all containers.
    pub restarts: u64,
    /// Time since it was created, such as `5m` or `3d2h`.
    pub age: String,
    /// Node it was placed on.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub node: String,
    /// Its address.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub ip: String,
}

impl FromRow for PodRow {
    fn read(row: &Row<'_>, namespace: Option<&str>) -> Self {
        Self {
            namespace: namespace.map(str::to_owned),
            name: row.text("Name"),
            ready: row.text("Ready"),
            status: row.text("Status"),
            restarts: row.number("Restarts"),
            age: row.text("Age"),
            node: row.text("Node"),
            ip: row.text("IP"),
        }
    }
}

impl Item for PodRow {
    const COLUMNS: &'static [&'static str] = &["NAME", "READY", "STATUS", "RESTARTS", "AGE", "NODE"];

    fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn cells(&self) -> Vec<String> {
        let restarts = self.restarts.to_string();
        [&self.name, &self.ready, &self.status, &restarts, &self.age, &self.node].map(Clone::clone).to_vec()
    }
}

impl State {
    /// Whether a pod is in this state, by what the server prints of it.
    fn holds(self, pod: &PodRow) -> bool {
        let status = pod.status.as_str();
        let waiting = status.strip_prefix("Init:").unwrap_or(status);
        let completed = matches!(status, "Completed" | "Succeeded");
        match self {
            Self::Running => status == "Running" || status == "NotReady",
            Self::Pending => {
                matches!(waiting, "Pending" | "ContainerCreating" | "PodInitializing" | "SchedulingGated")
                    || waiting.split_once('/').is_some()
            }
            Self::Failing => is_failure(waiting),
            Self::Crashloop => waiting == "CrashLoopBackOff",
            Self::Notready => !completed && !is_all_ready(&pod.ready),
            Self::Completed => completed,
        }
    }
}

/// Reasons that mean trouble. Kubelets and runtimes invent new ones, but they end alike.
fn is_failure(status: &str) -> bool {
    status.ends_with("BackOff")
        || status.ends_with("Error")
        || status.starts_with("Err")
        || status.starts_with("OutOf")
        || status.starts_with("ExitCode:")
        || status.starts_with("Signal:")
        || matches!(
            status,
            "Failed"
                | "OOMKilled"
                | "Evicted"
                | "ContainerCannotRun"
                | "DeadlineExceeded"
                | "InvalidImageName"
                | "NodeLost"
                | "NodeAffinity"
                | "Preempting"
                | "Unknown"
                | "ContainerStatusUnknown"
        )
}

fn is_all_ready(ready: &str) -> bool {
    ready.split_once('/').is_some_and(|(have, want)| have == want)
}

impl Tool for ListPods {
    const NAME: &'static str = "list_pods";
    const TITLE: &'static str = "List pods";
    const DESCRIPTION: &'static str = "Lists pods with status, readiness, restarts, age and node, of one \
        namespace or all, of one cluster or many. Filter by labels, fields, node, or by `status` \
        (running, pending, failing, crashloop, notready, completed). At most `limit` pods of each cluster \
        (100 unless told, up to 1000); `truncated` and `continue` say when there are more. A cluster that \
        cannot be read is reported under `errors` beside the others' pods; fails only if none can.";
    type Arguments = Arguments;
    type Output = Listing<PodRow>;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Listing<PodRow>>, Problem> {
        let namespace = arguments.namespace.as_ref();
        // Cells hold no namespace: rows of all namespaces need their metadata, which costs ten times the bytes.
        let include = if namespace.is_some() { Include::None } else { Include::Metadata };
        let node = arguments.node.as_ref().map(|node| format!("spec.nodeName={node}"));
        let fields: Vec<&str> = [arguments.field_selector.as_ref().map(Selector::as_str), node.as_deref()]
            .into_iter()
            .flatten()
            .collect();
        let fields = fields.join(",");
        let query = Query::table(Group::CORE.collection(namespace, "pods"), include)
            .maybe("labelSelector", arguments.label_selector.as_ref())
            .maybe("fieldSelector", Some(&fields).filter(|fields| !fields.is_empty()));
        let question = Question {
            parts: parts(
                Self::NAME,
                &[&query.path, arguments.label_selector.as_ref().map_or("", Selector::as_str), &fields],
                &arguments.status,
            ),
            limit: arguments.limit,
            resume: arguments.r#continue.as_ref(),
        };
        let rows =
            Rows { capability: Capability::ListPods, query, namespace: namespace.map(Namespace::as_str) };
        let keep = arguments.status.map(|status| move |pod: &PodRow| status.holds(pod));
        let listing = list::ask(
            call,
            question,
            keep,
            async |api, limit, token| rows.page(api, limit, token).await,
            async |_, _| {},
        )
        .await?;
        Ok(listing.report("pods", arguments.format))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(ready: &str, status: &str, expected: &[State]) {
        let pod = PodRow {
            namespace: None,
            name: "a".to_owned(),
            ready: ready.to_owned(),
            status: status.to_owned(),
            restarts: 0,
            age: String::new(),
            node: String::new(),
            ip: String::new(),
        };
        let all = [
            State::Running,
            State::Pending,
            State::Failing,
            State::Crashloop,
            State::Notready,
            State::Completed,
        ];
        let holding: Vec<State> = all.into_iter().filter(|state| state.holds(&pod)).collect();
        assert_eq!(holding, expected, "{status}");
    }

    #[test]
    fn judges_what_the_server_prints() {
        use State::{Completed, Crashloop, Failing, Notready, Pending, Running};
        check("1/1", "Running", &[Running]);
        check("0/1", "Running", &[Running, Notready]);
        check("0/1", "Completed", &[Completed]);
        check("0/1", "CrashLoopBackOff", &[Failing, Crashloop, Notready]);
        check("0/1", "Init:CrashLoopBackOff", &[Failing, Crashloop, Notready]);
        check("0/2", "Init:1/2", &[Pending, Notready]);
        check("0/1", "ContainerCreating", &[Pending, Notready]);
        check("0/1", "ErrImagePull", &[Failing, Notready]);
        check("0/1", "CreateContainerConfigError", &[Failing, Notready]);
        check("0/1", "Evicted", &[Failing, Notready]);
        check("1/1", "Terminating", &[]);
    }
}
