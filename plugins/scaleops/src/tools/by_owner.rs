//! `get_cost_by_owner`: what a team, a system or a domain costs, by entity.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use super::arguments::many_instances;
use super::cost_analysis::Window;
use super::{Units, owned, truncate, units};
use crate::args::{EntityRef, Range, Top};
use crate::cost::{self, Cost, Costs, UNSUPPORTED, sum};
use crate::fan::{self, Frame};
use crate::fault::{Code, Fault};
use crate::scope::{self, Scope};
use crate::server::Call;
use crate::text::{money, rounded};
use crate::tool::{Problem, Report, Tool};

/// Entities that are asked about in one call: some requests each.
const MOST_ENTITIES: usize = 60;

/// The tool.
#[derive(Debug)]
pub struct GetCostByOwner;

many_instances! {
    /// Whose costs, over which days.
    Arguments {
        /// Owner in the catalog, such as `group:default/shop`, `user:default/ada`, `system:default/checkout` or
        /// `domain:default/sales`.
        owner_ref: EntityRef,
        /// The days that the costs are of, up to now.
        #[serde(default)]
        range: Range,
        /// Most entities in the answer, dearest first: 1 to 1000. The summary is of all of them.
        #[serde(default)]
        top: Top,
    }
}

/// The answer.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// Where it is from.
    #[serde(flatten)]
    pub frame: Frame,
    /// The owner.
    pub owner: String,
    /// The first `top` of them, dearest first.
    pub entities: Vec<EntityCost>,
    /// Components and resources of the owner that say no label selector: they are in no total.
    pub without_selector: Vec<WithoutSelector>,
    /// Of all of them.
    pub summary: Summary,
    /// The range, and the days that it comes to.
    pub window: Window,
    /// Whether there are more than `entities` has.
    pub truncated: bool,
    /// What the numbers are.
    pub units: Units,
}

/// What one entity costs.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct EntityCost {
    /// Its reference.
    pub entity_ref: String,
    /// How many workloads it stands for.
    pub workloads: usize,
    /// Money over the range.
    pub total_cost: f64,
    /// Money a day.
    pub cost_per_day: f64,
    /// Money over the range that could have been saved.
    pub savings_available: f64,
    /// How many of its workloads have no known cost.
    #[serde(skip_serializing_if = "is_zero")]
    pub without_cost: usize,
    /// How many of its workloads another entity of the owner stands for too. The summary counts them once.
    #[serde(skip_serializing_if = "is_zero")]
    pub shared: usize,
    /// Instances that did not answer for it, and why: its numbers lack what is theirs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde wants it")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// An entity that says no label selector.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct WithoutSelector {
    /// Its reference.
    pub entity_ref: String,
    /// Why it stands for nothing.
    pub reason: String,
}

/// Totals over all entities, shown or not. A workload of two entities counts once.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct Summary {
    /// Entities that were asked about.
    pub total_entities: usize,
    /// Workloads with a known cost.
    pub total_workloads: usize,
    /// Money over the range.
    pub total_cost: f64,
    /// Money a day.
    pub cost_per_day: f64,
    /// Money over the range that could have been saved.
    pub total_savings_available: f64,
    /// Workloads without a known cost.
    pub without_cost: usize,
    /// Entities that an instance did not answer for.
    pub failed_entities: usize,
}

impl Tool for GetCostByOwner {
    const NAME: &'static str = "get_cost_by_owner";
    const TITLE: &'static str = "Get cost by owner";
    const DESCRIPTION: &'static str = "Gets what everything costs that a team or a person owns, or that is part of \
        a system or a domain, by the catalog: per entity and in total, over 7, 30 or 90 days, with what could have \
        been saved. A group includes its child groups, a domain its systems. A workload that two entities stand \
        for counts once in the total. Entities without a label selector are listed, not counted. At most 60 \
        entities a call. Fails when the owner is not in the catalog.";
    type Arguments = Arguments;
    type Output = Output;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Output>, Problem> {
        let owner = scope::canonical(arguments.owner_ref.as_str(), "/ownerRef")?;
        let mut owned = owned::of(call, &owner).await?;
        if owned.entities.len() > MOST_ENTITIES {
            let left = owned.entities.split_off(MOST_ENTITIES).len();
            owned.notes.push(format!(
                "{left} more entities are not in the totals: ask about their systems one by one"
            ));
        }
        let range = arguments.range;
        let gathered = fan::out(call, &UNSUPPORTED, async |server, source| {
            let answers: Vec<Result<Costs, Fault>> = fan::each(&owned.entities, async |(_, scope)| {
                cost::find(call, server, source, scope, range).await
            })
            .await;
            // An entity may ask for what this kind of server cannot say; a server that answers for none is down.
            let down = |answer: &Result<Costs, Fault>| {
                matches!(answer, Err(fault) if fault.code != Code::Unsupported)
            };
            match answers.iter().find(|answer| down(answer)) {
                Some(Err(fault)) if answers.iter().all(Result::is_err) => Err(fault.clone()),
                Some(_) | None => Ok((crate::server::Server::name(server).to_owned(), answers)),
            }
        })
        .await?;
        let failed = gathered.failed();
        let mut notes = owned.notes;
        let answers = gathered.results.iter().flat_map(|(_, answers)| answers).flatten();
        notes.extend(answers.flat_map(|costs| costs.notes.clone()));
        let (found, frame) = gathered.framed(&Scope::default(), notes);
        let (mut entities, summary) = roll_up(&owned.entities, found, range);
        let without_selector: Vec<WithoutSelector> = owned
            .without
            .into_iter()
            .map(|(entity_ref, reason)| WithoutSelector { entity_ref, reason })
            .collect();
        let truncated = truncate(&mut entities, arguments.top.count());
        let over = format!("over {}", range.as_str());
        let units =
            units(&frame, &[("totalCost", &over), ("savings", &over), ("costPerDay", "per day")], &[]);
        let window = Window::new(range, call.now());
        let output = Output { frame, owner, entities, without_selector, summary, window, truncated, units };
        let text = text(&output);
        Ok(Report { output, text, failed })
    }
}

