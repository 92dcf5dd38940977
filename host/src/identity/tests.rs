//! Who comes in by what, and who does not.

use futures::FutureExt as _;

use super::*;
use crate::call::PrincipalKind;

/// What these credentials are checked by is at hand: nothing waits.
fn authenticate(identity: &Identity, credential: &Credential) -> Result<Principal, Refused> {
    identity.authenticate(credential, &Audience::default()).now_or_never().unwrap()
}

fn token(text: &str) -> Token {
    Token::presented(text).unwrap()
}

fn with_tokens(names: &[(&str, &Token)]) -> Identity {
    let known = names
        .iter()
        .map(|(name, token)| {
            let groups = vec!["operators".to_owned()];
            StaticToken { groups, ..StaticToken::new(*name, token.digest()) }
        })
        .collect();
    Identity::new(Config { access: Access::Known(Known { tokens: known, ..Known::default() }) })
}

#[test]
fn a_known_token_names_its_principal() {
    let (old, new) = (Token::fresh().unwrap(), Token::fresh().unwrap());
    let identity = with_tokens(&[("old", &old), ("ci", &new)]);
    let principal = authenticate(&identity, &Credential::Bearer(new)).unwrap();
    assert_eq!((principal.subject(), principal.groups()), ("token:ci", &["operators".to_owned()][..]));
    let principal = authenticate(&identity, &Credential::Bearer(old)).unwrap();
    assert_eq!(principal.subject(), "token:old");
}

#[test]
fn every_other_credential_gets_the_same_no() {
    let good = Token::fresh().unwrap();
    let identity = with_tokens(&[("ci", &good)]);
    let shorter = token(good.expose().strip_suffix(good.expose().chars().last().unwrap()).unwrap());
    for credential in [
        Credential::None,
        Credential::Bearer(Token::fresh().unwrap()),
        Credential::Bearer(shorter),
        Credential::Bearer(token("x")),
    ] {
        assert!(authenticate(&identity, &credential).is_err(), "{credential:?}");
    }
    let nobody = with_tokens(&[]);
    assert!(authenticate(&nobody, &Credential::Bearer(good)).is_err());
}

#[test]
fn anonymous_is_for_those_who_bring_nothing() {
    let identity = Identity::new(Config { access: Access::Anonymous });
    assert_eq!(authenticate(&identity, &Credential::None).unwrap().subject(), "local:anonymous");
    assert!(
        authenticate(&identity, &Credential::Bearer(Token::fresh().unwrap())).is_err(),
        "a token that cannot be checked is not waved through"
    );
}

#[test]
fn one_configured_token_is_static() {
    let token = Token::fresh().unwrap();
    let identity = Identity::new(Config::of_token(Some(token.expose())).unwrap());
    assert_eq!(authenticate(&identity, &Credential::Bearer(token)).unwrap().subject(), "token:static");
    assert!(Config::of_token(None).unwrap().is_open());
    assert_eq!(Config::of_token(Some("secret")).err(), Some(WeakToken::Short));
}

#[test]
fn a_token_that_ended_or_was_taken_back_is_as_any_other() {
    let token = Token::fresh().unwrap();
    let (past, future) = (Timestamp::from_second(1).unwrap(), Timestamp::from_second(1 << 36).unwrap());
    let good = StaticToken::new("ci", token.digest());
    let with = |expires, is_revoked, until| {
        let secrets = vec![KnownSecret { digest: token.digest(), until }];
        let known = StaticToken { expires, is_revoked, secrets, ..good.clone() };
        let identity = Identity::new(Config {
            access: Access::Known(Known { tokens: vec![known], ..Known::default() }),
        });
        authenticate(&identity, &Credential::Bearer(token.clone()))
    };
    assert_eq!(with(Some(future), false, Some(future)).unwrap().kind(), PrincipalKind::Agent);
    for (refused, reason) in [
        (with(Some(past), false, None), "expired"),
        (with(None, false, Some(past)), "expired"),
        (with(None, true, None), "revoked"),
    ] {
        let refused = refused.unwrap_err();
        assert_eq!((refused.to_string().as_str(), refused.reason()), ("the caller is not known", reason));
    }
}

#[test]
fn the_local_user_is_known_by_name() {
    let identity = with_tokens(&[]);
    let principal = authenticate(&identity, &Credential::LocalUser("ana".to_owned())).unwrap();
    assert_eq!((principal.subject(), principal.groups()), ("local:ana", &["local".to_owned()][..]));
}
