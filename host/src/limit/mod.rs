//! How often, and how many at once: for each caller, each tool and each target.
//!
//! A gateway shares what it has among its callers, and a model in a loop takes all it is given. Three kinds
//! of share stand in the way, and each holds a rate and a number at once:
//!
//! | share | of whom | a refusal says |
//! |---|---|---|
//! | caller | one principal, whatever it calls | `too many calls by this caller` |
//! | tool | one tool, whoever calls it | `too many calls of this tool` |
//! | target | one server of an upstream, whichever call asks it | the request fails with `egress.limit.rate` |
//!
//! [`Limits::admit`] takes a place of the first two and holds it for as long as the call runs; the way out
//! asks [`Limits::target`] before each request. What is refused is told when to come back, and nothing is
//! queued: a queue hides a loop and holds its memory. A [`Pace`] is another thing: what a server itself demands
//! of whoever asks it, and there a request waits for its turn.
//!
//! ```toml
//! [limits.caller]
//! rate = "600/m"          # 600 a minute
//! burst = 100             # of which so many may come at once
//! concurrent = 16
//!
//! [[limits.for]]          # the first that fits is the one that holds
//! group = "ci"
//! rate = "60/m"
//!
//! [[limits.for]]
//! plugin = "kubernetes"
//! tool = "get_pod_logs"
//! concurrent = 4
//! ```
//!
//! # Design
//!
//! *Rates are cells, not windows.* The generic cell rate algorithm (`governor`) keeps one number a key and
//! lets nobody have two windows' worth around a window's edge.
//!
//! *The caller is asked before the tool.* What one caller has too much of is refused on its own account,
//! so that its flood cannot use up a tool's share that others wait for. A call that the tool's share
//! refuses has cost its caller one; nothing is given back, since giving back is a way round the rate.
//!
//! *Memory is bounded.* A key is forgotten when it is idle for so long that its share is whole again; at
//! [`KEYS`](share::KEYS) keys the newcomers share one. There is no timer: keys are looked over when one comes.
//!
//! *One process.* Replicas behind a balancer each count for themselves.

mod pace;
mod rate;
mod select;
mod share;

use std::time::Duration;

use governor::clock::{Clock, MonotonicClock};

use crate::call::{CallError, Principal};

pub use pace::{NotInTime, Pace};
pub use rate::{BadRate, Quota, Rate};
pub use select::{Change, Exception, Whom};
use share::Shares;
pub use share::{Place, Why};

/// What everyone may have; [`Config::default`] suits a team and a handful of clusters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Of each principal, over all its calls.
    pub caller: Quota,
    /// Of each tool, resource or prompt, over all callers.
    pub tool: Quota,
    /// Of each target of each upstream, over all requests of all calls.
    pub target: Quota,
    /// Who has something else; the first that fits holds.
    pub exceptions: Vec<Exception>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            // Ten a second is more than a model asks for; a quarter of the instances that run at once.
            caller: Quota::new(Rate::per(600, rate::MINUTE), 100, 16),
            // Half of the instances: a tool whose upstream hangs leaves room for the others.
            tool: Quota::new(Rate::per(1_200, rate::MINUTE), 200, 32),
            // One call may make 500 requests, and an API server bears them; half of all places, as above.
            target: Quota::new(Rate::per(100, rate::SECOND), 500, 128),
            exceptions: Vec::new(),
        }
    }
}

/// Counts, for the whole process. Cheap to clone; clones count together.
///
/// The clock is another one in tests alone.
#[derive(Debug, Clone)]
pub struct Limits<C: Clock = MonotonicClock> {
    callers: Shares<C>,
    tools: Shares<C>,
    targets: Shares<C>,
}

/// A call that was let in; dropped, its places are free again.
#[derive(Debug)]
#[must_use = "the call is counted as running for as long as this lives"]
pub struct Admitted {
    _caller: Place,
    _tool: Place,
}

/// A request that a target's share has no room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// Too often, or too many at once.
    pub why: Why,
    /// When there is room again; a guess where too many run at once.
    pub retry_after: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self::new(Config::default())
    }
}

impl Limits {
    /// Counts from nothing.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self::with_clock(config, &MonotonicClock)
    }
}

impl<C: Clock + Clone> Limits<C> {
    fn with_clock(config: Config, clock: &C) -> Self {
        let Config { caller, tool, target, exceptions } = config;
        let shares = |quota: Quota, kind: fn(&Whom) -> bool| {
            Shares::new(quota, exceptions.iter().filter(|exception| kind(&exception.whom)), clock)
        };
        Self {
            callers: shares(caller, Whom::is_caller),
            tools: shares(tool, Whom::is_tool),
            targets: shares(target, Whom::is_target),
        }
    }

    /// Lets a call of the tool, resource or prompt `name` of `plugin` in, by the name it was found under.
    ///
    /// # Errors
    /// [`CallError::RateLimited`], with whose limit it is and when to come back.
    pub fn admit(&self, principal: &Principal, plugin: &str, name: &str) -> Result<Admitted, CallError> {
        let limited = |of: [&'static str; 2]| {
            move |refused: Refused| CallError::RateLimited {
                of: match refused.why {
                    Why::Rate => of[0],
                    Why::Concurrency => of[1],
                },
                retry_after: refused.retry_after,
            }
        };
        let subject = principal.subject();
        let caller = self
            .callers
            .take(&[subject], |whom| whom.fits_caller(principal))
            .map_err(limited(["by this caller", "by this caller at once"]))?;
        let tool = self
            .tools
            .take(&[plugin, name], |whom| whom.fits_tool(plugin, name))
            .map_err(limited(["of this tool", "of this tool at once"]))?;
        Ok(Admitted { _caller: caller, _tool: tool })
    }

    /// Lets one request to `target` out; the place is held until its answer is there.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn target(&self, plugin: &str, upstream: &str, target: &str) -> Result<Place, Refused> {
        self.targets.take(&[plugin, upstream, target], |whom| whom.fits_target(plugin, upstream, target))
    }
}

#[cfg(test)]
mod tests;
