//! Registries and the packs in them.

use serde_json::json;

use super::seeded;
use super::tenant::thing;
use crate::palette::value::{HOUR, ago};
use crate::palette::world::{Pack, World};

/// Name, layer, kind, kind of add-on, cloud, versions with the newest last.
type Line = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static [&'static str]);

const PACKS: &[Line] = &[
    ("ubuntu", "os", "spectro", "", "all", &["20.04", "22.04", "24.04"]),
    ("kubernetes", "k8s", "spectro", "", "all", &["1.31.9", "1.32.6", "1.33.3"]),
    ("kubernetes-eks", "k8s", "spectro", "", "eks", &["1.31", "1.32", "1.33"]),
    ("kubernetes-aks", "k8s", "spectro", "", "aks", &["1.32", "1.33"]),
    ("kubernetes-gke", "k8s", "spectro", "", "gke", &["1.32", "1.33"]),
    ("edge-k3s", "k8s", "spectro", "", "edge-native", &["1.31.9", "1.32.6"]),
    ("cni-calico", "cni", "spectro", "", "all", &["3.28.4", "3.29.4", "3.30.2"]),
    ("csi-longhorn", "csi", "spectro", "", "all", &["1.8.1", "1.9.1"]),
    ("csi-aws-ebs", "csi", "spectro", "", "aws", &["1.43.0", "1.46.0"]),
    ("nginx", "addon", "helm", "ingress", "all", &["1.11.1", "1.12.4", "1.13.1"]),
    ("prometheus-operator", "addon", "spectro", "monitoring", "all", &["68.4.3", "70.4.1", "75.9.0"]),
    ("spectro-proxy", "addon", "spectro", "authentication", "all", &["1.4.0", "1.5.5"]),
    ("argo-cd", "addon", "helm", "ci/cd", "all", &["7.8.2", "8.1.2"]),
    ("vault", "addon", "helm", "security", "all", &["0.28.1", "0.30.0"]),
    ("hello-universe", "addon", "manifest", "app services", "all", &["1.2.0", "1.3.1"]),
    ("k8s-dashboard", "addon", "spectro", "monitoring", "all", &["2.7.0"]),
];

pub(super) fn add(world: &mut World) {
    let registry = |name: &str, kind: &str, endpoint: &str, state: &str| {
        let message = if state == "Failed" { "dial tcp: i/o timeout" } else { "" };
        let status = json!({"sync": {"status": state, "message": message, "lastSyncedTime": ago(HOUR), "isSyncSupported": true}});
        let spec = json!({"endpoint": endpoint, "kind": kind, "scope": if name == "community" { "tenant" } else { "system" },
            "isDefault": name == "public", "isPrivate": name == "corporate",
            "auth": {"type": "basic", "username": "svc", "password": (["fake", "registry", "password"].join("-"))}});
        thing(world, "registry", name, None, spec, status)
    };
    world.registries = vec![
        registry("public", "pack", "https://registry.example.test", "Success"),
        registry("community", "helm", "https://charts.example.test", "Success"),
        registry("corporate", "oci", "https://oci.example.test", "Failed"),
    ];
    world.packs = PACKS
        .iter()
        .map(|(name, layer, kind, addon_type, cloud, versions)| Pack {
            name: (*name).to_owned(),
            title: title(name),
            layer: (*layer).to_owned(),
            kind: (*kind).to_owned(),
            addon_type: (*addon_type).to_owned(),
            registry: seeded(world, "registry", if *kind == "helm" { "community" } else { "public" }),
            clouds: vec![(*cloud).to_owned()],
            versions: versions
                .iter()
                .map(|version| ((*version).to_owned(), seeded(world, "pack", &format!("{name}@{version}"))))
                .collect(),
            values: values(name, layer),
            is_deprecated: *name == "k8s-dashboard",
        })
        .collect();
}

fn title(name: &str) -> String {
    name.split('-')
        .map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|it| it.to_ascii_uppercase()).into_iter();
            first.chain(letters).collect::<String>()
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// A pack's values. Those of `vault` and `prometheus-operator` hold what looks like a password and is none.
pub(super) fn values(name: &str, layer: &str) -> String {
    let password = ["fake", "admin", "password"].join("-");
    match (name, layer) {
        ("prometheus-operator", _) => format!(
            "pack:\n  namespace: monitoring\ncharts:\n  kube-prometheus-stack:\n    grafana:\n      adminPassword: {password}\n    retention: 15d\n"
        ),
        ("vault", _) => format!("pack:\n  namespace: vault\ncharts:\n  vault:\n    token: {password}\n    replicas: 3\n"),
        ("nginx", _) => "pack:\n  namespace: ingress\ncharts:\n  ingress-nginx:\n    controller:\n      replicaCount: 2\n      region: \"{{.spectro.var.region}}\"\n".to_owned(),
        (_, "k8s") => "pack:\n  k8sHardening: true\n  podCIDR: 192.168.0.0/16\nkubeadmconfig:\n  apiServer:\n    extraArgs:\n      oidc-issuer-url: https://login.example.test\nclientConfig:\n  oidc-issuer-url: https://login.example.test\n  oidc-client-id: kubelogin\n".to_owned(),
        (_, "os") => "kubeadmconfig:\n  preKubeadmCommands: []\n".to_owned(),
        _ => format!("pack:\n  namespace: {name}\ncharts:\n  {name}:\n    enabled: true\n"),
    }
}
