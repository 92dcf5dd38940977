//! The error document of the API.

use super::object;

object! {
    /// Why a request failed. Not every failure has one: unknown paths and proxies answer in plain text.
    Status {
        /// `Status` when this is one.
        kind: String,
        /// `Success` or `Failure`.
        status: String,
        /// A sentence for people.
        message: String,
        /// One word: `NotFound`, `Forbidden`, `Expired`; may be empty.
        reason: String,
        /// Particulars, if any.
        details: StatusDetails,
        /// The HTTP status, again.
        code: u16,
    }
}

object! {
    /// Particulars of a failure.
    StatusDetails {
        /// Name of the object.
        name: String,
        /// API group.
        group: String,
        /// Kind, or rather the plural.
        kind: String,
        /// One entry a fault.
        causes: Vec<StatusCause>,
        /// When to try again, in seconds.
        retry_after_seconds: Option<u64>,
    }
}

object! {
    /// One fault among several.
    StatusCause {
        /// One word: `FieldValueRequired`.
        reason: String,
        /// A sentence.
        message: String,
        /// Where, as a dotted path.
        field: String,
    }
}
