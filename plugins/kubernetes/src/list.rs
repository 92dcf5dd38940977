//! What the list tools share: many clusters, pages, a filter, one answer.

use schemars::JsonSchema;
use serde::Serialize;

use crate::api::Api;
use crate::args::{Continue, Format, Limit};
use crate::capability::Capability;
use crate::cluster::{Call, Cluster, Query};
use crate::cursor::{Cursor, Cursors};
use crate::fan;
use crate::fault::{ClusterError, Fault};
use crate::table::{Row, Table};
use crate::text::Text;
use crate::tool::{Problem, Report};

/// Rows of one page while filtering.
const FILTER_PAGE: u32 = 500;

/// Pages read of one cluster for one answer while filtering: 5,000 rows, which is a few megabytes.
const MOST_PAGES: usize = 10;

/// Pages of more rows than this, with their metadata, are over half a megabyte each.
const LARGE: u32 = 250;

/// Items of several clusters.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Listing<T> {
    /// One entry for each cluster that answered.
    pub clusters: Vec<Portion<T>>,
    /// One entry for each cluster that did not: its items are unknown, not absent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ClusterError>,
    /// Present if there is more: give it as `continue`, with the other arguments unchanged.
    #[serde(rename = "continue", skip_serializing_if = "Option::is_none")]
    pub resume: Option<String>,
}

/// Items of one cluster.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Portion<T> {
    /// The cluster.
    pub cluster: String,
    /// Its items, by namespace and name.
    pub items: Vec<T>,
    /// How many there are in all, where the server says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// Whether there are more than these.
    pub truncated: bool,
    /// What is missing from these items, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    #[serde(skip)]
    next: Option<Cursor>,
}

/// One item of a list.
pub trait Item: Serialize + JsonSchema + Sized {
    /// Columns of the text form, after those for cluster and namespace.
    const COLUMNS: &'static [&'static str];

    /// The namespace; none where the kind has none.
    fn namespace(&self) -> Option<&str>;

    /// The name.
    fn name(&self) -> &str;

    /// The cells under [`Self::COLUMNS`].
    fn cells(&self) -> Vec<String>;
}

/// An item that is read from a row of the server's table.
pub trait FromRow: Item {
    /// Reads one row; `namespace` is its own, or that of the whole collection.
    fn read(row: &Row<'_>, namespace: Option<&str>) -> Self;
}

/// One page of one cluster.
#[derive(Debug)]
pub struct Page<T> {
    /// Its items, in the server's order.
    pub items: Vec<T>,
    /// How many there are from here on, this page included, where the server says.
    pub total: Option<u64>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// A collection in table form.
#[derive(Debug)]
pub struct Rows<'a> {
    /// On what strength it is read.
    pub capability: Capability,
    /// Its path, with the selectors.
    pub query: Query,
    /// The namespace of all rows, where the path says it.
    pub namespace: Option<&'a str>,
}

impl Rows<'_> {
    /// Reads one page.
    ///
    /// # Errors
    /// As [`Table::read`].
    pub async fn page<C: Cluster, T: FromRow>(
        &self,
        api: &Api<'_, C>,
        limit: u32,
        token: &str,
    ) -> Result<Page<T>, Fault> {
        let table = Table::read(api, self.capability, self.query.clone().page(limit, Some(token))).await?;
        let items = table.rows().map(|row| T::read(&row, row.namespace().or(self.namespace))).collect();
        Ok(Page { items, total: table.total(), next: table.next().map(str::to_owned) })
    }
}

/// What one list tool asks of all its clusters.
#[derive(Debug)]
pub struct Question<'a> {
    /// Most items of each cluster.
    pub limit: Limit,
    /// Where an earlier answer ended.
    pub resume: Option<&'a Continue>,
    /// The arguments that a `continue` is bound to.
    pub parts: Vec<String>,
}

