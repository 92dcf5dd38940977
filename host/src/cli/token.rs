//! `postern token`: hands out tokens, lists them, takes them back and replaces them.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::{Failure, Setting, write_out};
use crate::call::{PrincipalKind, Restriction};
use crate::identity::{self, Change, Listed, NewToken, TokenFile};

/// Where tokens are when nothing is said.
const FILE: &str = "tokens.toml";

/// Hand out tokens, list them, take them back and replace them.
///
/// A running host takes up every change at once.
#[derive(Debug, Args)]
pub(super) struct Tokens {
    /// The file of tokens; what the configuration names where it is not given, or else `tokens.toml`.
    #[arg(long, global = true, value_name = "PATH")]
    file: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a token, and show it once.
    Create(Create),
    /// Show every token, and never its text.
    List,
    /// Take a token back, at once.
    Revoke {
        /// Which.
        name: String,
    },
    /// Make a new text for a token, and show it once.
    Rotate {
        /// Which.
        name: String,
        /// How long the old text is good beside the new one.
        #[arg(long, value_name = "TIME", default_value = "24h", value_parser = humantime::parse_duration)]
        overlap: Duration,
    },
}

#[derive(Debug, Args)]
struct Create {
    /// A name of lower-case letters, digits, `-`, `_` and `.`; the principal is `token:NAME`.
    name: String,
    /// What kind of caller its bearer is: user, agent or service.
    #[arg(long, default_value = "agent", value_parser = identity::kind)]
    kind: PrincipalKind,
    /// A group that its principal belongs to; may be given again.
    #[arg(long = "group", value_name = "GROUP")]
    groups: Vec<String>,
    /// How long it is good.
    #[arg(long, value_name = "TIME", default_value = "90d", value_parser = humantime::parse_duration)]
    expires: Duration,
    /// A plugin that it is good for, and no other; may be given again. `NAME[:CAPABILITY,...][@TARGET,...]`.
    #[arg(long = "plugin", value_name = "PLUGIN", value_parser = restriction)]
    plugins: Vec<Restriction>,
}

impl Tokens {
    /// Does what is asked.
    ///
    /// # Errors
    /// When the file cannot be read or written, or the change cannot be.
    pub(super) fn run(&self, setting: &Setting) -> Result<(), Failure> {
        let file = self.file(setting)?;
        let change = match &self.command {
            Command::List => {
                let listed = file.read()?;
                return Ok(write_out(|out| {
                    listed.iter().try_for_each(|listed| writeln!(out, "{}", line(listed)))
                })?);
            }
            Command::Create(create) => Change::Create(create.token()),
            Command::Revoke { name } => Change::Revoke(name.clone()),
            Command::Rotate { name, overlap } => Change::Rotate { name: name.clone(), overlap: *overlap },
        };
        let made = file.change(&change, Timestamp::now())?;
        Ok(write_out(|out| match made {
            Some(token) => writeln!(out, "{}", token.expose()),
            None => io::Result::Ok(()),
        })?)
    }

    /// The file need not be there; a configuration that names it is faulty until it is.
    fn file(&self, setting: &Setting) -> Result<TokenFile, Failure> {
        if let Some(file) = &self.file {
            return Ok(TokenFile::new(file));
        }
        match setting.path() {
            Some(path) => match setting.configuration() {
                Ok(config) => {
                    Ok(config.callers.tokens.unwrap_or_else(|| TokenFile::new(path.with_file_name(FILE))))
                }
                Err(_) if !path.with_file_name(FILE).exists() => {
                    Ok(TokenFile::new(path.with_file_name(FILE)))
                }
                Err(error) => Err(error.into()),
            },
            None => Ok(TokenFile::new(FILE)),
        }
    }
}

impl Create {
    fn token(&self) -> NewToken {
        NewToken {
            name: self.name.clone(),
            kind: self.kind,
            groups: self.groups.clone(),
            expires: Some(self.expires),
            restrictions: (!self.plugins.is_empty()).then(|| self.plugins.clone()),
        }
    }
}

/// Reads `kubernetes:read-logs,list-pods@lab,edge`.
fn restriction(text: &str) -> Result<Restriction, String> {
    let names = |text: &str| text.split(',').map(str::to_owned).collect();
    let (rest, targets) = match text.split_once('@') {
        Some((rest, targets)) => (rest, Some(names(targets))),
        None => (text, None),
    };
    let (plugin, capabilities) = match rest.split_once(':') {
        Some((plugin, capabilities)) => (plugin, Some(names(capabilities))),
        None => (rest, None),
    };
    let all = [&capabilities, &targets];
    let is_empty = |names: &std::collections::BTreeSet<String>| names.iter().any(String::is_empty);
    if plugin.is_empty() || all.into_iter().flatten().any(is_empty) {
        return Err("write `PLUGIN`, `PLUGIN:CAPABILITY,...` or `PLUGIN@TARGET,...`".to_owned());
    }
    Ok(Restriction { plugin: plugin.to_owned(), capabilities, targets })
}

/// One token on one line.
fn line(listed: &Listed) -> String {
    let token = &listed.token;
    let mut line = format!("{}  {}", token.name, token.kind);
    if !token.groups.is_empty() {
        line.push_str(&format!("  groups {}", token.groups.join(",")));
    }
    let now = Timestamp::now();
    line.push_str(&match token.expires {
        _ if token.is_revoked => "  revoked".to_owned(),
        Some(end) if end <= now => format!("  expired {end}"),
        Some(end) => format!("  expires {end}"),
        None => "  does not expire".to_owned(),
    });
    if let Some(until) = token.secrets.iter().find_map(|secret| secret.until).filter(|until| *until > now) {
        line.push_str(&format!("  the one before it until {until}"));
    }
    for restriction in token.restrictions.iter().flatten() {
        let list = |mark: char, names: &Option<std::collections::BTreeSet<String>>| match names {
            Some(names) => {
                format!("{mark}{}", names.iter().map(String::as_str).collect::<Vec<_>>().join(","))
            }
            None => String::new(),
        };
        let (capabilities, targets) = (list(':', &restriction.capabilities), list('@', &restriction.targets));
        line.push_str(&format!("  only {}{capabilities}{targets}", restriction.plugin));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restriction_is_written_on_one_line() {
        let set = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
        for (text, capabilities, targets) in [
            ("kubernetes", None, None),
            ("kubernetes:read-logs,list-pods", set(&["read-logs", "list-pods"]), None),
            ("kubernetes@lab,edge", None, set(&["edge", "lab"])),
            ("kubernetes:read-logs@lab", set(&["read-logs"]), set(&["lab"])),
        ] {
            let expected = Restriction { plugin: "kubernetes".to_owned(), capabilities, targets };
            assert_eq!(restriction(text), Ok(expected), "{text}");
        }
        for text in ["", ":read-logs", "@lab", "kubernetes:", "kubernetes@", "kubernetes:a,,b"] {
            assert!(restriction(text).is_err(), "{text}");
        }
    }
}
