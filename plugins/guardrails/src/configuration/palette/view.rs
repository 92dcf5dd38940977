//! Clusters, pools, profiles and packs as rules see them, whichever of Palette's shapes they were written in.

use crate::configuration::object::{Object, Subject};
use crate::configuration::pod::join;
use crate::yaml::Node;

/// A cluster: the body that creates one, one that was read, or its cloud configuration.
#[derive(Debug)]
pub(in crate::configuration) struct Cluster<'a> {
    pub(in crate::configuration) object: &'a Object<'a>,
    pub(in crate::configuration) spec: &'a Node,
    pub(in crate::configuration) pools: Vec<Pool<'a>>,
}

/// A machine pool of a cluster.
#[derive(Debug)]
pub(in crate::configuration) struct Pool<'a> {
    object: &'a Object<'a>,
    node: &'a Node,
    path: String,
    pub(in crate::configuration) name: &'a str,
    /// How many nodes it has.
    pub(in crate::configuration) size: i64,
    /// How many it may grow to; its size, unless it scales by itself.
    pub(in crate::configuration) most: i64,
    pub(in crate::configuration) control_plane: bool,
}

/// A profile, or what a cluster says of one.
#[derive(Debug)]
pub(in crate::configuration) struct Profile<'a> {
    object: &'a Object<'a>,
    pub(in crate::configuration) node: &'a Node,
    path: String,
    pub(in crate::configuration) packs: Vec<Pack<'a>>,
    /// Whether the list of packs is all there is: of a profile, but not of a change.
    pub(in crate::configuration) whole: bool,
}

/// A pack of a profile.
#[derive(Debug)]
pub(in crate::configuration) struct Pack<'a> {
    object: &'a Object<'a>,
    node: &'a Node,
    path: String,
    pub(in crate::configuration) name: &'a str,
    /// Its values, read; none if it has none, or they are no YAML.
    pub(in crate::configuration) values: Option<Node>,
}

macro_rules! subject {
    ($type:ident, $node:ident) => {
        impl Subject for $type<'_> {
            fn node(&self) -> &Node {
                self.$node
            }

            fn path(&self) -> &str {
                &self.path
            }

            fn object(&self) -> &Object<'_> {
                self.object
            }
        }
    };
}

subject!(Pool, node);
subject!(Profile, node);
subject!(Pack, node);

impl Subject for Cluster<'_> {
    fn node(&self) -> &Node {
        self.object.node
    }

    fn path(&self) -> &str {
        &self.object.path
    }

    fn object(&self) -> &Object<'_> {
        self.object
    }
}

impl<'a> Cluster<'a> {
    /// The cluster an object is; none if it has no specification.
    pub(super) fn of(object: &'a Object<'a>) -> Option<Self> {
        let spec = object.node.get("spec")?;
        let mut pools = Vec::new();
        for key in ["machinepoolconfig", "machinePoolConfig"] {
            let list = spec.list(key);
            for (node, path) in list.iter().zip(paths(&join(&object.path, &format!("spec.{key}")), list)) {
                pools.push(Pool::new(object, node, path));
            }
        }
        Some(Self { object, spec, pools })
    }

    /// Whether it says everything of a cluster, and not only how its machines are.
    pub(in crate::configuration) fn is_whole(&self) -> bool {
        ["cloudAccountUid", "profiles", "policies", "clusterConfig"]
            .iter()
            .any(|key| self.spec.get(key).is_some())
    }

    /// A value of the cloud configuration.
    pub(in crate::configuration) fn cloud(&self, key: &str) -> Option<&'a Node> {
        self.spec.at(&["cloudConfig", key])
    }
}

impl<'a> Pool<'a> {
    fn new(object: &'a Object<'a>, node: &'a Node, path: String) -> Self {
        // Creation keeps the machine apart from the pool; what was read is flat.
        let pool = node.get("poolConfig").unwrap_or(node);
        let size = pool.get("size").and_then(Node::int).unwrap_or_default();
        let most = pool.get("maxSize").and_then(Node::int).unwrap_or_default().max(size);
        let name = pool.str("name").unwrap_or_default();
        let labelled =
            pool.list("labels").iter().any(|label| matches!(label.text(), Some("control-plane" | "master")));
        Self {
            object,
            node,
            path,
            name,
            size,
            most,
            control_plane: pool.is_true("isControlPlane") || labelled,
        }
    }

    /// A value of its machines.
    pub(in crate::configuration) fn machine(&self, key: &str) -> Option<&'a Node> {
        self.node.get("cloudConfig").unwrap_or(self.node).get(key)
    }

    /// Whether creation keeps its machine apart.
    pub(in crate::configuration) fn machine_path(&self, key: &'static str) -> Vec<&'static str> {
        if self.node.get("cloudConfig").is_some() { vec!["cloudConfig", key] } else { vec![key] }
    }

    /// The path of its size.
    pub(in crate::configuration) fn size_path(&self) -> &'static [&'static str] {
        if self.node.get("poolConfig").is_some() { &["poolConfig", "size"] } else { &["size"] }
    }
}

