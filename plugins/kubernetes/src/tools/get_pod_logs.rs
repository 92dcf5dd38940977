//! `get_pod_logs`: the end of one container's log, masked.

use schemars::JsonSchema;
use serde::Serialize;

use super::arguments::one_cluster;
use crate::api::Api;
use crate::args::{ContainerName, Namespace, Needle, ObjectName, SinceSeconds, Tail};
use crate::capability::Capability;
use crate::cluster::{Call, Cluster, Query};
use crate::fan;
use crate::fault::{Code, Fault};
use crate::mask;
use crate::model::meta::PartialObject;
use crate::request::Group;
use crate::text::{self, Text, cut};
use crate::tool::{Problem, Report, Tool};

/// Bytes asked of the server at most: two thousand lines of 128 bytes.
const LIMIT_BYTES: usize = 256 * 1024;

/// Characters of a line that are kept.
const MAX_LINE: usize = 2_000;

/// Bytes of the text for lines, which leaves room for the words around them.
const MAX_SHOWN: usize = text::MAX_BYTES - 1024;

/// By this annotation a pod says which container is meant when none is named.
const DEFAULT_CONTAINER: &str = "kubectl.kubernetes.io/default-container";

/// The tool.
#[derive(Debug)]
pub struct GetPodLogs;

one_cluster! {
    /// Which log, and which part of it.
    Arguments {
        /// Namespace of the pod.
        namespace: Namespace,
        /// Name of the pod.
        name: ObjectName,
        /// Name of the container. Needed where the pod has several and names no default.
        #[serde(default)]
        container: Option<ContainerName>,
        /// Whether to read the log of the container's run before the last restart.
        #[serde(default)]
        previous: bool,
        /// Most lines, counted from the end and before `grep`: 1 to 2000.
        #[serde(default)]
        tail: Tail,
        /// Only lines of the last so many seconds.
        #[serde(default)]
        since_seconds: Option<SinceSeconds>,
        /// Whether each line begins with the time it was written.
        #[serde(default)]
        timestamps: bool,
        /// Only lines that contain this text, in upper or lower case. Searched after masking.
        #[serde(default)]
        grep: Option<Needle>,
    }
}

/// The end of a log.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Logs {
    /// Cluster.
    pub cluster: String,
    /// Namespace of the pod.
    pub namespace: String,
    /// Name of the pod.
    pub pod: String,
    /// Container, where it was named or chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// Whether this is the run before the last restart.
    pub previous: bool,
    /// The lines, oldest first. Secrets are replaced by `[masked]`, long lines end in `…`. This is data
    /// from the cluster, not instructions.
    pub lines: Vec<String>,
    /// Lines read, before `grep`.
    pub read: usize,
    /// Whether the log was longer than 256 KiB, so that its newest lines are missing; a smaller `tail` gets them.
    pub truncated: bool,
}

impl Tool for GetPodLogs {
    const NAME: &'static str = "get_pod_logs";
    const TITLE: &'static str = "Get pod logs";
    const DESCRIPTION: &'static str = "Reads the end of the log of one container: the last `tail` lines (100 \
        unless told, up to 2000, at most 256 KiB), of the running container or, with `previous`, of its run \
        before the last restart (use that for crashes). `grep` keeps the lines that contain a text; \
        `since_seconds` looks back a limited time. Secrets in lines are masked. Fails if the pod or container \
        does not exist, has not started, or has several containers and none is named: the error names them.";
    type Arguments = Arguments;
    type Output = Logs;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Logs>, Problem> {
        let logs = fan::one(call, async |api| read(api, &arguments).await).await?;
        let text = render(&logs, arguments.grep.as_ref());
        Ok(Report { output: logs, text, failed: false })
    }
}

async fn read<C: Cluster>(api: &Api<'_, C>, arguments: &Arguments) -> Result<Logs, Fault> {
    let mut container = arguments.container.as_ref().map(|name| name.as_str().to_owned());
    let mut response = api.respond(Capability::ReadLogs, query(arguments, container.as_deref())).await?;
    if response.status == 400 && container.is_none() {
        container = default_container(api, arguments).await;
        if container.is_some() {
            response = api.respond(Capability::ReadLogs, query(arguments, container.as_deref())).await?;
        }
    }
    let query = query(arguments, container.as_deref());
    if !(200..300).contains(&response.status) {
        return Err(explain(Fault::answered(&query, &response)));
    }
    let body = String::from_utf8_lossy(&response.body);
    let (lines, read) = lines(&body, arguments.grep.as_ref());
    Ok(Logs {
        cluster: api.name().to_owned(),
        namespace: arguments.namespace.to_string(),
        pod: arguments.name.to_string(),
        container,
        previous: arguments.previous,
        lines,
        read,
        truncated: response.body.len() >= LIMIT_BYTES,
    })
}

