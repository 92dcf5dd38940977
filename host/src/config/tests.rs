//! Files that are refused, each in a folder of `tests/config` with what is said about it; and some that are not.

use std::time::Duration;

use super::*;
use crate::authority::GrantedTargets;
use crate::egress::http::Credential;
use crate::egress::kubernetes::{self, Contexts, Source as Kubeconfig};

/// Set to anything, it makes the tests write what they would otherwise compare with.
const UPDATE: &str = "UPDATE_EXPECT";

fn embedded() -> Vec<Arc<Manifest>> {
    [
        ("kubernetes/plugin.toml", include_str!("fixtures/kubernetes.toml")),
        ("acme/plugin.toml", include_str!("fixtures/acme.toml")),
        ("palette/plugin.toml", include_str!("fixtures/palette.toml")),
    ]
    .into_iter()
    .map(|(name, text)| Arc::new(Manifest::parse(Source::new(name, text)).unwrap()))
    .collect()
}

fn environment() -> Environment {
    Environment::fixed([
        ("POSTERN_TOKEN", "hunter2-hunter2-hunter2"),
        ("ACME_TOKEN", "hunter2"),
        ("SHORT", "hunter2"),
        ("EMPTY", ""),
        ("BROKEN", "hunter2\r\nx-admin: 1"),
        ("HOME", "/nonexistent"),
    ])
}

fn parse(text: &str) -> Result<Config, String> {
    Config::parse(Source::new("postern.toml", text), &environment(), &embedded())
        .map_err(|faults| faults.to_string())
}

fn upstream<'a>(config: &'a Config, name: &str) -> &'a UpstreamConfig {
    config.upstreams.iter().find(|upstream| upstream.name == name).unwrap()
}

#[track_caller]
fn clusters(config: &Config) -> &kubernetes::Config {
    match &upstream(config, "cluster").kind {
        KindConfig::Kubernetes(kubernetes) => kubernetes,
        KindConfig::Http(_) | KindConfig::Palette(_) => panic!("of another kind"),
    }
}

/// What is said about the bad file in `folder`, with paths relative to it.
fn refusal(folder: &Path) -> String {
    let (plugin, postern) = (folder.join("plugin.toml"), folder.join("postern.toml"));
    let told = if plugin.exists() {
        let text = fs::read_to_string(&plugin).unwrap();
        Manifest::parse(Source::new(plugin, text)).map(drop).map_err(|faults| faults.to_string())
    } else {
        Config::load(&postern, &environment(), &embedded()).map(drop).map_err(|error| error.to_string())
    };
    match told {
        Ok(()) => panic!("{} was accepted", folder.display()),
        Err(told) => format!("{}\n", told.replace(&format!("{}/", folder.display()), "")),
    }
}

#[test]
fn every_bad_file_is_refused_in_the_words_beside_it() {
    #[expect(clippy::disallowed_methods, reason = "a switch of this test alone")]
    let update = std::env::var_os(UPDATE).is_some();
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/config");
    let mut folders: Vec<_> = fs::read_dir(cases).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let mut wrong = Vec::new();
    for folder in &folders {
        let told = refusal(folder);
        assert!(!told.contains("hunter2"), "{} tells a secret:\n{told}", folder.display());
        let beside = folder.join("expected.err");
        if update {
            fs::write(&beside, &told).unwrap();
        }
        if fs::read_to_string(&beside).unwrap_or_default() != told {
            wrong.push(format!("{} is told as\n{told}", folder.display()));
        }
    }
    assert!(folders.len() >= 100, "only {} cases were found", folders.len());
    assert!(wrong.is_empty(), "{UPDATE}=1 rewrites these:\n\n{}", wrong.join("\n"));
}

