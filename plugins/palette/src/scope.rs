//! Where lists are asked for: in each project that the credential has a part in, and in the tenant if it may.
//!
//! A key with project roles alone is refused at tenant scope, and one with tenant permissions may still miss
//! projects of its own; so both are asked, and what comes twice is told once, by its uid.

use std::collections::BTreeSet;

use futures::{StreamExt as _, stream};

use crate::api::Api;
use crate::capability::Capability;
use crate::fault::{Code, Failure, Fault};
use crate::ids::Uid;
use crate::instance::{Call, Request};
use crate::model::user::Me;

/// Projects asked at once: Palette's dashboard takes ten requests a second.
pub const AT_ONCE: usize = 4;

/// Where one request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Without a project.
    Tenant,
    /// Within one.
    Project(Uid),
}

impl Scope {
    /// Its project.
    #[must_use]
    pub const fn project(&self) -> Option<&Uid> {
        match self {
            Self::Tenant => None,
            Self::Project(uid) => Some(uid),
        }
    }
}

/// What the scopes of one instance gave.
#[derive(Debug)]
pub struct Merged<T> {
    /// Each once, in the order of the scopes.
    pub items: Vec<T>,
    /// Whether these are all that could be read.
    pub whole: bool,
    /// Scopes that could not be read.
    pub failures: Vec<Failure>,
}

/// Where lists are asked for: in `project` alone where there is one.
///
/// # Errors
/// When the credential is refused, or what it may do cannot be read.
pub async fn of<C: Call>(api: &Api<'_, C>, project: Option<&Uid>) -> Result<Vec<Scope>, Fault> {
    if let Some(project) = project {
        return Ok(vec![Scope::Project(project.clone())]);
    }
    let me: Option<Me> = api.maybe(Capability::UsersMe, Request::get("/v1/users/me")).await?;
    let Some(me) = me else {
        // Not every installation has it. What follows proves the credential, and the tenant's answer then
        // holds what the caller may see.
        api.bytes(Capability::UsersMe, Request::get("/v1/users/info")).await?;
        return Ok(vec![Scope::Tenant]);
    };
    let tenant = me.sees_tenant().then_some(Scope::Tenant);
    let projects = me.status.project_permissions.keys().filter_map(|uid| Uid::parse(uid).ok());
    let scopes: Vec<Scope> = projects.map(Scope::Project).chain(tenant).collect();
    if scopes.is_empty() {
        return Err(Fault::new(
            Code::Forbidden,
            "the credential has a role in no project, and none in the tenant that lists clusters",
        ));
    }
    Ok(scopes)
}

/// Runs `ask` in every scope, a few at once, and tells each item once, by what `uid` gives.
///
/// # Errors
/// When no scope could be read: the first failure.
pub async fn merge<C: Call, T>(
    api: &Api<'_, C>,
    scopes: &[Scope],
    uid: impl Fn(&T) -> String,
    ask: impl AsyncFn(&Scope) -> Result<crate::page::Collected<T>, Fault>,
) -> Result<Merged<T>, Fault> {
    let ask = &ask;
    let answers: Vec<(&Scope, Result<_, Fault>)> = stream::iter(scopes)
        .map(|scope| async move { (scope, ask(scope).await) })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let mut merged = Merged { items: Vec::new(), whole: true, failures: Vec::new() };
    let mut seen = BTreeSet::new();
    let mut answered = false;
    let mut first = None;
    for (scope, answer) in answers {
        match answer {
            Ok(collected) => {
                answered = true;
                merged.whole &= collected.whole;
                merged.items.extend(collected.items.into_iter().filter(|item| seen.insert(uid(item))));
            }
            Err(fault) => {
                first.get_or_insert_with(|| fault.clone());
                merged.failures.push(Failure::new(api.name(), scope.project().map(Uid::as_str), fault));
            }
        }
    }
    match first {
        Some(fault) if !answered => Err(fault),
        Some(_) | None => Ok(merged),
    }
}
