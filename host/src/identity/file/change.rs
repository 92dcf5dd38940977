//! Changes to a file of tokens: whole or not at all, and with everything that people wrote left as it is.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tempfile::NamedTempFile;
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, value};

use super::{TokenFile, TokenFileError, is_name, parse, private};
use crate::call::{PrincipalKind, Restriction};
use crate::diagnostic::Source;
use crate::identity::token::Token;

/// A change to a file of tokens.
#[derive(Debug, Clone)]
pub enum Change {
    /// Another token.
    Create(NewToken),
    /// This one is not good any more, at once.
    Revoke(String),
    /// A new secret for this one; the old one is good for `overlap` beside it.
    Rotate {
        /// Which.
        name: String,
        /// For so long.
        overlap: Duration,
    },
}

/// What a token is made with.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "as in the file")]
pub struct NewToken {
    pub name: String,
    pub kind: PrincipalKind,
    pub groups: Vec<String>,
    pub expires: Option<Duration>,
    pub restrictions: Option<Vec<Restriction>>,
}

impl TokenFile {
    /// Makes a change; a token that was made comes back, and is nowhere else.
    ///
    /// A file that is not there is made, for its owner alone.
    ///
    /// # Errors
    /// [`TokenFileError`]; then nothing was changed.
    pub fn change(&self, change: &Change, now: Timestamp) -> Result<Option<Token>, TokenFileError> {
        let unusable = |why| TokenFileError::Unusable { path: self.path.clone(), why };
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => {
                private(&self.path)?;
                text
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(unusable(error)),
        };
        // What is faulty is not touched.
        let known = parse(Source::new(&self.path, text.clone()))?;
        let mut document: DocumentMut =
            text.parse().map_err(|error| unusable(io::Error::new(io::ErrorKind::InvalidData, error)))?;
        let at = |name: &str| {
            let names = || known.iter().map(|listed| listed.token.name.clone()).collect();
            let found = known.iter().position(|listed| listed.token.name == name);
            found.ok_or_else(|| TokenFileError::Absent { name: name.to_owned(), known: names() })
        };
        let tables = document.entry("token").or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
        let Some(tables) = tables.as_array_of_tables_mut() else {
            let why = io::Error::new(io::ErrorKind::InvalidData, "`token` is written as one line");
            return Err(unusable(why));
        };
        let made = match change {
            Change::Create(new) => {
                if !is_name(&new.name) {
                    return Err(TokenFileError::Name(new.name.clone()));
                }
                if at(&new.name).is_ok() {
                    return Err(TokenFileError::Taken(new.name.clone()));
                }
                let token = Token::fresh()?;
                tables.push(table(new, &token, now));
                Some(token)
            }
            Change::Revoke(name) => {
                if let Some(table) = tables.get_mut(at(name)?) {
                    table.insert("revoked", value(now.to_string()));
                }
                None
            }
            Change::Rotate { name, overlap } => {
                let at = at(name)?;
                let listed = known.get(at).filter(|listed| !listed.token.is_revoked);
                let listed = listed.ok_or_else(|| TokenFileError::Revoked(name.clone()))?;
                let token = Token::fresh()?;
                if let (Some(table), Some(old)) = (tables.get_mut(at), listed.token.secrets.first()) {
                    let until = now.saturating_add(SignedDuration::try_from(*overlap).unwrap_or_default());
                    let mut replaced = Table::new();
                    replaced.insert("sha256", value(old.digest.to_hex()));
                    replaced.insert("until", value(until.unwrap_or(now).to_string()));
                    table.insert("replaced", Item::Table(replaced));
                    table.insert("sha256", value(token.digest().to_hex()));
                }
                Some(token)
            }
        };
        write(&self.path, &document.to_string()).map_err(unusable)?;
        Ok(made)
    }
}

fn table(new: &NewToken, token: &Token, now: Timestamp) -> Table {
    let list = |names: &mut dyn Iterator<Item = &String>| value(names.collect::<Array>());
    let mut table = Table::new();
    table.insert("name", value(&new.name));
    table.insert("kind", value(new.kind.as_str()));
    if !new.groups.is_empty() {
        table.insert("groups", list(&mut new.groups.iter()));
    }
    table.insert("created", value(now.to_string()));
    if let Some(expires) = new.expires {
        let after = SignedDuration::try_from(expires).unwrap_or(SignedDuration::MAX);
        let end = now.saturating_add(after).unwrap_or(Timestamp::MAX);
        table.insert("expires", value(end.to_string()));
    }
    table.insert("sha256", value(token.digest().to_hex()));
    if let Some(restrictions) = &new.restrictions {
        let mut tables = ArrayOfTables::new();
        for restriction in restrictions {
            let mut inner = Table::new();
            inner.insert("plugin", value(&restriction.plugin));
            let lists = [("capabilities", &restriction.capabilities), ("targets", &restriction.targets)];
            for (field, names) in lists {
                if let Some(names) = names {
                    inner.insert(field, list(&mut names.iter()));
                }
            }
            tables.push(inner);
        }
        table.insert("access_restrictions", Item::ArrayOfTables(tables));
    }
    table
}

/// In one step: whoever reads at the same time reads the one or the other.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Made for its owner alone, and stays so when it takes the place of the other.
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
