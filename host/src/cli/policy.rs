//! `postern policy`: what reviewers ask of the policies in force.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde::Deserialize;

use super::{Failure, Setting, block_on, write_out};
use crate::call::{Arguments, FactKind, Facts, Kind, Principal, PrincipalKind};
use crate::config::{Config, sources};
use crate::egress::Egress;
use crate::identity::{self, StaticToken};
use crate::policy::review::asked;
use crate::policy::{Can, Decision, Looked, Policies, imagined};
use crate::registry::Registry;
use crate::start;

/// Ask about the policies: who can do what, and why.
#[derive(Debug, Args)]
pub(super) struct Policy {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read the policies and hold them against what is loaded; tells every fault with its place.
    Check,
    /// Print the schema that policies are written against.
    Schema,
    /// Who can use a capability, or a tool: `read-logs`, `kubernetes/list_pods`.
    WhoCan {
        /// Its name, with or without its plugin.
        what: String,
        /// On this target alone.
        #[arg(long)]
        target: Option<String>,
    },
    /// What a principal can do: the name of a token, or `user`, `agent` or `service` with groups.
    WhatCan {
        /// `token:ci`, `agent`, `user`.
        principal: String,
        /// A group that it is in; may be given again.
        #[arg(long = "group", value_name = "GROUP")]
        groups: Vec<String>,
    },
    /// Why a call has its answer: which policies determined it, and what they saw.
    Explain {
        /// A file with `{"principal": {"kind", "subject", "groups"}, "plugin", "tool", "target", "arguments",
        /// "facts"}`.
        call: PathBuf,
    },
    /// Hold the decisions of `tests/*.json` beside the policies against what they decide now.
    Test {
        /// The folder, where it is another one.
        folder: Option<PathBuf>,
    },
    /// Tell what another folder of policies would change.
    Diff {
        /// The folder of the policies that would hold.
        new: PathBuf,
    },
}

/// A question in a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    principal: Asking,
    plugin: String,
    tool: String,
    #[serde(default)]
    target: Option<String>,
    #[serde(default)]
    arguments: Arguments,
    /// What a resolver would have found out.
    #[serde(default)]
    facts: Facts,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asking {
    kind: PrincipalKind,
    subject: String,
    #[serde(default)]
    groups: Vec<String>,
}

/// A question with the answer that it must have.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    name: String,
    call: Question,
    expect: Decision,
}

/// Everything that can be asked about.
struct World {
    config: Config,
    registry: Registry,
    egress: Egress,
    policies: Policies,
}

impl Policy {
    /// Does what is asked; exit code 1 where a decision is not as it was expected, or would change.
    pub(super) fn run(&self, setting: &Setting) -> Result<ExitCode, Failure> {
        let world = block_on(World::load(setting))?;
        Ok(write_out(|out| self.answer(&world, out))??.into())
    }

    fn answer(&self, world: &World, out: &mut dyn Write) -> std::io::Result<Result<u8, Failure>> {
        match &self.command {
            Command::Check => writeln!(out, "sound: {}", world.policies.revision())?,
            Command::Schema => writeln!(out, "{}", world.policies.schema().trim_end())?,
            Command::WhoCan { what, target } => {
                let principals = world.principals();
                for can in world.all(&world.policies, &principals).filter(|(of, can)| of.is(what, can)) {
                    let (_, mut can) = can;
                    if let Some(target) = target {
                        can.targets.retain(|each| each == target);
                        if can.targets.is_empty() {
                            continue;
                        }
                    }
                    writeln!(out, "{}", line(&can))?;
                }
            }
            Command::WhatCan { principal, groups } => {
                let principal = match world.principal(principal, groups) {
                    Ok(principal) => principal,
                    Err(error) => return Ok(Err(error)),
                };
                for (_, can) in world.all(&world.policies, &[principal]) {
                    writeln!(out, "{}", line(&can))?;
                }
            }
            Command::Explain { call } => match world.explain(call) {
                Ok(explained) => writeln!(out, "{explained}")?,
                Err(error) => return Ok(Err(error)),
            },
            Command::Test { folder } => return world.test(folder.clone(), out),
            Command::Diff { new } => {
                let new = match world.with(new) {
                    Ok(new) => new,
                    Err(error) => return Ok(Err(error)),
                };
                let mut groups = world.policies.groups();
                groups.extend(new.groups());
                let mut principals = world.known();
                principals.extend(imagined(&groups));
                let lines = |policies: &Policies| {
                    let all = world.all(policies, &principals);
                    all.flat_map(|(_, can)| each_target(&can)).collect::<std::collections::BTreeSet<_>>()
                };
                let (before, after) = (lines(&world.policies), lines(&new));
                for line in before.difference(&after) {
                    writeln!(out, "- {line}")?;
                }
                for line in after.difference(&before) {
                    writeln!(out, "+ {line}")?;
                }
                let note = "asked of known principals, and of every kind with each group that the policies name; \
                            decisions that depend on arguments count as allowed";
                writeln!(
                    out,
                    "{note}; the symbolic comparison of all requests needs a solver, and was not made"
                )?;
                return Ok(Ok(u8::from(before != after)));
            }
        }
        Ok(Ok(0))
    }
}

