//! The kind `palette`: installations of Spectro Cloud Palette or VerteX, each with a base URL and an API key.
//!
//! All else is as with `http`, whose targets these become. What is Palette's own is the header of its key, how
//! often it lets itself be asked, and what is worth asking again.
//!
//! # Design
//!
//! *A key and no session.* Palette also takes a JWT that lives a quarter of an hour; a key is the operator's to
//! give, to bound and to take back, and the host has nothing to renew.
//!
//! *Turns are waited for here*, though targets' shares elsewhere are refused: Palette counts by source address
//! and punishes with 429, a page asks for a dozen lists at once, and the wait is a fraction of a second.

use std::path::PathBuf;
use std::time::Duration;

use ::http::StatusCode;

use super::http::{self, Credential};
use crate::egress::manner::{Manner, Rate, Retry, Whom};
use crate::egress::secret::Secret;

/// The installations of one upstream of kind `palette`.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// In the operator's order.
    pub targets: Vec<TargetConfig>,
}

/// One installation, by one key: a key is of one tenant.
#[derive(Debug, Clone)]
pub struct TargetConfig {
    /// Unique within the upstream.
    pub name: String,
    /// `https://host[:port][/prefix]`: what stands before `/v1`.
    pub base_url: String,
    /// Accepts `http://` too; everything sent there, the key included, can be read on the way.
    pub plaintext: bool,
    /// What is sent as `ApiKey`.
    pub api_key: Secret,
    /// Roots in PEM to trust instead of the system's.
    pub ca: Option<PathBuf>,
    /// What components may know of it besides its name.
    pub attributes: Vec<(String, String)>,
}

/// How often Palette lets itself be asked, from one address, under each prefix; paths below count with it.
///
/// Source: "API rate limits" in the documentation of Palette 4.x. Nothing of it is told in answers.
pub(in crate::egress) const RATES: &[Rate] = &[
    rate("/", 10),
    rate("/v1/dashboard", 10),
    rate("/v1/packs", 10),
    rate("/v1/registries", 10),
    rate("/v1/projects", 10),
    rate("/v1/users", 10),
    rate("/v1/health", 10),
    rate("/v1/cloudaccounts", 10),
    rate("/v1/spectroclusters", 50),
    rate("/v1/spectroclusters/*/profiles", 50),
    rate("/v1/spectroclusters/*/assets", 10),
    rate("/v1/spectroclusters/*/download", 10),
    rate("/v1/spectroclusters/*/cost", 10),
    rate("/v1/spectroclusters/*/usage", 10),
    rate("/v1/spectroclusters/*/features/logFetcher", 10),
    rate("/v1/spectroclusters/features/logFetcher", 10),
    rate("/v1/cloudconfigs", 50),
    rate("/v1/clusterprofiles", 50),
    rate("/v1/events/components", 50),
    rate("/v1/auth/user/password/reset", 2),
];

/// Everywhere, five seconds' worth may come at once.
const fn rate(prefix: &'static str, per_second: u32) -> Rate {
    Rate { prefix, per_second, burst: 5 * per_second }
}

/// Reads alone are asked again: a cluster whose creation went unanswered may well be on its way.
const RETRY: Retry = Retry {
    whom: Whom::Reads,
    unasked: &[
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::BAD_GATEWAY,
        StatusCode::SERVICE_UNAVAILABLE,
        StatusCode::GATEWAY_TIMEOUT,
    ],
    // As the vendor's own clients have it.
    pause: Duration::from_secs(2),
    jitter: true,
};

/// How Palette wants to be asked.
pub(in crate::egress) fn manner() -> Manner {
    Manner::new(RETRY, RATES)
}

impl From<Config> for http::Config {
    fn from(config: Config) -> Self {
        Self { targets: config.targets.into_iter().map(Into::into).collect() }
    }
}

impl From<TargetConfig> for http::TargetConfig {
    fn from(target: TargetConfig) -> Self {
        let TargetConfig { name, base_url, plaintext, api_key, ca, attributes } = target;
        let credential = Credential::Header { name: "ApiKey".to_owned(), value: api_key };
        Self { name, base_url, plaintext, credential, headers: Vec::new(), ca, certificate: None, attributes }
    }
}
