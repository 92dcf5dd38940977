//! Who a request comes as: tokens, certificates, impersonation, proxies, identity providers.

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::egress::tests::server::reply;

/// Answers 401 to all but these tokens.
fn only(tokens: &'static [&'static str]) -> impl Fn(Seen) -> std::future::Ready<Reply> + Send + Sync {
    move |seen| {
        let token = seen.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let known = token.is_some_and(|token| tokens.contains(&token));
        std::future::ready(if known { ok() } else { reply(401, &[], "who are you") })
    }
}

#[tokio::test]
async fn a_token_is_sent_and_a_refused_one_is_not_sent_twice() {
    let cluster = Cluster::answering(only(&["token-of-a"])).await;
    assert_eq!(cluster.get(&cluster.kubeconfig(json!({ "token": "token-of-a" }))).await.unwrap().status, 200);
    assert_eq!(
        cluster.get(&cluster.kubeconfig(json!({ "token": "wrong-token" }))).await.unwrap().status,
        401
    );
    assert_eq!(cluster.server.seen().len(), 2);
    assert_eq!(cluster.get(&cluster.kubeconfig(json!({}))).await.unwrap().status, 401);
    assert_eq!(cluster.server.seen()[2].header("authorization"), None);
}

#[tokio::test]
async fn a_token_file_wins_over_a_token_and_is_read_again_after_a_401() {
    let cluster = Cluster::answering(only(&["first-token", "third-token"])).await;
    let path = cluster.write("token", "first-token\n");
    let egress = cluster.egress(&cluster.kubeconfig(json!({ "token": "wrong-token", "tokenFile": "token" })));
    assert_eq!(get(&egress).await.unwrap().status, 200);
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    fs::write(&path, "third-token").unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    // It looks the same, so the old token is sent; the server knows it still.
    assert_eq!(get(&egress).await.unwrap().status, 200);
    assert_eq!(cluster.server.seen()[1].header("authorization"), Some("Bearer first-token"));
    assert_eq!(egress.secrets().redact("first-token"), "[redacted]");
}

