//! `postern demo`: a whole host in front of simulated servers, to try without having any.

mod estate;

use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use estate::Estate;

use super::report::Format;
use super::waiting::tell;
use super::{Failure, Setting, serve};
use crate::call::PrincipalKind;
use crate::config::Config;
use crate::diagnostic::Source;
use crate::egress::Secret;
use crate::identity::{Change, NewToken, Token, TokenFile};
use crate::start;
use crate::telemetry::Telemetry;

/// Start the simulated servers of a small company on this machine, and serve them.
///
/// Everything is on loopback and gone when it ends: Kubernetes clusters with healthy and broken workloads, two
/// instances of Palette, what it all costs, a software catalog, the host, which may read them, guardrails, and a
/// call that somebody has to agree to.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Demo {
    /// Where to listen; without it the usual port, or a free one when that is taken.
    #[arg(long)]
    pub(crate) listen: Option<SocketAddr>,
    /// How to say that the host is ready.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// Questions whose answers are in the simulated servers, as a person would ask them of a model.
const QUESTIONS: [&str; 7] = [
    "What is wrong in the cluster prod?",
    "Why does the newest failing pod of prod not start? Show its log.",
    "Compare what the nodes of prod and edge have left.",
    "Which Palette clusters are unhealthy, and why is payments-prod?",
    "Which clusters use an outdated profile?",
    "Where do we waste the most money, and what would break if we stopped?",
    "What does the team payments cost a month?",
];

/// Who may do what in the demo: everyone reads, and one kind of call is held.
const POLICIES: &str = include_str!("policies.cedar");

/// Who agrees to it.
const APPROVER: &str = "ben";

impl Demo {
    /// Serves until a signal.
    pub(super) async fn run(&self, setting: &Setting, telemetry: &mut Telemetry) -> Result<(), Failure> {
        tell("starting simulated clusters, two instances of Palette, a cost server and a catalog");
        let estate = Estate::start().await?;
        let folder = tempfile::Builder::new().prefix("postern-demo-").tempdir()?;
        let upstreams = estate.configuration(folder.path())?;

        let approver = files(folder.path())?;

        let embedded = start::embedded()?;
        let source = Source::new("<demo configuration>", configuration(folder.path(), &upstreams));
        let mut config = Config::parse(source, &setting.environment, &embedded)?;
        config.server.listen = match self.listen {
            Some(listen) => listen,
            None => free(config.server.listen),
        };
        let token = Token::fresh()?;
        config.server.token = Some(Secret::new(token.expose().to_owned()));

        let serving = serve::Serving {
            config: &config,
            fresh: Some(&token),
            compiled: setting.compiled(),
            format: self.format,
            hints: hints(&estate, folder.path(), &approver),
            read: None,
        };
        serving.run(telemetry).await
    }
}

/// Writes what the demo's configuration names; gives the token of who approves.
fn files(folder: &Path) -> Result<Token, Failure> {
    fs::create_dir(folder.join("policies"))?;
    fs::write(folder.join("policies/demo.cedar"), POLICIES)?;
    let approver = NewToken {
        name: APPROVER.to_owned(),
        kind: PrincipalKind::User,
        groups: vec!["approvers".to_owned()],
        expires: None,
        restrictions: None,
    };
    let file = TokenFile::new(folder.join("tokens.toml"));
    let token = file.change(&Change::Create(approver), jiff::Timestamp::now())?;
    Ok(token.ok_or("a token that is made is there")?)
}

/// A host that is watched over, in front of these upstreams, and with somebody to ask.
fn configuration(folder: &Path, upstreams: &str) -> String {
    let [audit, tokens, policies] = ["audit.db", "tokens.toml", "policies"].map(|name| folder.join(name));
    format!(
        r#"
        [audit]
        path = {audit:?}
        [identity]
        tokens = {tokens:?}
        [policy]
        path = {policies:?}

        [[plugin]]
        name = "guardrails"
        {upstreams}
        "#
    )
}

/// The address itself, or one with a free port when somebody listens there already.
fn free(address: SocketAddr) -> SocketAddr {
    match std::net::TcpListener::bind(address) {
        Ok(_) => address,
        Err(_) => SocketAddr::new(address.ip(), 0),
    }
}

fn hints(estate: &Estate, folder: &Path, approver: &Token) -> String {
    let mut text = format!("The simulated clusters are {}. Ask:\n\n", estate.clusters().join(", "));
    for question in QUESTIONS {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {question}");
    }
    let _ = write!(
        text,
        "\nOne call is held until somebody agrees to it: the log of a pod in `payments` of prod. Ask for one; the \
         answer names a page. There {APPROVER} decides with this token, and the same call runs once:\n\n  {}\n",
        approver.expose()
    );
    let kubeconfig = folder.join("kubeconfig");
    let _ = write!(text, "\nTheir kubeconfig, for kubectl: {}", kubeconfig.display());
    text
}
