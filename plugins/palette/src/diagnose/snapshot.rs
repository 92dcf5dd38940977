//! What was read of one cluster.

use jiff::Timestamp;

use crate::fault::Fault;
use crate::model::cluster::Summary;
use crate::model::cost::ClusterCost;
use crate::model::event::{Event, Notification};
use crate::model::feature::{Backup, Certificates, ScanLogs, Updates};
use crate::model::machine::Machine;

/// A part of a snapshot.
#[derive(Debug, Clone, Default)]
pub enum Part<T> {
    /// As it was read.
    Read(T),
    /// The cluster has no such thing: a state.
    Absent,
    /// It could not be read: nothing is known.
    #[default]
    Unread,
    /// It could not be read, for this reason.
    Failed(Fault),
}

impl<T> Part<T> {
    /// What was read, if anything was.
    pub const fn read(&self) -> Option<&T> {
        match self {
            Self::Read(part) => Some(part),
            Self::Absent | Self::Unread | Self::Failed(_) => None,
        }
    }

    /// Why it could not be read.
    pub const fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Failed(fault) => Some(fault),
            Self::Read(_) | Self::Absent | Self::Unread => None,
        }
    }

    /// Whether the cluster has no such thing.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl<T> From<Result<Option<T>, Fault>> for Part<T> {
    fn from(answer: Result<Option<T>, Fault>) -> Self {
        match answer {
            Ok(Some(part)) => Self::Read(part),
            Ok(None) => Self::Absent,
            Err(fault) => Self::Failed(fault),
        }
    }
}

/// A machine, and the pool that it is in.
#[derive(Debug, Clone)]
pub struct Member {
    /// Name of the pool.
    pub pool: String,
    /// Whether that is the control plane.
    pub is_control_plane: bool,
    /// The machine.
    pub machine: Machine,
}

/// What was read of one cluster, at one time.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// When.
    pub now: Timestamp,
    /// What it is and how it is; without it there is no diagnosis.
    pub summary: Summary,
    /// Newest first.
    pub events: Part<Vec<Event>>,
    /// Of all pools.
    pub machines: Part<Vec<Member>>,
    /// Of all machines.
    pub certificates: Part<Certificates>,
    /// What is backed up.
    pub backup: Part<Backup>,
    /// What was scanned.
    pub scans: Part<ScanLogs>,
    /// What an update would bring.
    pub updates: Part<Updates>,
    /// What waits for somebody.
    pub notifications: Part<Vec<Notification>>,
    /// Of the last week.
    pub cost: Part<ClusterCost>,
    /// Names of packs that should no longer be used.
    pub deprecated: Part<Vec<String>>,
}

impl Snapshot {
    /// A snapshot of which nothing else was read.
    #[must_use]
    pub const fn of(now: Timestamp, summary: Summary) -> Self {
        Self {
            now,
            summary,
            events: Part::Unread,
            machines: Part::Unread,
            certificates: Part::Unread,
            backup: Part::Unread,
            scans: Part::Unread,
            updates: Part::Unread,
            notifications: Part::Unread,
            cost: Part::Unread,
            deprecated: Part::Unread,
        }
    }

    /// Parts that could not be read, and why.
    #[must_use]
    pub fn unread(&self) -> Vec<(&'static str, &Fault)> {
        let parts = [
            ("events", self.events.fault()),
            ("machines", self.machines.fault()),
            ("certificates", self.certificates.fault()),
            ("backup", self.backup.fault()),
            ("scans", self.scans.fault()),
            ("profile updates", self.updates.fault()),
            ("notifications", self.notifications.fault()),
            ("cost", self.cost.fault()),
            ("deprecated packs", self.deprecated.fault()),
        ];
        parts.into_iter().filter_map(|(part, fault)| Some((part, fault?))).collect()
    }

    /// Parts that the cluster does not have.
    #[must_use]
    pub fn absent(&self) -> Vec<&'static str> {
        let parts = [
            ("backup is not configured", self.backup.is_absent()),
            ("no scan has run", self.scans.is_absent()),
            ("there are no certificates to read", self.certificates.is_absent()),
            ("there are no machines to read", self.machines.is_absent()),
        ];
        parts.into_iter().filter(|(_, absent)| *absent).map(|(state, _)| state).collect()
    }

    /// Hours from then to now; none where the text is no time, or means "not set". Negative for what is to come.
    #[must_use]
    pub fn hours_since(&self, time: &str) -> Option<i64> {
        if time.starts_with("0001-") {
            return None;
        }
        let then: Timestamp = time.parse().ok()?;
        Some(self.now.duration_since(then).as_secs().div_euclid(3600))
    }
}
