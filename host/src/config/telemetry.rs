//! `[telemetry]`, and the standard variables of OpenTelemetry.

use std::net::SocketAddr;

use super::Environment;
use crate::diagnostic::{Spanned, Table};
use crate::telemetry::{Config, VariableError};

/// What the file says; where traces and metrics are exported to is for the variables.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Telemetry {
    /// Where Prometheus may come for the metrics; nowhere unless it is said.
    pub metrics: Option<SocketAddr>,
    /// Whether upstreams are told which trace a request belongs to.
    pub propagate: bool,
}

pub(super) fn read(root: &Table<'_>) -> Telemetry {
    let Some(table) = root.table("telemetry") else { return Telemetry::default() };
    let metrics = table.parse("metrics", |text| {
        text.parse::<SocketAddr>().map_err(|_| {
            format!("`{text}` is no address to listen on; write one such as `127.0.0.1:9464` or `[::1]:9464`")
        })
    });
    let open = table.flag("metrics_beyond_loopback");
    let allowed = open.as_ref().is_some_and(|open| *open.get_ref());
    match &metrics {
        Some(address) if !address.get_ref().ip().is_loopback() && !allowed => table.faults().add_help(
            address.span(),
            format_args!(
                "`{}` can be reached from other machines, and asks nobody who they are",
                address.get_ref()
            ),
            "listen on `127.0.0.1`, or say `metrics_beyond_loopback = true`",
        ),
        Some(address) if address.get_ref().ip().is_loopback() && allowed => table.faults().add(
            table.key("metrics_beyond_loopback"),
            format_args!("`{}` is a loopback address, so this has no effect", address.get_ref()),
        ),
        None if open.is_some() && !table.has("metrics") => table.faults().add(
            table.key("metrics_beyond_loopback"),
            "there is no `metrics` to listen on, so this has no effect",
        ),
        Some(_) | None => {}
    }
    Telemetry {
        metrics: metrics.map(Spanned::into_inner),
        propagate: table.flag("propagate").is_some_and(Spanned::into_inner),
    }
}

impl Environment {
    /// What is exported, and where to, by the standard variables.
    ///
    /// # Errors
    /// [`VariableError`]: the first variable that cannot be followed.
    pub fn telemetry(&self) -> Result<Config, VariableError> {
        Config::from_variables(|name| self.get(name))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::diagnostic::{Faults, Source};

    fn parse(text: &str) -> Result<Telemetry, String> {
        let faults = Faults::new(Source::new("postern.toml", text));
        let config = faults.read(|root| Some(read(&root)));
        faults.finish(config).map_err(|told| told.to_string())
    }

    #[track_caller]
    fn check(text: &str, expected: &Expect) {
        expected.assert_eq(&parse(text).unwrap_err());
    }

    #[test]
    fn nothing_listens_unless_it_is_said() {
        assert_eq!(parse("").unwrap(), Telemetry { metrics: None, propagate: false });
        let config = parse("[telemetry]\nmetrics = \"127.0.0.1:9464\"\npropagate = true\n").unwrap();
        assert_eq!(config, Telemetry { metrics: Some(([127, 0, 0, 1], 9464).into()), propagate: true });
        let config = parse("[telemetry]\nmetrics = \"[::]:9464\"\nmetrics_beyond_loopback = true\n").unwrap();
        assert!(config.metrics.is_some_and(|address| address.ip().is_unspecified()));
    }

    #[test]
    fn an_open_door_must_be_asked_for() {
        check(
            "[telemetry]\nmetrics = \"0.0.0.0:9464\"\n",
            &expect![[r#"
            postern.toml:2:11: `0.0.0.0:9464` can be reached from other machines, and asks nobody who they are
              help: listen on `127.0.0.1`, or say `metrics_beyond_loopback = true`"#]],
        );
        check(
            "[telemetry]\nmetrics = \"9464\"\n",
            &expect![
                "postern.toml:2:11: `9464` is no address to listen on; write one such as `127.0.0.1:9464` or `[::1]:9464`"
            ],
        );
        check(
            "[telemetry]\nmetrics = \"127.0.0.1:1\"\nmetrics_beyond_loopback = true\n",
            &expect!["postern.toml:3:1: `127.0.0.1:1` is a loopback address, so this has no effect"],
        );
        check(
            "[telemetry]\nmetrics_beyond_loopback = true\n",
            &expect!["postern.toml:2:1: there is no `metrics` to listen on, so this has no effect"],
        );
    }

    #[test]
    fn variables_are_looked_up_here_and_nowhere_else() {
        let environment =
            Environment::fixed([("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.example:4318")]);
        let config = environment.telemetry().unwrap();
        assert_eq!(config.traces.unwrap().endpoint.as_str(), "http://collector.example:4318/v1/traces");
        assert!(Environment::fixed::<&str, &str>([]).telemetry().unwrap().metrics.is_none());
    }
}
