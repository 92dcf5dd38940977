//! A file of tokens, read and changed.

use std::time::Duration;

use expect_test::{Expect, expect};
use futures::FutureExt as _;
use jiff::Timestamp;
use tempfile::TempDir;

use super::*;
use crate::identity::{Access, Audience, Config, Credential, Identity, Known, Refused, Token};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn file() -> (TempDir, TokenFile) {
    let folder = tempfile::tempdir().unwrap();
    let file = TokenFile::new(folder.path().join("tokens.toml"));
    (folder, file)
}

fn new(name: &str) -> NewToken {
    NewToken {
        name: name.to_owned(),
        kind: PrincipalKind::Service,
        groups: vec!["deployers".to_owned()],
        expires: Some(90 * DAY),
        restrictions: None,
    }
}

fn make(file: &TokenFile, change: Change) -> Option<Token> {
    file.change(&change, Timestamp::now()).unwrap()
}

/// Whether the file knows the token: `good`, or why not.
fn says(file: &TokenFile, token: &Token) -> &'static str {
    let tokens = file.read().unwrap().into_iter().map(|listed| listed.token).collect();
    let known = Known { tokens, ..Known::default() };
    let identity = Identity::new(Config { access: Access::Known(known) });
    let (credential, audience) = (Credential::Bearer(token.clone()), Audience::default());
    let answer = identity.authenticate(&credential, &audience).now_or_never().unwrap();
    answer.map_or_else(Refused::reason, |_| "good")
}

#[test]
fn a_token_is_made_replaced_and_taken_back() {
    let (_folder, file) = file();
    let first = make(&file, Change::Create(new("ci"))).unwrap();
    assert_eq!(says(&file, &first), "good");
    let second = make(&file, Change::Rotate { name: "ci".to_owned(), overlap: DAY }).unwrap();
    assert_eq!((says(&file, &first), says(&file, &second)), ("good", "good"), "for a day");
    let third = make(&file, Change::Rotate { name: "ci".to_owned(), overlap: Duration::ZERO }).unwrap();
    assert_eq!((says(&file, &first), says(&file, &second)), ("unknown", "expired"), "never more than two");
    assert_eq!(make(&file, Change::Revoke("ci".to_owned())).map(|_| ()), None);
    assert_eq!(says(&file, &third), "revoked");
    let again = file.change(&Change::Rotate { name: "ci".to_owned(), overlap: DAY }, Timestamp::now());
    assert!(again.unwrap_err().to_string().contains("create another one"));
}

#[test]
fn what_was_made_is_read_again() {
    let (_folder, file) = file();
    let names = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    let restrictions = vec![
        Restriction {
            plugin: "kubernetes".to_owned(),
            capabilities: names(&["read-logs"]),
            targets: names(&["lab"]),
        },
        Restriction { plugin: "palette".to_owned(), capabilities: None, targets: None },
    ];
    make(&file, Change::Create(NewToken { restrictions: Some(restrictions.clone()), ..new("ci") }));
    make(&file, Change::Create(NewToken { restrictions: Some(Vec::new()), ..new("none") }));
    let listed = file.read().unwrap();
    let principal = listed[0].token.principal();
    assert_eq!((principal.subject(), principal.kind()), ("token:ci", PrincipalKind::Service));
    assert_eq!(principal.restrictions(), Some(&restrictions[..]));
    assert!(listed[0].token.expires.unwrap() > Timestamp::now());
}

#[test]
fn what_people_wrote_stays() {
    let (_folder, file) = file();
    make(&file, Change::Create(new("ci")));
    let text = format!("# Ask ana before you change this.\n{}", fs::read_to_string(file.path()).unwrap());
    fs::write(file.path(), &text).unwrap();
    make(&file, Change::Create(new("cd")));
    let now = fs::read_to_string(file.path()).unwrap();
    assert!(now.starts_with(&text), "{now}");
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, file) = file();
    make(&file, Change::Create(new("ci")));
    assert_eq!(fs::metadata(file.path()).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o644)).unwrap();
    let refused = file.read().unwrap_err().to_string();
    assert!(refused.contains("mode 0644") && refused.contains("chmod 600"), "{refused}");
    assert!(file.change(&Change::Revoke("ci".to_owned()), Timestamp::now()).is_err());
}

#[test]
fn no_name_stands_for_two() {
    let (_folder, file) = file();
    make(&file, Change::Create(new("ci")));
    let refused = |change| file.change(&change, Timestamp::now()).unwrap_err().to_string();
    assert!(refused(Change::Create(new("ci"))).contains("rotate"));
    assert!(refused(Change::Create(new("C I"))).contains("no name for a token"));
    assert_eq!(refused(Change::Revoke("cd".to_owned())), "there is no token `cd`; there is `ci`");
}

#[track_caller]
fn check(text: &str, expected: Expect) {
    let faults = parse(Source::new("tokens.toml", text)).err().map(|faults| faults.to_string());
    expected.assert_eq(&faults.unwrap_or_else(|| "it was read".to_owned()));
}

#[test]
fn faults_are_told_with_their_places() {
    let digest = "0".repeat(64);
    check("", expect!["it was read"]);
    check(
        "[[token]]\nname = \"ci\"\nsha256 = \"postern_secret\"\n",
        expect![
            "tokens.toml:3:10: a digest is 64 hexadecimal digits in lower case; `postern token` writes it"
        ],
    );
    check(
        &format!(
            "[[token]]\nname = \"C I\"\nkind = \"robot\"\nexpires = \"soon\"\nsha256 = \"{digest}\"\nfoo = 1\n\
             [token.replaced]\nsha256 = \"{digest}\"\n[[token.access_restrictions]]\ntargets = [\"lab\"]\n"
        ),
        expect![[r#"
            tokens.toml:2:8: `C I` is no name for a token: write 1 to 64 lower-case letters, digits, `-`, `_` and `.`
            tokens.toml:3:8: `robot` is no kind of caller; write `user`, `agent` or `service`
            tokens.toml:4:11: `soon` is no time; write one such as `2027-02-19T08:00:00Z`
            tokens.toml:6:1: `[[token]]` has no field `foo`
              help: it takes `name`, `kind`, `groups`, `created`, `expires`, `revoked`, `sha256`, `replaced` or `access_restrictions`
            tokens.toml:7:1: `[token.replaced]` has no `until`
            tokens.toml:9:1: `[[token.access_restrictions]]` has no `plugin`"#]],
    );
    check(
        &format!(
            "[[token]]\nname = \"ci\"\nsha256 = \"{digest}\"\n[[token.access_restrictions]]\nplugin = \"a\"\n\
             [[token.access_restrictions]]\nplugin = \"a\"\n[[token]]\nname = \"ci\"\nsha256 = \"{digest}\"\n"
        ),
        expect![[r#"
            tokens.toml:7:10: `a` is restricted twice
            tokens.toml:9:8: another token is named `ci` already"#]],
    );
}
