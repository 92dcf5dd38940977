//! How much one request and one call may use, and why that much.

use std::time::Duration;

/// The limits of every request and every call. Invariant: nothing here is without bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From the first lookup of a name to the end of the TLS handshake, all addresses together.
    pub connect: Duration,
    /// From sending to the first byte of an answer; a connection made for it counts.
    pub headers: Duration,
    /// Between two parts of a body.
    pub idle: Duration,
    /// A whole exchange with its retries, where the request asks for no other time.
    pub total: Duration,
    /// The longest time that a request may ask for.
    pub longest: Duration,
    /// The body of one response, in bytes, after decoding.
    pub response_bytes: u64,
    /// The body of one request, in bytes.
    pub request_bytes: u64,
    /// Requests of one call, refused ones included.
    pub requests: u32,
    /// Bodies of one call, sent and received, in bytes.
    pub bytes: u64,
    /// Requests of one call at once; one more is refused.
    pub concurrent: usize,
    /// Requests of all calls at once; one more waits.
    pub concurrent_in_all: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // A dead cluster should cost a person who asks five of them seconds, not a minute.
            connect: Duration::from_secs(5),
            // A busy API server takes its time over a large list, and then sends it at once.
            headers: Duration::from_secs(30),
            idle: Duration::from_secs(15),
            total: Duration::from_secs(30),
            longest: Duration::from_secs(120),
            // A list of 1,000 small pods is 5 MB of JSON.
            response_bytes: 32 << 20,
            // An API server refuses more than 3 MiB.
            request_bytes: 4 << 20,
            // One list a namespace in a cluster with many namespaces.
            requests: 500,
            bytes: 128 << 20,
            concurrent: 16,
            concurrent_in_all: 256,
        }
    }
}
