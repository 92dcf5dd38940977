//! The log: lines on the standard error, never on the standard output, which belongs to the command.

use std::io::{self, IsTerminal as _};

use thiserror::Error;
use tracing_subscriber::filter::{EnvFilter, ParseError};

/// What is logged when nothing is said. Libraries speak up only when something is wrong: `rmcp` alone would
/// write three lines about each request, and a warning for every mistake of a client.
const FILTER: &str = "info,rmcp=error,hyper=warn,h2=warn,rustls=warn,wasmtime=warn,cranelift=warn";

/// Why there is no log.
#[derive(Debug, Error)]
pub(crate) enum LogError {
    /// The operator's filter cannot be read.
    #[error("`{filter}` is no filter for the log; write one such as `info` or `postern=debug`")]
    Filter {
        /// As it was given.
        filter: String,
        /// Where it goes wrong.
        #[source]
        source: ParseError,
    },
}

/// Starts the log; `filter` adds to, and so overrides, what is logged by default.
///
/// # Errors
/// [`LogError::Filter`].
pub(crate) fn start(filter: Option<&str>) -> Result<(), LogError> {
    let given = filter.unwrap_or_default();
    let directives = if given.is_empty() { FILTER.to_owned() } else { format!("{FILTER},{given}") };
    let filter = EnvFilter::builder()
        .parse(directives)
        .map_err(|source| LogError::Filter { filter: given.to_owned(), source })?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .finish();
    // Whoever embeds the commands may have started a log of their own, and then keeps it.
    drop(tracing::subscriber::set_global_default(log));
    Ok(())
}
