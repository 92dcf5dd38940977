//! `create_cluster`: makes a cluster, once.

use serde_json::{Map, Value};

use crate::args::{Name, one_instance};
use crate::capability::Capability;
use crate::change::create::{self, Body, New};
use crate::change::{self, Changed, tags};
use crate::ids;
use crate::instance::Call;
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct CreateCluster;

one_instance! {
    /// What is made, and where.
    Arguments {
        /// Its name: 1 to 63 small letters, digits and `-`.
        name: Name,
        /// Its tags: `team:shop`, or bare, such as `critical`.
        #[serde(default)]
        #[schemars(length(max = 100))]
        tags: Vec<Name>,
        /// What it is for.
        #[serde(default)]
        description: Option<Name>,
        /// The cloud: `aws`, `eks`, `azure`, `aks`, `gcp`, `gke`, `vsphere`, `maas`, `apache-cloudstack`,
        /// `edge-native`.
        cloud: Name,
        /// The specification, as Palette takes it: `cloudAccountUid`, `cloudConfig`, `machinepoolconfig` (all small
        /// letters), `profiles`, `clusterConfig`, `policies`.
        spec: Map<String, Value>,
        /// Only say what would be done; send nothing.
        #[serde(default)]
        dry_run: bool,
    }
}

impl Tool for CreateCluster {
    const NAME: &'static str = "create_cluster";
    const TITLE: &'static str = "Create a cluster";
    const DESCRIPTION: &'static str = "Creates a Palette cluster in the named `project`. The name is looked \
        up first: one that is there is told, and never made twice. Palette validates pools and packs first, and \
        estimates the cost of an hour. Provisioning takes up to an hour and goes on by itself. Where no answer \
        comes, the cluster is looked for by its name: do not repeat the call on `unknown` before you looked too. \
        Answers with the exact `changes`, what was sent, and `state`; `dry_run` sends nothing.";
    type Arguments = Arguments;
    type Output = Changed;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Changed>, Problem> {
        let project = create::place(arguments.project.as_ref())?;
        let cloud = arguments.cloud.as_str();
        if ids::segment(cloud).is_none() || matches!(cloud, "virtual" | "nested" | "generic" | "validate") {
            let message = "is no cloud of its own: see `create_virtual_cluster` and `import_cluster`";
            return Err(Problem::invalid("/cloud", message));
        }
        let spec = &arguments.spec;
        if !spec.contains_key("machinepoolconfig") {
            let message = "has no `machinepoolconfig`, which is written in small letters here";
            return Err(Problem::invalid("/spec", message));
        }
        let labels = tags::parse(&arguments.tags)?;
        let description = arguments.description.as_ref();
        let body = Body::new(&arguments.name, labels, description, Value::Object(spec.clone()))?;
        change::run(call, async |api| {
            let new = New {
                capability: Capability::ClusterCreate,
                cloud: cloud.to_owned(),
                below: "",
                body: body.clone(),
                checked: true,
                warnings: Vec::new(),
            };
            new.make(api, &project, arguments.dry_run).await
        })
        .await
    }
}
