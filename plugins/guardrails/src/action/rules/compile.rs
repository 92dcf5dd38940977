//! How the file becomes rules: every mistake is told.

use std::collections::{BTreeMap, BTreeSet};

use super::conditions::Compiling;
use super::raw::{RawApprove, RawException, RawFile, RawMatch, RawRule, RawUnknown, Texts};
use super::{Exception, Match, Rule, Rules, never, settings};
use crate::action::judgement::{Approval, UNREAD};
use crate::rules::{self, Fault, Faults, Spanned};
use crate::verdict::Action;
use crate::yaml::Place;

/// The one version of the file there is.
const VERSION: u32 = 1;

/// Rules of a file at most: each call is judged by all of them.
const MAX_RULES: usize = 500;

/// How long an approval may be waited for, in seconds: the bounds, and where a rule does not say.
const SHORTEST: u32 = 1;
const LONGEST: u32 = 30 * 24 * 3600;
const USUAL: u32 = 3600;

/// Approvers asked for at most.
const MOST_APPROVERS: u32 = 100;

/// Reads the file.
pub(super) fn read(file: &str, text: &str) -> Result<Rules, Vec<Fault>> {
    let raw: RawFile = rules::read(file, text)?;
    let mut faults = Faults::new(file);
    if raw.version.value != VERSION {
        faults.at(
            &raw.version,
            format!("version `{}` is not known; this is version {VERSION}", raw.version.value),
        );
    }
    let (settings, named) = settings::compile(raw.settings, &mut faults);
    let mut compiling = Compiling::new(named, faults);
    let mut ids: BTreeMap<String, u32> = BTreeMap::new();
    let mut compiled = Vec::new();
    for rule in raw.rules.into_iter().take(MAX_RULES) {
        if let Some(line) = ids.insert(rule.value.id.value.clone(), rule.line) {
            let message = format!("the id `{}` is taken, in line {line}", rule.value.id.value);
            compiling.faults.at(&rule.value.id, message);
        }
        let place = rule.place();
        compiled.push(compile(rule.value, place, file, &mut compiling));
    }
    if ids.len() >= MAX_RULES {
        let beginning = Place { line: 1, column: 1 };
        compiling.faults.at_place(beginning, format!("a file has fewer than {MAX_RULES} rules"));
    }
    compiling.finish(Rules { settings, rules: compiled })
}

fn compile(raw: RawRule, place: Place, file: &str, compiling: &mut Compiling) -> Rule {
    let faults = &mut compiling.faults;
    id(&raw.id, faults);
    let texts = [Some(&raw.description), Some(&raw.message), raw.remedy.as_ref()];
    for text in texts.into_iter().flatten().filter(|text| text.value.trim().is_empty()) {
        faults.at(text, "an empty text tells nobody anything");
    }
    let approval = raw.approve.map(|approve| approval(&approve, raw.action.value, faults));
    let matching = matching(raw.matching, faults);
    let exceptions = raw.exceptions.into_iter().map(|raw| exception(raw, faults)).collect();
    let when = raw.when.as_ref().and_then(|when| compiling.condition(when));
    if let (Some(written), Some(condition)) = (&raw.when, &when)
        && let Some(why) = never::why(condition, &matching)
    {
        compiling.faults.at(written, format!("rule `{}` can never fire: {why}", raw.id.value));
    }
    Rule {
        id: raw.id.value,
        severity: raw.severity,
        action: raw.action.value,
        message: raw.message.value,
        remedy: raw.remedy.map(|remedy| remedy.value),
        standards: raw.standards,
        approval,
        matching,
        exceptions,
        when,
        fires_unknown: raw.unknown == RawUnknown::Fire,
        place,
        file: file.to_owned(),
    }
}

fn id(id: &Spanned<String>, faults: &mut Faults) {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    if id.value.is_empty() || id.value.len() > 64 || !id.value.chars().all(fits) {
        faults.at(id, format!("`{}` is no id: 1 to 64 letters, digits, `-` and `_`", id.value));
    } else if id.value == UNREAD {
        faults.at(id, format!("`{UNREAD}` is the id of what cannot be judged; take another"));
    }
}

