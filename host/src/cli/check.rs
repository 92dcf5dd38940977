//! `postern check`: tells every fault of a configuration or of a manifest, and changes nothing.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use super::examine::{Examine, Examined};
use super::report::{Format, MANIFEST, Verdict, chain};
use crate::config::{Config, ConfigError, Environment, Origin};
use crate::diagnostic::{Diagnostic, Diagnostics, Source};
use crate::registry::PluginError;
use crate::registry::lock::{Lock, LockError, Verdict as Compared};
use crate::registry::manifest::Manifest;

/// What a folder is searched for, beside manifests.
const CONFIG: &str = "postern.toml";

/// Tell every fault of a configuration or a plugin, with its place. Exit code 0: none; 1: some; 2: could not look.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Check {
    /// A `plugin.toml`, a configuration, or a folder that holds either or folders with plugins.
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// How to write the answer.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// Everything that was found.
#[derive(Debug, Default, Serialize)]
struct Findings {
    /// The files looked at, in order.
    files: Vec<String>,
    /// With places.
    faults: Vec<Diagnostic>,
    /// Faults of components, which have none.
    refused: Vec<Note>,
    /// What could not be looked at.
    unread: Vec<Note>,
}

#[derive(Debug, Serialize)]
struct Note {
    file: String,
    message: String,
}

impl Check {
    /// Looks, and writes what it found to `out`. `embedded` are the manifests that came with this host.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub(crate) fn run(
        &self,
        environment: &Environment,
        embedded: &[Arc<Manifest>],
        examine: Examine<'_>,
        out: &mut dyn Write,
    ) -> io::Result<Verdict> {
        let findings = look(&self.path, environment, embedded, examine);
        match self.format {
            Format::Text => findings.text(out)?,
            Format::Json => writeln!(out, "{}", serde_json::to_string_pretty(&findings)?)?,
        }
        Ok(findings.verdict())
    }
}

/// Looks at everything that `path` stands for.
fn look(
    path: &Path,
    environment: &Environment,
    embedded: &[Arc<Manifest>],
    examine: Examine<'_>,
) -> Findings {
    let mut findings = Findings::default();
    let files = files(path);
    if files.is_empty() {
        let message = format!("there is no `{CONFIG}`, no `{MANIFEST}` and no folder with one here");
        findings.unread.push(note(path, message));
    }
    for file in files {
        findings.files.push(file.display().to_string());
        if file.file_name().is_some_and(|name| name == MANIFEST) {
            findings.manifest(&file, examine);
        } else {
            findings.config(&file, environment, embedded, examine);
        }
    }
    findings
}

/// The files to look at; a path that is no folder is itself one.
fn files(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_owned()];
    }
    let in_folder = |folder: &Path| {
        [CONFIG, MANIFEST]
            .map(|name| folder.join(name))
            .into_iter()
            .filter(|file| file.is_file())
            .collect::<Vec<_>>()
    };
    let here = in_folder(path);
    if !here.is_empty() {
        return here;
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let mut below: Vec<PathBuf> = entries.flat_map(|entry| in_folder(&entry.path())).collect();
    below.sort();
    below
}

impl Findings {
    fn manifest(&mut self, file: &Path, examine: Examine<'_>) {
        let text = match fs::read_to_string(file) {
            Ok(text) => text,
            Err(why) => return self.unread.push(note(file, format!("cannot be read: {why}"))),
        };
        match Manifest::parse(Source::new(file, text)) {
            Ok(manifest) => {
                self.component(&manifest, &file.with_file_name(&manifest.component), examine);
            }
            Err(faults) => self.faults.extend(faults),
        }
    }

    fn config(
        &mut self,
        file: &Path,
        environment: &Environment,
        embedded: &[Arc<Manifest>],
        examine: Examine<'_>,
    ) {
        match Config::load(file, environment, embedded) {
            Ok(config) => self.plugins(file, &config, examine),
            Err(ConfigError::Faults(faults)) => self.faults.extend(faults),
            Err(error @ ConfigError::Read { .. }) => self.unread.push(note(file, chain(&error))),
        }
    }

    /// The plugins that a configuration drops in, each against its manifest and against the lock. What came
    /// with this host was built and compared together with it.
    fn plugins(&mut self, file: &Path, config: &Config, examine: Examine<'_>) {
        let lock = match config.lock.as_deref().map(Lock::load).transpose() {
            Ok(lock) => lock.unwrap_or_default(),
            Err(LockError::Faults(faults)) => return self.faults.extend(faults),
            Err(error @ (LockError::Read { .. } | LockError::Write { .. })) => {
                return self.unread.push(note(file, chain(&error)));
            }
        };
        for plugin in &config.plugins {
            let Origin::File(component) = &plugin.origin else { continue };
            let Some(examined) = self.component(&plugin.manifest, component, examine) else { continue };
            let name = &plugin.manifest.name;
            let message = match lock.compare(name, &examined.pin) {
                Compared::Same => continue,
                Compared::NotLocked => {
                    format!("plugin `{name}` is not in the lock; accept it with `postern lock`")
                }
                Compared::Changed(_) => {
                    format!(
                        "plugin `{name}` is not what was accepted; `postern lock --check` tells what changed"
                    )
                }
            };
            self.refused.push(note(component, message));
        }
    }

    fn component(&mut self, manifest: &Manifest, file: &Path, examine: Examine<'_>) -> Option<Examined> {
        let bytes = match fs::read(file) {
            Ok(bytes) => bytes,
            Err(why) => {
                let message = format!("cannot be read, so the manifest was not compared with it: {why}");
                self.unread.push(note(file, message));
                return None;
            }
        };
        match examine(manifest, &bytes) {
            Ok(examined) => return Some(examined),
            Err(PluginError::Manifest(faults)) => self.faults.extend(faults),
            Err(
                error @ (PluginError::Component { .. }
                | PluginError::Schema { .. }
                | PluginError::Wording { .. }),
            ) => {
                self.refused.push(note(file, chain(&error)));
            }
        }
        None
    }

    fn verdict(&self) -> Verdict {
        if !self.unread.is_empty() {
            Verdict::Blind
        } else if self.faults.is_empty() && self.refused.is_empty() {
            Verdict::Sound
        } else {
            Verdict::Faults
        }
    }

    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        for fault in Diagnostics::from(self.faults.clone()) {
            writeln!(out, "{fault}")?;
        }
        for Note { file, message } in self.refused.iter().chain(&self.unread) {
            writeln!(out, "{file}: {message}")?;
        }
        let (faults, files) = (self.faults.len() + self.refused.len(), self.files.len());
        writeln!(out, "{} in {}", plural(faults, "fault"), plural(files, "file"))
    }
}

fn note(file: &Path, message: String) -> Note {
    Note { file: file.display().to_string(), message }
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

#[cfg(test)]
mod tests;
