//! The cluster that a change is about: read whole once, and looked at again afterwards.

use super::{Difference, Plan, Seen};
use crate::api::Api;
use crate::capability::Capability;
use crate::fault::{Code, Fault};
use crate::ids::Uid;
use crate::instance::{Call, Request};
use crate::model::cluster::{Full, NESTED};

/// One cluster, and where it is.
#[derive(Debug)]
pub struct Cluster {
    /// Its uid.
    pub uid: Uid,
    /// Its project.
    pub project: Option<Uid>,
    /// What it is.
    pub full: Full,
}

impl Cluster {
    /// Reads a cluster that can be changed.
    ///
    /// # Errors
    /// As [`Api::json`]; not-found for a deleted one, conflict for one that is being deleted.
    pub async fn read<C: Call>(api: &Api<'_, C>, uid: &Uid, project: Option<&Uid>) -> Result<Self, Fault> {
        let cluster = Self::even_going(api, uid, project).await?;
        if cluster.full.status.state == "Deleting" {
            let message = format!("the cluster `{}` is being deleted", cluster.name());
            return Err(Fault::new(Code::Conflict, message));
        }
        Ok(cluster)
    }

    /// Reads a cluster, even one that is being deleted.
    ///
    /// # Errors
    /// As [`Api::json`]; and not-found for a deleted one.
    pub async fn even_going<C: Call>(
        api: &Api<'_, C>,
        uid: &Uid,
        project: Option<&Uid>,
    ) -> Result<Self, Fault> {
        let full = full(api, uid, project).await?;
        if full.status.is_deleted() {
            return Err(Fault::missing(format!("the cluster `{uid}` is deleted")));
        }
        // The rule of the request is bound to the project of the call, so this one is used, not the cluster's.
        Ok(Self { uid: uid.clone(), project: project.cloned(), full })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.full.metadata.name
    }

    /// Whether it runs in another cluster.
    #[must_use]
    pub fn is_virtual(&self) -> bool {
        self.full.spec.cloud_type == NESTED
    }

    /// What stands for its cloud in a path.
    #[must_use]
    pub fn cloud(&self) -> &str {
        segment(&self.full.spec.cloud_type)
    }

    /// A path below the cluster.
    #[must_use]
    pub fn path(&self, rest: &str) -> String {
        format!("/v1/spectroclusters/{}{rest}", self.uid)
    }

    /// A plan for it.
    #[must_use]
    pub fn plan(&self, capability: Capability, request: Request, changes: Vec<Difference>) -> Plan {
        Plan {
            uid: Some(self.uid.to_string()),
            observed: Some(self.full.status.state.clone()),
            ..Plan::new(capability, request.within(self.project.as_ref()), self.name(), changes)
        }
    }

    /// What it is now, and whether the change is there.
    ///
    /// # Errors
    /// As [`Api::json`].
    pub async fn look<C: Call>(
        &self,
        api: &Api<'_, C>,
        there: impl FnOnce(&Full) -> bool,
    ) -> Result<Seen, Fault> {
        let full = full(api, &self.uid, self.project.as_ref()).await?;
        Ok(Seen { there: there(&full), state: Some(full.status.state), uid: None })
    }
}

async fn full<C: Call>(api: &Api<'_, C>, uid: &Uid, project: Option<&Uid>) -> Result<Full, Fault> {
    let request = Request::get(format!("/v1/spectroclusters/{uid}")).within(project);
    api.json(Capability::ClusterViewInfo, request).await
}

/// What stands for a cloud type in a path.
#[must_use]
pub fn segment(cloud_type: &str) -> &str {
    if cloud_type == NESTED { "virtual" } else { cloud_type }
}