/// Asks every cluster of the call: `fetch` reads a page of so many items from where the token points, `keep`
/// filters if the server cannot, and `finish` may add to the items.
///
/// # Errors
/// When `continue` is not of this question, or the call has no cluster.
pub async fn ask<C: Call, T: Item>(
    call: &C,
    question: Question<'_>,
    keep: Option<impl Fn(&T) -> bool>,
    fetch: impl AsyncFn(&Api<'_, C::Cluster>, u32, &str) -> Result<Page<T>, Fault>,
    finish: impl AsyncFn(&Api<'_, C::Cluster>, &mut Portion<T>),
) -> Result<Listing<T>, Problem> {
    let parts: Vec<&str> = question.parts.iter().map(String::as_str).collect();
    let before = question.resume.map(|text| Cursors::parse(text, &parts)).transpose()?;
    let wanted = |cluster: &str| before.as_ref().is_none_or(|before| before.of(cluster).is_some());
    let first = Cursor::default();
    let at_once = if question.limit.get() > LARGE { fan::FEW_AT_ONCE } else { fan::AT_ONCE };
    let gathered = fan::out(call, at_once, wanted, async |api| {
        let cursor = before.as_ref().and_then(|before| before.of(api.name())).unwrap_or(&first);
        let page = async |limit: u32, token: &str| fetch(api, limit, token).await;
        let mut portion = match &keep {
            Some(keep) => filtered(question.limit, cursor, keep, page).await?,
            None => single(question.limit, cursor, page).await?,
        };
        api.name().clone_into(&mut portion.cluster);
        finish(api, &mut portion).await;
        Ok(portion)
    })
    .await?;

    let mut after = Cursors::new(&parts);
    let mut clusters = Vec::with_capacity(gathered.results.len());
    for (name, mut portion) in gathered.results {
        if let Some(cursor) = portion.next.take() {
            after.add(&name, cursor);
        }
        clusters.push(portion);
    }
    Ok(Listing { clusters, errors: gathered.errors, resume: after.encode() })
}

/// One page, as the server has it.
async fn single<T>(
    limit: Limit,
    cursor: &Cursor,
    page: impl AsyncFn(u32, &str) -> Result<Page<T>, Fault>,
) -> Result<Portion<T>, Fault> {
    let Page { items, total, next } = page(limit.get(), &cursor.token).await?;
    // On a later page the count is of what is left, which is not the total.
    let total = total.filter(|_| cursor.token.is_empty());
    Ok(Portion::new(items, total, next.map(|token| Cursor { token, skip: 0 })))
}

/// Pages until enough items pass the filter, or enough were read.
async fn filtered<T>(
    limit: Limit,
    cursor: &Cursor,
    keep: impl Fn(&T) -> bool,
    page: impl AsyncFn(u32, &str) -> Result<Page<T>, Fault>,
) -> Result<Portion<T>, Fault> {
    let limit = limit.count();
    let mut kept = Vec::new();
    let mut at = cursor.clone();
    for _ in 0..MOST_PAGES {
        let Page { items, next, .. } = page(FILTER_PAGE, &at.token).await?;
        for (place, item) in items.into_iter().enumerate().skip(at.skip) {
            if !keep(&item) {
                continue;
            }
            if kept.len() == limit {
                return Ok(Portion::new(kept, None, Some(Cursor { token: at.token, skip: place })));
            }
            kept.push(item);
        }
        let Some(token) = next else {
            let total = (*cursor == Cursor::default()).then(|| u64::try_from(kept.len()).unwrap_or(u64::MAX));
            return Ok(Portion::new(kept, total, None));
        };
        at = Cursor { token, skip: 0 };
    }
    Ok(Portion::new(kept, None, Some(at)))
}

impl<T: Item> Listing<T> {
    /// Makes the report: `what` names the items in the plural.
    #[must_use]
    pub fn report(self, what: &str, format: Format) -> Report<Self> {
        let mut text = Text::default();
        let several = self.clusters.len() + self.errors.len() > 1;
        for error in &self.errors {
            text.line(format!("cluster `{}` failed: {}", error.cluster, error.message));
        }
        for portion in &self.clusters {
            text.line(portion.heading(what));
            for note in &portion.notes {
                text.line(note);
            }
        }
        match format {
            Format::Table => self.table(&mut text, several),
            Format::Json => {
                for (cluster, item) in self.items() {
                    let line = Line { cluster, item };
                    text.line(serde_json::to_string(&line).unwrap_or_default());
                }
            }
            Format::Names => {
                for (cluster, item) in self.items() {
                    let cluster = if several { format!("{cluster} ") } else { String::new() };
                    let namespace =
                        item.namespace().map_or_else(String::new, |namespace| format!("{namespace}/"));
                    text.line(format!("{cluster}{namespace}{}", item.name()));
                }
            }
        }
        let failed = self.clusters.is_empty();
        let text = text.finish("narrow with `namespace` or a selector, or ask with `format`: `names`");
        Report { output: self, text, failed }
    }

    fn table(&self, text: &mut Text, several: bool) {
        let namespaced = self.items().any(|(_, item)| item.namespace().is_some());
        let mut columns = Vec::new();
        if several {
            columns.push("CLUSTER");
        }
        if namespaced {
            columns.push("NAMESPACE");
        }
        columns.extend(T::COLUMNS);
        let rows: Vec<Vec<String>> = self
            .items()
            .map(|(cluster, item)| {
                let mut cells = Vec::new();
                if several {
                    cells.push(cluster.to_owned());
                }
                if namespaced {
                    cells.push(item.namespace().unwrap_or_default().to_owned());
                }
                cells.extend(item.cells());
                cells
            })
            .collect();
        text.table(&columns, &rows);
    }

    fn items(&self) -> impl Iterator<Item = (&str, &T)> {
        self.clusters
            .iter()
            .flat_map(|portion| portion.items.iter().map(|item| (portion.cluster.as_str(), item)))
    }
}

impl<T> Portion<T> {
    fn new(items: Vec<T>, total: Option<u64>, next: Option<Cursor>) -> Self {
        Self { cluster: String::new(), items, total, truncated: next.is_some(), notes: Vec::new(), next }
    }

    fn heading(&self, what: &str) -> String {
        let count = self.items.len();
        let of = match self.total {
            Some(total) if self.truncated => format!(" of {total}"),
            _ => String::new(),
        };
        let more = if self.truncated { "; more with `continue`" } else { "" };
        format!("cluster `{}`: {count}{of} {what}{more}", self.cluster)
    }
}

/// One item with its cluster, as one line of JSON.
#[derive(Serialize)]
struct Line<'a, T> {
    cluster: &'a str,
    item: &'a T,
}
