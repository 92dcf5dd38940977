//! What the authorization server answers.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::{Method, StatusCode};
use ring::digest;
use serde_json::{Value, json};

use super::key::Key;
use super::lock;
use crate::record::{Recorded, Recorder};
use crate::wire::{Answer, Hangup, Received, Reply, query};

/// How long its tokens last, in seconds.
const LIFETIME: i64 = 300;

#[derive(Debug)]
pub(super) struct Answers {
    /// The issuer's URL, known once the port is.
    pub(super) base: Mutex<String>,
    pub(super) keys: Mutex<Vec<Key>>,
    pub(super) status: Mutex<u16>,
    pub(super) recorder: Recorder,
    /// Codes that were given out, each good once.
    codes: Mutex<HashMap<String, Asked>>,
    given: AtomicU64,
}

/// What a client asked for when it was given a code.
#[derive(Debug, Clone)]
struct Asked {
    challenge: String,
    redirect: String,
    resource: String,
    scope: String,
}

impl Answers {
    pub(super) fn new(key: Key) -> Self {
        Self {
            base: Mutex::default(),
            keys: Mutex::new(vec![key]),
            status: Mutex::new(200),
            recorder: Recorder::default(),
            codes: Mutex::default(),
            given: AtomicU64::default(),
        }
    }

    fn route(&self, received: &Received) -> Reply {
        if let Some(status) =
            StatusCode::from_u16(*lock(&self.status)).ok().filter(|it| *it != StatusCode::OK)
        {
            return Reply::text(status, "out of order");
        }
        match (&received.method, received.uri.path()) {
            (&Method::GET, "/.well-known/oauth-authorization-server/realm") => self.metadata(),
            (&Method::GET, "/realm/keys") => {
                let keys: Vec<Value> = lock(&self.keys).iter().map(Key::public).collect();
                Reply::json(StatusCode::OK, &json!({"keys": keys}))
            }
            (&Method::POST, "/realm/register") => register(&received.body),
            (&Method::GET, "/realm/authorize") => self.authorize(received.uri.query().unwrap_or_default()),
            (&Method::POST, "/realm/token") => self.token(&received.body),
            _ => Reply::text(StatusCode::NOT_FOUND, "no such page"),
        }
    }

    fn metadata(&self) -> Reply {
        let base = lock(&self.base).clone();
        let body = json!({
            "issuer": base,
            "authorization_endpoint": format!("{base}/authorize"),
            "token_endpoint": format!("{base}/token"),
            "registration_endpoint": format!("{base}/register"),
            "jwks_uri": format!("{base}/keys"),
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_post", "client_secret_basic"],
        });
        Reply::json(StatusCode::OK, &body)
    }

    /// The user consents at once: the browser is sent back with a code.
    fn authorize(&self, text: &str) -> Reply {
        let asked = Form::of(text);
        if asked.get("code_challenge_method") != "S256" || asked.get("response_type") != "code" {
            return refuse("invalid_request");
        }
        let mut codes = lock(&self.codes);
        let code = format!("code-{}", self.given.fetch_add(1, Ordering::Relaxed));
        let redirect = asked.get("redirect_uri");
        codes.insert(
            code.clone(),
            Asked {
                challenge: asked.get("code_challenge"),
                redirect: redirect.clone(),
                resource: asked.get("resource"),
                scope: asked.get("scope"),
            },
        );
        let to = format!("{redirect}?code={code}&state={}", asked.get("state"));
        Reply::empty(StatusCode::FOUND).header("location", &to)
    }

    fn token(&self, body: &[u8]) -> Reply {
        let form = Form::of(&String::from_utf8_lossy(body));
        let (resource, scope) = match form.get("grant_type").as_str() {
            "client_credentials" => (form.get("resource"), form.get("scope")),
            "authorization_code" => {
                let Some(asked) = lock(&self.codes).remove(&form.get("code")) else {
                    return refuse("invalid_grant");
                };
                let digest = digest::digest(&digest::SHA256, form.get("code_verifier").as_bytes());
                let proven = URL_SAFE_NO_PAD.encode(digest.as_ref()) == asked.challenge;
                if !proven || form.get("redirect_uri") != asked.redirect {
                    return refuse("invalid_grant");
                }
                (asked.resource, asked.scope)
            }
            _ => return refuse("unsupported_grant_type"),
        };
        let now = jiff::Timestamp::now().as_second();
        let claims = json!({
            "iss": *lock(&self.base), "sub": "ana", "aud": resource, "scope": scope,
            "iat": now, "exp": now.saturating_add(LIFETIME),
        });
        let token = lock(&self.keys).last().map(|key| key.sign(&claims, &json!({})));
        let body = json!({
            "access_token": token, "token_type": "Bearer", "expires_in": LIFETIME, "scope": scope,
        });
        Reply::json(StatusCode::OK, &body).header("cache-control", "no-store")
    }
}

