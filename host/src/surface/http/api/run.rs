//! A call that runs, and what it says meanwhile.

use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::call::{Call, CallError, Client, Outcome, Principal, Reply, Said};
use crate::gateway::Gateway;

/// What is said and waits for a slow reader. The component that says it waits after that.
const SAID: usize = 4;

/// How a call ends.
pub(super) type Answer = Result<Outcome, CallError>;

/// A call under way. Dropped, it is cancelled.
pub(super) struct Running {
    call: Pin<Box<dyn Future<Output = Answer> + Send>>,
    heard: mpsc::Receiver<Said>,
    gateway: Arc<Gateway>,
    principal: Principal,
    plugin: String,
}

/// What is next of a call.
pub(super) enum Next {
    /// It says something to its client.
    Said(Said),
    /// It ended.
    Ended(Answer),
}

impl Running {
    /// Starts a call, which nobody can be asked in the middle of.
    pub(super) fn begin(gateway: Arc<Gateway>, principal: Principal, mut call: Call, streams: bool) -> Self {
        let (said, heard) = mpsc::channel(SAID);
        call.client = Client { streams, said: Some(said), ..Client::default() };
        let plugin = call.plugin.clone();
        let running = {
            let (gateway, principal) = (Arc::clone(&gateway), principal.clone());
            Box::pin(async move { gateway.call(&principal, call).await })
        };
        Self { call: running, heard, gateway, principal, plugin }
    }

    /// How it ends, whatever it says on the way.
    pub(super) async fn whole(mut self) -> Answer {
        loop {
            if let Next::Ended(answer) = self.next().await {
                return answer;
            }
        }
    }

    /// What is next: of what was said, what is for the client, and then the end.
    pub(super) async fn next(&mut self) -> Next {
        loop {
            let said = tokio::select! {
                biased;
                Some(said) = self.heard.recv() => said,
                answer = &mut self.call => match self.heard.try_recv() {
                    // What was said before the end is told before it.
                    Ok(said) => {
                        self.call = Box::pin(std::future::ready(answer));
                        said
                    }
                    Err(_) => return Next::Ended(answer),
                },
            };
            match said {
                Said::Progress(_) | Said::Event(_) => return Next::Said(said),
                Said::Changed(change) => self.gateway.changed(&self.principal, &self.plugin, change),
                // The client named no level from which on it wants lines of the log.
                Said::Log(_) => {}
                Said::Background { reply } => drop(reply.send(false)),
                Said::Ask { reply, .. } => {
                    drop(reply.send(Reply::Unavailable("plain HTTP has nobody to ask".to_owned())));
                }
            }
        }
    }
}
