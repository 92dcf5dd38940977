//! Where clusters are found, which are listed, and what happens when the files change.

use super::*;

fn names(egress: &Egress) -> Vec<String> {
    egress.targets("plugin", "server").iter().map(|target| target.name().to_owned()).collect()
}

fn attribute(target: &Target, name: &str) -> Option<String> {
    target.attributes().iter().find(|(other, _)| other == name).map(|(_, value)| value.clone())
}

#[tokio::test]
async fn contexts_are_targets_in_the_order_of_the_file() {
    let cluster = Cluster::new().await;
    let mut file = cluster.kubeconfig(json!({ "token": "token-of-a" }));
    file["contexts"] = json!([
        { "name": "z", "context": { "cluster": "cluster-a", "user": "user-a" } },
        { "name": "a", "context": { "cluster": "cluster-a", "user": "user-a", "namespace": "shop" } },
        { "name": "broken", "context": { "cluster": "nowhere", "user": "user-a" } },
    ]);
    let egress = cluster.egress(&file);
    assert_eq!(names(&egress), ["z", "a", "broken"]);
    let targets = egress.targets("plugin", "server");
    let url = cluster.url();
    let expected = [("default", "true"), ("namespace", "shop"), ("server", &url), ("auth", "token")];
    assert_eq!(targets[1].attributes(), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(attribute(&targets[0], "default").as_deref(), Some("false"));
    assert_eq!(attribute(&targets[0], "namespace").as_deref(), Some("default"));
    assert_eq!(targets[2].fault(), Some("its context names the cluster `nowhere`, which does not exist"));
    assert!(!format!("{targets:?}").contains("token-of-a"));
}

#[tokio::test]
async fn contexts_can_be_named() {
    let cluster = Cluster::new().await;
    let mut config = cluster.config(&cluster.kubeconfig(json!({ "token": "token-of-a" })));
    config.contexts = Contexts::Named(vec!["missing".to_owned(), "a".to_owned()]);
    let egress = egress(config);
    assert_eq!(names(&egress), ["missing", "a"]);
    let targets = egress.targets("plugin", "server");
    assert_eq!(targets[0].fault(), Some("no context has this name"));
    assert_eq!(targets[1].fault(), None);
}

#[tokio::test]
async fn a_broken_context_says_what_is_wrong() {
    let cluster = Cluster::new().await;
    let good = cluster.kubeconfig(json!({ "token": "token-of-a" }));
    for (pointer, value, expected) in [
        (
            "/contexts/0/context/cluster",
            json!("x"),
            "its context names the cluster `x`, which does not exist",
        ),
        ("/contexts/0/context/cluster", Value::Null, "its context names no cluster"),
        ("/contexts/0/context/user", json!("x"), "its context names the user `x`, which does not exist"),
        ("/clusters/0/cluster/server", Value::Null, "its cluster names no server"),
        (
            "/clusters/0/cluster/server",
            json!("https://a@b"),
            "its cluster's server is not a URL that can be used: the URL holds a user name or password; give credentials apart from it",
        ),
        (
            "/clusters/0/cluster/certificate-authority-data",
            json!("!"),
            "its certificate authority is not base64",
        ),
        (
            "/clusters/0/cluster/certificate-authority-data",
            json!("AAAA"),
            "its certificate authority holds no certificate in PEM",
        ),
        (
            "/users/0/user",
            json!({ "username": "a", "password": "b" }),
            "its user has a name and a password, which no API server accepts any more; give it a token, a client certificate or `exec`",
        ),
        (
            "/users/0/user",
            json!({ "auth-provider": { "name": "oidc" }, "exec": { "command": "x" } }),
            "its user has both `exec` and `auth-provider`",
        ),
        (
            "/users/0/user",
            json!({ "client-certificate-data": "AAAA" }),
            "its user has a client certificate and no key",
        ),
        (
            "/users/0/user",
            json!({ "client-key-data": "AAAA" }),
            "its user has a client key and no certificate",
        ),
        (
            "/users/0/user",
            json!({ "client-key-data": "/w==", "client-certificate-data": "AAAA" }),
            "its client key is not text",
        ),
        (
            "/users/0/user",
            json!({ "client-key-data": "YWE=", "client-certificate-data": "YWE=" }),
            "its client certificate holds no certificate in PEM",
        ),
        (
            "/users/0/user",
            json!({ "client-key": "none.pem", "client-certificate": "none.pem" }),
            "its client certificate `none.pem` cannot be read: no such file",
        ),
        (
            "/users/0/user",
            json!({ "as-groups": ["x"] }),
            "its user impersonates a uid, groups or extras, but no user",
        ),
        (
            "/users/0/user",
            json!({ "auth-provider": { "name": "gcp" } }),
            "its user has the auth provider `gcp`, which is no more; use `exec` with `gke-gcloud-auth-plugin`",
        ),
        (
            "/users/0/user",
            json!({ "auth-provider": { "name": "azure" } }),
            "its user has the auth provider `azure`, which is no more; use `exec` with `kubelogin`",
        ),
        (
            "/users/0/user",
            json!({ "auth-provider": { "name": "oidc" } }),
            "its user's auth provider lacks `idp-issuer-url`",
        ),
    ] {
        let mut file = good.clone();
        *file.pointer_mut(pointer).unwrap() = value;
        assert_eq!(unusable(&cluster, &file).await, expected);
    }
    for (field, value, expected) in [
        (
            "insecure-skip-tls-verify",
            json!(true),
            "its cluster has a certificate authority and is told not to use it",
        ),
        ("tls-server-name", json!("a b"), "its cluster's `tls-server-name` is not a host name"),
        (
            "proxy-url",
            json!("ftp://proxy:1"),
            "its cluster's `proxy-url` is not one of http, https or socks5 with a host",
        ),
    ] {
        let mut file = good.clone();
        file["clusters"][0]["cluster"][field] = value;
        assert_eq!(unusable(&cluster, &file).await, expected);
    }
}

#[tokio::test]
async fn insecure_clusters_need_the_operators_word() {
    let cluster = Cluster::new().await;
    let user = json!({ "token": "token-of-a" });
    let skip = file(json!({ "server": cluster.url(), "insecure-skip-tls-verify": true }), user.clone());
    let remedy =
        "`insecure_skip_tls_verify = [\"a\"]` under `[plugin.upstream.server]` in postern.toml accepts it";
    let expected =
        format!("its cluster's certificate is not verified, which the operator has not accepted; {remedy}");
    assert_eq!(unusable(&cluster, &skip).await, expected);
    let mut config = cluster.config(&skip);
    config.insecure = vec!["a".to_owned()];
    assert!(get(&egress(config)).await.is_ok());

    let plain = Server::plain(|_| async { ok() }).await;
    let open = file(json!({ "server": plain.url() }), user);
    let other = Cluster::new().await;
    let expected =
        format!("its cluster is spoken to without TLS, which the operator has not accepted; {remedy}");
    assert_eq!(unusable(&other, &open).await, expected);
    let mut config = other.config(&open);
    config.insecure = vec!["a".to_owned()];
    assert!(get(&egress(config)).await.is_ok());
}

#[tokio::test]
async fn the_servers_prefix_and_name_and_relative_files_are_kept() {
    let cluster = Cluster::new().await;
    cluster.write("ca.pem", cluster.authority.pem());
    let server = format!("https://127.0.0.1:{}/k8s/clusters/c-1/", cluster.server.port());
    let by_file = json!({ "server": server, "certificate-authority": "ca.pem" });
    let error = cluster.get(&file(by_file.clone(), json!({ "token": "token-of-a" }))).await.unwrap_err();
    assert_eq!(error.to_string(), "no trust with target `a`: its certificate is for another name");
    let mut named = by_file;
    named["tls-server-name"] = json!("localhost");
    cluster.get(&file(named, json!({ "token": "token-of-a" }))).await.unwrap();
    assert_eq!(cluster.server.seen()[0].target, "/k8s/clusters/c-1/x/a");
}

fn kubernetes(config: Config) -> Kubernetes {
    let wiring = Wiring {
        authenticator: Default::default(),
        told: Default::default(),
        sessions: Default::default(),
        plugin: "plugin".to_owned(),
        upstream: "server".to_owned(),
        networks: Networks::Private,
        limits: Limits::default(),
        resolve: Answers::new(&[&["127.0.0.1"]]),
        redactor: Redactor::default(),
        manner: Default::default(),
    };
    Kubernetes::new(config, wiring).unwrap()
}

/// The names, each with whether it has the very endpoint that it had in `before`.
fn kept(kubernetes: &Kubernetes, before: &[Target]) -> Vec<(String, bool)> {
    kubernetes.with_state(|state| kubernetes.refresh(state));
    let same = |target: &Target| {
        let old = before.iter().find(|old| old.name() == target.name()).map(|old| old.endpoint().unwrap());
        old.is_some_and(|old| Arc::ptr_eq(old, target.endpoint().unwrap()))
    };
    kubernetes.targets().iter().map(|target| (target.name().to_owned(), same(target))).collect()
}

#[tokio::test]
async fn changed_files_are_read_again_and_what_did_not_change_is_kept() {
    let cluster = Cluster::new().await;
    cluster.write("ca.pem", cluster.authority.pem());
    let mut file = cluster.kubeconfig(json!({ "token": "token-of-a" }));
    file["clusters"][0]["cluster"] = json!({ "server": cluster.url(), "certificate-authority": "ca.pem" });
    let kubernetes = kubernetes(cluster.config(&file));
    let before = kubernetes.targets();
    assert_eq!(kept(&kubernetes, &before), [("a".to_owned(), true)]);

    // A second context: the first keeps its connections.
    file["contexts"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "name": "b", "context": { "cluster": "cluster-a", "user": "user-b" } }));
    file["users"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "name": "user-b", "user": { "token": "token-of-b" } }));
    cluster.write("config", file.to_string());
    assert_eq!(kept(&kubernetes, &before), [("a".to_owned(), true), ("b".to_owned(), false)]);

    // A broken file changes nothing, nor does one that is gone; the next good one is taken.
    let before = kubernetes.targets();
    cluster.write("config", "clusters: {");
    assert_eq!(kept(&kubernetes, &before), [("a".to_owned(), true), ("b".to_owned(), true)]);
    fs::remove_file(cluster.path("config")).unwrap();
    assert_eq!(kept(&kubernetes, &before), [("a".to_owned(), true), ("b".to_owned(), true)]);
    file["users"][0]["user"]["token"] = json!("other-token-of-a");
    cluster.write("config", file.to_string());
    assert_eq!(kept(&kubernetes, &before), [("a".to_owned(), false), ("b".to_owned(), true)]);

    // A file that the kubeconfig names counts as well.
    let before = kubernetes.targets();
    cluster.write("ca.pem", Authority::new().pem());
    assert_eq!(kept(&kubernetes, &before), [("a".to_owned(), false), ("b".to_owned(), false)]);
    let redactor = &kubernetes.wiring.redactor;
    assert_eq!(redactor.redact("token-of-a other-token-of-a"), "[redacted] [redacted]");
}

