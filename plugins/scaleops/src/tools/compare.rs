//! `compare_cost`: what costs more or less than before, and why.
//!
//! # Design
//! A ScaleOps server knows ranges that end now, and nothing else. Two of them hold a third: the thirty days up
//! to now without the last seven are the twenty-three days before these. So what is compared is the recent
//! range and the days of the longer one before it, each per day, and neither holds a part of the other.

mod change;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::arguments::scoped;
use super::{Units, truncate, units};
use crate::args::{Few, Range};
use crate::cost::{self, Cost, Costs, UNSUPPORTED, WithoutCost, sum};
use crate::fan::{self, Frame};
use crate::fault::Fault;
use crate::opencost;
use crate::scope::Scope;
use crate::server::{Call, Source};
use crate::text::{money, rounded};
use crate::tool::{Problem, Report, Tool};
use crate::workload;

pub use change::{Change, Status};

/// The tool.
#[derive(Debug)]
pub struct CompareCost;

scoped! {
    /// Which workloads, which days with which.
    Arguments {
        /// The recent days, up to now.
        #[serde(default)]
        recent: Range,
        /// The days that hold those to compare with: a longer range up to now, of which the recent days are left out.
        #[serde(default = "month")]
        baseline: Range,
        /// Most workloads in the answer, largest change first: 1 to 200. The summary is of all of them.
        #[serde(default)]
        top: Few,
    }
}

fn month() -> Range {
    Range::Month
}

/// The answer.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// Where it is from.
    #[serde(flatten)]
    pub frame: Frame,
    /// The first `top` of them, largest change first.
    pub changes: Vec<Change>,
    /// Workloads whose cost is not known for one of the two: they are in no total.
    pub missing: Vec<WithoutCost>,
    /// Of all of them.
    pub summary: Summary,
    /// Whether there are more than `changes` has.
    pub truncated: bool,
    /// What the numbers are.
    pub units: Units,
}

/// Totals over all workloads, shown or not.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct Summary {
    /// Money a day, recently.
    pub recent_per_day: f64,
    /// Money a day, before.
    pub before_per_day: f64,
    /// Recently less before.
    pub change_per_day: f64,
    /// Of what it was before, in percent; left out where it was nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change_percent: Option<f64>,
    /// Recent days.
    pub recent_days: u32,
    /// Days before them.
    pub before_days: u32,
    /// Workloads that cost nothing before.
    pub new: usize,
    /// Workloads that cost nothing recently.
    pub removed: usize,
    /// Workloads that cost more or less, by one percent and a cent a day at least.
    pub changed: usize,
    /// The others.
    pub unchanged: usize,
}

/// Costs of the recent days, and of the days before them.
struct Pair {
    recent: Costs,
    before: Costs,
}

impl Tool for CompareCost {
    const NAME: &'static str = "compare_cost";
    const TITLE: &'static str = "Compare cost";
    const DESCRIPTION: &'static str = "Compares what workloads cost a day recently with what they cost a day before, \
        and says why it changed: more or fewer pod-hours, a higher or lower price of one, another share of spot \
        nodes. `recent` (7d unless told) is compared with the days of `baseline` (30d unless told) before it, \
        both per day. Workloads are new, removed, changed or unchanged, largest change first. Of an entity, \
        label selector, namespace, workload or cluster. Fails when `baseline` is not longer than `recent`.";
    type Arguments = Arguments;
    type Output = Output;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Output>, Problem> {
        let (recent, baseline) = (arguments.recent, arguments.baseline);
        if baseline <= recent {
            return Err(Problem::invalid(
                "/baseline",
                format!(
                    "`{}` is not longer than `{}`: the days before are the longer range without the recent one",
                    baseline.as_str(),
                    recent.as_str()
                ),
            ));
        }
        let scope = Scope::find(call, arguments.asked()).await?;
        let gathered = fan::out(call, &UNSUPPORTED, async |server, source| match source {
            Source::Scaleops => {
                let found = workload::find(call, server, source, &scope).await?;
                let both =
                    futures::join!(cost::of(server, &found, recent), cost::of(server, &found, baseline));
                let (recent, whole) = (both.0?, both.1?);
                let before = without(&whole, &recent);
                Ok(Pair { recent, before })
            }
            Source::Opencost => from_opencost(call, server, &scope, recent, baseline).await,
        })
        .await?;
        let failed = gathered.failed();
        let mut notes: Vec<String> =
            gathered.results.iter().flat_map(|pair| pair.recent.notes.clone()).collect();
        if gathered.sources.iter().any(|source| source.source == Source::Scaleops) {
            notes.push("ScaleOps tells nothing of workloads that are no longer there".to_owned());
        }
        let (pairs, frame) = gathered.framed(&scope, notes);
        let days = (recent.days(), baseline.days() - recent.days());
        let (mut changes, missing) = compare(pairs, days);
        let summary = summary(&changes, days);
        let truncated = truncate(&mut changes, arguments.top.count());
        let units = units(&frame, &[("perDay", "per day")], &[("podHoursPerDay", "pod-hours per day")]);
        let output = Output { frame, changes, missing, summary, truncated, units };
        let text = text(&output, &scope);
        Ok(Report { output, text, failed })
    }
}

