//! Events.

use super::lenient;
use super::meta::{Meta, Named};

lenient! {
    /// One item of `GET /v1/events/components/{kind}/{uid}`.
    Event {
        /// Uid and time.
        metadata: Meta,
        /// A free text: `Error`, `Warning` and `Info` are seen.
        severity: String,
        /// In a word.
        reason: String,
        /// In sentences, which anyone who deploys may have written.
        message: String,
        /// Who says it.
        source: Source,
        /// What it is about.
        involved_object: Object,
        /// What else it is about.
        related_object: Object,
    }

    /// Who says it.
    Source {
        /// Component.
        component: String,
        /// Host.
        host: String,
    }

    /// An object.
    Object {
        /// Kind.
        kind: String,
        /// Name.
        name: String,
        /// Uid.
        uid: String,
    }

    /// One item of `GET /v1/notifications/{kind}/{uid}`.
    Notification {
        /// Its time is that of its creation.
        metadata: Meta,
        /// `NotificationPackUpdate` and so on.
        r#type: String,
        /// What it asks for.
        action: Action,
        /// What it is about.
        related_object: Named,
    }

    /// What a notification asks for.
    Action {
        /// In a word.
        action_type: String,
        /// In a sentence.
        action_message: String,
        /// Whether somebody has seen it.
        ack: bool,
        /// Whether it is settled.
        is_done: bool,
        /// Whether it asks for nothing.
        is_info: bool,
    }
}

impl Event {
    /// When it happened.
    #[must_use]
    pub fn time(&self) -> Option<&str> {
        let times =
            self.metadata.creation_timestamp.as_ref().or(self.metadata.last_modified_timestamp.as_ref());
        times.map(String::as_str)
    }

    /// Whether it says that something went wrong, rather than that it may.
    #[must_use]
    pub fn is_error(&self) -> bool {
        ["error", "critical"].contains(&self.severity.to_ascii_lowercase().as_str())
            || self.reason.starts_with("Failed")
    }
}
