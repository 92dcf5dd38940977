//! Builds the test components of `guests/`, one folder each, and tells the tests where they are.

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Cargo shows what a build script says when it fails.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let tests = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let workspace = tests.parent().ok_or("the tests' folder lies in the workspace")?;
    let mut guests = Vec::new();
    for entry in fs::read_dir(tests.join("guests"))? {
        let path = entry?.path();
        if path.join("Cargo.toml").is_file() {
            guests.push(path);
        }
    }
    guests.sort();
    let packages: Vec<String> = guests.iter().map(|guest| format!("guest-{}", name(guest))).collect();

    let watched = [tests.join("guests"), workspace.join("plugins"), workspace.join("wit")];
    postern_builder::rerun_if_changed(watched.iter().map(PathBuf::as_path), &mut io::stdout());
    let components = postern_builder::build(workspace, &packages)?;

    let mut table = String::from("&[");
    for (guest, component) in guests.iter().zip(&components) {
        let manifest = guest.join("plugin.toml");
        write!(
            table,
            "Guest {{ name: {:?}, manifest: include_str!({manifest:?}), component: include_bytes!({component:?}) }},",
            name(guest)
        )?;
    }
    table.push(']');
    fs::write(PathBuf::from(variable("OUT_DIR")?).join("guests.rs"), table)?;
    Ok(())
}

fn name(guest: &Path) -> String {
    guest.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[expect(clippy::disallowed_methods, reason = "cargo talks to build scripts through the environment")]
fn variable(name: &str) -> Result<String, env::VarError> {
    env::var(name)
}
