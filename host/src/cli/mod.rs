//! The commands: one file each, and what they share.
//!
//! A command reads its flags, asks other rooms to do the work, and says on the standard output what came of
//! it; the log and failures go to the standard error. To add one: a file with its flags (a `clap::Args` whose
//! doc is its help) and `run`, and a line in [`Command`] and in [`Cli::run`].
//!
//! Exit codes: 0 when all is well, 1 when the answer is a no, 2 when there is no answer: wrong flags, a
//! configuration that cannot be, a port that is taken.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use tokio::runtime::Runtime;

use crate::call::BoxError;
use crate::config::{Config, ConfigError, Environment};
use crate::runtime::CompiledCache;
use crate::start::{self, Read};
use crate::telemetry::Telemetry;

mod approvals;
mod audit;
mod call;
mod check;
mod demo;
mod diagnose;
mod examine;
mod init;
mod local;
mod lock;
mod logs;
mod look;
mod policy;
mod ready;
mod report;
mod review;
mod serve;
mod stdio;
mod token;
mod user;
mod validate;
mod waiting;

use approvals::Approvals;
use audit::Audit;
use call::Call;
use check::Check;
use demo::Demo;
use diagnose::Diagnose;
use init::Init;
use lock::Accept;
use policy::Policy;
use review::Review;
use serve::Serve;
use stdio::Stdio;
use token::Tokens;
use validate::Validate;

/// The variable that says what is logged, in the form of `tracing`: `debug`, `postern=trace`.
const LOG: &str = "POSTERN_LOG";

/// The variable that says how it is written: `text`, or `json` for lines of JSON.
const LOG_FORMAT: &str = "POSTERN_LOG_FORMAT";

/// The file that is read when it is there and no other is named.
const CONFIG: &str = "postern.toml";

/// How long the runtime's own threads may take to end. One of them may be reading a terminal.
const LAST: Duration = Duration::from_secs(1);

/// A gateway between AI clients and infrastructure, in which every call has an authority of its own.
#[derive(Debug, Parser)]
#[command(name = "postern", version)]
struct Cli {
    /// The configuration; `postern.toml` here, if there is one, and otherwise what is built in.
    #[arg(long, global = true, value_name = "PATH")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(Serve),
    Stdio(Stdio),
    Demo(Demo),
    Init(Init),
    Check(Check),
    Review(Review),
    Lock(Accept),
    Policy(Policy),
    Token(Tokens),
    Approvals(Approvals),
    Validate(Validate),
    Diagnose(Diagnose),
    Call(Call),
    Audit(Audit),
}

/// Runs the command that the process's arguments name.
#[must_use]
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(told) => {
            // Help and version come this way too, with code 0.
            drop(told.print());
            return u8::try_from(told.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from);
        }
    };
    match cli.run() {
        Ok(code) => code,
        Err(failure) => {
            drop(writeln!(io::stderr().lock(), "postern: {failure}"));
            ExitCode::from(2)
        }
    }
}

impl Cli {
    fn run(self) -> Result<ExitCode, Failure> {
        let setting = Setting { config: self.config, environment: Environment::process() };
        // Held to the end: what is left of the telemetry is sent when it is dropped.
        let mut telemetry = Telemetry::start(setting.environment.telemetry()?)?;
        let format =
            setting.environment.get(LOG_FORMAT).map_or(Ok(logs::Format::Text), |text| text.parse())?;
        logs::start(setting.environment.get(LOG).as_deref(), format, &telemetry)?;
        no_core_dumps();
        match self.command {
            Command::Serve(serve) => block_on(serve.run(&setting, &mut telemetry))?,
            Command::Stdio(stdio) => block_on(stdio.run(&setting, &mut telemetry))?,
            Command::Demo(demo) => block_on(demo.run(&setting, &mut telemetry))?,
            Command::Init(init) => return Ok(look::init(&init)?.into()),
            Command::Check(check) => return Ok(look::check(&check, &setting)?.into()),
            Command::Review(review) => return Ok(look::review(&review, &setting)?.into()),
            Command::Lock(accept) => return Ok(look::lock(&accept, &setting)?.into()),
            Command::Policy(policy) => return policy.run(&setting),
            Command::Token(tokens) => tokens.run(&setting)?,
            Command::Diagnose(diagnose) => return block_on(diagnose.run(&setting)),
            Command::Call(call) => return block_on(call.run(&setting)),
            Command::Validate(validate) => return block_on(validate.run(&setting)),
            Command::Approvals(approvals) => return approvals.run(&setting),
            Command::Audit(audit) => {
                return audit.run(&setting, |setting| Ok(setting.configuration()?.audit));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Keeps the secrets in this process's memory off the disk when it crashes, and those of programs that it runs.
fn no_core_dumps() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "core dumps cannot be turned off");
    }
}

/// What every command finds itself in.
#[derive(Debug)]
pub(crate) struct Setting {
    /// The configuration that was named.
    config: Option<PathBuf>,
    /// The process's variables.
    pub(crate) environment: Environment,
}

impl Setting {
    /// The configuration file, if there is one.
    pub(crate) fn path(&self) -> Option<&Path> {
        let here = Path::new(CONFIG);
        self.config.as_deref().or_else(|| here.exists().then_some(here))
    }

