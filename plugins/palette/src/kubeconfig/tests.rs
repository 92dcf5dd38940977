//! What kubeconfigs become, and which texts are none.

use super::*;

/// A file of one cluster, whose names are those of every other.
const ONE: &str = "apiVersion: v1\nkind: Config\ncurrent-context: admin@a\nclusters:\n- name: a\n  cluster:\n    server: https://a.example.test:6443\n    certificate-authority-data: MTIz\ncontexts:\n- name: admin@a\n  context: {cluster: a, user: admin}\nusers:\n- name: admin\n  user:\n    exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: kubectl, args: [oidc-login, \"--a=b c\", '012', 'yes']}\n";

fn parse(text: &str) -> Kubeconfig {
    Kubeconfig::parse(text).unwrap()
}

#[test]
fn what_is_written_reads_as_it_was() {
    let config = parse(ONE).named("prod-a");
    let yaml = config.to_yaml();
    assert!(parse(&yaml) == config, "{yaml}");
    assert!(yaml.contains("- name: prod-a") || yaml.contains("name: prod-a\n"), "{yaml}");
    assert!(yaml.contains("\"012\"") && yaml.contains("\"yes\""), "{yaml}");
    let odd =
        json!({"a": {"b": [], "c": {}, "d": [1, [2], {"e": "x\ny", "- f": "#"}]}, "g": "", "h": "a: b"});
    let read: Value = serde_saphyr::from_str(&emit::yaml(&odd)).unwrap();
    assert_eq!(read, odd, "{}", emit::yaml(&odd));
}

#[test]
fn everything_is_named_by_instance_and_cluster() {
    let config = parse(ONE).named(&base("prod", "shop eu/1"));
    assert_eq!(config.contexts(), ["prod-shop-eu-1"]);
    assert_eq!(config.current.as_deref(), Some("prod-shop-eu-1"));
    let context = &config.list("contexts")[0].value;
    assert_eq!((&context["cluster"], &context["user"]), (&json!("prod-shop-eu-1"), &json!("prod-shop-eu-1")));
    assert_eq!(config.access(), "oidc");
    let two = ONE.replace("users:\n", "users:\n- name: other\n  user: {token: x}\n");
    let config = parse(&two).named("b");
    assert_eq!(config.list("users")[1].name, "b-admin");
    assert_eq!(config.list("contexts")[0].value["user"], "b-admin");
}

#[test]
fn several_meet_without_a_clash() {
    let part = |base: &str| (base.to_owned(), parse(ONE));
    let whole = Kubeconfig::merged(vec![part("p-a"), part("p-a"), part("p-b"), part("p-a-2")]);
    assert_eq!(whole.contexts(), ["p-a", "p-a-2", "p-b", "p-a-2-2"]);
    assert_eq!(whole.list("users").len(), 4);
    assert_eq!(whole.current.as_deref(), Some("p-a"));
    let again = parse(&whole.to_yaml());
    for context in again.list("contexts") {
        assert_eq!(context.value["cluster"], context.name.as_str());
        assert_eq!(context.value["user"], context.name.as_str());
    }
}

#[test]
fn both_forms_of_a_file_are_read() {
    assert_eq!(decode(ONE.as_bytes()), Ok(ONE.to_owned()));
    let encoded = STANDARD.encode(ONE);
    assert_eq!(decode(encoded.as_bytes()), Ok(ONE.to_owned()));
    let (head, tail) = encoded.split_at(76);
    assert_eq!(decode(format!("{head}\n{tail}\n").as_bytes()), Ok(ONE.to_owned()));
}

#[test]
fn what_is_no_kubeconfig_is_refused() {
    for refused in ["", "hunter2", "aGVsbG8g4pyTIGh", "\u{0}"] {
        let read = decode(refused.as_bytes()).and_then(|text| Kubeconfig::parse(&text));
        assert!(read.is_err(), "{refused}");
    }
    assert_eq!(decode(&[0xff, 0xfe]), Err(Malformed::Yaml));
    assert_eq!(decode(&vec![b'a'; MOST_BYTES + 1]), Err(Malformed::Size));
    for (text, wrong) in [
        ("a: [", Malformed::Yaml),
        ("a: b", Malformed::Shape),
        ("clusters: []\ncontexts: []\nusers: []", Malformed::Shape),
        ("clusters: [{name: 1}]\ncontexts: [x]\nusers: [x]", Malformed::Shape),
    ] {
        assert_eq!(Kubeconfig::parse(text).map(drop), Err(wrong), "{text}");
    }
    let dangling = ONE.replace("user: admin}", "user: root}");
    assert_eq!(Kubeconfig::parse(&dangling).map(drop), Err(Malformed::Dangling));
}

#[test]
fn nothing_secret_is_shown_by_debug() {
    let text = ONE.replace("    exec:", "    token: hunter2\n    exec:");
    assert!(!format!("{:?}", parse(&text)).contains("hunter2"));
}

#[test]
fn tokens_say_when_they_expire() {
    let token = format!("x.{}.y", URL_SAFE_NO_PAD.encode(r#"{"exp":1893456000}"#));
    let text = ONE.replace("    exec:", &format!("    token: {token}\n    exec:"));
    assert_eq!(parse(&text).expires().map(|at| at.as_second()), Some(1_893_456_000));
    assert_eq!(parse(ONE).expires(), None);
    assert_eq!(parse(&text.replace(&token, "opaque")).expires(), None);
}

#[test]
fn private_servers_are_known() {
    for private in [
        "https://10.0.0.5:6443",
        "https://192.168.1.1",
        "https://[fd00::1]:6443",
        "https://x.local/",
        "https://localhost:1",
    ] {
        assert!(is_private(private), "{private}");
    }
    for public in ["https://8.8.8.8:6443", "https://a.proxy.example.test:443/x", "https://[2001:db8::1]", ""]
    {
        assert!(!is_private(public), "{public}");
    }
}