fn approval(raw: &Spanned<RawApprove>, action: Action, faults: &mut Faults) -> Approval {
    if action != Action::Hold {
        faults.at(raw, format!("`approve` has no effect on a rule whose action is `{action}`"));
    }
    let RawApprove { by, quorum, expires } = &raw.value;
    if by.value.trim().is_empty() {
        faults.at(by, "`by` names the group whose members may approve");
    }
    let number = quorum.as_ref().map_or(1, |quorum| quorum.value);
    if let Some(quorum) = quorum.as_ref().filter(|_| !(1..=MOST_APPROVERS).contains(&number)) {
        faults.at(quorum, format!("a quorum is a number from 1 to {MOST_APPROVERS}"));
    }
    let expires_seconds = expires.as_ref().map_or(USUAL, |expires| {
        seconds(&expires.value).unwrap_or_else(|| {
            faults.at(expires, format!("`{}` is no time from `1s` to `30d`, such as `15m`", expires.value));
            USUAL
        })
    });
    Approval { approvers: by.value.clone(), quorum: number, expires_seconds }
}

/// A span of time such as `15m`, in seconds.
fn seconds(text: &str) -> Option<u32> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit: u32 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 24 * 3600,
        _ => return None,
    };
    let number: u32 = number.parse().ok()?;
    number.checked_mul(unit).filter(|seconds| (SHORTEST..=LONGEST).contains(seconds))
}

fn matching(raw: RawMatch, faults: &mut Faults) -> Match {
    Match {
        kinds: raw.kinds,
        plugins: patterns(&raw.plugins, "-", faults),
        tools: patterns(&raw.tools, "_./:-", faults),
        effects: raw.effects,
        principals: raw.principals,
        environments: raw.environments,
        attributes: raw.attributes.into_iter().map(|(name, list)| (name, distinct(&list, faults))).collect(),
    }
}

/// Patterns of names in lower case: any other letter would fit nothing.
fn patterns(list: &Texts, extra: &str, faults: &mut Faults) -> Vec<String> {
    for pattern in list {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '*' || extra.contains(c);
        if let Some(letter) = pattern.value.chars().find(|letter| !fits(*letter)) {
            faults.at(
                pattern,
                format!("`{}` fits no name: names are in lower case, without `{letter}`", pattern.value),
            );
        }
    }
    let tools = extra.contains('_');
    let spelled = |pattern: String| if tools { pattern.replace('-', "_") } else { pattern };
    distinct(list, faults).into_iter().map(spelled).collect()
}

/// The values of a list, none of them empty or given twice.
pub(super) fn distinct(list: &Texts, faults: &mut Faults) -> Vec<String> {
    let mut seen = BTreeSet::new();
    for item in list {
        if item.value.trim().is_empty() {
            faults.at(item, "an empty text stands for nothing");
        } else if !seen.insert(&item.value) {
            faults.at(item, format!("`{}` is given twice", item.value));
        }
    }
    list.iter().map(|item| item.value.clone()).collect()
}

fn exception(raw: Spanned<RawException>, faults: &mut Faults) -> Exception {
    let place = raw.place();
    let raw = raw.value;
    let lists = [&raw.plugins, &raw.tools, &raw.subjects, &raw.groups, &raw.targets];
    if lists.iter().all(|list| list.is_empty()) {
        faults.at_place(
            place,
            "an exception says at least one of plugins, tools, subjects, groups and targets",
        );
    }
    if raw.reason.value.trim().is_empty() {
        faults.at(&raw.reason, "an exception needs a reason");
    }
    Exception {
        plugins: patterns(&raw.plugins, "-", faults),
        tools: patterns(&raw.tools, "_./:-", faults),
        subjects: distinct(&raw.subjects, faults),
        groups: distinct(&raw.groups, faults),
        targets: distinct(&raw.targets, faults),
    }
}
