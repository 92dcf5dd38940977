//! `get_admin_kubeconfig`: the kubeconfig of a cluster's administrator, for whom alone may have it.

use super::get_kubeconfig::{Access, access, report};
use crate::args::one_cluster;
use crate::fan;
use crate::instance::Call;
use crate::kubeconfig::download::Kind;
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct GetAdminKubeconfig;

one_cluster! {
    /// Which cluster.
    Arguments {}
}

impl Tool for GetAdminKubeconfig {
    const NAME: &'static str = "get_admin_kubeconfig";
    const TITLE: &'static str = "Get the administrator's kubeconfig";
    const DESCRIPTION: &'static str = "Gets the kubeconfig of a Palette cluster's administrator: a certificate with \
        every right, shared by all who get it, that cannot be taken back from one of them. Needs a capability of its \
        own here, and `cluster.adminKubeconfigDownload` in Palette. Prefer `get_kubeconfig`.";
    type Arguments = Arguments;
    type Output = Access;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Access>, Problem> {
        let cluster = crate::args::needed("cluster_uid", arguments.cluster_uid.as_ref())?;
        let project = crate::args::project(arguments.project.as_ref())?;
        let mut output =
            fan::one(call, async |api| access(api, &cluster, project.as_ref(), Kind::Admin).await).await?;
        output
            .warnings
            .insert(0, "it has every right in the cluster: keep it where nobody else reads".to_owned());
        Ok(report(output))
    }
}
