//! `[identity]`: who may come in, beside the one token of `[server]`.
//!
//! ```toml
//! [identity]
//! tokens = "tokens.toml"               # made and changed by `postern token`
//!
//! [[identity.issuer]]                  # an authorization server: see `issuer`
//!
//! [[identity.certificate]]             # client certificates: see `certificate`
//! ```

use std::path::PathBuf;

use super::reference::Context;
use super::{certificate, issuer};
use crate::diagnostic::{Spanned, Table};
use crate::identity::{Known, StaticToken, TokenFile, TokenFileError};

/// What was configured.
#[derive(Debug, Clone, Default)]
pub struct Callers {
    /// By what they are known; `None` where nothing was said of it.
    pub known: Option<Known>,
    /// The file of tokens, if there is one.
    pub tokens: Option<TokenFile>,
    /// Files whose contents are part of it.
    pub(super) files: Vec<PathBuf>,
}

impl Callers {
    /// Whether tokens of authorization servers are taken.
    #[must_use]
    pub fn takes_tokens(&self) -> bool {
        self.known.as_ref().is_some_and(|known| !known.issuers.is_empty())
    }
}

pub(super) fn read(root: &Table<'_>, context: &Context<'_>) -> Callers {
    let Some(table) = root.table("identity") else { return Callers::default() };
    let tokens = table.text("tokens");
    let mut files = Vec::new();
    let issuers = issuer::read(&table, context, &mut files);
    let certificates = certificate::read(&table, root, context);
    if tokens.is_none() && !table.has("issuer") && !table.has("certificate") {
        context.faults.add_help(
            table.span(),
            "nobody is known by this",
            "name a file of `tokens`, an `issuer`, or a `certificate`",
        );
    }
    let (file, tokens) = tokens.map_or((None, Vec::new()), |path| token_file(&path, context));
    Callers { known: Some(Known { tokens, issuers, certificates }), tokens: file, files }
}

fn token_file(path: &Spanned<String>, context: &Context<'_>) -> (Option<TokenFile>, Vec<StaticToken>) {
    let file = match context.path(path.get_ref()) {
        Ok(file) => TokenFile::new(file),
        Err(why) => {
            context.faults.add(path.span(), why);
            return (None, Vec::new());
        }
    };
    let known = match file.read() {
        Ok(listed) => listed.into_iter().map(|listed| listed.token).collect(),
        Err(TokenFileError::Faults(faults)) => {
            context.faults.extend(faults);
            Vec::new()
        }
        Err(error) => {
            let why = std::error::Error::source(&error).map(|why| format!(": {why}")).unwrap_or_default();
            context.faults.add_help(
                path.span(),
                format_args!("{error}{why}"),
                "`postern token create NAME` makes the file and a first token",
            );
            Vec::new()
        }
    };
    (Some(file), known)
}
