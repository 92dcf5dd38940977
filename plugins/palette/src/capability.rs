//! The capabilities of this component: one table, from which the enum, its names and the dispatch are made.

/// Hands the table of capabilities to another macro: variant, name (as in `plugin.toml` and the world), the
/// module that `wit-bindgen` makes of the import, and its form: `get` reads by GET only, `send` has methods.
macro_rules! with_capabilities {
    ($then:ident) => {
        $then! {
            /// Who the credential belongs to, and what it may do.
            UsersMe "users-me" users_me get
            /// Projects: names, health, use.
            ProjectsRead "projects-read" projects_read send
            /// Lists and searches of clusters, across projects.
            ClustersRead "clusters-read" clusters_read send
            /// One cluster: state, health, conditions, settings.
            ClusterViewInfo "cluster-view-info" cluster_view_info get
            /// Events and notifications of one cluster.
            ClusterEvents "cluster-events" cluster_events get
            /// What runs in one cluster.
            ClusterWorkloads "cluster-workloads" cluster_workloads send
            /// The profiles of one cluster, with the values of their packs.
            ClusterViewPackValues "cluster-view-pack-values" cluster_view_pack_values get
            /// The manifests of the packs of one cluster.
            ClusterViewPackManifests "cluster-view-pack-manifests" cluster_view_pack_manifests get
            /// Machine pools and machines.
            MachinesRead "machines-read" machines_read get
            /// Cluster profiles: lists, versions, packs, variables.
            ProfilesRead "profiles-read" profiles_read send
            /// Which clusters use a profile.
            ProfileViewClusters "profile-view-clusters" profile_view_clusters get
            /// Packs and registries.
            PacksRead "packs-read" packs_read send
            /// Cost, over time.
            CostRead "cost-read" cost_read send
            /// Edge hosts.
            EdgeHostsRead "edge-hosts-read" edge_hosts_read send
            /// Cluster groups and workspaces.
            GroupsRead "groups-read" groups_read get
            /// Cloud accounts, without their secrets.
            AccountsRead "accounts-read" accounts_read get
            /// Dry runs: what Palette would say to a change, and what it would cost.
            Validate "validate" validate send
            /// The kubeconfig of a cluster's users.
            ClusterDownloadKubeconfig "cluster-download-kubeconfig" cluster_download_kubeconfig get
            /// The kubeconfig of a cluster's administrator.
            ClusterDownloadAdminKubeconfig "cluster-download-admin-kubeconfig" cluster_download_admin_kubeconfig get
            /// Creating clusters, with machines of their own.
            ClusterCreate "cluster-create" cluster_create send
            /// Creating virtual clusters.
            VirtualClusterCreate "virtual-cluster-create" virtual_cluster_create send
            /// Registering clusters that Palette did not make.
            ClusterImport "cluster-import" cluster_import send
            /// Changing the tags of one cluster.
            ClusterChangeTags "cluster-change-tags" cluster_change_tags send
            /// Putting profiles on one cluster.
            ClusterChangeProfiles "cluster-change-profiles" cluster_change_profiles send
            /// Taking profiles off one cluster.
            ClusterRemoveProfile "cluster-remove-profile" cluster_remove_profile send
            /// Changing variables of profiles of one cluster.
            ClusterChangeVariables "cluster-change-variables" cluster_change_variables send
            /// Changing one machine pool of one cluster.
            ClusterScale "cluster-scale" cluster_scale send
            /// Cordoning one machine of one cluster, and taking it back.
            ClusterCordon "cluster-cordon" cluster_cordon send
            /// Approving that machines of one cluster are made anew.
            ClusterApproveRepave "cluster-approve-repave" cluster_approve_repave send
            /// Renewing the certificates of one cluster.
            ClusterRenewCertificates "cluster-renew-certificates" cluster_renew_certificates send
            /// Backing one cluster up.
            ClusterBackup "cluster-backup" cluster_backup send
            /// Scanning one cluster for compliance.
            ClusterScan "cluster-scan" cluster_scan send
            /// Pausing and resuming one virtual cluster.
            VirtualClusterPause "virtual-cluster-pause" virtual_cluster_pause send
            /// Deleting one cluster, never by force.
            ClusterDelete "cluster-delete" cluster_delete send
            /// Publishing one profile version.
            ProfilePublish "profile-publish" profile_publish send
            /// Making a new version of one profile.
            ProfileClone "profile-clone" profile_clone send
            /// Deleting one profile version.
            ProfileDelete "profile-delete" profile_delete send
        }
    };
}
#[cfg(target_family = "wasm")]
pub(crate) use with_capabilities;

macro_rules! define {
    ($($(#[$doc:meta])* $variant:ident $name:literal $module:ident $form:ident)+) => {
        /// One power that this component asks for: one import of its world, one entry of `plugin.toml`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Capability { $($(#[$doc])* $variant,)+ }

        impl Capability {
            /// All of them, in the order of the manifest.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name in `plugin.toml` and in the world.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The form of its import: `get` can say GET and nothing else, `send` has methods.
            #[must_use]
            pub const fn form(self) -> &'static str {
                match self { $(Self::$variant => stringify!($form),)+ }
            }
        }
    };
}
with_capabilities!(define);
