//! `diff_profile_versions`: what differs between two versions of a cluster profile.

use std::collections::{BTreeMap, BTreeSet};

use postern_sdk::text::Text;
use schemars::JsonSchema;
use serde::Serialize;

use crate::api::Api;
use crate::args::{Name, one_instance};
use crate::capability::Capability;
use crate::fan;
use crate::fault::{Code, Fault};
use crate::ids::Uid;
use crate::instance::{Call, Request};
use crate::model::pack::PackRef;
use crate::model::profile::{Profile, ProfileVersion, Variables};
use crate::profiles::{self, Wanted};
use crate::redact;
use crate::tool::{Problem, Report, Tool};
use crate::version;

/// Lines of values told of one pack.
const LINES: usize = 100;

/// The tool.
#[derive(Debug)]
pub struct DiffProfileVersions;

one_instance! {
    /// Which versions.
    Arguments {
        /// The cluster profile: name, or uid of any version of it.
        profile: Name,
        /// The version to begin with: `1.2.3`, or its uid.
        from: Name,
        /// The version to compare with it: `1.3.0`, or its uid. Absent: the newest.
        #[serde(default)]
        to: Option<Name>,
    }
}

/// What differs.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Difference {
    /// Name of the profile.
    pub profile: String,
    /// The one.
    pub from: Version,
    /// The other.
    pub to: Version,
    /// Whether nothing differs, but for secrets: those are not compared.
    pub identical: bool,
    /// Packs that differ.
    pub packs: Vec<PackChange>,
    /// Packs that do not.
    pub unchanged_packs: Vec<String>,
    /// Variables that differ.
    pub variables: Vec<VariableChange>,
    /// The instance that it is in.
    pub instance: String,
}

/// One version.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Version {
    pub uid: String,
    pub version: String,
}

/// What happened to a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub enum Change {
    Added,
    Removed,
    Changed,
}

/// A pack that differs.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct PackChange {
    /// Name.
    pub name: String,
    /// `kernel`, `os`, `k8s`, `cni`, `csi` or `addon`.
    pub layer: String,
    /// What happened to it.
    pub change: Change,
    /// Version before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_version: Option<String>,
    /// Version after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_version: Option<String>,
    /// Lines of its values that one version alone has, behind `-` and `+`: at most 100, with secrets masked.
    pub values: Vec<String>,
    /// Whether there are more such lines.
    pub values_cut: bool,
}

/// A variable that differs.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct VariableChange {
    /// Name.
    pub name: String,
    /// What happened to it.
    pub change: Change,
    /// Whether it has to be said, after.
    pub required: bool,
}

impl Tool for DiffProfileVersions {
    const NAME: &'static str = "diff_profile_versions";
    const TITLE: &'static str = "Diff two versions of a profile";
    const DESCRIPTION: &'static str = "Compares two versions of one Palette cluster profile: packs added, removed and \
        changed (versions, and up to 100 lines of values that one side alone has, secrets masked), and variables. \
        `profile` by name or uid, `from` and `to` by version. Secrets are not compared.";
    type Arguments = Arguments;
    type Output = Difference;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Difference>, Problem> {
        let project = crate::args::project(arguments.project.as_ref())?;
        let output = fan::one(call, async |api| diff(api, &arguments, project.as_ref()).await).await?;
        Ok(Report { text: text(&output), failed: false, output })
    }
}

async fn diff<C: Call>(
    api: &Api<'_, C>,
    arguments: &Arguments,
    project: Option<&Uid>,
) -> Result<Difference, Fault> {
    let versions = versions(api, arguments.profile.as_str(), project).await?;
    let from = chosen(&versions, Some(&arguments.from))?;
    let to = chosen(&versions, arguments.to.as_ref())?;
    let (before, asked_before) = whole(api, &from, project).await?;
    let (after, asked_after) = whole(api, &to, project).await?;
    let (packs, unchanged_packs) = packs(&before.spec.body().packs, &after.spec.body().packs);
    let variables = variables(&asked_before, &asked_after);
    Ok(Difference {
        identical: packs.is_empty() && variables.is_empty(),
        profile: after.metadata.name,
        from,
        to,
        packs,
        unchanged_packs,
        variables,
        instance: api.name().to_owned(),
    })
}

/// All versions, newest first.
async fn versions<C: Call>(
    api: &Api<'_, C>,
    given: &str,
    project: Option<&Uid>,
) -> Result<Vec<ProfileVersion>, Fault> {
    let mut found = if let Ok(uid) = Uid::parse(given) {
        profiles::whole(api, &uid, project).await?.spec.versions
    } else {
        let wanted = Wanted { names: vec![given], ..Wanted::default() };
        let merged = profiles::search(api, project, &wanted).await?;
        let mut items = merged.items.into_iter();
        match (items.next(), items.next()) {
            (Some(only), None) => only.spec_summary.versions,
            (Some(_), Some(_)) => {
                let message = format!("several profiles are named `{given}`: give a uid, or a `project`");
                return Err(Fault::new(Code::Invalid, message));
            }
            (None, _) => return Err(Fault::missing(format!("there is no profile `{given}`"))),
        }
    };
    found.sort_by(|one, other| version::compare(&other.version, &one.version));
    Ok(found)
}

