//! Several clusters together, and the kubeconfig that names them.

use std::io::Write;
use std::path::Path;
use std::{fs, io};

use super::cluster::Cluster;
use super::kubeconfig;
use super::seed::Seed;
use crate::record::Violation;
use crate::wire::ServerError;

/// The clusters of one [`Seed`]. Dropping it stops them all.
#[derive(Debug)]
pub struct Fleet {
    clusters: Vec<Cluster>,
}

impl Fleet {
    /// Starts all clusters of a seed. Must be called inside a Tokio runtime, on which they run.
    ///
    /// # Errors
    ///
    /// [`ServerError`] when a cluster does not start; those that did are stopped again.
    pub async fn start(seed: Seed) -> Result<Self, ServerError> {
        let mut clusters = Vec::new();
        for cluster in seed.clusters {
            clusters.push(Cluster::start(cluster).await?);
        }
        Ok(Self { clusters })
    }

    /// The clusters, in the seed's order.
    #[must_use]
    pub fn clusters(&self) -> &[Cluster] {
        &self.clusters
    }

    /// The cluster of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Cluster> {
        self.clusters.iter().find(|cluster| cluster.name() == name)
    }

    /// The cluster of this name, in tests.
    ///
    /// # Panics
    ///
    /// If there is none: the test misspells it.
    #[track_caller]
    #[must_use]
    #[expect(clippy::panic, reason = "for tests, where a misspelt name must fail at its place")]
    pub fn cluster(&self, name: &str) -> &Cluster {
        match self.find(name) {
            Some(cluster) => cluster,
            None => panic!("the fleet has no cluster `{name}`"),
        }
    }

    /// The kubeconfig that names all clusters: CA data inline, tokens, the first context current.
    #[must_use]
    pub fn kubeconfig_text(&self) -> String {
        kubeconfig::render(&self.clusters)
    }

    /// Writes the kubeconfig to a file, which only its owner may read.
    ///
    /// # Errors
    ///
    /// [`io::Error`] when the file cannot be written.
    pub fn kubeconfig(&self, path: &Path) -> io::Result<()> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path)?.write_all(self.kubeconfig_text().as_bytes())
    }

    /// The forbidden requests that came, of all clusters.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        self.clusters.iter().flat_map(Cluster::violations).collect()
    }

    /// Fails if a request came that a test forbade (see [`Cluster::forbid`]).
    ///
    /// # Panics
    ///
    /// If one did; the message lists them with the test's reasons.
    #[track_caller]
    pub fn assert_untouched(&self) {
        let list: Vec<String> = self.violations().iter().map(ToString::to_string).collect();
        assert!(list.is_empty(), "requests came that should have been refused:\n{}", list.join("\n"));
    }
}
