//! What a document would set up: Kubernetes manifests and Palette documents against the rules.
//!
//! # One document's way
//! Take `deploy.yaml` with a Deployment whose container `web` is privileged.
//!
//! 1. [`stream`] splits the file into documents and reads each into nodes that know their lines. A document
//!    that cannot be read is told with its place, and the others go on.
//! 2. [`object`] recognises what a document is by its shape: a Kubernetes object, a Palette cluster, a Palette
//!    profile. A list is its items; manifests inside a profile are documents too. The rest is told as skipped.
//! 3. [`pod`] finds the pods a document describes, wherever they are: here at `spec.template.spec`.
//! 4. [`catalog`] holds every rule once, with the functions in [`checks`] that look for it. Rule `W01` asks every
//!    container, and `web` hits it at `spec.template.spec.containers[name=web].securityContext.privileged`.
//! 5. The operator's [`Rules`] say what follows: whether the rule is on, its action, its exceptions.
//! 6. The [`Report`] holds all findings in a stable order; its verdict is the strictest of their actions.
//!    [`output`] writes it for people and pipelines.
//!
//! # Design
//! - *Pure.* A report is a function of rules, documents and context. Nothing is fetched, no clock is read.
//! - *Values as the API server sees them.* A container's value overrides its pod's, `privileged: yes` is true,
//!   `4000m` is 4, `nginx` is `docker.io/library/nginx:latest`. Each is one function, used by all rules.
//! - *Fails closed.* A document that cannot be read counts as the action `settings.unread` says, a block unless
//!   the operator decides otherwise. An environment that nothing names is production.
//! - *Nothing in a document switches a rule off.* Other checkers know annotations for that; here the author of a
//!   document may be the one to be guarded against. Exceptions stand in the operator's file, with a reason. An
//!   environment is the strictest of what labels and namespace say; a caller who knows it says so in [`Context`].
//! - *Bounded.* Bytes, documents, values, depth, hits of a rule and findings all have a limit, and to meet one is
//!   told in the report.

pub mod catalog;
mod checks;
mod custom;
mod hits;
mod image;
mod object;
pub mod output;
mod palette;
mod pod;
mod quantity;
mod report;
mod secret;
mod selector;
mod settings;
mod stream;
mod world;

pub use custom::{Custom, Of};
pub use quantity::{Quantity, Written};
pub use report::{Counts, Finding, Location, Report, Skipped, Unread};
pub use settings::{Change, Cloud, Environment, Environments, Exception, Kubernetes, Rules, Settings};
pub use stream::Document;
pub use world::{Context, Scope};

use crate::verdict::{Action, Severity};
use crate::yaml::{Node, Place};

use catalog::{Ask, Rule, Subjects};
use hits::{Hit, Hits};
use object::{Family, Object};
use stream::Loaded;
use world::World;

/// Findings of one report at most. The strictest are kept.
const MAX_FINDINGS: usize = 2_000;

