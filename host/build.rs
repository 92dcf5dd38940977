//! Builds the integrations of `plugins/` as components and embeds them in the host.
//!
//! An integration is a folder there with a `plugin.toml`; its crate is called `postern-` and the folder's
//! name. So a new one is embedded by being there.

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
    let host = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let workspace = host.parent().ok_or("the host's folder lies in the workspace")?;
    let plugins = plugins(&workspace.join("plugins"))?;
    let packages: Vec<String> = plugins.iter().map(|plugin| format!("postern-{}", name(plugin))).collect();

    let watched = ["plugins", "wit", "Cargo.lock", "Cargo.toml"].map(|name| workspace.join(name));
    postern_builder::rerun_if_changed(watched.iter().map(PathBuf::as_path), &mut io::stdout());
    let components = postern_builder::build(workspace, &packages)?;

    let mut table = String::from("&[");
    for (plugin, component) in plugins.iter().zip(&components) {
        let manifest = plugin.join("plugin.toml");
        let path = Path::new("plugins").join(name(plugin)).join("plugin.toml");
        write!(
            table,
            "Embedded {{ path: {path:?}, manifest: include_str!({manifest:?}), component: include_bytes!({component:?}) }},"
        )?;
    }
    table.push(']');
    fs::write(PathBuf::from(variable("OUT_DIR")?).join("embedded.rs"), table)?;
    Ok(())
}

/// The folders below `folder` that hold a manifest, in order.
fn plugins(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.join("plugin.toml").is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn name(plugin: &Path) -> String {
    plugin.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[expect(clippy::disallowed_methods, reason = "cargo talks to build scripts through the environment")]
fn variable(name: &str) -> Result<String, env::VarError> {
    env::var(name)
}
