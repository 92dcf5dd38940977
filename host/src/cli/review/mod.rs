//! `postern review`: the page that a person reads before accepting a plugin.
//!
//! What counts stands first: the lines under `look at` are what a manifest asks for beyond reading, what
//! nobody can check (the author's word that a request is safe), and where a request is not bound to an
//! argument of the call. After them come the capabilities with every request they stand for, who uses them,
//! what a model reads
//! of each, and what the binary itself imports.

mod attention;
mod said;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::examine::{Examine, Examined};
use super::report::{Format, MANIFEST, Verdict, chain};
use crate::authority::Rule;
use crate::call::{Effect, Kind};
use crate::diagnostic::{Diagnostics, Source};
use crate::registry::Embedded;
use crate::registry::manifest::{Manifest, Route, Targets};
use crate::runtime::{Import, Limits};
use said::Said;

/// Show what a plugin may do: the page to read before accepting it.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Review {
    /// The plugin's folder or its `plugin.toml`, with its component beside it; or the name of one that came
    /// with this host.
    pub(crate) path: PathBuf,
    /// How to write the page.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

impl Review {
    /// Reads manifest and component, and writes the page to `out`; or the faults that leave nothing to review.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub(crate) fn run(
        &self,
        embedded: &[Embedded],
        limits: &Limits,
        examine: Examine<'_>,
        out: &mut dyn Write,
    ) -> io::Result<Verdict> {
        let (manifest, component) = match self.plugin(embedded) {
            Ok(plugin) => plugin,
            Err(Unfit::Faults(faults)) => {
                writeln!(out, "{faults}")?;
                return Ok(Verdict::Faults);
            }
            Err(Unfit::Unreadable { path, why }) => {
                writeln!(out, "{}: cannot be read: {why}", path.display())?;
                return Ok(Verdict::Blind);
            }
        };
        match examine(&manifest, &component) {
            Ok(examined) => {
                let page = Page::of(&manifest, &examined, limits);
                match self.format {
                    Format::Text => write!(out, "{page}")?,
                    Format::Json => writeln!(out, "{}", serde_json::to_string_pretty(&page)?)?,
                }
                Ok(Verdict::Sound)
            }
            Err(refused) => {
                writeln!(out, "{}", chain(&refused))?;
                Ok(Verdict::Faults)
            }
        }
    }

    /// The manifest and the component's bytes.
    fn plugin(&self, embedded: &[Embedded]) -> Result<(Manifest, Vec<u8>), Unfit> {
        if let Some(each) = embedded.iter().find(|each| self.path == Path::new(each.name)) {
            let manifest = Manifest::parse(Source::new(each.path, each.manifest))?;
            return Ok((manifest, each.component.to_vec()));
        }
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |why| Unfit::Unreadable { path, why }
        };
        let path = if self.path.is_dir() { self.path.join(MANIFEST) } else { self.path.clone() };
        let text = fs::read_to_string(&path).map_err(unreadable(&path))?;
        let manifest = Manifest::parse(Source::new(path.as_path(), text))?;
        let component = path.with_file_name(&manifest.component);
        let bytes = fs::read(&component).map_err(unreadable(&component))?;
        Ok((manifest, bytes))
    }
}

/// Why there is nothing to review.
#[derive(Debug)]
enum Unfit {
    Faults(Diagnostics),
    Unreadable { path: PathBuf, why: io::Error },
}

impl From<Diagnostics> for Unfit {
    fn from(faults: Diagnostics) -> Self {
        Self::Faults(faults)
    }
}

/// Everything that a reviewer needs to know of one plugin. Displayed it is the page, serialised its data.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Page {
    plugin: String,
    version: String,
    digests: Digests,
    attention: Vec<String>,
    upstreams: Vec<Upstream>,
    capabilities: Vec<Capability>,
    tools: Vec<Offered>,
    resources: Vec<Offered>,
    prompts: Vec<Offered>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    routes: Vec<Offered>,
    imports: Vec<Import>,
    exports: Vec<String>,
    limits: Bounds,
}

#[derive(Debug, Clone, Serialize)]
struct Digests {
    component: String,
    manifest: String,
}

#[derive(Debug, Clone, Serialize)]
struct Upstream {
    name: String,
    kind: &'static str,
}

