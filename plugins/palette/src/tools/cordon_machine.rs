//! `cordon_machine`: takes a machine out of use, or back into it.

use serde::Serialize;

use crate::api::Api;
use crate::args::{Name, one_cluster};
use crate::capability::Capability;
use crate::change::cluster::Cluster;
use crate::change::pool::Config;
use crate::change::{self, Changed, Seen, Stop, difference};
use crate::fault::Fault;
use crate::ids;
use crate::instance::{Call, Method, Request};
use crate::model::lenient;
use crate::model::meta::Meta;
use crate::page;
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct CordonMachine;

one_cluster! {
    /// Which machine.
    Arguments {
        /// Its machine pool, by name.
        pool: Name,
        /// Uid of the machine.
        machine_uid: Name,
        /// The cloud in the path of its configuration. Found by itself.
        #[serde(default)]
        cloud: Option<Name>,
        /// Uid of its cloud configuration. Found by itself.
        #[serde(default)]
        config_uid: Option<Name>,
        /// Only say what would be done; send nothing.
        #[serde(default)]
        dry_run: bool,
    }
}

lenient! {
    /// A machine.
    Machine {
        /// Name and uid.
        metadata: Meta,
        /// How it is.
        status: MachineStatus,
    }

    /// How a machine is.
    MachineStatus {
        /// `Running` and so on.
        instance_state: String,
        /// Whether it is cordoned.
        maintenance_status: Maintenance,
    }

    /// Whether a machine is cordoned.
    Maintenance {
        /// `cordon` or `uncordon`.
        action: String,
    }
}

#[derive(Debug, Serialize)]
struct Body {
    action: &'static str,
}

impl Tool for CordonMachine {
    const NAME: &'static str = "cordon_machine";
    const TITLE: &'static str = "Cordon a machine";
    const DESCRIPTION: &'static str = "Cordons one machine of a Palette cluster: nothing new is scheduled \
        on it, and what runs on it is moved away. `uncordon_machine` takes it back into use. Answers with the \
        exact `changes`, what was sent, and `state`; `dry_run` sends nothing.";
    type Arguments = Arguments;
    type Output = Changed;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Changed>, Problem> {
        maintain(call, arguments, "cordon").await
    }
}

/// The tool that takes it back.
#[derive(Debug)]
pub struct UncordonMachine;

impl Tool for UncordonMachine {
    const NAME: &'static str = "uncordon_machine";
    const TITLE: &'static str = "Uncordon a machine";
    const DESCRIPTION: &'static str = "Takes one cordoned machine of a Palette cluster back into use. Answers with \
        the exact `changes`, what was sent, and `state`; `dry_run` sends nothing.";
    type Arguments = Arguments;
    type Output = Changed;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Changed>, Problem> {
        maintain(call, arguments, "uncordon").await
    }
}

async fn maintain<C: Call>(
    call: &C,
    arguments: Arguments,
    action: &'static str,
) -> Result<Report<Changed>, Problem> {
    let uid = crate::args::needed("cluster_uid", arguments.cluster_uid.as_ref())?;
    let project = crate::args::project(arguments.project.as_ref())?;
    let wanted = arguments.machine_uid.as_str();
    let wanted =
        ids::segment(wanted).ok_or_else(|| Problem::invalid("/machine_uid", "is no uid of a machine"))?;
    change::run(call, async |api| {
        let cluster = Cluster::read(api, &uid, project.as_ref()).await?;
        let config = Config::of(&cluster, arguments.cloud.as_ref(), arguments.config_uid.as_ref())?;
        let machines = format!("{}/machines", config.pool(arguments.pool.as_str())?);
        let machine = find(api, &cluster, &machines, wanted).await?;
        let now = machine.status.maintenance_status.action;
        // A machine that was never cordoned says nothing.
        let so = now == action || (now.is_empty() && action == "uncordon");
        let path = format!("machines.{}.maintenance", machine.metadata.name);
        let changes = if so { Vec::new() } else { vec![difference(path, now, action)] };
        let request =
            Request::with_body(Method::Put, format!("{machines}/{wanted}/maintenance"), &Body { action })?;
        let plan = cluster.plan(Capability::ClusterCordon, request, changes);
        plan.carry_out(api, arguments.dry_run, async || {
            let machine = find(api, &cluster, &machines, wanted).await.map_err(|stop| match stop {
                Stop::Fault(fault) => fault,
                Stop::Problem(problem) => Fault::missing(problem.message()),
            })?;
            let there = machine.status.maintenance_status.action == action;
            Ok(Seen { there, state: Some(machine.status.instance_state), uid: None })
        })
        .await
    })
    .await
}

async fn find<C: Call>(
    api: &Api<'_, C>,
    cluster: &Cluster,
    machines: &str,
    wanted: &str,
) -> Result<Machine, Stop> {
    let request = Request::get(machines).within(cluster.project.as_ref());
    let all = page::all::<C, Machine>(api, Capability::MachinesRead, request, page::MOST).await?;
    let found = all.items.into_iter().find(|machine| machine.metadata.uid == wanted);
    found.ok_or_else(|| Problem::invalid("/machine_uid", "the pool has no such machine").into())
}
