//! Views: the pages by which clients show more than text, over the wire and in a real browser.
//!
//! The browser is the machine's own Chromium, and `npm ci` in `tests/views/` installs what drives it. Where either is
//! missing that test says so and passes; with `POSTERN_VIEWS=required` it fails.

use std::path::Path;
use std::time::Duration;

use postern::call::PrincipalKind;
use postern::identity::{Change, NewToken, TokenFile};
use postern_guests::KUBERNETES;
use postern_upstreams::fault::{Fault, Plan};
use postern_upstreams::kubernetes::{App, ClusterSeed, Log, Pod, Seed};
use serde_json::{Value, json};

use crate::npm::Packages;
use crate::served::Served;

const PACKAGES: Packages =
    Packages { folder: "views", what: "the test of views in a browser", variable: "POSTERN_VIEWS", node: 20 };

/// Where a Chromium may be.
const BROWSERS: [&str; 3] = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/// How long the browser may take.
const LIMIT: Duration = Duration::from_secs(120);

const VIEW: &str = "ui://kubernetes/diagnosis";
const MEDIA_TYPE: &str = "text/html;profile=mcp-app";
const EXTENSION: &str = "io.modelcontextprotocol/ui";

/// Who may call, and endpoints that show a part of the tools: one the tool with a view, one others.
const CALLERS: &str = r#"
[identity]
tokens = "tokens.toml"
[[server.endpoint]]
name = "triage"
include = [{ tools = ["diagnose_*"] }]
[[server.endpoint]]
name = "pods"
include = [{ tools = ["list_*"] }]
"#;

/// What a name, a message or a log would do if anything took it for markup.
const HOSTILE: &str = r#"<img src="http://127.0.0.1:9/x" onerror="parent.postMessage('run','*')"></td><script>parent.postMessage('run','*')</script>"#;

/// Clusters in which things are wrong, one of which goes away and one of which keeps something back.
fn clusters() -> Seed {
    let hostile = |pod: Pod| pod.waiting("CreateContainerConfigError", HOSTILE);
    let mut prod = ClusterSeed::new("prod")
        .with_all(App::deployment("shop", "checkout").each(|pod| pod.crash_looping(1, 17)).build())
        .with_all(App::deployment("payments", "vault").each(hostile).build())
        .with(Pod::new("shop", "<b onclick=alert(1)>bold</b>").crash_looping(2, 9).log(Log::new(1, HOSTILE)));
    for place in 0..30 {
        prod =
            prod.with(Pod::new("batch", &format!("job-{place}")).waiting("ErrImagePull", "401 Unauthorized"));
    }
    let staging = ClusterSeed::new("staging").with(Pod::new("shop", "cart-0").crash_looping(1, 5));
    Seed::new().cluster(prod).cluster(staging).cluster(ClusterSeed::new("edge"))
}

/// A host of whom one token may read everything.
struct Host {
    served: Served,
    token: String,
}

