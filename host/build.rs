//! Builds the integrations of `plugins/` as components and embeds them in the host.

use std::process::ExitCode;

use postern_builder::{Components, embed};

fn main() -> ExitCode {
    embed(Components { folder: "plugins", prefix: "postern-", entry: "Embedded" })
}
