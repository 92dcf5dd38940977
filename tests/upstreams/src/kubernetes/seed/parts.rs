//! The single objects that a cluster is made of: nodes, namespaces, services, claims, events.

use serde_json::{Value, json};

use super::super::object::{DAY, Object, ago, ago_micro, hash, moment, uid};
use super::app::random_name;

/// An active namespace.
#[must_use]
pub fn namespace(name: &str) -> Object {
    Object::new("v1", "Namespace", "", name)
        .aged(90 * DAY)
        .label("kubernetes.io/metadata.name", name)
        .set("/spec/finalizers", json!(["kubernetes"]))
        .set("/status/phase", "Active")
}

/// A ready node of 4 cores and 16 GiB, and the lease by which it says that it lives.
#[must_use]
pub fn node(name: &str) -> [Object; 2] {
    let condition = |kind: &str, status: &str, reason: &str, message: &str| {
        json!({"type": kind, "status": status, "reason": reason, "message": message,
            "lastHeartbeatTime": ago(40), "lastTransitionTime": ago(60 * DAY)})
    };
    let amounts = |cpu: &str, memory: &str| json!({"cpu": cpu, "memory": memory, "pods": "110", "ephemeral-storage": "95491281146"});
    let node = Object::new("v1", "Node", "", name)
        .aged(90 * DAY)
        .label("kubernetes.io/hostname", name)
        .label("kubernetes.io/os", "linux")
        .label("kubernetes.io/arch", "amd64")
        .label("topology.kubernetes.io/zone", "zone-a")
        .set("/spec/podCIDR", "10.244.0.0/24")
        .set("/status/capacity", amounts("4", "16393244Ki"))
        .set("/status/allocatable", amounts("3920m", "15388700Ki"))
        .set("/status/addresses", json!([
            {"type": "InternalIP", "address": format!("10.0.0.{}", hash(&[name]) % 250 + 2)},
            {"type": "Hostname", "address": name}]))
        .set("/status/nodeInfo", json!({"kubeletVersion": "v1.36.2", "kernelVersion": "6.12.0-generic", "architecture": "amd64",
            "osImage": "Debian GNU/Linux 13 (trixie)", "operatingSystem": "linux", "containerRuntimeVersion": "containerd://2.2.1"}))
        .set("/status/conditions", json!([
            condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
            condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
            condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
            condition("Ready", "True", "KubeletReady", "kubelet is posting ready status")]));
    let lease = lease("kube-node-lease", name, name);
    [node, lease]
}

/// A lease of forty seconds that its holder keeps renewing.
#[must_use]
pub fn lease(namespace: &str, name: &str, holder: &str) -> Object {
    let mut lease = Object::new("coordination.k8s.io/v1", "Lease", namespace, name)
        .aged(90 * DAY)
        .set("/spec/holderIdentity", holder)
        .set("/spec/leaseDurationSeconds", 40)
        .set("/spec/renewTime", ago_micro(3));
    lease.renewing = true;
    lease
}

/// The same lease, last renewed so many seconds ago and never since.
#[must_use]
pub fn stale_lease(namespace: &str, name: &str, holder: &str, seconds: i64) -> Object {
    let mut lease = lease(namespace, name, holder).set("/spec/renewTime", ago_micro(seconds));
    lease.renewing = false;
    lease
}

/// A `ClusterIP` service with one port, whose target is the port's name.
#[must_use]
pub fn service(namespace: &str, name: &str, selector: &[(&str, &str)], port_name: &str, port: u16) -> Object {
    let selector: Value = selector.iter().map(|&(key, value)| (key.to_owned(), Value::from(value))).collect();
    let place = hash(&["service", namespace, name]);
    let address = format!("10.96.{}.{}", place % 250, (place >> 16) % 250 + 2);
    Object::new("v1", "Service", namespace, name)
        .label("app", name)
        .set(
            "/spec",
            json!({"type": "ClusterIP", "clusterIP": address, "clusterIPs": [address], "selector": selector,
            "ports": [{"name": port_name, "port": port, "protocol": "TCP", "targetPort": port_name}],
            "sessionAffinity": "None", "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack"}),
        )
        .set("/status/loadBalancer", json!({}))
}

/// A service's endpoints: addresses, and whether each is ready.
#[must_use]
pub fn endpoint_slice(
    namespace: &str,
    service: &str,
    port_name: &str,
    port: u16,
    endpoints: &[(String, bool)],
) -> Object {
    let endpoints: Vec<Value> = endpoints
        .iter()
        .map(|(address, ready)| {
            json!({"addresses": [address], "conditions": {"ready": ready, "serving": ready, "terminating": false}})
        })
        .collect();
    let name = format!("{service}-{}", random_name(&["slice", namespace, service], 5));
    Object::new("discovery.k8s.io/v1", "EndpointSlice", namespace, &name)
        .label("kubernetes.io/service-name", service)
        .label("endpointslice.kubernetes.io/managed-by", "endpointslice-controller.k8s.io")
        .set("/addressType", "IPv4")
        .set("/endpoints", endpoints)
        .set("/ports", json!([{"name": port_name, "port": port, "protocol": "TCP"}]))
}

