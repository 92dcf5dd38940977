//! Container logs: what a kubelet would hand out, and how it refuses.

use hyper::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::json::{condition, items, text};
use super::kinds::served;
use super::object::moment;
use super::path::Resource;
use super::status::Refusal;
use super::store::Store;
use crate::record::Recorded;
use crate::wire::{Payload, Reply, Rest};

/// The log of one container: the last run's lines, and those of the run before it.
#[derive(Debug, Clone, Default)]
pub struct Log {
    current: Vec<Line>,
    previous: Option<Vec<Line>>,
}

#[derive(Debug, Clone)]
struct Line {
    at: Timestamp,
    text: String,
}

impl Log {
    /// A log whose last line was written `newest` seconds ago, and each line before it a second earlier.
    #[must_use]
    pub fn new(newest: i64, text: &str) -> Self {
        Self { current: lines(newest, text), previous: None }
    }

    /// Adds the log of the instance before.
    #[must_use]
    pub fn previous(mut self, newest: i64, text: &str) -> Self {
        self.previous = Some(lines(newest, text));
        self
    }
}

fn lines(newest: i64, text: &str) -> Vec<Line> {
    let count = i64::try_from(text.lines().count()).unwrap_or_default();
    text.lines()
        .zip(1_i64..)
        .map(|(line, number)| Line { at: moment(newest + count - number), text: line.to_owned() })
        .collect()
}

/// Answers `GET .../pods/{name}/log`.
pub(super) fn answer(store: &Store, at: &Resource, name: &str, request: &Recorded) -> Result<Reply, Refusal> {
    let pod = store.get(at.kind, at.within(), name).ok_or_else(|| Refusal::not_found(at.kind, name))?;
    let options = Options::of(request)?;
    let container = container(&pod.value, name, request.parameter("container").unwrap_or_default())?;
    let node = text(&pod.value, "/spec/nodeName");
    if node.is_empty() {
        return Ok(Reply::empty(StatusCode::NO_CONTENT));
    }
    reachable(store, node, at.within(), name, container)?;
    started(&pod.value, name, container, options.previous)?;
    let log = store.log(at.within(), name, container);
    let lines = match log {
        Some(log) if options.previous => log.previous.as_deref().unwrap_or_default(),
        Some(log) => &log.current,
        None => &[],
    };
    let rest = if options.follow { Rest::Stall } else { Rest::End };
    Ok(Reply::of(StatusCode::OK, "text/plain", Payload::new(options.render(lines), rest)))
}

/// What of the log is asked for.
#[derive(Debug)]
struct Options {
    since: Option<Timestamp>,
    tail: Option<usize>,
    bytes: Option<usize>,
    timestamps: bool,
    previous: bool,
    follow: bool,
}

impl Options {
    fn of(request: &Recorded) -> Result<Self, Refusal> {
        let flag = |name: &str| matches!(request.parameter(name), Some("true" | "1"));
        let since_seconds = number(request, "sinceSeconds", 1)?;
        let since_time = request.parameter("sinceTime").map(|time| {
            time.parse::<Timestamp>().map_err(|_| {
                Refusal::bad_request(format!(
                    "parsing time \"{time}\" as \"2006-01-02T15:04:05Z07:00\": cannot parse"
                ))
            })
        });
        if since_seconds.is_some() && since_time.is_some() {
            let fault = "at most one of `sinceTime` or `sinceSeconds` may be specified";
            return Err(Refusal::invalid("PodLogOptions", "", "sinceSeconds", fault));
        }
        let since = match (since_seconds, since_time.transpose()?) {
            (Some(seconds), _) => Timestamp::now().checked_sub(SignedDuration::from_secs(seconds)).ok(),
            (None, time) => time,
        };
        let size = |value: Option<i64>| value.and_then(|value| usize::try_from(value).ok());
        Ok(Self {
            since,
            tail: size(number(request, "tailLines", 0)?),
            bytes: size(number(request, "limitBytes", 1)?),
            timestamps: flag("timestamps"),
            previous: flag("previous"),
            follow: flag("follow"),
        })
    }

