//! The functions behind a capability's import: the one way out of an instance.
//!
//! A capability is linked by its name, which the component chose and the manifest declares. Behind the
//! name stands no power of its own: the function takes the call's authority out of the store and asks the
//! egress gate. A capability that the operator did not grant is linked to a closed door, which has no
//! gate behind it at all.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use wasmtime::component::{Accessor, Linker, Resource};

use super::bindings::postern::plugin::egress as wit;
use super::bindings::postern::plugin::types::Field;
use super::state::CallState;
use crate::authority::Method;
use crate::egress::{self, Target};

/// Which functions a capability's interface may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `get` alone: every rule is a GET, so its type cannot say anything else.
    Get,
    /// `send`, and `get` beside it.
    Send,
}

impl Form {
    /// The functions' names.
    #[must_use]
    pub const fn functions(self) -> &'static [&'static str] {
        match self {
            Self::Get => &["get"],
            Self::Send => &["get", "send"],
        }
    }
}

/// What a component may import as a capability, by name.
pub type Forms = BTreeMap<String, Form>;

/// Links one capability that the operator granted.
pub(super) fn open(linker: &mut Linker<CallState>, name: &str, form: Form) -> wasmtime::Result<()> {
    let name: Arc<str> = name.into();
    let mut instance = linker.instance(&name)?;
    let capability = Arc::clone(&name);
    instance.func_wrap_concurrent(
        "get",
        move |accessor, (target, query): (Resource<Target>, wit::Query)| {
            let capability = Arc::clone(&capability);
            Box::pin(async move { exchange(accessor, &capability, &target, query.into()).await })
        },
    )?;
    if form == Form::Send {
        instance.func_wrap_concurrent(
            "send",
            move |accessor, (target, request): (Resource<Target>, wit::Request)| {
                let capability = Arc::clone(&name);
                Box::pin(async move { exchange(accessor, &capability, &target, request.into()).await })
            },
        )?;
    }
    Ok(())
}

/// Links one capability that the operator did not grant: every use is refused, and nothing is asked.
pub(super) fn closed(linker: &mut Linker<CallState>, name: &str, form: Form) -> wasmtime::Result<()> {
    let refusal = format!("the operator did not grant the capability `{name}`");
    let mut instance = linker.instance(name)?;
    let said = refusal.clone();
    instance.func_wrap_concurrent("get", move |_, (_, _): (Resource<Target>, wit::Query)| {
        let refusal = said.clone();
        Box::pin(async move { Ok((Err::<wit::Response, _>(wit::Error::Denied(refusal)),)) })
    })?;
    if form == Form::Send {
        instance.func_wrap_concurrent("send", move |_, (_, _): (Resource<Target>, wit::Request)| {
            let refusal = refusal.clone();
            Box::pin(async move { Ok((Err::<wit::Response, _>(wit::Error::Denied(refusal)),)) })
        })?;
    }
    Ok(())
}

async fn exchange(
    accessor: &Accessor<CallState>,
    capability: &str,
    target: &Resource<Target>,
    request: egress::Request,
) -> wasmtime::Result<(Result<wit::Response, wit::Error>,)> {
    let (egress, target) = accessor.with(|mut store| -> wasmtime::Result<_> {
        let state = store.get();
        Ok((Arc::clone(&state.egress), state.table.get(target)?.clone()))
    })?;
    let answer = egress.send(capability, &target, request).await;
    Ok((answer.map(Into::into).map_err(Into::into),))
}

impl From<wit::Query> for egress::Request {
    fn from(query: wit::Query) -> Self {
        Self {
            method: Method::Get,
            path: query.path,
            parameters: pairs(query.parameters),
            headers: pairs(query.headers),
            body: None,
            timeout: timeout(query.timeout_ms),
        }
    }
}

impl From<wit::Request> for egress::Request {
    fn from(request: wit::Request) -> Self {
        Self {
            method: match request.method {
                wit::Method::Get => Method::Get,
                wit::Method::Head => Method::Head,
                wit::Method::Post => Method::Post,
                wit::Method::Put => Method::Put,
                wit::Method::Patch => Method::Patch,
                wit::Method::Delete => Method::Delete,
            },
            path: request.path,
            parameters: pairs(request.parameters),
            headers: pairs(request.headers),
            body: request.body.map(Into::into),
            timeout: timeout(request.timeout_ms),
        }
    }
}

impl From<egress::Response> for wit::Response {
    fn from(response: egress::Response) -> Self {
        Self {
            status: response.status,
            headers: response.headers.into_iter().map(|(name, value)| Field { name, value }).collect(),
            body: response.body.into(),
        }
    }
}

impl From<egress::Error> for wit::Error {
    fn from(error: egress::Error) -> Self {
        use egress::Error;
        let text = error.to_string();
        match error {
            Error::Denied(_) => Self::Denied(text),
            Error::Limit(_) => Self::Limit(text),
            Error::Unavailable { .. } => Self::Unavailable(text),
            Error::Connect { .. } => Self::Connect(text),
            Error::Tls { .. } => Self::Tls(text),
            Error::Timeout { .. } => Self::Timeout,
            Error::TooLarge { limit, .. } => Self::TooLarge(limit),
            Error::Protocol { .. } => Self::Protocol(text),
        }
    }
}

fn pairs(fields: Vec<Field>) -> Vec<(String, String)> {
    fields.into_iter().map(|field| (field.name, field.value)).collect()
}

fn timeout(milliseconds: Option<u32>) -> Option<Duration> {
    milliseconds.map(|milliseconds| Duration::from_millis(u64::from(milliseconds)))
}
