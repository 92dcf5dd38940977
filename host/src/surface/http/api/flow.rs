//! Bodies that are given piece by piece to whoever takes them in time.
//!
//! A client that stops reading must not hold an answer in memory for as long as it pleases, nor the instance that
//! makes it. So a body comes out of a task of its own, over a channel of a few small pieces: when one of them is not
//! taken in time the task ends, what it held is gone, and the transfer breaks off where it is. When the client goes
//! away its body is dropped, and the task with it.

use std::io;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures::stream;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

/// Bytes of one piece.
pub(super) const PIECE: usize = 64 << 10;

/// Pieces that wait to be taken.
const WAITING: usize = 2;

/// How long a piece may wait. A phone on a train takes 64 KiB in less.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whoever was to take the pieces does not, or not in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gone;

/// Where the pieces of a body go in.
pub(super) struct Tap(mpsc::Sender<Bytes>);

impl Tap {
    /// Gives these bytes, and waits until there is room for all of them.
    ///
    /// # Errors
    /// [`Gone`]; then nothing more need be said.
    pub(super) async fn give(&self, mut bytes: Bytes) -> Result<(), Gone> {
        while !bytes.is_empty() {
            let piece = bytes.split_to(bytes.len().min(PIECE));
            self.0.send_timeout(piece, PATIENCE).await.map_err(|_| Gone)?;
        }
        Ok(())
    }
}

/// The pieces to take, and what gives them.
type Pouring = (mpsc::Receiver<Bytes>, AbortOnDropHandle<Result<(), Gone>>);

/// The body that `pour` gives the pieces of.
pub(super) fn body<F>(pour: impl FnOnce(Tap) -> F) -> Body
where
    F: Future<Output = Result<(), Gone>> + Send + 'static,
{
    let (pieces, taken) = mpsc::channel(WAITING);
    let pouring = AbortOnDropHandle::new(tokio::spawn(pour(Tap(pieces))));
    let next = async |state: Option<Pouring>| {
        let (mut taken, pouring) = state?;
        match taken.recv().await {
            Some(piece) => Some((Ok(piece), Some((taken, pouring)))),
            None => match pouring.await {
                Ok(Ok(())) => None,
                // What broke off must not look like the whole.
                Ok(Err(Gone)) | Err(_) => Some((Err(io::Error::from(io::ErrorKind::TimedOut)), None)),
            },
        }
    };
    Body::from_stream(stream::unfold(Some((taken, pouring)), next))
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    #[tokio::test]
    async fn every_piece_comes_in_order() {
        let whole: Bytes = (0..PIECE * 3 + 7).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let given = whole.clone();
        let body = body(async move |tap: Tap| tap.give(given).await);
        assert_eq!(body.collect().await.unwrap().to_bytes(), whole);
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_takes_is_gone_and_breaks_off() {
        let whole = Bytes::from(vec![7; PIECE * 10]);
        let (told, gone) = tokio::sync::oneshot::channel();
        let body = body(async move |tap: Tap| {
            let given = tap.give(whole).await;
            told.send(given).unwrap();
            given
        });
        assert_eq!(gone.await, Ok(Err(Gone)), "nobody reads");
        assert!(body.collect().await.is_err(), "it does not look whole");
    }

    #[tokio::test]
    async fn a_body_that_is_dropped_ends_what_fills_it() {
        struct OnDrop(Option<tokio::sync::oneshot::Sender<()>>);
        impl Drop for OnDrop {
            fn drop(&mut self) {
                let _ = self.0.take().unwrap().send(());
            }
        }
        let (told, dropped) = tokio::sync::oneshot::channel();
        let guard = OnDrop(Some(told));
        let body = body(async move |_tap: Tap| {
            let _guard = guard;
            std::future::pending().await
        });
        drop(body);
        dropped.await.unwrap();
    }
}
