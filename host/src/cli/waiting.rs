//! Says that something long goes on, while it does.

use std::io::{self, Write as _};
use std::time::{Duration, Instant};

/// How long nothing is said, and how long between one line and the next.
const PAUSE: Duration = Duration::from_secs(3);

/// Runs `work` to its end; while it takes longer than some seconds, says `what` again and again on the
/// standard error, with the time that it has taken so far.
pub(super) async fn while_telling<T>(what: &str, work: impl Future<Output = T>) -> T {
    let started = Instant::now();
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            () = tokio::time::sleep(PAUSE) => tell(&format!("{what} ({} s)", started.elapsed().as_secs())),
        }
    }
}

/// Says one line, where a person sees it and a program does not mind it.
pub(super) fn tell(line: &str) {
    // A closed standard error is no reason to stop.
    let _ = writeln!(io::stderr().lock(), "postern: {line}");
}
