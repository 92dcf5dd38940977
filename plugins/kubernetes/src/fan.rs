//! Asks several clusters at once: a dead one costs its own error and its own wait, and nothing else.

use futures::{StreamExt as _, stream};
use schemars::JsonSchema;
use serde::Serialize;

use crate::api::Api;
use crate::cluster::{Call, Cluster};
use crate::fault::{ClusterError, Code, Fault};
use crate::request::{PATIENCE_MS, SHORT_PATIENCE_MS};
use crate::text::Text;
use crate::tool::{Problem, Report};

/// Clusters asked at once, however many requests that is: [`crate::places`] bounds those.
pub const AT_ONCE: usize = 8;

/// The same where each answer is megabytes: what is in flight must fit the memory of one call.
pub const FEW_AT_ONCE: usize = 3;

/// How long a cluster that did not answer in time is given less of it.
const SLOW_TTL_MS: u32 = 60_000;

/// What the clusters gave, in the operator's order.
#[derive(Debug)]
pub struct Gathered<T> {
    /// Of those that answered.
    pub results: Vec<(String, T)>,
    /// Of those that did not.
    pub errors: Vec<ClusterError>,
}

/// The structured answer of a tool that asks many clusters one thing each.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Answers<T> {
    /// One entry for each cluster that answered.
    pub clusters: Vec<T>,
    /// One entry for each cluster that did not: nothing is known of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ClusterError>,
}

impl<T> From<Gathered<T>> for Answers<T> {
    fn from(gathered: Gathered<T>) -> Self {
        Self {
            clusters: gathered.results.into_iter().map(|(_, result)| result).collect(),
            errors: gathered.errors,
        }
    }
}

impl<T> Answers<T> {
    /// Makes the report: the errors, then what `render` writes of each cluster.
    pub fn report(self, rest: &str, mut render: impl FnMut(&mut Text, &T)) -> Report<Self> {
        let mut text = Text::default();
        for error in &self.errors {
            text.line(format!("cluster `{}` failed: {}", error.cluster, error.message));
        }
        for answer in &self.clusters {
            render(&mut text, answer);
        }
        let failed = self.clusters.is_empty();
        Report { output: self, text: text.finish(rest), failed }
    }
}

/// Runs `ask` on every cluster of the call that `wanted` names, so many at once, and reports progress after
/// each.
///
/// # Errors
/// When the call has no such cluster.
pub async fn out<C: Call, T>(
    call: &C,
    at_once: usize,
    wanted: impl Fn(&str) -> bool,
    ask: impl AsyncFn(&Api<'_, C::Cluster>) -> Result<T, Fault>,
) -> Result<Gathered<T>, Problem> {
    let clusters: Vec<&C::Cluster> =
        call.clusters().iter().filter(|cluster| wanted(cluster.name())).collect();
    if clusters.is_empty() {
        return Err(no_cluster());
    }
    let total = u32::try_from(clusters.len()).unwrap_or(u32::MAX);
    let ask = &ask;
    let mut answers = stream::iter(clusters.into_iter().enumerate())
        .map(|(place, cluster)| async move { (place, cluster.name(), patiently(call, cluster, ask).await) })
        .buffer_unordered(at_once);
    let mut done = 0;
    let mut in_order = Vec::new();
    while let Some((place, name, answer)) = answers.next().await {
        done += 1;
        let end = if answer.is_ok() { "answered" } else { "failed" };
        call.progress(&format!("cluster `{name}` {end}"), done, total).await;
        in_order.push((place, name, answer));
    }
    in_order.sort_unstable_by_key(|(place, ..)| *place);
    let mut gathered = Gathered { results: Vec::new(), errors: Vec::new() };
    for (_, name, answer) in in_order {
        match answer {
            Ok(result) => gathered.results.push((name.to_owned(), result)),
            Err(fault) => gathered.errors.push(ClusterError::new(name, fault)),
        }
    }
    Ok(gathered)
}

/// Runs `ask` on the one cluster of the call.
///
/// # Errors
/// When the call has no cluster, and as `ask`.
pub async fn one<C: Call, T>(
    call: &C,
    ask: impl AsyncFn(&Api<'_, C::Cluster>) -> Result<T, Fault>,
) -> Result<T, Problem> {
    let cluster = call.clusters().first().ok_or_else(no_cluster)?;
    patiently(call, cluster, &ask).await.map_err(|fault| fault.problem(cluster.name()))
}

/// Runs `ask` on one cluster, and waits for it as long as its recent past deserves.
///
/// # Errors
/// As `ask`.
pub async fn patiently<C: Call, T>(
    call: &C,
    cluster: &C::Cluster,
    ask: &impl AsyncFn(&Api<'_, C::Cluster>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let key = format!("slow/{}", cluster.name());
    let was_slow = call.recall(&key).is_some();
    let patience_ms = if was_slow { SHORT_PATIENCE_MS } else { PATIENCE_MS };
    let answer = ask(&Api::new(cluster, call.places(), patience_ms)).await;
    match &answer {
        Err(Fault { code: Code::Timeout, .. }) => call.remember(&key, b"1", SLOW_TTL_MS),
        _ if was_slow => call.forget(&key),
        _ => {}
    }
    answer
}

fn no_cluster() -> Problem {
    Problem::NotFound("no cluster of that name is open to this call".to_owned())
}
