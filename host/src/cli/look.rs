//! Gives the commands that look at files what they need of the host: a sandbox to look at components in, and
//! the plugins as they would be loaded.

use super::check::Check;
use super::examine::{Examined, examine};
use super::init::Init;
use super::lock::{Accept, Now};
use super::report::Verdict;
use super::review::Review;
use super::{Failure, Setting, write_out};
use crate::egress::{self, Egress};
use crate::registry::manifest::Manifest;
use crate::registry::{EMBEDDED, PluginError};
use crate::runtime::{Limits, Runtime};
use crate::start;

/// `postern check`.
pub(super) fn check(check: &Check, setting: &Setting) -> Result<Verdict, Failure> {
    let embedded = start::embedded()?;
    let bench = Bench::new(setting)?;
    let look = |manifest: &Manifest, component: &[u8]| bench.examine(manifest, component);
    Ok(write_out(|out| check.run(&setting.environment, &embedded, &look, out))?)
}

/// `postern review`.
pub(super) fn review(review: &Review, setting: &Setting) -> Result<Verdict, Failure> {
    let bench = Bench::new(setting)?;
    let look = |manifest: &Manifest, component: &[u8]| bench.examine(manifest, component);
    Ok(write_out(|out| review.run(EMBEDDED, bench.sandbox.limits(), &look, out))?)
}

/// Where components are looked at: with no server in reach, and nothing granted.
struct Bench {
    threads: tokio::runtime::Runtime,
    sandbox: Runtime,
}

impl Bench {
    fn new(setting: &Setting) -> Result<Self, Failure> {
        let nowhere = Egress::new(egress::Config::default())?;
        let sandbox = Runtime::new(Limits::default(), nowhere, setting.compiled())?;
        Ok(Self { threads: tokio::runtime::Runtime::new()?, sandbox })
    }

    fn examine(&self, manifest: &Manifest, component: &[u8]) -> Result<Examined, PluginError> {
        self.threads.block_on(examine(&self.sandbox, manifest.clone(), component))
    }
}

/// `postern init`.
pub(super) fn init(init: &Init) -> Result<Verdict, Failure> {
    Ok(write_out(|out| init.run(out))?)
}

/// `postern lock`.
pub(super) fn lock(accept: &Accept, setting: &Setting) -> Result<Verdict, Failure> {
    let config = setting.configuration()?;
    let path = config.lock.clone().ok_or(NoFile)?;
    let threads = tokio::runtime::Runtime::new()?;
    let plugins = threads.block_on(start::plugins(&config, setting.compiled()))?;
    let now = plugins.iter().map(|plugin| Now {
        name: plugin.name.clone(),
        pin: plugin.pin(),
        suspicions: plugin.suspicions.iter().map(ToString::to_string).collect(),
    });
    let now: Vec<Now> = now.collect();
    Ok(write_out(|out| accept.run(&path, &now, out))?)
}

/// There is nothing to lock.
#[derive(Debug, thiserror::Error)]
#[error("a lock lies beside a configuration, and there is none here; `postern init` writes one")]
struct NoFile;
