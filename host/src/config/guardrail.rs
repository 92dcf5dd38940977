//! `[guardrails]`: on which terms guardrails hold a call, and the files of their rules.
//!
//! ```toml
//! [guardrails]
//! approvers = "approvers"              # the group whose members may approve, where a rule names none
//! quorum = 1                           # how many of them, 1 to 100
//! expires = "1h"                       # how long an approval may be waited for, 1 s to 30 days
//! ```

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::unit;
use crate::diagnostic::{Spanned, Table};
use crate::guardrail::Config;
use crate::runtime::RuleFile;

/// The shortest and the longest that an approval may be waited for: as in policies.
const EXPIRES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30 * 24 * 3600));

/// How the files of rules end.
const EXTENSION: &str = "yaml";

pub(super) fn read(root: &Table<'_>) -> Config {
    let usual = Config::default();
    let Some(table) = root.table("guardrails") else { return usual };
    let approvers = table.text("approvers").map(Spanned::into_inner);
    if approvers.as_ref().is_some_and(String::is_empty) {
        table.faults().add(table.key("approvers"), "`approvers` names a group");
    }
    Config {
        approvers: approvers.unwrap_or(usual.approvers),
        quorum: table
            .number("quorum", 1, 100)
            .and_then(|quorum| u32::try_from(quorum.into_inner()).ok())
            .unwrap_or(usual.quorum),
        expires: unit::duration(&table, "expires", usual.expires, EXPIRES),
    }
}

/// The rules of a folder, by name.
///
/// # Errors
/// When it cannot be read, or there is none in it: a guard without rules would let everything be.
pub fn files(folder: &Path) -> Result<Vec<RuleFile>, String> {
    let failed = |path: &Path, error| format!("`{}` cannot be read: {error}", path.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| failed(folder, error))? {
        let path = entry.map_err(|error| failed(folder, error))?.path();
        if path.extension().is_some_and(|extension| extension == EXTENSION) {
            let text = fs::read_to_string(&path).map_err(|error| failed(&path, error))?;
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.push(RuleFile { name, text });
        }
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    if files.is_empty() {
        return Err(format!("there is no `*.{EXTENSION}` in `{}`", folder.display()));
    }
    Ok(files)
}