#[tokio::test]
async fn files_that_cannot_be_read_stop_the_start() {
    let cluster = Cluster::new().await;
    let start = |source| {
        Egress::new(crate::egress::Config {
            upstreams: vec![UpstreamConfig {
                plugin: "plugin".to_owned(),
                name: "server".to_owned(),
                kind: KindConfig::Kubernetes(Config { source, ..config() }),
                private_networks: true,
            }],
            limits: Limits::default(),
        })
    };
    let shown = |error: crate::egress::ConfigError| std::error::Error::source(&error).unwrap().to_string();
    let path = cluster.path("config");
    let missing = start(Source::Files(vec![path.clone()])).unwrap_err();
    assert_eq!(
        shown(missing),
        format!("no kubeconfig exists at `{}`; set `KUBECONFIG` to the one to use", path.display())
    );
    cluster.write("config", "contexts:\n- {name: a}\n- {nam: b}\n");
    let broken = shown(start(Source::Files(vec![path.clone()])).unwrap_err());
    assert!(
        broken.starts_with(&format!("kubeconfig {}:3:4: missing field `name`", path.display())),
        "{broken}"
    );
    // Of several files, those that do not exist are passed over.
    cluster.write("config", "contexts: []\n");
    assert!(start(Source::Files(vec![cluster.path("none"), path])).is_ok());
}

