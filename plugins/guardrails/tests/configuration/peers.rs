//! Edge cases that other checkers are known to test, in words of our own.

use crate::fires;

const DEPLOYMENT: &str =
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n";

/// Whether a rule fires on a pod of this specification.
#[track_caller]
fn pod(rule: &str, spec: &str, expected: bool) {
    let text = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: web, namespace: shop}}\nspec: {spec}\n");
    assert_eq!(fires(rule, &text), expected, "{rule} {spec}");
}

#[track_caller]
fn object(rule: &str, text: &str, expected: bool) {
    assert_eq!(fires(rule, text), expected, "{rule}\n{text}");
}

#[test]
fn a_container_overrides_its_pod() {
    pod(
        "W09",
        "{securityContext: {runAsUser: 0}, containers: [{name: a, securityContext: {runAsUser: 1000}}]}",
        false,
    );
    pod(
        "W09",
        "{securityContext: {runAsUser: 1000}, containers: [{name: a, securityContext: {runAsUser: 0}}]}",
        true,
    );
    pod("W09", "{securityContext: {runAsNonRoot: true, runAsUser: 0}, containers: [{name: a}]}", true);
    pod(
        "W09",
        "{securityContext: {runAsNonRoot: true}, containers: [{name: a}], initContainers: [{name: b, securityContext: {runAsNonRoot: false}}]}",
        true,
    );
    pod(
        "W13",
        "{containers: [{name: a, securityContext: {seccompProfile: {type: Localhost, localhostProfile: p}}}]}",
        false,
    );
    pod(
        "W13",
        "{containers: [{name: a, securityContext: {seccompProfile: {type: RuntimeDefault}}}, {name: b}]}",
        true,
    );
}

#[test]
fn capabilities_are_named_in_many_ways() {
    for name in ["ALL", "all", "SYS_ADMIN", "CAP_NET_ADMIN", "sys_ptrace", "BPF", "NET_RAW"] {
        pod(
            "W11",
            &format!("{{containers: [{{name: a, securityContext: {{capabilities: {{add: [{name}]}}}}}}]}}"),
            true,
        );
    }
    for name in ["CHOWN", "NET_BIND_SERVICE", "CAP_KILL", "setuid"] {
        pod(
            "W11",
            &format!("{{containers: [{{name: a, securityContext: {{capabilities: {{add: [{name}]}}}}}}]}}"),
            false,
        );
    }
    pod(
        "W12",
        "{containers: [{name: a, securityContext: {capabilities: {drop: [ALL], add: [CHOWN]}}}]}",
        true,
    );
    pod("W12", "{os: {name: windows}, containers: [{name: a}]}", false);
}

#[test]
fn jobs_need_no_probes_and_inits_neither() {
    pod("W23", "{restartPolicy: Never, containers: [{name: a}]}", false);
    pod(
        "W24",
        "{containers: [{name: a, readinessProbe: {exec: {command: [x]}}}], initContainers: [{name: b}]}",
        false,
    );
    pod("W23", "{containers: [{name: a, livenessProbe: {}}]}", true);
    object(
        "W23",
        "{apiVersion: batch/v1, kind: CronJob, metadata: {name: a}, spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: a}]}}}}}}",
        false,
    );
}

#[test]
fn limits_may_be_the_pods_and_requests_may_be_limits() {
    pod("W19", "{resources: {limits: {cpu: 1, memory: 1Gi}}, containers: [{name: a}]}", false);
    pod("W20", "{containers: [{name: a, resources: {limits: {cpu: 1, memory: 1Gi}}}]}", false);
    pod(
        "W19",
        "{containers: [{name: a, resources: {limits: {cpu: 1, memory: 1Gi}}}], ephemeralContainers: [{name: b}]}",
        false,
    );
    pod(
        "W19",
        "{containers: [{name: a, resources: {limits: {cpu: 1, memory: 1Gi}}}], initContainers: [{name: b}]}",
        true,
    );
}

#[test]
fn sysctls_are_written_with_slashes_too() {
    pod(
        "W16",
        "{securityContext: {sysctls: [{name: net/core/somaxconn, value: '1'}]}, containers: []}",
        true,
    );
    pod(
        "W16",
        "{securityContext: {sysctls: [{name: net/ipv4/tcp_syncookies, value: '1'}]}, containers: []}",
        false,
    );
}

