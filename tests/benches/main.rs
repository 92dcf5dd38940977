//! `cargo bench`: what each part of the way of a call costs, as a ratio to doing without it.
//!
//! Absolute times say more about a machine than about a program. So every cost is measured against a
//! baseline in the same run, the two taking turns, and what is printed first is the ratio.

mod bare;
mod compare;
mod costs;
mod host;
mod mcp;
mod native;

use std::error::Error;
use std::io::Write as _;
use std::process::ExitCode;

use compare::Effort;

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> ExitCode {
    // Cargo says `--bench` when it measures, and nothing when it only wants to know that it still runs.
    let effort = if std::env::args().any(|argument| argument == "--bench") { Effort::Full } else { Effort::Once };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let measured = runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(costs::measure(effort)));
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}
