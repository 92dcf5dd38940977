//! Every form in one file, written by hand, with what each comes to.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use postern_upstreams::kubernetes::{Cluster, ClusterSeed, Pod, Seed, User};
use postern_upstreams::wire::ClientCertificates;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use super::kit::{Kit, Said, ask, ca};

const EXEC: &str = "client.authentication.k8s.io";

/// An identity token that expires in the year 2100.
fn id_token() -> String {
    let claims = URL_SAFE_NO_PAD.encode(json!({ "exp": 4_102_444_800_u64, "sub": "ana" }).to_string());
    format!("eyJhbGciOiJub25lIn0.{claims}.c2lnbmF0dXJl")
}

fn seed() -> Seed {
    let reader = |name: &str, token: &str| User::new(name).token(token).reader();
    let plain = ClusterSeed::new("plain")
        .with(Pod::new("shop", "web-of-plain"))
        .user(reader("file", "token-out-of-a-file"))
        .user(reader("program", "token-out-of-a-program"))
        .user(reader("person", &id_token()))
        .user(User::new("robot").token("token-of-a-robot").may("impersonate", "users", "*"))
        .user(User::new("jane").reader())
        .user(User::new("nobody").token("token-of-nobody"));
    let certified = ClusterSeed::new("certified")
        .without_users()
        .client_certificates(ClientCertificates::Optional)
        .http1_only()
        .with(Pod::new("shop", "web-of-certified"));
    let behind = ClusterSeed::new("behind")
        .base_path("/k8s/clusters/c-abc")
        .tls_server_name("kube.internal.example")
        .with(Pod::new("shop", "web-of-behind"));
    // Clusters in containers have the address that they are written with in their certificate.
    let container =
        ClusterSeed::new("container").tls_server_name("0.0.0.0").with(Pod::new("shop", "web-of-container"));
    let seed = Seed::new().cluster(plain).cluster(certified).cluster(behind).cluster(container);
    seed.cluster(ClusterSeed::new("dead"))
}

/// A proxy that takes CONNECT and nothing else; a wrong password is refused.
async fn proxy() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await.unwrap());
                }
                let head = String::from_utf8(head).unwrap();
                let to = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()).unwrap();
                if !head.contains(&STANDARD.encode("ana:password-of-the-proxy")) {
                    stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await.unwrap();
                    return;
                }
                let mut server = TcpStream::connect(to).await.unwrap();
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                let _ = copy_bidirectional(&mut stream, &mut server).await;
            });
        }
    });
    port
}

/// The kubeconfig, and all of it that must never be told.
async fn write(kit: &Kit) -> Vec<String> {
    let cluster = |name: &str| kit.fleet.cluster(name);
    let (plain, certified, behind, dead) =
        (cluster("plain"), cluster("certified"), cluster("behind"), cluster("dead"));
    let certificate = |user: &str| certified.client_certificate(User::new(user).reader()).unwrap();
    let (inline, filed, printed) = (certificate("inline"), certificate("filed"), certificate("printed"));
    let strange = dead.client_certificate(User::new("strange").reader()).unwrap();
    kit.write("ca.pem", plain.ca_pem());
    kit.write("client.pem", &filed.certificate_pem);
    kit.write("client.key", &filed.key_pem);
    kit.write("token", "token-out-of-a-file\n");
    kit.program("cloud-login");
    let status =
        json!({ "clientCertificateData": printed.certificate_pem, "clientKeyData": printed.key_pem });
    let printed_credential =
        json!({ "apiVersion": format!("{EXEC}/v1beta1"), "kind": "ExecCredential", "status": status });
    kit.write("printed.json", printed_credential.to_string());
    let text = format!(
        include_str!("every_form.yaml"),
        plain = plain.url(),
        plain_ca = ca(plain),
        plain_port = plain.address().port(),
        container_port = cluster("container").address().port(),
        container_ca = ca(cluster("container")),
        certified = certified.url(),
        certified_ca = ca(certified),
        behind = behind.url(),
        behind_ca = ca(behind),
        dead = dead.url(),
        dead_ca = ca(dead),
        proxy = proxy().await,
        inline = STANDARD.encode(&inline.certificate_pem),
        inline_key = STANDARD.encode(&inline.key_pem),
        strange = STANDARD.encode(&strange.certificate_pem),
        strange_key = STANDARD.encode(&strange.key_pem),
        id_token = id_token(),
        printed = kit.path("printed.json").display(),
    );
    kit.write("config", text);
    dead.stop();
    let keys = [inline, filed, printed, strange].map(|identity| {
        // A line of a key's middle: no two keys share it, and it is whole in every form of the key.
        identity.key_pem.lines().nth(1).unwrap().to_owned()
    });
    let tokens = [
        "plain-reader-token",
        "behind-reader-token",
        "token-out-of-a-file",
        "token-out-of-a-program",
        "token-of-a-robot",
        "token-of-nobody",
        "token-that-loses",
        "hunter2",
        "password-of-the-proxy",
        "secret-of-the-client",
        "token-of-a-cloud",
        "token-refused",
    ];
    tokens.map(str::to_owned).into_iter().chain(keys).chain([id_token()]).collect()
}

