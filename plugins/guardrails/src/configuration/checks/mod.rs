//! The checks: each looks for one thing and says what it found there instead.
//!
//! A check decides nothing: neither how bad it is, nor what follows. It reads values through the views of this
//! room (`Pod::effective`, `Image`, `Quantity`, `World::selected`), so that what a value means is decided once.

pub(super) mod availability;
pub(super) mod consistency;
pub(super) mod host;
pub(super) mod identity;
pub(super) mod images;
pub(super) mod ingress;
pub(super) mod isolation;
pub(super) mod netpol;
pub(super) mod privileges;
pub(super) mod probes;
pub(super) mod rbac;
pub(super) mod resources;
pub(super) mod roles;
pub(super) mod secrets;
pub(super) mod services;
pub(super) mod storage;

use crate::yaml::Node;

/// A value as a finding may show it: short, and on one line.
pub(super) fn shown(text: &str) -> String {
    const MAX: usize = 120;
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX).collect();
    if text.chars().nth(MAX).is_some() { format!("{line}…") } else { line }
}

/// A value of any kind as a finding may show it.
pub(super) fn value(node: &Node) -> String {
    node.scalar().map_or_else(|| "something else".to_owned(), shown)
}