/// One operation, as it was loaded.
struct Of {
    plugin: String,
    name: String,
    capabilities: Vec<String>,
}

impl Of {
    fn is(&self, what: &str, can: &Can) -> bool {
        let full = |name: &String| format!("{}/{name}", self.plugin) == what;
        can.action == what
            || self.name == what
            || self.capabilities.iter().any(|name| name == what || full(name))
    }
}

impl World {
    async fn load(setting: &Setting) -> Result<Self, Failure> {
        let config = setting.configuration()?;
        let registry = Registry::new(start::plugins(&config, setting.compiled()).await?)?;
        let policies = start::policies(&config, &registry)?;
        Ok(Self { egress: Egress::new(config.egress())?, config, registry, policies })
    }

    /// The policies of another folder, held against the same components.
    fn with(&self, folder: &std::path::Path) -> Result<Policies, Failure> {
        let mut config = self.config.clone();
        // Read once for the message: a folder that cannot be read is told by name.
        sources(folder)?;
        config.policy.folder = Some(folder.to_owned());
        Ok(start::policies(&config, &self.registry)?)
    }

    /// Those whom the operator handed a token.
    fn known(&self) -> Vec<Principal> {
        self.config.callers.known.iter().flat_map(|known| &known.tokens).map(StaticToken::principal).collect()
    }

    fn principals(&self) -> Vec<Principal> {
        let mut principals = self.known();
        principals.extend(imagined(&self.policies.groups()));
        principals
    }

    fn principal(&self, name: &str, groups: &[String]) -> Result<Principal, Failure> {
        if let Some(known) = self.known().into_iter().find(|known| known.subject() == name) {
            return Ok(known);
        }
        let kind = identity::kind(name).map_err(|_| {
            format!("`{name}` is no token; write `token:NAME`, or a kind: user, agent or service")
        })?;
        Ok(asked(kind, name, groups))
    }

