//! `[identity]`: who may come in, beside the one token of `[server]`.
//!
//! ```toml
//! [identity]
//! tokens = "tokens.toml"               # made and changed by `postern token`
//! ```

use super::reference::Context;
use crate::diagnostic::{Spanned, Table};
use crate::identity::{StaticToken, TokenFile};

/// What was configured.
#[derive(Debug, Clone, Default)]
pub struct Tokens {
    /// The file, if there is one.
    pub file: Option<TokenFile>,
    /// What is in it.
    pub known: Vec<StaticToken>,
}

pub(super) fn read(root: &Table<'_>, context: &Context<'_>) -> Tokens {
    let Some(table) = root.table("identity") else { return Tokens::default() };
    let Some(path) = table.require_text("tokens") else { return Tokens::default() };
    let file = match context.path(path.get_ref()) {
        Ok(file) => TokenFile::new(file),
        Err(why) => {
            context.faults.add(path.span(), why);
            return Tokens::default();
        }
    };
    let known = match file.read() {
        Ok(listed) => listed.into_iter().map(|listed| listed.token).collect(),
        Err(crate::identity::TokenFileError::Faults(faults)) => {
            context.faults.extend(faults);
            Vec::new()
        }
        Err(error) => {
            let why = std::error::Error::source(&error).map(|why| format!(": {why}")).unwrap_or_default();
            context.faults.add_help(
                Spanned::span(&path),
                format_args!("{error}{why}"),
                "`postern token create NAME` makes the file and a first token",
            );
            Vec::new()
        }
    };
    Tokens { file: Some(file), known }
}
