//! Tokens of an issuer: the one that is taken, and everything that is not.

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::Jwk;
use postern_upstreams::issuer::Issuer as Simulated;
use serde_json::{Value, json};

use super::*;
use crate::call::Scopes;
use crate::egress::Networks;
use crate::identity::Token;

const HERE: &str = "https://postern.example/mcp";

struct Bench {
    issuer: Simulated,
    issuers: Issuers,
}

fn config(issuer: &Simulated) -> IssuerConfig {
    let scope = |name: &str, group: &str| Scope { name: name.to_owned(), groups: vec![group.to_owned()] };
    IssuerConfig {
        name: "corp".to_owned(),
        issuer: issuer.url(),
        keys: None,
        algorithms: vec!["ES256".to_owned()],
        kind: PrincipalKind::User,
        groups_claim: Some("groups".to_owned()),
        scopes: vec![scope("mcp:read", "readers"), scope("mcp:write", "operators")],
        outbound: Outbound::new(Some(issuer.ca().as_bytes()), Networks::Private).unwrap(),
        digest: [1; 32],
    }
}

impl Bench {
    async fn new() -> Self {
        let issuer = Simulated::start().await.unwrap();
        let issuers = Issuers::new(vec![config(&issuer)], &Issuers::default());
        Self { issuer, issuers }
    }

    async fn present(&self, token: &str) -> Result<Principal, Refused> {
        let audience = Audience { name: HERE.to_owned(), scopes: vec!["mcp:read".to_owned()] };
        let Some(token) = Token::presented(token) else { return Err(Reason::Malformed.into()) };
        self.issuers.bearer(&token, &audience).await
    }

    /// A good token but for these claims; `null` takes one away.
    fn token(&self, changes: Value, head: Value) -> String {
        let mut claims = self.issuer.claims(HERE, "mcp:read offline");
        for (name, value) in changes.as_object().unwrap() {
            if value.is_null() {
                claims.as_object_mut().unwrap().remove(name);
            } else {
                claims[name] = value.clone();
            }
        }
        self.issuer.sign(&claims, &head)
    }
}

fn now() -> i64 {
    Timestamp::now().as_second()
}

#[tokio::test]
async fn a_good_token_names_its_principal_with_groups_of_claim_and_scopes() {
    let bench = Bench::new().await;
    let token = bench.token(json!({"groups": ["sre", "readers", 7]}), json!({}));
    let principal = bench.present(&token).await.unwrap();
    assert_eq!((principal.subject(), principal.kind()), ("corp:ana", PrincipalKind::User));
    assert_eq!(principal.groups(), ["readers", "sre"]);
    let attainable = Scope { name: "mcp:write".to_owned(), groups: vec!["operators".to_owned()] };
    let scopes = Scopes { held: vec!["mcp:read".to_owned()], attainable: vec![attainable] };
    assert_eq!(*principal.scopes(), scopes);
}

#[tokio::test]
async fn what_is_like_a_good_token_is_taken_too() {
    let bench = Bench::new().await;
    for (changes, head) in [
        (json!({"aud": ["other", HERE]}), json!({})),
        (json!({"exp": now() - 30}), json!({})),
        (json!({"nbf": now() + 30}), json!({})),
        (json!({"scope": null, "scp": ["mcp:read"]}), json!({})),
        (json!({}), json!({"typ": null})),
        (json!({}), json!({"typ": "JWT"})),
        (json!({}), json!({"typ": "application/at+jwt"})),
        (json!({}), json!({"kid": null})),
        (json!({}), json!({"jku": "https://evil.example/keys"})),
    ] {
        let answer = bench.present(&bench.token(changes.clone(), head.clone())).await;
        assert!(answer.is_ok(), "{changes} {head}: {answer:?}");
    }
    assert_eq!(bench.issuer.key_requests(), 1, "keys are kept");
}

