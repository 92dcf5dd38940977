//! `import_cluster`: takes a cluster that Palette did not make under its eyes.

use serde_json::json;

use crate::args::{Name, one_instance};
use crate::capability::Capability;
use crate::change::create::{self, Body, New};
use crate::change::{self, Changed, tags};
use crate::instance::Call;
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct ImportCluster;

one_instance! {
    /// What is imported, and where to.
    Arguments {
        /// Its name: 1 to 63 small letters, digits and `-`.
        name: Name,
        /// Its tags: `team:shop`, or bare, such as `critical`.
        #[serde(default)]
        #[schemars(length(max = 100))]
        tags: Vec<Name>,
        /// Whether Palette may change what is in it. Unless told, it only looks.
        #[serde(default)]
        manage: bool,
        /// Only say what would be done; send nothing.
        #[serde(default)]
        dry_run: bool,
    }
}

impl Tool for ImportCluster {
    const NAME: &'static str = "import_cluster";
    const TITLE: &'static str = "Import a cluster";
    const DESCRIPTION: &'static str = "Registers a Kubernetes cluster that Palette did not make in the \
        named `project`. It shows as `Importing` until the manifest that the console gives for it is applied in \
        it. The name is looked up first: one that is there is told, and never made twice. Answers with the exact \
        `changes`, what was sent, and `state`; `dry_run` sends nothing.";
    type Arguments = Arguments;
    type Output = Changed;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Changed>, Problem> {
        let project = create::place(arguments.project.as_ref())?;
        let labels = tags::parse(&arguments.tags)?;
        let mode = if arguments.manage { "" } else { "read-only" };
        let spec = json!({ "clusterConfig": { "importMode": mode, "proxy": {} } });
        let body = Body::new(&arguments.name, labels, None, spec)?;
        change::run(call, async |api| {
            let next = "apply the import manifest, which the console gives, in the cluster";
            let new = New {
                capability: Capability::ClusterImport,
                cloud: "generic".to_owned(),
                below: "/import",
                body: body.clone(),
                checked: false,
                warnings: vec![next.to_owned()],
            };
            new.make(api, &project, arguments.dry_run).await
        })
        .await
    }
}
