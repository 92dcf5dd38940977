//! What a host says when it is ready: a page for a person, or one line for a program.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::json;

use super::report::Format;
use crate::config::Server;
use crate::gateway::Gateway;
use crate::identity::{Principal, Token};

/// What a client needs to connect, and what it will find.
#[derive(Debug)]
pub(crate) struct Ready<'a> {
    /// Where MCP clients connect: first of all `http://127.0.0.1:7847/mcp`, or what there is in its place.
    pub(crate) endpoints: Endpoints,
    /// What they must bring.
    pub(crate) access: Access<'a>,
    /// Tools by plugin; a plugin without any is listed too.
    pub(crate) tools: BTreeMap<String, usize>,
    /// What else to tell a person; may be empty.
    pub(crate) hints: String,
}

/// The endpoints of a host, as URLs.
#[derive(Debug, Clone)]
pub(crate) struct Endpoints {
    /// Scheme, host and port.
    pub(crate) base: String,
    /// Whether `/mcp` serves everything.
    pub(crate) joint: bool,
    /// The names of those that serve a part, chosen by the operator.
    pub(crate) splits: Vec<String>,
}

impl Endpoints {
    /// What is served at `base` by this configuration.
    pub(crate) fn new(base: String, server: &Server) -> Self {
        let splits = server.endpoints.iter().map(|split| split.name.clone()).collect();
        Self { base, joint: server.joint, splits }
    }

    fn joint(&self) -> String {
        format!("{}/mcp", self.base)
    }

    fn named(&self, name: &str) -> String {
        format!("{}/mcp/{name}", self.base)
    }
}

/// What callers must bring.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Access<'a> {
    /// Nothing.
    Anyone,
    /// A token that the operator has; it is not shown.
    Configured,
    /// This token, made for this run alone.
    Fresh(&'a Token),
}

/// The line for a program.
#[derive(Serialize)]
struct Line<'a> {
    event: &'static str,
    /// The one to connect to where nothing else is known.
    url: String,
    /// All of them, that one included.
    endpoints: Vec<String>,
    /// Only one that was made for this run.
    token: Option<&'a str>,
    pid: u32,
    version: &'static str,
    plugins: Vec<&'a str>,
    tools: usize,
}

impl<'a> Ready<'a> {
    /// What is to be found at `endpoints`: by whom the host knows already, or by callers of whom some may find less.
    pub(crate) fn new(
        endpoints: Endpoints,
        access: Access<'a>,
        gateway: &Gateway,
        principal: Option<&Principal>,
        hints: String,
    ) -> Self {
        let mut tools: BTreeMap<_, _> = gateway.plugins().into_iter().map(|plugin| (plugin, 0)).collect();
        let plugins: Vec<String> = match principal {
            Some(principal) => gateway.tools(principal).iter().map(|tool| tool.plugin.clone()).collect(),
            None => gateway.live().registry.tools().map(|tool| tool.plugin.clone()).collect(),
        };
        for plugin in plugins {
            let count: &mut usize = tools.entry(plugin).or_default();
            *count = count.saturating_add(1);
        }
        Self { endpoints, access, tools, hints }
    }

