//! Tasks: what became of calls that went on, for whoever began them.

use std::collections::BTreeMap;

use rmcp::model::{CancelTaskParams, GetTaskParams, GetTaskResult, UpdateTaskParams};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde_json::Value;

use super::Handler;
use crate::call::Kind;
use crate::surface::mcp::offer::signed;
use crate::surface::mcp::{follow, question};
use crate::task::Snapshot;

impl Handler {
    pub(super) async fn task(
        &self,
        request: GetTaskParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<GetTaskResult, ErrorData> {
        let mut answer = GetTaskResult::new(follow::detailed(self.own(&request.task_id).await?));
        signed(context, &mut answer.meta);
        Ok(answer)
    }

    pub(super) async fn task_answered(&self, request: UpdateTaskParams) -> Result<(), ErrorData> {
        let id = self.own(&request.task_id).await?.id;
        let given: BTreeMap<String, Value> = request.input_responses;
        let read = |asked: &crate::call::Question| question::read(asked, given.get(&asked.key)?);
        // One that another process ran has ended, and takes no answers.
        self.offer.gateway.tasks().answer(&self.offer.owner(), &id, read).unwrap_or_default();
        Ok(())
    }

    pub(super) async fn task_cancelled(&self, request: CancelTaskParams) -> Result<(), ErrorData> {
        let id = self.own(&request.task_id).await?.id;
        self.offer.gateway.tasks().cancel(&self.offer.owner(), &id).unwrap_or_default();
        Ok(())
    }

    /// The caller's own task. What it may not see any more is gone, what it began with it included.
    async fn own(&self, id: &str) -> Result<Snapshot, ErrorData> {
        let gateway = &self.offer.gateway;
        let task = gateway.tasks().look(&self.offer.owner(), id).await.ok_or_else(no_such_task)?;
        let found = gateway.live().registry.find(Kind::Tool, &task.subject.plugin, &task.subject.tool);
        let is_seen = found.is_some_and(|tool| gateway.shows(&self.offer.principal, &tool.operation));
        if is_seen { Ok(task) } else { Err(no_such_task()) }
    }
}

fn no_such_task() -> ErrorData {
    ErrorData::invalid_params("there is no such task", None)
}