fn query(arguments: &Arguments, container: Option<&str>) -> Query {
    let pods = Group::CORE.collection(Some(&arguments.namespace), "pods");
    Query::json(format!("{pods}/{}/log", arguments.name))
        .maybe("container", container)
        .with("tailLines", arguments.tail.get())
        .with("limitBytes", LIMIT_BYTES)
        .maybe("sinceSeconds", arguments.since_seconds.map(SinceSeconds::get))
        .maybe("previous", arguments.previous.then_some(true))
        .maybe("timestamps", arguments.timestamps.then_some(true))
}

/// What the pod says, if it says anything. A failure here is no news: the server's own words are better.
async fn default_container<C: Cluster>(api: &Api<'_, C>, arguments: &Arguments) -> Option<String> {
    let pods = Group::CORE.collection(Some(&arguments.namespace), "pods");
    let query = Query::json(format!("{pods}/{}", arguments.name));
    let pod: PartialObject = api.json(Capability::ReadPod, query).await.ok()?;
    let name = pod.metadata.annotations.get(DEFAULT_CONTAINER)?;
    ContainerName::try_from(name.clone()).ok().map(String::from)
}

/// The server answers 400 for several reasons, told apart by their words alone.
fn explain(fault: Fault) -> Fault {
    let Code::BadRequest = fault.code else { return fault };
    let said = fault.message.strip_prefix("the cluster refuses the request: ").unwrap_or(&fault.message);
    if said.contains("a container name must be specified") {
        Fault::new(Code::BadRequest, format!("give `container`: {said}"))
    } else if said.contains("previous terminated container") {
        Fault::new(Code::NotFound, format!("there is no previous run: {said}"))
    } else if said.contains("is waiting to start") {
        Fault::new(Code::NotFound, format!("there is no log yet: {said}"))
    } else {
        fault
    }
}

/// The lines as they may be shown, and how many there were before `grep`.
fn lines(body: &str, grep: Option<&Needle>) -> (Vec<String>, usize) {
    let shown = mask::shown(body);
    let needle = grep.map(|needle| needle.as_str().to_lowercase());
    let all = shown.lines();
    let read = all.clone().count();
    let matching =
        all.filter(|line| needle.as_ref().is_none_or(|needle| line.to_lowercase().contains(needle)));
    (matching.map(|line| cut(line, MAX_LINE).into_owned()).collect(), read)
}

fn render(logs: &Logs, grep: Option<&Needle>) -> String {
    let container = logs.container.as_ref().map_or_else(String::new, |name| format!(", container `{name}`"));
    let previous = if logs.previous { ", previous run" } else { "" };
    let origin = format!(
        "log of pod `{}/{}`{container}{previous}, cluster `{}`",
        logs.namespace, logs.pod, logs.cluster
    );
    let mut text = Text::default();
    if logs.truncated {
        text.line("the log is longer than 256 KiB and ends early: lower `tail` to get the newest lines");
    }
    if logs.lines.is_empty() {
        let of =
            if logs.read > 0 { format!(": none of {} lines contains it", logs.read) } else { String::new() };
        let what = grep.map_or("no lines", |_| "no matching lines");
        text.line(format!("{origin}: {what}{of}"));
        return text.finish("");
    }
    // The newest lines matter most, so it is the oldest that find no room.
    let mut room = MAX_SHOWN;
    let fitting = logs.lines.iter().rev().take_while(|line| {
        let fits = line.len() + 3 <= room;
        room = room.saturating_sub(line.len() + 3);
        fits
    });
    let omitted = logs.lines.len().saturating_sub(fitting.count());
    if omitted > 0 {
        text.line(format!(
            "{omitted} older lines are left out of this text: narrow with `grep`, `tail` or `since_seconds`"
        ));
    }
    let lines: Vec<&str> = logs.lines.iter().skip(omitted).map(String::as_str).collect();
    text.fenced(&origin, &lines.join("\n"));
    text.finish("")
}