impl Host {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = TokenFile::new(folder.path().join("tokens.toml"));
        let new = NewToken {
            name: "ana".to_owned(),
            kind: PrincipalKind::User,
            groups: Vec::new(),
            expires: None,
            restrictions: None,
        };
        let token = file.change(&Change::Create(new), jiff::Timestamp::now()).unwrap().unwrap();
        let served = Served::start_on(clusters(), folder, &format!("{CALLERS}{KUBERNETES}")).await;
        Self { served, token: token.expose().to_owned() }
    }

    async fn ask(&self, method: &str, params: Value) -> Value {
        self.ask_at("/mcp/kubernetes", method, params).await
    }

    async fn ask_at(&self, path: &str, method: &str, params: Value) -> Value {
        let answer = self.served.ask(path, &self.token, method, params).await;
        let result = answer.message()["result"].clone();
        assert!(result.is_object(), "{method}: {}", answer.body);
        result
    }

    async fn diagnose(&self, arguments: Value) -> Value {
        self.ask("tools/call", json!({"name": "diagnose_cluster", "arguments": arguments})).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_finds_the_view_and_what_it_may_reach() {
    let host = Host::start().await;
    let found = host.ask("server/discover", json!({})).await;
    assert_eq!(found["capabilities"]["extensions"], json!({EXTENSION: {}}));

    let tools = host.ask("tools/list", json!({})).await;
    for tool in tools["tools"].as_array().unwrap() {
        let named = tool["_meta"]["ui"]["resourceUri"].as_str();
        assert_eq!(named, (tool["name"] == "diagnose_cluster").then_some(VIEW), "{tool:#}");
    }

    let none: [&str; 0] = [];
    let csp = json!({"connectDomains": none, "resourceDomains": none, "frameDomains": none, "baseUriDomains": none});
    let listed = host.ask("resources/list", json!({})).await["resources"][0].clone();
    let read = host.ask("resources/read", json!({"uri": VIEW})).await["contents"][0].clone();
    for place in [&listed, &read] {
        assert_eq!((&place["uri"], &place["mimeType"]), (&json!(VIEW), &json!(MEDIA_TYPE)), "{place:#}");
        assert_eq!(place["_meta"]["ui"]["csp"], csp, "{place:#}");
    }
    assert!(read["text"].as_str().unwrap().starts_with("<!doctype html>"), "{read:#}");
    host.served.fleet.assert_untouched();
}

/// A tool whose view could not be read would be a promise that is not kept.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_shows_the_tool_shows_its_view() {
    let host = Host::start().await;
    for (path, has_view) in [("/mcp", true), ("/mcp/triage", true), ("/mcp/pods", false)] {
        let found = host.ask_at(path, "server/discover", json!({})).await;
        let extension = &found["capabilities"]["extensions"][EXTENSION];
        assert_eq!(extension.is_object(), has_view, "{path}: {found:#}");
        let tools = host.ask_at(path, "tools/list", json!({})).await;
        let named = tools["tools"].as_array().unwrap().iter().any(|tool| tool["_meta"]["ui"].is_object());
        assert_eq!(named, has_view, "{path}: {tools:#}");
        if has_view {
            let read = host.ask_at(path, "resources/read", json!({"uri": VIEW})).await;
            assert_eq!(read["contents"][0]["mimeType"], MEDIA_TYPE, "{path}: {read:#}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_with_sessions_finds_the_view_too() {
    let host = Host::start().await;
    let capabilities = json!({"extensions": {EXTENSION: {"mimeTypes": [MEDIA_TYPE]}}});
    let params = json!({
        "protocolVersion": "2025-11-25", "capabilities": capabilities, "clientInfo": {"name": "test", "version": "1"},
    });
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params});
    let bearer = format!("Bearer {}", host.token);
    let headers = [("authorization", bearer.as_str())];
    let answer = host.served.send("POST /mcp/kubernetes", &headers, &message.to_string()).await;
    let capabilities = &answer.message()["result"]["capabilities"];
    assert_eq!(capabilities["extensions"], json!({EXTENSION: {}}), "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_shows_a_diagnosis_and_runs_nothing_of_it() {
    let (node, browser) = match browser() {
        Ok(found) => found,
        Err(why) => return PACKAGES.missing(&why),
    };
    let host = Host::start().await;
    let read = host.ask("resources/read", json!({"uri": VIEW})).await;
    host.served
        .fleet
        .cluster("prod")
        .fault(Plan::new(Fault::Status(403, None)).under("/apis/networking.k8s.io"));
    host.served.fleet.cluster("edge").stop();
    let shown = json!({
        "contents": read["contents"][0],
        "found": host.diagnose(json!({"cluster": "*"})).await,
        "nothing": host.diagnose(json!({"cluster": "prod", "namespace": "nowhere", "groups": ["network"]})).await,
        "unread": host.diagnose(json!({"cluster": "edge"})).await,
        "hostile": HOSTILE,
    });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shown.json");
    std::fs::write(&file, shown.to_string()).unwrap();
    let mut command = tokio::process::Command::new(node);
    command.arg(PACKAGES.folder().join("diagnosis.mjs")).arg(browser).arg(&file).kill_on_drop(true);
    let output = tokio::time::timeout(LIMIT, command.output()).await.expect("the browser ends").unwrap();
    let said =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("the view holds"), "{said}");
}

/// The node and the browser that show views.
fn browser() -> Result<(std::path::PathBuf, &'static str), String> {
    let node = PACKAGES.node("playwright-core/index.mjs")?;
    let browser = BROWSERS.into_iter().find(|path| Path::new(path).is_file());
    let missing = || format!("{} did not run: there is no Chromium at any of {BROWSERS:?}", PACKAGES.what);
    Ok((node, browser.ok_or_else(missing)?))
}