#[tokio::test]
async fn every_other_token_is_refused() {
    let bench = Bench::new().await;
    let url = bench.issuer.url();
    let other = Simulated::start().await.unwrap();
    let mut refused = vec![
        // Another issuer's, whatever it says.
        (other.sign(&other.claims(HERE, "mcp:read"), &json!({})), Reason::Unknown),
        (other.sign(&bench.issuer.claims(HERE, "mcp:read"), &json!({})), Reason::Unknown),
        (String::from("abc"), Reason::Unknown),
        (String::from("a.b.c"), Reason::Unknown),
    ];
    for (changes, head, why) in [
        (json!({"iss": format!("{url}/")}), json!({}), Reason::Unknown),
        (json!({"iss": url.to_uppercase()}), json!({}), Reason::Unknown),
        (json!({"iss": [url]}), json!({}), Reason::Unknown),
        (json!({"iss": null}), json!({}), Reason::Unknown),
        (json!({"aud": "https://other.example/mcp"}), json!({}), Reason::Audience),
        (json!({"aud": format!("{HERE}/")}), json!({}), Reason::Audience),
        (json!({"aud": format!("{HERE}/kubernetes")}), json!({}), Reason::Audience),
        (json!({"aud": []}), json!({}), Reason::Audience),
        (json!({"aud": {"mcp": HERE}}), json!({}), Reason::Unknown),
        (json!({"aud": null}), json!({}), Reason::Unknown),
        (json!({"exp": null}), json!({}), Reason::Unknown),
        (json!({"exp": "tomorrow"}), json!({}), Reason::Unknown),
        (json!({"exp": now() - 61}), json!({}), Reason::Expired),
        (json!({"nbf": now() + 90}), json!({}), Reason::Expired),
        (json!({"sub": null}), json!({}), Reason::Unknown),
        (json!({"sub": ""}), json!({}), Reason::Malformed),
        (json!({"sub": "ana\nroot"}), json!({}), Reason::Malformed),
        (json!({"sub": "a".repeat(256)}), json!({}), Reason::Malformed),
        (json!({"cnf": {"jkt": "abc"}}), json!({}), Reason::Malformed),
        (json!({}), json!({"alg": "none"}), Reason::Malformed),
        (json!({}), json!({"alg": "HS256"}), Reason::Malformed),
        (json!({}), json!({"alg": "ES384"}), Reason::Malformed),
        (json!({}), json!({"typ": "logout+jwt"}), Reason::Malformed),
        (json!({}), json!({"crit": ["b64"], "b64": false}), Reason::Malformed),
        (json!({}), json!({"kid": "unknown"}), Reason::Unknown),
    ] {
        refused.push((bench.token(changes, head), why));
    }
    // Changed after it was signed: by claims, by signature, and by leaving it out.
    let (one, two) = (bench.token(json!({}), json!({})), bench.token(json!({"sub": "root"}), json!({})));
    let (parts, others): (Vec<&str>, Vec<&str>) = (one.split('.').collect(), two.split('.').collect());
    refused.push((format!("{}.{}.{}", parts[0], others[1], parts[2]), Reason::Unknown));
    refused.push((format!("{}.{}.{}", parts[0], parts[1], others[2]), Reason::Unknown));
    refused.push((format!("{}.{}.", parts[0], parts[1]), Reason::Unknown));
    // Looked at before it is parsed: a token has at most 16 KiB.
    refused.push((bench.token(json!({"pad": "x".repeat(16 * 1024)}), json!({})), Reason::Malformed));
    for (token, why) in refused {
        let short: String = token.chars().take(200).collect();
        assert_eq!(bench.present(&token).await.err(), Some(Refused::Unknown(why)), "{short}");
    }
}

#[tokio::test]
async fn a_good_token_without_the_endpoints_scope_is_told_apart() {
    let bench = Bench::new().await;
    let token = bench.token(json!({"scope": "mcp:write mcp:reader"}), json!({}));
    assert_eq!(bench.present(&token).await.err(), Some(Refused::Scope));
    let elsewhere = bench.token(json!({"scope": "mcp:write", "aud": "https://other.example"}), json!({}));
    assert_eq!(bench.present(&elsewhere).await.err(), Some(Refused::Unknown(Reason::Audience)));
}

#[tokio::test]
async fn what_is_remembered_is_still_held_against_time_and_place() {
    let bench = Bench::new().await;
    let token = Token::presented(&bench.token(json!({"exp": now() + 300}), json!({}))).unwrap();
    let at = |name: &str| Audience { name: name.to_owned(), scopes: Vec::new() };
    assert!(bench.issuers.bearer(&token, &at(HERE)).await.is_ok());
    let elsewhere = bench.issuers.bearer(&token, &at("https://postern.example/mcp/kubernetes")).await;
    assert_eq!(elsewhere.err(), Some(Refused::Unknown(Reason::Audience)));
    let known = bench.issuers.0[0].known(&token).await.unwrap();
    let later = |seconds: i64| Timestamp::from_second(now() + seconds).unwrap();
    assert!(known.verified.admit(&at(HERE), later(350)).is_ok());
    assert_eq!(known.verified.admit(&at(HERE), later(370)).err(), Some(Refused::Unknown(Reason::Expired)));
}