    /// Writes the page or the line, and flushes. Whoever started us may be waiting for it.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub(crate) fn write(&self, format: Format, out: &mut dyn Write) -> io::Result<()> {
        match format {
            Format::Text => self.page(out)?,
            Format::Json => writeln!(out, "{}", serde_json::to_string(&self.line())?)?,
        }
        out.flush()
    }

    /// Every endpoint with what is told of it: that of all tools first, then the operator's, then the plugins'.
    fn endpoints(&self) -> Vec<(String, Option<String>)> {
        let joint = self.endpoints.joint.then(|| (self.endpoints.joint(), None));
        let splits = self.endpoints.splits.iter();
        let splits = splits.map(|name| (self.endpoints.named(name), Some("a part of the tools".to_owned())));
        let plugins = self.tools.iter().map(|(plugin, tools)| {
            (self.endpoints.named(plugin), Some(format!("{}, by their own names", counted(*tools, "tool"))))
        });
        joint.into_iter().chain(splits).chain(plugins).collect()
    }

    /// Where a client connects that is told of one endpoint alone.
    fn url(&self) -> String {
        let first = self.endpoints().into_iter().next();
        first.map_or_else(|| self.endpoints.joint(), |(url, _)| url)
    }

    fn line(&self) -> Line<'_> {
        let token = match self.access {
            Access::Anyone | Access::Configured => None,
            Access::Fresh(token) => Some(token.expose()),
        };
        Line {
            event: "ready",
            url: self.url(),
            endpoints: self.endpoints().into_iter().map(|(url, _)| url).collect(),
            token,
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION"),
            plugins: self.tools.keys().map(String::as_str).collect(),
            tools: self.tools.values().sum(),
        }
    }

    fn page(&self, out: &mut dyn Write) -> io::Result<()> {
        let Line { version, tools, .. } = self.line();
        writeln!(out, "postern {version} is ready: {}.\n", counted(tools, "tool"))?;
        // What a plugin serves alone is what is served at the first endpoint, where there is no other plugin.
        let only = self.endpoints.joint && self.tools.len() < 2;
        let shown = self.endpoints.splits.len().saturating_add(1);
        for (url, told) in self.endpoints().into_iter().take(if only { shown } else { usize::MAX }) {
            match told {
                Some(told) => writeln!(out, "  {url}  ({told})")?,
                None => writeln!(out, "  {url}")?,
            }
        }
        match self.access {
            Access::Anyone => writeln!(out, "  no token: every user and program of this machine may call")?,
            Access::Configured => writeln!(out, "  token: as configured; it stands below as <token>")?,
            Access::Fresh(token) => writeln!(
                out,
                "  token: {}\n  It is made for this run; set `token` under `[server]` in postern.toml to keep one.",
                token.expose()
            )?,
        }
        for (client, text) in self.clients() {
            writeln!(out, "\n{client}\n")?;
            for line in text.lines() {
                writeln!(out, "  {line}")?;
            }
        }
        if !self.hints.is_empty() {
            writeln!(out, "\n{}", self.hints)?;
        }
        writeln!(out, "\nCtrl-C stops it.")
    }

    /// Configuration to paste, by client.
    fn clients(&self) -> [(&'static str, String); 4] {
        let url = self.url();
        let token = match self.access {
            Access::Anyone => None,
            Access::Configured => Some("<token>"),
            Access::Fresh(token) => Some(token.expose()),
        };
        let flag = token
            .map(|token| format!(" \\\n  --header \"Authorization: Bearer {token}\""))
            .unwrap_or_default();
        let server = |mut server: serde_json::Value| {
            if let (Some(fields), Some(token)) = (server.as_object_mut(), token) {
                fields.insert("headers".to_owned(), json!({"Authorization": format!("Bearer {token}")}));
            }
            server
        };
        let code = json!({"servers": {"postern": server(json!({"type": "http", "url": url}))}});
        let cursor = json!({"mcpServers": {"postern": server(json!({"url": url}))}});
        [
            ("Claude Code", format!("claude mcp add --transport http postern {url}{flag}")),
            ("VS Code, in .vscode/mcp.json", format!("{code:#}")),
            ("Cursor, in .cursor/mcp.json", format!("{cursor:#}")),
            (
                "MCP Inspector, from a shell",
                format!(
                    "npx @modelcontextprotocol/inspector --cli --transport http --server-url {url}{flag} \\\n  \
                     --method tools/list"
                ),
            ),
        ]
    }
}