#[tokio::test]
async fn after_a_401_the_file_is_read_and_the_request_sent_once_more() {
    let cluster = Cluster::answering(only(&["second-token"])).await;
    let path = cluster.write("token", "first-token");
    let egress = cluster.egress(&cluster.kubeconfig(json!({ "tokenFile": "token" })));
    // Refused, read again, refused: no third time.
    assert_eq!(get(&egress).await.unwrap().status, 401);
    assert_eq!(cluster.server.seen().len(), 2);
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    fs::write(&path, "second-token").unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    assert_eq!(get(&egress).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_client_certificate_comes_from_data_or_files() {
    let authority = Authority::new();
    let server = Server::tls(authority.server(&["localhost"], true), |_| async { ok() }).await;
    let cluster = Cluster { server, authority, directory: tempfile::tempdir().unwrap() };
    let (chain, key) = cluster.authority.sign(&["someone"]);
    let data = json!({ "client-certificate-data": STANDARD.encode(&chain), "client-key-data": STANDARD.encode(&key) });
    let egress = cluster.egress(&cluster.kubeconfig(data));
    assert_eq!(egress.targets("plugin", "server")[0].attributes()[3].1, "client-certificate");
    get(&egress).await.unwrap();
    cluster.write("chain.pem", &chain);
    cluster.write("key.pem", &key);
    let files = json!({ "client-certificate": "chain.pem", "client-key": "key.pem" });
    cluster.get(&cluster.kubeconfig(files)).await.unwrap();
    let seen = cluster.server.seen();
    assert!(seen[0].certificate.is_some() && seen[0].certificate == seen[1].certificate);
    // Of the key nothing is left but its last line break.
    assert_eq!(egress.secrets().redact(&STANDARD.encode(&key)), "[redacted]Cg==");
}

#[tokio::test]
async fn impersonation_becomes_headers() {
    let cluster = Cluster::new().await;
    let user = json!({
        "token": "token-of-a", "as": "jane", "as-uid": "7", "as-groups": ["dev", "ops"],
        "as-user-extra": { "scopes": ["view"], "Acme.com/x": ["1", "2"] },
    });
    cluster.get(&cluster.kubeconfig(user)).await.unwrap();
    let seen = cluster.server.seen().remove(0);
    let all = |name: &str| {
        seen.headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(all("impersonate-user"), ["jane"]);
    assert_eq!(all("impersonate-uid"), ["7"]);
    assert_eq!(all("impersonate-group"), ["dev", "ops"]);
    assert_eq!(all("impersonate-extra-scopes"), ["view"]);
    assert_eq!(all("impersonate-extra-acme.com%2fx"), ["1", "2"]);
}

fn jwt(expires: Timestamp) -> String {
    let claims = URL_SAFE_NO_PAD.encode(json!({ "exp": expires.as_second() }).to_string());
    format!("eyJhbGciOiJub25lIn0.{claims}.c2lnbmF0dXJl")
}

#[tokio::test]
async fn an_identity_token_is_renewed_at_its_issuer() {
    let hour = SignedDuration::from_hours(1);
    let (old, new) = (jwt(Timestamp::now() - hour), jwt(Timestamp::now() + hour));
    let issued = new.clone();
    let cluster = Cluster::answering(move |seen| {
        let answer = match seen.target.as_str() {
            "/dex/.well-known/openid-configuration" => {
                json!({ "token_endpoint": format!("https://{}/dex/token", seen.host) })
            }
            "/dex/token" => json!({ "id_token": issued, "refresh_token": "next-refresh-token" }),
            _ => json!({}),
        };
        async move { reply(200, &[], answer.to_string()) }
    })
    .await;
    let provider = |id: &str, refresh: Option<&str>| {
        let mut config = json!({
            "idp-issuer-url": format!("{}/dex", cluster.url()),
            "idp-certificate-authority-data": cluster.ca(),
            "client-id": "post ern",
            "client-secret": "client-secret-1",
            "id-token": id,
        });
        if let Some(refresh) = refresh {
            config["refresh-token"] = json!(refresh);
        }
        json!({ "auth-provider": { "name": "oidc", "config": config } })
    };
    let egress = cluster.egress(&cluster.kubeconfig(provider(&old, Some("first-refresh-token"))));
    get(&egress).await.unwrap();
    get(&egress).await.unwrap();
    let seen = cluster.server.seen();
    let targets: Vec<_> = seen.iter().map(|seen| seen.target.as_str()).collect();
    assert_eq!(targets, ["/dex/.well-known/openid-configuration", "/dex/token", "/x/a", "/x/a"]);
    assert_eq!(
        seen[1].body,
        "grant_type=refresh_token&refresh_token=first%2Drefresh%2Dtoken&client_id=post%20ern"
    );
    let basic = STANDARD.encode("post%20ern:client%2Dsecret%2D1");
    assert_eq!(seen[1].header("authorization"), Some(format!("Basic {basic}").as_str()));
    assert_eq!(seen[3].header("authorization"), Some(format!("Bearer {new}").as_str()));
    let secrets = format!("{new} {old} first-refresh-token next-refresh-token client-secret-1");
    assert_eq!(egress.secrets().redact(&secrets), ["[redacted]"; 5].join(" "));

    // Good still: not renewed. Expired and nothing to renew with: said.
    cluster.get(&cluster.kubeconfig(provider(&new, None))).await.unwrap();
    let error = cluster.get(&cluster.kubeconfig(provider(&old, None))).await.unwrap_err();
    let why = "target `a` cannot be used: its user's identity token has expired and there is no refresh token; log in again";
    assert_eq!((error.code(), error.to_string().as_str()), ("egress.unavailable", why));
}

/// A proxy that understands CONNECT or SOCKS 5, as its first byte says, and sends everything to `port`.
async fn proxy(port: u16) -> Server {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    Server::accepting(move |mut stream, _, _| async move {
        let first = stream.read_u8().await.unwrap();
        if first == 5 {
            let mut hello = [0; 2];
            stream.read_exact(&mut hello[..1]).await.unwrap();
            let mut methods = vec![0; usize::from(hello[0])];
            stream.read_exact(&mut methods).await.unwrap();
            assert_eq!(methods, [2], "user and password");
            stream.write_all(&[5, 2]).await.unwrap();
            let mut login = vec![0; 1 + 1 + 4 + 1 + 6];
            stream.read_exact(&mut login).await.unwrap();
            assert_eq!(login, b"\x01\x04jane\x06p@ss 1");
            stream.write_all(&[1, 0]).await.unwrap();
            let mut ask = vec![0; 5];
            stream.read_exact(&mut ask).await.unwrap();
            assert_eq!(ask[3], 3, "by name");
            let mut rest = vec![0; usize::from(ask[4]) + 2];
            stream.read_exact(&mut rest).await.unwrap();
            stream.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 1]).await.unwrap();
        } else {
            let mut head = vec![first];
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
            assert!(head.starts_with("connect cluster.invalid:6443 "), "{head}");
            assert!(
                head.contains(
                    &format!("proxy-authorization: basic {}", STANDARD.encode("jane:p@ss 1"))
                        .to_ascii_lowercase()
                ),
                "{head}"
            );
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        }
        let mut cluster = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut stream, &mut cluster).await;
    })
    .await
}

#[tokio::test]
async fn a_cluster_is_reached_through_its_proxy() {
    let cluster = Cluster::new().await;
    let proxy = proxy(cluster.server.port()).await;
    for scheme in ["http", "socks5"] {
        let mut file = cluster.kubeconfig(json!({ "token": "token-of-a" }));
        file["clusters"][0]["cluster"]["server"] = json!("https://cluster.invalid:6443");
        file["clusters"][0]["cluster"]["tls-server-name"] = json!("localhost");
        file["clusters"][0]["cluster"]["proxy-url"] =
            json!(format!("{scheme}://jane:p%40ss%201@127.0.0.1:{}", proxy.port()));
        assert_eq!(cluster.get(&file).await.unwrap().status, 200, "{scheme}");
    }
    assert_eq!((proxy.connections(), cluster.server.seen().len()), (2, 2));
    // The proxy's own address is judged, and a literal behind it.
    let mut file = cluster.kubeconfig(json!({ "token": "token-of-a" }));
    file["clusters"][0]["cluster"]["proxy-url"] = json!("http://169.254.169.254:3128");
    assert_eq!(cluster.get(&file).await.unwrap_err().code(), "egress.denied.address");
    file["clusters"][0]["cluster"]["proxy-url"] = json!(proxy.url());
    file["clusters"][0]["cluster"]["server"] = json!("https://169.254.169.254");
    assert_eq!(cluster.get(&file).await.unwrap_err().code(), "egress.denied.address");
    assert_eq!(proxy.connections(), 2);
}