    /// What each of `principals` can do with everything.
    fn all<'a>(
        &'a self,
        policies: &'a Policies,
        principals: &'a [Principal],
    ) -> impl Iterator<Item = (Of, Can)> + 'a {
        let operations = self.registry.plugins().iter().flat_map(|plugin| plugin.offer.operations());
        operations.flat_map(move |operation| {
            let capabilities: Vec<String> =
                operation.need.capabilities.iter().map(|it| it.name.clone()).collect();
            let upstream = operation.need.targets.as_ref().map(|names| names.upstream.as_str());
            let targets: Vec<String> = upstream
                .map(|upstream| self.egress.targets(&operation.plugin, upstream))
                .unwrap_or_default()
                .iter()
                .map(|target| target.name().to_owned())
                .collect();
            principals
                .iter()
                .filter_map(move |principal| {
                    let looked = Looked {
                        plugin: &operation.plugin,
                        kind: operation.kind,
                        name: &operation.name,
                        need: &operation.need,
                    };
                    let (plugin, name) = (operation.plugin.clone(), operation.name.clone());
                    let can = policies.can(principal, &looked, &targets)?;
                    Some((Of { plugin, name, capabilities: capabilities.clone() }, can))
                })
                .collect::<Vec<_>>()
        })
    }

    fn decide(&self, question: &Question) -> Result<crate::policy::Explained, Failure> {
        let Question { principal: Asking { kind, subject, groups }, plugin, tool, target, arguments, facts } =
            question;
        let found = self.registry.find(Kind::Tool, plugin, tool);
        let found = found.ok_or_else(|| format!("there is no tool `{tool}` of a plugin `{plugin}`"))?;
        let upstream = found.operation.need.targets.as_ref().map(|names| names.upstream.as_str());
        let target = upstream.zip(target.as_deref());
        if upstream.is_some() && target.is_none() {
            return Err(format!("`{tool}` runs on a target: name one as `target`").into());
        }
        let principal = asked(*kind, subject, groups);
        let arguments = arguments.clone().normalised();
        let made = (&arguments, facts);
        unknown_facts(&found.operation.facts(), facts)?;
        let explained = self.policies.explain(&principal, (plugin, Kind::Tool, tool), target, made);
        explained.ok_or_else(|| format!("there is no tool `{tool}` of a plugin `{plugin}`").into())
    }

    fn explain(&self, path: &std::path::Path) -> Result<String, Failure> {
        let question: Question = read(path)?;
        Ok(serde_json::to_string_pretty(&self.decide(&question)?)?)
    }

    fn test(&self, folder: Option<PathBuf>, out: &mut dyn Write) -> std::io::Result<Result<u8, Failure>> {
        let beside = || Some(self.config.policy.folder.as_ref()?.join("tests"));
        let Some(folder) = folder.or_else(beside) else {
            return Ok(Err("the policies that are built in have no tests here; name a folder".into()));
        };
        let mut files: Vec<PathBuf> = match fs::read_dir(&folder) {
            Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).collect(),
            Err(error) => return Ok(Err(format!("`{}` cannot be read: {error}", folder.display()).into())),
        };
        files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        files.sort();
        let (mut held, mut failed) = (0_u32, 0_u32);
        for path in &files {
            let expected: Vec<Expected> = match read(path) {
                Ok(expected) => expected,
                Err(error) => return Ok(Err(error)),
            };
            for Expected { name, call, expect } in expected {
                match self.decide(&call) {
                    Ok(explained) if explained.decision == expect => held = held.saturating_add(1),
                    Ok(explained) => {
                        failed = failed.saturating_add(1);
                        let (is, by) = (explained.decision.as_str(), explained.policies.join(", "));
                        let at = path.display();
                        writeln!(out, "{at}: `{name}`: {is}, not {} [{by}]", expect.as_str())?;
                    }
                    Err(error) => return Ok(Err(format!("{}: `{name}`: {error}", path.display()).into())),
                }
            }
        }
        writeln!(out, "{held} as expected, {failed} not")?;
        Ok(Ok(u8::from(failed > 0 || held == 0)))
    }
}

/// A fact that no resolver could say would make a no of everything, for a reason that nothing tells.
fn unknown_facts(known: &BTreeMap<String, FactKind>, facts: &Facts) -> Result<(), Failure> {
    let fits = |name: &String, fact| known.get(name).is_some_and(|kind| kind.fits(fact));
    let Some((name, _)) = facts.iter().find(|(name, fact)| !fits(name, fact)) else { return Ok(()) };
    if known.is_empty() {
        return Err(format!("the fact `{name}`: nothing finds out facts about this tool").into());
    }
    let known = known.iter().map(|(name, kind)| format!("`{name}` ({})", kind.as_str()));
    let known = known.collect::<Vec<_>>().join(", ");
    Err(format!("the fact `{name}` is none of those that are found out about this tool: {known}").into())
}

fn read<T: serde::de::DeserializeOwned>(path: &std::path::Path) -> Result<T, Failure> {
    let text =
        fs::read_to_string(path).map_err(|error| format!("`{}` cannot be read: {error}", path.display()))?;
    Ok(serde_json::from_str(&text)
        .map_err(|error| format!("{}:{}:{}: {error}", path.display(), error.line(), error.column()))?)
}

fn line(can: &Can) -> String {
    let on = if can.targets.is_empty() { String::new() } else { format!(" on {}", can.targets.join(", ")) };
    format!("{}: {}{on}", can.principal, can.action)
}

fn each_target(can: &Can) -> Vec<String> {
    if can.targets.is_empty() {
        return vec![line(can)];
    }
    can.targets.iter().map(|target| line(&Can { targets: vec![target.clone()], ..can.clone() })).collect()
}
