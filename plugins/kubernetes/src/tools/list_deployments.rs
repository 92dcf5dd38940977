//! `list_deployments`: which deployments there are, and whether they have their replicas.

use schemars::JsonSchema;
use serde::Serialize;

use super::arguments::listing;
use super::parts;
use crate::args::{Namespace, Selector};
use crate::capability::Capability;
use crate::cluster::{Call, Query};
use crate::list::{self, FromRow, Item, Listing, Question, Rows};
use crate::request::{Group, Include};
use crate::table::Row;
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct ListDeployments;

listing! {
    /// Which deployments to list.
    Arguments {
        /// Namespace of the deployments. Absent: all namespaces.
        #[serde(default)]
        namespace: Option<Namespace>,
        /// Label selector, such as `app=web,tier in (a,b),!canary`.
        #[serde(default)]
        label_selector: Option<Selector>,
        /// Only deployments with fewer ready, updated or available replicas than they want. Judged here,
        /// over at most 5,000 deployments of each cluster in one answer.
        #[serde(default)]
        unhealthy_only: bool,
    }
}

/// One deployment.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct DeploymentRow {
    /// Namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Name.
    pub name: String,
    /// Replicas that are ready.
    pub ready: u64,
    /// Replicas wanted.
    pub desired: u64,
    /// Replicas of the newest template.
    pub up_to_date: u64,
    /// Replicas that have been ready long enough.
    pub available: u64,
    /// Time since it was created, such as `5m` or `3d2h`.
    pub age: String,
    /// Images of its containers, separated by commas.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub images: String,
}

impl DeploymentRow {
    fn is_unhealthy(&self) -> bool {
        self.ready < self.desired || self.up_to_date < self.desired || self.available < self.desired
    }
}

impl FromRow for DeploymentRow {
    fn read(row: &Row<'_>, namespace: Option<&str>) -> Self {
        let (ready, desired) = row.ratio("Ready");
        Self {
            namespace: namespace.map(str::to_owned),
            name: row.text("Name"),
            ready,
            desired,
            up_to_date: row.number("Up-to-date"),
            available: row.number("Available"),
            age: row.text("Age"),
            images: row.text("Images"),
        }
    }
}

impl Item for DeploymentRow {
    const COLUMNS: &'static [&'static str] = &["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE", "IMAGES"];

    fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.name.clone(),
            format!("{}/{}", self.ready, self.desired),
            self.up_to_date.to_string(),
            self.available.to_string(),
            self.age.clone(),
            self.images.clone(),
        ]
    }
}

impl Tool for ListDeployments {
    const NAME: &'static str = "list_deployments";
    const TITLE: &'static str = "List deployments";
    const DESCRIPTION: &'static str = "Lists deployments with ready, wanted, updated and available replicas, \
        age and images, of one namespace or all, of one cluster or many. `unhealthy_only` leaves out those \
        that have what they want. At most `limit` of each cluster (100 unless told, up to 1000); `truncated` \
        and `continue` say when there are more. A cluster that cannot be read is reported under `errors` \
        beside the others' deployments; fails only if none can.";
    type Arguments = Arguments;
    type Output = Listing<DeploymentRow>;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Self::Output>, Problem> {
        let namespace = arguments.namespace.as_ref();
        let include = if namespace.is_some() { Include::None } else { Include::Metadata };
        let query = Query::table(Group::APPS.collection(namespace, "deployments"), include)
            .maybe("labelSelector", arguments.label_selector.as_ref());
        let labels = arguments.label_selector.as_ref().map_or("", Selector::as_str);
        let question = Question {
            parts: parts(Self::NAME, &[&query.path, labels], &arguments.unhealthy_only),
            limit: arguments.limit,
            resume: arguments.r#continue.as_ref(),
        };
        let rows = Rows {
            capability: Capability::ListDeployments,
            query,
            namespace: namespace.map(Namespace::as_str),
        };
        let keep = arguments.unhealthy_only.then_some(DeploymentRow::is_unhealthy);
        let listing = list::ask(
            call,
            question,
            keep,
            async |api, limit, token| rows.page(api, limit, token).await,
            async |_, _| {},
        )
        .await?;
        Ok(listing.report("deployments", arguments.format))
    }
}
