//! A client with nothing clever in it: one connection a request.

use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::header::HOST;
use hyper::{HeaderMap, Method, Request};
use hyper_util::rt::TokioIo;
use postern_upstreams::palette::{Instance, Limits, Palette, Role, Seed};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// An answer: status, headers, body as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// Status and code of an error.
    pub(crate) fn refusal(&self) -> (u16, String) {
        (self.status, self.json()["code"].as_str().unwrap().to_owned())
    }

    /// The names of a list's items.
    pub(crate) fn names(&self) -> Vec<String> {
        let items = self.json()["items"].as_array().unwrap().clone();
        items.iter().map(|it| it["metadata"]["name"].as_str().unwrap().to_owned()).collect()
    }
}

/// Somebody who asks one instance, in one scope.
#[derive(Debug, Clone)]
pub(crate) struct Caller<'a> {
    pub(crate) instance: &'a Instance,
    pub(crate) key: Option<String>,
    pub(crate) project: Option<String>,
}

impl<'a> Caller<'a> {
    /// With the key of a role, at tenant scope.
    pub(crate) fn new(instance: &'a Instance, role: Role) -> Self {
        Self { instance, key: Some(instance.key(role).to_owned()), project: None }
    }

    /// The tenant's admin.
    pub(crate) fn admin(instance: &'a Instance) -> Self {
        Self::new(instance, Role::TenantAdmin)
    }

    /// The same in a project, by name.
    pub(crate) fn within(mut self, project: &str) -> Self {
        self.project = Some(self.instance.project(project).unwrap());
        self
    }

    /// The same in the project of a cluster, by name; and the cluster's uid.
    pub(crate) fn at_cluster(mut self, name: &str) -> (Self, String) {
        let uid = self.instance.cluster(name).unwrap();
        self.project = self.instance.project_of(&uid);
        (self, uid)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, body).await
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: &Value) -> Answer {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.instance.ca_pem().as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stream = TcpStream::connect(self.instance.address()).await.unwrap();
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let mut request =
            Request::builder().method(method).uri(path).header(HOST, self.instance.address().to_string());
        if let Some(key) = &self.key {
            request = request.header("ApiKey", key);
        }
        if let Some(project) = &self.project {
            request = request.header("ProjectUid", project);
        }
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let response =
            sender.send_request(request.body(Full::new(Bytes::from(body))).unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: head.status.as_u16(), headers: head.headers, body }
    }
}

/// Both instances of the demo, without rates.
pub(crate) async fn demo() -> Palette {
    Palette::start(Seed::demo().limits(Limits::Off)).await.unwrap()
}

pub(crate) const SEARCH: &str = "/v1/dashboard/spectroclusters/search";

/// A search body of one group of filters.
pub(crate) fn filters(filters: &Value) -> Value {
    json!({"filter": {"conjunction": "and", "filterGroups": [{"conjunction": "and", "filters": filters}]}})
}

/// A filter on a text.
pub(crate) fn text(property: &str, operator: &str, value: &str) -> Value {
    json!({"property": property, "type": "string", "condition": {"string": {"operator": operator, "negation": false,
        "match": {"conjunction": "or", "values": [value]}, "ignoreCase": true}}})
}