fn roll_up(
    owned: &[(postern_sdk::Entity, Scope)],
    found: Vec<(String, Vec<Result<Costs, Fault>>)>,
    range: Range,
) -> (Vec<EntityCost>, Summary) {
    let days = f64::from(range.days());
    let mut rows: Vec<EntityCost> = owned
        .iter()
        .map(|(entity, _)| EntityCost { entity_ref: entity.reference.clone(), ..EntityCost::default() })
        .collect();
    let mut counted: BTreeSet<(String, String)> = BTreeSet::new();
    let mut once: Vec<Cost> = Vec::new();
    for (instance, answers) in found {
        for (row, answer) in rows.iter_mut().zip(answers) {
            let costs = match answer {
                Ok(costs) => costs,
                Err(fault) => {
                    row.errors.push(format!("instance `{instance}`: {}", fault.message));
                    continue;
                }
            };
            row.workloads += costs.workloads;
            row.without_cost += costs.without.len();
            row.total_cost += sum(costs.rows.iter().map(|one| one.total_cost));
            row.savings_available += sum(costs.rows.iter().map(|one| one.savings_available));
            for one in costs.rows {
                if counted.insert((one.instance.clone(), one.key.clone())) {
                    once.push(one);
                } else {
                    row.shared += 1;
                }
            }
        }
    }
    for row in &mut rows {
        row.total_cost = rounded(row.total_cost);
        row.savings_available = rounded(row.savings_available);
        row.cost_per_day = rounded(row.total_cost / days);
    }
    let total_cost = sum(once.iter().map(|one| one.total_cost));
    let summary = Summary {
        total_entities: rows.len(),
        total_workloads: once.len(),
        total_cost,
        cost_per_day: rounded(total_cost / days),
        total_savings_available: sum(once.iter().map(|one| one.savings_available)),
        without_cost: rows.iter().map(|row| row.without_cost).sum(),
        failed_entities: rows.iter().filter(|row| !row.errors.is_empty()).count(),
    };
    rows.sort_by(|a, b| b.total_cost.total_cmp(&a.total_cost).then_with(|| a.entity_ref.cmp(&b.entity_ref)));
    (rows, summary)
}

fn text(output: &Output) -> String {
    let mut text = output.frame.text(&format!("costs of {}: the sum", output.owner), &Scope::default());
    let summary = &output.summary;
    text.line(format!(
        "{} over {}, {} a day; could have saved {} of it; {} entities, {} workloads, {} without a known cost",
        money(summary.total_cost),
        output.window.range.as_str(),
        money(summary.cost_per_day),
        money(summary.total_savings_available),
        summary.total_entities,
        summary.total_workloads,
        summary.without_cost
    ));
    let row = |one: &EntityCost| {
        [
            one.entity_ref.clone(),
            one.workloads.to_string(),
            money(one.total_cost),
            money(one.cost_per_day),
            money(one.savings_available),
            one.errors.first().cloned().unwrap_or_default(),
        ]
    };
    let rows: Vec<_> = output.entities.iter().map(row).collect();
    text.table(&["ENTITY", "WORKLOADS", "TOTAL", "PER DAY", "COULD SAVE", "NOT KNOWN"], &rows);
    for one in &output.without_selector {
        text.line(format!("not counted: {}", one.reason));
    }
    text.finish(crate::text::REST)
}
