//! What counts as a secret, and what only talks of one.

use super::{of, within};
use crate::configuration::settings::{Rules, Settings};

fn settings() -> Settings {
    let text = "version: 1\nsettings:\n  clouds: []\n  kubernetes: {newest: 1.37, supported: 1.35}\n  environments: {}\n  public_names: [PUBLIC_TOKEN]\n  secret_names: [PIN_*]\n";
    Rules::read("t.yaml", text).unwrap().settings
}

#[track_caller]
fn check(name: &str, value: &str, secret: bool) {
    assert_eq!(of(name, value, &settings()).is_some(), secret, "{name}");
}

#[test]
fn names_announce_secrets() {
    for name in [
        "PASSWORD",
        "DB_PASSWORD",
        "dbPassword",
        "API_KEY",
        "apiKey",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "GITHUB_TOKEN",
        "client-secret",
        "SECRET",
        "MYSQL_PASS",
        "PIN_A",
    ] {
        check(name, "hunter2", true);
    }
    for name in [
        "PASSWORD_FILE",
        "SECRET_NAME",
        "TOKEN_URL",
        "tokenExpirationSeconds",
        "KEYBOARD",
        "MONKEY",
        "COMPASS",
        "PUBLIC_TOKEN",
        "SECRET_REF",
        "LOG_LEVEL",
    ] {
        check(name, "hunter2", false);
    }
}

#[test]
fn values_that_stand_for_others_are_none() {
    for value in
        ["", "$(OTHER)", "${PASSWORD}", "{{ .Values.x }}", "****", "true", "/run/secrets/x", "vault:a#b"]
    {
        check("PASSWORD", value, false);
    }
    check("PASSWORD", "changeme", true);
}

#[test]
fn shapes_tell_whatever_the_name() {
    // Put together here, so that no scanner takes this file for a leak.
    let aws = format!("AKIA{}", "Q7PLX4RT2MN8VB1C");
    let jwt = format!("eyJ{0}.eyJ{0}.{0}", "hbGciOiJIUzI1NiJ9");
    for value in [
        aws.as_str(),
        jwt.as_str(),
        "postgres://shop:hunter2@db/shop",
        "-----BEGIN RSA PRIVATE KEY-----\nabc",
        "q8Zt3Lk0Vb7Nx2Wm5Rj9Hc4Ys6Dg1FpA",
    ] {
        check("SETTING", value, true);
    }
    for value in [
        "postgres://db/shop",
        "postgres://shop:$(PW)@db/shop",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "registry.example.com/team/app",
        "aVeryLongCamelCaseNameWithoutAnyDigitsInIt",
        "-----BEGIN CERTIFICATE-----",
    ] {
        check("SETTING", value, false);
    }
}

#[test]
fn files_are_read_line_by_line() {
    let settings = settings();
    assert!(within("a: 1\ndb:\n  password: hunter2\n", &settings).is_some());
    assert!(within("spring.datasource.password=hunter2\n", &settings).is_some());
    assert!(within("{\n  \"apiKey\": \"hunter2\",\n", &settings).is_some());
    assert!(within("# password: hunter2\npassword: ${PASSWORD}\nlog: info\n", &settings).is_none());
    assert!(within("existingSecret:\n  name: db\ntoken:\n  ttl: 5m\n", &settings).is_none());
}
