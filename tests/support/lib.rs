//! The test components of `guests/`, compiled: what the end-to-end tests drop into a host.

/// One test component and its manifest.
#[derive(Debug, Clone, Copy)]
pub struct Guest {
    /// Its folder's name.
    pub name: &'static str,
    /// Where its manifest lies in the source tree.
    pub path: &'static str,
    /// Its `plugin.toml`.
    pub manifest: &'static str,
    /// Its component.
    pub component: &'static [u8],
}

/// Every folder of `guests/`; the build script found and compiled them.
pub const GUESTS: &[Guest] = include!(concat!(env!("OUT_DIR"), "/components.rs"));

impl Guest {
    /// The component of that folder.
    ///
    /// # Panics
    /// When there is none: a misspelt test must not pass.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let found = GUESTS.iter().find(|guest| guest.name == name).copied();
        #[expect(clippy::panic, reason = "a misspelt test must not pass")]
        found.unwrap_or_else(|| panic!("no guest is named `{name}`"))
    }
}