#[test]
fn a_whole_file_says_what_was_written() {
    let config = parse(
        r#"
[server]
listen = "0.0.0.0:0"
token = "env:POSTERN_TOKEN"
allowed_hosts = ["postern.example.com", "[::1]", "10.0.0.1"]
allowed_origins = ["https://chat.example.com", "http://localhost:3000"]
[sandbox]
deadline = "2m"
memory = "128MiB"
response = "64MiB"
concurrency = 8
[[plugin]]
name = "kubernetes"
[[plugin.grant]]
effects = ["read"]
targets = ["*"]
[[plugin.grant]]
capabilities = ["delete-pods"]
targets = ["lab"]
[plugin.upstream.cluster]
contexts = ["prod", "lab"]
exec = ["aws"]
insecure_skip_tls_verify = ["lab"]
private_networks = true
[[plugin]]
name = "acme"
settings = { page_size = 50, nested = { list = [1, "a", true, 1.5] } }
[[plugin.grant]]
capabilities = ["read-items"]
targets = ["main"]
[[plugin.upstream.site.target]]
name = "main"
base_url = "http://acme.example.com/api"
plaintext = true
credential = { header = "ApiKey", value = "env:ACME_TOKEN" }
"#,
    )
    .unwrap();
    assert_eq!(config.server.token.as_ref().unwrap().expose(), "hunter2-hunter2-hunter2");
    assert_eq!(config.server.allowed_hosts.len(), 3);
    assert_eq!(config.server.allowed_origins.len(), 2);
    assert_eq!(config.runtime.deadline, Duration::from_secs(120));
    assert_eq!(config.runtime.memory_bytes, 128 << 20);
    assert_eq!(config.runtime.instances, 8);
    assert_eq!(config.network.response_bytes, 64 << 20);
    assert!(config.runtime.transfer_bytes > 64 << 20, "a response of the largest size must cross");

    let [kubernetes, acme] = &config.plugins[..] else { panic!("{:?}", config.plugins) };
    assert_eq!(kubernetes.origin, Origin::Embedded);
    assert_eq!(kubernetes.grants["read-pods"], GrantedTargets::All);
    assert_eq!(kubernetes.grants["delete-pods"], GrantedTargets::Named(BTreeSet::from(["lab".to_owned()])));
    assert!(upstream(&config, "cluster").private_networks);
    let cluster = clusters(&config);
    assert!(matches!(&cluster.contexts, Contexts::Named(names) if *names == ["prod", "lab"]));
    assert_eq!(
        (&cluster.exec[..], &cluster.insecure[..]),
        (&["aws".to_owned()][..], &["lab".to_owned()][..])
    );
    let seen: Vec<_> = cluster.environment.keys().filter_map(|name| name.to_str()).collect();
    assert_eq!(seen, ["BROKEN", "EMPTY", "HOME", "SHORT"], "secrets of this file are kept from exec plugins");
    assert_eq!(
        serde_json::Value::from(acme.settings.clone()),
        serde_json::json!({"page_size": 50, "nested": {"list": [1, "a", true, 1.5]}})
    );
    assert!(!format!("{:?}", upstream(&config, "site")).contains("hunter2"));
    assert!(
        !format!("{config:?}").contains("hunter2"),
        "the whole of it, as a careless log line would have it"
    );
}

#[test]
fn what_is_not_said_has_safe_defaults() {
    let config = parse(
        "[[plugin]]\nname = \"kubernetes\"\n[[plugin.grant]]\neffects = [\"read\"]\ntargets = [\"a\"]\n",
    );
    let config = config.unwrap();
    assert!(config.server.listen.ip().is_loopback());
    assert!(config.server.token.is_none());
    assert_eq!(config.runtime, runtime::Limits::default());
    assert_eq!(config.network, egress::Limits::default());
    assert_eq!(config.lock, None);
    assert!(!upstream(&config, "cluster").private_networks);
    assert!(matches!(clusters(&config).contexts, Contexts::All));
    assert!(clusters(&config).environment.is_empty(), "nothing may run, so nothing needs to know");
}

#[test]
fn grants_of_one_capability_join() {
    let grants = |second: &str| {
        let text = format!(
            "[[plugin]]\nname = \"kubernetes\"\n[[plugin.grant]]\ncapabilities = [\"read-pods\"]\ntargets = [\"a\"]\n\
             [[plugin.grant]]\neffects = [\"read\"]\ntargets = [\"{second}\"]\n"
        );
        parse(&text).map(|config| config.plugins[0].grants["read-pods"].clone())
    };
    let both = BTreeSet::from(["a".to_owned(), "b".to_owned()]);
    assert_eq!(grants("b"), Ok(GrantedTargets::Named(both)));
    assert_eq!(grants("*"), Ok(GrantedTargets::All));
    assert!(grants("a").unwrap_err().contains("already"));
}

#[test]
fn without_a_file_clusters_can_be_read_and_nothing_else() {
    let config = Config::without_file(&environment(), &embedded()).unwrap();
    let [plugin] = &config.plugins[..] else { panic!("{:?}", config.plugins) };
    let names: Vec<&String> = plugin.grants.keys().collect();
    assert_eq!(names, ["read-pods"]);
    assert!(config.server.listen.ip().is_loopback());
}

