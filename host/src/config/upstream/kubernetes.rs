//! The fields of an upstream whose kind is `kubernetes`.

use std::path::PathBuf;

use super::names;
use crate::config::reference::Context;
use crate::diagnostic::{Spanned, Table};
use crate::egress::kubernetes::{Config, Contexts, Environment, InCluster, Source};

/// Where Kubernetes puts a pod's service account.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

pub(super) fn read(table: &Table<'_>, context: &Context<'_>) -> Config {
    let files = table.one_or_more("kubeconfig");
    let source = if table.has("kubeconfig") {
        if table.holds_nothing("kubeconfig") {
            let message = "`kubeconfig` names no file; leave it out for the usual ones";
            context.faults.add(table.key("kubeconfig"), message);
        }
        Source::Files(files.iter().filter_map(|file| context.existing(file)).collect())
    } else {
        discover(context)
    };
    let contexts = names(table, "contexts", context);
    if table.holds_nothing("contexts") {
        context.faults.add(table.key("contexts"), "`contexts` names none; leave it out for all of them");
    }
    let insecure = table.texts("insecure_skip_tls_verify");
    for name in &insecure {
        if table.has("contexts") && !contexts.contains(name.get_ref()) {
            context.faults.add(name.span(), format_args!("`{}` is none of `contexts`", name.get_ref()));
        }
    }
    let exec = names(table, "exec", context);
    Config {
        source,
        contexts: if table.has("contexts") { Contexts::Named(contexts) } else { Contexts::All },
        // Programs that may not run need no environment.
        environment: if exec.is_empty() { Environment::new() } else { context.environment.all() },
        exec,
        insecure: insecure.into_iter().map(Spanned::into_inner).collect(),
    }
}

/// What holds for an upstream that the operator says nothing of.
pub(super) fn usual(context: &Context<'_>) -> Config {
    Config {
        source: discover(context),
        contexts: Contexts::All,
        exec: Vec::new(),
        insecure: Vec::new(),
        environment: Environment::new(),
    }
}

fn discover(context: &Context<'_>) -> Source {
    let environment = context.environment;
    let in_cluster =
        environment.get("KUBERNETES_SERVICE_HOST").zip(environment.get("KUBERNETES_SERVICE_PORT"));
    Source::Discover {
        kubeconfig_env: environment.get("KUBECONFIG").map(Into::into),
        home: environment.home(),
        in_cluster: in_cluster.map(|(host, port)| InCluster {
            host,
            port,
            directory: PathBuf::from(SERVICE_ACCOUNT),
        }),
    }
}