#[test]
fn profiles_of_selinux_and_apparmor() {
    pod("W18", "{containers: [{name: a, securityContext: {seLinuxOptions: {type: spc_t}}}]}", true);
    pod("W18", "{containers: [{name: a, securityContext: {seLinuxOptions: {user: system_u}}}]}", true);
    pod("W18", "{containers: [{name: a, securityContext: {seLinuxOptions: {level: 's0:c1'}}}]}", false);
    pod("W18", "{containers: [{name: a, securityContext: {appArmorProfile: {type: Unconfined}}}]}", true);
}

#[test]
fn tokens_are_judged_with_their_accounts() {
    let account = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web, namespace: shop}\nautomountServiceAccountToken: ";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop}\nspec: {serviceAccountName: web, containers: []}\n";
    object("W43", &format!("{pod}{account}false\n"), false);
    object("W43", &format!("{pod}{account}true\n"), true);
    object(
        "W43",
        &format!(
            "{}{account}false\n",
            pod.replace("{service", "{automountServiceAccountToken: true, service")
        ),
        true,
    );
    object("W28", pod, false);
}

#[test]
fn workloads_without_containers_still_have_labels() {
    let service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {selector: {app: web}, ports: [{port: 8080}]}\n";
    object(
        "N08",
        &format!("{DEPLOYMENT}  template: {{metadata: {{labels: {{app: web}}}}}}\n{service}"),
        false,
    );
    object(
        "N08",
        &format!("{DEPLOYMENT}  template: {{metadata: {{labels: {{app: other}}}}}}\n{service}"),
        true,
    );
}

#[test]
fn policies_are_for_directions() {
    let policy = |spec: &str| {
        format!(
            "{DEPLOYMENT}  template: {{metadata: {{labels: {{app: web}}}}}}\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: shop}}\nspec: {spec}\n"
        )
    };
    object("N02", &policy("{podSelector: {matchLabels: {app: web}}}"), false);
    object("N07", &policy("{podSelector: {matchLabels: {app: web}}}"), true);
    object("N07", &policy("{podSelector: {}, egress: []}"), false);
    object("N02", &policy("{podSelector: {}, policyTypes: [Egress]}"), true);
    object(
        "N02",
        &policy("{podSelector: {}}").replace("name: p, namespace: shop", "name: p, namespace: other"),
        true,
    );
}

#[test]
fn budgets_are_counted_against_replicas() {
    let budget = |replicas: &str, spec: &str| {
        format!(
            "{DEPLOYMENT}  replicas: {replicas}\n  template: {{metadata: {{labels: {{app: web}}}}}}\n---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: p, namespace: shop}}\nspec: {{selector: {{matchLabels: {{app: web}}}}, {spec}}}\n"
        )
    };
    object("W26", &budget("3", "minAvailable: 2"), false);
    object("W26", &budget("2", "minAvailable: 2"), true);
    object("W26", &budget("3", "minAvailable: 100%"), true);
    object("W26", &budget("3", "maxUnavailable: 0%"), true);
    object("W26", &budget("3", "maxUnavailable: 25%"), false);
}

#[test]
fn services_are_internal_by_the_cloud_in_use() {
    let service = |annotation: &str| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: a, namespace: b, annotations: {{{annotation}}}}}\nspec: {{type: LoadBalancer, ports: [{{port: 443}}]}}\n"
        )
    };
    object("N01", &service("service.beta.kubernetes.io/aws-load-balancer-internal: 'true'"), false);
    // The fixtures' house uses one cloud, and this is another's annotation.
    object("N01", &service("service.beta.kubernetes.io/azure-load-balancer-internal: 'true'"), true);
    object("N01", &service("service.beta.kubernetes.io/aws-load-balancer-internal: 'false'"), true);
}

#[test]
fn roles_hide_rights_behind_stars() {
    let role = |rule: &str| {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: a}}\nrules: [{{{rule}}}]\n"
        )
    };
    for rule in [
        "apiGroups: [''], resources: [pods/exec], verbs: [create]",
        "apiGroups: ['*'], resources: ['*'], verbs: [get]",
        "apiGroups: [''], resources: ['pods/*'], verbs: ['*']",
        "apiGroups: [''], resources: ['*/exec'], verbs: [create]",
        "apiGroups: [''], resources: [nodes/proxy], verbs: [get]",
    ] {
        object("R05", &role(rule), true);
    }
    for rule in [
        "apiGroups: [''], resources: [pods/exec], verbs: [list]",
        "apiGroups: [apps], resources: [pods/exec], verbs: [create]",
        "apiGroups: [''], resources: [pods, pods/log], verbs: [get, create]",
    ] {
        object("R05", &role(rule), false);
    }
    object("R04", &role("apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: ['*']"), true);
    object("R04", &role("apiGroups: ['*'], resources: ['*'], verbs: ['*']"), false);
    object("R03", &role("apiGroups: ['*'], resources: ['*'], verbs: [get]"), true);
    // A name anyone can choose spares nothing.
    let system = role("apiGroups: [''], resources: [pods/exec], verbs: [create]")
        .replace("name: a", "name: 'system:a'");
    object("R05", &system, true);
}

