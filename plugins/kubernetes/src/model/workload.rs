//! What makes pods: Deployments, ReplicaSets, StatefulSets, DaemonSets, Jobs, CronJobs; and their budgets.

use jiff::Timestamp;

use super::event::ObjectReference;
use super::meta::{Condition, Metadata};
use super::object;
use super::selector::LabelSelector;
use super::storage::PersistentVolumeClaim;
use super::template::PodTemplate;

object! {
    /// A Deployment.
    Deployment {
        /// Name, namespace, labels.
        metadata: Metadata,
        /// What it should be.
        spec: ReplicasSpec,
        /// What it is.
        status: ReplicasStatus,
    }
}

object! {
    /// A ReplicaSet.
    ReplicaSet {
        /// Name, namespace, owner.
        metadata: Metadata,
        /// What it should be.
        spec: ReplicasSpec,
        /// What it is.
        status: ReplicasStatus,
    }
}

object! {
    /// The spec of a Deployment or ReplicaSet.
    ReplicasSpec {
        /// Pods wanted; absent means one.
        replicas: Option<i64>,
        /// Which pods are its own.
        selector: LabelSelector,
        /// What they are made from.
        template: PodTemplate,
        /// Whether changes are held back.
        paused: bool,
    }
}

object! {
    /// The status of a Deployment or ReplicaSet.
    ReplicasStatus {
        /// Generation of the spec this status speaks of.
        observed_generation: i64,
        /// Pods there are.
        replicas: i64,
        /// Pods of the newest template.
        updated_replicas: i64,
        /// Pods that are ready.
        ready_replicas: i64,
        /// Pods that have been ready long enough.
        available_replicas: i64,
        /// `Available`, `Progressing`, `ReplicaFailure`.
        conditions: Vec<Condition>,
    }
}

object! {
    /// A StatefulSet.
    StatefulSet {
        /// Name, namespace, labels.
        metadata: Metadata,
        /// What it should be.
        spec: StatefulSetSpec,
        /// What it is.
        status: StatefulSetStatus,
    }
}

object! {
    /// The spec of a StatefulSet.
    StatefulSetSpec {
        /// Pods wanted; absent means one.
        replicas: Option<i64>,
        /// Which pods are its own.
        selector: LabelSelector,
        /// What they are made from.
        template: PodTemplate,
        /// The headless service that names its pods; may be empty.
        service_name: String,
        /// Claims made for each pod.
        volume_claim_templates: Vec<PersistentVolumeClaim>,
        /// How changes reach the pods.
        update_strategy: UpdateStrategy,
    }
}

object! {
    /// How changes reach pods.
    UpdateStrategy {
        /// `RollingUpdate` (when empty) or `OnDelete`.
        #[serde(rename = "type")]
        kind: String,
        /// How to roll.
        rolling_update: RollingUpdate,
    }
}

object! {
    /// How to roll.
    RollingUpdate {
        /// Pods with a lower ordinal stay as they are.
        partition: i64,
    }
}

object! {
    /// The status of a StatefulSet.
    StatefulSetStatus {
        /// Generation of the spec this status speaks of.
        observed_generation: i64,
        /// Pods there are.
        replicas: i64,
        /// Pods that are ready.
        ready_replicas: i64,
        /// Pods of the newest revision.
        updated_replicas: i64,
        /// Revision the pods come from.
        current_revision: String,
        /// Revision they go to.
        update_revision: String,
        /// Conditions, if any.
        conditions: Vec<Condition>,
    }
}

object! {
    /// A DaemonSet.
    DaemonSet {
        /// Name, namespace, labels.
        metadata: Metadata,
        /// What it should be.
        spec: DaemonSetSpec,
        /// What it is.
        status: DaemonSetStatus,
    }
}

object! {
    /// The spec of a DaemonSet.
    DaemonSetSpec {
        /// Which pods are its own.
        selector: LabelSelector,
        /// What they are made from.
        template: PodTemplate,
        /// How changes reach the pods.
        update_strategy: UpdateStrategy,
    }
}

object! {
    /// The status of a DaemonSet, in nodes.
    DaemonSetStatus {
        /// Generation of the spec this status speaks of.
        observed_generation: i64,
        /// Should run it.
        desired_number_scheduled: i64,
        /// Should run it and do.
        current_number_scheduled: i64,
        /// Run it and should not.
        number_misscheduled: i64,
        /// Run it, and it is ready.
        number_ready: i64,
        /// Run it, and it has been ready long enough.
        number_available: i64,
        /// Run the newest template.
        updated_number_scheduled: i64,
    }
}

object! {
    /// A Job.
    Job {
        /// Name, namespace, owner.
        metadata: Metadata,
        /// What it should be.
        spec: JobSpec,
        /// What it is.
        status: JobStatus,
    }
}

object! {
    /// The spec of a Job.
    JobSpec {
        /// Pods at the same time.
        parallelism: Option<i64>,
        /// Pods that must succeed.
        completions: Option<i64>,
        /// Failures allowed; absent means 6.
        backoff_limit: Option<i64>,
        /// Whether it is held back.
        suspend: bool,
        /// What its pods are made from.
        template: PodTemplate,
    }
}

object! {
    /// The status of a Job.
    JobStatus {
        /// Pods that are neither done nor failed.
        active: i64,
        /// Pods that succeeded.
        succeeded: i64,
        /// Pods that failed.
        failed: i64,
        /// When it was started.
        start_time: Option<Timestamp>,
        /// When it succeeded.
        completion_time: Option<Timestamp>,
        /// `Complete`, `Failed`, `Suspended`.
        conditions: Vec<Condition>,
    }
}

object! {
    /// A CronJob.
    CronJob {
        /// Name, namespace, labels.
        metadata: Metadata,
        /// What it should be.
        spec: CronJobSpec,
        /// What it is.
        status: CronJobStatus,
    }
}

object! {
    /// The spec of a CronJob.
    CronJobSpec {
        /// When, in the five fields of cron.
        schedule: String,
        /// Where the clock hangs; empty is the controller's own zone.
        time_zone: String,
        /// Whether it is held back.
        suspend: bool,
        /// `Allow` (when empty), `Forbid` or `Replace`.
        concurrency_policy: String,
        /// What its Jobs are made from.
        job_template: JobTemplate,
    }
}

object! {
    /// The pattern a CronJob makes Jobs from.
    JobTemplate {
        /// The Job's spec.
        spec: JobSpec,
    }
}

object! {
    /// The status of a CronJob.
    CronJobStatus {
        /// Jobs that run now.
        active: Vec<ObjectReference>,
        /// The last time it was due and started.
        last_schedule_time: Option<Timestamp>,
        /// The last time a Job of it succeeded.
        last_successful_time: Option<Timestamp>,
    }
}

object! {
    /// A PodDisruptionBudget.
    PodDisruptionBudget {
        /// Name and namespace.
        metadata: Metadata,
        /// Which pods it protects.
        spec: BudgetSpec,
    }
}

object! {
    /// The spec of a PodDisruptionBudget.
    BudgetSpec {
        /// Which pods; absent means none.
        selector: Option<LabelSelector>,
    }
}
