//! What a manifest declares of its component's binary.

use super::manifest::{self, Manifest};
use crate::authority::Method;
use crate::runtime::{Declared, Form, Forms, Named};

/// What the binary must import and export, and may.
pub(super) fn declared(manifest: &Manifest) -> Declared {
    Declared {
        capabilities: forms(manifest),
        asks: manifest.asks.clone(),
        asks_catalog: manifest.asks_catalog,
        folders: !manifest.folders.is_empty(),
        exports: Named {
            guard: manifest.guard.is_some(),
            resolver: manifest.resolver.is_some(),
            catalog: manifest.catalog.is_some(),
            authenticator: manifest.authenticator.is_some(),
        },
    }
}

/// The form that each capability's interface may have, by its rules' methods.
fn forms(manifest: &Manifest) -> Forms {
    let form = |capability: &manifest::Capability| {
        let gets = capability.rules.iter().all(|rule| rule.method == Method::Get);
        if gets { Form::Get } else { Form::Send }
    };
    manifest.capabilities.iter().map(|capability| (capability.name.clone(), form(capability))).collect()
}
