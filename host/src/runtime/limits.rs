//! How much of everything one call may use.

use std::time::Duration;

/// The bounds of one call's instance, and of all of them together.
///
/// The defaults suit integrations that fetch a few megabytes of JSON and answer in text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// From the start of the call to its end, waiting included.
    pub deadline: Duration,
    /// Time that the guest itself computes; waiting for upstreams does not count.
    pub computing: Duration,
    /// Linear memory, in bytes.
    pub memory_bytes: usize,
    /// Entries of all tables.
    pub table_elements: usize,
    /// Handles and entries of resource tables.
    pub handles: usize,
    /// One transfer across the boundary in bytes: an argument, an answer, a response body.
    pub transfer_bytes: usize,
    /// A tool's answer, content and structured together, in bytes.
    pub result_bytes: usize,
    /// Log lines; further ones are dropped and counted.
    pub log_lines: u32,
    /// Bytes of log lines; further ones are dropped and counted.
    pub log_bytes: usize,
    /// Bytes of standard output and standard error each; one more ends the call.
    pub output_bytes: usize,
    /// Instances alive at once, over all components; further calls wait.
    pub instances: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(60),
            // A list of a thousand pods takes some tens of milliseconds; a hundredfold is still a bug.
            computing: Duration::from_secs(10),
            memory_bytes: 64 << 20,
            table_elements: 20_000,
            handles: 4096,
            transfer_bytes: 40 << 20,
            result_bytes: 1 << 20,
            log_lines: 200,
            log_bytes: 64 << 10,
            output_bytes: 64 << 10,
            instances: 64,
        }
    }
}