/// An event about an object: seen `count` times, the last time so many seconds ago.
#[must_use]
pub fn event(
    namespace: &str,
    about: (&str, &str),
    reason: &str,
    message: &str,
    count: u32,
    seconds: i64,
) -> Object {
    let (kind, name) = about;
    let normal =
        ["Scheduled", "Pulled", "Created", "Started", "Killing", "SuccessfulCreate", "WaitForFirstConsumer"];
    let severity = if normal.contains(&reason) { "Normal" } else { "Warning" };
    let component = match (kind, reason) {
        ("Pod", "FailedScheduling") => "default-scheduler",
        ("Pod" | "Node", _) => "kubelet",
        ("PersistentVolumeClaim", _) => "persistentvolume-controller",
        _ => "controller-manager",
    };
    let api_version = match kind {
        "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" => "apps/v1",
        "Job" | "CronJob" => "batch/v1",
        _ => "v1",
    };
    // Cluster kinds have events too, in the namespace `default`, and no namespace of their own.
    let of_namespace = if kind == "Node" || kind == "PersistentVolume" { "" } else { namespace };
    let suffix = format!("{:016x}", hash(&[namespace, kind, name, reason, message]));
    Object::new("v1", "Event", namespace, &format!("{name}.{suffix}"))
        .aged(seconds + i64::from(count) * 30)
        .set(
            "/involvedObject",
            json!({"kind": kind, "namespace": of_namespace, "name": name, "apiVersion": api_version,
            "uid": uid(&[kind, of_namespace, name])}),
        )
        .set("/reason", reason)
        .set("/message", message)
        .set("/type", severity)
        .set("/count", count)
        .set("/firstTimestamp", ago(seconds + i64::from(count) * 30))
        .set("/lastTimestamp", ago(seconds))
        .set("/eventTime", Value::Null)
        .set("/source", json!({"component": component}))
        .set("/reportingComponent", component)
        .set("/reportingInstance", "")
}