/// Judges documents by the rules.
///
/// Never fails: what cannot be judged is told in the report and counts in its verdict.
#[must_use]
pub fn validate(rules: &Rules, input: &[Document<'_>], context: &Context<'_>) -> Report {
    let mut report = Report::default();
    let mut loaded = stream::read(input, &mut report);
    let nested = palette::manifests(&loaded, &mut report);
    loaded.extend(nested);

    let mut objects = Vec::new();
    for one in &loaded {
        recognise(one, rules, context, &mut objects, &mut report);
    }
    report.objects = u32::try_from(objects.len()).unwrap_or(u32::MAX);
    let pods: Vec<_> = objects
        .iter()
        .filter(|object| object.family == Family::Kubernetes)
        .flat_map(pod::Pod::find)
        .collect();
    let subjects = palette::subjects(&objects, &mut report);
    let world = World { objects: &objects, pods: &pods, rules, scope: context.scope };
    for (rule, action, severity) in rules.in_force() {
        judge(rule, action, severity, &world, &subjects, &mut report);
    }
    for rule in &rules.custom {
        judge_custom(rule, &world, &mut report);
    }
    let mut report = report.settle(rules.settings.unread);
    if report.findings.len() > MAX_FINDINGS {
        report.findings.truncate(MAX_FINDINGS);
        let first = input.first().map_or("", |document| document.file);
        report
            .errors
            .push(whole(first, format!("more than {MAX_FINDINGS} findings: the strictest are told")));
        report.verdict = report.verdict.max(Some(rules.settings.unread));
    }
    report
}

/// Asks one rule of everything, and puts what it hits into the report.
fn judge(
    rule: &'static Rule,
    action: Action,
    severity: Severity,
    world: &World<'_>,
    subjects: &Subjects<'_>,
    report: &mut Report,
) {
    let mut hits = Hits::default();
    let ask = Ask { world, threshold: world.rules.threshold(rule) };
    for check in rule.checks {
        catalog::ask(*check, &ask, subjects, &mut hits);
    }
    let exceptions = world.rules.change(rule).map_or(&[][..], |change| &change.exceptions);
    let fix = (!rule.fix.is_empty()).then_some(rule.fix);
    report_hits(rule.id, hits, exceptions, report, |hit| Finding {
        rule: rule.id.to_owned(),
        severity,
        action,
        message: format!("{} {}", rule.message, sentence(&hit.detail)),
        location: hit.location,
        remediation: rule.remediation.to_owned(),
        fix: hit.fix.or_else(|| fix.map(str::to_owned)),
        standards: rule.standards.iter().map(|&standard| standard.to_owned()).collect(),
    });
}

/// The same for a rule the operator wrote.
fn judge_custom(rule: &Custom, world: &World<'_>, report: &mut Report) {
    report_hits(&rule.id, rule.hits(world), &rule.exceptions, report, |hit| Finding {
        rule: rule.id.clone(),
        severity: rule.severity,
        action: rule.action,
        message: format!("{} {}", rule.message, sentence(&hit.detail)),
        location: hit.location,
        remediation: rule.remediation.clone(),
        fix: None,
        standards: Vec::new(),
    });
}

/// Puts the hits of a rule into the report, but for those that an exception covers.
fn report_hits(
    id: &str,
    hits: Hits,
    exceptions: &[Exception],
    report: &mut Report,
    finding: impl Fn(Hit) -> Finding,
) {
    if let Some(first) = hits.list.first().filter(|_| hits.cut) {
        report.errors.push(whole(&first.location.file, format!("`{id}` fires more often than can be told")));
    }
    for hit in hits.list {
        if exceptions.iter().any(|exception| exception.covers(&hit.location, hit.container.as_deref())) {
            report.excepted = report.excepted.saturating_add(1);
        } else {
            report.findings.push(finding(hit));
        }
    }
}

/// A detail as a sentence: a capital unless it begins with a value, and a full stop.
fn sentence(detail: &str) -> String {
    let mut letters = detail.chars();
    letters.next().map_or_else(String::new, |first| {
        format!("{}{}.", first.to_uppercase(), letters.as_str().trim_end_matches('.'))
    })
}

/// Makes objects of a document: itself, or the items of the list it is.
fn recognise<'a>(
    loaded: &'a Loaded<'a>,
    rules: &Rules,
    context: &Context<'a>,
    objects: &mut Vec<Object<'a>>,
    report: &mut Report,
) {
    for (node, path) in unfold(&loaded.root, &loaded.path) {
        if objects.len() >= stream::MAX_DOCUMENTS {
            let message = format!("more than {} objects: the others were not judged", stream::MAX_DOCUMENTS);
            report.errors.push(unread(loaded, node.place, message));
            return;
        }
        match Object::recognise(loaded, node, path, context.namespace, &rules.settings) {
            Ok(mut object) => {
                object.environment = context.environment.unwrap_or(object.environment);
                objects.push(object);
            }
            Err(reason) => report.skipped.push(Skipped {
                file: loaded.file.to_owned(),
                document: loaded.index,
                line: node.place.line,
                reason: reason.to_owned(),
            }),
        }
    }
}

/// A value, or what it lists, with paths: lists of lists are unfolded as well.
fn unfold<'n>(root: &'n Node, path: &str) -> Vec<(&'n Node, String)> {
    let mut found = Vec::new();
    let mut left = vec![(root, path.to_owned())];
    while let Some((node, path)) = left.pop() {
        match list_of(node) {
            Some((key, items)) => {
                let paths = (0_usize..).map(|index| format!("{}[{index}]", pod::join(&path, key)));
                let mut items: Vec<_> = items.iter().zip(paths).collect();
                items.reverse();
                left.extend(items);
            }
            None => found.push((node, path)),
        }
    }
    found
}

/// The items of a list: of `kind: List`, of `PodList` and its like, of what Palette answers, or of a JSON array.
fn list_of(node: &Node) -> Option<(&'static str, &[Node])> {
    let kind =
        node.str("kind").is_some_and(|kind| kind.ends_with("List")) && node.get("apiVersion").is_some();
    let bare = node.get("kind").is_none() && node.get("metadata").is_none() && !node.list("items").is_empty();
    match (kind || bare, node.items()) {
        (true, _) => Some(("items", node.list("items"))),
        (false, []) => None,
        (false, items) => Some(("", items)),
    }
}

fn unread(loaded: &Loaded<'_>, place: Place, message: String) -> Unread {
    let (line, column) = (place.line, place.column);
    Unread { file: loaded.file.to_owned(), document: loaded.index, line, column, message }
}

fn whole(file: &str, message: String) -> Unread {
    Unread { file: file.to_owned(), document: 0, line: 1, column: 1, message }
}
