//! References to secrets, `env:NAME` and `file:/path`, and the paths that configuration names.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::Environment;
use crate::diagnostic::{Faults, Spanned, Table};
use crate::egress::Secret;

/// The longest secret, in bytes: certificates with their chain fit; a mistaken path to a log does not.
const MAX_SECRET_BYTES: u64 = 64 << 10;

/// What every section needs to make sense of what it names.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub(super) environment: &'a Environment,
    /// The variables that hold secrets of this configuration, as they are come upon.
    pub(super) secrets: RefCell<BTreeSet<String>>,
    /// The folder of the configuration file: what relative paths are relative to.
    pub(super) folder: &'a Path,
    pub(super) faults: &'a Faults,
}

impl Context<'_> {
    /// A secret by reference.
    ///
    /// A fault names the variable or the file, never what is in it; a text that is no reference is not
    /// repeated, since it may be the secret itself.
    pub(super) fn secret(&self, table: &Table<'_>, field: &'static str) -> Option<Spanned<Secret>> {
        self.resolve(field, &table.text(field)?)
    }

    /// As [`Context::secret`], for a reference that has been read.
    pub(super) fn resolve(&self, field: &str, reference: &Spanned<String>) -> Option<Spanned<Secret>> {
        let at = reference.span();
        let resolved = match reference.get_ref().split_once(':') {
            Some(("env", name)) => self.variable(name),
            Some(("file", path)) if !path.is_empty() => self.file(path),
            Some(_) | None => {
                self.faults.add_help(
                    at,
                    format_args!("`{field}` holds a secret, or something that is no reference to one"),
                    "write `env:NAME` for a variable or `file:/path` for a file, and keep the secret there",
                );
                return None;
            }
        };
        match resolved {
            Ok(secret) => Some(Spanned::new(at, Secret::new(secret))),
            Err(why) => {
                self.faults.add(at, why);
                None
            }
        }
    }

    /// A path: `~/` is the home directory, and a relative one is relative to the configuration's folder.
    pub(super) fn path(&self, path: &str) -> Result<PathBuf, String> {
        if path.is_empty() || path.contains('\0') {
            return Err("a path is not empty".to_owned());
        }
        match path.strip_prefix("~/") {
            Some(rest) => {
                let home = self.environment.home().ok_or("`~` stands for nothing: HOME is not set")?;
                Ok(home.join(rest))
            }
            None => Ok(self.folder.join(path)),
        }
    }

    /// A path to a file that must be there.
    pub(super) fn existing(&self, path: &Spanned<String>) -> Option<PathBuf> {
        let found = self.path(path.get_ref()).and_then(|found| match fs::metadata(&found) {
            Ok(data) if data.is_file() => Ok(found),
            Ok(_) => Err(format!("`{}` is not a file", found.display())),
            Err(why) => Err(format!("`{}` cannot be read: {why}", found.display())),
        });
        found.map_err(|why| self.faults.add(path.span(), why)).ok()
    }

    /// A path to a folder that must be there.
    pub(super) fn folder(&self, path: &Spanned<String>) -> Option<PathBuf> {
        let found = self.path(path.get_ref()).and_then(|found| match fs::metadata(&found) {
            Ok(data) if data.is_dir() => Ok(found),
            Ok(_) => Err(format!("`{}` is not a folder", found.display())),
            Err(why) => Err(format!("`{}` cannot be read: {why}", found.display())),
        });
        found.map_err(|why| self.faults.add(path.span(), why)).ok()
    }

    fn variable(&self, name: &str) -> Result<String, String> {
        let word = |each: char| each.is_ascii_alphanumeric() || each == '_';
        if name.is_empty()
            || !name.chars().all(word)
            || name.starts_with(|first: char| first.is_ascii_digit())
        {
            return Err("after `env:` comes the name of a variable: letters, digits and `_`".to_owned());
        }
        self.secrets.borrow_mut().insert(name.to_owned());
        let value = self
            .environment
            .get(name)
            .ok_or_else(|| format!("the variable `{name}` is not set, or is empty"))?;
        clean(&value)
            .ok_or_else(|| format!("the variable `{name}` holds a line break or another control character"))
    }

    fn file(&self, path: &str) -> Result<String, String> {
        let path = self.path(path)?;
        let shown = path.display();
        let size = fs::metadata(&path).map_err(|why| format!("`{shown}` cannot be read: {why}"))?.len();
        if size > MAX_SECRET_BYTES {
            return Err(format!("`{shown}` is larger than a secret may be, {MAX_SECRET_BYTES} bytes"));
        }
        let text = fs::read_to_string(&path).map_err(|why| format!("`{shown}` cannot be read: {why}"))?;
        // An editor ends a file with a line break that is no part of the secret.
        let text =
            text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
        if text.is_empty() {
            return Err(format!("`{shown}` is empty"));
        }
        clean(text).ok_or_else(|| format!("`{shown}` holds a line break or another control character"))
    }
}

/// Secrets go into headers: a line break there would be another header.
fn clean(text: &str) -> Option<String> {
    (!text.chars().any(char::is_control)).then(|| text.to_owned())
}
