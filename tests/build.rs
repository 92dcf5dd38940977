//! Builds the test components of `guests/` and embeds them where tests find them.

use std::process::ExitCode;

use postern_builder::{Components, embed};

fn main() -> ExitCode {
    embed(Components { folder: "tests/guests", prefix: "guest-", entry: "Guest" })
}
