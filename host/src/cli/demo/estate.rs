//! What the demo is in front of: simulated servers on loopback, and what a configuration says of them.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use postern_upstreams::backstage::{self, Backstage, spectro};
use postern_upstreams::kubernetes::{self, Fleet};
use postern_upstreams::palette::{self, Palette, Role};
use postern_upstreams::scaleops::{self, ScaleOps};

use crate::cli::Failure;

/// The account that the cost server knows.
const ACCOUNT: (&str, &str) = ("svc-postern", "correct horse");

/// What the catalog takes for a token.
const CATALOG_TOKEN: &str = "backstage-demo-token";

/// The cluster that is in the catalog too, and its project.
const CATALOGUED: (&str, &str) = ("Payments", "payments-prod");

/// A small company's servers.
pub(super) struct Estate {
    fleet: Fleet,
    palette: Palette,
    costs: ScaleOps,
    catalog: Backstage,
}

impl Estate {
    /// Starts all of them.
    pub(super) async fn start() -> Result<Self, Failure> {
        let fleet = Fleet::start(kubernetes::Seed::demo()).await?;
        let palette = Palette::start(palette::Seed::demo()).await?;
        let costs = ScaleOps::start(scaleops::Seed::demo()).await?;
        let catalog = Backstage::start(backstage::Seed::demo()).await?;
        let (project, cluster) = CATALOGUED;
        let uid = palette.find("prod").and_then(|instance| instance.cluster(cluster));
        if let Some(uid) = uid {
            catalog.put(spectro::cluster("prod", project, cluster, &uid));
        }
        Ok(Self { fleet, palette, costs, catalog })
    }

    /// The names of its clusters, as a kubeconfig has them.
    pub(super) fn clusters(&self) -> Vec<&str> {
        self.fleet.clusters().iter().map(kubernetes::Cluster::name).collect()
    }

    /// Writes a kubeconfig, authorities and secrets to `folder`, and gives what a configuration says of them.
    pub(super) fn configuration(&self, folder: &Path) -> Result<String, Failure> {
        let kubeconfig = folder.join("kubeconfig");
        self.fleet.kubeconfig(&kubeconfig)?;
        let mut text = format!(
            r#"
            [[plugin]]
            name = "kubernetes"
            [[plugin.grant]]
            effects = ["read"]
            targets = ["*"]
            [plugin.upstream.cluster]
            kubeconfig = {kubeconfig:?}
            private_networks = true

            [[plugin]]
            name = "palette"
            [[plugin.grant]]
            effects = ["read"]
            targets = ["*"]
            [plugin.upstream.instance]
            private_networks = true
            "#
        );
        for instance in self.palette.instances() {
            let (name, url) = (instance.name(), instance.url());
            let ca = file(folder, &format!("palette-{name}.pem"), &instance.ca_pem())?;
            let key = secret(folder, &format!("palette-{name}.key"), instance.key(Role::TenantViewer))?;
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                r#"
                [[plugin.upstream.instance.target]]
                name = {name:?}
                base_url = {url:?}
                ca = {ca:?}
                api_key = {key:?}
                "#
            );
        }
        let (user, password) = ACCOUNT;
        let password = secret(folder, "scaleops.password", password)?;
        let (url, ca) = (self.costs.url(), file(folder, "scaleops.pem", &self.costs.ca_pem())?);
        let _ = write!(
            text,
            r#"
            [[plugin]]
            name = "scaleops"
            [[plugin.grant]]
            effects = ["read"]
            targets = ["*"]
            [[plugin.grant]]
            capabilities = ["login"]
            targets = ["*"]
            [plugin.upstream.cost]
            private_networks = true
            [[plugin.upstream.cost.target]]
            name = "company"
            base_url = {url:?}
            ca = {ca:?}
            credential.login = {{ username = {user:?}, password = {password:?} }}
            "#
        );
        let token = secret(folder, "backstage.token", CATALOG_TOKEN)?;
        let (url, ca) = (self.catalog.url(), file(folder, "backstage.pem", &self.catalog.ca_pem())?);
        let _ = write!(
            text,
            r#"
            [[plugin]]
            name = "backstage"
            [[plugin.grant]]
            effects = ["read"]
            targets = ["*"]
            [plugin.upstream.catalog]
            private_networks = true
            [[plugin.upstream.catalog.target]]
            name = "company"
            base_url = {url:?}
            ca = {ca:?}
            credential.bearer = {token:?}
            "#
        );
        Ok(text)
    }
}

fn file(folder: &Path, name: &str, text: &str) -> io::Result<String> {
    let path = folder.join(name);
    fs::write(&path, text)?;
    Ok(path.display().to_string())
}

/// A reference to a secret, in a folder that is its owner's alone.
fn secret(folder: &Path, name: &str, value: &str) -> io::Result<String> {
    Ok(format!("file:{}", file(folder, name, value)?))
}
