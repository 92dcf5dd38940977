//! The integrations that come with the host, compiled into it.

/// One integration.
#[derive(Debug, Clone, Copy)]
pub struct Embedded {
    /// Its folder's name, which is the plugin's.
    pub name: &'static str,
    /// Where its manifest lies in the source tree: how diagnostics name it.
    pub path: &'static str,
    /// Its `plugin.toml`.
    pub manifest: &'static str,
    /// Its component.
    pub component: &'static [u8],
    /// The rules that it comes with, if it guards: names and texts.
    pub rules: &'static [(&'static str, &'static str)],
}

/// Every integration of `plugins/`, by name; the build script found and compiled them.
pub const EMBEDDED: &[Embedded] = include!(concat!(env!("OUT_DIR"), "/components.rs"));
