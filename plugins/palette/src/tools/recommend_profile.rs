//! `recommend_profile`: which cluster profiles fit what somebody wants to run.

use futures::join;
use postern_sdk::text::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::api::Api;
use crate::args::{Name, one_instance};
use crate::capability::Capability;
use crate::fault::{Failure, Fault};
use crate::ids::Uid;
use crate::instance::{Call, Request};
use crate::model::pack::Found;
use crate::model::profile::ProfileSummary;
use crate::recommend::{self, Wanted};
use crate::scope::{self, Merged};
use crate::tool::{Problem, Report, Tool};
use crate::{fan, page, rate};

/// Recommendations that are told.
const TOLD: usize = 5;

/// Packs that are suggested beside a profile's own.
const PACKS: usize = 5;

/// The tool.
#[derive(Debug)]
pub struct RecommendProfile;

/// What it has to be like.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Requirements {
    /// Machines at least.
    #[serde(default)]
    pub min_nodes: Option<u32>,
    /// Whether it needs GPUs.
    #[serde(default)]
    pub gpu_required: Option<bool>,
    /// Whether it has to survive the loss of a machine.
    #[serde(default)]
    pub high_availability: Option<bool>,
    /// Regimes to follow, such as `pci` or `hipaa`.
    #[serde(default)]
    #[schemars(length(max = 10))]
    pub compliance: Option<Vec<Name>>,
    /// Most that a month may cost, in the currency of the rates.
    #[serde(default)]
    pub budget: Option<f64>,
}

one_instance! {
    /// What is to run, and where.
    Arguments {
        /// What is to run, in words.
        workload_description: Name,
        /// Cloud type, such as `aws` or `vsphere`.
        cloud_provider: Name,
        /// What it has to be like.
        #[serde(default)]
        requirements: Option<Requirements>,
        /// `cloudConfig` of a cluster that is to be created: with `machine_pools` Palette is asked for its rate.
        #[serde(default)]
        cloud_config: Option<Map<String, Value>>,
        /// `machinepoolconfig` of a cluster that is to be created.
        #[serde(default)]
        #[schemars(length(max = 50))]
        machine_pools: Option<Vec<Map<String, Value>>>,
    }
}

/// What fits.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Recommendations {
    /// The best first; at most 5.
    pub recommendations: Vec<Recommendation>,
    /// Profiles that were looked at.
    pub considered: usize,
    /// How the confidence comes about.
    pub method: &'static str,
    /// What could not be read: nothing is known of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Failure>,
    /// The instance that was asked.
    pub instance: String,
}

/// One profile that fits.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Recommendation {
    /// 1 is the best.
    pub rank: usize,
    /// Name.
    pub profile_name: String,
    /// Uid of the version.
    pub profile_uid: String,
    /// Version.
    pub version: String,
    /// From 0 to 1: the sum of what `rationale` names.
    pub confidence: f64,
    /// What speaks for it.
    pub rationale: String,
    /// Packs that the description speaks of and it lacks.
    pub suggested_packs: Vec<String>,
    /// What Palette says a month costs, for the pools that were given; absent where none were, or it cannot say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_cost: Option<f64>,
    /// What speaks against it.
    pub trade_offs: Vec<String>,
}

const METHOD: &str = "points of 100: made for the cloud 25 (for every cloud 10), makes a whole cluster 15, each word of \
    the description in its name, tags or packs 10 (30 at most), in use 10, GPU pack where wanted 15, policy pack where \
    wanted 10, a draft 20 less";

impl Tool for RecommendProfile {
    const NAME: &'static str = "recommend_profile";
    const TITLE: &'static str = "Recommend cluster profiles";
    const DESCRIPTION: &'static str = "Recommends Palette cluster profiles for a workload and a cloud, the best first, \
        with confidence, what speaks for and against each, and packs to add. The confidence is a sum of named points, \
        no guess. Cost is Palette's own rate for `cloud_config` and `machine_pools`, null without them. Fails if no \
        profiles can be read.";
    type Arguments = Arguments;
    type Output = Recommendations;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Recommendations>, Problem> {
        let project = crate::args::project(arguments.project.as_ref())?;
        let cloud = rate::cloud("/cloud_provider", arguments.cloud_provider.as_str())?.to_ascii_lowercase();
        let requirements = arguments.requirements.clone().unwrap_or_default();
        let wanted = Wanted {
            words: recommend::words(arguments.workload_description.as_str()),
            // Profiles of virtual clusters are of type `nested`.
            cloud: if cloud == "virtual" { "nested".to_owned() } else { cloud.clone() },
            gpu: requirements.gpu_required.unwrap_or(false),
            compliance: requirements
                .compliance
                .iter()
                .flatten()
                .map(|each| each.as_str().to_lowercase())
                .collect(),
        };
        let pools: Vec<Value> =
            arguments.machine_pools.unwrap_or_default().into_iter().map(Value::Object).collect();
        let plan = arguments.cloud_config.as_ref().filter(|_| !pools.is_empty());
        let plan =
            plan.map(|cloud_config| json!({ "cloudConfig": cloud_config, "machinepoolconfig": pools }));
        let output = fan::one(call, async |api| {
            let (profiles, packs, rate) = join!(
                profiles(api, project.as_ref(), &wanted.cloud),
                packs(api),
                monthly(api, project.as_ref(), &cloud, plan.as_ref()),
            );
            let merged = profiles?;
            let mut unread = merged.failures;
            let mut or_tell = |fault: Fault| unread.push(Failure::new(api.name(), None, fault));
            let packs = packs.unwrap_or_else(|fault| {
                or_tell(fault);
                Vec::new()
            });
            let rate = rate.unwrap_or_else(|fault| {
                or_tell(fault);
                None
            });
            let considered = merged.items.len();
            let recommendations = ranked(merged.items, &wanted, &requirements, &packs, rate);
            Ok(Recommendations {
                recommendations,
                considered,
                method: METHOD,
                unread,
                instance: api.name().to_owned(),
            })
        })
        .await?;
        Ok(Report { text: text(&output), failed: false, output })
    }
}

