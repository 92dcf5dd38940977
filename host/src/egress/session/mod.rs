//! Credentials that have to be fetched first: a token, for as long as it is good.
//!
//! Some servers want a login before anything else. Who logs in is a [`Source`]: the plugin's own
//! authenticator, in an instance that serves no call ([`Authenticator`]), or the host itself, which knows
//! OAuth 2 client credentials ([`ClientCredentials`]). What comes of it is a token with an end, and this file
//! keeps it: in memory, wiped when it goes, known to the redactor, and put onto requests by the endpoint,
//! where no component sees it.
//!
//! # Design
//!
//! *One login at a time.* Whoever needs a token while a login is under way waits for that one. It is a task of
//! its own: the call that began it may be given up, and what a server counts as an attempt is not wasted.
//!
//! *Renewed before it ends*: after four fifths of its life, or a minute before its end where that is sooner. The
//! request that notices goes on with the token that it has.
//!
//! *A 401 is believed, three times in five minutes.* The token is dropped if it is still the one that was refused,
//! there is one login, and the request is sent once more. A server that refuses every token would otherwise be
//! logged in at by every request; beyond that number its 401 is handed on.
//!
//! *A failure is waited out*: 30 s, doubled each time, at most 15 min; until then requests fail and say so. A
//! login that was *refused* is repeated twice, and then not before the operator had the configuration taken up
//! again: directories lock accounts, and a locked service account is an outage for everybody.
//!
//! *A reload keeps the token* where the target is configured as before, and forgets the failures.

mod authenticator;
mod oauth;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use http::header::AUTHORIZATION;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

pub use authenticator::{Attempt, Authenticator, Granted, LoginFault};
pub use oauth::ClientCredentials;

use super::credential::{Authentication, Credential, Unusable};
use super::redact::Keyring;
use super::secret::Secret;
use super::target::Target;

/// A login with all its requests.
const LONGEST: Duration = Duration::from_secs(30);
/// What is assumed where a server does not say how long its token is good for; a 401 says it too.
const USUAL_LIFE: Duration = Duration::from_secs(60 * 60);
/// A token is renewed at least this long before it ends, unless its whole life is short.
const MARGIN: Duration = Duration::from_secs(60);
/// After the first failure; doubled after each further one.
const PAUSE: Duration = Duration::from_secs(30);
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);
/// Refusals in a row, after which there is no further login: fewer than directories lock accounts for.
const MOST_REFUSED: u32 = 3;
/// Logins because of a 401, in so long.
const MOST_RENEWED: usize = 3;
const RENEWED_IN: Duration = Duration::from_secs(5 * 60);
/// The length of a token, in bytes. The redactor does not look for shorter ones; longer ones fit no header.
const TOKEN_BYTES: std::ops::RangeInclusive<usize> = 8..=8 << 10;

/// A login that ended, for the record.
#[derive(Debug, Clone)]
pub struct Login {
    /// Of which plugin.
    pub plugin: String,
    /// At a target of which of its upstreams.
    pub upstream: String,
    /// Which.
    pub target: String,
    /// What went wrong.
    pub fault: Option<LoginFault>,
}

/// Who is told of logins, once there is somebody.
pub(super) type Told = Arc<OnceLock<Box<dyn Fn(Login) + Send + Sync>>>;

/// The authenticator of an upstream, once its component is loaded.
pub(super) type Slot = Arc<OnceLock<Arc<dyn Authenticator>>>;

/// Where tokens come from.
pub(super) enum Source {
    /// The plugin's own authenticator, which is given `target` without a token, and what the operator has for it.
    Component { slot: Slot, target: Target, secrets: Vec<(String, Secret)> },
    /// The host, at a token endpoint.
    OAuth(ClientCredentials),
}

impl Source {
    async fn fetch(&self) -> Result<Granted, LoginFault> {
        match self {
            Self::Component { slot, target, secrets } => {
                let authenticator = slot.get().ok_or(LoginFault::Absent)?;
                authenticator.login(Attempt { target: target.clone(), secrets: secrets.clone() }).await
            }
            Self::OAuth(client) => client.fetch().await,
        }
    }

    /// Everything that is the same where a token may be kept.
    fn identity(&self) -> Vec<Secret> {
        match self {
            Self::Component { secrets, .. } => {
                secrets.iter().flat_map(|(name, value)| [Secret::new(name.clone()), value.clone()]).collect()
            }
            Self::OAuth(client) => client.identity(),
        }
    }
}

