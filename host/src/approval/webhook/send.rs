//! Sends what is due, and puts off what did not arrive.

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use super::Webhook;
use crate::approval::{Approvals, Inner};
use crate::call::BoxError;
use crate::store::{Message, Moment};

const SECOND: Moment = 1_000;
const MINUTE: Moment = 60 * SECOND;
const HOUR: Moment = 60 * MINUTE;

/// How long after each try the next one is. Then it is given up: a request has long been decided on.
const PAUSES: [Moment; 7] = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR];

/// For how long a message is with whoever took it: longer than a try takes.
const LEASE: Moment = MINUTE;

/// Messages that nobody sends any more are forgotten after this long: their receiver is configured no longer.
const FORGOTTEN: Moment = 24 * HOUR;

/// The most messages to one receiver before clocks are looked at again.
const AT_ONCE: usize = 32;

/// Sends every message that is due: to each receiver in order, to all receivers at once.
pub(in crate::approval) async fn send(approvals: &Approvals) {
    let webhooks = approvals.0.webhooks.iter();
    futures::future::join_all(webhooks.map(|webhook| send_to(approvals, webhook))).await;
    let forget = |inner: &Inner| inner.clock.now().saturating_sub(FORGOTTEN);
    if let Err(error) = approvals.with(move |inner, state| state.forget_before(forget(inner))).await {
        tracing::warn!(%error, "old messages cannot be forgotten");
    }
}

async fn send_to(approvals: &Approvals, webhook: &Webhook) {
    for _ in 0..AT_ONCE {
        match send_one(approvals, webhook).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                tracing::warn!(%error, "messages of requests for approval cannot be looked after");
                return;
            }
        }
    }
}

/// Whether there was a message to send.
async fn send_one(approvals: &Approvals, webhook: &Webhook) -> Result<bool, BoxError> {
    let receiver = webhook.receiver();
    let taken = approvals.with(move |inner, state| {
        let now = inner.clock.now();
        state.take(&receiver, now, now.saturating_add(LEASE))
    });
    let Some(message) = taken.await? else { return Ok(false) };
    let seconds = approvals.0.clock.now().div_euclid(SECOND);
    let id = message.id.clone();
    let pause = match post(webhook, &message, seconds).await {
        Ok(()) => None,
        Err(Failed { why, is_final }) => {
            let tried = usize::try_from(message.tries.saturating_sub(1)).unwrap_or(usize::MAX);
            let pause = PAUSES.get(tried).filter(|_| !is_final).copied();
            let gives_up = pause.is_none();
            tracing::warn!(message = id, tries = message.tries, gives_up, why, "a message was not taken");
            pause
        }
    };
    let settled = approvals.with(move |inner, state| match pause {
        Some(pause) => state.put_off(&id, inner.clock.now().saturating_add(pause)),
        None => state.forget(&id),
    });
    settled.await?;
    Ok(true)
}

/// Why a message was not taken; never names the address.
struct Failed {
    why: String,
    is_final: bool,
}

async fn post(webhook: &Webhook, message: &Message, seconds: i64) -> Result<(), Failed> {
    let failed = |why: String| Failed { why, is_final: false };
    let signature = webhook.key.sign(&message.id, seconds, &message.body);
    let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    for (name, value) in [
        ("webhook-id", &message.id),
        ("webhook-timestamp", &seconds.to_string()),
        ("webhook-signature", &signature),
    ] {
        let value = HeaderValue::from_str(value).map_err(|why| failed(why.to_string()))?;
        headers.insert(HeaderName::from_static(name), value);
    }
    let body = Bytes::from(message.body.clone());
    match webhook.outbound.post(webhook.url.expose(), headers, body).await {
        Ok((status, _)) if status.is_success() => Ok(()),
        Ok((status, _)) => {
            let why = format!("the answer has status {}", status.as_u16());
            Err(Failed { why, is_final: status == StatusCode::GONE })
        }
        Err(error) => Err(failed(error.to_string())),
    }
}
