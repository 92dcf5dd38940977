//! Postern: a gateway that exposes MCP and HTTP surfaces over infrastructure, with every integration in a
//! sandbox and every call with an authority of its own.
//!
//! Read [`gateway`] first: it is the way of one call. The rooms, in the order in which a call meets them:
//!
//! | room | what it does |
//! |---|---|
//! | [`surface`] | turns what a client sends into a [`call::Call`], and the outcome back |
//! | [`identity`] | credential → principal |
//! | [`registry`] | what exists: plugins as loaded, their tools, what each needs |
//! | [`policy`] | principal, arguments, targets → a permit, or a no |
//! | [`authority`] | what one call may reach: need ∩ grant ∩ permit, bound to its arguments |
//! | [`runtime`] | a fresh instance of the component, and nothing in it but that authority |
//! | [`egress`] | the one way out: checks, dials, adds the credential, bounds the answer |
//!
//! Beside them: [`call`] is the vocabulary, [`diagnostic`] tells faults of files with their places,
//! [`config`] reads files and the environment, [`start`] puts the rooms together, [`cli`] is the commands.

pub mod authority;
pub mod call;
pub mod cli;
pub mod config;
pub mod diagnostic;
pub mod egress;
pub mod gateway;
pub mod identity;
pub mod policy;
pub mod registry;
pub mod runtime;
pub mod start;
pub mod surface;
