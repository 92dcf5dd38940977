//! Tests of redacting.

use super::redact;

#[track_caller]
fn check(text: &str, expected: &str) {
    let redacted = redact(text);
    assert_eq!(redacted.text, expected);
    assert_eq!(usize::try_from(redacted.count).unwrap(), expected.matches("[redacted]").count());
}

#[track_caller]
fn kept(text: &str) {
    check(text, text);
}

#[test]
fn private_keys_go_from_their_first_line_to_their_last() {
    check("a\n-----BEGIN PRIVATE KEY-----\nMIIB\nVgIB\n-----END PRIVATE KEY-----\nb", "a\n[redacted]\nb");
    check(
        r#"{"key":"-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----\n","n":1}"#,
        r#"{"key":"[redacted]\n","n":1}"#,
    );
    check("x -----BEGIN EC PRIVATE KEY-----\nMIIBVgIBADANBg\n", "x [redacted]");
    check(
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY----------BEGIN PRIVATE KEY-----\nMII",
        "[redacted][redacted]",
    );
    kept("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
}

#[test]
fn tokens_go_by_their_shape() {
    check("t eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl z", "t [redacted] z");
    check("id AKIAIOSFODNN7EXAMPLE.", "id [redacted].");
    check("id AKIAIOSFODNN7EXAMPLE ok", "id [redacted] ok");
    check("pat ghp_abcdefghijklmnopqrstuvwxyz0123", "pat [redacted]");
    check("Authorization: Bearer abcdef0123456789abcdef", "Authorization: Bearer [redacted]");
    check("authorization: Basic dXNlcjpwYXNzd29yZA==", "authorization: Basic [redacted]");
    kept("a bearer of good news, basic auth is off, Bearer token required");
    kept("image sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
}

#[test]
fn values_go_by_the_name_before_them() {
    check("    client-key-data: LS0tLS1CRUdJTiBSU0E=\n", "    client-key-data: [redacted]\n");
    check("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG", "aws_secret_access_key = [redacted]");
    check(r#"{"password":"hunter2 two","user":"a"}"#, r#"{"password":"[redacted]","user":"a"}"#);
    check("PGPASSWORD=x psql", "PGPASSWORD=[redacted] psql");
    check("token: abcdefghijklmnop", "token: [redacted]");
    check("AccountKey=abc+def/==;EndpointSuffix=x", "AccountKey=[redacted];EndpointSuffix=x");
    kept("token: expired");
    kept("password: the field is required");
    kept("password: ${DB_PASSWORD}");
    kept("secretName: web-tls");
    kept("the password of the database was rotated");
    kept("key: value, keyboard: us");
    kept("client-certificate-data: LS0tLS1CRUdJTg==");
}

#[test]
fn passwords_go_from_addresses() {
    check("postgres://app:s3cret@db:5432/x", "postgres://app:[redacted]@db:5432/x");
    check(
        "see amqp://u:p@ss@mq and http://host:8080/@x",
        "see amqp://u:[redacted]@mq and http://host:8080/@x",
    );
    kept("https://user@host/path ssh://git@github.com");
}

#[test]
fn much_of_anything_takes_time_in_step_with_its_length() {
    // Each of these would be quadratic to a scanner that looks back or looks for an end again and again.
    for unit in [
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN ",
        "password: ",
        "://",
        "a:b@",
        "eyJ.",
        "bearer ",
        "\"",
        "x",
    ] {
        let text = unit.repeat(300_000 / unit.len());
        assert!(redact(&text).text.len() <= text.len() * 2, "{unit}");
    }
}
