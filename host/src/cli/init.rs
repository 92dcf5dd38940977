//! `postern init`: writes a configuration to begin with, and never over another.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use super::report::Verdict;

/// What is written: the default configuration, with examples to uncomment.
const TEMPLATE: &str = include_str!("init.toml");

/// Write a commented `postern.toml` to begin with. Never overwrites.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Init {
    /// Where to write it.
    #[arg(long, default_value = "postern.toml")]
    pub(crate) path: PathBuf,
}

impl Init {
    /// Writes the file and says so on `out`.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub(crate) fn run(&self, out: &mut dyn Write) -> io::Result<Verdict> {
        let path = self.path.display();
        match File::create_new(&self.path).and_then(|mut file| file.write_all(TEMPLATE.as_bytes())) {
            Ok(()) => {
                writeln!(out, "{path}: written; `postern check` tells whether it still holds after an edit")?;
                Ok(Verdict::Sound)
            }
            Err(why) if why.kind() == io::ErrorKind::AlreadyExists => {
                writeln!(out, "{path}: is there already, and was left as it is")?;
                Ok(Verdict::Faults)
            }
            Err(why) => {
                writeln!(out, "{path}: cannot be written: {why}")?;
                Ok(Verdict::Blind)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;

    use super::*;
    use crate::call::PrincipalKind;
    use crate::config::{Config, Environment};
    use crate::diagnostic::Source;
    use crate::identity::{Change, NewToken, TokenFile};
    use crate::registry::manifest::Manifest;

    #[test]
    fn a_file_is_written_once() {
        let folder = tempfile::tempdir().unwrap();
        let init = Init { path: folder.path().join("postern.toml") };
        let mut out = Vec::new();
        assert_eq!(init.run(&mut out).unwrap(), Verdict::Sound);
        std::fs::write(&init.path, "mine").unwrap();
        assert_eq!(init.run(&mut out).unwrap(), Verdict::Faults);
        assert_eq!(std::fs::read_to_string(&init.path).unwrap(), "mine");
        let nowhere = Init { path: folder.path().join("none/postern.toml") };
        assert_eq!(nowhere.run(&mut out).unwrap(), Verdict::Blind);
    }

    #[test]
    fn what_is_written_holds_as_it_is_and_with_every_example_uncommented() {
        let embedded = [
            include_str!("../config/fixtures/kubernetes.toml"),
            include_str!("../config/fixtures/palette.toml"),
        ]
        .map(|manifest| Arc::new(Manifest::parse(Source::new("plugin.toml", manifest)).unwrap()));
        let secret = "0123456789abcdef0123456789abcdef";
        let environment = ["POSTERN_TOKEN", "POSTERN_WEBHOOK_SECRET", "PALETTE_API_KEY"];
        let environment = Environment::fixed(environment.map(|name| (name, secret)));
        // What the examples name is there.
        let folder = tempfile::tempdir().unwrap();
        let tokens = TokenFile::new(folder.path().join("tokens.toml"));
        let (name, kind) = ("ci".to_owned(), PrincipalKind::Agent);
        let token = NewToken { name, kind, groups: Vec::new(), expires: None, restrictions: None };
        tokens.change(&Change::Create(token), Timestamp::now()).unwrap();
        std::fs::create_dir(folder.path().join("policies")).unwrap();
        std::fs::write(folder.path().join("policies/mine.cedar"), "").unwrap();
        std::fs::write(folder.path().join("palette-ca.pem"), "").unwrap();
        let path = folder.path().join("postern.toml");
        let parse = |text: &str| Config::parse(Source::new(&path, text), &environment, &embedded);
        let plain = parse(TEMPLATE).unwrap();
        let default = Config::without_file(&environment, &embedded).unwrap();
        assert_eq!(plain.plugins[0].grants, default.plugins[0].grants);

        let uncommented: Vec<&str> = TEMPLATE
            .lines()
            .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line))
            .collect();
        let full = parse(&uncommented.join("\n")).unwrap();
        assert_eq!(full.plugins[0].grants.len(), 2);
        assert_eq!(
            full.upstreams.iter().map(|each| each.name.as_str()).collect::<Vec<_>>(),
            ["cluster", "instance"]
        );
        assert_eq!(full.runtime, crate::runtime::Limits::default(), "the examples are the defaults");
        assert_eq!(full.network, crate::egress::Limits::default(), "the examples are the defaults");
        assert_eq!(full.limits, crate::limit::Config::default(), "the examples are the defaults");
    }
}