#[test]
fn where_kubectl_would_look_is_taken_from_the_environment() {
    let source = |variables: &[(&str, &str)]| {
        let environment = Environment::fixed(variables.iter().copied());
        clusters(&Config::without_file(&environment, &embedded()).unwrap()).source.clone()
    };
    let Kubeconfig::Discover { kubeconfig_env, home, in_cluster } = source(&[]) else {
        panic!("not discovered")
    };
    assert!(kubeconfig_env.is_none() && home.is_none() && in_cluster.is_none());

    let everything = [
        ("KUBECONFIG", "/a:/b"),
        ("HOME", "/home/ada"),
        ("KUBERNETES_SERVICE_HOST", "10.0.0.1"),
        ("KUBERNETES_SERVICE_PORT", "443"),
    ];
    let Kubeconfig::Discover { kubeconfig_env, home, in_cluster } = source(&everything) else {
        panic!("not discovered")
    };
    assert_eq!(kubeconfig_env.unwrap(), "/a:/b");
    assert_eq!(home.unwrap(), Path::new("/home/ada"));
    assert_eq!(in_cluster.unwrap().host, "10.0.0.1");
}

#[test]
fn a_kubeconfig_that_is_named_is_the_only_one() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("lab.yaml"), "").unwrap();
    let text = "[[plugin]]\nname = \"kubernetes\"\n[[plugin.grant]]\neffects = [\"read\"]\ntargets = [\"*\"]\n\
         [plugin.upstream.cluster]\nkubeconfig = \"~/lab.yaml\"\n";
    let environment =
        Environment::fixed([("HOME", folder.path().to_str().unwrap()), ("KUBECONFIG", "/other")]);
    let config = Config::parse(Source::new("postern.toml", text), &environment, &embedded()).unwrap();
    let Kubeconfig::Files(files) = &clusters(&config).source else { panic!("not named") };
    assert_eq!(*files, [folder.path().join("lab.yaml")]);
}

#[test]
fn a_plugin_may_be_dropped_in_beside_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let plugin = folder.path().join("acme");
    fs::create_dir(&plugin).unwrap();
    fs::write(plugin.join("plugin.toml"), include_str!("fixtures/acme.toml")).unwrap();
    fs::write(plugin.join("acme.wasm"), "").unwrap();
    fs::write(folder.path().join("token"), "hunter2\r\n").unwrap();
    let path = folder.path().join("postern.toml");
    let text = r#"
[[plugin]]
path = "acme/plugin.toml"
[[plugin.grant]]
effects = ["read"]
targets = ["*"]
[[plugin.upstream.site.target]]
name = "main"
base_url = "https://acme.example.com"
credential = { bearer = "file:token" }
"#;
    fs::write(&path, text).unwrap();
    let config = Config::load(&path, &environment(), &[]).unwrap();
    assert_eq!(config.lock, Some(folder.path().join("postern.lock")));
    assert_eq!(config.plugins[0].origin, Origin::File(plugin.join("acme.wasm")));
    let KindConfig::Http(site) = &upstream(&config, "site").kind else { panic!("of another kind") };
    assert!(matches!(&site.targets[0].credential, Credential::Bearer(token) if token.expose() == "hunter2"));
}

#[test]
fn instances_of_palette_are_read_with_their_keys() {
    let config = parse(
        r#"
[[plugin]]
name = "palette"
[[plugin.grant]]
effects = ["read"]
targets = ["prod", "lab"]
[[plugin.upstream.instance.target]]
name = "prod"
base_url = "https://api.spectrocloud.com/"
api_key = "env:ACME_TOKEN"
attributes = { region = "eu" }
[[plugin.upstream.instance.target]]
name = "lab"
base_url = "http://palette.lab.example"
plaintext = true
api_key = "env:SHORT"
"#,
    )
    .unwrap();
    let KindConfig::Palette(palette) = &upstream(&config, "instance").kind else { panic!("of another kind") };
    let [prod, lab] = &palette.targets[..] else { panic!("{palette:?}") };
    assert_eq!((prod.name.as_str(), prod.api_key.expose(), prod.plaintext), ("prod", "hunter2", false));
    assert_eq!(prod.attributes, [("region".to_owned(), "eu".to_owned())]);
    assert_eq!((lab.name.as_str(), lab.plaintext, &lab.ca), ("lab", true, &None));
    assert!(!format!("{config:?}").contains("hunter2"));
    let egress = egress::Egress::new(config.egress()).unwrap();
    let names: Vec<_> = egress.targets("palette", "instance").iter().map(|it| it.name().to_owned()).collect();
    assert_eq!(names, ["prod", "lab"]);
}

#[test]
fn a_file_that_is_not_there_is_no_empty_file() {
    let missing = Path::new("/nonexistent/postern.toml");
    assert!(matches!(Config::load(missing, &environment(), &[]), Err(ConfigError::Read { .. })));
}
