//! `list_namespaces`: which namespaces there are.

use schemars::JsonSchema;
use serde::Serialize;

use super::arguments::listing;
use super::parts;
use crate::args::Selector;
use crate::capability::Capability;
use crate::cluster::{Call, Query};
use crate::list::{self, FromRow, Item, Listing, Question, Rows};
use crate::request::{Group, Include};
use crate::table::Row;
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct ListNamespaces;

listing! {
    /// Which namespaces to list.
    Arguments {
        /// Label selector, such as `team=a,!legacy`.
        #[serde(default)]
        label_selector: Option<Selector>,
    }
}

/// One namespace.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct NamespaceRow {
    /// Name.
    pub name: String,
    /// `Active` or `Terminating`.
    pub status: String,
    /// Time since it was created, such as `5m` or `3d2h`.
    pub age: String,
}

impl FromRow for NamespaceRow {
    fn read(row: &Row<'_>, _: Option<&str>) -> Self {
        Self { name: row.text("Name"), status: row.text("Status"), age: row.text("Age") }
    }
}

impl Item for NamespaceRow {
    const COLUMNS: &'static [&'static str] = &["NAME", "STATUS", "AGE"];

    fn namespace(&self) -> Option<&str> {
        None
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn cells(&self) -> Vec<String> {
        vec![self.name.clone(), self.status.clone(), self.age.clone()]
    }
}

impl Tool for ListNamespaces {
    const NAME: &'static str = "list_namespaces";
    const TITLE: &'static str = "List namespaces";
    const DESCRIPTION: &'static str = "Lists namespaces with status and age, of one cluster or many. At most \
        `limit` of each cluster (100 unless told, up to 1000); `truncated` and `continue` say when there are \
        more. A cluster that cannot be read is reported under `errors` beside the others' namespaces; fails \
        only if none can.";
    type Arguments = Arguments;
    type Output = Listing<NamespaceRow>;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Self::Output>, Problem> {
        let query = Query::table(Group::CORE.collection(None, "namespaces"), Include::None)
            .maybe("labelSelector", arguments.label_selector.as_ref());
        let labels = arguments.label_selector.as_ref().map_or("", Selector::as_str);
        let question = Question {
            parts: parts(Self::NAME, &[labels], &()),
            limit: arguments.limit,
            resume: arguments.r#continue.as_ref(),
        };
        let rows = Rows { capability: Capability::ListNamespaces, query, namespace: None };
        let all: Option<fn(&NamespaceRow) -> bool> = None;
        let listing = list::ask(
            call,
            question,
            all,
            async |api, limit, token| rows.page(api, limit, token).await,
            async |_, _| {},
        )
        .await?;
        Ok(listing.report("namespaces", arguments.format))
    }
}
