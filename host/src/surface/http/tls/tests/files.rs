//! What becomes of files that change, and of those that do not do.

use super::*;

#[tokio::test]
async fn renewed_files_are_taken_up_while_it_runs() {
    let setting = Setting::new();
    let host = setting.host(Some(true)).await;
    let (old, runner) = (setting.clients.workload(RUNNER), Authority::new());
    assert_eq!(send(&host, setting.client(Some(&old)), None).await.unwrap(), StatusCode::OK);
    let held = connect(&host, setting.client(Some(&old))).await.unwrap();

    let servers = Authority::new();
    setting.install(&servers.server());
    setting.write("clients.pem", &runner.0.pem());
    let pair = runner.workload(RUNNER);
    let renewed = async {
        while !send(&host, client(&servers, Some(&pair)), None).await.is_ok_and(|sent| sent == StatusCode::OK)
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, renewed).await.expect("the new files are never taken up");
    is_hung_up(send(&host, client(&servers, Some(&old)), None).await, "its authority was taken away");
    assert!(send(&host, setting.client(Some(&pair)), None).await.is_err(), "the old certificate is gone");

    // A connection that was there goes on.
    let (mut sender, connection) = http1::handshake(TokioIo::new(held)).await.unwrap();
    let _connection = AbortOnDropHandle::new(tokio::spawn(connection));
    let list = modern("tools/list", json!({}));
    assert_eq!(sender.send_request(body(host.post(&list), &list)).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn files_that_do_not_fit_together_change_nothing() {
    let setting = Setting::new();
    let handshakes = Handshakes::new(setting.tls(Some(true))).unwrap();
    let mut seen = Seen { digest: handshakes.digest, told: None };
    let first = handshakes.current.load_full();
    let (one, two) = (setting.servers.server(), setting.servers.server());
    let key = setting.path("tls.key").display().to_string();
    for (certificate, wrong, expected) in [
        (&one.certificate, two.key.as_str(), format!("the key in `{key}` is not that of the certificate")),
        (&one.certificate, "", format!("`{key}` is no private key in PEM")),
    ] {
        setting.install(&Pair { certificate: certificate.clone(), key: wrong.to_owned() });
        handshakes.look(&mut seen).await;
        assert_eq!(seen.told, Some(expected));
        assert!(Arc::ptr_eq(&handshakes.current.load_full(), &first));
    }
    fs::remove_file(setting.path("clients.pem")).unwrap();
    handshakes.look(&mut seen).await;
    assert!(seen.told.as_ref().is_some_and(|told| told.contains("clients.pem")), "{:?}", seen.told);

    setting.write("clients.pem", &setting.clients.0.pem());
    setting.install(&one);
    handshakes.look(&mut seen).await;
    assert_eq!(seen.told, None);
    let second = handshakes.current.load_full();
    assert!(!Arc::ptr_eq(&second, &first));
    setting.install(&one);
    handshakes.look(&mut seen).await;
    assert!(Arc::ptr_eq(&handshakes.current.load_full(), &second), "written anew, and the same");
}

#[tokio::test]
async fn files_that_do_not_do_stop_the_start() {
    let setting = Setting::new();
    let (certificate, key, authorities) =
        (setting.path("tls.crt"), setting.path("tls.key"), setting.path("clients.pem"));
    let good = setting.servers.server();
    for (name, text, expected) in [
        ("tls.crt", "", format!("`{}` holds no certificate in PEM", certificate.display())),
        ("tls.crt", good.key.as_str(), format!("`{}` holds no certificate in PEM", certificate.display())),
        ("tls.key", "", format!("`{}` is no private key in PEM", key.display())),
        ("tls.key", &good.certificate, format!("`{}` is no private key in PEM", key.display())),
        (
            "tls.key",
            &setting.servers.server().key,
            format!("the key in `{}` is not that of the certificate", key.display()),
        ),
        (
            "clients.pem",
            "",
            format!("`{}` holds no certificate of an authority in PEM", authorities.display()),
        ),
    ] {
        setting.install(&good);
        setting.write(name, text);
        let config = Config {
            listen: ([127, 0, 0, 1], 0).into(),
            tls: Some(setting.tls(Some(false))),
            ..Config::default()
        };
        let refused = Server::bind(config, &open()).await.unwrap_err();
        assert_eq!(refused.to_string(), expected);
    }
}
