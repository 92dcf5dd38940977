//! A client with nothing clever in it: one connection a request.

use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::HOST;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use postern_upstreams::kubernetes::{Cluster, ClusterSeed, Fleet, Seed};
use postern_upstreams::wire::Identity;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// An answer: status, header, body as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: hyper::HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn message(&self) -> String {
        self.json()["message"].as_str().unwrap().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// What is asked, and how.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
    pub(crate) http2: bool,
    pub(crate) server_name: &'static str,
    pub(crate) identity: Option<Identity>,
}

/// A plain `GET` as the cluster's reader.
pub(crate) fn ask(cluster: &Cluster) -> Ask {
    let token = cluster.token().map(|token| ("authorization", format!("Bearer {token}")));
    Ask {
        method: Method::GET,
        headers: token.into_iter().collect(),
        body: String::new(),
        http2: false,
        server_name: "127.0.0.1",
        identity: None,
    }
}

impl Ask {
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(it, _)| *it != name);
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(crate) fn anonymous(mut self) -> Self {
        self.headers.retain(|(name, _)| *name != "authorization");
        self
    }

    pub(crate) fn for_user(self, cluster: &Cluster, user: &str) -> Self {
        self.header("authorization", &format!("Bearer {}", cluster.token_of(user).unwrap()))
    }

    pub(crate) fn send(mut self, method: Method, content_type: &str, body: &str) -> Self {
        self.method = method;
        self.body = body.to_owned();
        self.header("content-type", content_type)
    }

    pub(crate) async fn at(self, cluster: &Cluster, path: &str) -> Answer {
        self.try_at(cluster, path).await.unwrap()
    }

    pub(crate) async fn try_at(self, cluster: &Cluster, path: &str) -> Result<Answer, String> {
        let response = self.open(cluster, path).await?;
        let (head, body) = response.into_parts();
        let body = body.collect().await.map_err(|error| format!("body: {error}"))?.to_bytes();
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
    }

    /// The answer's head, with its body still to come.
    pub(crate) async fn open(self, cluster: &Cluster, path: &str) -> Result<Response<Incoming>, String> {
        let stream =
            TcpStream::connect(cluster.address()).await.map_err(|error| format!("connect: {error}"))?;
        let name = ServerName::try_from(self.server_name).unwrap();
        let connector = TlsConnector::from(Arc::new(self.tls(cluster)));
        let stream = connector.connect(name, stream).await.map_err(|error| format!("tls: {error}"))?;
        let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        let base = cluster.url().split_once(&cluster.address().to_string()).unwrap().1.to_owned();
        let uri = if http2 { format!("{}{path}", cluster.url()) } else { format!("{base}{path}") };
        let mut request = Request::builder().method(self.method).uri(uri);
        if !http2 {
            request = request.header(HOST, cluster.address().to_string());
        }
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(self.body))).unwrap();
        let io = TokioIo::new(stream);
        let answer = if http2 {
            let (mut sender, connection) =
                hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
            tokio::spawn(connection);
            sender.send_request(request).await
        } else {
            let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
            tokio::spawn(connection);
            sender.send_request(request).await
        };
        answer.map_err(|error| format!("request: {error}"))
    }

    fn tls(&self, cluster: &Cluster) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(cluster.ca_pem().as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match &self.identity {
            None => builder.with_no_client_auth(),
            Some(identity) => {
                let key = PrivateKeyDer::from_pem_slice(identity.key_pem.as_bytes()).unwrap();
                let chain = vec![CertificateDer::from(identity.certificate_der.clone())];
                builder.with_client_auth_cert(chain, key).unwrap()
            }
        };
        config.alpn_protocols = if self.http2 { vec![b"h2".to_vec()] } else { vec![b"http/1.1".to_vec()] };
        config
    }
}

/// `GET` as the cluster's reader.
pub(crate) async fn get(cluster: &Cluster, path: &str) -> Answer {
    ask(cluster).at(cluster, path).await
}

/// A fleet of one cluster, `test`.
pub(crate) async fn one(seed: ClusterSeed) -> Fleet {
    Fleet::start(Seed::of(seed)).await.unwrap()
}
