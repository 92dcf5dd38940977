//! Reads what a diagnosis needs, part by part, side by side.

use futures::join;
use serde_json::json;

use super::snapshot::{Member, Part, Snapshot};
use crate::api::Api;
use crate::capability::Capability;
use crate::cost::Range;
use crate::fault::{Code, Fault};
use crate::ids::Uid;
use crate::instance::{Call, Request};
use crate::machines;
use crate::model::cluster::{NESTED, Summary};
use crate::model::cost::ClusterCost;
use crate::model::event::{Event, Notification};
use crate::model::feature::ScanLogs;
use crate::model::pack::Found;
use crate::page;
use crate::tools::{get_cluster_cost, get_cluster_details, get_cluster_events};

/// Events that are looked at.
const EVENTS: usize = 200;

/// Reads a cluster.
///
/// # Errors
/// When its summary cannot be read, or it is deleted. What else cannot be read is told in the snapshot.
pub async fn snapshot<C: Call>(
    api: &Api<'_, C>,
    cluster: &Uid,
    project: Option<&Uid>,
) -> Result<Snapshot, Fault> {
    let summary = get_cluster_details::summary(api, cluster, project).await?;
    let info = |rest: &str| Request::get(format!("/v1/spectroclusters/{cluster}/{rest}")).within(project);
    let of = Capability::ClusterViewInfo;
    let (events, machines, certificates, backup, scans, updates, notifications, cost, deprecated) = join!(
        events(api, cluster, project),
        members(api, &summary, project),
        api.maybe(of, info("k8certificates")),
        api.maybe(of, info("features/backup")),
        api.maybe::<ScanLogs>(of, info("features/complianceScan/logs/drivers")),
        api.maybe(of, info("profileUpdates")),
        notifications(api, cluster, project),
        week(api, cluster, project),
        deprecated(api),
    );
    Ok(Snapshot {
        events: events.map(Some).into(),
        machines: machines.into(),
        certificates: certificates.into(),
        backup: backup.into(),
        scans: match scans {
            // Configured or not: without a log there was none.
            Ok(Some(scans)) if scans.all().next().is_none() => Part::Absent,
            other => other.into(),
        },
        updates: updates.into(),
        notifications: notifications.map(|read| Some(read.items)).into(),
        cost: cost.map(Some).into(),
        deprecated: deprecated.map(Some).into(),
        ..Snapshot::of(api.call().now(), summary)
    })
}

/// The newest events, in order.
async fn events<C: Call>(
    api: &Api<'_, C>,
    cluster: &Uid,
    project: Option<&Uid>,
) -> Result<Vec<Event>, Fault> {
    let mut events = get_cluster_events::events(api, cluster, project, EVENTS).await?.items;
    events.sort_by(|one, other| other.time().cmp(&one.time()));
    Ok(events)
}

async fn notifications<C: Call>(
    api: &Api<'_, C>,
    cluster: &Uid,
    project: Option<&Uid>,
) -> Result<page::Collected<Notification>, Fault> {
    let request = Request::get(format!("/v1/notifications/spectrocluster/{cluster}"))
        .within(project)
        .with("isDone", "false");
    page::all(api, Capability::ClusterEvents, request, page::PAGE).await
}

/// The machines of every pool; none where the cluster has no cloud configuration of its own.
async fn members<C: Call>(
    api: &Api<'_, C>,
    summary: &Summary,
    project: Option<&Uid>,
) -> Result<Option<Vec<Member>>, Fault> {
    let config = &summary.spec.cloud_config;
    // Imported and virtual clusters have no machines that Palette knows.
    if config.uid.is_empty() || [NESTED, "generic"].contains(&config.cloud_type.as_str()) {
        return Ok(None);
    }
    let pools = match machines::read(api, &summary.spec, project, None).await {
        Ok(pools) => pools,
        Err(fault) if fault.is_absence() => return Ok(None),
        Err(fault) => return Err(fault),
    };
    let mut members = Vec::new();
    for (pool, answer) in pools {
        // Those of some pools alone would look like all.
        members.extend(answer?.items.into_iter().map(|machine| Member {
            pool: pool.name.clone(),
            is_control_plane: pool.is_control_plane,
            machine,
        }));
    }
    Ok(Some(members))
}

/// What it cost in the last week.
async fn week<C: Call>(api: &Api<'_, C>, cluster: &Uid, project: Option<&Uid>) -> Result<ClusterCost, Fault> {
    let range = Range::read(None, api.call().now())
        .map_err(|problem| Fault::new(Code::Invalid, problem.message()))?;
    get_cluster_cost::of(api, cluster, project, &range).await
}

async fn deprecated<C: Call>(api: &Api<'_, C>) -> Result<Vec<String>, Fault> {
    let request = Request::search("/v1/packs/search", &json!({ "filter": { "state": ["deprecated"] } }))?;
    let read: page::Collected<Found> = page::all(api, Capability::PacksRead, request, 500).await?;
    let name = |pack: Found| if pack.spec.name.is_empty() { pack.metadata.name } else { pack.spec.name };
    Ok(read.items.into_iter().map(name).filter(|name| !name.is_empty()).collect())
}
