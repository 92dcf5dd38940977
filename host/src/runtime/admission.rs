//! Reads a binary's imports and exports, and holds them against what its manifest declares.
//!
//! The binary is read, never the source: the linker that made it dropped every import that the code does
//! not call, so what stands here is what the code can do.

use serde::Serialize;
use wasmtime::component::types::ComponentItem;

use super::capability::Forms;
use super::{LoadError, folder, inert, services};

/// The WIT package whose interfaces are the host's.
const PACKAGE: &str = "postern:plugin/";

/// What a manifest declares of a binary's imports.
#[derive(Debug, Clone, Default)]
pub struct Declared {
    /// Its capabilities, with the form that each may have.
    pub capabilities: Forms,
    /// The kinds of question that it asks its callers: `form`, `url`, `sampling`, `roots`.
    pub asks: Vec<String>,
    /// Whether its calls ask the catalog.
    pub asks_catalog: bool,
    /// Whether it reads folders of the operator's.
    pub folders: bool,
    /// Which exports it has that a manifest has to name, and which of them this one names.
    pub exports: Named,
}

/// The exports that a manifest has to name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the exports' own names")]
#[expect(clippy::struct_excessive_bools, reason = "a set of four, by their names")]
pub struct Named {
    pub guard: bool,
    pub resolver: bool,
    pub catalog: bool,
    pub authenticator: bool,
}

/// What a binary imports and exports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inspection {
    /// In the order of the binary.
    pub imports: Vec<Import>,
    /// The names of the exported interfaces.
    pub exports: Vec<String>,
}

/// One import of a binary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Import {
    /// As in the binary, with its version.
    pub name: String,
    /// The functions it carries; methods as `[method]resource.name`. Empty: types alone.
    pub functions: Vec<String>,
    /// What it counts as.
    pub standing: Standing,
}

/// What an import counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Types without functions: grants nothing.
    Types,
    /// A service of the host: no way out.
    Service,
    /// The inert part of WASI that standard libraries import.
    Inert,
    /// The file system, on the folders of its manifest.
    Folders,
    /// A capability, by its plain name.
    Capability,
    /// Anything else: refuses the load.
    Foreign,
}

/// Reads a compiled component.
pub(super) fn inspect(component: &wasmtime::component::Component, engine: &wasmtime::Engine) -> Inspection {
    let described = component.component_type();
    let imports = described
        .imports(engine)
        .map(|(name, item)| {
            let functions = functions(&item.ty, engine);
            let standing = standing(name, &item.ty, functions.as_deref());
            Import { name: name.to_owned(), functions: functions.unwrap_or_default(), standing }
        })
        .collect();
    let exports = described.exports(engine).map(|(name, _)| name.to_owned()).collect();
    Inspection { imports, exports }
}