fn chosen(versions: &[ProfileVersion], given: Option<&Name>) -> Result<Version, Fault> {
    let found = match given {
        None => versions.first(),
        Some(given) => {
            versions.iter().find(|each| each.version == given.as_str() || each.uid == given.as_str())
        }
    };
    let known = || {
        let known: Vec<String> = versions.iter().take(10).map(|each| format!("`{}`", each.version)).collect();
        Fault::missing(format!("the profile has no such version; it has {}", known.join(", ")))
    };
    let found = found.ok_or_else(known)?;
    Ok(Version { uid: found.uid.clone(), version: found.version.clone() })
}

async fn whole<C: Call>(
    api: &Api<'_, C>,
    version: &Version,
    project: Option<&Uid>,
) -> Result<(Profile, Variables), Fault> {
    let uid = Uid::parse(&version.uid)
        .map_err(|_| Fault::new(Code::Upstream, "a version of the profile has no uid"))?;
    let whole = profiles::whole(api, &uid, project).await?;
    let request = Request::get(format!("/v1/clusterprofiles/{uid}/variables")).within(project);
    let asked: Option<Variables> = api.maybe(Capability::ProfilesRead, request).await?;
    Ok((whole, asked.unwrap_or_default()))
}

/// The packs that differ, and the names of those that do not.
fn packs(before: &[PackRef], after: &[PackRef]) -> (Vec<PackChange>, Vec<String>) {
    let find = |packs: &[PackRef], name: &str| packs.iter().find(|pack| pack.name == name).cloned();
    let names: BTreeSet<&str> = before.iter().chain(after).map(|pack| pack.name.as_str()).collect();
    let (mut changed, mut same) = (Vec::new(), Vec::new());
    for name in names {
        let (old, new) = (find(before, name), find(after, name));
        let values =
            |pack: &Option<PackRef>| pack.as_ref().map(|pack| redact::yaml(&pack.values)).unwrap_or_default();
        let mut lines = lines(&values(&old), &values(&new));
        let change = match (&old, &new) {
            (Some(old), Some(new)) if old.version() == new.version() && lines.is_empty() => {
                same.push(name.to_owned());
                continue;
            }
            (Some(_), Some(_)) => Change::Changed,
            (Some(_), None) => Change::Removed,
            (None, _) => Change::Added,
        };
        // What came or went whole needs no lines.
        if change != Change::Changed {
            lines.clear();
        }
        let values_cut = lines.len() > LINES;
        lines.truncate(LINES);
        let version = |pack: &Option<PackRef>| pack.as_ref().map(|pack| pack.version().to_owned());
        changed.push(PackChange {
            name: name.to_owned(),
            layer: new.as_ref().or(old.as_ref()).map(|pack| pack.layer.clone()).unwrap_or_default(),
            change,
            from_version: version(&old),
            to_version: version(&new),
            values: lines,
            values_cut,
        });
    }
    (changed, same)
}

/// Lines that one text alone has, as often as it has more of them.
fn lines(before: &str, after: &str) -> Vec<String> {
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for line in before.lines() {
        *counts.entry(line.trim_end()).or_default() -= 1;
    }
    for line in after.lines() {
        *counts.entry(line.trim_end()).or_default() += 1;
    }
    let mut only = |text: &str, sign: char, step: i64| -> Vec<String> {
        let mut out = Vec::new();
        for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
            let Some(count) = counts.get_mut(line).filter(|count| **count * step > 0) else { continue };
            *count -= step;
            out.push(format!("{sign}{line}"));
        }
        out
    };
    let mut all = only(before, '-', -1);
    all.extend(only(after, '+', 1));
    all
}

fn variables(before: &Variables, after: &Variables) -> Vec<VariableChange> {
    let mut changes = Vec::new();
    for new in &after.variables {
        let old = before.variables.iter().find(|old| old.name == new.name);
        let change = match old {
            None => Change::Added,
            Some(old) if old != new => Change::Changed,
            Some(_) => continue,
        };
        changes.push(VariableChange { name: new.name.clone(), change, required: new.required });
    }
    let gone = before.variables.iter().filter(|old| after.variables.iter().all(|new| new.name != old.name));
    changes.extend(gone.map(|old| VariableChange {
        name: old.name.clone(),
        change: Change::Removed,
        required: false,
    }));
    changes
}

fn text(difference: &Difference) -> String {
    let mut text = Text::default();
    let Difference { profile, from, to, .. } = difference;
    text.line(format!("{profile}: {} to {}", from.version, to.version));
    if difference.identical {
        text.line("nothing differs; secrets are not compared");
    }
    let word = |change: Change| match change {
        Change::Added => "added",
        Change::Removed => "removed",
        Change::Changed => "changed",
    };
    let rows: Vec<[&str; 5]> = difference
        .packs
        .iter()
        .map(|pack| {
            [
                pack.name.as_str(),
                pack.layer.as_str(),
                word(pack.change),
                pack.from_version.as_deref().unwrap_or_default(),
                pack.to_version.as_deref().unwrap_or_default(),
            ]
        })
        .collect();
    text.table(&["PACK", "LAYER", "CHANGE", "FROM", "TO"], &rows);
    let rows: Vec<[&str; 2]> =
        difference.variables.iter().map(|each| [each.name.as_str(), word(each.change)]).collect();
    text.table(&["VARIABLE", "CHANGE"], &rows);
    for pack in difference.packs.iter().filter(|pack| !pack.values.is_empty()) {
        text.fenced(&format!("values of `{}`", pack.name), &pack.values.join("\n"));
    }
    text.finish("read the structured answer")
}
