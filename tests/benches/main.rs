//! `cargo bench`: what each part of the way of a call costs, as a ratio to doing without it.
//!
//! Absolute times say more about a machine than about a program. So every cost is measured against a
//! baseline in the same run, the two taking turns, and what is printed first is the ratio.

mod audit;
mod bare;
mod compare;
mod costs;
mod decision;
mod host;
mod mcp;
mod native;
mod served;

use std::error::Error;
use std::io::Write as _;
use std::process::ExitCode;

use compare::Effort;
use mimalloc::MiMalloc;

/// As the host has it, for both sides of every comparison.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // Cargo says `--bench` when it measures, and nothing when it only wants to know that all of it runs.
    let effort = if arguments.iter().any(|each| each == "--bench") { Effort::Full } else { Effort::Once };
    let only = arguments.iter().find(|each| !each.starts_with("--")).map(String::as_str);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let measured = runtime.map_err(Into::into).and_then(|runtime| match served::wanted(&arguments) {
        Some(which) => runtime.block_on(served::serve(which)),
        None => runtime.block_on(costs::measure(effort, only)),
    });
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}
