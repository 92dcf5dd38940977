//! The tools: one file each, and the one list of them.
//!
//! A tool is a unit struct that implements [`Tool`]: its words for models, its arguments, its answer, and
//! `run`, which is generic over [`Call`] and thereby the same in the component and in tests. The list below
//! makes the description and the dispatch, so a tool that is in it is complete, and one that is not does
//! not exist.
//!
//! The five whose names end in `_for_entity` answer with the names that clients of ScaleOps know. What is here
//! besides is added to them, and nothing of theirs is left out.

pub(crate) mod arguments;
pub mod by_owner;
pub mod compare;
pub mod cost_analysis;
pub mod data;
pub mod forecast;
pub mod network;
mod owned;
pub mod policies;
pub mod recommendations;
pub mod top;
pub mod underprovisioned;

use std::collections::BTreeMap;

use crate::fan::Frame;
use crate::scope::Scope;
use crate::server::Call;
use crate::tool::{self, Description, Outcome, Problem, Tool};

macro_rules! tools {
    ($($tool:path,)+) => {
        /// Describes every tool.
        #[must_use]
        pub fn describe() -> Vec<Description> {
            vec![$(tool::describe::<$tool>(),)+]
        }

        /// Calls a tool by its name.
        ///
        /// # Errors
        /// When there is no such tool, and as the tool.
        pub async fn call<C: Call>(call: &C, name: &str, arguments: &str) -> Result<Outcome, Problem> {
            match name {
                $(<$tool as Tool>::NAME => tool::call::<$tool, C>(call, arguments).await,)+
                _ => Err(Problem::NotFound(format!("no tool is named `{name}`"))),
            }
        }
    };
}

tools! {
    data::GetData,
    cost_analysis::GetCostAnalysis,
    recommendations::GetRecommendations,
    network::GetNetworkUsage,
    policies::GetPolicyDefinitions,
    by_owner::GetCostByOwner,
    compare::CompareCost,
    top::GetTopRecommendations,
    forecast::ForecastSavings,
    underprovisioned::ListUnderprovisioned,
}

/// What the numbers of an answer are, by what they are of.
pub(crate) type Units = BTreeMap<&'static str, String>;

/// Names the units of an answer; `money` where it is of money, over that time.
fn units(frame: &Frame, money: &[(&'static str, &str)], other: &[(&'static str, &str)]) -> Units {
    let currency = frame.currency().unwrap_or("money");
    let money = money.iter().map(|(of, over)| (*of, format!("{currency} {over}")));
    money.chain(other.iter().map(|(of, unit)| (*of, (*unit).to_owned()))).collect()
}

/// Keeps the first `top` rows; whether there were more.
fn truncate<T>(rows: &mut Vec<T>, top: usize) -> bool {
    let more = rows.len() > top;
    rows.truncate(top);
    more
}

/// The workload that was asked for by name is not there.
fn no_workload(scope: &Scope, name: &str) -> Problem {
    let rest = Scope { workload: None, ..scope.clone() };
    Problem::NotFound(format!("workload `{name}` not found for {}", rest.shown()))
}
