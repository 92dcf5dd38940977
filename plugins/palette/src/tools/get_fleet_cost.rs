//! `get_fleet_cost`: what all clusters have cost, by project, cloud, cluster or tenant.

use std::collections::BTreeMap;

use postern_sdk::text::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::get_cluster_cost::trend;
use super::listing::failures;
use crate::api::Api;
use crate::args::{Limit, Name, many_instances};
use crate::capability::Capability;
use crate::cost::{self, Breakdown, Range, Trend};
use crate::fan;
use crate::fault::{Code, Failure, Fault};
use crate::ids::Uid;
use crate::instance::{Call, Request};
use crate::model::cost::{FleetCost, Parts, Point, Resource};
use crate::part::Untold;
use crate::scope::{self, Scope};
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct GetFleetCost;

many_instances! {
    /// Whose cost, of when, and how it is told.
    Arguments {
        /// What the cost is summed by; `project` unless told.
        #[serde(default)]
        group_by: GroupBy,
        /// Range up to now: hours, days or weeks, such as `24h`, `7d` or `4w`, up to `366d`. `7d` unless told.
        #[serde(default)]
        time_range: Option<Name>,
        /// Cloud type, such as `aws`: only its clusters.
        #[serde(default)]
        cloud_type: Option<Name>,
        /// Most groups in the answer, the dearest first: 1 to 500.
        #[serde(default)]
        limit: Limit,
    }
}

/// What cost is summed by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum GroupBy {
    /// Projects.
    #[default]
    Project,
    /// Clouds.
    Cloud,
    /// Clusters.
    Cluster,
    /// All in one.
    Tenant,
}

impl GroupBy {
    const fn word(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Cloud => "cloud",
            Self::Cluster => "cluster",
            Self::Tenant => "tenant",
        }
    }
}

/// What they have cost.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Costs {
    /// What it is summed by.
    pub group_by: GroupBy,
    /// The range, as it was asked for.
    pub time_range: String,
    /// Its start, RFC 3339.
    pub start: String,
    /// Its end, RFC 3339.
    pub end: String,
    /// In all, of what could be read.
    pub total_cost: f64,
    /// Always `null`: Palette names none.
    pub currency: Untold,
    /// Its parts.
    pub breakdown: Breakdown,
    /// How many groups there are.
    pub total: usize,
    /// The dearest first.
    pub items: Vec<Row>,
    /// Instances and projects that could not be read: their cost is in no sum.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Failure>,
}

/// The cost of one group.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Row {
    /// Uid, where it has one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub uid: String,
    /// Name.
    pub name: String,
    /// In all.
    pub total_cost: f64,
    /// Its parts.
    pub breakdown: Breakdown,
    /// Mean of a day.
    pub daily_average: f64,
    /// Share of the whole, in per cent.
    pub share: f64,
    /// The last third of the range beside the first.
    pub cost_trend: Trend,
    /// Change from the first to the last third, in per cent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trend_percent: Option<f64>,
    /// The instance that it is in.
    pub instance: String,
}

impl Tool for GetFleetCost {
    const NAME: &'static str = "get_fleet_cost";
    const TITLE: &'static str = "Get fleet cost";
    const DESCRIPTION: &'static str = "Sums what all Palette clusters have cost in a range up to now (`time_range`, \
        `7d` unless told), by `project`, `cloud`, `cluster` or `tenant`, of one instance or many: total, compute, \
        storage, share and trend, the dearest first. No currency and no network cost are known. What cannot be read \
        is told under `errors` and is in no sum; fails only if nothing can.";
    type Arguments = Arguments;
    type Output = Costs;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Costs>, Problem> {
        let project = crate::args::project(arguments.project.as_ref())?;
        let range = Range::read(arguments.time_range.as_ref(), call.now())?;
        let cloud = arguments.cloud_type.as_ref().map(|cloud| cloud.as_str().to_ascii_lowercase());
        let body = body(arguments.group_by, &range, cloud.as_deref());
        let gathered = fan::out(call, async |api| read(api, project.as_ref(), &body).await).await?;
        let mut errors = gathered.failures;
        let (mut all, mut rows) = (Parts::default(), Vec::new());
        for (instance, (groups, failed)) in gathered.results {
            errors.extend(failed);
            for group in groups {
                all = add(&all, &group.total);
                rows.push(row(&instance, &range, group));
            }
        }
        for row in &mut rows {
            row.share = if all.total > 0.0 { cost::rounded(row.total_cost / all.total * 100.0) } else { 0.0 };
        }
        rows.sort_by(|one, other| {
            other.total_cost.total_cmp(&one.total_cost).then_with(|| one.name.cmp(&other.name))
        });
        let total = rows.len();
        rows.truncate(arguments.limit.count());
        let output = Costs {
            group_by: arguments.group_by,
            time_range: range.text,
            start: range.start,
            end: range.end,
            total_cost: cost::rounded(all.total),
            currency: Untold,
            breakdown: Breakdown::of(&all),
            total,
            items: rows,
            errors,
        };
        Ok(Report { text: text(&output), failed: false, output })
    }
}

