//! The tree keeps its shape: who may import whom, which names stay home, how a file begins and how long it is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A room of the host, and the rooms that it may import. `call` and `diagnostic` are open to all.
const ROOMS: &[(&str, &[&str])] = &[
    ("call", &["identity", "policy"]), // Named in its documentation: who alone may make a `Principal`.
    ("diagnostic", &[]),
    ("authority", &[]),
    ("store", &[]),
    ("audit", &["store"]),
    ("approval", &["audit", "egress", "store"]),
    ("identity", &["egress"]),
    ("limit", &[]),
    ("telemetry", &[]),
    ("egress", &["authority", "limit", "telemetry"]),
    ("policy", &["approval", "authority"]),
    ("runtime", &["authority", "egress", "policy"]),
    ("guardrail", &["runtime"]),
    ("registry", &["authority", "guardrail", "runtime"]),
    ("task", &["store"]),
    (
        "gateway",
        &[
            "approval",
            "audit",
            "egress",
            "guardrail",
            "identity",
            "limit",
            "policy",
            "registry",
            "runtime",
            "task",
            "telemetry",
        ],
    ),
    ("surface", &["approval", "gateway", "identity", "registry", "task", "telemetry"]),
    (
        "config",
        &[
            "approval",
            "audit",
            "authority",
            "egress",
            "guardrail",
            "identity",
            "limit",
            "policy",
            "registry",
            "runtime",
            "surface",
            "telemetry",
        ],
    ),
    (
        "start",
        &[
            "approval",
            "audit",
            "config",
            "egress",
            "gateway",
            "guardrail",
            "identity",
            "limit",
            "policy",
            "registry",
            "runtime",
            "store",
            "task",
            "telemetry",
        ],
    ),
    (
        "cli",
        &[
            "approval",
            "audit",
            "authority",
            "config",
            "egress",
            "gateway",
            "identity",
            "policy",
            "registry",
            "runtime",
            "start",
            "store",
            "surface",
            "telemetry",
        ],
    ),
];

/// A name of somebody else's, and the rooms that may know it.
const FOREIGN: &[(&str, &[&str])] = &[
    ("wasmtime", &["runtime"]),
    ("wasmtime_wasi", &["runtime"]),
    ("rmcp", &["surface"]),
    ("axum", &["surface"]),
    ("toml", &["diagnostic"]),
    ("toml_edit", &["identity"]),
    ("jsonwebtoken", &["identity"]),
    ("x509_parser", &["identity"]),
    ("cedar_policy", &["policy"]),
    ("rusqlite", &["store"]),
    ("opentelemetry", &["telemetry"]),
    ("prometheus", &["telemetry"]),
    ("governor", &["limit"]),
    ("notify", &["start"]),
    ("clap", &["cli"]),
    ("serde_saphyr", &["egress"]),
    ("jsonschema", &["registry"]),
    ("postern_upstreams", &["cli"]),
    ("std::env", &["config"]),
];

/// Lines of a source file, tests of its own not counted.
const MAX_LINES: usize = 400;

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Every Rust file below `folder`, sorted.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().unwrap() != "target" {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The files of the host that are no tests, with their room and their code: no comments, no test modules.
fn host_files() -> Vec<(String, PathBuf, String)> {
    let source = workspace().join("host/src");
    rust_files(&source)
        .into_iter()
        .filter(|path| !is_test(path))
        .map(|path| {
            let first = path.strip_prefix(&source).unwrap().iter().next().unwrap().to_str().unwrap();
            let room = first.trim_end_matches(".rs").to_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            (room, path, code(&text))
        })
        .collect()
}

fn is_test(path: &Path) -> bool {
    path.components().any(|part| {
        let part = part.as_os_str().to_string_lossy();
        part == "tests" || part == "tests.rs" || part == "testing.rs"
    })
}

/// A file without its comments and without what follows `#[cfg(test)]`.
fn code(text: &str) -> String {
    let shipped = text.split("#[cfg(test)]").next().unwrap();
    shipped.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Whether `code` names `name` as a path's beginning.
fn names(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + name.len()..].chars().next();
        let begins = before.is_none_or(|each| !each.is_alphanumeric() && each != '_' && each != ':');
        begins && after.is_some_and(|each| each == ':' || (name.contains("::") && !each.is_alphanumeric()))
    })
}

#[test]
fn rooms_import_downward_only() {
    let allowed: BTreeMap<&str, &[&str]> = ROOMS.iter().copied().collect();
    for (room, path, code) in host_files() {
        if room == "lib" || room == "main" {
            continue;
        }
        let allowed =
            allowed.get(room.as_str()).unwrap_or_else(|| panic!("`{room}` is not in the table of rooms"));
        for (other, _) in ROOMS {
            let open = room == *other || ["call", "diagnostic"].contains(other) || allowed.contains(other);
            let imports = code.contains(&format!("crate::{other}")) || grouped(&code, other);
            assert!(open || !imports, "{}: `{room}` imports `{other}`", path.display());
        }
    }
}

/// Whether a `use crate::{…}` names `room`.
fn grouped(code: &str, room: &str) -> bool {
    code.split("use crate::{").skip(1).any(|rest| {
        let group = rest.split("};").next().unwrap();
        group.split(|each: char| !each.is_alphanumeric() && each != '_').any(|word| word == room)
    })
}

#[test]
fn foreign_names_stay_home() {
    for (room, path, code) in host_files() {
        for (name, homes) in FOREIGN {
            let known = homes.contains(&room.as_str());
            assert!(known || !names(&code, name), "{}: `{name}` is for {homes:?}", path.display());
        }
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for folder in ["host", "plugins", "tests"] {
        for path in rust_files(&workspace().join(folder)) {
            let text = std::fs::read_to_string(&path).unwrap();
            let first = text.lines().next().unwrap_or_default();
            assert!(first.starts_with("//! ") && first.len() > 8, "{}: {first:?}", path.display());
        }
    }
}

#[test]
fn no_file_is_too_long_to_be_read_at_one_sitting() {
    for folder in ["host", "plugins", "tests"] {
        for path in rust_files(&workspace().join(folder)) {
            let text = std::fs::read_to_string(&path).unwrap();
            let lines = text.split("#[cfg(test)]").next().unwrap().lines().count();
            assert!(lines <= MAX_LINES, "{}: {lines} lines", path.display());
        }
    }
}

#[test]
fn the_tables_of_this_test_are_true() {
    for (room, _) in ROOMS {
        let source = workspace().join("host/src");
        let there = source.join(room).is_dir() || source.join(format!("{room}.rs")).is_file();
        assert!(there, "`{room}` is no room");
    }
    for (name, homes) in FOREIGN {
        for home in *homes {
            let used = host_files().iter().any(|(room, _, code)| room == home && names(code, name));
            assert!(used, "`{home}` does not use `{name}`");
        }
    }
}
