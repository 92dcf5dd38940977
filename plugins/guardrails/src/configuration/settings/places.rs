//! Clouds and versions: small facts about the world that rules need.

use serde::{Deserialize, Serialize};

/// A cloud whose load balancers can be internal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Cloud {
    Aws,
    Azure,
    Gcp,
    Oci,
    Openstack,
    Alibaba,
    Ibm,
}

impl Cloud {
    /// The annotations that make a load balancer internal, with the values that do.
    pub(in crate::configuration) fn internal(self) -> &'static [(&'static str, &'static [&'static str])] {
        match self {
            Self::Aws => &[
                ("service.beta.kubernetes.io/aws-load-balancer-internal", &["true", "0.0.0.0/0"]),
                ("service.beta.kubernetes.io/aws-load-balancer-scheme", &["internal"]),
            ],
            Self::Azure => &[("service.beta.kubernetes.io/azure-load-balancer-internal", &["true"])],
            Self::Gcp => &[
                ("networking.gke.io/load-balancer-type", &["Internal"]),
                ("cloud.google.com/load-balancer-type", &["Internal"]),
            ],
            Self::Oci => &[
                ("service.beta.kubernetes.io/oci-load-balancer-internal", &["true"]),
                ("oci-network-load-balancer.oraclecloud.com/internal", &["true"]),
            ],
            Self::Openstack => &[("service.beta.kubernetes.io/openstack-internal-load-balancer", &["true"])],
            Self::Alibaba => {
                &[("service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type", &["intranet"])]
            }
            Self::Ibm => &[("service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type", &["private"])],
        }
    }
}

/// Minor versions of Kubernetes 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kubernetes {
    /// The newest there is.
    pub newest: u32,
    /// The oldest that upstream still mends.
    pub supported: u32,
}

impl Kubernetes {
    /// The minor version in a text such as `1.35.2`, `v1.35` or `1.35.2+rke2r1`; none of another major version.
    #[must_use]
    pub fn minor(text: &str) -> Option<u32> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let (major, rest) = text.split_once('.')?;
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
        if major == "1" { digits.parse().ok() } else { None }
    }
}
