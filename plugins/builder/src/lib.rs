//! Compiles components for `wasm32-wasip2` from a build script, with a nested cargo.
//!
//! A component is a crate of this workspace whose library is a `cdylib`. Cargo has no way to say "this
//! crate, for that target, as a file": so the build scripts that embed components call [`build`], which
//! runs a cargo of its own in a target directory of its own (the outer cargo holds the lock of the usual
//! one) and adds the compilation target first where rustup has not.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use thiserror::Error;

/// What components are compiled for.
pub const TARGET: &str = "wasm32-wasip2";

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
pub enum BuildError {
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
    /// Cargo failed; it has said why.
    #[error("cargo could not build {packages}:\n{output}")]
    Cargo {
        /// The packages asked for.
        packages: String,
        /// What it printed.
        output: String,
    },
}

/// Builds `packages` of the workspace at `workspace` and returns their `.wasm` files, in the same order.
///
/// # Errors
/// [`BuildError`]; its text says what to do.
pub fn build(workspace: &Path, packages: &[String]) -> Result<Vec<PathBuf>, BuildError> {
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

/// Tells cargo to run the build script again when anything below `paths` changes.
pub fn rerun_if_changed<'a>(paths: impl IntoIterator<Item = &'a Path>, out: &mut impl std::io::Write) {
    for path in paths {
        // A build script that cannot print has no cargo to talk to: nothing is lost.
        let _ = writeln!(out, "cargo::rerun-if-changed={}", path.display());
    }
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
