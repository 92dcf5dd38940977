//! A catalog that answers what its settings say, however foolish.

#[cfg(target_family = "wasm")]
mod guest;