    /// What was configured, or what holds without a file.
    pub(crate) fn configuration(&self) -> Result<Config, ConfigError> {
        let embedded = start::embedded()?;
        match self.path() {
            Some(path) => Config::load(path, &self.environment, &embedded),
            None => Ok(Config::without_file(&self.environment, &embedded)?),
        }
    }

    /// Reads the configuration file again, where there is one.
    pub(crate) fn reader(&self) -> Option<Read> {
        let setting = Self { config: Some(self.path()?.to_owned()), environment: self.environment.clone() };
        Some(Box::new(move || Ok(setting.configuration()?)))
    }

    /// Where compiled components are kept between runs (XDG base directories). Without one every start
    /// compiles them anew, which is slow and nothing worse: what cannot be had is told and done without.
    pub(crate) fn compiled(&self) -> Option<CompiledCache> {
        let folder = |variable: &str, below_home: &str| {
            let given = self.environment.get(variable).map(PathBuf::from).filter(|path| path.is_absolute());
            given.or_else(|| Some(Path::new(&self.environment.get("HOME")?).join(below_home)))
        };
        let cache = folder("XDG_CACHE_HOME", ".cache")?.join("postern");
        // The key apart from what it seals: a cache is copied and shared more lightly than state is.
        let key = folder("XDG_STATE_HOME", ".local/state")?.join("postern").join("compiled.key");
        CompiledCache::open(cache, &key)
            .inspect_err(|error| tracing::warn!(%error, "compiled components are not kept"))
            .ok()
    }
}

/// Why a command came to nothing: an error with all that lies behind it, on one line where it is one.
#[derive(Debug)]
pub(crate) struct Failure(BoxError);

impl<E: Into<BoxError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&report::chain(&*self.0))
    }
}

/// Runs a command's future to its end on a runtime of its own.
pub(crate) fn block_on<T>(future: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = Runtime::new()?;
    let ended = runtime.block_on(future);
    runtime.shutdown_timeout(LAST);
    ended
}

/// Writes to the standard output.
pub(crate) fn write_out<T>(write: impl FnOnce(&mut dyn Write) -> io::Result<T>) -> io::Result<T> {
    write(&mut io::stdout().lock())
}

/// The signals that ask a process to end.
pub(crate) struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

/// Listens to them from now on.
pub(crate) fn signals() -> io::Result<Signals> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }
    #[cfg(not(unix))]
    Ok(Signals {})
}

impl Signals {
    /// Waits for the next.
    pub(crate) async fn next(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(not(unix))]
        drop(tokio::signal::ctrl_c().await);
    }
}

/// The signal that asks a process to read its configuration again.
pub(crate) struct Hangups {
    #[cfg(unix)]
    signal: tokio::signal::unix::Signal,
}

impl Hangups {
    /// Listens to it from now on.
    pub(crate) fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            Ok(Self { signal: signal(SignalKind::hangup())? })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Waits for the next; where there are none, for ever.
    pub(crate) async fn next(&mut self) {
        #[cfg(unix)]
        if self.signal.recv().await.is_some() {
            return;
        }
        std::future::pending().await
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_flags_make_sense() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_failure_tells_what_lies_behind_it() {
        let told = |error: BoxError| Failure(error).to_string();
        assert_eq!(told("plain".into()), "plain");
        let behind = crate::surface::http::BindError::Address {
            address: ([127, 0, 0, 1], 1).into(),
            source: io::Error::from(io::ErrorKind::PermissionDenied),
        };
        assert_eq!(told(behind.into()), "cannot listen on `127.0.0.1:1`: permission denied");
    }
}
