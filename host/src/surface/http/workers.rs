//! The threads that serve connections, each with a runtime of its own.
//!
//! # Design
//! A call is a handful of small tasks that wake one another: its connection's, the protocol library's, its own. Where
//! any thread may take any of them, what a call costs is for a third the waking of threads. So a connection stays
//! with the thread that had the fewest when it came, and its calls with it. What runs long inside a call does not hold
//! up the others there: a guest yields at every tick of the clock, and waiting for an upstream holds up nobody.
//!
//! Without threads of its own a listener serves within the runtime that it was called in.

use std::io;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long a thread waits at its end for what blocks it: a name that is looked up, a file that is read.
const LAST: Duration = Duration::from_secs(1);

/// All of them.
#[derive(Debug)]
pub(super) struct Workers {
    all: Vec<Worker>,
    /// Ends their runtimes, with all that still runs there.
    end: CancellationToken,
}

/// One thread, and the connections that are its own.
#[derive(Debug)]
struct Worker {
    runtime: Handle,
    connections: TaskTracker,
    thread: Option<JoinHandle<()>>,
}

impl Workers {
    /// Starts so many threads; with none, connections are served in the runtime that this is called in.
    ///
    /// # Errors
    /// When the operating system has no thread, or no file descriptors for its runtime.
    pub(super) fn start(threads: usize) -> io::Result<Self> {
        let end = CancellationToken::new();
        let mut workers = Self { all: Vec::new(), end };
        if threads == 0 {
            let (runtime, connections) = (Handle::current(), TaskTracker::new());
            workers.all.push(Worker { runtime, connections, thread: None });
        }
        for _ in 0..threads {
            let worker = Worker::start(workers.end.clone())?;
            workers.all.push(worker);
        }
        Ok(workers)
    }

    /// Serves a connection on the thread that has the fewest.
    pub(super) fn serve(&self, connection: impl Future<Output = ()> + Send + 'static) {
        if let Some(worker) = self.all.iter().min_by_key(|worker| worker.connections.len()) {
            worker.connections.spawn_on(connection, &worker.runtime);
        }
    }

    /// How many connections are open.
    pub(super) fn connections(&self) -> usize {
        self.all.iter().map(|worker| worker.connections.len()).sum()
    }

    /// Waits until every connection has ended. There must come no more.
    pub(super) async fn wait(&self) {
        for worker in &self.all {
            worker.connections.close();
            worker.connections.wait().await;
        }
    }

    /// Ends the threads, and waits until nothing runs there any more.
    pub(super) async fn end(mut self) {
        self.end.cancel();
        let threads: Vec<_> = self.all.iter_mut().filter_map(|worker| worker.thread.take()).collect();
        let joined = tokio::task::spawn_blocking(|| threads.into_iter().try_for_each(JoinHandle::join));
        if !matches!(joined.await, Ok(Ok(()))) {
            tracing::error!("a thread that served connections has panicked");
        }
    }
}

impl Worker {
    fn start(end: CancellationToken) -> io::Result<Self> {
        let (made, started) = std::sync::mpsc::sync_channel(1);
        // A runtime is made and dropped where nothing else runs.
        let serve = move || match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => {
                if made.send(Ok(runtime.handle().clone())).is_ok() {
                    runtime.block_on(end.cancelled());
                }
                runtime.shutdown_timeout(LAST);
            }
            // Whoever started the thread waits to hear of it.
            Err(error) => drop(made.send(Err(error))),
        };
        let thread = std::thread::Builder::new().name("connections".to_owned()).spawn(serve)?;
        let runtime = started.recv().map_err(io::Error::other)??;
        Ok(Self { runtime, connections: TaskTracker::new(), thread: Some(thread) })
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.end.cancel();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tokio::sync::Notify;

    use super::*;

    /// Serves as many connections as there are names, and tells on which threads.
    async fn served(workers: &Workers, connections: usize) -> Vec<Option<String>> {
        let (threads, stay) = (Arc::new(Mutex::new(Vec::new())), CancellationToken::new());
        for _ in 0..connections {
            let (threads, stay, begun) = (Arc::clone(&threads), stay.clone(), Arc::new(Notify::new()));
            let told = Arc::clone(&begun);
            workers.serve(async move {
                let thread = std::thread::current();
                let name = thread.name().map(|name| format!("{name} {:?}", thread.id()));
                threads.lock().unwrap().push(name);
                told.notify_one();
                stay.cancelled().await;
            });
            begun.notified().await;
        }
        assert_eq!(workers.connections(), connections);
        stay.cancel();
        workers.wait().await;
        assert_eq!(workers.connections(), 0);
        let mut threads = std::mem::take(&mut *threads.lock().unwrap());
        threads.sort();
        threads
    }

    #[tokio::test]
    async fn each_thread_has_its_share_of_connections() {
        let workers = Workers::start(3).unwrap();
        let threads = served(&workers, 6).await;
        let distinct: std::collections::BTreeSet<_> = threads.iter().collect();
        assert_eq!(distinct.len(), 3, "{threads:?}");
        assert!(threads.chunks(2).all(|pair| pair[0] == pair[1]), "two each: {threads:?}");
        assert!(threads.iter().flatten().all(|name| name.starts_with("connections")), "{threads:?}");
        workers.end().await;
    }

    #[tokio::test]
    async fn without_threads_the_runtime_serves() {
        let workers = Workers::start(0).unwrap();
        let here = std::thread::current();
        let here = here.name().map(|name| format!("{name} {:?}", here.id()));
        assert_eq!(served(&workers, 2).await, [here.clone(), here]);
        workers.end().await;
    }

    #[tokio::test]
    async fn what_still_runs_ends_with_its_thread() {
        struct OnDrop(Option<tokio::sync::oneshot::Sender<()>>);
        impl Drop for OnDrop {
            fn drop(&mut self) {
                if let Some(told) = self.0.take() {
                    let _ = told.send(());
                }
            }
        }
        let workers = Workers::start(1).unwrap();
        let (told, dropped) = tokio::sync::oneshot::channel();
        let (told, begun) = (OnDrop(Some(told)), Arc::new(Notify::new()));
        let has_begun = Arc::clone(&begun);
        workers.serve(async move {
            let _told = told;
            has_begun.notify_one();
            std::future::pending().await
        });
        begun.notified().await;
        workers.end().await;
        dropped.await.unwrap();
    }
}
