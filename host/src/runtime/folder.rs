//! Folders of the operator's that a component reads: `wasi:filesystem`, on these folders and nothing else.
//!
//! A folder stands under the manifest's name for it, at the root: `entities` is `/entities`. It can be read and not
//! written, whatever a component asks for. No path leads out of it: not by `..`, not absolute, and not by a link, each
//! of which is resolved within the folder or fails.
//!
//! # Design
//!
//! *Linked where a manifest says so.* A component without `folders` that imports a file system does not load, as before;
//! and one whose operator gave none of its folders finds no root at all.

use std::path::PathBuf;
use std::sync::Arc;

use wasmtime::component::Linker;
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView as _};
use wasmtime_wasi::p2::bindings::filesystem;
use wasmtime_wasi::{FsPerms, WasiCtxBuilder};

use super::state::CallState;

/// The interfaces linked here, without their versions.
pub(super) const INTERFACES: &[&str] = &["wasi:filesystem/preopens", "wasi:filesystem/types"];

/// A folder, and the manifest's name for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// The manifest's name for it.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
}

/// The folders of one component.
pub(super) type Folders = Arc<[Folder]>;

/// Links [`INTERFACES`].
pub(super) fn add_to_linker(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    filesystem::types::add_to_linker::<_, WasiFilesystem>(linker, CallState::filesystem)?;
    filesystem::preopens::add_to_linker::<_, WasiFilesystem>(linker, CallState::filesystem)
}

/// Opens the folders for one call. One that cannot be opened is not there, and the log says why.
pub(super) fn open(context: &mut WasiCtxBuilder, folders: &[Folder]) {
    for Folder { name, path } in folders {
        if let Err(error) = context.preopened_dir(path, format!("/{name}"), FsPerms::ReadOnly) {
            tracing::warn!(folder = name, path = %path.display(), %error, "a folder cannot be read");
        }
    }
}