impl Answer for Answers {
    async fn answer(&self, received: Received) -> Result<Reply, Hangup> {
        let reply = self.route(&received);
        let record = Recorded { status: reply.status.as_u16(), ..Recorded::of(&received) };
        drop(self.recorder.open(record));
        Ok(reply)
    }
}

/// Registration (RFC 7591): every client may, and is public.
fn register(body: &[u8]) -> Reply {
    let Ok(Value::Object(mut client)) = serde_json::from_slice(body) else {
        return refuse("invalid_client_metadata");
    };
    client.insert("client_id".to_owned(), json!("client"));
    client.insert("token_endpoint_auth_method".to_owned(), json!("none"));
    Reply::json(StatusCode::CREATED, &Value::Object(client))
}

fn refuse(error: &str) -> Reply {
    Reply::json(StatusCode::BAD_REQUEST, &json!({"error": error}))
}

/// Fields of a form or a query.
struct Form(Vec<(String, String)>);

impl Form {
    fn of(text: &str) -> Self {
        Self(query(text))
    }

    /// A field's value; empty where it is not there.
    fn get(&self, name: &str) -> String {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use hyper::body::Bytes;
    use hyper::header::HeaderMap;
    use hyper::{Uri, Version};

    use super::*;

    fn ask(answers: &Answers, method: Method, uri: &str, body: &str) -> Reply {
        answers.route(&Received {
            method,
            uri: uri.parse::<Uri>().unwrap_or_default(),
            version: Version::HTTP_11,
            headers: HeaderMap::new(),
            body: Bytes::from(body.to_owned()),
            connection: 1,
            certificate: None,
        })
    }

    /// The code that a browser is sent back with.
    fn code(answers: &Answers) -> String {
        // RFC 7636, appendix B.
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let uri = format!(
            "/realm/authorize?response_type=code&code_challenge_method=S256&code_challenge={challenge}\
             &redirect_uri=http%3A%2F%2Fhere&state=s&resource=r&scope=mcp%3Aread"
        );
        let reply = ask(answers, Method::GET, &uri, "");
        let to = reply.headers.get("location").and_then(|to| to.to_str().ok()).unwrap_or_default().to_owned();
        let query = to.strip_prefix("http://here?").unwrap_or_default();
        Form::of(query).get("code")
    }

    #[test]
    fn a_code_is_good_once_and_for_who_began() {
        let Ok(key) = Key::generate("k") else { panic!("no key") };
        let answers = Answers::new(key);
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let exchange = |code: &str, verifier: &str, redirect: &str| {
            let body = format!(
                "grant_type=authorization_code&code={code}&code_verifier={verifier}&redirect_uri={redirect}"
            );
            ask(&answers, Method::POST, "/realm/token", &body).status
        };
        let good = code(&answers);
        assert_eq!(exchange(&good, verifier, "http%3A%2F%2Fhere"), StatusCode::OK);
        assert_eq!(exchange(&good, verifier, "http%3A%2F%2Fhere"), StatusCode::BAD_REQUEST, "once");
        assert_eq!(exchange(&code(&answers), "other", "http%3A%2F%2Fhere"), StatusCode::BAD_REQUEST);
        assert_eq!(exchange(&code(&answers), verifier, "http%3A%2F%2Felsewhere"), StatusCode::BAD_REQUEST);
        let plain =
            "/realm/authorize?response_type=code&code_challenge_method=plain&redirect_uri=http%3A%2F%2Fhere";
        assert_eq!(ask(&answers, Method::GET, plain, "").status, StatusCode::BAD_REQUEST);
    }
}
