//! `clone_profile_version`: makes a new version of a profile.

use serde::Serialize;
use serde_json::Value;

use crate::args::{Name, one_profile};
use crate::capability::Capability;
use crate::change::attach::Profile;
use crate::change::{self, Changed, Plan, Seen, difference};
use crate::instance::{Call, Method, Request};
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct CloneProfileVersion;

one_profile! {
    /// Which profile version, and the new one.
    Arguments {
        /// The new version, semantic: `1.2.3` or `1.2.3-rc.1`.
        version: Name,
        /// Only say what would be done; send nothing.
        #[serde(default)]
        dry_run: bool,
    }
}

#[derive(Debug, Serialize)]
struct Body<'a> {
    metadata: Metadata<'a>,
}

#[derive(Debug, Serialize)]
struct Metadata<'a> {
    name: &'a str,
    version: &'a str,
    target: Target<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Target<'a> {
    scope: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    project_uid: Option<&'a str>,
}

impl Tool for CloneProfileVersion {
    const NAME: &'static str = "clone_profile_version";
    const TITLE: &'static str = "Make a new version of a cluster profile";
    const DESCRIPTION: &'static str = "Makes a new version of a Palette cluster profile, as a copy of the \
        given one, in the same scope and as a draft. Fails with conflict when the version is there already. \
        Answers with the exact `changes`, what was sent, and `state`; `dry_run` sends nothing.";
    type Arguments = Arguments;
    type Output = Changed;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Changed>, Problem> {
        let uid = crate::args::needed("profile_uid", arguments.profile_uid.as_ref())?;
        let project = crate::args::project(arguments.project.as_ref())?;
        let version = arguments.version.as_str();
        if !is_semantic(version) {
            let message = "is no semantic version: `1.2.3` or `1.2.3-rc.1` is wanted";
            return Err(Problem::invalid("/version", message));
        }
        change::run(call, async |api| {
            let profile = Profile::read(api, &uid, project.as_ref()).await?;
            let name = profile.metadata.name.as_str();
            let there = |profile: &Profile| {
                let found = profile.spec.versions.iter().find(|each| each.version == version);
                found.map(|each| each.uid.clone())
            };
            if let Some(other) = there(&profile) {
                let message = format!("`{name}` has the version `{version}` already: `{other}`");
                return Err(Problem::Conflict(message).into());
            }
            let scope = profile.metadata.scope();
            if scope == "system" {
                let message = "a system profile is cloned in the console, into a scope of your choice";
                return Err(Problem::invalid("/profile_uid", message).into());
            }
            let target = Target { scope, project_uid: profile.metadata.project() };
            let body = Body { metadata: Metadata { name, version, target } };
            let path = format!("/v1/clusterprofiles/{uid}/clone");
            let request = Request::with_body(Method::Post, path, &body)?.within(project.as_ref());
            let changes =
                vec![difference(format!("versions.{version}"), Value::Null, profile.spec.version.as_str())];
            let plan = Plan::new(Capability::ProfileClone, request, name, changes);
            plan.carry_out(api, arguments.dry_run, async || {
                let uid = there(&Profile::read(api, &uid, project.as_ref()).await?);
                Ok(Seen { there: uid.is_some(), state: None, uid })
            })
            .await
        })
        .await
    }
}

/// Whether a text is a version of semver.org, without build metadata.
fn is_semantic(text: &str) -> bool {
    let (core, rest) = text.split_once('-').map_or((text, None), |(core, rest)| (core, Some(rest)));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let number = |part: &str| digits(part) && part.len() <= 9 && (part == "0" || !part.starts_with('0'));
    let word = |part: &str| {
        let fits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        fits && (!digits(part) || number(part))
    };
    text.len() <= 64
        && core.split('.').count() == 3
        && core.split('.').all(number)
        && rest.is_none_or(|rest| rest.split('.').all(word))
}

#[cfg(test)]
mod tests {
    use super::is_semantic;

    #[test]
    fn versions_are_semantic() {
        for good in ["1.2.3", "0.0.1", "1.2.3-rc.1", "1.0.0-a-b.2"] {
            assert!(is_semantic(good), "{good}");
        }
        for bad in
            ["V0.0.1", "2.2.2.develop", "1.2", "01.2.3", "1.2.3-", "1.2.3-a..b", "1.2.3-01", "", "1.2.x"]
        {
            assert!(!is_semantic(bad), "{bad}");
        }
    }
}
