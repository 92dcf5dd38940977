//! `metadata.managedFields` of pods, in the size and shape that real ones have.

use serde_json::{Map, Value, json};

use super::super::object::ago;

/// The fields of a pod that its controller and the kubelet own: about half of the pod's JSON.
pub(super) fn of_pod(containers: &[&str], age: i64) -> Value {
    json!([
        {"manager": "kube-controller-manager", "operation": "Update", "apiVersion": "v1", "time": ago(age),
            "fieldsType": "FieldsV1", "fieldsV1": {
                "f:metadata": {"f:generateName": {}, "f:labels": {".": {}, "f:app": {}, "f:pod-template-hash": {}},
                    "f:ownerReferences": {".": {}, "k:{\"uid\":\"00000000-0000-4000-8000-000000000000\"}": {}}},
                "f:spec": {"f:containers": each(containers, &container()), "f:dnsPolicy": {}, "f:enableServiceLinks": {},
                    "f:restartPolicy": {}, "f:schedulerName": {}, "f:securityContext": {},
                    "f:serviceAccount": {}, "f:serviceAccountName": {}, "f:terminationGracePeriodSeconds": {}}}},
        {"manager": "kubelet", "operation": "Update", "apiVersion": "v1", "time": ago(age - 9),
            "fieldsType": "FieldsV1", "subresource": "status", "fieldsV1": {
                "f:status": {"f:conditions": conditions(), "f:containerStatuses": {}, "f:hostIP": {}, "f:hostIPs": {},
                    "f:phase": {}, "f:podIP": {}, "f:podIPs": {".": {}, "k:{\"ip\":\"10.0.0.0\"}": {".": {}, "f:ip": {}}},
                    "f:startTime": {}}}}
    ])
}

fn each(names: &[&str], fields: &Value) -> Value {
    let entries = names.iter().map(|name| (format!("k:{{\"name\":\"{name}\"}}"), fields.clone()));
    Value::Object(entries.collect::<Map<_, _>>())
}

fn container() -> Value {
    json!({".": {}, "f:env": {".": {}, "k:{\"name\":\"PORT\"}": {".": {}, "f:name": {}, "f:value": {}}},
        "f:image": {}, "f:imagePullPolicy": {}, "f:livenessProbe": probe(), "f:name": {},
        "f:ports": {".": {}, "k:{\"containerPort\":8080,\"protocol\":\"TCP\"}":
            {".": {}, "f:containerPort": {}, "f:name": {}, "f:protocol": {}}},
        "f:readinessProbe": probe(),
        "f:resources": {".": {}, "f:limits": {".": {}, "f:memory": {}}, "f:requests": {".": {}, "f:cpu": {}, "f:memory": {}}},
        "f:terminationMessagePath": {}, "f:terminationMessagePolicy": {}})
}

fn probe() -> Value {
    json!({".": {}, "f:failureThreshold": {}, "f:httpGet": {".": {}, "f:path": {}, "f:port": {}, "f:scheme": {}},
        "f:periodSeconds": {}, "f:successThreshold": {}, "f:timeoutSeconds": {}})
}

fn conditions() -> Value {
    let fields = json!({".": {}, "f:lastProbeTime": {}, "f:lastTransitionTime": {}, "f:observedGeneration": {},
        "f:status": {}, "f:type": {}});
    let types = ["ContainersReady", "Initialized", "PodReadyToStartContainers", "Ready"];
    let entries = types.map(|kind| (format!("k:{{\"type\":\"{kind}\"}}"), fields.clone()));
    Value::Object(entries.into_iter().collect::<Map<_, _>>())
}