/// What one target's session is made with.
pub(super) struct Making {
    pub(super) plugin: String,
    pub(super) upstream: String,
    pub(super) target: String,
    /// Of the target's server.
    pub(super) base: String,
    pub(super) source: Source,
    /// What goes with every request besides the token.
    pub(super) fixed: Authentication,
    /// What the redactor knows besides the token.
    pub(super) secrets: Vec<Secret>,
    pub(super) keyring: Keyring,
    pub(super) told: Told,
}

/// The session with one target. Clones are the same.
#[derive(Clone)]
pub(super) struct Session(Arc<Inner>);

struct Inner {
    making: Making,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    /// Closed when the login that is under way has ended.
    flight: Option<watch::Receiver<()>>,
    failed: Option<Failed>,
    /// When tokens were dropped because of a 401.
    renewed: VecDeque<Instant>,
}

#[derive(Clone)]
struct Token {
    secret: Secret,
    authentication: Authentication,
    renew: Instant,
    /// `None` where the server does not say.
    end: Option<Instant>,
}

/// What went wrong of late.
struct Failed {
    fault: LoginFault,
    /// In a row.
    times: u32,
    /// Of these, how often a server said no.
    refused: u32,
    /// When there may be another; `None`: not before the configuration is taken up again.
    next: Option<Instant>,
}

impl Session {
    pub(super) fn new(making: Making) -> Self {
        making.keyring.hold(making.secrets.clone());
        Self(Arc::new(Inner { making, state: Mutex::default() }))
    }

    /// Goes on with the token of `before`, where that is the same session under an earlier configuration.
    pub(super) fn adopt(&self, before: &Self) {
        let (now, then) = (&self.0.making, &before.0.making);
        let names = |it: &Making| [&it.plugin, &it.upstream, &it.target, &it.base].map(Clone::clone);
        if names(now) == names(then) && now.source.identity() == then.source.identity() {
            let kept = before.0.state().token.clone();
            if let Some(Ok(token)) = kept.map(|token| token.over(&now.fixed)) {
                self.0.keep(&mut self.0.state(), token);
            }
        }
    }

    async fn authenticate(&self) -> Result<Authentication, Unusable> {
        // Once for a login that is waited for; once more where what it gave was refused meanwhile.
        for _ in 0..2 {
            let mut flight = {
                let mut state = self.0.state();
                let now = Instant::now();
                let flying = state.flight.clone().filter(|flight| flight.has_changed().is_ok());
                if let Some(token) = state.token.as_ref().filter(|token| token.is_good(now)) {
                    let authentication = token.authentication.clone();
                    if now >= token.renew && flying.is_none() && state.may_log_in(now).is_ok() {
                        self.0.begin(&mut state);
                    }
                    return Ok(authentication);
                }
                match flying {
                    Some(flight) => flight,
                    None => {
                        state.may_log_in(now)?;
                        self.0.begin(&mut state)
                    }
                }
            };
            // Nothing is ever sent: it ends with its sender.
            let _ = flight.changed().await;
        }
        let state = self.0.state();
        let token = state.token.as_ref().filter(|token| token.is_good(Instant::now()));
        match token {
            Some(token) => Ok(token.authentication.clone()),
            None => {
                state.may_log_in(Instant::now())?;
                Err(Unusable::new("its tokens do not last"))
            }
        }
    }

