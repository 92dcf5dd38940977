//! Tokens of an authorization server, as clients bring them: what they open, and what the refused are told.

use postern::identity::{Change, NewToken, TokenFile};
use postern_upstreams::issuer::Issuer;
use serde_json::{Value, json};

use crate::served::{Answer, Served};

const PUBLIC: &str = "https://postern.example";

/// Readers read, operators may look at logs too; nobody else may do anything.
const POLICIES: &str = r#"
@id("logs") permit (principal in Postern::Group::"operators", action in Postern::Action::"read", resource);
@id("pods") permit (principal in Postern::Group::"readers",
    action in [Postern::Action::"kubernetes/list_pods", Postern::Action::"kubernetes/list_namespaces"], resource);
@id("token") permit (principal in Postern::Group::"static", action in Postern::Action::"read", resource);
"#;

struct Bench {
    issuer: Issuer,
    served: Served,
    /// A token that is good for another plugin alone, and one that is good for this one.
    restricted: [String; 2],
}

impl Bench {
    async fn new() -> Self {
        let issuer = Issuer::start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), issuer.ca()).unwrap();
        std::fs::create_dir(folder.path().join("policies")).unwrap();
        std::fs::write(folder.path().join("policies/all.cedar"), POLICIES).unwrap();
        let file = TokenFile::new(folder.path().join("tokens.toml"));
        let restricted = ["palette", "kubernetes"].map(|plugin| {
            let new = NewToken {
                name: format!("only-{plugin}"),
                kind: postern::call::PrincipalKind::Service,
                groups: vec!["static".to_owned()],
                expires: None,
                restrictions: Some(vec![postern::call::Restriction {
                    plugin: plugin.to_owned(),
                    capabilities: None,
                    targets: None,
                }]),
            };
            let made = file.change(&Change::Create(new), jiff::Timestamp::now()).unwrap();
            made.unwrap().expose().to_owned()
        });
        let text = format!(
            r#"
            [server]
            public_url = "{PUBLIC}"
            [[server.endpoint]]
            name = "triage"
            include = [{{ plugin = "kubernetes", tools = ["list_*"] }}]
            audience = "api://triage"
            scopes = ["triage"]
            [identity]
            tokens = "tokens.toml"
            [[identity.issuer]]
            name = "corp"
            issuer = "{issuer}"
            algorithms = ["ES256"]
            kind = "user"
            ca = "ca.pem"
            private_networks = true
            [[identity.issuer.scope]]
            name = "mcp:read"
            groups = ["readers"]
            [[identity.issuer.scope]]
            name = "mcp:logs"
            groups = ["operators"]
            [[identity.issuer.scope]]
            name = "mcp:unrelated"
            groups = ["others"]
            [[plugin]]
            name = "kubernetes"
            [[plugin.grant]]
            effects = ["read"]
            targets = ["*"]
            [plugin.upstream.cluster]
            kubeconfig = "kubeconfig"
            private_networks = true
            "#,
            issuer = issuer.url(),
        );
        let served = Served::start(folder, &text).await;
        Self { issuer, served, restricted }
    }

    /// A good token for the endpoint at `path`.
    fn token(&self, path: &str, scope: &str) -> String {
        self.issuer.sign(&self.issuer.claims(&format!("{PUBLIC}{path}"), scope), &json!({}))
    }

    async fn call(&self, path: &str, token: &str, tool: &str, arguments: Value) -> Answer {
        self.served.ask(path, token, "tools/call", json!({"name": tool, "arguments": arguments})).await
    }

    async fn names(&self, path: &str, token: &str) -> Vec<String> {
        let answer = self.served.ask(path, token, "tools/list", json!({})).await;
        let message = answer.message();
        let tools = message["result"]["tools"].as_array().unwrap_or_else(|| panic!("{}", answer.body));
        tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
    }
}