fn body(by: GroupBy, range: &Range, cloud: Option<&str>) -> Value {
    let clouds: Vec<&str> = cloud.into_iter().collect();
    json!({
        "filter": { "clouds": clouds, "startTime": range.start, "endTime": range.end },
        "options": { "groupBy": by.word(), "period": range.period },
    })
}

/// The groups of one instance. The tenant's answer holds every project, so where it can be had it is the only one
/// that is asked for: the sums of several scopes would count clusters twice.
async fn read<C: Call>(
    api: &Api<'_, C>,
    project: Option<&Uid>,
    body: &Value,
) -> Result<(Vec<Resource>, Vec<Failure>), Fault> {
    let scopes = scope::of(api, project).await?;
    let mut refused = None;
    if scopes.contains(&Scope::Tenant) {
        match ask(api, None, body).await {
            Ok(groups) => return Ok((groups, Vec::new())),
            Err(fault) if fault.code == Code::Forbidden && scopes.len() > 1 => refused = Some(fault),
            Err(fault) => return Err(fault),
        }
    }
    let mut groups: BTreeMap<(String, String), Resource> = BTreeMap::new();
    // What belongs to the tenant itself is in no project.
    let mut failed: Vec<Failure> =
        refused.into_iter().map(|fault| Failure::new(api.name(), None, fault)).collect();
    let (mut answered, mut first) = (false, None);
    for project in scopes.iter().filter_map(Scope::project) {
        match ask(api, Some(project), body).await {
            Ok(some) => {
                answered = true;
                for group in some {
                    let key = (group.entity.uid.clone(), group.entity.name.clone());
                    let sum = groups
                        .entry(key)
                        .or_insert_with(|| Resource { entity: group.entity.clone(), ..Resource::default() });
                    sum.total = add(&sum.total, &group.total);
                    sum.data = summed(&sum.data, &group.data);
                }
            }
            Err(fault) => {
                first.get_or_insert_with(|| fault.clone());
                failed.push(Failure::new(api.name(), Some(project.as_str()), fault));
            }
        }
    }
    match first {
        Some(fault) if !answered => Err(fault),
        Some(_) | None => Ok((groups.into_values().collect(), failed)),
    }
}

async fn ask<C: Call>(api: &Api<'_, C>, project: Option<&Uid>, body: &Value) -> Result<Vec<Resource>, Fault> {
    let request = Request::search("/v1/dashboard/spectroclusters/cost", body)?.within(project);
    let mut groups = api.json::<FleetCost>(Capability::CostRead, request).await?.resources;
    for group in &mut groups {
        if group.total.total <= 0.0 {
            group.total = Parts::sum(&group.data);
        }
    }
    Ok(groups)
}

fn add(one: &Parts, other: &Parts) -> Parts {
    Parts {
        compute: one.compute + other.compute,
        storage: one.storage + other.storage,
        total: one.total + other.total,
    }
}

/// Two series, period by period.
fn summed(one: &[Point], other: &[Point]) -> Vec<Point> {
    let mut points: BTreeMap<String, Point> = BTreeMap::new();
    for point in one.iter().chain(other) {
        let sum = points
            .entry(point.timestamp.clone())
            .or_insert_with(|| Point { timestamp: point.timestamp.clone(), ..Point::default() });
        sum.compute += point.compute;
        sum.storage += point.storage;
        sum.total += point.total;
    }
    points.into_values().collect()
}

fn row(instance: &str, range: &Range, group: Resource) -> Row {
    let (cost_trend, trend_percent) = cost::trend(&group.data);
    let entity = group.entity;
    Row {
        name: if entity.name.is_empty() { entity.uid.clone() } else { entity.name },
        uid: entity.uid,
        total_cost: cost::rounded(group.total.total),
        breakdown: Breakdown::of(&group.total),
        daily_average: range.daily(group.total.total),
        share: 0.0,
        cost_trend,
        trend_percent,
        instance: instance.to_owned(),
    }
}

fn text(costs: &Costs) -> String {
    let mut text = Text::default();
    failures(&mut text, &costs.errors);
    text.line(format!(
        "{} in {} (no currency is told), by {}: {} groups",
        costs.total_cost,
        costs.time_range,
        costs.group_by.word(),
        costs.total
    ));
    let rows: Vec<[String; 6]> = costs
        .items
        .iter()
        .map(|row| {
            [
                row.name.clone(),
                row.total_cost.to_string(),
                row.daily_average.to_string(),
                row.share.to_string(),
                trend(row.cost_trend, row.trend_percent),
                row.instance.clone(),
            ]
        })
        .collect();
    text.table(&["NAME", "COST", "A DAY", "SHARE %", "TREND", "INSTANCE"], &rows);
    text.finish("lower `limit`, or group by something larger")
}
