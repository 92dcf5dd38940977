//! Reads a binary's imports and exports, and holds them against what its manifest declares.
//!
//! The binary is read, never the source: the linker that made it dropped every import that the code does
//! not call, so what stands here is what the code can do.

use serde::Serialize;
use wasmtime::component::types::ComponentItem;

use super::capability::Forms;
use super::{LoadError, inert, services};

/// The WIT package whose interfaces are the host's.
const PACKAGE: &str = "postern:plugin/";

/// The export of a component that guards the calls of others.
const GUARD: &str = "postern:plugin/guard@";

/// The export of a component that logs in.
const AUTHENTICATOR: &str = "postern:plugin/authenticator@";

/// What a manifest declares of a binary's imports.
#[derive(Debug, Clone, Default)]
pub struct Declared {
    /// Its capabilities, with the form that each may have.
    pub capabilities: Forms,
    /// The kinds of question that it asks its callers: `form`, `url`, `sampling`, `roots`.
    pub asks: Vec<String>,
    /// Whether it guards the calls of others.
    pub guards: bool,
    /// Whether it logs in at an upstream.
    pub authenticates: bool,
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
            (Standing::Service, _) if is_ask(&import.name) && declared.asks.is_empty() => {
                return refuse(
                    &import.name,
                    "its manifest does not declare: `asks` under `[plugin]` names what it asks",
                );
            }
            (Standing::Types | Standing::Service | Standing::Inert, _) => {}
        }
    }
    for (declares, interface, export) in
        [(declared.guards, GUARD, "guard"), (declared.authenticates, AUTHENTICATOR, "authenticator")]
    {
        if declares != inspection.exports.iter().any(|name| name.starts_with(interface)) {
            return Err(if declares {
                LoadError::Export(format!("`{export}`, which its manifest declares"))
            } else {
                LoadError::Undeclared(export)
            });
        }
    }
    let used = |import: &&Import| import.standing == Standing::Capability;
    let imported = |name: &String| inspection.imports.iter().filter(used).any(|import| import.name == *name);
    let asks = inspection.imports.iter().any(|it| it.standing == Standing::Service && is_ask(&it.name));
    if !declared.asks.is_empty() && !asks {
        return Err(LoadError::Unused(services::ASK.to_owned()));
    }
    match declared.capabilities.keys().find(|name| !imported(name)) {
        Some(unused) => Err(LoadError::Unused(unused.clone())),
        None => Ok(()),
    }
}

/// Whether this import is the service that a manifest has to name.
fn is_ask(import: &str) -> bool {
    import.strip_prefix(PACKAGE).and_then(|rest| rest.split('@').next()) == Some(services::ASK)
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
