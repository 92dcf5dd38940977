//! A call without its sandbox: every step of the gateway, and the component's own work as native code.

use std::sync::Arc;

use jsonschema::{Draft, Validator};
use postern::authority::{Authority, Method};
use postern::call::{Arguments, Facts, Kind, Principal};
use postern::egress::{Egress, Ledger, Request, Response, Target};
use postern::gateway::Live;
use postern::policy::{Available, Looked, Permit, Question};
use postern::registry::Operation;
use serde_json::Value;

use crate::Fallible;
use crate::host::Host;

/// One tool of the hostile component, natively.
#[derive(Clone)]
pub(crate) struct Native {
    schema: Arc<Validator>,
    operation: Arc<Operation>,
    egress: Egress,
    principal: Principal,
    live: Arc<Live>,
}

impl Native {
    /// The tool of that name of a host.
    pub(crate) fn of(host: &Host, tool: &str) -> Fallible<Self> {
        let tools = host.gateway.tools(&host.principal);
        let found = tools.iter().find(|each| each.plugin == "hostile" && each.name == tool);
        let tool = found.ok_or_else(|| format!("there is no tool `{tool}`"))?;
        let document = Value::Object(tool.input_schema.as_ref().clone());
        let schema = jsonschema::options().with_draft(Draft::Draft202012).build(&document)?;
        Ok(Self {
            schema: Arc::new(schema),
            operation: Arc::clone(&tool.operation),
            egress: host.egress.clone(),
            principal: host.principal.clone(),
            live: host.gateway.live(),
        })
    }

    /// The call, with the request to `path` by `capability` where there is one.
    pub(crate) async fn call(&self, arguments: Arguments, request: Option<(&str, &str)>) -> Fallible<String> {
        let permit = self.permit(arguments)?;
        let egress = self.egress.open("hostile", permit.authority().clone(), Ledger::default());
        let text = match request {
            None => String::new(),
            Some((capability, path)) => {
                let target = self.target(permit.authority())?;
                told(&egress.send(capability, &target, get(path)).await?)
            }
        };
        Ok(self.egress.secrets().redact(&text).into_owned())
    }

    /// What the gateway does before a component runs.
    pub(crate) fn permit(&self, arguments: Arguments) -> Fallible<Permit> {
        let value = Value::Object(arguments.0);
        if let Err(fault) = self.schema.validate(&value) {
            return Err(fault.to_string().into());
        }
        let Value::Object(arguments) = value else { return Err("arguments are an object".into()) };
        let targets = self.egress.targets("hostile", "cluster");
        let is_default = |target: &Target| {
            target.attributes().iter().any(|(name, value)| name == "default" && value == "true")
        };
        let available: Vec<Available> = targets
            .iter()
            .map(|target| Available { name: target.name().to_owned(), default: is_default(target) })
            .collect();
        let operation = Looked {
            plugin: "hostile",
            kind: Kind::Tool,
            name: &self.operation.name,
            need: &self.operation.need,
        };
        let (principal, facts) = (&self.principal, &Facts::new());
        let question = Question { principal, operation, available: &available, facts, hold: None };
        Ok(self.live.policies.decide(&question, Arguments(arguments)).result?)
    }

    /// The target of a call that has one.
    pub(crate) fn target(&self, authority: &Authority) -> Fallible<Target> {
        let named = authority.targets("cluster");
        let found =
            self.egress.targets("hostile", "cluster").into_iter().find(|it| named.contains(it.name()));
        Ok(found.ok_or("the call has no target")?)
    }
}

/// A request as a component states one.
pub(crate) fn get(path: &str) -> Request {
    Request {
        method: Method::Get,
        path: path.to_owned(),
        parameters: Vec::new(),
        headers: Vec::new(),
        body: None,
        timeout: None,
    }
}

/// What the hostile component tells of an answer.
fn told(response: &Response) -> String {
    let headers: Vec<String> =
        response.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let body = String::from_utf8_lossy(&response.body);
    format!("answered {} [{}] {body}", response.status, headers.join(", "))
}
