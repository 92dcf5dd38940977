//! Compiles components for `wasm32-wasip2` from a build script, with a nested cargo.
//!
//! A component is a crate of this workspace whose library is a `cdylib`. Cargo has no way to say "this
//! crate, for that target, as a file": so the build scripts that embed components call [`embed`], which
//! runs a cargo of its own in a target directory of its own (the outer cargo holds the lock of the usual
//! one) and adds the compilation target first where rustup has not.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs};

use thiserror::Error;

/// What components are compiled for.
const TARGET: &str = "wasm32-wasip2";

/// Linked into every component. Room for its heap in the initial memory, and a small stack: growing a
/// memory at run time costs a cross-processor TLB flush, which halves the rate of fresh instances.
const LINK_ARGS: &str = "-Clink-arg=--initial-memory=2097152 -Clink-arg=-zstack-size=262144";

/// What a nested cargo must not inherit: the outer cargo's flags are for the native target.
const NOT_INHERITED: [&str; 7] = [
    "CARGO_ENCODED_RUSTFLAGS",
    "RUSTFLAGS",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "CARGO_TARGET_DIR",
    "CARGO_BUILD_TARGET",
    "CARGO_MAKEFLAGS",
];

/// Why components could not be built.
#[derive(Debug, Error)]
enum BuildError {
    /// Not run by cargo as a build script.
    #[error("`{0}` is not set: this runs in a build script only")]
    NoCargo(&'static str),
    /// The compilation target is missing and cannot be added.
    #[error("the compilation target {TARGET} is missing; run: rustup target add {TARGET}")]
    NoTarget,
    /// A program could not be started.
    #[error("`{program}` could not be started")]
    Start {
        /// Which.
        program: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A folder cannot be read, or the table not written.
    #[error("components cannot be listed or embedded: {0}")]
    Files(#[from] io::Error),
    /// Cargo failed; it has said why.
    #[error("cargo could not build {packages}:\n{output}")]
    Cargo {
        /// The packages asked for.
        packages: String,
        /// What it printed.
        output: String,
    },
}

/// A folder of components: each is a folder in it that holds a `plugin.toml` and a crate.
#[derive(Debug, Clone, Copy)]
pub struct Components<'a> {
    /// The folder, from the workspace's own.
    pub folder: &'a str,
    /// What a component's crate is called before the name of its folder.
    pub prefix: &'a str,
    /// The struct to write each as; its fields are `name`, `path`, `manifest`, `component` and `rules`.
    pub entry: &'a str,
}

/// The whole of a build script: builds every component of a folder, and writes `components.rs` to `OUT_DIR`,
/// an array of all of them in the order of their names. So a new one is embedded by being there.
#[must_use]
pub fn embed(components: Components<'_>) -> ExitCode {
    match components.embed() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Cargo shows what a build script says when it fails; without a reader there is nobody to tell.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

impl Components<'_> {
    fn embed(self) -> Result<(), BuildError> {
        let crate_folder = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
        let workspace = crate_folder.parent().unwrap_or(&crate_folder);
        let names = self.names(&workspace.join(self.folder))?;
        let packages: Vec<String> = names.iter().map(|name| format!("{}{name}", self.prefix)).collect();
        for watched in ["plugins", "policies", "wit", "Cargo.toml", "Cargo.lock", self.folder] {
            writeln!(io::stdout(), "cargo::rerun-if-changed={}", workspace.join(watched).display())?;
        }
        let mut table = String::from("&[");
        for (name, component) in names.iter().zip(build(workspace, &packages)?) {
            let path = Path::new(self.folder).join(name).join("plugin.toml");
            let (entry, manifest) = (self.entry, workspace.join(&path));
            let rules = rules(&workspace.join("policies").join(name))?;
            write!(
                table,
                "{entry} {{ name: {name:?}, path: {path:?}, manifest: include_str!({manifest:?}), \
                 component: include_bytes!({component:?}), rules: &[{rules}] }},"
            )
            .map_err(io::Error::other)?;
        }
        table.push(']');
        Ok(fs::write(PathBuf::from(variable("OUT_DIR")?).join("components.rs"), table)?)
    }

    fn names(self, folder: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.path().join("plugin.toml").is_file() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.sort();
        Ok(names)
    }
}

/// The rules of a folder of `policies/`, as an array's inside: pairs of a name and a text.
fn rules(folder: &Path) -> io::Result<String> {
    let mut files = Vec::new();
    if folder.is_dir() {
        for entry in fs::read_dir(folder)? {
            files.push(entry?.path());
        }
    }
    files.sort();
    let rules = files.iter().filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    let pair = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        format!("({name:?}, include_str!({path:?})),")
    };
    Ok(rules.map(pair).collect())
}

/// Builds `packages` and gives their `.wasm` files, in the same order.
fn build(workspace: &Path, packages: &[String]) -> Result<Vec<PathBuf>, BuildError> {
    ensure_target()?;
    let target_dir = target_dir()?;
    let cargo = variable("CARGO")?;
    let mut command = Command::new(&cargo);
    command
        .current_dir(workspace)
        .args(["build", "--locked", "--profile", "plugin", "--target", TARGET, "--target-dir"])
        .arg(&target_dir)
        .env("CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS", LINK_ARGS);
    for package in packages {
        command.args(["-p", package]);
    }
    for name in NOT_INHERITED {
        command.env_remove(name);
    }
    let output = command.output().map_err(|source| BuildError::Start { program: cargo, source })?;
    if !output.status.success() {
        return Err(BuildError::Cargo {
            packages: packages.join(", "),
            output: String::from_utf8_lossy(&output.stderr).into_owned(),
        });
    }
    let folder = target_dir.join(TARGET).join("plugin");
    Ok(packages.iter().map(|package| folder.join(format!("{}.wasm", package.replace('-', "_")))).collect())
}

fn ensure_target() -> Result<(), BuildError> {
    let rustc = variable("RUSTC")?;
    let sysroot = Command::new(&rustc)
        .args(["--print", "sysroot"])
        .output()
        .map_err(|source| BuildError::Start { program: rustc, source })?;
    let sysroot = PathBuf::from(String::from_utf8_lossy(&sysroot.stdout).trim());
    let installed = || sysroot.join("lib/rustlib").join(TARGET).join("lib").is_dir();
    if installed() {
        return Ok(());
    }
    let added = Command::new("rustup").args(["target", "add", TARGET]).output();
    match added {
        Ok(output) if output.status.success() && installed() => Ok(()),
        Ok(_) | Err(_) => Err(BuildError::NoTarget),
    }
}

/// A folder of our own in the outer cargo's target directory, which is where `CACHEDIR.TAG` lies.
fn target_dir() -> Result<PathBuf, BuildError> {
    let out = PathBuf::from(variable("OUT_DIR")?);
    let outer = out.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file()).unwrap_or(&out);
    Ok(outer.join("components"))
}

#[expect(clippy::disallowed_methods, reason = "cargo talks to build scripts through the environment")]
fn variable(name: &'static str) -> Result<String, BuildError> {
    env::var(name).map_err(|_| BuildError::NoCargo(name))
}
