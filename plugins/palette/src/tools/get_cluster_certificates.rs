//! `get_cluster_certificates`: when the certificates of one cluster end.

use jiff::Timestamp;
use postern_sdk::text::Text;
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::one_cluster;
use crate::capability::Capability;
use crate::fan;
use crate::instance::{Call, Request};
use crate::model::feature::{Certificates, MachineCertificates};
use crate::model::told;
use crate::tool::{Problem, Report, Tool};

/// Days before its end at which a certificate is called soon to end, unless told.
const SOON_DAYS: u32 = 30;

/// The tool.
#[derive(Debug)]
pub struct GetClusterCertificates;

one_cluster! {
    /// Whose certificates.
    Arguments {
        /// Days before its end at which a certificate is called `soon`: 1 to 3650, 30 unless told.
        #[serde(default = "soon")]
        #[schemars(range(min = 1, max = 3650))]
        within_days: u32,
    }
}

fn soon() -> u32 {
    SOON_DAYS
}

/// The certificates.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Ends {
    /// Uid of the cluster.
    pub cluster_uid: String,
    /// How many there are.
    pub total: usize,
    /// Of these, ended.
    pub expired: usize,
    /// Of these, soon to end.
    pub soon: usize,
    /// Of these, without an end that could be read.
    pub unknown: usize,
    /// The first to end first; those of which nothing is known last.
    pub certificates: Vec<Row>,
    /// The instance that it is in.
    pub instance: String,
}

/// One certificate.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Row {
    /// The machine that has it.
    pub machine: String,
    /// The authority that signed it.
    pub authority: String,
    /// Name; that of the authority for its own.
    pub name: String,
    /// When it ends, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// Whole days until then; below 0: since then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_left: Option<i64>,
    /// Whether it has ended.
    pub state: State,
}

/// Whether a certificate has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum State {
    /// It has.
    Expired,
    /// It will within the days that were asked for.
    Soon,
    /// Later.
    Valid,
    /// Palette does not say.
    Unknown,
}

impl Tool for GetClusterCertificates {
    const NAME: &'static str = "get_cluster_certificates";
    const TITLE: &'static str = "Get cluster certificates";
    const DESCRIPTION: &'static str = "Gets the Kubernetes certificates of one Palette cluster by machine and \
        authority: when each ends, and how many days are left, the first to end first. `within_days` says what is \
        called `soon` (30 unless told). Gives no keys. Managed clouds have none to tell: then the list is empty.";
    type Arguments = Arguments;
    type Output = Ends;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Ends>, Problem> {
        let cluster = crate::args::needed("cluster_uid", arguments.cluster_uid.as_ref())?;
        let project = crate::args::project(arguments.project.as_ref())?;
        if !(1..=3650).contains(&arguments.within_days) {
            let message = format!("`{}` is not from 1 to 3650", arguments.within_days);
            return Err(Problem::invalid("/within_days", message));
        }
        let (instance, found) = fan::one(call, async |api| {
            let path = format!("/v1/spectroclusters/{cluster}/k8certificates");
            let request = Request::get(path).within(project.as_ref());
            let found: Certificates = api.json(Capability::ClusterViewInfo, request).await?;
            Ok((api.name().to_owned(), found))
        })
        .await?;
        let machines = found.machine_certificates.into_iter();
        let mut certificates: Vec<Row> =
            machines.flat_map(|machine| rows(machine, call.now(), arguments.within_days)).collect();
        certificates.sort_by_key(|row| (row.days_left.unwrap_or(i64::MAX), row.expires_at.clone()));
        let count = |state: State| certificates.iter().filter(|row| row.state == state).count();
        let output = Ends {
            cluster_uid: cluster.to_string(),
            total: certificates.len(),
            expired: count(State::Expired),
            soon: count(State::Soon),
            unknown: count(State::Unknown),
            certificates,
            instance,
        };
        Ok(Report { text: text(&output), failed: false, output })
    }
}

fn rows(machine: MachineCertificates, now: Timestamp, soon: u32) -> Vec<Row> {
    let mut rows = Vec::new();
    for authority in machine.certificate_authorities {
        let own = (authority.name.clone(), authority.expiry);
        let signed = authority.certificates.into_iter().map(|each| (each.name, each.expiry));
        rows.extend(std::iter::once(own).chain(signed).map(|(name, expiry)| {
            let expires_at = told(expiry);
            let end = expires_at.as_ref().and_then(|end| end.parse::<Timestamp>().ok());
            let seconds = end.map(|end| end.as_second().saturating_sub(now.as_second()));
            let days_left = seconds.map(|seconds| seconds.div_euclid(86_400));
            let state = match (seconds, days_left) {
                (Some(seconds), _) if seconds <= 0 => State::Expired,
                (_, Some(days)) if days < i64::from(soon) => State::Soon,
                (_, Some(_)) => State::Valid,
                (_, None) => State::Unknown,
            };
            Row {
                machine: machine.name.clone(),
                authority: authority.name.clone(),
                name,
                expires_at,
                days_left,
                state,
            }
        }));
    }
    rows
}

fn text(ends: &Ends) -> String {
    let mut text = Text::default();
    text.line(format!(
        "{} certificates: {} ended, {} end soon, {} unknown",
        ends.total, ends.expired, ends.soon, ends.unknown
    ));
    let rows: Vec<[String; 5]> = ends
        .certificates
        .iter()
        .map(|row| {
            [
                row.machine.clone(),
                row.authority.clone(),
                row.name.clone(),
                row.expires_at.clone().unwrap_or_default(),
                row.days_left.map(|days| days.to_string()).unwrap_or_default(),
            ]
        })
        .collect();
    text.table(&["MACHINE", "AUTHORITY", "NAME", "ENDS", "DAYS"], &rows);
    text.finish("read the structured answer")
}
