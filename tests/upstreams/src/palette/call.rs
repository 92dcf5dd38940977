//! What a handler sees of one request: caller, scope, variables, body, and the world.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::page::{arrange, page};
use super::refusal::Refusal;
use super::role::Caller;
use super::value::text;
use super::world::{Cluster, World};
use crate::record::Recorded;
use crate::wire::Reply;

/// One request on its way.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) request: &'a Recorded,
    pub(super) world: &'a mut World,
    pub(super) caller: &'a Caller,
    /// The project of the `ProjectUid` header; `None` is tenant scope.
    pub(super) scope: Option<String>,
    pub(super) permission: &'static str,
    pub(super) variables: Vec<(&'static str, String)>,
}

impl Call<'_> {
    /// A variable of the path; empty if the template has none of this name.
    pub(super) fn variable(&self, name: &str) -> &str {
        self.variables.iter().find(|(it, _)| *it == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// A parameter of the query.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.request.parameter(name)
    }

    /// The body as JSON; an empty one is `{}`.
    pub(super) fn body(&self) -> Result<Value, Refusal> {
        if self.request.body.is_empty() {
            return Ok(json!({}));
        }
        serde_json::from_slice(&self.request.body).map_err(|_| Refusal::malformed("body is not valid json"))
    }

    /// Whether a list shows things of this project: in a project its own, at tenant scope all.
    pub(super) fn lists(&self, project: Option<&str>) -> bool {
        self.scope.is_none() || self.scope.as_deref() == project
    }

    /// Whether a list shows a thing that projects inherit from the tenant: accounts, profiles, registries.
    pub(super) fn inherits(&self, thing: &Value) -> bool {
        let project = thing.pointer("/metadata/annotations/projectUid").and_then(Value::as_str);
        project.is_none_or(str::is_empty) || self.lists(project)
    }

    /// Refuses what belongs to a project in any scope but that project's.
    pub(super) fn within(&self, project: Option<&str>) -> Result<(), Refusal> {
        let right = project.is_none_or(|it| self.scope.as_deref() == Some(it));
        // A tenant's thing is the tenant's: a role of a project does not reach it.
        let reaches = project.is_some() || self.caller.may(self.permission, None);
        if right && reaches { Ok(()) } else { Err(Refusal::forbidden(self.permission)) }
    }

    /// The cluster that the path's `{uid}` names. Reading it is what lets its transitions go on.
    pub(super) fn cluster(&mut self) -> Result<Cluster, Refusal> {
        Ok(self.reach()?.clone())
    }

    /// The same cluster, to be changed. A deleted one cannot be.
    pub(super) fn change(&mut self) -> Result<&mut Cluster, Refusal> {
        let cluster = self.reach()?;
        if ["Deleting", "Deleted"].contains(&cluster.state.as_str()) {
            return Err(Refusal::conflict("ClusterDeletionInProgress", "cluster is being deleted"));
        }
        cluster.touch();
        Ok(cluster)
    }

    fn reach(&mut self) -> Result<&mut Cluster, Refusal> {
        let uid = self.variable("uid").to_owned();
        let project = match self.world.cluster(&uid) {
            Some(cluster) => cluster.project.clone(),
            None => return Err(Refusal::not_found(&format!("cluster '{uid}'"))),
        };
        self.within(project.as_deref())?;
        let found = self.world.clusters.iter_mut().find(|it| it.uid == uid);
        let found = found.ok_or_else(|| Refusal::not_found("cluster"))?;
        found.advance();
        Ok(found)
    }

    /// A thing of a plain collection, by the uid in `metadata`, checked for scope.
    pub(super) fn thing(&self, all: &[Value], uid: &str) -> Result<Value, Refusal> {
        let found = all.iter().find(|it| text(it, "/metadata/uid") == uid);
        let found = found.ok_or_else(|| Refusal::not_found(&format!("'{uid}'")))?;
        let project = text(found, "/metadata/annotations/projectUid");
        self.within(Some(project).filter(|it| !it.is_empty()))?;
        Ok(found.clone())
    }

    /// A page of a list.
    pub(super) fn page(&self, all: Vec<Value>) -> Result<Reply, Refusal> {
        Ok(ok(&page(arrange(all, self.request), self.request)?))
    }
}

/// 200 with a body.
pub(super) fn ok(body: &Value) -> Reply {
    Reply::json(StatusCode::OK, body)
}

/// 201 with the uid of what was made.
pub(super) fn created(uid: &str) -> Reply {
    Reply::json(StatusCode::CREATED, &json!({ "uid": uid }))
}

/// 204, what nearly all writes answer.
pub(super) fn done() -> Reply {
    Reply::empty(StatusCode::NO_CONTENT)
}