#[tokio::test]
async fn clusters_are_looked_for_as_kubectl_does() {
    let cluster = Cluster::new().await;
    let mut second = cluster.kubeconfig(json!({ "token": "token-of-b" }));
    second["contexts"][0]["name"] = json!("b");
    let first = cluster.write("first", cluster.kubeconfig(json!({ "token": "token-of-a" })).to_string());
    let second = cluster.write("second", second.to_string());
    let discover = |kubeconfig_env: Option<OsString>, in_cluster| {
        let home = Some(cluster.directory.path().to_owned());
        egress(Config { source: Source::Discover { kubeconfig_env, home, in_cluster }, ..config() })
    };
    let both = std::env::join_paths([first.clone(), cluster.path("none"), second]).unwrap();
    assert_eq!(names(&discover(Some(both), None)), ["a", "b"]);
    assert_eq!(names(&discover(None, None)), ["kubeconfig"]);
    fs::create_dir(cluster.path(".kube")).unwrap();

    let account = || {
        cluster.write("ca.crt", cluster.authority.pem());
        cluster.write("token", "token-of-pod\n");
        cluster.write("namespace", "apps\n");
        let (host, port) = ("localhost".to_owned(), cluster.server.port().to_string());
        Some(InCluster { host, port, directory: cluster.directory.path().to_owned() })
    };
    let inside = discover(None, account());
    assert_eq!(names(&inside), ["in-cluster"]);
    let target = inside.targets("plugin", "server").remove(0);
    assert_eq!(attribute(&target, "namespace").as_deref(), Some("apps"));
    assert_eq!(attribute(&target, "default").as_deref(), Some("true"));
    get(&inside).await.unwrap();
    assert_eq!(cluster.server.seen()[0].header("authorization"), Some("Bearer token-of-pod"));

    fs::rename(first, cluster.path(".kube/config")).unwrap();
    assert_eq!(names(&discover(None, account())), ["a"]);
}
