//! Pages of other origins: who may ask, and what they may read.

use super::{Host, PORTAL};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_asks_before_it_has_a_token() {
    let host = Host::start().await;
    let asked = [
        ("origin", PORTAL),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,content-type,x-flavour"),
    ];
    for line in ["OPTIONS /api/routes/echo/1", "OPTIONS /openapi.json", "OPTIONS /api/none"] {
        let answer = host.served.send(line, &asked, "").await;
        assert_eq!((answer.status, answer.body.as_str()), (200, ""), "{line}");
        assert_eq!(answer.header("access-control-allow-origin"), Some(PORTAL));
        assert_eq!(
            answer.header("access-control-allow-headers"),
            Some("authorization,content-type,x-flavour")
        );
        assert!(answer.header("access-control-allow-methods").unwrap().contains("POST"));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        assert_eq!(answer.header("access-control-max-age"), Some("600"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_reads_answers_and_refusals_alike() {
    let host = Host::start().await;
    for (token, line, status) in [
        (host.ana.as_str(), "GET /api/routes/items/x", 200),
        (host.ana.as_str(), "GET /api/routes/none", 404),
        (host.ana.as_str(), "GET /api/routes//x", 400),
        ("", "GET /openapi.json", 401),
    ] {
        let answer = host.send_with(token, line, &[("origin", PORTAL)], "").await;
        assert_eq!(answer.status, status, "{line}");
        assert_eq!(answer.header("access-control-allow-origin"), Some(PORTAL), "{line}");
        let exposed = answer.header("access-control-expose-headers").unwrap();
        assert!(exposed.contains("retry-after") && exposed.contains("content-disposition"), "{exposed}");
        assert!(answer.header("vary").unwrap().to_lowercase().contains("origin"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_other_page_may_nothing() {
    let host = Host::start().await;
    for origin in [
        "https://evil.example",
        "null",
        "https://portal.example.com.evil.example",
        "http://portal.example.com",
    ] {
        let answer = host.send_with(&host.ana, "GET /api/routes/items/x", &[("origin", origin)], "").await;
        assert_eq!(answer.problem(), (403, "request.origin".to_owned()), "{origin}");
        let asked = [("origin", origin), ("access-control-request-method", "POST")];
        let answer = host.served.send("OPTIONS /api/routes/echo/1", &asked, "").await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (403, None), "{origin}");
    }
    // What is not of this surface is for no page of another origin.
    let answer = host.send_with(&host.ana, "GET /approvals", &[("origin", PORTAL)], "").await;
    assert_eq!(answer.header("access-control-allow-origin"), None);
}
