//! Who is let in with what, and who is hung up on.

use super::*;

#[tokio::test]
async fn a_workload_is_known_by_its_certificate() {
    let setting = Setting::new();
    for are_required in [false, true] {
        let host = setting.host(Some(are_required)).await;
        let runner = setting.clients.workload(RUNNER);
        assert_eq!(send(&host, setting.client(Some(&runner)), None).await.unwrap(), StatusCode::OK);
        let other = setting.clients.workload("spiffe://example.org/ns/prod/sa/runner");
        let sent = send(&host, setting.client(Some(&other)), None).await.unwrap();
        assert_eq!(sent, StatusCode::UNAUTHORIZED, "trusted, and nobody");
    }
}

#[tokio::test]
async fn a_token_goes_before_a_certificate() {
    let setting = Setting::new();
    let host = setting.host(Some(false)).await;
    let (runner, other) = (setting.clients.workload(RUNNER), setting.clients.workload("spiffe://x/y"));
    let wrong = format!("Bearer {}", Token::fresh().unwrap().expose());
    for (pair, authorization, expected) in [
        (None, Some(setting.bearer()), StatusCode::OK),
        (Some(&other), Some(setting.bearer()), StatusCode::OK),
        (None, None, StatusCode::UNAUTHORIZED),
        (Some(&runner), Some(wrong), StatusCode::UNAUTHORIZED),
        (Some(&runner), Some("Basic YTpi".to_owned()), StatusCode::UNAUTHORIZED),
    ] {
        let sent = send(&host, setting.client(pair), authorization.as_deref()).await.unwrap();
        assert_eq!(sent, expected, "{:?} {authorization:?}", pair.map(|pair| &pair.certificate));
    }
}

#[tokio::test]
async fn whoever_is_not_vouched_for_gets_no_answer() {
    let setting = Setting::new();
    let mut expired = workload(RUNNER);
    (expired.not_before, expired.not_after) =
        (rcgen::date_time_ymd(2020, 1, 1), rcgen::date_time_ymd(2021, 1, 1));
    let mut early = workload(RUNNER);
    (early.not_before, early.not_after) =
        (rcgen::date_time_ymd(2900, 1, 1), rcgen::date_time_ymd(2901, 1, 1));
    let mut for_servers = workload(RUNNER);
    for_servers.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate().unwrap();
    let itself = workload(RUNNER).self_signed(&key).unwrap().pem();
    let pairs = [
        ("of another authority", Authority::new().workload(RUNNER)),
        ("of the authority of our own certificate", setting.servers.workload(RUNNER)),
        ("by itself", Pair { certificate: itself, key: key.serialize_pem() }),
        ("over", setting.clients.sign(&expired)),
        ("not yet good", setting.clients.sign(&early)),
        ("for servers", setting.clients.sign(&for_servers)),
    ];
    for are_required in [false, true] {
        let host = setting.host(Some(are_required)).await;
        for (why, pair) in &pairs {
            let sent = send(&host, setting.client(Some(pair)), Some(&setting.bearer())).await;
            is_hung_up(sent, why);
        }
        let none = send(&host, setting.client(None), Some(&setting.bearer())).await;
        if are_required {
            is_hung_up(none, "without a certificate");
        } else {
            assert_eq!(none.unwrap(), StatusCode::OK);
        }
    }
}

#[tokio::test]
async fn without_authorities_no_certificate_is_asked_for() {
    let setting = Setting::new();
    let host = setting.host(None).await;
    let runner = setting.clients.workload(RUNNER);
    let sent = send(&host, setting.client(Some(&runner)), None).await.unwrap();
    assert_eq!(sent, StatusCode::UNAUTHORIZED, "it is never shown");
    assert_eq!(send(&host, setting.client(None), Some(&setting.bearer())).await.unwrap(), StatusCode::OK);
    assert!(send(&host, client(&Authority::new(), None), None).await.is_err(), "clients find out who we are");
}

#[tokio::test]
async fn both_versions_of_http_are_spoken() {
    let setting = Setting::new();
    let host = setting.host(None).await;
    for (offered, taken) in [(&["h2", "http/1.1"][..], "h2"), (&["http/1.1"], "http/1.1")] {
        let mut client = setting.client(None);
        client.alpn_protocols = offered.iter().map(|name| name.as_bytes().to_vec()).collect();
        let stream = connect(&host, client).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(taken.as_bytes()));
        let uri = format!("https://localhost:{}/healthz", host.address.port());
        let request = Request::get(uri).header("host", format!("localhost:{}", host.address.port()));
        let (stream, request) = (TokioIo::new(stream), request.body(Full::<Bytes>::default()).unwrap());
        let response = if taken == "h2" {
            let (mut sender, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
            tokio::spawn(connection);
            sender.send_request(request).await.unwrap()
        } else {
            let (mut sender, connection) = http1::handshake(stream).await.unwrap();
            tokio::spawn(connection);
            sender.send_request(request).await.unwrap()
        };
        let version = if taken == "h2" { Version::HTTP_2 } else { Version::HTTP_11 };
        assert_eq!((response.status(), response.version()), (StatusCode::OK, version));
    }
    let mut client = setting.client(None);
    client.alpn_protocols = vec![b"smtp".to_vec()];
    assert!(connect(&host, client).await.is_err());
}

#[tokio::test]
async fn what_is_not_tls_is_hung_up_on() {
    let setting = Setting::new();
    let host = setting.host(None).await;
    let mut stream = TcpStream::connect(host.address).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer).await);
    assert!(!String::from_utf8_lossy(&answer).contains("HTTP"), "{answer:?}");
    assert_eq!(send(&host, setting.client(None), Some(&setting.bearer())).await.unwrap(), StatusCode::OK);
}

/// The time is tokio's, and runs when all wait.
#[tokio::test(start_paused = true)]
async fn who_says_nothing_is_not_waited_for() {
    let setting = Setting::new();
    // Nothing, and the beginning of a record that announces more than comes.
    for beginning in [&b""[..], b"\x16\x03\x01\x02\x00\x01"] {
        let host = setting.host(None).await;
        let mut stream = TcpStream::connect(host.address).await.unwrap();
        stream.write_all(beginning).await.unwrap();
        let begun = tokio::time::Instant::now();
        drop(stream.read_to_end(&mut Vec::new()).await);
        assert!(begun.elapsed() <= Duration::from_secs(30), "{:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn its_url_says_how_to_come() {
    let setting = Setting::new();
    for (tls, scheme) in [(None, "http"), (Some(setting.tls(None)), "https")] {
        let config = Config { listen: ([127, 0, 0, 1], 0).into(), tls, ..Config::default() };
        let server = Server::bind(config, &open()).await.unwrap();
        assert_eq!(server.url(), format!("{scheme}://{}/mcp", server.address()));
    }
}

#[tokio::test]
async fn where_anyone_may_come_in_a_certificate_lets_them_knock() {
    let setting = Setting::new();
    let config = Config { tls: Some(setting.tls(Some(true))), ..Config::default() };
    let host = Host::start(config, &open(), empty(&open())).await;
    let anybody = setting.clients.workload("spiffe://x/y");
    assert_eq!(send(&host, setting.client(Some(&anybody)), None).await.unwrap(), StatusCode::OK);
    let sent = send(&host, setting.client(Some(&anybody)), Some(&setting.bearer())).await.unwrap();
    assert_eq!(sent, StatusCode::UNAUTHORIZED, "a token that nobody can check");
    is_hung_up(send(&host, setting.client(None), None).await, "without a certificate");
}