/// Refuses a binary whose imports are not exactly its manifest's capabilities and what grants nothing.
pub(super) fn check(inspection: &Inspection, declared: &Declared) -> Result<(), LoadError> {
    let refuse =
        |name: &str, why: &str| Err(LoadError::Import { name: format!("`{name}`"), why: why.to_owned() });
    for import in &inspection.imports {
        match (import.standing, declared.capabilities.get(&import.name)) {
            (Standing::Foreign, _) => return refuse(&import.name, "the host never offers"),
            (Standing::Capability, None) => return refuse(&import.name, "its manifest does not declare"),
            (Standing::Capability, Some(form)) => {
                let beyond = import.functions.iter().find(|name| !form.functions().contains(&name.as_str()));
                if let Some(function) = beyond {
                    let name = format!("{}.{function}", import.name);
                    return refuse(&name, "its manifest's methods do not call for");
                }
            }
            (Standing::Service, _) if is(&import.name, services::ASK) && declared.asks.is_empty() => {
                return refuse(
                    &import.name,
                    "its manifest does not declare: `asks` under `[plugin]` names what it asks",
                );
            }
            (Standing::Service, _) if is(&import.name, services::ENTITIES) && !declared.asks_catalog => {
                return refuse(
                    &import.name,
                    "its manifest does not declare: `catalog = true` under `[plugin]` says that it asks the catalog",
                );
            }
            (Standing::Folders, _) if !declared.folders => {
                return refuse(
                    &import.name,
                    "its manifest does not declare: `folders` under `[plugin]` names what it reads",
                );
            }
            (Standing::Types | Standing::Service | Standing::Inert | Standing::Folders, _) => {}
        }
    }
    let Named { guard, resolver, catalog, authenticator } = declared.exports;
    let named =
        [("guard", guard), ("resolver", resolver), ("catalog", catalog), ("authenticator", authenticator)];
    for (name, is_declared) in named {
        match (is_declared, inspection.exports.iter().any(|export| is(export, name))) {
            (true, false) => return Err(LoadError::Export(format!("`{name}`, which its manifest declares"))),
            (false, true) => return Err(LoadError::Undeclared(name)),
            (true, true) | (false, false) => {}
        }
    }
    let used = |import: &&Import| import.standing == Standing::Capability;
    let imported = |name: &String| inspection.imports.iter().filter(used).any(|import| import.name == *name);
    let service = |name| {
        let mut services = inspection.imports.iter().filter(|it| it.standing == Standing::Service);
        services.any(|it| is(&it.name, name))
    };
    let named = [(services::ASK, !declared.asks.is_empty()), (services::ENTITIES, declared.asks_catalog)];
    if let Some((unused, _)) = named.into_iter().find(|(name, is_declared)| *is_declared && !service(name)) {
        return Err(LoadError::Unused(unused.to_owned()));
    }
    let reads = inspection.imports.iter().any(|import| import.standing == Standing::Folders);
    if declared.folders && !reads {
        return Err(LoadError::Unused("folders".to_owned()));
    }
    match declared.capabilities.keys().find(|name| !imported(name)) {
        Some(unused) => Err(LoadError::Unused(unused.clone())),
        None => Ok(()),
    }
}

/// Whether an import or an export is the package's interface of that name.
fn is(name: &str, interface: &str) -> bool {
    name.strip_prefix(PACKAGE).and_then(|rest| rest.split('@').next()) == Some(interface)
}

fn standing(name: &str, item: &ComponentItem, functions: Option<&[String]>) -> Standing {
    let Some(functions) = functions else { return Standing::Foreign };
    let is_instance = matches!(item, ComponentItem::ComponentInstance(_));
    let unversioned = name.split_once('@').map_or(name, |(name, _)| name);
    let service = unversioned.strip_prefix(PACKAGE);
    if service.is_some_and(|interface| services::INTERFACES.contains(&interface)) {
        if functions.is_empty() { Standing::Types } else { Standing::Service }
    } else if inert::INTERFACES.contains(&unversioned) {
        Standing::Inert
    } else if folder::INTERFACES.contains(&unversioned) && !functions.is_empty() {
        Standing::Folders
    } else if functions.is_empty() && is_instance {
        Standing::Types
    } else if is_instance && !name.contains([':', '/', '@']) {
        Standing::Capability
    } else {
        Standing::Foreign
    }
}

/// The functions of an import; `None` for what is neither an instance nor a type.
fn functions(item: &ComponentItem, engine: &wasmtime::Engine) -> Option<Vec<String>> {
    match item {
        ComponentItem::ComponentInstance(instance) => Some(
            instance
                .exports(engine)
                .filter(|(_, item)| matches!(item.ty, ComponentItem::ComponentFunc(_)))
                .map(|(name, _)| name.to_owned())
                .collect(),
        ),
        ComponentItem::Type(_) => Some(Vec::new()),
        ComponentItem::ComponentFunc(_)
        | ComponentItem::CoreFunc(_)
        | ComponentItem::Module(_)
        | ComponentItem::Component(_)
        | ComponentItem::Resource(_) => None,
    }
}