#[test]
fn an_admin_by_another_name_is_one() {
    let text = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: helper}\nrules: [{apiGroups: ['*'], resources: ['*'], verbs: [get, list, watch, create, update, patch, delete]}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: helper}\nroleRef: {kind: ClusterRole, name: helper}\nsubjects: [{kind: User, name: a}]\n";
    object("R01", text, true);
    object("R01", &text.replace("apiGroups: ['*']", "apiGroups: [apps]"), false);
    object("R01", &text.replace("patch, delete", "patch"), false);
}

#[test]
fn old_api_versions_are_told_with_their_kinds() {
    for (version, kind, old) in [
        ("extensions/v1beta1", "Ingress", true),
        ("networking.k8s.io/v1beta1", "Ingress", true),
        ("networking.k8s.io/v1beta1", "IPAddress", false),
        ("policy/v1beta1", "PodDisruptionBudget", true),
        ("batch/v1", "CronJob", false),
        ("autoscaling/v2beta2", "HorizontalPodAutoscaler", true),
        ("apps/v1beta2", "Deployment", true),
    ] {
        object("W33", &format!("{{apiVersion: {version}, kind: {kind}, metadata: {{name: a}}}}"), old);
    }
}

#[test]
fn an_image_is_pinned_by_tag_or_digest() {
    let digest = format!("sha256:{}", "0".repeat(64));
    for (image, loose) in [
        ("nginx".to_owned(), true),
        ("nginx:latest".to_owned(), true),
        ("registry.example.com:5000/nginx".to_owned(), true),
        ("nginx:1.29".to_owned(), false),
        (format!("nginx@{digest}"), false),
        (format!("nginx:latest@{digest}"), false),
    ] {
        pod("I01", &format!("{{containers: [{{name: a, image: '{image}'}}]}}"), loose);
    }
}

#[test]
fn an_image_may_be_a_volume() {
    pod("I02", "{containers: [], volumes: [{name: a, image: {reference: evil.example/model:1}}]}", true);
    pod(
        "I02",
        "{containers: [], volumes: [{name: a, image: {reference: registry.example.com/model:1}}]}",
        false,
    );
    pod(
        "I01",
        "{containers: [], volumes: [{name: a, image: {reference: registry.example.com/model}}]}",
        true,
    );
}

#[test]
fn a_default_that_pulls_always_is_fine() {
    pod("I04", "{containers: [{name: a, image: nginx}]}", false);
    pod("I04", "{containers: [{name: a, image: 'nginx:latest', imagePullPolicy: Never}]}", true);
    pod("I04", "{containers: [{name: a, image: 'nginx:stable'}]}", true);
    pod("I04", "{containers: [{name: a, image: 'nginx:1.29', imagePullPolicy: IfNotPresent}]}", false);
}

#[test]
fn workloads_may_leave_out_almost_everything() {
    object(
        "W28",
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {template: {spec: {serviceAccountName: default}}}}",
        true,
    );
    object(
        "W28",
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {template: {spec: {serviceAccountName: app}}}}",
        false,
    );
    object(
        "W26",
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a, namespace: b}, spec: {replicas: 1, selector: {matchLabels: {app: a}}}}\n---\n{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: a, namespace: b}, spec: {minAvailable: 1, selector: {matchLabels: {app: a}}}}",
        true,
    );
}

#[test]
fn a_value_of_the_pod_is_told_where_it_stands() {
    let report = crate::judge(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  securityContext:\n    runAsUser: 0\n  containers: [{name: web}]\n",
    );
    let finding = report.findings.iter().find(|finding| finding.rule == "W09").unwrap();
    assert_eq!(
        (finding.location.path.as_str(), finding.location.line),
        ("spec.securityContext.runAsUser", 6)
    );
}