#[derive(Debug, Clone, Serialize)]
struct Capability {
    name: String,
    description: String,
    effect: Effect,
    upstream: String,
    requests: Vec<Request>,
    used_by: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
struct Request {
    method: &'static str,
    path: String,
    without: BTreeSet<String>,
    query: BTreeSet<String>,
    query_exact: BTreeMap<String, String>,
    header_exact: BTreeMap<String, String>,
    headers: BTreeSet<String>,
    safe: bool,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    reveal: BTreeSet<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache: Option<String>,
}

/// A tool, a resource, a prompt or a route.
#[derive(Debug, Clone, Serialize)]
struct Offered {
    name: String,
    title: String,
    description: String,
    /// Every other text that a model reads of it, by its place.
    texts: Vec<(String, String)>,
    effects: Vec<Effect>,
    capabilities: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_template: Option<String>,
    /// Method and path of a route, and in which headers arguments come.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<String>,
    many_targets: bool,
}

#[derive(Debug, Clone, Serialize)]
struct Bounds {
    deadline_ms: u128,
    memory_bytes: usize,
    result_bytes: usize,
}

impl Page {
    /// The page of a plugin whose manifest is true of its component.
    #[must_use]
    pub(crate) fn of(manifest: &Manifest, examined: &Examined, limits: &Limits) -> Self {
        let Examined { pin, inspection, described } = examined;
        let offered = |name: &str, capabilities: &[String], said: Option<Said<'_>>| Offered {
            name: name.to_owned(),
            title: said.as_ref().map(|said| said.title.to_owned()).unwrap_or_default(),
            description: said.as_ref().map(|said| said.description.to_owned()).unwrap_or_default(),
            texts: said.map(|said| said.texts).unwrap_or_default(),
            effects: manifest.effects_of(capabilities),
            capabilities: capabilities.to_vec(),
            uri_template: None,
            request: None,
            many_targets: false,
        };
        let tools = manifest.tools.iter().map(|tool| {
            let of = described.tools.iter().find(|each| each.name == tool.name);
            let many_targets = tool.targets == Targets::Many;
            Offered { many_targets, ..offered(&tool.name, &tool.capabilities, of.map(Said::by_tool)) }
        });
        let resources = manifest.resources.iter().map(|resource| {
            let of = described.resources.iter().find(|each| each.name == resource.name);
            let uri_template = Some(resource.uri_template.to_string());
            Offered {
                uri_template,
                ..offered(&resource.name, &resource.capabilities, of.map(Said::by_resource))
            }
        });
        let prompts = manifest.prompts.iter().map(|prompt| {
            let of = described.prompts.iter().find(|each| each.name == prompt.name);
            offered(&prompt.name, &prompt.capabilities, of.map(Said::by_prompt))
        });
        let routes = manifest.routes.iter().map(|route| {
            let of = described.routes.iter().find(|each| each.name == route.name);
            Offered {
                request: Some(request(manifest, route)),
                many_targets: route.targets == Targets::Many,
                ..offered(&route.name, &route.capabilities, of.map(Said::by_route))
            }
        });
        Self {
            plugin: manifest.name.clone(),
            version: manifest.version.to_string(),
            digests: Digests { component: pin.component.to_string(), manifest: pin.manifest.to_string() },
            attention: attention::lines(manifest, described),
            upstreams: manifest
                .upstreams
                .iter()
                .map(|upstream| Upstream { name: upstream.name.clone(), kind: upstream.kind.as_str() })
                .collect(),
            capabilities: manifest
                .capabilities
                .iter()
                .map(|capability| Capability {
                    name: capability.name.clone(),
                    description: capability.description.clone(),
                    effect: capability.effect,
                    upstream: capability.upstream.clone(),
                    requests: capability.rules.iter().map(Request::of).collect(),
                    used_by: manifest
                        .users_of(&capability.name)
                        .map(|(kind, name)| user(kind, name))
                        .chain(manifest.logs_in_by(&capability.name).then(|| "the authenticator".to_owned()))
                        .collect(),
                })
                .collect(),
            tools: tools.collect(),
            resources: resources.collect(),
            prompts: prompts.collect(),
            routes: routes.collect(),
            imports: inspection.imports.clone(),
            exports: inspection.exports.clone(),
            limits: Bounds {
                deadline_ms: limits.deadline.as_millis(),
                memory_bytes: limits.memory_bytes,
                result_bytes: limits.result_bytes,
            },
        }
    }
}

impl Request {
    fn of(rule: &Rule) -> Self {
        Self {
            method: rule.method.as_str(),
            path: rule.path.to_string(),
            without: rule.without.clone(),
            query: rule.query.clone(),
            query_exact: rule
                .query_exact
                .iter()
                .map(|(name, value)| (name.clone(), value.to_string()))
                .collect(),
            header_exact: rule
                .header_exact
                .iter()
                .map(|(name, value)| (name.clone(), value.to_string()))
                .collect(),
            headers: rule.headers.clone(),
            safe: rule.safe,
            reveal: rule.reveal.clone(),
            cache: rule.caching.map(|caching| caching.to_string()),
        }
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        text::write(self, f)
    }
}

/// What a client sends to a route, and how it is answered.
fn request(manifest: &Manifest, route: &Route) -> String {
    let mut line = format!("{} /api/{}{}", route.method, manifest.name, route.path);
    for (argument, header) in &route.headers {
        line.push_str(&format!(" [{header}: {{{argument}}}]"));
    }
    if route.streams {
        line.push_str(", answered in parts");
    }
    line
}

fn user(kind: Kind, name: &str) -> String {
    format!("{kind} {name}")
}

#[cfg(test)]
mod tests;
