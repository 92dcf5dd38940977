//! The file of tokens: whom the operator handed a token to, and what each is good for.
//!
//! ```toml
//! [[token]]
//! name = "ci"                        # its principal is `token:ci`
//! kind = "service"                   # user, agent or service; agent where nothing is said
//! groups = ["deployers"]
//! created = "2026-11-21T08:00:00Z"
//! expires = "2027-02-19T08:00:00Z"
//! sha256 = "9f86d081884c7d65…"       # of the token, which stands nowhere
//! [token.replaced]                   # the token before it, while both are good
//! sha256 = "60303ae22b998861…"
//! until = "2026-11-22T08:00:00Z"
//! [[token.access_restrictions]]      # without any, it is good for everything that policy permits
//! plugin = "kubernetes"
//! capabilities = ["read-logs"]       # all that a tool needs must be among them; any where left out
//! targets = ["lab"]
//! ```
//!
//! Only its owner may read it. Commands change it whole or not at all, and keep what people wrote beside.

mod change;

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use thiserror::Error;

use super::token::{KnownSecret, NoRandomness, StaticToken, TokenDigest};
use crate::call::{PrincipalKind, Restriction};
use crate::diagnostic::{Diagnostics, Faults, Source, Spanned, Table, one_of};

pub use change::{Change, NewToken};

/// Others than the owner, in a file's mode.
const OTHERS: u32 = 0o077;

/// A file of tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFile {
    path: PathBuf,
}