async fn profiles<C: Call>(
    api: &Api<'_, C>,
    project: Option<&Uid>,
    cloud: &str,
) -> Result<Merged<ProfileSummary>, Fault> {
    let body = json!({ "filter": { "environment": [cloud, "all"] },
        "sort": [{ "field": "lastModifiedTimestamp", "order": "desc" }] });
    let request = Request::search("/v1/dashboard/clusterprofiles", &body)?;
    let scopes = scope::of(api, project).await?;
    let uid = |item: &ProfileSummary| item.metadata.uid.clone();
    scope::merge(api, &scopes, uid, async |scope| {
        page::all(api, Capability::ProfilesRead, request.clone().within(scope.project()), page::MOST).await
    })
    .await
}

async fn packs<C: Call>(api: &Api<'_, C>) -> Result<Vec<Found>, Fault> {
    let request = Request::search("/v1/packs/search", &json!({ "filter": { "layer": ["addon"] } }))?;
    Ok(page::all(api, Capability::PacksRead, request, 500).await?.items)
}

async fn monthly<C: Call>(
    api: &Api<'_, C>,
    project: Option<&Uid>,
    cloud: &str,
    plan: Option<&Value>,
) -> Result<Option<f64>, Fault> {
    let Some(plan) = plan else { return Ok(None) };
    let total = rate::of(api, project, cloud, plan, "monthly").await?.rate.total;
    // 0 is what Palette says where it has no rates.
    Ok(Some(total).filter(|total| *total > 0.0))
}

fn ranked(
    profiles: Vec<ProfileSummary>,
    wanted: &Wanted,
    requirements: &Requirements,
    packs: &[Found],
    rate: Option<f64>,
) -> Vec<Recommendation> {
    let usable = profiles.into_iter().filter(|profile| recommend::is_usable(profile, &wanted.cloud));
    let mut fits: Vec<_> = usable.map(|profile| (recommend::fit(&profile, wanted), profile)).collect();
    fits.sort_by(|(one, a), (two, b)| (two.points, &a.metadata.name).cmp(&(one.points, &b.metadata.name)));
    fits.into_iter()
        .take(TOLD)
        .enumerate()
        .map(|(place, (fit, profile))| {
            let mut trade_offs = fit.trade_offs;
            if requirements.high_availability == Some(true)
                || requirements.min_nodes.is_some_and(|nodes| nodes > 1)
            {
                trade_offs.push(
                    "the number of machines is set by the cluster's pools, not by a profile".to_owned(),
                );
            }
            let over = requirements.budget.zip(rate).filter(|(budget, rate)| rate > budget);
            trade_offs.extend(over.map(|(budget, rate)| {
                format!("the pools cost {rate} a month, more than the budget of {budget}")
            }));
            Recommendation {
                rank: place + 1,
                suggested_packs: suggested(&profile, wanted, packs),
                version: profile.spec_summary.version,
                profile_name: profile.metadata.name,
                profile_uid: profile.metadata.uid,
                confidence: f64::from(fit.points) / 100.0,
                rationale: fit.reasons.join("; "),
                estimated_cost: rate,
                trade_offs,
            }
        })
        .collect()
}

fn suggested(profile: &ProfileSummary, wanted: &Wanted, packs: &[Found]) -> Vec<String> {
    let has = |name: &str| profile.spec_summary.body().packs.iter().any(|pack| pack.name == name);
    packs
        .iter()
        .filter(|pack| !has(&pack.spec.name))
        .filter(|pack| {
            let text = format!("{} {} {}", pack.spec.name, pack.spec.display_name, pack.spec.addon_type);
            recommend::words(&text).iter().any(|word| wanted.words.contains(word))
        })
        .map(|pack| pack.spec.name.clone())
        .take(PACKS)
        .collect()
}

fn text(output: &Recommendations) -> String {
    let mut text = Text::default();
    for failure in &output.unread {
        text.line(format!("not read: {}", failure.message));
    }
    text.line(format!("{} profiles were looked at", output.considered));
    let rows: Vec<[String; 5]> = output
        .recommendations
        .iter()
        .map(|each| {
            [
                each.rank.to_string(),
                format!("{} {}", each.profile_name, each.version),
                format!("{:.2}", each.confidence),
                each.rationale.clone(),
                each.trade_offs.join("; "),
            ]
        })
        .collect();
    text.table(&["RANK", "PROFILE", "CONFIDENCE", "FOR", "AGAINST"], &rows);
    text.line(output.method);
    text.finish("read the structured answer")
}
