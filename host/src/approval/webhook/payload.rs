//! What a message says.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::{Webhook, is_open, word};
use crate::approval::Happening;
use crate::approval::clock::time;
use crate::approval::request::{Request, text};
use crate::approval::shown::plain;
use crate::store::{Moment, Transition};

/// The longest part of `text`, in characters: a title, a reason.
const PART: usize = 200;

/// The message, or nothing where the request is none that this room has written.
pub(super) fn body(
    Transition { what, request }: &Transition,
    webhook: &Webhook,
    base: Option<&str>,
    now: Moment,
) -> Option<String> {
    let request = Request::of(request.clone(), base).ok()?;
    let call = &request.call;
    let seen = call.arguments.iter().filter(|(name, _)| webhook.arguments.contains(name));
    let arguments: Map<String, Value> = seen.map(|(name, value)| (name.clone(), value.clone())).collect();
    let body = json!({
        "type": word(*what),
        "timestamp": text(time(now)),
        "text": line(*what, &request),
        "data": {
            "id": request.id,
            "state": request.state.as_str(),
            "kind": call.kind,
            "plugin": call.plugin,
            "name": call.name,
            "title": call.title,
            "effect": call.effect,
            "targets": call.targets,
            "arguments": arguments,
            "requester": request.requester,
            "reason": request.reason,
            "approvers": request.approvers,
            "quorum": request.quorum,
            "votes": request.votes.len(),
            "approve_by": text(request.approve_by),
            "execute_by": request.execute_by.map(text),
            "url": request.url,
        },
    });
    Some(body.to_string())
}

/// One line for a chat.
fn line(what: Happening, request: &Request) -> String {
    let call = &request.call;
    let said = match what {
        Happening::Requested => "Approval is asked for",
        Happening::Voted => "Somebody agreed",
        Happening::Approved => "Approved",
        Happening::Denied => "Denied",
        Happening::Revoked => "Taken back",
        Happening::Expired => "Expired",
        Happening::Spent => "Approved and begun",
    };
    let mut line = format!(
        "{said}: {} {} {}/{} ({})",
        inert(&request.requester.subject),
        if is_open(request.state) { "would run" } else { "asked for" },
        inert(&call.plugin),
        inert(&call.name),
        call.effect,
    );
    // Writing to a string cannot fail.
    if !call.targets.is_empty() {
        let targets: Vec<String> = call.targets.iter().take(5).map(|target| inert(target)).collect();
        let more = if call.targets.len() > 5 { " and others" } else { "" };
        let _ = write!(line, " on {}{more}", targets.join(", "));
    }
    let _ = write!(line, ": {}.", inert(&request.reason));
    if is_open(request.state) {
        let _ = write!(
            line,
            " It takes {} of {} by {}.",
            request.quorum,
            inert(&request.approvers.join(" and ")),
            text(request.approve_by)
        );
    }
    if let Some(url) = &request.url {
        let _ = write!(line, " {url}");
    }
    line
}

/// A text that is short, on one line, and no markup to a chat.
fn inert(part: &str) -> String {
    let short: String = part.chars().take(PART).map(|each| if each == '\n' { ' ' } else { each }).collect();
    plain(&short).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_markup() {
        assert_eq!(
            inert("<!channel> & <https://evil.example|ok>\n\u{202e}x"),
            "&lt;!channel&gt; &amp; &lt;https://evil.example|ok&gt; \\u{202e}x"
        );
        assert_eq!(inert(&"x".repeat(1000)).len(), PART);
    }
}
