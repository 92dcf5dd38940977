//! How the servers of a kind want to be asked: how often under each prefix, and what may be asked again.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};
use tokio::time::Instant;

use super::base::Base;
use super::budget::Spent;
use crate::authority::Method;
use crate::limit::Pace;

/// A request is sent at most this often: the first time, and twice more where sending again is harmless.
const TRIES: u32 = 3;
/// The longest pause that an upstream's `Retry-After` is obeyed for; with a longer one the answer goes to
/// the component, which may have something better to do.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The manner of one kind, for all targets of one upstream. Clones count together.
#[derive(Debug, Clone, Default)]
pub(super) struct Manner {
    retry: Retry,
    rates: &'static [Rate],
    /// By host and port: servers count by where a request comes from, so targets at one server share.
    servers: Arc<Mutex<BTreeMap<String, Arc<Paces>>>>,
}

impl Manner {
    pub(super) fn new(retry: Retry, rates: &'static [Rate]) -> Self {
        Self { retry, rates, servers: Arc::default() }
    }

    /// What may be asked again.
    pub(super) fn retry(&self) -> Retry {
        self.retry
    }

    /// How often the server of `base` may be asked; `None` where its kind knows no such thing.
    pub(super) fn paces(&self, base: &Base) -> Option<Arc<Paces>> {
        if self.rates.is_empty() {
            return None;
        }
        let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || Arc::new(Paces::new(self.rates));
        Some(Arc::clone(servers.entry(base.authority()).or_insert_with(fresh)))
    }
}

/// When a request is sent again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Retry {
    /// Which requests.
    pub(super) whom: Whom,
    /// Statuses after which it is, though the server says nothing of when.
    pub(super) unasked: &'static [StatusCode],
    /// Before the second try where the server says nothing; doubled before the third.
    pub(super) pause: Duration,
    /// Whether up to half as much is added to that, so that many do not come again together.
    pub(super) jitter: bool,
}

/// Which requests may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whom {
    /// Those that are as good twice as once, by their methods.
    Idempotent,
    /// Those that change nothing, by their methods or by the word of their rules.
    Reads,
}

impl Default for Retry {
    fn default() -> Self {
        let pause = Duration::from_millis(100);
        Self { whom: Whom::Idempotent, unasked: &[], pause, jitter: false }
    }
}

impl Retry {
    /// Whether a request may be sent once more after `tried` times; `safe` is its rule's word.
    pub(super) fn covers(&self, method: Method, safe: bool, tried: u32) -> bool {
        let harmless = match self.whom {
            Whom::Idempotent => method.is_idempotent(),
            Whom::Reads => method.is_safe() || safe,
        };
        harmless && tried < TRIES
    }

    /// How long to wait after an answer before asking again; `None` where the answer is one.
    pub(super) fn after(&self, status: StatusCode, headers: &HeaderMap, tried: u32) -> Option<Duration> {
        let asked = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
        let unasked = self.unasked.contains(&status);
        let seconds = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        match seconds.map(Duration::from_secs) {
            Some(pause) if asked || unasked => Some(pause).filter(|pause| *pause <= LONGEST_PAUSE),
            Some(_) | None => unasked.then(|| self.pause(tried)),
        }
    }

    /// How long to wait after `tried` tries where the server did not say.
    pub(super) fn pause(&self, tried: u32) -> Duration {
        let pause = self.pause.saturating_mul(1 << tried.saturating_sub(1).min(8));
        if !self.jitter {
            return pause;
        }
        // Without randomness all pauses are whole: longer, and together.
        let share = getrandom::u32().unwrap_or(u32::MAX);
        pause.saturating_add((pause / 2).mul_f64(f64::from(share) / f64::from(u32::MAX)))
    }
}

/// What a server lets through under one prefix of its paths, in its own documentation's words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    /// Whole segments; `*` stands for any one. `/` is everything that has no longer prefix.
    pub(super) prefix: &'static str,
    /// Requests a second.
    pub(super) per_second: u32,
    /// Requests at once after a time of quiet.
    pub(super) burst: u32,
}

impl Rate {
    /// Four fifths of what is let through: clocks differ, and others ask from the same address.
    fn pace(self) -> Pace {
        let interval = Duration::from_secs(5) / self.per_second.saturating_mul(4).max(1);
        let burst = NonZeroU32::new(self.burst.saturating_mul(4) / 5).unwrap_or(NonZeroU32::MIN);
        Pace::new(interval, burst)
    }

    /// How many segments of `path` the prefix covers; `None` where it is none of it.
    fn covers(self, path: &str) -> Option<usize> {
        let mut segments = path.split('/').skip(1);
        let mut prefix = self.prefix.split('/').filter(|segment| !segment.is_empty());
        prefix.try_fold(0, |count, wanted| {
            segments.next().filter(|given| wanted == "*" || *given == wanted).map(|_| count + 1)
        })
    }
}

/// The paces of one server, one a prefix.
#[derive(Debug)]
pub(super) struct Paces(Vec<(Rate, Arc<Pace>)>);

impl Paces {
    fn new(rates: &[Rate]) -> Self {
        Self(rates.iter().map(|rate| (*rate, Arc::new(rate.pace()))).collect())
    }

    /// The pace of the longest prefix of `path`, which is canonical and below the target's base.
    pub(super) fn of(&self, path: &str) -> Option<Turn> {
        let covering = self.0.iter().filter_map(|each| Some((each.0.covers(path)?, each)));
        let (_, (rate, pace)) = covering.max_by_key(|(length, _)| *length)?;
        Some(Turn { prefix: rate.prefix, pace: Arc::clone(pace) })
    }
}

/// Where one request has to wait for its turn.
#[derive(Clone)]
pub(super) struct Turn {
    prefix: &'static str,
    pace: Arc<Pace>,
}

