//! The API and the page, as a program and a browser meet them.

use postern_guests::{Guest, dropped_in};

use super::*;
use crate::bench::drop_in;
use crate::served::{Answer, Served};

/// A host that is reached over HTTP, and the tokens of those who reach it.
pub(super) struct Site {
    pub(super) served: Served,
    pub(super) agent: Token,
    pub(super) ana: Token,
    pub(super) ben: Token,
    pub(super) eve: Token,
}

impl Site {
    pub(super) async fn new() -> Self {
        Self::at("").await
    }

    /// The same, with this under `[server]`.
    async fn at(server: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        drop_in(Guest::named("hostile"), folder.path());
        std::fs::create_dir(folder.path().join("policies")).unwrap();
        std::fs::write(folder.path().join("policies/all.cedar"), POLICIES).unwrap();
        let of = |name, kind, groups: &[&str]| known(folder.path(), name, kind, groups).0;
        let agent = of("agent", PrincipalKind::Agent, &["operators", "approvers"]);
        let ana = of("ana", PrincipalKind::User, &["approvers"]);
        let ben = of("ben", PrincipalKind::User, &["approvers"]);
        let eve = of("eve", PrincipalKind::User, &["operators"]);
        let grant = dropped_in("hostile", r#"effects = ["read", "destructive"]"#);
        let text = format!("[server]\n{server}\n[identity]\ntokens = \"tokens.toml\"\n{INVENTORY}\n{grant}");
        Self { served: Served::start(folder, &text).await, agent, ana, ben, eve }
    }

    /// What the agent is told of a call.
    async fn call(&self, arguments: Value) -> Value {
        let params = json!({"name": "delete", "arguments": arguments});
        let answer = self.served.ask("/mcp/hostile", self.agent.expose(), "tools/call", params).await;
        answer.message()["result"].clone()
    }

    /// The id of the request that a call becomes.
    pub(super) async fn held(&self, arguments: Value) -> String {
        let result = self.call(arguments).await;
        result["_meta"]["postern/approval"]["id"].as_str().unwrap_or_else(|| panic!("{result}")).to_owned()
    }

    async fn send(&self, token: Option<&Token>, line: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let bearer = token.map(|token| format!("Bearer {}", token.expose()));
        let mut all = vec![("accept", "application/json")];
        all.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
        all.extend(headers);
        self.served.send(line, &all, body).await
    }

    /// The status and the code of a decision.
    async fn decide(&self, token: &Token, path: &str, body: &str) -> (u16, String) {
        let answer = self.send(Some(token), &format!("POST /approvals/{path}"), &[], body).await;
        let told: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        (answer.status, told["code"].as_str().or(told["state"].as_str()).unwrap_or_default().to_owned())
    }

    fn nothing_arrived(&self) {
        let requests = self.served.fleet.clusters().iter().flat_map(|cluster| cluster.requests());
        assert_eq!(requests.count(), 0);
    }
}

fn is(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_decide_over_http_and_the_agent_calls_again() {
    let site = Site::new().await;
    let result = site.call(delete("prod", "web-0")).await;
    let told = &result["_meta"]["postern/approval"];
    assert_eq!((&result["isError"], &told["code"]), (&json!(true), &json!("approval.required")), "{result}");
    assert_eq!((&told["approvers"], &told["quorum"]), (&json!(["approvers"]), &json!(2)));
    let id = told["id"].as_str().unwrap();
    assert!(result["content"][0]["text"].as_str().unwrap().contains(id), "{result}");

    let list = site.send(Some(&site.ana), "GET /approvals", &[], "").await;
    assert_eq!(list.header("cache-control"), Some("no-store"));
    let list: Value = serde_json::from_str(&list.body).unwrap();
    assert_eq!(
        (&list["approvals"][0]["id"], &list["approvals"][0]["may_decide"]),
        (&json!(id), &json!(true))
    );
    assert!(!list.to_string().contains("web-0"), "to be looked over: {list}");
    assert_eq!(site.decide(&site.ana, &format!("{id}/approve"), "{}").await, is(200, "pending"));
    assert_eq!(site.decide(&site.ana, &format!("{id}/approve"), "{}").await, is(409, "approval.twice"));
    assert_eq!(site.held(delete("prod", "web-0")).await, id);
    site.nothing_arrived();
    assert_eq!(site.decide(&site.ben, &format!("{id}/approve"), "{}").await, is(200, "approved"));
    let ran = site.call(delete("prod", "web-0")).await;
    assert_eq!(ran["isError"], false, "{ran}");
    assert_eq!(site.served.fleet.cluster("prod").requests().len(), 1);
    assert_eq!(site.decide(&site.ana, &format!("{id}/revoke"), "{}").await, is(409, "approval.closed"));
    assert_ne!(site.held(delete("prod", "web-0")).await, id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_else_is_refused_in_words_and_codes() {
    let site = Site::new().await;
    let id = site.held(delete("prod", "web-0")).await;
    let approve = format!("{id}/approve");
    for (token, code) in [(&site.agent, "approval.own"), (&site.eve, "approval.not-approver")] {
        assert_eq!(site.decide(token, &approve, "{}").await, is(403, code));
        let deny = site.decide(token, &format!("{id}/deny"), r#"{"reason": "no"}"#).await;
        assert_eq!(deny, is(403, code));
    }
    let path = format!("GET /approvals/{id}");
    let seen = site.send(Some(&site.eve), &path, &[], "").await;
    let absent = site.send(Some(&site.eve), "GET /approvals/00000000000000000000000000000000", &[], "").await;
    assert_eq!(seen.status, 404);
    assert_eq!(seen.body.replace(&id, "_"), absent.body.replace("00000000000000000000000000000000", "_"));
    assert_eq!(seen.header("content-type"), Some("application/problem+json"));
    for (path, body, expected) in [
        (format!("{id}/deny"), "{}", is(422, "approval.reason")),
        (format!("{id}/deny"), r#"{"reason": "  "}"#, is(422, "approval.reason")),
        (approve.clone(), "", is(400, "request.malformed")),
        (approve.clone(), "[]", is(400, "request.malformed")),
        (approve.clone(), r#"{"reason": "fine"}"#, is(400, "request.malformed")),
        (approve.clone(), r#"{"as": "token:ben"}"#, is(400, "request.malformed")),
        ("0/approve".to_owned(), "{}", is(404, "approval.unknown")),
        (format!("{id}/revoke"), "{}", is(403, "approval.not-yours")),
    ] {
        assert_eq!(site.decide(&site.ana, &path, body).await, expected, "{path} {body}");
    }
    assert_eq!(site.decide(&site.ana, &approve, &" ".repeat(20_000)).await.0, 413);

    // Nobody, and what a page of somebody else's could send.
    let line = format!("POST /approvals/{approve}");
    assert_eq!(site.send(None, &line, &[], "{}").await.status, 401);
    assert_eq!(site.send(None, "GET /approvals", &[], "").await.status, 401);
    assert_eq!(site.send(None, &path, &[], "").await.status, 401);
    for (name, value, status) in [
        ("origin", "https://evil.example", 403),
        ("origin", "null", 403),
        ("host", "evil.example", 403),
        ("content-type", "text/plain", 415),
        ("content-type", "application/x-www-form-urlencoded", 415),
        ("authorization", "Basic YTpi", 401),
    ] {
        let token = (name != "authorization").then_some(&site.ana);
        let answer = site.send(token, &line, &[(name, value)], "{}").await;
        assert_eq!(answer.status, status, "{name}: {value}");
    }
    assert_eq!(site.send(Some(&site.ana), &format!("GET /approvals/{approve}"), &[], "").await.status, 405);
    let request = site.send(Some(&site.ana), &path, &[], "").await;
    let request: Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!((&request["state"], &request["votes"]), (&json!("pending"), &json!([])), "none of it counted");
    site.nothing_arrived();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_holds_nothing_and_lets_nothing_in() {
    let site = Site::new().await;
    let id = site.held(delete("prod", "web-0")).await;
    let html = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    let page = site.send(None, &format!("GET /approvals/{id}"), &html, "").await;
    let other = site.send(None, "GET /approvals/anything", &html, "").await;
    assert_eq!((page.status, &page.body), (200, &other.body), "the same for everyone and everything");
    assert!(!page.body.contains(&id) && !page.body.contains("web-0") && !page.body.contains("agent"));
    assert!(
        !page.body.contains("://") && !page.body.contains(" on") && !page.body.contains("style="),
        "inline"
    );
    let policy = page.header("content-security-policy").unwrap();
    for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains('*'));
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        assert_eq!(page.header(name), Some(value), "{name}");
    }
    for (file, media_type) in [("script.js", "text/javascript"), ("style.css", "text/css")] {
        let answer = site.send(None, &format!("GET /approvals/page/{file}"), &[], "").await;
        assert_eq!(answer.status, 200);
        assert!(answer.header("content-type").unwrap().starts_with(media_type));
        assert!(
            !answer.body.contains("innerHTML")
                && !answer.body.contains("Storage")
                && !answer.body.contains("cookie")
        );
        assert!(!answer.body.contains("http://") && !answer.body.contains("https://"));
    }
    // A page is read, never posted to.
    let posted = site.send(None, &format!("POST /approvals/{id}/approve"), &html, "{}").await;
    assert_eq!(posted.status, 401);
}

/// What a call of a client that can show pages gives, with what it sends along.
async fn shown(site: &Site, token: &Token, along: Value) -> Value {
    let mut params = json!({"name": "delete", "arguments": delete("prod", "web-0")});
    params.as_object_mut().unwrap().extend(along.as_object().unwrap().clone());
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {"elicitation": {"url": {}}},
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    });
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
    let bearer = format!("Bearer {}", token.expose());
    let headers = [
        ("authorization", bearer.as_str()),
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "tools/call"),
        ("mcp-name", "delete"),
    ];
    site.served.send("POST /mcp/hostile", &headers, &message.to_string()).await.message()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_is_shown_the_page_and_what_it_says_of_it_approves_nothing() {
    let site = Site::at("public_url = \"https://postern.example.com\"").await;
    let asked = shown(&site, &site.agent, json!({})).await["result"].clone();
    assert_eq!(asked["resultType"], "input_required", "{asked}");
    let page = &asked["inputRequests"]["postern.approval"]["params"];
    assert_eq!(page["mode"], "url");
    assert!(page["url"].as_str().unwrap().starts_with("https://postern.example.com/approvals/"), "{page}");
    let along = |action: &str| json!({"requestState": asked["requestState"], "inputResponses": {"postern.approval": {"action": action}}});
    // It was there, it says: nobody has decided, so it is shown the page again.
    let again = shown(&site, &site.agent, along("accept")).await["result"].clone();
    assert_eq!(again["resultType"], "input_required", "{again}");
    let declined = shown(&site, &site.agent, along("decline")).await["result"].clone();
    assert_eq!(
        (&declined["resultType"], &declined["isError"]),
        (&json!("complete"), &json!(true)),
        "{declined}"
    );
    // Nor is the state of one caller good for another.
    let stolen = shown(&site, &site.eve, along("accept")).await;
    assert_eq!(stolen["error"]["data"]["code"], "mrtr.bad-state", "{stolen}");
    site.nothing_arrived();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_far_an_approval_is_its_caller_can_ask_and_no_other() {
    let site = Site::new().await;
    let id = site.held(delete("prod", "web-0")).await;
    let ask = async |token: &Token, arguments: Value| {
        let params = json!({"name": "get_approval", "arguments": arguments});
        site.served.ask("/mcp/hostile", token.expose(), "tools/call", params).await.message()["result"]
            .clone()
    };
    let told = ask(&site.agent, json!({"id": id})).await;
    assert_eq!((&told["isError"], &told["structuredContent"]["state"]), (&json!(false), &json!("pending")));
    for (token, arguments, why) in [
        (&site.eve, json!({"id": id}), "no request for approval is known as"),
        (&site.agent, json!({"id": "0"}), "no request for approval is known as `0`"),
        (&site.agent, json!({}), "the arguments do not fit"),
        (&site.agent, json!({"id": 7}), "the arguments do not fit"),
        (&site.agent, json!({"id": id, "approve": true}), "the arguments do not fit"),
    ] {
        let told = ask(token, arguments).await;
        assert_eq!(told["isError"], true, "{told}");
        assert!(told["content"][0]["text"].as_str().unwrap().contains(why), "{told}");
    }
    site.nothing_arrived();
}
