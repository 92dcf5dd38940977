//! `[policy]`: which policies decide, which are only watched, and what the operator says of targets.
//!
//! ```toml
//! [policy]
//! path = "policies"                    # a folder of `*.cedar`; without it, the policies that are built in
//! observe = "policies-next"            # another set: asked and recorded, not obeyed
//!
//! [[policy.target]]                    # every one that matches holds; a later one says it anew
//! match = "kubernetes/cluster/prod-*"  # plugin/upstream/target
//! environment = "production"
//! labels = { team = "shop" }
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use super::reference::Context;
use crate::diagnostic::{Source, Spanned, Table};
use crate::policy::{self, Inventory, Policies, TargetRule};

/// How the files of policies end.
const EXTENSION: &str = "cedar";

/// What was configured.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// The folder of the policies; `None` for those that are built in.
    pub folder: Option<PathBuf>,
    /// The folder of a set that is asked and not obeyed.
    pub observed: Option<PathBuf>,
    /// What policies may know of targets.
    pub inventory: Inventory,
}

impl Policy {
    /// What the policy room needs: every file of the folders, as it is now.
    ///
    /// # Errors
    /// A folder or a file that cannot be read, or a folder without a policy.
    pub fn read(&self) -> Result<policy::Config, String> {
        Ok(policy::Config {
            set: self.folder.as_deref().map_or_else(|| Ok(Policies::builtin()), sources)?,
            observed: self.observed.as_deref().map(sources).transpose()?,
            inventory: self.inventory.clone(),
        })
    }
}

/// The policies of a folder, by name.
///
/// # Errors
/// When it cannot be read, or there is none in it: an empty set would refuse everything, and say nothing.
pub fn sources(folder: &Path) -> Result<Vec<Source>, String> {
    let failed = |path: &Path, error| format!("`{}` cannot be read: {error}", path.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| failed(folder, error))? {
        let path = entry.map_err(|error| failed(folder, error))?.path();
        if path.extension().is_some_and(|extension| extension == EXTENSION) {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(format!("there is no `*.{EXTENSION}` in `{}`", folder.display()));
    }
    let read = |path: PathBuf| match fs::read_to_string(&path) {
        Ok(text) => Ok(Source::new(&path, text)),
        Err(error) => Err(failed(&path, error)),
    };
    files.into_iter().map(read).collect()
}

pub(super) fn read(root: &Table<'_>, context: &Context<'_>) -> Policy {
    let Some(table) = root.table("policy") else { return Policy::default() };
    let targets = table.tables("target");
    Policy {
        folder: folder(&table, "path", context),
        observed: folder(&table, "observe", context),
        inventory: Inventory::new(targets.iter().filter_map(|table| rule(table, context)).collect()),
    }
}

/// A folder in which there are policies now; it is read again for each use.
fn folder(table: &Table<'_>, field: &'static str, context: &Context<'_>) -> Option<PathBuf> {
    let given = table.text(field)?;
    let checked = context.path(given.get_ref()).and_then(|path| sources(&path).map(|_| path));
    checked.inspect_err(|why| context.faults.add(given.span(), why)).ok()
}

fn rule(table: &Table<'_>, context: &Context<'_>) -> Option<TargetRule> {
    let pattern = table.require_text("match");
    let environment = table.text("environment").map(Spanned::into_inner);
    let labels = table.text_map("labels").into_iter();
    let labels = labels.map(|(name, value)| (name.into_inner(), value.into_inner())).collect();
    if !table.has("environment") && !table.has("labels") {
        context.faults.add(table.span(), "this has no effect: it gives neither `environment` nor `labels`");
    }
    let pattern = pattern?;
    match TargetRule::new(pattern.get_ref(), environment, labels) {
        Ok(rule) => Some(rule),
        Err(why) => {
            context.faults.add(pattern.span(), why);
            None
        }
    }
}