    /// First by time, then the tail, then the bytes, which may end inside a line.
    fn render(&self, lines: &[Line]) -> Vec<u8> {
        let recent: Vec<&Line> =
            lines.iter().filter(|line| self.since.is_none_or(|since| line.at >= since)).collect();
        let skip = self.tail.map_or(0, |tail| recent.len().saturating_sub(tail));
        let mut bytes = Vec::new();
        for line in recent.into_iter().skip(skip) {
            if self.timestamps {
                bytes.extend_from_slice(line.at.strftime("%Y-%m-%dT%H:%M:%S.%9fZ ").to_string().as_bytes());
            }
            bytes.extend_from_slice(line.text.as_bytes());
            bytes.push(b'\n');
        }
        bytes.truncate(self.bytes.unwrap_or(usize::MAX));
        bytes
    }
}

/// A whole number that must be at least `least`.
fn number(request: &Recorded, name: &str, least: i64) -> Result<Option<i64>, Refusal> {
    let Some(value) = request.parameter(name) else { return Ok(None) };
    let number: i64 = value.parse().map_err(|_| {
        Refusal::bad_request(format!("strconv.ParseInt: parsing \"{value}\": invalid syntax"))
    })?;
    if number < least {
        let bound = if least == 0 { "must be greater than or equal to 0" } else { "must be greater than 0" };
        return Err(Refusal::invalid(
            "PodLogOptions",
            "",
            name,
            &format!("Invalid value: {number}: {bound}"),
        ));
    }
    Ok(Some(number))
}

/// The container asked for, or the only one.
fn container<'a>(pod: &'a Value, name: &str, asked: &'a str) -> Result<&'a str, Refusal> {
    let names =
        |pointer: &str| -> Vec<&'a str> { items(pod, pointer).iter().map(|it| text(it, "/name")).collect() };
    let (main, init) = (names("/spec/containers"), names("/spec/initContainers"));
    if asked.is_empty() {
        if let ([only], []) = (main.as_slice(), init.as_slice()) {
            return Ok(only);
        }
        let mut message =
            format!("a container name must be specified for pod {name}, choose one of: [{}]", main.join(" "));
        if !init.is_empty() {
            message.push_str(&format!(" or one of the init containers: [{}]", init.join(" ")));
        }
        return Err(Refusal::bad_request(message));
    }
    if main.contains(&asked) || init.contains(&asked) || names("/spec/ephemeralContainers").contains(&asked) {
        return Ok(asked);
    }
    Err(Refusal::bad_request(format!("container {asked} is not valid for pod {name}")))
}

/// A node whose kubelet stopped reporting does not answer for logs either.
fn reachable(store: &Store, node: &str, namespace: &str, pod: &str, container: &str) -> Result<(), Refusal> {
    let node = served("", "v1", "nodes").and_then(|kind| store.get(kind, "", node));
    let Some(node) = node
        .filter(|node| condition(&node.value, "Ready").is_some_and(|it| text(it, "/status") == "Unknown"))
    else {
        return Ok(());
    };
    let addresses = items(&node.value, "/status/addresses");
    let address =
        addresses.iter().find(|it| text(it, "/type") == "InternalIP").map_or("", |it| text(it, "/address"));
    Err(Refusal::unreachable(format!(
        "Get \"https://{address}:10250/containerLogs/{namespace}/{pod}/{container}\": dial tcp {address}:10250: connect: no route to host"
    )))
}

/// Whether there is a log to read: the kubelet's own check, in its words.
fn started(pod: &Value, name: &str, container: &str, previous: bool) -> Result<(), Refusal> {
    let status =
        ["/status/containerStatuses", "/status/initContainerStatuses", "/status/ephemeralContainerStatuses"]
            .iter()
            .flat_map(|pointer| items(pod, pointer))
            .find(|status| text(status, "/name") == container);
    let Some(status) = status else {
        return Err(Refusal::bad_request(format!(
            "container \"{container}\" in pod \"{name}\" is not available"
        )));
    };
    let has_run = status.pointer("/lastState/terminated").is_some();
    let runs = status.pointer("/state/running").or_else(|| status.pointer("/state/terminated")).is_some();
    if previous && !has_run {
        return Err(Refusal::bad_request(format!(
            "previous terminated container \"{container}\" in pod \"{name}\" not found"
        )));
    }
    if previous || runs || has_run {
        return Ok(());
    }
    let why = match text(status, "/state/waiting/reason") {
        "ErrImagePull" => "image can't be pulled",
        "ImagePullBackOff" => "trying and failing to pull image",
        reason => reason,
    };
    Err(Refusal::bad_request(format!(
        "container \"{container}\" in pod \"{name}\" is waiting to start: {why}"
    )))
}
