//! What instruments and attributes are called, and the few values that an attribute may have.
//!
//! Names without `postern.` are of the semantic conventions of OpenTelemetry for MCP and for HTTP.

pub(super) const OPERATION: &str = "mcp.server.operation.duration";
pub(super) const SESSION: &str = "mcp.server.session.duration";
pub(super) const REQUEST: &str = "http.server.request.duration";

pub(super) const METHOD: &str = "mcp.method.name";
pub(super) const VERSION: &str = "mcp.protocol.version";
pub(super) const TOOL: &str = "gen_ai.tool.name";
pub(super) const PROMPT: &str = "gen_ai.prompt.name";
pub(super) const GEN_AI_OPERATION: &str = "gen_ai.operation.name";
pub(super) const EXECUTE_TOOL: &str = "execute_tool";
pub(super) const ERROR: &str = "error.type";
pub(super) const TOOL_ERROR: &str = "tool_error";
pub(super) const RPC_STATUS: &str = "rpc.response.status_code";
pub(super) const TRANSPORT: &str = "network.transport";
pub(super) const PROTOCOL: &str = "network.protocol.name";

pub(super) const PLUGIN: &str = "postern.plugin";
pub(super) const NAME: &str = "postern.name";
pub(super) const OUTCOME: &str = "postern.outcome";
pub(super) const UPSTREAM: &str = "postern.upstream";
pub(super) const CAPABILITY: &str = "postern.capability";
pub(super) const HTTP_METHOD: &str = "http.request.method";
pub(super) const HTTP_ROUTE: &str = "http.route";
pub(super) const HTTP_STATUS: &str = "http.response.status_code";
pub(super) const EFFECT: &str = "postern.effect";
pub(super) const DECISION: &str = "postern.decision";
pub(super) const CODE: &str = "postern.code";
pub(super) const REASON: &str = "postern.reason";
pub(super) const KIND: &str = "postern.kind";

/// Stands for every name that a client made up.
pub(super) const OTHER: &str = "_other";

/// The buckets that the conventions ask for, in seconds.
pub(super) const SECONDS: [f64; 14] =
    [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0];

/// For what is over within milliseconds, in seconds.
pub(super) const FINE: [f64; 13] =
    [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 10.0, 60.0];

/// The revisions of MCP there are; what else a client claims counts as [`OTHER`].
const VERSIONS: [&str; 5] = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"];

/// The methods that a client may send, notifications included.
const METHODS: [&str; 24] = [
    "completion/complete",
    "initialize",
    "logging/setLevel",
    "notifications/cancelled",
    "notifications/initialized",
    "notifications/progress",
    "notifications/roots/list_changed",
    "ping",
    "prompts/get",
    "prompts/list",
    "resources/list",
    "resources/read",
    "resources/subscribe",
    "resources/templates/list",
    "resources/unsubscribe",
    "server/discover",
    "subscriptions/listen",
    "tasks/cancel",
    "tasks/get",
    "tasks/list",
    "tasks/result",
    "tasks/update",
    "tools/call",
    "tools/list",
];

/// Errors of a client's own making, which the conventions do not count as the server's.
const OF_CLIENTS: [i64; 5] = [-32700, -32600, -32601, -32602, -32002];

pub(super) fn method(given: &str) -> &'static str {
    METHODS.into_iter().find(|known| *known == given).unwrap_or(OTHER)
}

pub(super) fn version(given: &str) -> &'static str {
    VERSIONS.into_iter().find(|known| *known == given).unwrap_or(OTHER)
}

/// Whether a JSON-RPC error is one of the server's.
pub(super) fn is_ours(code: i64) -> bool {
    !OF_CLIENTS.contains(&code)
}
