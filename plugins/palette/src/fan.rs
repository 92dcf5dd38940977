//! Asks several instances at once: a dead one costs its own error and nothing else.

use futures::{StreamExt as _, stream};

use crate::api::Api;
use crate::fault::{Failure, Fault};
use crate::instance::{Call, Instance as _};
use crate::scope::Merged;
use crate::tool::Problem;

/// Instances asked at once.
pub const AT_ONCE: usize = 4;

/// What the instances gave, in the operator's order.
#[derive(Debug)]
pub struct Gathered<T> {
    /// Of those that answered, by their names.
    pub results: Vec<(String, T)>,
    /// Of those that did not.
    pub failures: Vec<Failure>,
}

/// One list out of those of several instances.
#[derive(Debug)]
pub struct Rows<R> {
    /// In the order of the instances.
    pub rows: Vec<R>,
    /// Whether there are more than could be read.
    pub truncated: bool,
    /// Instances and scopes that could not be read.
    pub errors: Vec<Failure>,
}

impl<T> Gathered<Merged<T>> {
    /// Makes a row of each item, given the name of its instance, or leaves it out.
    #[must_use]
    pub fn rows<R>(self, mut row: impl FnMut(&str, T) -> Option<R>) -> Rows<R> {
        let mut all = Rows { rows: Vec::new(), truncated: false, errors: self.failures };
        for (instance, merged) in self.results {
            all.truncated |= !merged.whole;
            all.errors.extend(merged.failures);
            all.rows.extend(merged.items.into_iter().filter_map(|item| row(&instance, item)));
        }
        all
    }
}

/// Runs `ask` on every instance of the call, and reports progress after each.
///
/// # Errors
/// When the call has no instance; and where it has one alone, as `ask`.
pub async fn out<C: Call, T>(
    call: &C,
    ask: impl AsyncFn(&Api<'_, C>) -> Result<T, Fault>,
) -> Result<Gathered<T>, Problem> {
    if let [only] = call.instances() {
        let result = ask(&Api::new(call, only)).await.map_err(|fault| fault.problem(only.name()))?;
        return Ok(Gathered { results: vec![(only.name().to_owned(), result)], failures: Vec::new() });
    }
    let total = u32::try_from(call.instances().len()).unwrap_or(u32::MAX);
    let ask = &ask;
    let mut answers = stream::iter(call.instances())
        .map(|instance| async move { (instance.name(), ask(&Api::new(call, instance)).await) })
        .buffered(AT_ONCE);
    let mut gathered = Gathered { results: Vec::new(), failures: Vec::new() };
    let mut done = 0;
    while let Some((name, answer)) = answers.next().await {
        done += 1;
        call.progress(&format!("instance `{name}` is done"), done, total).await;
        match answer {
            Ok(result) => gathered.results.push((name.to_owned(), result)),
            Err(fault) => gathered.failures.push(Failure::new(name, None, fault)),
        }
    }
    if done == 0 { Err(no_instance()) } else { Ok(gathered) }
}

/// Runs `ask` on the one instance of the call.
///
/// # Errors
/// When the call has none, or several; and as `ask`.
pub async fn one<C: Call, T>(
    call: &C,
    ask: impl AsyncFn(&Api<'_, C>) -> Result<T, Fault>,
) -> Result<T, Problem> {
    match call.instances() {
        [] => Err(no_instance()),
        [instance] => ask(&Api::new(call, instance)).await.map_err(|fault| fault.problem(instance.name())),
        several => {
            let names: Vec<String> = several.iter().map(|each| format!("`{}`", each.name())).collect();
            Err(Problem::invalid("/instance", format!("there are several: name one of {}", names.join(", "))))
        }
    }
}

fn no_instance() -> Problem {
    Problem::NotFound("no instance of that name is open to this call".to_owned())
}
