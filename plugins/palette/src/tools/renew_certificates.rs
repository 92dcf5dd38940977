//! `renew_certificates`: renews the certificates of a cluster.

use crate::args::one_cluster;
use crate::capability::Capability;
use crate::change::cluster::Cluster;
use crate::change::{self, Changed, Seen, bare, difference};
use crate::instance::{Call, Method, Request};
use crate::model::lenient;
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct RenewCertificates;

one_cluster! {
    /// Which cluster.
    Arguments {
        /// Only say what would be done; send nothing.
        #[serde(default)]
        dry_run: bool,
    }
}

lenient! {
    /// The certificates of a cluster's machines.
    Certificates {
        /// By machine.
        machine_certificates: Vec<OfMachine>,
    }

    /// The certificates of a machine.
    OfMachine {
        /// By authority.
        certificate_authorities: Vec<Authority>,
    }

    /// An authority with its certificates.
    Authority {
        /// RFC 3339.
        expiry: String,
        /// What it signed.
        certificates: Vec<Certificate>,
    }

    /// A certificate.
    Certificate {
        /// RFC 3339.
        expiry: String,
    }
}

impl Certificates {
    /// When the first of them ends.
    fn first(&self) -> Option<&str> {
        let authorities = self.machine_certificates.iter().flat_map(|each| &each.certificate_authorities);
        let signed = authorities.flat_map(|each| &each.certificates);
        signed.map(|each| each.expiry.as_str()).filter(|expiry| !expiry.is_empty()).min()
    }
}

impl Tool for RenewCertificates {
    const NAME: &'static str = "renew_certificates";
    const TITLE: &'static str = "Renew certificates of a cluster";
    const DESCRIPTION: &'static str = "Renews the Kubernetes certificates of a Palette cluster. Its control \
        plane restarts machine by machine. Tells when the first of them would end. Answers with the exact \
        `changes`, what was sent, and `state`; `dry_run` sends nothing.";
    type Arguments = Arguments;
    type Output = Changed;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Changed>, Problem> {
        let uid = crate::args::needed("cluster_uid", arguments.cluster_uid.as_ref())?;
        let project = crate::args::project(arguments.project.as_ref())?;
        change::run(call, async |api| {
            let cluster = Cluster::read(api, &uid, project.as_ref()).await?;
            let request = || Request::get(cluster.path("/k8certificates")).within(project.as_ref());
            let before: Certificates = api.json(Capability::ClusterViewInfo, request()).await?;
            let from = change::optional(before.first());
            let changes = vec![difference("k8certificates.first_expiry", from, "renewed")];
            let write = bare(Method::Patch, cluster.path("/k8certificates/renew"));
            let mut plan = cluster.plan(Capability::ClusterRenewCertificates, write, changes);
            plan.warnings.push("the control plane restarts machine by machine".to_owned());
            plan.carry_out(api, arguments.dry_run, async || {
                let after: Certificates = api.json(Capability::ClusterViewInfo, request()).await?;
                Ok(Seen { there: after.first() > before.first(), ..Seen::default() })
            })
            .await
        })
        .await
    }
}
