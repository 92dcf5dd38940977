//! What an owner has: the entities that a team owns, or that are part of a system or a domain.

use std::collections::BTreeSet;

use postern_sdk::{Entity, Lookup, Relation};

use crate::scope::{self, NoSelector, Scope};
use crate::server::Call;
use crate::tool::Problem;

/// Groups, systems and domains that one call looks into: the host answers 64 lookups of the catalog for one call, and
/// a group takes two.
const MOST_PARTS: usize = 30;

/// What an owner has.
#[derive(Debug, Default)]
pub(super) struct Owned {
    /// Those that stand for workloads, in the order of their references.
    pub(super) entities: Vec<(Entity, Scope)>,
    /// Components and resources that stand for none, with the reason.
    pub(super) without: Vec<(String, String)>,
    /// What to know of it.
    pub(super) notes: Vec<String>,
}

/// Finds what the owner of a canonical reference has, and what its parts have.
///
/// # Errors
/// When there is no such owner, its kind owns nothing, and as the catalog.
pub(super) async fn of<C: Call>(call: &C, owner: &str) -> Result<Owned, Problem> {
    let kind = owner.split(':').next().unwrap_or_default();
    if relations(kind).is_empty() {
        return Err(Problem::invalid(
            "/ownerRef",
            format!("a `{kind}` owns nothing; name a group, a user, a system or a domain"),
        ));
    }
    // That there is one is worth a question: otherwise a typing mistake would cost nothing.
    scope::entity(call, owner).await?;
    let mut found: Vec<Entity> = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::from([owner.to_owned()]);
    let mut parts = vec![owner.to_owned()];
    let mut looked = 0;
    let mut owned = Owned::default();
    while let Some(part) = parts.pop() {
        if looked == MOST_PARTS {
            owned
                .notes
                .push(format!("more than {MOST_PARTS} groups and systems: the rest is not in the totals"));
            break;
        }
        looked += 1;
        let kind = part.split(':').next().unwrap_or_default();
        for relation in relations(kind) {
            let what = Relation { kind: (*relation).to_owned(), target: part.clone() };
            for entity in call.find(Lookup::Related(what)).await? {
                if seen.insert(entity.reference.clone()) {
                    // What is owned by nobody but a part is the owner's too.
                    if is_part(kind, &entity) {
                        parts.push(entity.reference.clone());
                    } else {
                        found.push(entity);
                    }
                }
            }
        }
    }
    found.sort_by(|a, b| a.reference.cmp(&b.reference));
    for entity in found {
        match Scope::of_entity(&entity, call.settings()) {
            Ok(scope) => owned.entities.push((entity, scope)),
            Err(NoSelector::Missing(_)) if !runs(&entity.kind) => {}
            Err(why) => owned.without.push((entity.reference.clone(), why.to_string())),
        }
    }
    Ok(owned)
}

/// By which relations a kind has others. A child group is one of its parent's.
fn relations(kind: &str) -> &'static [&'static str] {
    match kind {
        "group" => &["ownedBy", "childOf"],
        "user" => &["ownedBy"],
        "system" | "domain" => &["partOf"],
        _ => &[],
    }
}

/// Whether what a kind has is looked into in turn. A system that a team owns is not: its components say themselves
/// whose they are.
fn is_part(kind: &str, entity: &Entity) -> bool {
    match kind {
        "group" => entity.kind.eq_ignore_ascii_case("group"),
        "domain" => entity.kind.eq_ignore_ascii_case("system") || entity.kind.eq_ignore_ascii_case("domain"),
        _ => false,
    }
}

/// Whether an entity of a kind is expected to run somewhere.
fn runs(kind: &str) -> bool {
    kind.eq_ignore_ascii_case("component") || kind.eq_ignore_ascii_case("resource")
}
