//! `postern.lock`: which components the operator has looked at and accepted, by digest.
//!
//! A plugin's file can change under its name; so can what it tells a model about itself, which is how a tool
//! is poisoned after it was reviewed. The lock pins three things for each plugin: the component's bytes, the
//! manifest's text, and the descriptions that the component gave when it was loaded. It also lists the
//! requests that the author calls safe though their methods can write, because that is the author's word and
//! nobody else's until an operator takes it.
//!
//! ```toml
//! version = 1
//!
//! [[plugin]]
//! name = "kubernetes"
//! component = "sha256:…"
//! manifest = "sha256:…"
//! descriptions = "sha256:…"
//! safe = ["review-access: POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews"]
//! ```
//!
//! The file is ours to write and a person's to read in a diff: sorted by name, one value a line.

mod digest;

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::diagnostic::{Diagnostics, Faults, Source, Spanned, Table};

pub use digest::{Digest, NotADigest};

/// The form of the file that this host writes, and the only one it reads.
const VERSION: u64 = 1;

/// Why a lock cannot be read or written.
#[derive(Debug, Error)]
pub enum LockError {
    /// The file cannot be read.
    #[error("`{}` cannot be read", .path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        why: io::Error,
    },
    /// The file does not say what a lock says.
    #[error(transparent)]
    Faults(#[from] Diagnostics),
    /// The file cannot be written.
    #[error("`{}` cannot be written", .path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        why: io::Error,
    },
}

/// What is pinned of one plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// Of the component's bytes.
    pub component: Digest,
    /// Of the manifest's text.
    pub manifest: Digest,
    /// Of what `describe` returned, by [`Digest::of_json`].
    pub descriptions: Digest,
    /// The safe rules, as [`crate::registry::manifest::Manifest::safe_rules`] names them.
    pub safe: Vec<String>,
}

/// A part of a plugin that a lock pins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The component's bytes.
    Component,
    /// The manifest's text.
    Manifest,
    /// What the component says of itself.
    Descriptions,
    /// The requests that the author calls safe.
    SafeRules,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Component => "component",
            Self::Manifest => "manifest",
            Self::Descriptions => "descriptions",
            Self::SafeRules => "safe rules",
        })
    }
}

/// What a lock says of a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// It is what was accepted.
    Same,
    /// It was never accepted.
    NotLocked,
    /// These parts are not what was accepted; never empty.
    Changed(Vec<Part>),
}

/// The pins of all accepted plugins, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    plugins: BTreeMap<String, Pin>,
}

impl Lock {
    /// Reads a lock; a file that does not exist is a lock that holds nothing.
    ///
    /// # Errors
    /// [`LockError::Read`] when it is there and cannot be read, [`LockError::Faults`] when it says anything
    /// that a lock does not say.
    pub fn load(path: &Path) -> Result<Self, LockError> {
        match fs::read_to_string(path) {
            Ok(text) => Ok(Self::parse(Source::new(path, text))?),
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(why) => Err(LockError::Read { path: path.to_owned(), why }),
        }
    }

    /// Reads the text of a lock.
    ///
    /// # Errors
    /// Every fault of the text, with its place.
    pub fn parse(source: Source) -> Result<Self, Diagnostics> {
        let faults = Faults::new(source);
        let lock = faults.read(|root| {
            if !root.has("version") {
                root.missing("version");
            }
            root.number("version", VERSION, VERSION);
            let mut plugins = BTreeMap::new();
            for table in root.tables("plugin") {
                let Some((name, pin)) = pin(&table) else { continue };
                if plugins.insert(name.get_ref().clone(), pin).is_some() {
                    root.faults().add(name.span(), format_args!("`{}` is locked twice", name.get_ref()));
                }
            }
            Some(Self { plugins })
        });
        faults.finish(lock)
    }

