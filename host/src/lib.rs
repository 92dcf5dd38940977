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
//! | [`limit`] | how often, and how many at once |
//! | [`policy`] | principal, arguments, targets → a permit, a hold, or a no |
//! | [`guardrail`] | components that judge what a call would do, and may stop or hold it |
//! | [`approval`] | what is held: people decide on it, and each decision lets one call run |
//! | [`audit`] | what is about to happen, and what came of it, in a log that nobody changes unnoticed |
//! | [`authority`] | what one call may reach: need ∩ grant ∩ permit, bound to its arguments |
//! | [`runtime`] | a fresh instance of the component, and nothing in it but that authority |
//! | [`egress`] | the one way out: checks, dials, adds the credential, bounds the answer |
//!
//! Beside them: [`call`] is the vocabulary, [`diagnostic`] tells faults of files with their places,
//! [`task`] follows calls that outlast their request, [`store`] keeps what must outlive the process,
//! [`telemetry`] shows the host from outside, [`config`] reads files and the environment, [`start`] puts the rooms
//! together, [`cli`] is the commands.

pub mod approval;
pub mod audit;
pub mod authority;
pub mod call;
pub mod cli;
pub mod config;
pub mod diagnostic;
pub mod egress;
pub mod gateway;
pub mod guardrail;
pub mod identity;
pub mod limit;
pub mod policy;
pub mod registry;
pub mod runtime;
pub mod start;
pub mod store;
pub mod surface;
pub mod task;
pub mod telemetry;
