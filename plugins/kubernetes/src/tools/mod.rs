//! The tools: one file each, and the one list of them.
//!
//! A tool is a unit struct that implements [`Tool`]: its words for models, its arguments, its answer, and
//! `run`, which is generic over [`Call`] and thereby the same in the component and in tests. The list below
//! makes the description and the dispatch, so a tool that is in it is complete, and one that is not does
//! not exist.

pub(crate) mod arguments;
pub mod describe_pod;
pub mod diagnose_cluster;
pub(crate) mod events;
pub mod get_cluster_info;
pub mod get_node_status;
pub mod get_pod_events;
pub mod get_pod_logs;
pub mod get_resource_usage;
pub mod list_deployments;
pub mod list_namespaces;
pub mod list_pods;
pub mod list_services;

use crate::cluster::Call;
use crate::tool::{self, Description, Outcome, Problem, Tool};

macro_rules! tools {
    ($($tool:path,)+) => {
        /// Describes every tool.
        #[must_use]
        pub fn describe() -> Vec<Description> {
            vec![$(tool::describe::<$tool>(),)+]
        }

        /// Calls a tool by its name.
        ///
        /// # Errors
        /// When there is no such tool, and as the tool.
        pub async fn call<C: Call>(call: &C, name: &str, arguments: &str) -> Result<Outcome, Problem> {
            match name {
                $(<$tool as Tool>::NAME => tool::call::<$tool, C>(call, arguments).await,)+
                _ => Err(Problem::NotFound(format!("no tool is named `{name}`"))),
            }
        }
    };
}

tools! {
    get_cluster_info::GetClusterInfo,
    list_pods::ListPods,
    list_deployments::ListDeployments,
    get_node_status::GetNodeStatus,
    get_resource_usage::GetResourceUsage,
    list_services::ListServices,
    list_namespaces::ListNamespaces,
    diagnose_cluster::DiagnoseCluster,
    describe_pod::DescribePod,
    get_pod_logs::GetPodLogs,
    get_pod_events::GetPodEvents,
}

/// The arguments that a `continue` is bound to, as texts.
fn parts(tool: &str, texts: &[&str], other: &(impl std::fmt::Debug + ?Sized)) -> Vec<String> {
    let texts = texts.iter().map(|text| (*text).to_owned());
    std::iter::once(tool.to_owned()).chain(texts).chain([format!("{other:?}")]).collect()
}