#[tokio::test]
async fn a_new_key_is_fetched_once_and_strangers_cause_no_more() {
    tokio::time::pause();
    let bench = Bench::new().await;
    tokio::time::resume();
    let old = bench.token(json!({}), json!({}));
    assert!(bench.present(&old).await.is_ok());
    bench.issuer.rotate("second").unwrap();
    let new = bench.token(json!({}), json!({}));
    assert_eq!(bench.present(&new).await.err(), Some(Refused::Unknown(Reason::Unknown)), "not so soon");
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(31)).await;
    tokio::time::resume();
    assert!(bench.present(&new).await.is_ok());
    assert!(bench.present(&old).await.is_err(), "a key that is no longer published vouches for nothing");
    for name in ["a", "b", "c"] {
        assert!(bench.present(&bench.token(json!({}), json!({"kid": name}))).await.is_err());
    }
    assert_eq!(bench.issuer.key_requests(), 2);
}

#[tokio::test]
async fn without_keys_nobody_can_say() {
    let bench = Bench::new().await;
    bench.issuer.fail_with(503);
    let token = bench.token(json!({}), json!({}));
    assert_eq!(bench.present(&token).await.err(), Some(Refused::Unavailable));
    bench.issuer.fail_with(200);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(2)).await;
    tokio::time::resume();
    assert!(bench.present(&token).await.is_ok());
    // From then on the keys that were had do, for an hour.
    bench.issuer.fail_with(503);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(50 * 60)).await;
    tokio::time::resume();
    assert!(bench.present(&bench.token(json!({"sub": "bob"}), json!({}))).await.is_ok());
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(11 * 60)).await;
    tokio::time::resume();
    assert_eq!(bench.present(&bench.token(json!({}), json!({}))).await.err(), Some(Refused::Unavailable));
}

#[tokio::test]
async fn many_at_once_fetch_once() {
    let bench = Bench::new().await;
    let token = bench.token(json!({}), json!({}));
    let answers = futures::future::join_all((0..16).map(|_| bench.present(&token))).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(bench.issuer.key_requests(), 1);
}

#[tokio::test]
async fn issuers_that_did_not_change_keep_their_keys() {
    let bench = Bench::new().await;
    let token = bench.token(json!({}), json!({}));
    assert!(bench.present(&token).await.is_ok());
    let same = Issuers::new(vec![config(&bench.issuer)], &bench.issuers);
    let other = IssuerConfig { digest: [2; 32], ..config(&bench.issuer) };
    let other = Issuers::new(vec![other], &bench.issuers);
    assert!(Arc::ptr_eq(&same.0[0], &bench.issuers.0[0]) && !Arc::ptr_eq(&other.0[0], &bench.issuers.0[0]));
}

#[test]
fn signatures_of_rsa_are_checked() {
    ring::install();
    let fixture: Value = serde_json::from_str(include_str!("rsa.json")).unwrap();
    let jwk: Jwk = serde_json::from_value(fixture["keys"][0].clone()).unwrap();
    let key = DecodingKey::from_jwk(&jwk).unwrap();
    let issuer = IssuerConfig {
        name: "corp".to_owned(),
        issuer: "https://issuer.example".to_owned(),
        keys: None,
        algorithms: Vec::new(),
        kind: PrincipalKind::Agent,
        groups_claim: None,
        scopes: Vec::new(),
        outbound: Outbound::new(None, Networks::Public).unwrap(),
        digest: [0; 32],
    };
    for (name, algorithm) in [("RS256", Algorithm::RS256), ("PS256", Algorithm::PS256)] {
        let token = fixture[name].as_str().unwrap();
        assert!(jwt::verify(token, algorithm, &key, &issuer).is_ok(), "{name}");
        let forged = token.replacen("IsInN1YiI6ImFuYSIs", "IsInN1YiI6ImJvYiIs", 1);
        let forged = if forged == token { format!("{token}AAAA") } else { forged };
        assert_eq!(jwt::verify(&forged, algorithm, &key, &issuer).err(), Some(Reason::Unknown), "{name}");
    }
}
