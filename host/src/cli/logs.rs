//! The log: lines on the standard error, never on the standard output, which belongs to the command.

use std::io::{self, IsTerminal as _};
use std::str::FromStr;

use thiserror::Error;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{EnvFilter, ParseError};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;

use crate::telemetry::Telemetry;

/// What is logged when nothing is said. Libraries speak up only when something is wrong: `rmcp` alone would
/// write three lines about each request, and a warning for every mistake of a client. Spans are for traces.
const FILTER: &str = "info,rmcp=error,hyper=warn,h2=warn,rustls=warn,wasmtime=warn,cranelift=warn,\
                      opentelemetry=warn,postern::span=off";

/// How a line reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people, in colour on a terminal.
    #[default]
    Text,
    /// One JSON object a line: `timestamp`, `level`, `target`, `message`, the fields beside them, and `span`
    /// with those of the call that the line belongs to.
    Json,
}

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
    /// Nor can its form.
    #[error("`{0}` is no form of the log; write `text` or `json`")]
    Format(String),
}

impl FromStr for Format {
    type Err = LogError;

    fn from_str(text: &str) -> Result<Self, LogError> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(LogError::Format(text.to_owned())),
        }
    }
}

/// Starts the log, and the traces beside it; `filter` adds to, and so overrides, what is logged by default.
///
/// # Errors
/// [`LogError::Filter`].
pub(crate) fn start(filter: Option<&str>, format: Format, telemetry: &Telemetry) -> Result<(), LogError> {
    let lines = lines(filter, format, io::stderr, io::stderr().is_terminal())?;
    let subscriber = tracing_subscriber::registry().with(lines).with(telemetry.layer());
    // Whoever embeds the commands may have started a log of their own, and then keeps it.
    drop(tracing::subscriber::set_global_default(subscriber));
    Ok(())
}

fn lines<S, W>(
    filter: Option<&str>,
    format: Format,
    writer: W,
    colour: bool,
) -> Result<impl Layer<S> + Send + Sync + use<S, W>, LogError>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let given = filter.unwrap_or_default();
    let directives = if given.is_empty() { FILTER.to_owned() } else { format!("{FILTER},{given}") };
    let filter = EnvFilter::builder()
        .parse(directives)
        .map_err(|source| LogError::Filter { filter: given.to_owned(), source })?;
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    let lines = match format {
        Format::Text => lines.with_ansi(colour).boxed(),
        Format::Json => {
            lines.json().flatten_event(true).with_current_span(true).with_span_list(false).boxed()
        }
    };
    Ok(lines.with_filter(filter))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::telemetry::{Transport, span};

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is logged of a call, with this filter and in this form.
    fn logged(filter: Option<&str>, format: Format) -> String {
        let written = Written::default();
        let writer = written.clone();
        let lines = lines(filter, format, move || writer.clone(), false).unwrap();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), || {
            let operation = span::operation("tools/call", Some("get_pods"), Transport::Http, None, None);
            let _in = operation.enter();
            let call = tracing::info_span!("call", id = "c-1");
            let _in = call.enter();
            tracing::info!(code = "x", words = "a\n{\"level\":\"ERROR\"}", "request ended");
            tracing::debug!("quiet");
            tracing::warn!(target: "rmcp::service", "chatter");
        });
        let bytes = written.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn lines_of_json_are_objects_with_their_fields_beside_the_message() {
        let log = logged(None, Format::Json);
        let [line] = log.lines().collect::<Vec<_>>()[..] else { panic!("{log}") };
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(value["level"], "INFO");
        assert_eq!(value["message"], "request ended");
        assert_eq!(value["code"], "x");
        assert_eq!(value["span"], serde_json::json!({"name": "call", "id": "c-1"}));
        assert_eq!(value["words"], "a\n{\"level\":\"ERROR\"}");
        assert!(value["timestamp"].is_string());
    }

    #[test]
    fn lines_for_people_are_lines_and_the_filter_adds() {
        let log = logged(None, Format::Text);
        assert!(log.contains("INFO call{id=\"c-1\"}: ") && log.contains("request ended code=\"x\""), "{log}");
        assert!(!log.contains("quiet") && !log.contains("chatter") && !log.contains("operation"), "{log}");
        let log = logged(Some("debug,rmcp=warn"), Format::Text);
        assert!(log.contains("quiet") && log.contains("chatter") && !log.contains("tools/call"), "{log}");
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        assert_eq!("json".parse::<Format>().unwrap(), Format::Json);
        let told = "yaml".parse::<Format>().unwrap_err().to_string();
        assert_eq!(told, "`yaml` is no form of the log; write `text` or `json`");
        let Err(told) =
            lines::<tracing_subscriber::Registry, _>(Some("a=b=c"), Format::Text, io::stderr, false)
        else {
            panic!("a filter that cannot be read")
        };
        assert!(told.to_string().starts_with("`a=b=c` is no filter for the log"));
    }
}