/// What every context comes to that needs no word of an operator.
#[track_caller]
fn common(said: &Said, plain: &Cluster) {
    for (context, pod) in [
        ("arn:aws:eks:eu-west-1:1234:cluster/token", "web-of-plain"),
        ("token-file", "web-of-plain"),
        ("certificate-data", "web-of-certified"),
        ("certificate-files", "web-of-certified"),
        ("ca-file", "web-of-plain"),
        ("server-name-and-path", "web-of-behind"),
        ("any-address", "web-of-container"),
        ("impersonating", "web-of-plain"),
        ("oidc", "web-of-plain"),
        ("proxied", "web-of-plain"),
        ("token-before-program", "web-of-plain"),
        ("password-beside-certificate", "web-of-certified"),
    ] {
        assert_eq!(said.pod(context), pod, "{context}");
    }
    for (context, words) in [
        ("forbidden", &["cannot list resource", "resources: [\"pods\"]"][..]),
        ("refused", &["refused the credentials, or they have expired"]),
        ("nobody", &["forbid"]),
        ("skip-and-ca", &["has a certificate authority and is told not to use it"]),
        ("gcp", &["auth provider `gcp`", "use `exec` with `gke-gcloud-auth-plugin`"]),
        ("azure", &["auth provider `azure`", "use `exec` with `kubelogin`"]),
        ("password", &["has a name and a password, which no API server accepts any more", "give it a token"]),
        ("dead", &["no connection", "refuses or cannot be reached"]),
        ("strange-server", &["not signed by an authority that it is configured with"]),
        ("strange-certificate", &["does not accept the client certificate"]),
        ("wrong-name", &["certificate is for another name"]),
        ("wrong-proxy", &["its proxy does not lead to it"]),
        ("no-such-user", &["names the user `nowhere`, which does not exist"]),
        ("no-such-cluster", &["names the cluster `nowhere`, which does not exist"]),
        ("no-user", &["names no user"]),
        ("no-such-file", &["token file `none` cannot be read: no such file"]),
        ("no-such-certificate", &["client certificate `none.pem` cannot be read: no such file"]),
        ("not-base64", &["certificate authority is not base64"]),
        ("not-a-url", &["server is not a URL"]),
        ("program-asking", &["wants to ask a person (`interactiveMode: Always`), and there is none"]),
        ("old-program", &["apiVersion `client.authentication.k8s.io/v1alpha1`", "v1beta1 can be used"]),
    ] {
        let error = said.error(context);
        for word in words {
            assert!(error.contains(word), "{context}: {error}");
        }
    }
    let users: Vec<_> = plain.requests().into_iter().map(|request| request.user).collect();
    assert!(users.iter().any(|user| user == "jane"), "{users:?}");
}

#[track_caller]
fn tells_nothing(said: &Said, secrets: &[String]) {
    for secret in secrets {
        let encoded = STANDARD.encode(secret);
        assert!(
            !said.whole.contains(secret.as_str()) && !said.whole.contains(&encoded),
            "{secret}: {}",
            said.whole
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_configuration_every_context_answers_or_says_why_not() {
    let kit = Kit::new(seed()).await;
    let secrets = write(&kit).await;
    let config = kit.list(&["config"]);
    let bench = kit.unconfigured(&config).await;
    let said = ask(&bench).await;
    common(&said, bench.fleet().cluster("plain"));
    for (context, words) in [
        (
            "program",
            r#"runs the command `cloud-login`, which the operator has not allowed; `exec = ["cloud-login"]` under `[plugin.upstream.cluster]` in postern.toml allows it"#,
        ),
        ("program-by-path", r#"`exec = ["./bin/cloud-login"]`"#),
        ("program-certificate", r#"`exec = ["cloud-login"]`"#),
        ("program-not-installed", r#"`exec = ["cloud-tool"]`"#),
        (
            "skip",
            r#"`insecure_skip_tls_verify = ["skip"]` under `[plugin.upstream.cluster]` in postern.toml accepts it"#,
        ),
        (
            "plaintext",
            r#"spoken to without TLS, which the operator has not accepted; `insecure_skip_tls_verify = ["plaintext"]`"#,
        ),
    ] {
        assert!(said.error(context).contains(words), "{context}: {}", said.error(context));
    }
    tells_nothing(&said, &secrets);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_operator_allows_by_name_answers_too() {
    let kit = Kit::new(seed()).await;
    let secrets = write(&kit).await;
    let config = kit.list(&["config"]);
    let upstream = r#"
        exec = ["cloud-login", "./bin/cloud-login", "cloud-tool"]
        insecure_skip_tls_verify = ["skip", "plaintext"]
    "#;
    let bench = kit.configured(&config, upstream).await;
    let said = ask(&bench).await;
    common(&said, bench.fleet().cluster("plain"));
    for (context, pod) in [
        ("program", "web-of-plain"),
        ("program-by-path", "web-of-plain"),
        ("program-certificate", "web-of-certified"),
        ("skip", "web-of-plain"),
    ] {
        assert_eq!(said.pod(context), pod, "{context}");
    }
    let missing = said.error("program-not-installed");
    assert!(
        missing.contains("runs the command `cloud-tool`, which is not installed where the host runs"),
        "{missing}"
    );
    // Allowed, and sent: the server that is there wants TLS.
    let plaintext = said.error("plaintext");
    assert!(
        ["does not speak HTTP", "broke off its answer"].iter().any(|words| plaintext.contains(words)),
        "{plaintext}"
    );
    tells_nothing(&said, &secrets);
}