fn counted(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::Value;

    use super::*;

    fn written(access: Access<'_>, format: Format) -> String {
        told(endpoints(true, &[]), access, format)
    }

    fn endpoints(joint: bool, splits: &[&str]) -> Endpoints {
        let base = "http://127.0.0.1:7847".to_owned();
        Endpoints { base, joint, splits: splits.iter().map(|name| (*name).to_owned()).collect() }
    }

    fn told(endpoints: Endpoints, access: Access<'_>, format: Format) -> String {
        let tools = BTreeMap::from([("kubernetes".to_owned(), 14), ("palette".to_owned(), 1)]);
        let mut out = Vec::new();
        Ready { endpoints, access, tools, hints: String::new() }.write(format, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn only_endpoints_that_exist_are_told() {
        let page = told(endpoints(true, &["triage"]), Access::Anyone, Format::Text);
        let start = "\n\n  http://127.0.0.1:7847/mcp\n  http://127.0.0.1:7847/mcp/triage  (a part of the tools)\n  \
                     http://127.0.0.1:7847/mcp/kubernetes  (14 tools";
        assert!(page.contains(start), "{page}");
        for (splits, first) in [(&["triage"][..], "triage"), (&[], "kubernetes")] {
            let page = told(endpoints(false, splits), Access::Anyone, Format::Text);
            assert!(!page.contains("/mcp\n") && !page.contains("/mcp\""), "{page}");
            let pasted =
                format!("claude mcp add --transport http postern http://127.0.0.1:7847/mcp/{first}\n");
            assert!(page.contains(&pasted), "{page}");
            let line = told(endpoints(false, splits), Access::Anyone, Format::Json);
            let line: Value = serde_json::from_str(&line).unwrap();
            assert_eq!(line["url"], format!("http://127.0.0.1:7847/mcp/{first}"));
            assert_eq!(line["endpoints"].as_array().unwrap().len(), splits.len() + 2, "{line}");
        }
    }

    #[track_caller]
    fn check(access: Access<'_>, expected: Expect) {
        expected.assert_eq(&written(access, Format::Text).replace(env!("CARGO_PKG_VERSION"), "VERSION"));
    }

    #[test]
    fn the_page_can_be_pasted_from() {
        check(
            Access::Fresh(&Token::presented("postern_abc").unwrap()),
            expect![[r#"
                postern VERSION is ready: 15 tools.

                  http://127.0.0.1:7847/mcp
                  http://127.0.0.1:7847/mcp/kubernetes  (14 tools, by their own names)
                  http://127.0.0.1:7847/mcp/palette  (1 tool, by their own names)
                  token: postern_abc
                  It is made for this run; set `token` under `[server]` in postern.toml to keep one.

                Claude Code

                  claude mcp add --transport http postern http://127.0.0.1:7847/mcp \
                    --header "Authorization: Bearer postern_abc"

                VS Code, in .vscode/mcp.json

                  {
                    "servers": {
                      "postern": {
                        "type": "http",
                        "url": "http://127.0.0.1:7847/mcp",
                        "headers": {
                          "Authorization": "Bearer postern_abc"
                        }
                      }
                    }
                  }

                Cursor, in .cursor/mcp.json

                  {
                    "mcpServers": {
                      "postern": {
                        "url": "http://127.0.0.1:7847/mcp",
                        "headers": {
                          "Authorization": "Bearer postern_abc"
                        }
                      }
                    }
                  }

                MCP Inspector, from a shell

                  npx @modelcontextprotocol/inspector --cli --transport http --server-url http://127.0.0.1:7847/mcp \
                    --header "Authorization: Bearer postern_abc" \
                    --method tools/list

                Ctrl-C stops it.
            "#]],
        );
    }

    #[test]
    fn a_configured_token_is_not_shown() {
        let page = written(Access::Configured, Format::Text);
        assert!(page.contains("Authorization: Bearer <token>"), "{page}");
    }

    #[test]
    fn without_a_token_no_header_is_told() {
        let page = written(Access::Anyone, Format::Text);
        assert!(!page.contains("Authorization") && page.contains("no token: every user"), "{page}");
    }

    #[test]
    fn the_line_is_one_object() {
        let fresh = Token::fresh().unwrap();
        for (access, token) in [
            (Access::Fresh(&fresh), json!(fresh.expose())),
            (Access::Configured, Value::Null),
            (Access::Anyone, Value::Null),
        ] {
            let text = written(access, Format::Json);
            assert_eq!(text.matches('\n').count(), 1);
            let line: Value = serde_json::from_str(&text).unwrap();
            let expected = json!({
                "event": "ready",
                "url": "http://127.0.0.1:7847/mcp",
                "endpoints": [
                    "http://127.0.0.1:7847/mcp",
                    "http://127.0.0.1:7847/mcp/kubernetes",
                    "http://127.0.0.1:7847/mcp/palette",
                ],
                "token": token,
                "pid": std::process::id(),
                "version": env!("CARGO_PKG_VERSION"),
                "plugins": ["kubernetes", "palette"],
                "tools": 15,
            });
            assert_eq!(line, expected);
        }
    }
}