async fn from_opencost<C: Call>(
    call: &C,
    server: &C::Server,
    scope: &Scope,
    recent: Range,
    baseline: Range,
) -> Result<Pair, Fault> {
    let now = call.now();
    let recently = opencost::window_between(now, recent.days(), 0);
    let earlier = opencost::window_between(now, baseline.days(), recent.days());
    let days = baseline.days() - recent.days();
    let both = futures::join!(
        cost::from_opencost(call, server, scope, &recently, recent.days()),
        cost::from_opencost(call, server, scope, &earlier, days)
    );
    Ok(Pair { recent: both.0?, before: both.1? })
}

/// The longer range without the recent one.
fn without(whole: &Costs, recent: &Costs) -> Costs {
    let recent_of: BTreeMap<&str, &Cost> = recent.rows.iter().map(|row| (row.key.as_str(), row)).collect();
    // Two numbers that were counted at different moments may cross: then it was nothing.
    let less = |whole: f64, part: f64| rounded((whole - part).max(0.0));
    let hours = |whole: Option<f64>, part: Option<f64>| Some(less(whole?, part?));
    let rows = whole.rows.iter().filter_map(|row| {
        let part = recent_of.get(row.key.as_str())?;
        Some(Cost {
            total_cost: less(row.total_cost, part.total_cost),
            spot_hours: hours(row.spot_hours, part.spot_hours),
            on_demand_hours: hours(row.on_demand_hours, part.on_demand_hours),
            ..row.clone()
        })
    });
    Costs {
        rows: rows.collect(),
        without: whole.without.clone(),
        workloads: whole.workloads,
        notes: Vec::new(),
    }
}

fn compare(pairs: Vec<Pair>, days: (u32, u32)) -> (Vec<Change>, Vec<WithoutCost>) {
    let mut changes = Vec::new();
    let mut missing: Vec<WithoutCost> = Vec::new();
    for Pair { recent, before } in pairs {
        let unknown: Vec<WithoutCost> = recent.without.into_iter().chain(before.without).collect();
        let mut rows: BTreeMap<String, (Option<Cost>, Option<Cost>)> = BTreeMap::new();
        for row in recent.rows {
            let key = row.key.clone();
            rows.entry(key).or_default().0 = Some(row);
        }
        for row in before.rows {
            let key = row.key.clone();
            rows.entry(key).or_default().1 = Some(row);
        }
        let is_unknown = |row: &Cost| {
            unknown.iter().any(|one| {
                (&one.cluster_name, &one.namespace, &one.kind, &one.workload_name)
                    == (&row.cluster_name, &row.namespace, &row.kind, &row.workload_name)
            })
        };
        for (recent, before) in rows.into_values() {
            // Known on one side and not known on the other is no change.
            let half = recent.is_none() != before.is_none();
            let either = recent.as_ref().or(before.as_ref());
            if !(half && either.is_some_and(is_unknown)) {
                changes.extend(Change::of(recent.as_ref(), before.as_ref(), days));
            }
        }
        for one in unknown {
            if !missing.contains(&one) {
                missing.push(one);
            }
        }
    }
    changes.sort_by(|a, b| b.change_per_day.abs().total_cmp(&a.change_per_day.abs()));
    (changes, missing)
}

fn summary(changes: &[Change], (recent_days, before_days): (u32, u32)) -> Summary {
    let count = |status| changes.iter().filter(|change| change.status == status).count();
    let recent_per_day = sum(changes.iter().map(|change| change.recent_per_day));
    let before_per_day = sum(changes.iter().map(|change| change.before_per_day));
    Summary {
        recent_per_day,
        before_per_day,
        change_per_day: rounded(recent_per_day - before_per_day),
        change_percent: change::percent(recent_per_day, before_per_day),
        recent_days,
        before_days,
        new: count(Status::New),
        removed: count(Status::Removed),
        changed: count(Status::Changed),
        unchanged: count(Status::Unchanged),
    }
}

fn text(output: &Output, scope: &Scope) -> String {
    let mut text = output.frame.text("costs a day, recently and before,", scope);
    let summary = &output.summary;
    text.line(format!(
        "{} a day over the last {} days, {} a day over the {} days before: {}{} ({}); {} new, {} removed, {} changed, {} \
         unchanged",
        money(summary.recent_per_day),
        summary.recent_days,
        money(summary.before_per_day),
        summary.before_days,
        if summary.change_per_day >= 0.0 { "+" } else { "" },
        money(summary.change_per_day),
        summary.change_percent.map_or_else(|| "from nothing".to_owned(), |percent| format!("{percent:+.1} %")),
        summary.new,
        summary.removed,
        summary.changed,
        summary.unchanged
    ));
    let row = |one: &Change| {
        [
            one.status.as_str().to_owned(),
            format!("{}/{}/{}", one.cluster_name, one.namespace, one.workload_name),
            money(one.before_per_day),
            money(one.recent_per_day),
            format!("{:+.2}", one.change_per_day),
            one.reasons.join("; "),
        ]
    };
    let rows: Vec<_> = output.changes.iter().map(row).collect();
    text.table(&["STATUS", "WORKLOAD", "BEFORE", "NOW", "CHANGE", "WHY"], &rows);
    for one in &output.missing {
        text.line(format!(
            "not known: {}/{}/{}: {}",
            one.cluster_name, one.namespace, one.workload_name, one.reason
        ));
    }
    text.finish(crate::text::REST)
}
