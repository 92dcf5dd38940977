//! Asks the servers of a call, a few at once; one that fails costs its own error and nothing else.
//!
//! How many requests are in flight at once is bounded by [`postern_sdk::places`], whatever is asked here.

use std::collections::BTreeSet;

use futures::{StreamExt as _, stream};
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::Nullable;
use crate::fault::{Fault, InstanceError};
use crate::scope::{EntityName, Scope};
use crate::server::{Call, Server, Source};
use crate::text::Text;
use crate::tool::Problem;

/// Servers asked at once.
const SERVERS: usize = 8;

/// Requests of one kind to one server at once: it serves people too.
pub const AT_ONCE: usize = 4;

/// What every answer says of where it is from.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Frame {
    /// The entity that was asked about; `null` where it was none.
    pub entity: Nullable<EntityName>,
    /// The label selector that was asked for, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    /// The servers that answered.
    pub sources: Vec<Provenance>,
    /// The servers that did not: nothing is known of what is theirs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<InstanceError>,
    /// What to know before believing the numbers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// One server that answered.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Provenance {
    /// The operator's name for it.
    pub instance: String,
    /// What it speaks.
    pub source: Source,
    /// What its money is, where the operator says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// What this kind of server cannot answer, of what this tool tells.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unsupported: Vec<&'static str>,
}

impl Provenance {
    /// Where the answers of a server are from.
    #[must_use]
    pub fn new(server: &impl Server, source: Source, unsupported: &[&'static str]) -> Self {
        Self {
            instance: server.name().to_owned(),
            source,
            currency: server.attribute("currency").map(str::to_owned),
            unsupported: if source == Source::Opencost { unsupported.to_vec() } else { Vec::new() },
        }
    }
}

/// What the servers gave, in the operator's order.
#[derive(Debug)]
pub struct Gathered<T> {
    /// Of those that answered.
    pub results: Vec<T>,
    /// Of those that did not.
    pub errors: Vec<InstanceError>,
    /// Those that answered.
    pub sources: Vec<Provenance>,
}

impl<T> Gathered<T> {
    /// Whether nothing was got.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.sources.is_empty()
    }

    /// The results, and what is said of them.
    #[must_use]
    pub fn framed(self, scope: &Scope, mut notes: Vec<String>) -> (Vec<T>, Frame) {
        let currencies: BTreeSet<&String> =
            self.sources.iter().filter_map(|source| source.currency.as_ref()).collect();
        if currencies.len() > 1 {
            notes.insert(
                0,
                "these instances count in different currencies: their totals cannot be added".to_owned(),
            );
        }
        let mut seen = BTreeSet::new();
        notes.retain(|note| seen.insert(note.clone()));
        let frame = Frame {
            entity: Nullable(scope.entity.clone()),
            selector: (!scope.selector.is_empty()).then(|| scope.selector.to_string()),
            sources: self.sources,
            errors: self.errors,
            notes,
        };
        (self.results, frame)
    }
}

impl Frame {
    /// Begins the text of an answer: what it is about, what is missing, what to know.
    #[must_use]
    pub fn text(&self, title: &str, scope: &Scope) -> Text {
        let mut text = crate::text::new();
        text.line(format!("{title} of {}", scope.shown()));
        for error in &self.errors {
            text.line(format!("instance `{}` failed: {}", error.instance, error.message));
        }
        for source in self.sources.iter().filter(|source| !source.unsupported.is_empty()) {
            let what = source.unsupported.join(", ");
            text.line(format!(
                "instance `{}` is {}, which has no: {what}",
                source.instance,
                source.source.as_str()
            ));
        }
        for note in &self.notes {
            text.line(format!("note: {note}"));
        }
        text
    }

    /// The one currency of all servers, if they say one.
    #[must_use]
    pub fn currency(&self) -> Option<&str> {
        let first = self.sources.first()?.currency.as_deref()?;
        self.sources.iter().all(|source| source.currency.as_deref() == Some(first)).then_some(first)
    }
}

/// Runs `ask` on every server of the call, and reports progress after each.
///
/// # Errors
/// When the call has no server, and when its only one fails.
pub async fn out<C: Call, T>(
    call: &C,
    unsupported: &[&'static str],
    ask: impl AsyncFn(&C::Server, Source) -> Result<T, Fault>,
) -> Result<Gathered<T>, Problem> {
    let servers = call.servers();
    if servers.is_empty() {
        return Err(Problem::NotFound("no instance of that name is open to this call".to_owned()));
    }
    let total = u32::try_from(servers.len()).unwrap_or(u32::MAX);
    let ask = &ask;
    let mut answers = stream::iter(servers.iter().enumerate())
        .map(|(place, server)| async move {
            let answer = match Source::of(server) {
                Ok(source) => ask(server, source).await.map(|answer| (source, answer)),
                Err(fault) => Err(fault),
            };
            (place, server, answer)
        })
        .buffer_unordered(SERVERS);
    let mut in_order = Vec::new();
    let mut done = 0;
    while let Some(answer) = answers.next().await {
        done += 1;
        let end = if answer.2.is_ok() { "answered" } else { "failed" };
        call.progress(&format!("instance `{}` {end}", answer.1.name()), done, total).await;
        in_order.push(answer);
    }
    in_order.sort_unstable_by_key(|(place, ..)| *place);
    let mut gathered = Gathered { results: Vec::new(), errors: Vec::new(), sources: Vec::new() };
    for (_, server, answer) in in_order {
        match answer {
            Ok((source, result)) => {
                gathered.results.push(result);
                gathered.sources.push(Provenance::new(server, source, unsupported));
            }
            Err(fault) if total == 1 => return Err(fault.problem(server.name())),
            Err(fault) => gathered.errors.push(InstanceError::new(server.name(), &fault)),
        }
    }
    Ok(gathered)
}

/// Runs `ask` on each of `items`, [`AT_ONCE`] at once, and gives the answers in the order of the items.
pub async fn each<I, T>(items: impl IntoIterator<Item = I>, ask: impl AsyncFn(I) -> T) -> Vec<T> {
    let ask = &ask;
    stream::iter(items).map(|item| async move { ask(item).await }).buffered(AT_ONCE).collect().await
}
