//! How well a profile fits what somebody wants to run, and why: points that can be read back.

use std::collections::BTreeSet;

use crate::model::profile::ProfileSummary;

/// What somebody wants to run.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Words of the description, in small letters.
    pub words: BTreeSet<String>,
    /// Cloud type.
    pub cloud: String,
    /// Whether it needs GPUs.
    pub gpu: bool,
    /// Regimes it has to follow, in small letters.
    pub compliance: Vec<String>,
}

/// How well one profile fits.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fit {
    /// From 0 to 100.
    pub points: u32,
    /// What speaks for it.
    pub reasons: Vec<String>,
    /// What speaks against it.
    pub trade_offs: Vec<String>,
}

/// Packs that stand for GPUs.
const GPU: [&str; 3] = ["gpu", "nvidia", "cuda"];

/// Packs that stand for watching over rules.
const POLICY: [&str; 6] = ["gatekeeper", "kyverno", "falco", "fips", "cis", "trivy"];

/// Words of a description that say nothing of it.
const EMPTY: [&str; 12] = [
    "with",
    "that",
    "this",
    "from",
    "into",
    "need",
    "needs",
    "cluster",
    "workload",
    "application",
    "have",
    "want",
];

/// The words of a text that may say something: four letters or more, or of a known short kind.
#[must_use]
pub fn words(text: &str) -> BTreeSet<String> {
    let short = ["ai", "ml", "gpu", "web", "sql", "ci", "iot"];
    text.split(|character: char| !character.is_alphanumeric())
        .map(str::to_lowercase)
        .filter(|word| {
            (word.chars().count() >= 4 && !EMPTY.contains(&word.as_str())) || short.contains(&word.as_str())
        })
        .collect()
}

/// Whether a profile can be used at all for that cloud.
#[must_use]
pub fn is_usable(profile: &ProfileSummary, cloud: &str) -> bool {
    let body = profile.spec_summary.body();
    ["", "all", cloud].contains(&body.cloud_type.as_str()) && body.r#type != "system"
}

/// How well a profile fits.
#[must_use]
pub fn fit(profile: &ProfileSummary, wanted: &Wanted) -> Fit {
    let mut fit = Fit::default();
    let body = profile.spec_summary.body();
    let packs: Vec<String> = body.packs.iter().map(|pack| pack.name.to_lowercase()).collect();
    let mut add = |points: u32, reason: String| {
        fit.points += points;
        fit.reasons.push(reason);
    };
    if body.cloud_type == wanted.cloud {
        add(25, format!("it is made for {}", wanted.cloud));
    } else {
        add(10, "it fits every cloud".to_owned());
    }
    if matches!(body.r#type.as_str(), "cluster" | "infra") {
        add(15, format!("as a profile of type {} it makes a whole cluster", body.r#type));
    }
    let text = format!("{} {}", profile.metadata.name, profile.metadata.tags().join(" "));
    let known: BTreeSet<String> =
        words(&text).into_iter().chain(packs.iter().flat_map(|pack| words(pack))).collect();
    let hits: Vec<&str> = wanted.words.intersection(&known).map(String::as_str).collect();
    if !hits.is_empty() {
        let points = u32::try_from(hits.len()).unwrap_or(3).min(3) * 10;
        add(points, format!("its name, tags or packs speak of {}", hits.join(", ")));
    }
    let users = profile.status.in_use_clusters.len();
    if users > 0 {
        add(10, format!("{users} clusters use it"));
    }
    let has = |kinds: &[&str]| packs.iter().any(|pack| kinds.iter().any(|kind| pack.contains(kind)));
    if wanted.gpu && has(&GPU) {
        add(15, "it has a pack for GPUs".to_owned());
    }
    if !wanted.compliance.is_empty() && has(&POLICY) {
        add(10, "it has a pack that watches over rules".to_owned());
    }
    if wanted.gpu && !has(&GPU) {
        fit.trade_offs.push("no pack for GPUs: add one".to_owned());
    }
    if !wanted.compliance.is_empty() && !has(&POLICY) {
        fit.trade_offs.push(format!("no pack that watches over {}", wanted.compliance.join(", ")));
    }
    if body.r#type == "add-on" {
        fit.trade_offs.push("an add-on: it needs an infra profile beneath".to_owned());
    }
    if !profile.status.is_published {
        fit.points = fit.points.saturating_sub(20);
        fit.trade_offs.push("a draft: publish it first".to_owned());
    }
    if packs.is_empty() {
        fit.trade_offs.push("its packs are not told: look at it before using it".to_owned());
    }
    fit.points = fit.points.min(100);
    fit
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn profile(body: Value, published: bool) -> ProfileSummary {
        serde_json::from_value(json!({"metadata": {"name": "nginx-web", "labels": null},
            "specSummary": {"published": body}, "status": {"isPublished": published, "inUseClusters": null}}))
        .unwrap()
    }

    fn wanted() -> Wanted {
        Wanted { words: words("A web shop with NGINX"), cloud: "aws".to_owned(), ..Wanted::default() }
    }

    #[test]
    fn what_fits_better_has_more_points_and_says_why() {
        let full = fit(
            &profile(json!({"type": "cluster", "cloudType": "aws", "packs": [{"name": "nginx"}]}), true),
            &wanted(),
        );
        let addon = fit(
            &profile(json!({"type": "add-on", "cloudType": "all", "packs": [{"name": "nginx"}]}), true),
            &wanted(),
        );
        assert!(full.points > addon.points, "{full:?} {addon:?}");
        assert_eq!(full.reasons.len(), 3);
        assert!(addon.trade_offs[0].contains("infra"));
    }

    #[test]
    fn what_is_missing_is_a_trade_off() {
        let wanted = Wanted { gpu: true, compliance: vec!["pci".to_owned()], ..wanted() };
        let odd =
            fit(&profile(json!({"type": "cluster", "cloudType": "aws", "packs": null}), false), &wanted);
        assert_eq!(odd.trade_offs.len(), 4, "{odd:?}");
        assert!(odd.points <= 100);
        let nothing = fit(&ProfileSummary::default(), &Wanted::default());
        assert!(nothing.points <= 100);
    }

    #[test]
    fn other_clouds_and_the_system_are_no_choice() {
        for (body, usable) in [
            (json!({"type": "cluster", "cloudType": "aws"}), true),
            (json!({"type": "add-on", "cloudType": "all"}), true),
            (json!({"type": "cluster", "cloudType": "vsphere"}), false),
            (json!({"type": "system", "cloudType": "all"}), false),
        ] {
            assert_eq!(is_usable(&profile(body, true), "aws"), usable);
        }
        assert!(words("with that a of").is_empty());
        assert_eq!(words("AI/ML"), BTreeSet::from(["ai".to_owned(), "ml".to_owned()]));
    }
}
