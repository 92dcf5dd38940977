//! Rates: token buckets by resource prefix, and how fast requests came.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

/// How many requests an instance takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Limits {
    /// The documented figures: 10 a second with bursts of 50, 50 and 250 on some prefixes, 2 and 10 on one.
    #[default]
    Documented,
    /// The same for all prefixes. With `per_second` 0 a test knows exactly which request is one too many.
    Flat {
        /// Tokens that come back each second.
        per_second: u32,
        /// The most tokens that a bucket holds, and what it starts with.
        burst: u32,
    },
    /// None.
    Off,
}

/// Arrivals that are remembered.
const KEPT: usize = 16_384;

/// The buckets of one instance and the arrivals of its requests.
#[derive(Debug, Default)]
pub(super) struct Meter {
    limits: Limits,
    buckets: HashMap<String, Bucket>,
    arrivals: VecDeque<(Instant, String)>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: Instant,
}

impl Meter {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Writes an arrival down and takes a token of its bucket; false if there is none.
    pub(super) fn admit(&mut self, path: &str, now: Instant) -> bool {
        self.arrivals.push_back((now, path.to_owned()));
        if self.arrivals.len() > KEPT {
            self.arrivals.pop_front();
        }
        let (name, per_second, burst) = match (bucket(path), self.limits) {
            (_, Limits::Off) => return true,
            ((name, ..), Limits::Flat { per_second, burst }) => (name, per_second, burst),
            ((name, per_second, burst), Limits::Documented) => (name, per_second, burst),
        };
        let bucket =
            self.buckets.entry(name).or_insert_with(|| Bucket { tokens: f64::from(burst), filled: now });
        let refill = now.duration_since(bucket.filled).as_secs_f64() * f64::from(per_second);
        bucket.tokens = (bucket.tokens + refill).min(f64::from(burst));
        bucket.filled = now;
        let admitted = bucket.tokens >= 1.0;
        if admitted {
            bucket.tokens -= 1.0;
        }
        admitted
    }

    /// New limits, with full buckets.
    pub(super) fn set(&mut self, limits: Limits) {
        self.limits = limits;
        self.buckets.clear();
    }

    /// The most requests below `prefix` that any second held.
    pub(super) fn peak(&self, prefix: &str) -> usize {
        let times = self.arrivals.iter().filter(|(_, path)| path.starts_with(prefix)).map(|(at, _)| *at);
        let mut window: VecDeque<Instant> = VecDeque::new();
        let mut peak = 0;
        for time in times {
            window.push_back(time);
            while window.front().is_some_and(|first| time.duration_since(*first) >= Duration::from_secs(1)) {
                window.pop_front();
            }
            peak = peak.max(window.len());
        }
        peak
    }

    pub(super) fn forget(&mut self) {
        self.arrivals.clear();
    }
}

/// The bucket of a path: its name, tokens a second, burst.
fn bucket(path: &str) -> (String, u32, u32) {
    let mut parts = path.trim_start_matches('/').split('/').skip(1);
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let slow_parts = ["assets", "download", "cost", "usage", "logFetcher"];
    let slow_part = rest.iter().find(|part| slow_parts.contains(*part));
    match (first, slow_part) {
        ("spectroclusters", Some(part)) => (format!("{first}/*/{part}"), 10, 50),
        ("spectroclusters" | "cloudconfigs" | "clusterprofiles", _) => (first.to_owned(), 50, 250),
        ("events", _) if rest.first() == Some(&"components") => (first.to_owned(), 50, 250),
        ("auth", _) if rest.join("/") == "user/password/reset" => ("auth/reset".to_owned(), 2, 10),
        _ => (first.to_owned(), 10, 50),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_have_buckets_of_their_own() {
        let check = |path: &str, name: &str, rate: u32, burst: u32| {
            assert_eq!(bucket(path), (name.to_owned(), rate, burst), "{path}");
        };
        check("/v1/dashboard/spectroclusters/search", "dashboard", 10, 50);
        check("/v1/spectroclusters/x/profiles", "spectroclusters", 50, 250);
        check("/v1/spectroclusters/x/assets/kubeconfig", "spectroclusters/*/assets", 10, 50);
        check("/v1/events/components/spectrocluster/x", "events", 50, 250);
        check("/v1/auth/user/password/reset", "auth/reset", 2, 10);
    }

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let mut meter = Meter::new(Limits::Flat { per_second: 1, burst: 2 });
        let start = Instant::now();
        let later = start + Duration::from_secs(1);
        let admitted: Vec<bool> =
            [start, start, start, later, later].iter().map(|at| meter.admit("/v1/packs", *at)).collect();
        assert_eq!(admitted, [true, true, false, true, false]);
        assert!(meter.admit("/v1/users/me", later));
        assert_eq!((meter.peak("/v1/packs"), meter.peak("")), (3, 3));
    }
}
