//! What other rooms hand in: an intent before a call, its end after it, and events that are one record each.

use std::net::IpAddr;
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::{Map, Value};

use super::{Code, value};
use crate::call::{Effect, Kind, Principal};

/// A call that is about to run, or one that is refused.
#[derive(Debug, Clone)]
pub struct Intent<'a> {
    /// The call's own id, which its end carries too. Unique.
    pub call: String,
    /// Who calls.
    pub principal: Principal,
    /// Tool, resource or prompt.
    pub kind: Kind,
    /// The plugin; empty where none was found.
    pub plugin: String,
    /// The tool's own name, the prompt's, or the URI of a resource.
    pub name: String,
    /// The targets it may reach, by name.
    pub targets: Vec<String>,
    /// The arguments that run. They are recorded as a digest and masked.
    pub arguments: &'a Map<String, Value>,
    /// What policy said: `allow`, `deny`, `hold`, or the step before it that refused.
    pub decision: String,
    /// The policies that determined it, by id.
    pub policies: Vec<String>,
    /// Which set of policies: its digest.
    pub policy_revision: String,
    /// The digest of the component's binary; empty where none was found.
    pub component: String,
    /// What it may do at worst.
    pub effect: Effect,
    /// The endpoint that it came by.
    pub endpoint: String,
    /// The other end of the connection.
    pub remote: Option<IpAddr>,
    /// What the client calls itself.
    pub client: Option<String>,
    /// The W3C trace id, 32 hexadecimal digits.
    pub trace_id: Option<String>,
    /// The request for approval that was made of it, or that lets it run.
    pub approval: Option<String>,
    /// What guardrails found in it: guard, rule and what follows.
    pub findings: Vec<String>,
    /// Whether the record must be on the disk before the call runs: true for all but reads.
    pub durable: bool,
}

/// No arguments: an intent's own are summed up before it goes on its way.
static NONE: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);

impl Intent<'_> {
    /// The same, without what it borrows.
    pub(super) fn without_arguments(self) -> Intent<'static> {
        Intent {
            arguments: &NONE,
            call: self.call,
            principal: self.principal,
            kind: self.kind,
            plugin: self.plugin,
            name: self.name,
            targets: self.targets,
            decision: self.decision,
            policies: self.policies,
            policy_revision: self.policy_revision,
            component: self.component,
            effect: self.effect,
            endpoint: self.endpoint,
            remote: self.remote,
            client: self.client,
            trace_id: self.trace_id,
            approval: self.approval,
            findings: self.findings,
            durable: self.durable,
        }
    }
}

/// How a call that ran has ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ended {
    /// `ok`, `tool_error`, or the code of the failure.
    pub result: String,
    /// What it asked of its upstreams, in order.
    pub exchanges: Vec<RecordedExchange>,
    /// What guardrails found in the answer.
    pub findings: Vec<String>,
    /// The bytes of what the caller got.
    pub result_bytes: u64,
    /// How long it took.
    pub duration: Duration,
    /// The code of the failure, where there was one. Never a message: a message may hold a secret.
    pub error: Option<String>,
}

/// One request to an upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedExchange {
    /// By which capability.
    pub capability: String,
    /// To which target.
    pub target: String,
    /// The method.
    pub method: String,
    /// The template of the rule that covered it; `None` when no rule did.
    pub template: Option<String>,
    /// The status, or the code of the failure.
    pub ended: Result<u16, String>,
    /// The bytes of the request's body.
    pub sent_bytes: u64,
    /// The bytes of the response's body.
    pub received_bytes: u64,
    /// How long it took.
    pub elapsed: Duration,
    /// `fresh`, `stale` or `shared` where the target was not asked for it.
    pub cache: Option<&'static str>,
}

/// What a request for approval is for.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "as in `Intent`")]
pub struct Approving<'a> {
    pub kind: &'a str,
    pub plugin: &'a str,
    pub name: &'a str,
    pub targets: &'a [String],
    pub arguments_digest: &'a str,
    pub component: &'a str,
    pub policy_revision: &'a str,
}

/// Something that happened and is one record.
#[derive(Debug, Clone)]
pub struct Event {
    pub(super) code: Code,
    pub(super) fields: Map<String, Value>,
}

impl Event {
    /// An event with nothing but its code.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self { code, fields: Map::new() }
    }

    /// The same, about this principal.
    #[must_use]
    pub fn principal(mut self, principal: &Principal) -> Self {
        self.fields.insert("principal".to_owned(), value::principal(principal));
        self
    }

    /// The same, by this endpoint.
    #[must_use]
    pub fn endpoint(self, endpoint: &str) -> Self {
        self.text("endpoint", endpoint)
    }

    /// The same, from this address.
    #[must_use]
    pub fn remote(self, remote: Option<IpAddr>) -> Self {
        match remote {
            Some(remote) => self.text("remote", &remote.to_string()),
            None => self,
        }
    }

    /// The same, for this reason: a code or the name of a part, never a message.
    #[must_use]
    pub fn reason(self, reason: &str) -> Self {
        self.text("reason", reason)
    }

    /// The same, so many times: for events that their caller throttles.
    #[must_use]
    pub fn count(mut self, count: u64) -> Self {
        self.fields.insert("count".to_owned(), count.into());
        self
    }

    /// The same, with the digest of what is in force: a configuration's, a set of policies'.
    #[must_use]
    pub fn revision(self, revision: &str) -> Self {
        self.text("revision", revision)
    }

    /// The same, with this version of the host.
    #[must_use]
    pub fn version(self, version: &str) -> Self {
        self.text("version", version)
    }

    /// The same, about this request for approval, and about what it is for.
    #[must_use]
    pub fn approval(mut self, id: &str, of: &Approving<'_>) -> Self {
        let Approving { kind, plugin, name, targets, arguments_digest, component, policy_revision } = of;
        self.fields.insert("targets".to_owned(), value::list(targets));
        self.text("approval", id)
            .text("kind", kind)
            .text("plugin", plugin)
            .text("name", name)
            .text("arguments_digest", arguments_digest)
            .text("component", component)
            .text("policy_revision", policy_revision)
    }

    /// The same, at this target of an upstream of this plugin.
    #[must_use]
    pub fn target(mut self, plugin: &str, upstream: &str, target: &str) -> Self {
        self.fields.insert("targets".to_owned(), value::list(&[target.to_owned()]));
        self.text("plugin", plugin).text("upstream", upstream)
    }

    /// The same, in these words of a person.
    #[must_use]
    pub fn note(self, note: &str) -> Self {
        self.text("note", note)
    }

    fn text(mut self, field: &'static str, text: &str) -> Self {
        self.fields.insert(field.to_owned(), value::bounded(text).into());
        self
    }
}
