//! What every component written in Rust shares: the host's services, and the words of a call.
//!
//! A component is pure code and a thin skin. The pure code is ordinary Rust, tested natively; the skin
//! decodes a call, asks the pure code, and encodes what it says. [`component!`] writes the skin's bindings
//! from the component's own world, with the types of this crate in place of copies. [`encode!`] makes what its
//! exports give out of plain data that native tests can look at:
//!
//! ```text
//! mod bindings {
//!     postern_sdk::component!({ world: "postern:kubernetes/kubernetes", path: ["../../wit", "wit"] });
//! }
//! use bindings::exports::postern::plugin as exported;
//!
//! struct Plugin;
//! bindings::export!(Plugin with_types_in bindings);
//! postern_sdk::encode!(exported: tools);
//!
//! impl exported::tools::Guest for Plugin {
//!     fn describe() -> Vec<exported::tools::Tool> {
//!         tools::describe().into_iter().map(Into::into).collect()
//!     }
//!     async fn call(_: CallInfo, caller: Caller, name: String, arguments: String) -> … {
//!         Ok(tools::call(&Call::new(caller), &name, &arguments).await?.into())
//!     }
//! }
//! ```
//!
//! Here `tools` is the component's own: its `describe` gives [`tool::Description`]s, and its `call` gives a
//! [`tool::Outcome`] or a [`Problem`].
//!
//! # What helps with what
//! - *What comes in*: [`args`] bounds it, [`schema`] tells the bounds, [`tool::parse`] and [`prompt::Given`] read it,
//!   [`quantity`] reads amounts of Kubernetes.
//! - *What exports say*: [`tool`], [`prompt`], [`resource`], [`route`] and [`completion`], as plain data; [`Problem`],
//!   where there is nothing to say.
//! - *What people and models read*: [`text`] bounds and cleans it, [`mask`] hides secrets, [`content`] wraps it.
//! - *In the middle of a call*: [`ask`] puts questions to the client, [`places`] bounds what is in flight.

#[expect(missing_docs, reason = "the documentation of these items is in `wit/`")]
pub mod bindings {
    //! The host's services, as `wit/` has them.
    wit_bindgen::generate!({
        path: "../../wit",
        world: "services",
        generate_all,
        generate_unused_types: true,
        additional_derives: [PartialEq, Eq],
    });
}

pub mod args;
pub mod ask;
pub mod completion;
pub mod content;
mod egress;
mod encode;
pub mod mask;
pub mod places;
mod problem;
pub mod prompt;
pub mod quantity;
pub mod resource;
pub mod route;
pub mod schema;
pub mod text;
pub mod tool;

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
