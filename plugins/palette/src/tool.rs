//! What a tool is, and how it is described and called: the part that all share.

use std::future::Future;

pub use postern_sdk::Problem;
pub use postern_sdk::tool::{Description, Outcome, Report, parse};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::instance::Call;

/// One tool.
pub trait Tool {
    /// Its name, as in the manifest.
    const NAME: &'static str;
    /// Its name for people.
    const TITLE: &'static str;
    /// What it does, for models and people: verb first, units, bounds, when it fails.
    const DESCRIPTION: &'static str;
    /// What it takes.
    type Arguments: DeserializeOwned + JsonSchema;
    /// What it gives.
    type Output: Serialize + JsonSchema;

    /// Does it.
    fn run<C: Call>(
        call: &C,
        arguments: Self::Arguments,
    ) -> impl Future<Output = Result<Report<Self::Output>, Problem>>;
}

/// Describes a tool.
#[must_use]
pub fn describe<T: Tool>() -> Description {
    Description::new::<T::Arguments, T::Output>(T::NAME, T::TITLE, T::DESCRIPTION)
}

/// Calls a tool with arguments as JSON text.
///
/// # Errors
/// When the arguments are not the tool's, and as the tool.
pub async fn call<T: Tool, C: Call>(call: &C, arguments: &str) -> Result<Outcome, Problem> {
    T::run(call, parse(arguments)?).await?.outcome()
}
