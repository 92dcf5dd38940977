//! Names that other clients know the tools by, and the arguments and answers that they expect.
//!
//! One table. An alias whose tool there is not (yet) is not described. Its input schema is the tool's with the
//! other names added, none of them required: the resolver renames them ([`Alias::rename`]) before anybody decides
//! on the call, so that the host sees its own argument names and binds requests to them.

use serde_json::{Map, Value, json};

use crate::tool::{Description, Outcome, Problem};

/// One other name.
#[derive(Debug, Clone, Copy)]
pub struct Alias {
    /// It.
    pub name: &'static str,
    /// The tool's own name.
    pub tool: &'static str,
    /// Arguments by their other names, and what the tool calls them.
    pub arguments: &'static [(&'static str, &'static str)],
    /// Arguments that the alias stands for: left out by the caller, added by us.
    pub fixed: &'static [(&'static str, &'static str)],
    /// Parts of the answer: where each goes, and where it is in the tool's.
    pub answer: &'static [(&'static str, Part)],
}

/// Where a part of an alias's answer is in the tool's.
#[derive(Debug, Clone, Copy)]
pub enum Part {
    /// At that JSON Pointer.
    At(&'static str),
    /// A constant text.
    Text(&'static str),
    /// An object of those members, by JSON Pointers.
    Object(&'static [(&'static str, &'static str)]),
    /// Each item of the array at that JSON Pointer, as an object of those members.
    Each(&'static str, &'static [(&'static str, &'static str)]),
}

use Part::{At, Each, Object, Text};

const LIST: &[(&str, &str)] = &[("instanceName", "instance"), ("projectUid", "project")];
const CLUSTER: &[(&str, &str)] = &[
    ("clusterName", "cluster_uid"),
    ("clusterUid", "cluster_uid"),
    ("projectUid", "project"),
    ("instanceName", "instance"),
];
const VIRTUAL: &[(&str, &str)] =
    &[("virtualClusterUid", "cluster_uid"), ("projectUid", "project"), ("instanceName", "instance")];
const PROFILE: &[(&str, &str)] = &[
    ("profileName", "profile_uid"),
    ("profileUid", "profile_uid"),
    ("projectUid", "project"),
    ("instanceName", "instance"),
];
const GROUP: &[(&str, &str)] =
    &[("clusterGroupUid", "cluster_group_uid"), ("projectUid", "project"), ("instanceName", "instance")];
const MANIFEST: &[(&str, &str)] = &[
    ("clusterName", "cluster_uid"),
    ("clusterUid", "cluster_uid"),
    ("manifestUid", "manifest_uid"),
    ("projectUid", "project"),
    ("instanceName", "instance"),
];

const HEALTH: &[(&str, Part)] = &[
    ("cluster", Object(&[("name", "/metadata/name"), ("uid", "/metadata/uid"), ("state", "/status/state")])),
    ("health", Object(&[("overallStatus", "/status/health"), ("conditions", "/status/conditions")])),
];
const KUBECONFIG: &[(&str, Part)] =
    &[("cluster", At("/cluster")), ("kubeconfig", At("/kubeconfig")), ("accessType", Text("client-oidc"))];
const PACKS: &[(&str, Part)] = &[
    (
        "profile",
        Object(&[
            ("name", "/metadata/name"),
            ("uid", "/metadata/uid"),
            ("type", "/spec/type"),
            ("cloudType", "/spec/cloud_type"),
        ]),
    ),
    ("packs", Each("/packs", &[("name", "/name"), ("version", "/version"), ("layer", "/layer")])),
];
const USERS: &[(&str, Part)] = &[
    ("profile", At("/profile")),
    (
        "clusters",
        Each(
            "/clusters",
            &[("name", "/name"), ("uid", "/uid"), ("state", "/state"), ("projectId", "/project_uid")],
        ),
    ),
];
const PROFILES: &[(&str, Part)] = &[(
    "profiles",
    Each("/items", &[("uid", "/uid"), ("name", "/name"), ("cloudType", "/cloud_type"), ("type", "/type")]),
)];

/// All of them.
pub const ALL: &[Alias] = &[
    Alias {
        name: "get_spectrocloud_health_for_cluster",
        tool: "get_cluster_details",
        arguments: CLUSTER,
        fixed: &[],
        answer: HEALTH,
    },
    Alias {
        name: "get_spectrocloud_kubeconfig_for_cluster",
        tool: "get_kubeconfig",
        arguments: CLUSTER,
        fixed: &[],
        answer: KUBECONFIG,
    },
    Alias {
        name: "get_spectrocloud_pack_details_for_profile",
        tool: "get_profile_details",
        arguments: PROFILE,
        fixed: &[],
        answer: PACKS,
    },
    Alias {
        name: "find_spectrocloud_clusters_for_profile",
        tool: "find_clusters_for_profile",
        arguments: PROFILE,
        fixed: &[],
        answer: USERS,
    },
    Alias {
        name: "list_spectrocloud_clusters",
        tool: "list_clusters",
        arguments: LIST,
        fixed: &[],
        answer: &[(
            "clusters",
            Each(
                "/items",
                &[("uid", "/uid"), ("name", "/name"), ("state", "/status"), ("cloudType", "/cloud_type")],
            ),
        )],
    },
    Alias {
        name: "list_spectrocloud_virtual_clusters",
        tool: "list_clusters",
        arguments: LIST,
        fixed: &[("cloud", "nested")],
        answer: &[(
            "virtualClusters",
            Each("/items", &[("uid", "/uid"), ("name", "/name"), ("state", "/status")]),
        )],
    },
    Alias {
        name: "list_spectrocloud_projects",
        tool: "list_projects",
        arguments: &[("instanceName", "instance")],
        fixed: &[],
        answer: &[("projects", Each("/items", &[("uid", "/uid"), ("name", "/name")]))],
    },
    Alias {
        name: "list_spectrocloud_cluster_groups",
        tool: "list_cluster_groups",
        arguments: LIST,
        fixed: &[],
        answer: &[("clusterGroups", At("/items"))],
    },
    Alias {
        name: "search_spectrocloud_profiles_by_names",
        tool: "list_cluster_profiles",
        arguments: LIST,
        fixed: &[],
        answer: PROFILES,
    },
    Alias {
        name: "get_spectrocloud_profile_variables",
        tool: "get_profile_variables",
        arguments: PROFILE,
        fixed: &[],
        answer: &[("profileUid", At("/profile_uid")), ("variables", At("/variables"))],
    },
    Alias {
        name: "list_spectrocloud_profiles_for_project",
        tool: "list_cluster_profiles",
        arguments: &[
            ("projectUid", "project"),
            ("cloudType", "cloud_type"),
            ("profileType", "profile_type"),
            ("instanceName", "instance"),
        ],
        fixed: &[],
        answer: PROFILES,
    },
    Alias {
        name: "get_spectrocloud_pack_manifest_for_cluster",
        tool: "get_pack_manifest",
        arguments: MANIFEST,
        fixed: &[],
        answer: &[
            ("clusterUid", At("/cluster_uid")),
            ("manifestUid", At("/manifest_uid")),
            ("manifest", At("/manifest")),
        ],
    },
    Alias {
        name: "get_spectrocloud_cluster_profiles",
        tool: "get_cluster_profiles",
        arguments: CLUSTER,
        fixed: &[],
        answer: &[("clusterUid", At("/cluster_uid")), ("profiles", At("/profiles"))],
    },
    Alias {
        name: "get_spectrocloud_virtual_cluster_details",
        tool: "get_cluster_details",
        arguments: VIRTUAL,
        fixed: &[],
        answer: &[(
            "cluster",
            Object(&[("name", "/metadata/name"), ("uid", "/metadata/uid"), ("state", "/status/state")]),
        )],
    },
    Alias {
        name: "get_spectrocloud_kubeconfig_for_virtual_cluster",
        tool: "get_kubeconfig",
        arguments: VIRTUAL,
        fixed: &[],
        answer: KUBECONFIG,
    },
    Alias {
        name: "get_spectrocloud_cluster_group",
        tool: "get_cluster_group",
        arguments: GROUP,
        fixed: &[],
        answer: &[("clusterGroup", At("/cluster_group"))],
    },
    Alias {
        name: "list_spectrocloud_cloud_accounts",
        tool: "list_cloud_accounts",
        arguments: &[("cloudType", "cloud_type"), ("projectUid", "project"), ("instanceName", "instance")],
        fixed: &[],
        answer: &[("accounts", Each("/items", &[("uid", "/uid"), ("name", "/name")]))],
    },
    Alias {
        name: "spectrocloud_get_cluster_health",
        tool: "get_cluster_details",
        arguments: CLUSTER,
        fixed: &[],
        answer: HEALTH,
    },
    Alias {
        name: "spectrocloud_get_kubeconfig",
        tool: "get_kubeconfig",
        arguments: CLUSTER,
        fixed: &[],
        answer: KUBECONFIG,
    },
    Alias {
        name: "spectrocloud_get_profile_packs",
        tool: "get_profile_details",
        arguments: PROFILE,
        fixed: &[],
        answer: PACKS,
    },
    Alias {
        name: "spectrocloud_search_profiles_by_cluster",
        tool: "find_clusters_for_profile",
        arguments: PROFILE,
        fixed: &[],
        answer: USERS,
    },
];

/// The alias of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Alias> {
    ALL.iter().find(|alias| alias.name == name)
}

impl Alias {
    /// Describes it, given the tools; `None` where its tool is not among them.
    #[must_use]
    pub fn describe(&self, own: &[Description]) -> Option<Description> {
        let tool = own.iter().find(|tool| tool.name == self.tool)?;
        let answer: Value = serde_json::from_str(&tool.output_schema).ok()?;
        let parts = self.answer.iter();
        let members = parts.map(|(name, part)| ((*name).to_owned(), part.schema(&answer)));
        let mut schema: Value = serde_json::from_str(&tool.input_schema).ok()?;
        let schema = schema.as_object_mut()?;
        schema.remove("required");
        let properties = schema.entry("properties").or_insert_with(|| json!({})).as_object_mut()?;
        for (name, to) in self.arguments {
            let mut property = properties.get(*to)?.clone();
            let note = format!("The same as `{to}`.");
            property.as_object_mut()?.insert("description".to_owned(), note.into());
            properties.insert((*name).to_owned(), property);
        }
        Some(Description {
            name: self.name,
            title: tool.title,
            description: format!("{} The same as `{}`, by another name.", tool.description, self.tool),
            input_schema: Value::Object(schema.clone()).to_string(),
            output_schema: shape(members.collect()).to_string(),
            meta: None,
        })
    }

    /// Renames arguments to the tool's own, and adds those that the alias stands for.
    ///
    /// # Errors
    /// When one is given by both names, with different values.
    pub fn rename(&self, arguments: &mut Map<String, Value>) -> Result<(), Problem> {
        for (name, to) in self.arguments {
            let Some(value) = arguments.remove(*name) else { continue };
            let before = arguments.insert((*to).to_owned(), value);
            if before.is_some_and(|before| arguments.get(*to) != Some(&before)) {
                return Err(Problem::invalid(
                    &format!("/{name}"),
                    format!("contradicts another name of `{to}`"),
                ));
            }
        }
        for (name, value) in self.fixed {
            arguments.insert((*name).to_owned(), (*value).into());
        }
        Ok(())
    }

    /// The tool's arguments as JSON text. Those that were resolved are renamed already.
    ///
    /// # Errors
    /// When they are no JSON object; and as [`Self::rename`].
    pub fn resolved(&self, arguments: &str) -> Result<String, Problem> {
        let mut arguments: Map<String, Value> = crate::tool::parse(arguments)?;
        self.rename(&mut arguments)?;
        Ok(Value::Object(arguments).to_string())
    }

    /// The answer as the alias's clients expect it.
    ///
    /// # Errors
    /// When the tool's answer is no JSON, which is our own fault.
    pub fn answer(&self, outcome: Outcome) -> Result<Outcome, Problem> {
        let whole: Value = serde_json::from_str(&outcome.structured)
            .map_err(|error| Problem::Internal(error.to_string()))?;
        let parts =
            self.answer.iter().filter_map(|(name, from)| Some(((*name).to_owned(), from.of(&whole)?)));
        let answer: Map<String, Value> = parts.collect();
        Ok(Outcome { structured: Value::Object(answer).to_string(), ..outcome })
    }
}

impl Part {
    /// The schema of what it gives, out of the tool's own.
    fn schema(self, whole: &Value) -> Value {
        let members = |of: &Value, members: &[(&str, &str)]| {
            let member = |(name, pointer): &(&str, &str)| ((*name).to_owned(), part(of, pointer));
            shape(members.iter().map(member).collect())
        };
        match self {
            At(pointer) => part(whole, pointer),
            Text(_) => json!({ "type": "string" }),
            Object(of) => members(whole, of),
            Each(pointer, of) => {
                let list = part(whole, pointer);
                let item = list.get("items").cloned().unwrap_or_else(|| json!({}));
                json!({ "type": "array", "items": members(&item, of) })
            }
        }
    }

    fn of(self, whole: &Value) -> Option<Value> {
        match self {
            At(pointer) => whole.pointer(pointer).cloned(),
            Text(text) => Some(text.into()),
            Object(members) => Some(object(whole, members)),
            Each(pointer, members) => {
                let items = whole.pointer(pointer)?.as_array()?;
                Some(items.iter().map(|item| object(item, members)).collect())
            }
        }
    }
}

/// The schema of an object of which any member may be absent.
fn shape(members: Map<String, Value>) -> Value {
    json!({ "type": "object", "properties": members })
}

/// The schema of what a JSON Pointer reaches; anything where the schema does not say.
fn part(schema: &Value, pointer: &str) -> Value {
    let step = |at: Option<&Value>, name: &str| at?.get("properties")?.get(name).cloned();
    let mut names = pointer.split('/').skip(1);
    let found = names.try_fold(schema.clone(), |at, name| step(Some(&at), name));
    found.unwrap_or_else(|| json!({}))
}

fn object(value: &Value, members: &[(&str, &str)]) -> Value {
    let member = |(name, pointer): &(&str, &str)| Some(((*name).to_owned(), value.pointer(pointer)?.clone()));
    Value::Object(members.iter().filter_map(member).collect())
}
