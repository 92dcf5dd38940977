//! What Palette's dry runs say: packs, pools, repaves.
//!
//! Their messages are texts of the instance; only codes that are words are passed on.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::api::Api;
use crate::capability::Capability;
use crate::fault::{Fault, is_word};
use crate::ids::Uid;
use crate::instance::{Call, Request};
use crate::model::lenient;

/// One objection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Finding {
    /// `machine_pool`, `pack`, `profile` or `repave`.
    pub of: String,
    /// Of the pool, pack or profile.
    pub name: String,
    /// In a word, as Palette or this tool names it.
    pub code: String,
}

lenient! {
    /// What validating says.
    Validated {
        /// Of pools.
        machine_pools: Results,
        /// Of profiles.
        profiles: Vec<OfProfile>,
    }

    /// Of one profile.
    OfProfile {
        /// Its uid.
        uid: String,
        /// Of its packs.
        packs: Results,
    }

    /// Results.
    Results {
        /// One each.
        results: Vec<One>,
    }

    /// Of one thing. No errors are good.
    One {
        /// Its name.
        name: String,
        /// What is wrong.
        errors: Vec<Objection>,
    }

    /// What is wrong.
    Objection {
        /// A word.
        code: String,
    }

    /// Whether machines would be made anew.
    Repaved {
        /// They would.
        is_repave_required: bool,
        /// Why.
        reasons: Vec<Objection>,
    }
}

impl Validated {
    /// Every objection.
    #[must_use]
    pub fn findings(self) -> Vec<Finding> {
        let pools = self.machine_pools.results.into_iter().flat_map(|one| one.told("machine_pool"));
        let packs = self.profiles.into_iter().flat_map(|profile| profile.packs.results);
        pools.chain(packs.flat_map(|one| one.told("pack"))).collect()
    }
}

impl One {
    fn told(self, of: &'static str) -> impl Iterator<Item = Finding> {
        let name = postern_sdk::text::cut(&self.name, 128).into_owned();
        self.errors.into_iter().map(move |error| finding(of, name.clone(), error.word()))
    }
}

impl Objection {
    fn word(self) -> String {
        Some(self.code).filter(|code| is_word(code, b"-_.")).unwrap_or_else(|| "unnamed".to_owned())
    }
}

/// An objection.
#[must_use]
pub fn finding(of: &str, name: impl Into<String>, code: impl Into<String>) -> Finding {
    Finding { of: of.to_owned(), name: name.into(), code: code.into() }
}

/// What Palette says to profiles on a cluster: objections to packs, and whether machines would be made anew,
/// which is an objection too unless it is allowed.
///
/// # Errors
/// As [`Api::json`].
pub async fn profiles<C: Call>(
    api: &Api<'_, C>,
    cluster: &Uid,
    project: Option<&Uid>,
    body: &serde_json::Value,
    allow_repave: bool,
) -> Result<(Vec<Finding>, Vec<String>), Fault> {
    let body = json!({ "profiles": body.get("profiles") });
    let path = format!("/v1/spectroclusters/{cluster}/validate");
    let packs = Request::search(format!("{path}/packs"), &body)?.within(project);
    let validated: Validated = api.json(Capability::Validate, packs).await?;
    let mut findings = validated.findings();
    let repave = Request::search(format!("{path}/repave"), &body)?.within(project);
    let repaved: Repaved = api.json(Capability::Validate, repave).await?;
    let mut warnings = Vec::new();
    if repaved.is_repave_required {
        let codes: Vec<String> = repaved.reasons.into_iter().map(Objection::word).collect();
        if allow_repave {
            warnings.push(format!("machines are made anew, one after the other: {}", codes.join(", ")));
        } else {
            let codes = if codes.is_empty() { vec!["required".to_owned()] } else { codes };
            findings.extend(codes.into_iter().map(|code| finding("repave", "machines are made anew", code)));
            warnings.push("machines would be made anew; `allow_repave` allows it".to_owned());
        }
    }
    Ok((findings, warnings))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_the_instance_stay_outside() {
        let text = r#"{"machinePools":{"results":[{"name":"w","errors":[{"code":"InvalidSize","message":"hunter2"}]}]},
            "profiles":[{"uid":"x","packs":{"results":[{"name":"nginx","errors":[{"code":"a b","message":"hunter2"}]},
            {"name":"ok","errors":null}]}}],"later":1}"#;
        let validated: Validated = serde_json::from_str(text).unwrap();
        let wanted = [finding("machine_pool", "w", "InvalidSize"), finding("pack", "nginx", "unnamed")];
        assert_eq!(validated.findings(), wanted);
    }
}