impl<'a> Profile<'a> {
    /// Every profile an object is or carries.
    ///
    /// `read` reads the values of a pack, given with its path.
    pub(super) fn all(
        object: &'a Object<'a>,
        read: &mut dyn FnMut(&Node, &str) -> Option<Node>,
    ) -> Vec<Self> {
        let mut found = Vec::new();
        for (path, list) in packs(object.node) {
            let (holder, key) = path.rsplit_once('.').unwrap_or(("", &path));
            let node = resolve(object.node, holder);
            let packs = list.iter().zip(paths(&join(&object.path, &path), list));
            let packs = packs.map(|(node, path)| Pack::new(object, node, path, read)).collect();
            let whole = key == "packs" && !holder.starts_with("profiles");
            found.push(Self { object, node, path: join(&object.path, holder), packs, whole });
        }
        found
    }

    /// Whether it brings the cluster itself, and not an addition to one.
    pub(in crate::configuration) fn is_base(&self) -> bool {
        let layers = self.packs.iter().any(|pack| matches!(pack.layer(), Some("os" | "k8s")));
        match self.node.str("type") {
            Some("infra" | "cluster") => true,
            Some(_) => false,
            None => layers,
        }
    }
}

impl<'a> Pack<'a> {
    fn new(
        object: &'a Object<'a>,
        node: &'a Node,
        path: String,
        read: &mut dyn FnMut(&Node, &str) -> Option<Node>,
    ) -> Self {
        let values = node.get("values").and_then(|values| read(values, &path));
        Self { object, node, path, name: node.str("name").unwrap_or_default(), values }
    }

    /// Its layer.
    pub(in crate::configuration) fn layer(&self) -> Option<&'a str> {
        self.node.str("layer")
    }

    /// Its version: a tag, or what older shapes call a version.
    pub(in crate::configuration) fn version(&self) -> Option<&'a str> {
        self.node.str("tag").or_else(|| self.node.str("version")).filter(|version| !version.is_empty())
    }

    /// The text of its values.
    pub(in crate::configuration) fn values_text(&self) -> &'a str {
        self.node.get("values").and_then(Node::text).unwrap_or_default()
    }

    /// A field of it.
    pub(in crate::configuration) fn field(&self, key: &str) -> Option<&'a str> {
        self.node.str(key)
    }

    /// Whether it brings Kubernetes.
    pub(in crate::configuration) fn is_kubernetes(&self) -> bool {
        let named = ["kubernetes", "edge-k3s", "edge-rke2", "edge-k8s", "edge-microk8s"];
        self.layer() == Some("k8s")
            || (self.layer().is_none() && named.iter().any(|name| self.name.starts_with(name)))
    }

    /// Whether the control plane is the cloud's.
    pub(in crate::configuration) fn is_managed(&self) -> bool {
        ["-eks", "-aks", "-gke"].iter().any(|cloud| self.name.contains(cloud))
    }
}

/// The lists of packs in a document, with their paths.
pub(super) fn packs(root: &Node) -> Vec<(String, &[Node])> {
    let mut found: Vec<(String, Option<&Node>)> = Vec::new();
    for part in ["template", "published", "draft"] {
        found.push((format!("spec.{part}.packs"), root.at(&["spec", part, "packs"])));
    }
    // A Kubernetes object may have a field of this name, and is no profile.
    if root.get("apiVersion").is_none() {
        found.push(("spec.packs".to_owned(), root.at(&["spec", "packs"])));
    }
    let spec = root.get("spec");
    for (path, list) in [
        ("profiles", root.list("profiles")),
        ("spec.profiles", spec.map_or(&[][..], |spec| spec.list("profiles"))),
        ("spec.clusterProfileTemplates", spec.map_or(&[][..], |spec| spec.list("clusterProfileTemplates"))),
    ] {
        for (index, profile) in list.iter().enumerate() {
            for key in ["packValues", "packs"] {
                found.push((format!("{path}[{index}].{key}"), profile.get(key)));
            }
        }
    }
    let full = found.into_iter().filter_map(|(path, list)| Some((path, list?.items())));
    full.filter(|(_, items)| !items.is_empty()).collect()
}

/// The paths of a list's items, by their names where they have them.
pub(super) fn paths(list: &str, items: &[Node]) -> Vec<String> {
    let name = |item: &Node| {
        item.str("name").or_else(|| item.at(&["poolConfig", "name"])?.scalar()).map(str::to_owned)
    };
    (0_usize..)
        .zip(items)
        .map(|(index, item)| {
            name(item).map_or_else(|| format!("{list}[{index}]"), |name| format!("{list}[name={name}]"))
        })
        .collect()
}

/// The value at a path of keys and indices, as [`packs`] makes them.
fn resolve<'n>(root: &'n Node, path: &str) -> &'n Node {
    path.split('.').filter(|step| !step.is_empty()).fold(root, |node, step| {
        let (key, index) =
            step.split_once('[').map_or((step, None), |(key, rest)| (key, rest.strip_suffix(']')));
        let value = node.get(key).unwrap_or(node);
        match index.and_then(|index| index.parse::<usize>().ok()) {
            Some(index) => value.items().get(index).unwrap_or(value),
            None => value,
        }
    })
}
