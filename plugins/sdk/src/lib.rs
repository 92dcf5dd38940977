//! What every component written in Rust shares: the host's services, and the words of a call.
//!
//! A component is pure code and a thin skin. The pure code is ordinary Rust, tested natively; the skin
//! decodes a call, asks the pure code, and encodes what it says. [`component!`] writes the skin's bindings
//! from the component's own world, with the types of this crate in place of copies:
//!
//! ```text
//! postern_sdk::component!({ world: "postern:kubernetes/kubernetes", path: ["../../wit", "wit"] });
//!
//! struct Plugin;
//! export!(Plugin);
//!
//! impl exports::postern::plugin::tools::Guest for Plugin {
//!     fn describe() -> Vec<Tool> { … }
//!     async fn call(info: CallInfo, caller: Caller, name: String, arguments: String) -> … { … }
//! }
//! ```

#[expect(missing_docs, reason = "the documentation of these items is in `wit/`")]
pub mod bindings {
    //! The host's services, as `wit/` has them.
    wit_bindgen::generate!({ path: "../../wit", world: "services", generate_all, generate_unused_types: true });
}

pub mod ask;
pub mod content;
pub mod mask;
pub mod places;
mod problem;
pub mod schema;
pub mod text;

pub use bindings::postern::plugin::caller::{Abilities, Caller, Change};
pub use bindings::postern::plugin::catalog_types::{Entity, Lookup, Relation, Titled};
pub use bindings::postern::plugin::content::{Body, Content, Embedded, Icon, Media, ResourceLink, Role};
pub use bindings::postern::plugin::egress::{Error, Method, Query, Request, Response};
pub use bindings::postern::plugin::log::{Level, log};
pub use bindings::postern::plugin::targets::{Target, targets};
pub use bindings::postern::plugin::types::{CallInfo, Field, InvalidArgument, Limited, Principal, Problem};
pub use bindings::postern::plugin::{cache, clock, config, entities, rules};
pub use problem::{arguments, settings};
#[doc(hidden)]
pub use wit_bindgen;

/// Writes a component's bindings from its world, sharing the types of this crate.
///
/// Takes the `world` and the folders of its WIT package and of `postern:plugin`, relative to the crate.
#[macro_export]
macro_rules! component {
    ({ world: $world:literal, path: [$($path:literal),+ $(,)?] $(,)? }) => {
        $crate::wit_bindgen::generate!({
            world: $world,
            path: [$($path),+],
            runtime_path: "postern_sdk::wit_bindgen::rt",
            with: {
                "postern:plugin/types@0.1.0": postern_sdk::bindings::postern::plugin::types,
                "postern:plugin/egress@0.1.0": postern_sdk::bindings::postern::plugin::egress,
                "postern:plugin/content@0.1.0": postern_sdk::bindings::postern::plugin::content,
                "postern:plugin/targets@0.1.0": postern_sdk::bindings::postern::plugin::targets,
                "postern:plugin/log@0.1.0": postern_sdk::bindings::postern::plugin::log,
                "postern:plugin/config@0.1.0": postern_sdk::bindings::postern::plugin::config,
                "postern:plugin/rules@0.1.0": postern_sdk::bindings::postern::plugin::rules,
                "postern:plugin/clock@0.1.0": postern_sdk::bindings::postern::plugin::clock,
                "postern:plugin/cache@0.1.0": postern_sdk::bindings::postern::plugin::cache,
                "postern:plugin/caller@0.1.0": postern_sdk::bindings::postern::plugin::caller,
                "postern:plugin/ask@0.1.0": postern_sdk::bindings::postern::plugin::ask,
                "postern:plugin/catalog-types@0.1.0": postern_sdk::bindings::postern::plugin::catalog_types,
                "postern:plugin/entities@0.1.0": postern_sdk::bindings::postern::plugin::entities,
            },
            generate_all,
        });
    };
}
