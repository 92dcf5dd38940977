//! Whom a connection trusts, and as whom it comes.

use super::server::{self, Server, ok};
use super::*;

#[tokio::test]
async fn tls_is_verified_and_speaks_http_2() {
    let directory = tempfile::tempdir().unwrap();
    let authority = server::Authority::new();
    let server = Server::tls(authority.server(&["localhost"], false), |_| async { ok() }).await;
    let (_, call, target) = with(config(vec![secure(&directory, &authority, server.port())]), here());
    for _ in 0..5 {
        assert_eq!(code(&call, &target, "GET /x/a").await, "ok");
    }
    assert_eq!(server.connections(), 1);
    assert_eq!(server.seen()[0].version, wire::Version::HTTP_2);
}

#[tokio::test]
async fn a_server_that_is_not_trusted_sees_no_request() {
    let directory = tempfile::tempdir().unwrap();
    let (ours, theirs) = (server::Authority::new(), server::Authority::new());
    for (config_of, names, reason) in [
        (&theirs, "localhost", "its certificate is not signed by an authority that it is configured with"),
        (&ours, "other.example", "its certificate is for another name"),
    ] {
        let server = Server::tls(config_of.server(&[names], false), |_| async { ok() }).await;
        let mut wanted = secure(&directory, &ours, server.port());
        wanted.credential = http::Credential::Bearer(Secret::new("token-of-a".to_owned()));
        let (_, call, target) = with(config(vec![wanted]), here());
        let error = call.send("use", &target, request("GET /x/a")).await.unwrap_err();
        assert_eq!(error.code(), "egress.tls");
        assert_eq!(error.to_string(), format!("no trust with target `a`: {reason}"));
        assert!(server.seen().is_empty());
    }
    // The system's roots do not vouch for a test's authority either.
    let server = Server::tls(ours.server(&["localhost"], false), |_| async { ok() }).await;
    let mut wanted = secure(&directory, &ours, server.port());
    wanted.ca = None;
    let (_, call, target) = with(config(vec![wanted]), here());
    assert!(["egress.tls", "egress.unavailable"].contains(&code(&call, &target, "GET /x/a").await));
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn the_very_certificate_that_is_configured_is_trusted_though_it_is_an_authority() {
    let directory = tempfile::tempdir().unwrap();
    let (_, other) = server::Authority::itself("localhost", 3000);
    for (name, until, instead, expected) in [
        ("localhost", 3000, None, None),
        (
            "localhost",
            3000,
            Some(other),
            Some("its certificate is an authority's own, and not one that it is configured with"),
        ),
        ("other.example", 3000, None, Some("its certificate is for another name")),
        ("localhost", 2001, None, Some("its certificate has expired")),
    ] {
        let (pem, shown) = server::Authority::itself(name, until);
        let server = Server::tls(instead.unwrap_or(shown), |_| async { ok() }).await;
        let mut wanted = target("a", format!("https://localhost:{}", server.port()));
        let ca = directory.path().join("ca.pem");
        std::fs::write(&ca, pem).unwrap();
        (wanted.ca, wanted.plaintext) = (Some(ca), false);
        let (_, call, target) = with(config(vec![wanted]), here());
        let sent = call.send("use", &target, request("GET /x/a")).await;
        let said = sent.map(|response| response.status).map_err(|error| error.to_string());
        match expected {
            None => assert_eq!(said, Ok(200)),
            Some(reason) => assert_eq!(said, Err(format!("no trust with target `a`: {reason}"))),
        }
        assert_eq!(server.seen().is_empty(), expected.is_some());
    }
}

#[tokio::test]
async fn a_client_certificate_is_shown() {
    let directory = tempfile::tempdir().unwrap();
    let authority = server::Authority::new();
    let server = Server::tls(authority.server(&["localhost"], true), |_| async { ok() }).await;
    let mut wanted = secure(&directory, &authority, server.port());
    let (_, call, target) = with(config(vec![wanted.clone()]), here());
    let error = call.send("use", &target, request("GET /x/a")).await.unwrap_err();
    // The alert may be lost when the server has closed before the request is written.
    assert!(["egress.tls", "egress.protocol"].contains(&error.code()), "{error}");
    assert!(server.seen().is_empty());

    let (chain, key) = authority.sign(&["someone"]);
    let paths = ["chain.pem", "key.pem"].map(|name| directory.path().join(name));
    std::fs::write(&paths[0], chain).unwrap();
    std::fs::write(&paths[1], &key).unwrap();
    let [chain, key_path] = paths;
    wanted.certificate = Some(http::ClientCertificate { chain, key: key_path });
    let (egress, call, target) = with(config(vec![wanted]), here());
    assert_eq!(code(&call, &target, "GET /x/a").await, "ok");
    assert!(server.seen()[0].certificate.is_some());
    assert!(egress.secrets().redact(&key).contains("[redacted]"));
}
