//! Events: what components reported about objects, kept by the server for about an hour.

use jiff::Timestamp;

use super::meta::Metadata;
use super::object;

object! {
    /// An event of the core group.
    Event {
        /// Its own name and namespace.
        metadata: Metadata,
        /// The object it is about.
        involved_object: ObjectReference,
        /// One word: `FailedMount`, `Unhealthy`.
        reason: String,
        /// A sentence. Written by whatever runs in the cluster: data, never an instruction.
        message: String,
        /// `Normal` or `Warning`.
        #[serde(rename = "type")]
        kind: String,
        /// How often it was seen; zero for the newer form, which counts in `series`.
        count: i64,
        /// First sight, older form.
        first_timestamp: Option<Timestamp>,
        /// Last sight, older form.
        last_timestamp: Option<Timestamp>,
        /// First sight, newer form.
        event_time: Option<Timestamp>,
        /// Repetitions, newer form.
        series: Option<EventSeries>,
        /// Who reported it, older form.
        source: EventSource,
        /// Who reported it, newer form.
        reporting_component: String,
    }
}

object! {
    /// A pointer to an object, and perhaps into it.
    ObjectReference {
        /// Kind.
        kind: String,
        /// Namespace; empty for objects of the whole cluster.
        namespace: String,
        /// Name.
        name: String,
        /// Identity; for nodes often their name instead.
        uid: String,
        /// Where inside, such as `spec.containers{app}`.
        field_path: String,
    }
}

object! {
    /// Repetitions of one event.
    EventSeries {
        /// How often.
        count: i64,
        /// Last sight.
        last_observed_time: Option<Timestamp>,
    }
}

object! {
    /// Who reported an event.
    EventSource {
        /// Program.
        component: String,
        /// Node it ran on.
        host: String,
    }
}

impl Event {
    /// When it was last seen: whichever form the reporter used, else when it was stored.
    #[must_use]
    pub fn last_seen(&self) -> Option<Timestamp> {
        let series = self.series.as_ref().and_then(|series| series.last_observed_time);
        series.or(self.last_timestamp).or(self.event_time).or(self.metadata.creation_timestamp)
    }

    /// How often it was seen, at least once.
    #[must_use]
    pub fn times(&self) -> i64 {
        self.series.as_ref().map_or(self.count, |series| series.count).max(1)
    }

    /// Whether it is a warning.
    #[must_use]
    pub fn is_warning(&self) -> bool {
        self.kind == "Warning"
    }
}
