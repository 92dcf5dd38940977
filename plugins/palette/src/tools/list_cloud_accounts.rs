//! `list_cloud_accounts`: which accounts clusters can be made in. Reads the summary alone, which has no secrets.

use schemars::JsonSchema;
use serde::Serialize;

use super::listing::table;
use crate::accounts;
use crate::args::{Name, many_instances};
use crate::fan::{self, Rows};
use crate::fault::Failure;
use crate::instance::Call;
use crate::model::account::Account;
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct ListCloudAccounts;

many_instances! {
    /// Which accounts to list.
    Arguments {
        /// Cloud type, such as `aws`, `azure`, `vsphere`; `eks`, `aks` and `gke` mean the accounts of their clouds.
        #[serde(default)]
        cloud_type: Option<Name>,
    }
}

/// What there is.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Accounts {
    /// How many.
    pub total: usize,
    /// By instance and name.
    pub items: Vec<Row>,
    /// Whether there are more than could be read: narrow the question.
    pub truncated: bool,
    /// Instances and projects that could not be read: nothing is known of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Failure>,
}

/// One account.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Row {
    pub uid: String,
    pub name: String,
    /// `aws`, `azure`, `gcp`, `vsphere` and so on.
    pub cloud_type: String,
    pub state: String,
    /// `project` or `tenant`.
    pub scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_uid: Option<String>,
    pub instance: String,
}

impl Tool for ListCloudAccounts {
    const NAME: &'static str = "list_cloud_accounts";
    const TITLE: &'static str = "List cloud accounts";
    const DESCRIPTION: &'static str = "Lists the cloud accounts of Palette, of one instance or many: name, cloud, \
        state, scope, never a credential. `cloud_type` and `project` narrow it down. What cannot be read is told \
        under `errors`.";
    type Arguments = Arguments;
    type Output = Accounts;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Accounts>, Problem> {
        let project = crate::args::project(arguments.project.as_ref())?;
        let cloud = arguments.cloud_type.as_ref().map(Name::as_str);
        let gathered =
            fan::out(call, async |api| accounts::search::<C, Account>(api, project.as_ref()).await).await?;
        let fits = |account: &Account| cloud.is_none_or(|cloud| accounts::fits(cloud, &account.kind));
        let all = gathered.rows(|instance, account| fits(&account).then(|| row(instance, account)));
        let Rows { rows: mut items, truncated, errors } = all;
        items.sort_by(|one, other| (&one.instance, &one.name).cmp(&(&other.instance, &other.name)));
        let output = Accounts { total: items.len(), items, truncated, errors };
        Ok(Report { text: text(&output), failed: false, output })
    }
}

fn row(instance: &str, account: Account) -> Row {
    Row {
        scope: account.metadata.scope().to_owned(),
        project_uid: account.metadata.project().map(str::to_owned),
        uid: account.metadata.uid,
        name: account.metadata.name,
        cloud_type: account.kind,
        state: account.status.state,
        instance: instance.to_owned(),
    }
}

fn text(accounts: &Accounts) -> String {
    let rows = accounts.items.iter().map(|row| {
        [&row.name, &row.uid, &row.cloud_type, &row.state, &row.scope, &row.instance].map(String::as_str)
    });
    let headers = ["NAME", "UID", "CLOUD", "STATE", "SCOPE", "INSTANCE"];
    let counted = format!("{} cloud accounts", accounts.total);
    let text = table(&accounts.errors, counted, headers, rows);
    text.finish("name one `cloud_type`")
}
