//! Kubeconfigs and the other ways into a cluster.

use hyper::StatusCode;
use serde_json::json;

use crate::palette::call::{Call, ok};
use crate::palette::refusal::Refusal;
use crate::palette::route::{Route, read};
use crate::palette::view::kubeconfig::{Login, file, text};
use crate::palette::world::Cluster;
use crate::wire::Reply;

const GET: &str = "cluster.get";
const ADMIN: &str = "cluster.adminKubeconfigDownload";

pub(super) const ROUTES: &[Route] = &[
    read("GET", "/v1/spectroclusters/{uid}/assets/kubeconfig", GET, kubeconfig),
    read("GET", "/v1/spectroclusters/{uid}/assets/kubeconfigclient", GET, client),
    read("GET", "/v1/spectroclusters/{uid}/assets/frpKubeconfig", GET, client),
    read("GET", "/v1/spectroclusters/{uid}/assets/adminKubeconfig", ADMIN, admin),
    read("GET", "/v1/spectroclusters/{uid}/assets/adminTokenKubeconfig", ADMIN, admin_token),
    read("GET", "/v1/spectroclusters/{uid}/assets", GET, assets),
    read("GET", "/v1/spectroclusters/{uid}/assets/manifest", GET, manifest),
    read("GET", "/v1/spectroclusters/{uid}/import/manifest", GET, manifest),
    read("GET", "/v1/spectroclusters/{uid}/download", GET, manifest),
    read("GET", "/v1/spectroclusters/{uid}/oidc", GET, oidc),
    read("GET", "/v1/spectroclusters/{uid}/oidc/dashboard/url", GET, dashboard),
    read("GET", "/v1/spectroclusters/{uid}/kubectl/redirect", GET, redirect),
];

/// A cluster that has a kubeconfig at all.
fn running(call: &mut Call<'_>) -> Result<Cluster, Refusal> {
    let cluster = call.cluster()?;
    let runs = ["Running", "Unknown"].contains(&cluster.state.as_str()) && !cluster.kubernetes.is_empty();
    if runs { Ok(cluster) } else { Err(Refusal::not_found("kubeconfig")) }
}

/// A cluster whose users log in by OIDC; without it only admins get a kubeconfig.
fn with_oidc(call: &mut Call<'_>) -> Result<Cluster, Refusal> {
    let cluster = running(call)?;
    if cluster.has_oidc {
        Ok(cluster)
    } else {
        Err(Refusal::not_configured("OidcNotConfigured", "oidc is not configured"))
    }
}

fn kubeconfig(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let through_proxy = call.parameter("frp") != Some("false");
    let cluster = with_oidc(call)?;
    Ok(file(&cluster, &text(&cluster, Login::Oidc, through_proxy)))
}

fn client(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let cluster = with_oidc(call)?;
    Ok(file(&cluster, &text(&cluster, Login::Oidc, true)))
}

fn admin(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let cluster = running(call)?;
    Ok(file(&cluster, &text(&cluster, Login::Certificate, false)))
}

fn admin_token(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let cluster = running(call)?;
    Ok(file(&cluster, &text(&cluster, Login::Token, false)))
}

fn assets(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let cluster = with_oidc(call)?;
    let direct = text(&cluster, Login::Oidc, false);
    let proxied = text(&cluster, Login::Oidc, true);
    Ok(ok(&json!({"metadata": {"uid": cluster.uid}, "spec": {"kubeconfig": direct, "frpKubeconfig": proxied,
        "kubeconfigclient": direct, "tokenkubeconfig": "", "manifest": ""}})))
}

fn manifest(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let cluster = call.cluster()?;
    let text = format!("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: cluster-{}\n", cluster.uid);
    Ok(Reply::text(StatusCode::OK, text))
}

fn oidc(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    with_oidc(call)?;
    let secret = ["fake", "oidc", "secret"].join("-");
    Ok(ok(
        &json!({"clientId": "kubelogin", "clientSecret": secret, "issuerUrl": "https://login.example.test",
        "issuerTls": {"caCertificateBase64": "", "insecureSkipVerify": false}, "scopes": ["profile", "email"],
        "requiredClaims": {"Email": "email", "FirstName": "given_name", "LastName": "family_name", "SpectroTeam": "groups"}}),
    ))
}

fn dashboard(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let cluster = with_oidc(call)?;
    Ok(ok(&json!({"url": format!("https://{}.example.test/dashboard", cluster.name)})))
}

fn redirect(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let cluster = running(call)?;
    Ok(ok(&json!({"redirectUri": format!("{}/terminal/{}", call.world.url, cluster.uid)})))
}