/// A bound claim of 10 GiB and its volume.
#[must_use]
pub fn bound_claim(namespace: &str, name: &str, class: &str) -> [Object; 2] {
    let claim = claim(namespace, name, class);
    let volume = volume(&format!("pvc-{}", claim.uid()), class)
        .set(
            "/spec/claimRef",
            json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": namespace,
            "name": name, "uid": claim.uid()}),
        )
        .set("/status/phase", "Bound");
    let claim = claim.set("/spec/volumeName", volume.name()).set(
        "/status",
        json!({"phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "10Gi"}}),
    );
    [claim, volume]
}

/// A claim of 10 GiB that nothing is bound to yet.
#[must_use]
pub fn claim(namespace: &str, name: &str, class: &str) -> Object {
    Object::new("v1", "PersistentVolumeClaim", namespace, name)
        .set(
            "/spec",
            json!({"accessModes": ["ReadWriteOnce"], "storageClassName": class, "volumeMode": "Filesystem",
            "resources": {"requests": {"storage": "10Gi"}}}),
        )
        .set("/status/phase", "Pending")
}

/// A volume of 10 GiB that is free.
#[must_use]
pub fn volume(name: &str, class: &str) -> Object {
    Object::new("v1", "PersistentVolume", "", name)
        .set("/spec", json!({"capacity": {"storage": "10Gi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": class,
            "persistentVolumeReclaimPolicy": "Delete", "volumeMode": "Filesystem",
            "csi": {"driver": "csi.example.com", "volumeHandle": name}}))
        .set("/status/phase", "Available")
}

/// A storage class, the default one or not.
#[must_use]
pub fn storage_class(name: &str, default: bool) -> Object {
    Object::new("storage.k8s.io/v1", "StorageClass", "", name)
        .annotation("storageclass.kubernetes.io/is-default-class", if default { "true" } else { "false" })
        .set("/provisioner", "csi.example.com")
        .set("/reclaimPolicy", "Delete")
        .set("/volumeBindingMode", "Immediate")
        .set("/allowVolumeExpansion", true)
}

/// A ConfigMap of text entries.
#[must_use]
pub fn config_map(namespace: &str, name: &str, data: &[(&str, &str)]) -> Object {
    let data: Value = data.iter().map(|&(key, value)| (key.to_owned(), Value::from(value))).collect();
    Object::new("v1", "ConfigMap", namespace, name).set("/data", data)
}

/// A Secret of a type; the values are given in the clear.
#[must_use]
pub fn secret(namespace: &str, name: &str, kind: &str, data: &[(&str, &str)]) -> Object {
    use base64::Engine;
    let encode = |value: &str| Value::from(base64::engine::general_purpose::STANDARD.encode(value));
    let data: Value = data.iter().map(|&(key, value)| (key.to_owned(), encode(value))).collect();
    Object::new("v1", "Secret", namespace, name).set("/type", kind).set("/data", data)
}

/// A service account.
#[must_use]
pub fn service_account(namespace: &str, name: &str) -> Object {
    Object::new("v1", "ServiceAccount", namespace, name)
}

/// An ingress of one host whose every path goes to a service's port; TLS if a secret is named.
#[must_use]
pub fn ingress(
    namespace: &str,
    name: &str,
    class: &str,
    host: &str,
    service: (&str, u16),
    tls: Option<&str>,
) -> Object {
    let backend = json!({"service": {"name": service.0, "port": {"number": service.1}}});
    let ingress = Object::new("networking.k8s.io/v1", "Ingress", namespace, name)
        .set("/spec/ingressClassName", class)
        .set("/spec/rules", json!([{"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}]))
        .set("/status/loadBalancer/ingress", json!([{"ip": "203.0.113.10"}]));
    match tls {
        Some(secret) => ingress.set("/spec/tls", json!([{"hosts": [host], "secretName": secret}])),
        None => ingress,
    }
}

/// An ingress class.
#[must_use]
pub fn ingress_class(name: &str) -> Object {
    Object::new("networking.k8s.io/v1", "IngressClass", "", name)
        .set("/spec/controller", "example.com/ingress")
}

/// A job's pod template runs to an end; this is a job that did, or that failed.
#[must_use]
pub fn job(namespace: &str, name: &str, image: &str, failed: bool) -> Object {
    let template = json!({"metadata": {"labels": {"job-name": name}},
        "spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": image}]}});
    let at = ago(1_800);
    let status = if failed {
        json!({"startTime": ago(3_600), "failed": 7, "conditions": [{"type": "Failed", "status": "True",
            "reason": "BackoffLimitExceeded", "message": "Job has reached the specified backoff limit", "lastTransitionTime": at}]})
    } else {
        json!({"startTime": ago(3_600), "completionTime": at, "succeeded": 1,
            "conditions": [{"type": "Complete", "status": "True", "reason": "CompletionsReached", "lastTransitionTime": at}]})
    };
    Object::new("batch/v1", "Job", namespace, name)
        .aged(3_600)
        .set(
            "/spec",
            json!({"completions": 1, "parallelism": 1, "backoffLimit": 6, "template": template,
            "selector": {"matchLabels": {"job-name": name}}}),
        )
        .set("/status", status)
}

/// A cron job that last ran so many seconds ago.
#[must_use]
pub fn cron_job(namespace: &str, name: &str, schedule: &str, last: i64) -> Object {
    Object::new("batch/v1", "CronJob", namespace, name)
        .aged(60 * DAY)
        .set(
            "/spec",
            json!({"schedule": schedule, "suspend": false, "concurrencyPolicy": "Forbid",
            "successfulJobsHistoryLimit": 3, "failedJobsHistoryLimit": 1,
            "jobTemplate": {"spec": {"template": {"spec": {"restartPolicy": "OnFailure",
                "containers": [{"name": "main", "image": format!("registry.example.com/{name}:2.1.0")}]}}}}}),
        )
        .set("/status", json!({"lastScheduleTime": ago(last), "lastSuccessfulTime": ago((last - 45).max(0))}))
}

/// A secret with a self-signed certificate for a host, which runs out in so many days (or did).
#[must_use]
pub fn tls_secret(namespace: &str, name: &str, host: &str, days: i64) -> Object {
    let (certificate, key) = certificate(host, days).unwrap_or_default();
    secret(namespace, name, "kubernetes.io/tls", &[("tls.crt", &certificate), ("tls.key", &key)])
}

fn certificate(host: &str, days: i64) -> Option<(String, String)> {
    let day = |days: i64| {
        let date = moment(-days * DAY).to_zoned(jiff::tz::TimeZone::UTC).date();
        let (month, day) = (u8::try_from(date.month()).ok()?, u8::try_from(date.day()).ok()?);
        Some(rcgen::date_time_ymd(i32::from(date.year()), month, day))
    };
    let mut params = rcgen::CertificateParams::new(vec![host.to_owned()]).ok()?;
    (params.not_before, params.not_after) = (day(days - 365)?, day(days)?);
    let key = rcgen::KeyPair::generate().ok()?;
    Some((params.self_signed(&key).ok()?.pem(), key.serialize_pem()))
}