    /// Compares a plugin as it is now with what was accepted.
    pub fn compare(&self, plugin: &str, now: &Pin) -> Verdict {
        let Some(accepted) = self.plugins.get(plugin) else { return Verdict::NotLocked };
        let parts = [
            (Part::Component, accepted.component == now.component),
            (Part::Manifest, accepted.manifest == now.manifest),
            (Part::Descriptions, accepted.descriptions == now.descriptions),
            (Part::SafeRules, accepted.safe == now.safe),
        ];
        let changed: Vec<Part> =
            parts.into_iter().filter_map(|(part, same)| (!same).then_some(part)).collect();
        if changed.is_empty() { Verdict::Same } else { Verdict::Changed(changed) }
    }

    /// As [`Lock::compare`], of what can be known of a plugin without running any of it.
    pub fn compare_files(
        &self,
        plugin: &str,
        component: Digest,
        manifest: Digest,
        safe: &[String],
    ) -> Verdict {
        let Some(accepted) = self.plugins.get(plugin) else { return Verdict::NotLocked };
        let descriptions = accepted.descriptions;
        self.compare(plugin, &Pin { component, manifest, descriptions, safe: safe.to_vec() })
    }

    /// Accepts a plugin as it is now.
    pub fn accept(&mut self, plugin: impl Into<String>, now: Pin) {
        self.plugins.insert(plugin.into(), now);
    }

    /// Forgets every plugin for which `keep` is false; gives the names forgotten.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) -> Vec<String> {
        self.plugins.extract_if(.., |name, _| !keep(name)).map(|(name, _)| name).collect()
    }

    /// Writes the lock in place of the file at `path`: a reader sees the old file or the new one, whole.
    ///
    /// # Errors
    /// [`LockError::Write`]; the old file is then still there.
    pub fn write(&self, path: &Path) -> Result<(), LockError> {
        let new = path.with_added_extension(format!("{}.new", std::process::id()));
        let written = File::create_new(&new).and_then(|mut file| {
            file.write_all(self.to_string().as_bytes())?;
            file.sync_all()
        });
        written.and_then(|()| fs::rename(&new, path)).map_err(|why| {
            // What is left over is ours alone; that it cannot be removed says no more than `why`.
            let _ = fs::remove_file(&new);
            LockError::Write { path: path.to_owned(), why }
        })
    }
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "# The plugins that an operator has accepted. Written by `postern lock`; keep it under version control."
        )?;
        writeln!(f, "version = {VERSION}")?;
        for (name, pin) in &self.plugins {
            writeln!(f, "\n[[plugin]]\nname = {}", quoted(name))?;
            writeln!(f, "component = \"{}\"", pin.component)?;
            writeln!(f, "manifest = \"{}\"", pin.manifest)?;
            writeln!(f, "descriptions = \"{}\"", pin.descriptions)?;
            if !pin.safe.is_empty() {
                writeln!(f, "safe = [")?;
                for rule in &pin.safe {
                    writeln!(f, "    {},", quoted(rule))?;
                }
                writeln!(f, "]")?;
            }
        }
        Ok(())
    }
}

fn pin(table: &Table<'_>) -> Option<(Spanned<String>, Pin)> {
    let name = table.require_text("name");
    let component = table.require_parse("component", str::parse::<Digest>);
    let manifest = table.require_parse("manifest", str::parse::<Digest>);
    let descriptions = table.require_parse("descriptions", str::parse::<Digest>);
    let safe = table.texts("safe").into_iter().map(Spanned::into_inner).collect();
    let pin = Pin {
        component: component?.into_inner(),
        manifest: manifest?.into_inner(),
        descriptions: descriptions?.into_inner(),
        safe,
    };
    Some((name?, pin))
}

/// A TOML basic string (TOML 1.0, section "String").
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for each in text.chars() {
        match each {
            '"' | '\\' => quoted.extend(['\\', each]),
            _ if each.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(each));
            }
            _ => quoted.push(each),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests;