/// What is wrong with a file of tokens, or with what was asked of it. Never holds a token or a digest.
#[derive(Debug, Error)]
pub enum TokenFileError {
    /// It cannot be read or written.
    #[error("`{}` cannot be used", .path.display())]
    Unusable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        why: io::Error,
    },
    /// Others may read it.
    #[error("`{path}` can be read by others (mode {mode:04o}); run: chmod 600 {path}", path = .path.display())]
    Permissions {
        /// Which.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It says what cannot be.
    #[error(transparent)]
    Faults(#[from] Diagnostics),
    /// There is one of that name.
    #[error("there is a token `{0}` already; `postern token rotate` replaces it")]
    Taken(String),
    /// There is none of that name.
    #[error("there is no token `{name}`; there is {}", one_of(.known.iter().map(String::as_str)))]
    Absent {
        /// The name asked for.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// One that was taken back cannot be replaced.
    #[error("the token `{0}` was revoked; create another one")]
    Revoked(String),
    /// The name is none.
    #[error("`{0}` is no name for a token: write 1 to 64 lower-case letters, digits, `-`, `_` and `.`")]
    Name(String),
    /// No token can be made.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// A token as the file has it, for people to look at.
#[derive(Debug, Clone)]
pub struct Listed {
    /// What it comes to.
    pub token: StaticToken,
    /// When it was made, where the file says so.
    pub created: Option<Timestamp>,
}

impl TokenFile {
    /// The file at `path`, which need not be there.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The tokens, in the file's order.
    ///
    /// # Errors
    /// [`TokenFileError`]: when it cannot be read, when others can, and every fault with its place.
    pub fn read(&self) -> Result<Vec<Listed>, TokenFileError> {
        let unusable = |why| TokenFileError::Unusable { path: self.path.clone(), why };
        private(&self.path)?;
        let text = fs::read_to_string(&self.path).map_err(unusable)?;
        Ok(parse(Source::new(&self.path, text))?)
    }
}

/// That nobody but the owner may read it; systems without modes have other means.
fn private(path: &Path) -> Result<(), TokenFileError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let metadata =
            fs::metadata(path).map_err(|why| TokenFileError::Unusable { path: path.to_owned(), why })?;
        let mode = metadata.permissions().mode() & 0o7777;
        if mode & OTHERS != 0 {
            return Err(TokenFileError::Permissions { path: path.to_owned(), mode });
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

fn parse(source: Source) -> Result<Vec<Listed>, Diagnostics> {
    let faults = Faults::new(source);
    let read = faults.read(|root| {
        let mut listed: Vec<Listed> = Vec::new();
        for table in &root.tables("token") {
            let Some((name, token)) = token(table, &faults) else { continue };
            if listed.iter().any(|other| other.token.name == token.token.name) {
                faults.add(name, format_args!("another token is named `{}` already", token.token.name));
            }
            listed.push(token);
        }
        Some(listed)
    });
    faults.finish(read)
}

fn token(table: &Table<'_>, faults: &Faults) -> Option<(crate::diagnostic::Span, Listed)> {
    let name = table.require_text("name").filter(|name| {
        let sound = is_name(name.get_ref());
        if !sound {
            faults.add(name.span(), TokenFileError::Name(name.get_ref().clone()));
        }
        sound
    });
    let kind = table.parse("kind", kind).map_or(PrincipalKind::Agent, Spanned::into_inner);
    let groups = table.texts("groups").into_iter().map(Spanned::into_inner).collect();
    let (created, expires) = (time(table, "created"), time(table, "expires"));
    let is_revoked = time(table, "revoked").is_some() || table.has("revoked");
    let current = table.require_parse("sha256", digest);
    let replaced = table.table("replaced").and_then(|table| {
        let (digest, until) = (table.require_parse("sha256", digest), time(&table, "until"));
        if !table.has("until") {
            table.missing("until");
        }
        Some(KnownSecret { digest: digest?.into_inner(), until: Some(until?) })
    });
    let restrictions = restrictions(table, faults);
    let (name, current) = (name?, current?);
    let mut secrets = vec![KnownSecret { digest: current.into_inner(), until: None }];
    secrets.extend(replaced);
    let token = StaticToken {
        name: name.get_ref().clone(),
        kind,
        groups,
        secrets,
        expires,
        is_revoked,
        restrictions,
    };
    Some((name.span(), Listed { token, created }))
}

/// Reads `access_restrictions`. A list that is there restricts, and an empty one leaves nothing.
pub fn restrictions(table: &Table<'_>, faults: &Faults) -> Option<Vec<Restriction>> {
    let tables = table.tables("access_restrictions");
    let mut restrictions: Vec<Restriction> = Vec::new();
    for each in &tables {
        let set = |field: &'static str| {
            let names: BTreeSet<String> = each.texts(field).into_iter().map(Spanned::into_inner).collect();
            each.has(field).then_some(names)
        };
        let (capabilities, targets) = (set("capabilities"), set("targets"));
        let Some(plugin) = each.require_text("plugin") else { continue };
        if restrictions.iter().any(|other| other.plugin == *plugin.get_ref()) {
            faults.add(plugin.span(), format_args!("`{}` is restricted twice", plugin.get_ref()));
        }
        restrictions.push(Restriction { plugin: plugin.into_inner(), capabilities, targets });
    }
    table.has("access_restrictions").then_some(restrictions)
}

fn is_name(text: &str) -> bool {
    let fit = |each: char| each.is_ascii_lowercase() || each.is_ascii_digit() || "-_.".contains(each);
    (1..=64).contains(&text.len()) && text.chars().all(fit)
}

/// Reads the word for a kind of principal.
///
/// # Errors
/// Which words there are.
pub fn kind(text: &str) -> Result<PrincipalKind, String> {
    let found = PrincipalKind::ALL.into_iter().find(|kind| kind.as_str() == text);
    let words = || one_of(PrincipalKind::ALL.map(PrincipalKind::as_str));
    found.ok_or_else(|| format!("`{text}` is no kind of caller; write {}", words()))
}

/// Does not repeat the text: it may be a token that was pasted in the wrong place.
fn digest(text: &str) -> Result<TokenDigest, &'static str> {
    TokenDigest::parse(text)
        .ok_or("a digest is 64 hexadecimal digits in lower case; `postern token` writes it")
}

fn time(table: &Table<'_>, field: &'static str) -> Option<Timestamp> {
    let parse = |text: &str| {
        text.parse::<Timestamp>()
            .map_err(|_| format!("`{text}` is no time; write one such as `2027-02-19T08:00:00Z`"))
    };
    table.parse(field, parse).map(Spanned::into_inner)
}

#[cfg(test)]
mod tests;
