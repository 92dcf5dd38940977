//! The tools: one file each, and the one list of them.
//!
//! A tool is a unit struct that implements [`Tool`]: its words for models, its arguments, its answer, and `run`,
//! which is generic over [`Call`] and thereby the same in the component and in tests. The list below makes the
//! description and the dispatch, so a tool that is in it is complete, and one that is not does not exist.
//! [`crate::aliases`] gives tools the names that other clients know them by.

pub mod apply_profiles;
pub mod approve_repave;
pub mod backup_now;
pub mod clone_profile_version;
pub mod compare_clusters;
pub mod cordon_machine;
pub mod create_cluster;
pub mod create_virtual_cluster;
pub mod delete_cluster;
pub mod delete_profile;
pub mod detect_drift;
pub mod diagnose_cluster;
pub mod diff_profile_versions;
pub mod estimate_cluster_cost;
pub mod find_clusters_for_profile;
pub mod fleet_health;
pub mod get_admin_kubeconfig;
pub mod get_cluster_backups;
pub mod get_cluster_certificates;
pub mod get_cluster_cost;
pub mod get_cluster_details;
pub mod get_cluster_events;
pub mod get_cluster_group;
pub mod get_cluster_machines;
pub mod get_cluster_profiles;
pub mod get_cluster_workloads;
pub mod get_fleet_cost;
pub mod get_kubeconfig;
pub mod get_pack;
pub mod get_pack_manifest;
pub mod get_profile_details;
pub mod get_profile_variables;
pub mod import_cluster;
pub mod list_available_packs;
pub mod list_cloud_accounts;
pub mod list_cluster_groups;
pub mod list_cluster_profiles;
pub mod list_clusters;
pub mod list_edge_hosts;
pub mod list_projects;
pub mod list_registries;
pub mod list_virtual_clusters;
pub mod list_workspaces;
pub mod listing;
pub mod merge_kubeconfigs;
pub mod pause_virtual_cluster;
pub mod profile_updates_available;
pub mod publish_profile;
pub mod recommend_profile;
pub mod remove_profile;
pub mod renew_certificates;
pub mod replace_profile_version;
pub mod scale_machine_pool;
pub mod scan_now;
pub mod search_by_tag;
pub mod set_tags;
pub mod set_variables;
pub mod validate_configuration;

use crate::aliases;
use crate::instance::Call;
use crate::tool::{self, Description, Outcome, Problem, Tool};

macro_rules! tools {
    ($($tool:path,)+) => {
        /// Describes the tools by their own names.
        #[must_use]
        pub fn own() -> Vec<Description> {
            vec![$(tool::describe::<$tool>(),)+]
        }

        /// Calls a tool by its own name.
        ///
        /// # Errors
        /// When there is no such tool, and as the tool.
        pub async fn call_own<C: Call>(call: &C, name: &str, arguments: &str) -> Result<Outcome, Problem> {
            match name {
                $(<$tool as Tool>::NAME => tool::call::<$tool, C>(call, arguments).await,)+
                _ => Err(Problem::NotFound(format!("no tool is named `{name}`"))),
            }
        }
    };
}

tools! {
    list_clusters::ListClusters,
    get_cluster_details::GetClusterDetails,
    list_projects::ListProjects,
    diagnose_cluster::DiagnoseCluster,
    fleet_health::FleetHealth,
    compare_clusters::CompareClusters,
    detect_drift::DetectDrift,
    recommend_profile::RecommendProfile,
    validate_configuration::ValidateConfiguration,
    list_cluster_profiles::ListClusterProfiles,
    get_profile_details::GetProfileDetails,
    get_profile_variables::GetProfileVariables,
    find_clusters_for_profile::FindClustersForProfile,
    get_cluster_profiles::GetClusterProfiles,
    get_pack_manifest::GetPackManifest,
    list_available_packs::ListAvailablePacks,
    get_pack::GetPack,
    list_registries::ListRegistries,
    profile_updates_available::ProfileUpdatesAvailable,
    diff_profile_versions::DiffProfileVersions,
    list_cloud_accounts::ListCloudAccounts,
    get_kubeconfig::GetKubeconfig,
    get_admin_kubeconfig::GetAdminKubeconfig,
    merge_kubeconfigs::MergeKubeconfigs,
    get_cluster_events::GetClusterEvents,
    get_cluster_cost::GetClusterCost,
    get_fleet_cost::GetFleetCost,
    estimate_cluster_cost::EstimateClusterCost,
    get_cluster_machines::GetClusterMachines,
    list_virtual_clusters::ListVirtualClusters,
    list_cluster_groups::ListClusterGroups,
    get_cluster_group::GetClusterGroup,
    get_cluster_workloads::GetClusterWorkloads,
    get_cluster_certificates::GetClusterCertificates,
    get_cluster_backups::GetClusterBackups,
    list_edge_hosts::ListEdgeHosts,
    list_workspaces::ListWorkspaces,
    search_by_tag::SearchByTag,
    apply_profiles::ApplyProfiles,
    approve_repave::ApproveRepave,
    backup_now::BackupNow,
    clone_profile_version::CloneProfileVersion,
    cordon_machine::CordonMachine,
    cordon_machine::UncordonMachine,
    create_cluster::CreateCluster,
    create_virtual_cluster::CreateVirtualCluster,
    delete_cluster::DeleteCluster,
    delete_profile::DeleteProfile,
    import_cluster::ImportCluster,
    pause_virtual_cluster::PauseVirtualCluster,
    pause_virtual_cluster::ResumeVirtualCluster,
    publish_profile::PublishProfile,
    remove_profile::RemoveProfile,
    renew_certificates::RenewCertificates,
    replace_profile_version::ReplaceProfileVersion,
    scale_machine_pool::ScaleMachinePool,
    scan_now::ScanNow,
    set_tags::SetTags,
    set_variables::SetVariables,
}

/// Describes every tool, those by other names included.
#[must_use]
pub fn describe() -> Vec<Description> {
    let own = own();
    let others: Vec<Description> = aliases::ALL.iter().filter_map(|alias| alias.describe(&own)).collect();
    own.into_iter().chain(others).collect()
}

/// Calls a tool by any of its names.
///
/// # Errors
/// When there is no such tool, and as the tool.
pub async fn call<C: Call>(call: &C, name: &str, arguments: &str) -> Result<Outcome, Problem> {
    let Some(alias) = aliases::find(name) else { return call_own(call, name, arguments).await };
    let outcome = call_own(call, alias.tool, &alias.resolved(arguments)?).await?;
    alias.answer(outcome)
}
