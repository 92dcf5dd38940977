//! `postern lock`: accepts the plugins as they are now, or tells what is not as it was accepted.

use std::io::{self, Write};
use std::path::Path;

use super::report::{Verdict, chain};
use crate::registry::lock::{Lock, Pin, Verdict as Compared};

/// Accept the plugins as they are now: write their digests into `postern.lock`, beside the configuration.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Accept {
    /// Only tell what is not as it was accepted; exit code 1 when anything is not.
    #[arg(long)]
    pub(crate) check: bool,
}

impl Accept {
    /// Compares `plugins` with the lock at `path`, tells each difference and, unless told only to check,
    /// accepts them all. Pins of plugins that are not configured any more are dropped.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub(crate) fn run(
        &self,
        path: &Path,
        plugins: &[(String, Pin)],
        out: &mut dyn Write,
    ) -> io::Result<Verdict> {
        let mut lock = match Lock::load(path) {
            Ok(lock) => lock,
            Err(error) => {
                writeln!(out, "{}", chain(&error))?;
                return Ok(Verdict::Blind);
            }
        };
        let mut differs = false;
        for (name, pin) in plugins {
            let told = match lock.compare(name, pin) {
                Compared::Same => continue,
                Compared::NotLocked => "is new".to_owned(),
                Compared::Changed(parts) => {
                    let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
                    format!("has changed: {}", parts.join(", "))
                }
            };
            differs = true;
            writeln!(out, "plugin `{name}` {told}")?;
            for rule in &pin.safe {
                writeln!(out, "  its author calls safe: {rule}")?;
            }
            lock.accept(name.as_str(), pin.clone());
        }
        for name in lock.retain(|name| plugins.iter().any(|(plugin, _)| plugin == name)) {
            differs = true;
            writeln!(out, "plugin `{name}` is not configured any more")?;
        }
        if !differs {
            writeln!(out, "{}: nothing has changed", path.display())?;
            return Ok(Verdict::Sound);
        }
        if self.check {
            return Ok(Verdict::Faults);
        }
        match lock.write(path) {
            Ok(()) => {
                writeln!(out, "{}: written", path.display())?;
                Ok(Verdict::Sound)
            }
            Err(error) => {
                writeln!(out, "{}", chain(&error))?;
                Ok(Verdict::Blind)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::lock::Digest;

    fn pin(text: &str) -> Pin {
        let digest = Digest::of(text.as_bytes());
        Pin { component: digest, manifest: digest, descriptions: digest, safe: vec!["a: POST /b".to_owned()] }
    }

    #[track_caller]
    fn run(path: &Path, check: bool, plugins: &[(&str, &str)]) -> (Verdict, String) {
        let plugins: Vec<_> = plugins.iter().map(|(name, text)| ((*name).to_owned(), pin(text))).collect();
        let mut out = Vec::new();
        let verdict = Accept { check }.run(path, &plugins, &mut out).unwrap();
        (verdict, String::from_utf8(out).unwrap().replace(&path.display().to_string(), "postern.lock"))
    }

    #[test]
    fn what_changed_is_told_and_accepted_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("postern.lock");
        let new = "plugin `a` is new\n  its author calls safe: a: POST /b\n";
        assert_eq!(run(&path, true, &[("a", "1")]), (Verdict::Faults, new.to_owned()));
        assert!(!path.exists(), "checking writes nothing");
        assert_eq!(
            run(&path, false, &[("a", "1")]),
            (Verdict::Sound, format!("{new}postern.lock: written\n"))
        );
        assert_eq!(
            run(&path, true, &[("a", "1")]),
            (Verdict::Sound, "postern.lock: nothing has changed\n".to_owned())
        );
        let (verdict, told) = run(&path, true, &[("a", "2")]);
        assert_eq!(verdict, Verdict::Faults);
        assert!(told.starts_with("plugin `a` has changed: component, manifest, descriptions\n"), "{told}");
        assert_eq!(
            run(&path, true, &[]),
            (Verdict::Faults, "plugin `a` is not configured any more\n".to_owned())
        );
    }

    #[test]
    fn a_lock_that_cannot_be_read_or_written_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("postern.lock");
        std::fs::write(&path, "version = 9\n").unwrap();
        let (verdict, told) = run(&path, false, &[("a", "1")]);
        assert_eq!(verdict, Verdict::Blind);
        assert!(told.starts_with("postern.lock:1:11: "), "{told}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "version = 9\n");
        assert_eq!(run(&folder.path().join("none/postern.lock"), false, &[("a", "1")]).0, Verdict::Blind);
    }
}