fn logs() -> Value {
    json!({"cluster": "prod", "namespace": "shop", "name": "web-0"})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_of_the_issuer_opens_what_its_scopes_are_worth() {
    let bench = Bench::new().await;
    let reader = bench.token("/mcp", "mcp:read");
    assert_eq!(bench.names("/mcp", &reader).await, ["kubernetes_list_namespaces", "kubernetes_list_pods"]);
    let answer = bench.call("/mcp", &reader, "kubernetes_list_pods", json!({"cluster": "prod"})).await;
    assert!(answer.body.contains("web-0"), "{}", answer.body);
    let arrived = bench.served.fleet.cluster("prod").requests();
    assert!(!arrived.is_empty());
    let passed_on = |request: &postern_upstreams::record::Recorded| {
        request.headers.values().any(|value| String::from_utf8_lossy(value.as_bytes()).contains(&reader))
    };
    assert!(!arrived.iter().any(passed_on), "a caller's token never travels on");
    let operator = bench.token("/mcp", "mcp:read mcp:logs");
    let answer = bench.call("/mcp", &operator, "kubernetes_get_pod_logs", logs()).await;
    assert_eq!(answer.message()["result"]["isError"], json!(false), "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_lacks_a_scope_is_told_all_that_are_needed() {
    let bench = Bench::new().await;
    let reader = bench.token("/mcp", "mcp:read");
    let before = bench.served.fleet.cluster("prod").requests().len();
    let answer = bench.call("/mcp", &reader, "kubernetes_get_pod_logs", logs()).await;
    assert_eq!(answer.status, 403, "{}", answer.body);
    assert_eq!(
        answer.header("www-authenticate").unwrap(),
        "Bearer error=\"insufficient_scope\", \
         resource_metadata=\"https://postern.example/.well-known/oauth-protected-resource/mcp\", \
         scope=\"mcp:read mcp:logs\""
    );
    // What no scope would show, and what does not exist, are unknown alike.
    for tool in ["kubernetes_none", "nothing", ""] {
        let answer = bench.call("/mcp", &reader, tool, json!({})).await;
        assert_eq!(answer.refusal().1, Some(-32602), "{tool}: {}", answer.body);
    }
    let uri = "k8s://prod/summary";
    let answer = bench.served.ask("/mcp", &reader, "resources/read", json!({"uri": uri})).await;
    assert_eq!(answer.status, 403, "{}", answer.body);
    assert_eq!(bench.served.fleet.cluster("prod").requests().len(), before, "nothing arrived");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_asks_for_its_own_audience_and_scopes() {
    let bench = Bench::new().await;
    let everywhere = "mcp:read triage";
    for (path, audience, scope, status) in [
        ("/mcp/triage", "api://triage", everywhere, 200),
        ("/mcp/triage", "api://triage", "mcp:read", 403),
        ("/mcp/triage", "https://postern.example/mcp/triage", everywhere, 401),
        ("/mcp/triage", "https://postern.example/mcp", everywhere, 401),
        ("/mcp", "api://triage", everywhere, 401),
        ("/mcp/kubernetes", "https://postern.example/mcp", everywhere, 401),
        ("/mcp/kubernetes", "https://postern.example/mcp/kubernetes", everywhere, 200),
        ("/api/mcp-actions/v1", "https://postern.example/api/mcp-actions/v1", everywhere, 200),
        ("/api/mcp-actions/v1/triage", "api://triage", everywhere, 200),
        ("/mcp", "https://postern.example", everywhere, 401),
    ] {
        let token = bench.issuer.sign(&bench.issuer.claims(audience, scope), &json!({}));
        let answer = bench.served.ask(path, &token, "tools/list", json!({})).await;
        assert_eq!(answer.status, status, "{path} {audience} {scope}: {}", answer.body);
        if status == 403 {
            let challenge = answer.header("www-authenticate").unwrap();
            assert!(challenge.contains("insufficient_scope") && challenge.contains("scope=\"triage\""));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_not_known_is_told_where_to_get_a_token_and_nothing_else() {
    let bench = Bench::new().await;
    let expired = {
        let mut claims = bench.issuer.claims(&format!("{PUBLIC}/mcp"), "mcp:read");
        claims["exp"] = json!(jiff::Timestamp::now().as_second() - 61);
        bench.issuer.sign(&claims, &json!({}))
    };
    let elsewhere = bench.token("/mcp/kubernetes", "mcp:read");
    let mut answers = vec![bench.served.send("POST /mcp", &[], "{}").await];
    for token in ["", "x", "a.b.c", "postern_0123456789", &expired, &elsewhere, &"x".repeat(64 * 1024 - 600)]
    {
        let bearer = format!("Bearer {token}");
        answers.push(bench.served.send("POST /mcp", &[("authorization", &bearer)], "{}").await);
    }
    let good = bench.token("/mcp", "mcp:read");
    let asked = format!("POST /mcp?access_token={good}");
    answers.push(bench.served.send(&asked, &[], "{}").await);
    let first = answers[0].header("www-authenticate").unwrap().to_owned();
    assert_eq!(
        first,
        "Bearer realm=\"postern\", \
         resource_metadata=\"https://postern.example/.well-known/oauth-protected-resource/mcp\", \
         scope=\"mcp:read\""
    );
    for answer in &answers {
        let told = (answer.status, answer.header("www-authenticate"), answer.body.as_str());
        assert_eq!(told, (401, Some(first.as_str()), "a valid credential is needed\n"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metadata_says_who_issues_tokens_and_for_what() {
    let bench = Bench::new().await;
    let get = async |path: &str| {
        bench.served.send(&format!("GET /.well-known/oauth-protected-resource{path}"), &[], "").await
    };
    for (path, resource, scopes) in [
        ("", "/mcp", json!(["mcp:read", "mcp:logs", "mcp:unrelated"])),
        ("/mcp", "/mcp", json!(["mcp:read", "mcp:logs", "mcp:unrelated"])),
        ("/mcp/triage", "/mcp/triage", json!(["triage", "mcp:read", "mcp:logs", "mcp:unrelated"])),
        ("/api", "/api", json!(["mcp:read", "mcp:logs", "mcp:unrelated"])),
        ("/api/kubernetes", "/api/kubernetes", json!(["mcp:read", "mcp:logs", "mcp:unrelated"])),
        ("/mcp/none", "/mcp/none", json!(["mcp:read", "mcp:logs", "mcp:unrelated"])),
    ] {
        let answer = get(path).await;
        let metadata = answer.message();
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(metadata["resource"], format!("{PUBLIC}{resource}"), "{path}");
        assert_eq!(metadata["authorization_servers"], json!([bench.issuer.url()]));
        assert_eq!(metadata["bearer_methods_supported"], json!(["header"]));
        assert_eq!(metadata["scopes_supported"], scopes, "{path}");
    }
    for path in ["/", "/healthz", "/mcp/", "/mcp/a/b", "/mcp/%2e%2e", "/other"] {
        assert_eq!(get(path).await.status, 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restricted_token_is_told_where_it_is_good_for_nothing() {
    let bench = Bench::new().await;
    let [palette, kubernetes] = &bench.restricted;
    for path in ["/mcp/kubernetes", "/mcp/triage", "/mcp"] {
        let answer = bench.served.ask(path, palette, "tools/list", json!({})).await;
        assert_eq!(answer.status, 403, "{path}: {}", answer.body);
        assert!(answer.header("www-authenticate").unwrap().contains("insufficient_scope"));
        let answer = bench.served.ask(path, kubernetes, "tools/list", json!({})).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    }
    bench.served.fleet.assert_untouched();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plain_http_has_an_audience_for_each_plugin() {
    let bench = Bench::new().await;
    let ask = async |token: &str, line: &str, body: &str| {
        bench.served.send(line, &[("authorization", &format!("Bearer {token}"))], body).await
    };
    let (pods, prod) = ("POST /api/kubernetes/tools/list_pods", r#"{"cluster": "prod"}"#);
    for (path, line, status) in [
        ("/api/kubernetes", pods, 200),
        ("/api/palette", pods, 401),
        ("/api", pods, 401),
        ("/mcp/kubernetes", pods, 401),
        ("/api", "GET /openapi.json", 200),
        ("/api/kubernetes", "GET /openapi.json", 401),
        ("/mcp", "GET /openapi.json", 401),
    ] {
        let answer = ask(&bench.token(path, "mcp:read"), line, if line == pods { prod } else { "" }).await;
        assert_eq!(answer.status, status, "{path} {line}: {}", answer.body);
        if status == 401 {
            let resource = if line == pods { "/api/kubernetes" } else { "/api" };
            let challenge = answer.header("www-authenticate").unwrap();
            let expected =
                format!("resource_metadata=\"{PUBLIC}/.well-known/oauth-protected-resource{resource}\"");
            assert!(challenge.contains(&expected), "{challenge}");
            assert_eq!(answer.problem(), (401, "token.needed".to_owned()));
        }
    }
    // Whoever lacks a scope is told which, whatever else is wrong with the request.
    let reader = bench.token("/api/kubernetes", "mcp:read");
    let answer = ask(&reader, "POST /api/kubernetes/tools/get_pod_logs", "[").await;
    assert_eq!(answer.problem(), (403, "token.scope".to_owned()));
    let challenge = answer.header("www-authenticate").unwrap();
    assert!(challenge.contains("scope=\"mcp:read mcp:logs\""), "{challenge}");
    let [palette, kubernetes] = &bench.restricted;
    assert_eq!(ask(palette, pods, prod).await.problem(), (403, "token.restricted".to_owned()));
    assert_eq!(ask(kubernetes, pods, prod).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issuer_out_of_order_is_told_and_opens_nothing() {
    let bench = Bench::new().await;
    bench.issuer.fail_with(503);
    let reader = bench.token("/mcp", "mcp:read");
    let answer = bench.served.ask("/mcp", &reader, "tools/list", json!({})).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("5")), "{}", answer.body);
    bench.served.fleet.assert_untouched();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_for_everything_is_good_for_approvals_and_no_other_is() {
    let bench = Bench::new().await;
    for (token, status) in
        [(bench.token("/mcp", "mcp:read"), 200), (bench.token("/approvals", "mcp:read"), 401)]
    {
        let bearer = format!("Bearer {token}");
        for path in ["GET /approvals", "GET /approvals/0", "POST /approvals/0/approve"] {
            let answer = bench.served.send(path, &[("authorization", &bearer)], "{}").await;
            let status = if status == 200 && path != "GET /approvals" { 404 } else { status };
            assert_eq!(answer.status, status, "{path}: {}", answer.body);
            if status == 401 {
                let challenge = answer.header("www-authenticate").unwrap();
                assert!(challenge.contains(".well-known/oauth-protected-resource/mcp\""), "{challenge}");
            }
        }
    }
}
