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
    /// A plugin whose texts talk to the model rather than about its tools, and that is accepted all the same.
    /// May be given again.
    #[arg(long, value_name = "PLUGIN")]
    pub(crate) accept_suspicious: Vec<String>,
}

/// A plugin as it is now.
#[derive(Debug)]
pub(crate) struct Now {
    pub(crate) name: String,
    pub(crate) pin: Pin,
    /// Which of its texts talk to the model.
    pub(crate) suspicions: Vec<String>,
}

impl Accept {
    /// Compares `plugins` with the lock at `path`, tells each difference and, unless told only to check,
    /// accepts them all. Pins of plugins that are not configured any more are dropped.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub(crate) fn run(&self, path: &Path, plugins: &[Now], out: &mut dyn Write) -> io::Result<Verdict> {
        let mut lock = match Lock::load(path) {
            Ok(lock) => lock,
            Err(error) => {
                writeln!(out, "{}", chain(&error))?;
                return Ok(Verdict::Blind);
            }
        };
        let (mut differs, mut refused) = (false, false);
        for Now { name, pin, suspicions } in plugins {
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
            for suspicion in suspicions {
                writeln!(out, "  {suspicion}")?;
            }
            if !suspicions.is_empty() && !self.accept_suspicious.contains(name) {
                refused = true;
                writeln!(out, "  it is not accepted; `--accept-suspicious {name}` accepts these very words")?;
            }
            lock.accept(name.as_str(), pin.clone());
        }
        for name in lock.retain(|name| plugins.iter().any(|plugin| plugin.name == name)) {
            differs = true;
            writeln!(out, "plugin `{name}` is not configured any more")?;
        }
        if !differs {
            writeln!(out, "{}: nothing has changed", path.display())?;
            return Ok(Verdict::Sound);
        }
        if self.check || refused {
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
        let now = |(name, text): &(&str, &str)| Now {
            name: (*name).to_owned(),
            pin: pin(text),
            suspicions: text
                .starts_with('!')
                .then(|| "it talks to the model".to_owned())
                .into_iter()
                .collect(),
        };
        let plugins: Vec<_> = plugins.iter().map(now).collect();
        let mut out = Vec::new();
        let accept = Accept { check, accept_suspicious: vec!["known".to_owned()] };
        let verdict = accept.run(path, &plugins, &mut out).unwrap();
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
    fn words_that_talk_to_the_model_are_accepted_only_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("postern.lock");
        let (verdict, told) = run(&path, false, &[("a", "!1"), ("b", "2")]);
        assert_eq!(verdict, Verdict::Faults);
        assert!(
            told.contains("it talks to the model\n  it is not accepted; `--accept-suspicious a`"),
            "{told}"
        );
        assert!(!path.exists(), "nothing of it is written");
        assert_eq!(run(&path, false, &[("known", "!1"), ("b", "2")]).0, Verdict::Sound);
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