impl Turn {
    /// Waits until the request may be sent, or says that this will not be in time.
    pub(super) async fn come(&self, deadline: Instant) -> Result<(), Spent> {
        self.pace.turn(deadline).await.map_err(|_| Spent::Turn(self.prefix))
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Turn").field(&self.prefix).finish()
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const READS: Retry = Retry {
        whom: Whom::Reads,
        unasked: &[StatusCode::TOO_MANY_REQUESTS, StatusCode::BAD_GATEWAY],
        pause: Duration::from_secs(2),
        jitter: true,
    };

    fn after(retry: Retry, status: u16, said: Option<&'static str>) -> Option<Duration> {
        let said = said.map(|said| (RETRY_AFTER, HeaderValue::from_static(said)));
        retry.after(StatusCode::from_u16(status).unwrap(), &said.into_iter().collect(), 1)
    }

    #[test]
    fn only_what_is_harmless_is_sent_again() {
        for (method, safe, idempotent, reads) in [
            (Method::Get, false, true, true),
            (Method::Head, false, true, true),
            (Method::Put, false, true, false),
            (Method::Delete, false, true, false),
            (Method::Post, false, false, false),
            (Method::Patch, false, false, false),
            (Method::Post, true, false, true),
        ] {
            assert_eq!(Retry::default().covers(method, safe, 1), idempotent, "{method} {safe}");
            assert_eq!(READS.covers(method, safe, 2), reads, "{method} {safe}");
            assert!(!READS.covers(method, safe, 3), "{method}: three times is the end");
        }
    }

    #[test]
    fn the_servers_word_on_when_is_kept_within_bounds() {
        for retry in [Retry::default(), READS] {
            assert_eq!(after(retry, 429, Some("3")), Some(Duration::from_secs(3)));
            assert_eq!(after(retry, 429, Some("11")), None, "too long: the answer is the component's");
            assert_eq!(after(retry, 200, Some("1")), None);
            assert_eq!(after(retry, 500, Some("1")), None);
            assert_eq!(after(retry, 500, None), None);
        }
        assert_eq!(after(Retry::default(), 429, None), None);
        assert_eq!(after(Retry::default(), 502, Some("1")), None);
        assert_eq!(after(READS, 502, Some("1")), Some(Duration::from_secs(1)));
        assert!(after(READS, 502, None).is_some());
        assert!(after(READS, 429, Some("Fri, 20 Nov 2026 00:00:00 GMT")).is_some());
    }

    #[test]
    fn pauses_double_and_are_spread() {
        assert_eq!([1, 2].map(|tried| Retry::default().pause(tried).as_millis()), [100, 200]);
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..50 {
            let [first, second] = [1, 2].map(|tried| READS.pause(tried));
            assert!((Duration::from_secs(2)..=Duration::from_secs(3)).contains(&first), "{first:?}");
            assert!((Duration::from_secs(4)..=Duration::from_secs(6)).contains(&second), "{second:?}");
            seen.insert(first);
        }
        assert!(seen.len() > 1, "all the same");
    }

    #[tokio::test(start_paused = true)]
    async fn the_longest_prefix_has_its_own_pace() {
        const RATES: &[Rate] = &[
            Rate { prefix: "/", per_second: 10, burst: 5 },
            Rate { prefix: "/v1/items", per_second: 10, burst: 5 },
            Rate { prefix: "/v1/items/*/files", per_second: 10, burst: 5 },
        ];
        let paces = Paces::new(RATES);
        for (path, prefix) in [
            ("/v1", "/"),
            ("/v2/items", "/"),
            ("/v1/itemsets", "/"),
            ("/v1/items", "/v1/items"),
            ("/v1/items/a", "/v1/items"),
            ("/v1/items/files", "/v1/items"),
            ("/v1/items/a/filesets", "/v1/items"),
            ("/v1/items/a/files", "/v1/items/*/files"),
            ("/v1/items/b/files/c", "/v1/items/*/files"),
        ] {
            assert_eq!(paces.of(path).unwrap().prefix, prefix, "{path}");
        }
        // Four fifths of five at once, however the paths differ below the prefix; others are not touched.
        let now = Instant::now();
        for path in ["/v1/items/a", "/v1/items/b", "/v1/items", "/v1/items/c/d"] {
            assert_eq!(paces.of(path).unwrap().come(now).await, Ok(()), "{path}");
        }
        assert_eq!(paces.of("/v1/items").unwrap().come(now).await, Err(Spent::Turn("/v1/items")));
        assert_eq!(paces.of("/v1/items/a/files").unwrap().come(now).await, Ok(()));
        assert_eq!(paces.of("/v2").unwrap().come(now).await, Ok(()));
        // And four fifths of ten a second after that.
        let began = Instant::now();
        let far = began + Duration::from_secs(60);
        for _ in 0..8 {
            assert_eq!(paces.of("/v1/items").unwrap().come(far).await, Ok(()));
        }
        let took = began.elapsed();
        assert!((Duration::from_millis(995)..Duration::from_millis(1020)).contains(&took), "{took:?}");
    }

    #[test]
    fn targets_at_one_server_share_its_paces() {
        const RATES: &[Rate] = &[Rate { prefix: "/", per_second: 1, burst: 1 }];
        let manner = Manner::new(Retry::default(), RATES);
        let of = |url: &str| manner.paces(&Base::parse(url, &["https"]).unwrap()).unwrap();
        assert!(Arc::ptr_eq(&of("https://a.example/one"), &of("https://a.example:443/two")));
        assert!(!Arc::ptr_eq(&of("https://a.example"), &of("https://b.example")));
        assert!(Manner::default().paces(&Base::parse("https://a.example", &["https"]).unwrap()).is_none());
    }
}
