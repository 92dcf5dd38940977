//! `scale_machine_pool`: changes how many machines a pool has.

use crate::args::{Name, one_cluster};
use crate::capability::Capability;
use crate::change::cluster::Cluster;
use crate::change::pool::{self, Config, Sizes};
use crate::change::{self, Changed, Seen};
use crate::instance::{Call, Method, Request};
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct ScaleMachinePool;

one_cluster! {
    /// Which pool, and its sizes.
    Arguments {
        /// The machine pool, by name.
        pool: Name,
        /// Machines.
        #[serde(default)]
        #[schemars(range(max = 1000))]
        size: Option<u32>,
        /// Fewest machines, where the pool scales by itself.
        #[serde(default)]
        #[schemars(range(max = 1000))]
        min_size: Option<u32>,
        /// Most machines, where the pool scales by itself.
        #[serde(default)]
        #[schemars(range(max = 1000))]
        max_size: Option<u32>,
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

impl Tool for ScaleMachinePool {
    const NAME: &'static str = "scale_machine_pool";
    const TITLE: &'static str = "Scale a machine pool";
    const DESCRIPTION: &'static str = "Changes the number of machines of one pool of a Palette cluster, and \
        its bounds where it scales by itself. Everything else of the pool goes back as it was read. Removing \
        machines loses what is on their disks. Fails for virtual clusters, which are resized, and for edge \
        clusters, whose machines are hosts. Answers with the exact `changes`, what was sent, and `state`; \
        `dry_run` sends nothing.";
    type Arguments = Arguments;
    type Output = Changed;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Changed>, Problem> {
        let uid = crate::args::needed("cluster_uid", arguments.cluster_uid.as_ref())?;
        let project = crate::args::project(arguments.project.as_ref())?;
        let sizes = Sizes { size: arguments.size, min: arguments.min_size, max: arguments.max_size };
        sizes.check()?;
        let pool = arguments.pool.as_str();
        change::run(call, async |api| {
            let cluster = Cluster::read(api, &uid, project.as_ref()).await?;
            let config = Config::of(&cluster, arguments.cloud.as_ref(), arguments.config_uid.as_ref())?;
            if matches!(config.cloud(), "virtual" | "edge-native" | "generic") {
                let message = format!("pools of a cluster on `{}` are not scaled by a size", config.cloud());
                return Err(Problem::invalid("/cluster_uid", message).into());
            }
            let path = config.pool(pool)?;
            let flat = config.read(api).await?.pool(pool)?;
            let scaled = pool::scale(config.cloud(), flat, sizes)?;
            let wanted = scaled.sizes();
            let request = Request::with_body(Method::Put, path, &scaled.body)?;
            let mut plan = cluster.plan(Capability::ClusterScale, request, scaled.changes);
            plan.warnings = scaled.warnings;
            plan.carry_out(api, arguments.dry_run, async || {
                let there = config.read(api).await?.sizes(pool) == Some(wanted);
                Ok(Seen { there, ..Seen::default() })
            })
            .await
        })
        .await
    }
}
