//! `requestState`: what a client carries for us between two rounds of one call, sealed.
//!
//! In the modern era a call that asks its client ends, and comes again with the answers. What was answered
//! before travels with the client (2026-07-28, "multi round-trip requests": the state is attacker-controlled, its
//! integrity a MUST). So it is encrypted and authenticated (ChaCha20-Poly1305, RFC 8439) under a key of this
//! process, and bound to whose call it is: principal, endpoint, method, name and arguments. It ends after a
//! quarter of an hour.
//!
//! An answer is input, never authority: what an approval is worth does not travel this way.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

/// How long a client may take over all its answers.
const LASTS: Duration = Duration::from_secs(15 * 60);

/// The longest state that is opened, and the most rounds of one call.
const MOST_BYTES: usize = 256 * 1024;
const MOST_ROUNDS: u32 = 16;

/// What a state says. Each answer is as the client gave it, with the digest of the question.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    /// Rounds so far.
    pub(super) round: u32,
    /// Seconds since the epoch.
    ends: i64,
    /// By the question's key.
    pub(super) answers: BTreeMap<String, Given>,
}

/// One answer that was given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Given {
    /// Of the question.
    pub(super) digest: String,
    /// As the client gave it.
    pub(super) answer: Value,
}

/// Why a state is not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum BadState {
    /// Not one of ours, not this call's, or not this caller's: alike on purpose.
    #[error("`requestState` is not one that this host gave for this call")]
    Foreign,
    /// It was one, and is over.
    #[error("`requestState` is over: begin the call anew")]
    Expired,
    /// The call has asked too often.
    #[error("the call has asked its client {MOST_ROUNDS} times, which is all it may")]
    Rounds,
}

impl BadState {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Foreign => "mrtr.bad-state",
            Self::Expired => "mrtr.expired",
            Self::Rounds => "mrtr.rounds",
        }
    }
}

/// The key of this process; `None` where the operating system gave no random bytes.
static KEY: LazyLock<Option<LessSafeKey>> = LazyLock::new(|| {
    let mut key = [0; 32];
    getrandom::fill(&mut key).ok()?;
    UnboundKey::new(&CHACHA20_POLY1305, &key).ok().map(LessSafeKey::new)
});

/// Seals a state for one call of one caller, which `bound` names; `None` where there is no randomness.
pub(super) fn seal(state: &State, bound: &[u8]) -> Option<String> {
    let lasts = i64::try_from(LASTS.as_secs()).unwrap_or(i64::MAX);
    let state = State { ends: Timestamp::now().as_second().saturating_add(lasts), ..state.clone() };
    seal_as(&state, bound)
}

fn seal_as(state: &State, bound: &[u8]) -> Option<String> {
    let key = KEY.as_ref()?;
    let mut nonce = [0; NONCE_LEN];
    getrandom::fill(&mut nonce).ok()?;
    let mut sealed = serde_json::to_vec(state).ok()?;
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(bound), &mut sealed).ok()?;
    Some(URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat()))
}

/// Opens what [`seal`] made for the same call of the same caller.
pub(super) fn open(text: &str, bound: &[u8]) -> Result<State, BadState> {
    let foreign = BadState::Foreign;
    if text.len() > MOST_BYTES {
        return Err(foreign);
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| foreign)?;
    let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LEN>().ok_or(foreign)?;
    let key = KEY.as_ref().ok_or(foreign)?;
    let mut sealed = sealed.to_vec();
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let opened = key.open_in_place(nonce, Aad::from(bound), &mut sealed).map_err(|_| foreign)?;
    let state: State = serde_json::from_slice(opened).map_err(|_| foreign)?;
    if state.ends < Timestamp::now().as_second() {
        return Err(BadState::Expired);
    }
    if state.round >= MOST_ROUNDS { Err(BadState::Rounds) } else { Ok(state) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn state(round: u32) -> State {
        let given = Given { digest: "d".to_owned(), answer: json!({"action": "accept"}) };
        State { round, ends: 0, answers: BTreeMap::from([("name".to_owned(), given)]) }
    }

    #[test]
    fn a_state_comes_back_to_whom_it_was_given() {
        let sealed = seal(&state(1), b"ana list {}").unwrap();
        let opened = open(&sealed, b"ana list {}").unwrap();
        assert_eq!((opened.round, &opened.answers), (1, &state(1).answers));
        assert_ne!(sealed, seal(&state(1), b"ana list {}").unwrap(), "no two are alike");
        assert!(!sealed.contains("accept"));
    }

    #[test]
    fn every_other_text_is_foreign() {
        let sealed = seal(&state(1), b"ana list {}").unwrap();
        for bound in [&b"bob list {}"[..], b"ana delete {}", b"ana list {\"all\":true}", b""] {
            assert_eq!(open(&sealed, bound), Err(BadState::Foreign));
        }
        let mut flipped = sealed.clone().into_bytes();
        flipped[20] ^= 1;
        for text in [
            String::from_utf8(flipped).unwrap(),
            format!("{sealed}-TAMPERED"),
            format!("{sealed}AA"),
            sealed.chars().skip(4).collect(),
            String::new(),
            "eyJwcmluY2lwYWwiOiJhbmEifQ".to_owned(),
            "A".repeat(MOST_BYTES + 1),
        ] {
            assert_eq!(open(&text, b"ana list {}"), Err(BadState::Foreign), "{text:.40}");
        }
    }

    #[test]
    fn a_state_ends() {
        let ends = Timestamp::now().as_second() - 1;
        let sealed = seal_as(&State { ends, ..state(1) }, b"x").unwrap();
        assert_eq!(open(&sealed, b"x"), Err(BadState::Expired));
        let sealed = seal(&state(MOST_ROUNDS), b"x").unwrap();
        assert_eq!(open(&sealed, b"x"), Err(BadState::Rounds));
    }
}
