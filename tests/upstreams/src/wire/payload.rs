//! The body of a reply: whole, streamed, or going wrong on purpose.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::sync::mpsc;
use tokio::time::Sleep;

/// What follows the bytes that are ready.
#[derive(Debug)]
pub enum Rest {
    /// Nothing: the body ends properly.
    End,
    /// Silence: the body neither goes on nor ends.
    Stall,
    /// The connection breaks off in the middle of the body.
    Break,
    /// The same bytes again and again, without end.
    Repeat(Bytes),
    /// Whatever is sent, until the sender is dropped.
    Feed(mpsc::Receiver<Bytes>),
}

/// A reply's body: some bytes that are ready, then the [`Rest`].
#[derive(Debug)]
pub struct Payload {
    ready: VecDeque<Bytes>,
    rest: Rest,
    /// Runs between the last byte and a break.
    leaving: Option<Pin<Box<Sleep>>>,
}

/// How long bytes may take to leave before the connection breaks under them. Without it the server
/// would drop them unsent, and the caller would see no answer instead of half of one.
const LEAVING: Duration = Duration::from_millis(5);

/// The body broke off on purpose.
#[derive(Debug, thiserror::Error)]
#[error("the simulated upstream broke off the body")]
pub struct BrokeOff;

impl Payload {
    /// A body of these bytes, and then the rest.
    #[must_use]
    pub fn new(bytes: impl Into<Bytes>, rest: Rest) -> Self {
        let bytes = bytes.into();
        let ready = if bytes.is_empty() { VecDeque::new() } else { VecDeque::from([bytes]) };
        Self { ready, rest, leaving: None }
    }

    /// The whole body as it stands, if it is one that ends properly.
    #[must_use]
    pub fn whole(&self) -> Option<Vec<u8>> {
        matches!(self.rest, Rest::End).then(|| self.ready.iter().flatten().copied().collect())
    }
}

impl<T: Into<Bytes>> From<T> for Payload {
    fn from(bytes: T) -> Self {
        Self::new(bytes, Rest::End)
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = BrokeOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokeOff>>> {
        if let Some(bytes) = self.ready.pop_front() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        let this = &mut *self;
        match &mut this.rest {
            Rest::End => Poll::Ready(None),
            // Nothing wakes this task again; it goes when the caller or the server hangs up.
            Rest::Stall => Poll::Pending,
            Rest::Break => {
                let leaving = this.leaving.get_or_insert_with(|| Box::pin(tokio::time::sleep(LEAVING)));
                leaving.as_mut().poll(context).map(|()| Some(Err(BrokeOff)))
            }
            Rest::Repeat(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes.clone())))),
            Rest::Feed(feed) => feed.poll_recv(context).map(|bytes| bytes.map(|it| Ok(Frame::data(it)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.ready.is_empty() && matches!(self.rest, Rest::End)
    }

    fn size_hint(&self) -> SizeHint {
        let ready = self.ready.iter().map(|bytes| bytes.len() as u64).sum();
        let mut hint = SizeHint::new();
        hint.set_lower(ready);
        if matches!(self.rest, Rest::End) {
            hint.set_exact(ready);
        }
        hint
    }
}
