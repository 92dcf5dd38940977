//! Gives the commands that look at files what they need of the host: a sandbox to look at components in, and
//! the plugins as they would be loaded.

use super::check::Check;
use super::examine::examine;
use super::init::Init;
use super::lock::Accept;
use super::report::Verdict;
use super::{Failure, Setting, write_out};
use crate::egress::{self, Egress};
use crate::registry::manifest::Manifest;
use crate::runtime::{Limits, Runtime};
use crate::start;

/// `postern check`.
pub(super) fn check(check: &Check, setting: &Setting) -> Result<Verdict, Failure> {
    let embedded = start::embedded()?;
    let threads = tokio::runtime::Runtime::new()?;
    // Components are looked at with no server in reach, and nothing of them is granted.
    let sandbox =
        Runtime::new(Limits::default(), Egress::new(egress::Config::default())?, setting.compiled())?;
    let look = |manifest: &Manifest, component: &[u8]| {
        threads.block_on(examine(&sandbox, manifest.clone(), component))
    };
    Ok(write_out(|out| check.run(&setting.environment, &embedded, &look, out))?)
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
    let pins: Vec<_> = plugins.iter().map(|plugin| (plugin.name.clone(), plugin.pin())).collect();
    Ok(write_out(|out| accept.run(&path, &pins, out))?)
}

/// There is nothing to lock.
#[derive(Debug, thiserror::Error)]
#[error("a lock lies beside a configuration, and there is none here; `postern init` writes one")]
struct NoFile;
