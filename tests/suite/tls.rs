//! Callers who bring a certificate instead of a token: what each may do, by policy and by the rule that knows it.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair, SanType,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::served::{MODERN, Served, modern};

const RUNNER: &str = "spiffe://example.org/ns/ci/sa/runner";

/// By kind and group for workloads, by name for the one whose subject is known.
const POLICIES: &str = r#"
@id("ci") permit (principal is Postern::Service in Postern::Group::"ci",
    action == Postern::Action::"kubernetes/list_pods", resource);
@id("deploy") permit (principal == Postern::Agent::"certificate:CN=deploy,O=Example",
    action == Postern::Action::"kubernetes/list_namespaces", resource);
"#;

const CONFIGURATION: &str = r#"
[server.tls]
certificate = "tls.crt"
key = "tls.key"
client_ca = "ca.pem"
client_certificates = "required"
[[identity.certificate]]
spiffe = "spiffe://example.org/ns/ci/sa/*"
kind = "service"
groups = ["ci"]
[[identity.certificate.access_restrictions]]
plugin = "kubernetes"
targets = ["prod"]
[[identity.certificate]]
subject = "CN=deploy,O=Example"
[[plugin]]
name = "kubernetes"
[[plugin.grant]]
effects = ["read"]
targets = ["*"]
[plugin.upstream.cluster]
kubeconfig = "kubeconfig"
private_networks = true
"#;

struct Bench {
    served: Served,
    authority: CertifiedIssuer<'static, KeyPair>,
}

impl Bench {
    async fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "authority");
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text).unwrap();
        let key = KeyPair::generate().unwrap();
        let ours = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        write("tls.crt", ours.signed_by(&key, &authority).unwrap().pem());
        write("tls.key", key.serialize_pem());
        write("ca.pem", authority.pem());
        std::fs::create_dir(folder.path().join("policies")).unwrap();
        write("policies/all.cedar", POLICIES.to_owned());
        Self { served: Served::start(folder, CONFIGURATION).await, authority }
    }

    /// A client whose certificate has this subject and this URI.
    fn client(&self, subject: &[(DnType, &str)], uri: Option<&str>) -> ClientConfig {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        for (kind, value) in subject {
            params.distinguished_name.push(kind.clone(), *value);
        }
        params.subject_alt_names = uri.into_iter().map(|uri| SanType::URI(uri.try_into().unwrap())).collect();
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.authority).unwrap();
        let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.authority.pem().as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_client_auth_cert(vec![certificate.der().clone()], key)
            .unwrap()
    }

    fn runner(&self) -> ClientConfig {
        self.client(&[], Some(RUNNER))
    }

    fn deploy(&self) -> ClientConfig {
        self.client(&[(DnType::OrganizationName, "Example"), (DnType::CommonName, "deploy")], None)
    }

    /// The whole answer to a request of the modern era.
    async fn ask(&self, client: ClientConfig, method: &str, params: Value) -> String {
        let name = params["name"].as_str().map(|name| format!("mcp-name: {name}\r\n")).unwrap_or_default();
        let body = modern(method, params).to_string();
        let request = format!(
            "POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
             accept: application/json, text/event-stream\r\nconnection: close\r\n\
             mcp-protocol-version: {MODERN}\r\nmcp-method: {method}\r\n{name}content-length: {}\r\n\r\n{body}",
            body.len(),
        );
        let stream = TcpStream::connect(self.served.address).await.unwrap();
        let localhost = ServerName::try_from("localhost").unwrap();
        let mut stream = TlsConnector::from(Arc::new(client)).connect(localhost, stream).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8(answer).unwrap()
    }

    async fn pods(&self, client: ClientConfig, cluster: &str) -> String {
        let arguments = json!({"name": "kubernetes_list_pods", "arguments": {"cluster": cluster}});
        self.ask(client, "tools/call", arguments).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workload_may_do_what_its_rule_and_policy_agree_on() {
    let bench = Bench::new().await;
    let answer = bench.pods(bench.runner(), "prod").await;
    assert!(answer.contains("web-0"), "{answer}");
    let before = bench.served.fleet.cluster("staging").requests().len();
    let answer = bench.pods(bench.runner(), "staging").await;
    assert!(!answer.contains("web-0"), "its rule is for another cluster: {answer}");
    assert_eq!(bench.served.fleet.cluster("staging").requests().len(), before);
    let listed = bench.ask(bench.runner(), "tools/list", json!({})).await;
    assert!(listed.contains("kubernetes_list_pods"), "{listed}");
    assert!(!listed.contains("kubernetes_list_namespaces"), "{listed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn policy_knows_a_subject_by_name() {
    let bench = Bench::new().await;
    let listed = bench.ask(bench.deploy(), "tools/list", json!({})).await;
    assert!(listed.contains("kubernetes_list_namespaces"), "{listed}");
    assert!(!listed.contains("kubernetes_list_pods"), "{listed}");
    let answer = bench.pods(bench.deploy(), "prod").await;
    assert!(!answer.contains("web-0"), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_is_nobodys_opens_nothing() {
    let bench = Bench::new().await;
    let deploy = [(DnType::CommonName, "deploy"), (DnType::OrganizationName, "Example")];
    for client in [
        bench.client(&deploy, None),
        bench.client(&[(DnType::CommonName, RUNNER)], None),
        bench.client(&[], Some("spiffe://example.org.evil/ns/ci/sa/runner")),
        bench.client(&[], Some("spiffe://example.org/ns/ci/sa/runner/x")),
    ] {
        let answer = bench.pods(client, "prod").await;
        assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    }
    assert!(bench.served.fleet.cluster("prod").requests().iter().all(|seen| !seen.path.contains("/pods")));
}
