//! What the host fetches for itself is held to the rules of every request.

use super::server::{self, Server, ok, reply};
use super::*;

async fn get(networks: Networks, ca: Option<&[u8]>, url: &str) -> Result<bytes::Bytes, String> {
    let outbound = Outbound::new(ca, networks).unwrap();
    outbound.get(url).await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_document_is_fetched_without_any_credential() {
    let server = Server::plain(|_| async { ok() }).await;
    let url = format!("http://{}/realm/keys", server.address);
    assert!(get(Networks::Private, None, &url).await.is_ok());
    let seen = server.seen().remove(0);
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("GET", "/realm/keys"));
    assert_eq!((seen.header("authorization"), seen.header("accept")), (None, Some("application/json")));
}

#[tokio::test]
async fn everything_else_is_refused() {
    let refusing = Server::plain(|_| async { reply(403, &[], "") }).await;
    let url = format!("http://{}/keys", refusing.address);
    let networks = Networks::Private;
    assert!(get(networks, None, &url).await.unwrap_err().contains("status 403"));
    let seen = refusing.seen().len();
    for (networks, url, why) in [
        (Networks::Public, url.as_str(), "private"),
        (networks, "http://issuer.example/keys", "write `https://`"),
        (networks, "http://10.0.0.1/keys", "write `https://`"),
        (networks, "ftp://127.0.0.1/keys", "URL"),
        (networks, "https://user:secret@issuer.example/keys", "URL"),
        (networks, "not a url", "URL"),
    ] {
        let told = get(networks, None, url).await.unwrap_err();
        assert!(told.contains(why) || networks == Networks::Public, "{url}: {told}");
        assert!(!told.contains("secret"), "{told}");
    }
    assert_eq!(refusing.seen().len(), seen, "nothing more arrived");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = Server::plain(|_| async { ok() }).await;
    let to = format!("http://{}/", other.address);
    let server = Server::plain(move |_| {
        let answer = reply(302, &[("location", &to)], "");
        async { answer }
    })
    .await;
    let url = format!("http://{}/keys", server.address);
    assert!(get(Networks::Private, None, &url).await.unwrap_err().contains("status 302"));
    assert!(other.seen().is_empty());
}

#[tokio::test]
async fn a_server_must_be_trusted() {
    let (ours, theirs) = (server::Authority::new(), server::Authority::new());
    for (signed_by, trusted) in [(&ours, true), (&theirs, false)] {
        let server = Server::tls(signed_by.server(&["localhost"], false), |_| async { ok() }).await;
        let url = format!("https://localhost:{}/keys", server.port());
        let answer = get(Networks::Private, Some(ours.pem().as_bytes()), &url).await;
        assert_eq!(answer.is_ok(), trusted, "{answer:?}");
        assert_eq!(server.seen().is_empty(), !trusted);
    }
}
