//! Two clusters side by side: each as named facts, so that comparing is one walk over names.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::canonical::Document;
use crate::model::attached::AttachedProfile;
use crate::model::cluster::Summary;

/// How much a difference matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Significance {
    /// The clusters do not run the same.
    High,
    /// They may behave differently.
    Medium,
    /// It makes no difference to what runs.
    Low,
}

/// How something differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Kind {
    /// Both have it, and not the same.
    Changed,
    /// Only the first has it.
    OnlyIn1,
    /// Only the second has it.
    OnlyIn2,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Difference {
    /// What: `kubernetes_version`, `profile/base`, `values/base/nginx/replicas`.
    pub field: String,
    /// Of the first; absent where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_1: Option<String>,
    /// Of the second; absent where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_2: Option<String>,
    /// How much it matters.
    pub significance: Significance,
    /// How they differ.
    pub r#type: Kind,
}

/// A cluster as facts, and the values of its packs.
#[derive(Debug, Clone, Default)]
pub struct View {
    facts: BTreeMap<String, (String, Significance)>,
    values: BTreeMap<String, Document>,
}

/// How two clusters differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    /// The most significant first.
    pub differences: Vec<Difference>,
    /// Values that could not be compared, because one side is masked.
    pub masked: usize,
}

impl View {
    /// What is compared of a cluster. Without `attached` the values of packs are not.
    #[must_use]
    pub fn of(summary: &Summary, attached: Option<&[AttachedProfile]>) -> Self {
        use Significance::{High, Low, Medium};
        let mut view = Self::default();
        let spec = &summary.spec;
        let kubernetes = Some(summary.status.kube_meta.kubernetes_version.as_str())
            .filter(|version| !version.is_empty())
            .or_else(|| spec.kubernetes_version());
        view.fact("cloud_type", &spec.cloud_config.cloud_type, High);
        view.fact("kubernetes_version", kubernetes.unwrap_or_default(), High);
        view.fact("state", &summary.status.state, Medium);
        view.fact("health", &summary.status.health.state, Medium);
        view.fact("agent_version", &summary.status.health.agent_version, Low);
        view.fact("cloud_account", &spec.account().name, Low);
        view.fact("architectures", &spec.arch_types.join(","), Medium);
        for plane in [true, false] {
            let pools = spec.cloud_config.machine_pools.iter().filter(|pool| pool.is_control_plane == plane);
            let nodes = pools.map(|pool| pool.size).fold(0, u32::saturating_add);
            let name = if plane { "control_plane_nodes" } else { "worker_nodes" };
            view.fact(name, &nodes.to_string(), Medium);
        }
        for tag in summary.metadata.tags() {
            view.fact(&format!("tag/{tag}"), "set", Low);
        }
        for profile in &spec.cluster_profile_templates {
            view.fact(&format!("profile/{}", profile.name), profile.version(), High);
            for pack in &profile.packs {
                view.fact(&format!("pack/{}/{}", profile.name, pack.name), pack.version(), High);
            }
        }
        for profile in attached.unwrap_or_default() {
            let name = &profile.metadata.name;
            view.fact(&format!("profile/{name}"), &profile.spec.version, High);
            for pack in &profile.spec.packs {
                view.fact(&format!("pack/{name}/{}", pack.name()), &pack.spec.version, High);
                let document = Document::read(&pack.spec.values);
                view.values.insert(format!("values/{name}/{}", pack.name()), document);
            }
        }
        view
    }

    fn fact(&mut self, name: &str, value: &str, significance: Significance) {
        if !value.is_empty() {
            self.facts.insert(name.to_owned(), (value.to_owned(), significance));
        }
    }

    /// How another one differs. Values are compared of packs that both have.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Compared {
        let mut compared = Compared::default();
        let names: BTreeSet<&String> = self.facts.keys().chain(other.facts.keys()).collect();
        for name in names {
            let (one, two) = (self.facts.get(name), other.facts.get(name));
            let text = |side: Option<&(String, Significance)>| side.map(|(value, _)| value.clone());
            let (cluster_1, cluster_2) = (text(one), text(two));
            if cluster_1 == cluster_2 {
                continue;
            }
            let significance = one.or(two).map_or(Significance::Low, |(_, significance)| *significance);
            compared.differences.push(difference(name.clone(), cluster_1, cluster_2, significance));
        }
        for (name, one) in &self.values {
            let Some(two) = other.values.get(name) else { continue };
            let of = one.compare(two);
            compared.masked += of.masked;
            compared.differences.extend(of.differences.into_iter().map(|each| {
                difference(format!("{name}/{}", each.path), each.one, each.other, Significance::Medium)
            }));
        }
        compared.differences.sort_by_key(|difference| difference.significance);
        compared
    }
}

fn difference(
    field: String,
    cluster_1: Option<String>,
    cluster_2: Option<String>,
    significance: Significance,
) -> Difference {
    let kind = match (&cluster_1, &cluster_2) {
        (Some(_), None) => Kind::OnlyIn1,
        (None, Some(_)) => Kind::OnlyIn2,
        (Some(_), Some(_)) | (None, None) => Kind::Changed,
    };
    Difference { field, cluster_1, cluster_2, significance, r#type: kind }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn view(summary: Value, attached: Value) -> View {
        let attached: crate::model::attached::Attached = serde_json::from_value(attached).unwrap();
        View::of(&serde_json::from_value(summary).unwrap(), Some(&attached.profiles))
    }

    fn profile(version: &str, values: &str) -> Value {
        json!({"profiles": [{"metadata": {"name": "base"}, "spec": {"version": version, "packs": [
            {"metadata": {"name": "nginx"}, "spec": {"version": "1.0", "values": values}}]}}]})
    }

    #[test]
    fn the_same_differ_in_nothing_and_nothing_is_nothing() {
        let odd = json!({"spec": null, "status": {"health": null}, "metadata": null});
        assert_eq!(
            view(odd.clone(), json!({"profiles": null})).compare(&view(odd, json!({}))),
            Compared::default()
        );
        let one = view(json!({}), profile("1", "a: 1\nb: 2"));
        assert_eq!(one.compare(&view(json!({}), profile("1", "b: 2\na: 1"))), Compared::default());
    }

    #[test]
    fn the_most_significant_comes_first() {
        let one = view(
            json!({"metadata": {"labels": {"team": "a"}}, "status": {"state": "Running"}}),
            profile("1.0", "a: 1"),
        );
        let two = view(json!({"status": {"state": "Error"}}), profile("2.0", "a: 2"));
        let compared = one.compare(&two);
        let fields: Vec<&str> = compared.differences.iter().map(|each| each.field.as_str()).collect();
        assert_eq!(fields, ["profile/base", "state", "values/base/nginx/a", "tag/team:a"]);
        assert_eq!(compared.differences[3].r#type, Kind::OnlyIn1);
        assert_eq!(two.compare(&one).differences[3].r#type, Kind::OnlyIn2);
    }

    #[test]
    fn values_of_packs_that_one_lacks_and_masked_ones_are_no_difference() {
        let none =
            view(json!({}), json!({"profiles": [{"metadata": {"name": "base"}, "spec": {"version": "1"}}]}));
        let compared = none.compare(&view(json!({}), profile("1", "a: 1")));
        assert_eq!(compared.differences.len(), 1);
        let hidden = view(json!({}), profile("1", "token: '******'"));
        let compared = hidden.compare(&view(json!({}), profile("1", "token: hunter2")));
        assert_eq!((compared.differences.len(), compared.masked), (0, 1));
    }
}