    /// Forgets a token that was refused, unless another has taken its place. Whether there is a point in
    /// asking again.
    fn refused(&self, refused: &Authentication) -> bool {
        let mut state = self.0.state();
        let value = |it: &Authentication| it.headers.get(AUTHORIZATION).cloned();
        if state.token.as_ref().is_none_or(|token| value(&token.authentication) != value(refused)) {
            return true;
        }
        let now = Instant::now();
        state.renewed.retain(|at| now.duration_since(*at) < RENEWED_IN);
        if state.renewed.len() >= MOST_RENEWED {
            return false;
        }
        state.renewed.push_back(now);
        state.token = None;
        true
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a login; its end closes what comes back.
    fn begin(self: &Arc<Self>, state: &mut State) -> watch::Receiver<()> {
        let (end, flight) = watch::channel(());
        state.flight = Some(flight.clone());
        let mut flying = Flight { inner: Arc::clone(self), outcome: None, _end: end };
        tokio::spawn(async move {
            let fetched = timeout(LONGEST, flying.inner.making.source.fetch()).await;
            flying.land(fetched.unwrap_or(Err(LoginFault::Unanswered)));
        });
        flight
    }

    fn keep(&self, state: &mut State, token: Token) {
        let mut secrets = self.making.secrets.clone();
        secrets.push(token.secret.clone());
        self.making.keyring.hold(secrets);
        state.token = Some(token);
        state.failed = None;
    }

    fn settle(&self, outcome: Result<Granted, LoginFault>) {
        let made = outcome.and_then(|granted| Token::new(granted, &self.making.fixed));
        let fault = made.as_ref().err().copied();
        {
            let mut state = self.state();
            state.flight = None;
            match made {
                Ok(token) => self.keep(&mut state, token),
                Err(fault) => state.fail(fault),
            }
        }
        let Making { plugin, upstream, target, told, .. } = &self.making;
        match fault {
            None => tracing::info!(plugin, upstream, target, "logged in"),
            Some(fault) => {
                tracing::warn!(plugin, upstream, target, code = fault.code(), %fault, "login failed")
            }
        }
        if let Some(told) = told.get() {
            let (plugin, upstream, target) = (plugin.clone(), upstream.clone(), target.clone());
            told(Login { plugin, upstream, target, fault });
        }
    }
}

impl State {
    fn fail(&mut self, fault: LoginFault) {
        let (times, refused) = self.failed.as_ref().map_or((0, 0), |before| (before.times, before.refused));
        let times = times.saturating_add(1);
        let refused = refused.saturating_add(u32::from(fault.is_refusal()));
        let pause = PAUSE.saturating_mul(1 << (times - 1).min(10)).min(LONGEST_PAUSE);
        let next = (refused < MOST_REFUSED).then(|| Instant::now() + pause);
        self.failed = Some(Failed { fault, times, refused, next });
    }

    /// Whether there may be a login now.
    fn may_log_in(&self, now: Instant) -> Result<(), Unusable> {
        let Some(Failed { fault, next, .. }) = &self.failed else { return Ok(()) };
        match next {
            Some(next) if *next <= now => Ok(()),
            Some(next) => {
                let seconds = next.duration_since(now).as_secs().max(1);
                Err(Unusable::new(format!("{fault}; there is no other login for {seconds} s")))
            }
            None => Err(Unusable::new(format!(
                "{fault} {MOST_REFUSED} times; there is no other login until the operator has seen to it and the configuration is taken up again"
            ))),
        }
    }
}

impl Token {
    fn new(granted: Granted, fixed: &Authentication) -> Result<Self, LoginFault> {
        let Granted { token, expires_in } = granted;
        let text = token.expose();
        let fit = TOKEN_BYTES.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if !fit || expires_in.is_some_and(|life| life.is_zero()) {
            return Err(LoginFault::Unfit);
        }
        let now = Instant::now();
        let life = expires_in.unwrap_or(USUAL_LIFE);
        // Not at once, however short its life.
        let renew = (life * 4 / 5).min(life.saturating_sub(MARGIN)).max(life / 2);
        let authentication = fixed.clone().bearer(&token).map_err(|_| LoginFault::Unfit)?;
        let end = expires_in.and_then(|life| now.checked_add(life));
        let renew = now.checked_add(renew).unwrap_or(now + USUAL_LIFE);
        Ok(Self { secret: token, authentication, renew, end })
    }

    /// The same token beside other headers.
    fn over(self, fixed: &Authentication) -> Result<Self, Unusable> {
        Ok(Self { authentication: fixed.clone().bearer(&self.secret)?, ..self })
    }

    fn is_good(&self, now: Instant) -> bool {
        self.end.is_none_or(|end| now < end)
    }
}

/// A login under way. However it ends, its outcome is settled before those who wait for it look.
struct Flight {
    inner: Arc<Inner>,
    outcome: Option<Result<Granted, LoginFault>>,
    _end: watch::Sender<()>,
}

impl Flight {
    fn land(&mut self, outcome: Result<Granted, LoginFault>) {
        self.outcome = Some(outcome);
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let outcome = self.outcome.take().unwrap_or(Err(LoginFault::Failed));
        self.inner.settle(outcome);
    }
}

impl Credential for Session {
    fn current(&self) -> BoxFuture<'_, Result<Authentication, Unusable>> {
        Box::pin(self.authenticate())
    }

    fn discard<'a>(&'a self, refused: &'a Authentication) -> BoxFuture<'a, bool> {
        Box::pin(std::future::ready(self.refused(refused)))
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Making { plugin, upstream, target, .. } = &self.0.making;
        write!(f, "Session({plugin}, {upstream}, {target})")
    }
}

#[cfg(test)]
mod tests;
