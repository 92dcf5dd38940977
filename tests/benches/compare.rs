//! Two ways of doing a thing, timed in turns.

use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::{BoxFuture, try_join_all};

use crate::Fallible;

/// Batches of each side; an odd number has a median.
const ROUNDS: usize = 21;
/// How long a batch should take: long beside the clock and the scheduler, short beside a machine's moods.
const BATCH: Duration = Duration::from_millis(60);

/// How much of a measurement to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// All of it.
    Full,
    /// Each side once, to see that it runs.
    Once,
}

/// Something to time: done once by each future that it gives.
pub(crate) type Operation = Arc<dyn Fn() -> BoxFuture<'static, Fallible<()>> + Send + Sync>;

/// Makes an [`Operation`] of a function that gives a future.
pub(crate) fn operation<F>(begin: impl Fn() -> F + Send + Sync + 'static) -> Operation
where
    F: Future<Output = Fallible<()>> + Send + 'static,
{
    Arc::new(move || Box::pin(begin()))
}

/// What is measured, and against what.
pub(crate) struct Pair {
    /// What is measured.
    pub(crate) name: &'static str,
    /// What it is measured against.
    pub(crate) against: &'static str,
    /// How many at once, on both sides.
    pub(crate) at_once: usize,
    /// The one side.
    pub(crate) ours: Operation,
    /// The other.
    pub(crate) baseline: Operation,
}

/// A comparison that was made.
#[derive(Debug)]
pub(crate) struct Row {
    name: &'static str,
    against: &'static str,
    /// Our time by the baseline's, of the same round.
    ratio: Spread,
    /// Microseconds of one.
    ours: Spread,
    /// Microseconds of one.
    baseline: Spread,
}

impl Row {
    /// Of the microseconds of both sides, round by round.
    pub(crate) fn of(name: &'static str, against: &'static str, ours: Vec<f64>, baseline: Vec<f64>) -> Self {
        let ratios = ours.iter().zip(&baseline).map(|(ours, base)| ours / base).collect();
        let (ours, baseline) = (Spread::of(ours), Spread::of(baseline));
        Self { name, against, ratio: Spread::of(ratios), ours, baseline }
    }
}

impl Pair {
    /// Times both sides in turns; which of them goes first changes from round to round.
    pub(crate) async fn compare(self, effort: Effort) -> Fallible<Row> {
        let Self { name, against, at_once, ours, baseline } = self;
        let (rounds, our_times, base_times) = match effort {
            Effort::Full => (ROUNDS, warm(&ours, at_once).await?, warm(&baseline, at_once).await?),
            Effort::Once => (1, 1, 1),
        };
        let (mut our_micros, mut base_micros) = (Vec::new(), Vec::new());
        for round in 0..rounds {
            if round % 2 == 0 {
                our_micros.push(time(&ours, our_times, at_once).await?);
                base_micros.push(time(&baseline, base_times, at_once).await?);
            } else {
                base_micros.push(time(&baseline, base_times, at_once).await?);
                our_micros.push(time(&ours, our_times, at_once).await?);
            }
        }
        Ok(Row::of(name, against, our_micros, base_micros))
    }
}

/// Does it for a while, and says how often it goes into a batch.
async fn warm(operation: &Operation, at_once: usize) -> Fallible<usize> {
    let (began, mut done) = (Instant::now(), 0);
    while began.elapsed() < BATCH * 2 {
        time(operation, 1, at_once).await?;
        done += 1;
    }
    Ok((done / 2).max(1))
}

/// Does it `times` times in each of `at_once` tasks: the microseconds of all by their number.
async fn time(operation: &Operation, times: usize, at_once: usize) -> Fallible<f64> {
    let began = Instant::now();
    let task = |_| {
        let operation = Arc::clone(operation);
        // On the threads of the runtime, as calls are served.
        tokio::spawn(async move {
            for _ in 0..times {
                operation().await?;
            }
            Fallible::Ok(())
        })
    };
    for ended in try_join_all((0..at_once).map(task)).await? {
        ended?;
    }
    let all = u32::try_from(times * at_once)?;
    Ok(began.elapsed().as_secs_f64() * 1e6 / f64::from(all))
}

/// The least, the middle and the most of some numbers.
#[derive(Debug, Clone, Copy)]
struct Spread {
    least: f64,
    median: f64,
    most: f64,
}

impl Spread {
    fn of(mut numbers: Vec<f64>) -> Self {
        numbers.sort_by(f64::total_cmp);
        let at = |place: usize| numbers.get(place).copied().unwrap_or(f64::NAN);
        Self { least: at(0), median: at(numbers.len() / 2), most: at(numbers.len().saturating_sub(1)) }
    }
}

/// Writes the heading of the table that rows make.
pub(crate) fn heading(out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "{:<38} {:>6} {:>13} {:>10} {:>10} {:>10}  against",
        "cost of", "ratio", "min..max", "µs", "baseline", "beyond"
    )
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, against, ratio, ours, baseline } = self;
        let range = format!("{:.2}..{:.2}", ratio.least, ratio.most);
        let (ours, baseline) = (ours.median, baseline.median);
        let beyond = ours - baseline;
        write!(
            f,
            "{name:<38} {:>6.2} {range:>13} {ours:>10.1} {baseline:>10.1} {beyond:>10.1}  {against}",
            ratio.median
        )
    }
}
