//! Rules for bodies that create a cluster, and for the profiles in them.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Outcome, shown, text};
use crate::ids::Uid;

/// Clouds without an account.
const WITHOUT_ACCOUNT: [&str; 5] = ["virtual", "nested", "edge-native", "generic", "edge"];

/// Whether Palette's wizard takes the name: `^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`.
fn is_name(name: &str) -> bool {
    let edge =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let bytes = name.as_bytes();
    edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-')
}

pub(super) fn check(config: &Map<String, Value>, cloud: Option<&str>, outcome: &mut Outcome) {
    let whole = Value::Object(config.clone());
    let spec = config.get("spec").cloned().unwrap_or_default();
    let name = text(&whole, "/metadata/name");
    outcome.rule("cluster-name");
    if !is_name(name) {
        outcome.refuse(
            "cluster-name",
            "/metadata/name",
            format!("`{}` is no name of a cluster", shown(name)),
            "use small letters, digits and inner hyphens",
        );
    }
    let needs_account = !cloud.is_some_and(|cloud| WITHOUT_ACCOUNT.contains(&cloud))
        && spec.pointer("/clusterConfig/hostClusterConfig").is_none();
    outcome.rule("cloud-account");
    if needs_account && Uid::parse(text(&spec, "/cloudAccountUid")).is_err() {
        outcome.refuse(
            "cloud-account",
            "/spec/cloudAccountUid",
            "is missing or no uid",
            "name the cloud account by its uid",
        );
    }
    outcome.rule("cloud-config");
    if needs_account && !spec.get("cloudConfig").is_some_and(Value::is_object) {
        outcome.refuse(
            "cloud-config",
            "/spec/cloudConfig",
            "is missing",
            "say where the cluster goes, such as its region",
        );
    }
    let region = matches!(cloud, Some("aws" | "eks"));
    if region && text(&spec, "/cloudConfig/region").is_empty() {
        outcome.refuse("cloud-config", "/spec/cloudConfig/region", "is missing", "name the region");
    }
    pools(&spec, needs_account, outcome);
    outcome.rule("profiles");
    if spec.get("profiles").and_then(Value::as_array).is_none_or(Vec::is_empty) && needs_account {
        outcome.refuse(
            "profiles",
            "/spec/profiles",
            "there are none",
            "name an infra or a full profile version at least",
        );
    }
    if let Value::Object(spec) = &spec {
        profiles(spec, "/spec", outcome);
    }
}

fn pools(spec: &Value, machines: bool, outcome: &mut Outcome) {
    outcome.rule("pool-key");
    if spec.get("machinePoolConfig").is_some() {
        outcome.refuse(
            "pool-key",
            "/spec/machinePoolConfig",
            "is the key that Palette reads back, not the one that it takes",
            "write it `machinepoolconfig`",
        );
    }
    if !machines {
        return;
    }
    outcome.rule("pools");
    let pools = spec.get("machinepoolconfig").or_else(|| spec.get("machinePoolConfig"));
    let pools = pools.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if pools.is_empty() {
        outcome.refuse(
            "pools",
            "/spec/machinepoolconfig",
            "there are none",
            "describe a control-plane pool at least",
        );
        return;
    }
    let (mut names, mut planes) = (BTreeSet::new(), 0);
    for (place, pool) in pools.iter().enumerate() {
        let path = format!("/spec/machinepoolconfig/{place}/poolConfig");
        let name = text(pool, "/poolConfig/name");
        if name.is_empty() || !names.insert(name) {
            outcome.refuse(
                "pools",
                &format!("{path}/name"),
                "is missing, or there twice",
                "give each pool a name of its own",
            );
        }
        if !pool.get("cloudConfig").is_some_and(Value::is_object) {
            outcome.refuse(
                "pools",
                &format!("/spec/machinepoolconfig/{place}/cloudConfig"),
                "is missing",
                "say what its machines are",
            );
        }
        if pool.pointer("/poolConfig/labels").and_then(Value::as_array).is_none_or(Vec::is_empty) {
            outcome.refuse(
                "pools",
                &format!("{path}/labels"),
                "are missing",
                "use `control-plane` or `worker`",
            );
        }
        planes += usize::from(size(pool, &path, outcome));
    }
    outcome.rule("control-plane");
    if planes != 1 {
        outcome.refuse(
            "control-plane",
            "/spec/machinepoolconfig",
            format!("{planes} pools are a control plane"),
            "make exactly one of them the control plane",
        );
    }
}

/// Checks a pool's sizes, and says whether it is the control plane.
fn size(pool: &Value, path: &str, outcome: &mut Outcome) -> bool {
    outcome.rule("pool-size");
    let number = |name: &str| pool.pointer(&format!("/poolConfig/{name}")).and_then(Value::as_i64);
    let is_plane = pool.pointer("/poolConfig/isControlPlane").and_then(Value::as_bool).unwrap_or(false);
    let Some(size) = number("size").filter(|size| *size >= i64::from(is_plane)) else {
        outcome.refuse(
            "pool-size",
            &format!("{path}/size"),
            "is missing or too small",
            "say how many machines",
        );
        return is_plane;
    };
    let (least, most) = (number("minSize").filter(|it| *it > 0), number("maxSize").filter(|it| *it > 0));
    if least.is_some_and(|least| least > size) || most.is_some_and(|most| most < size) {
        outcome.refuse(
            "pool-size",
            path,
            "the size is outside of `minSize` and `maxSize`",
            "put it between them",
        );
    }
    if is_plane && size % 2 == 0 {
        outcome.warn(
            "pool-size",
            &format!("{path}/size"),
            format!("a control plane of {size} survives no more failures than one of {}", size - 1),
            "use 1, 3 or 5",
        );
    }
    is_plane
}

/// The profiles of a body below `path`.
pub(super) fn profiles(body: &Map<String, Value>, path: &str, outcome: &mut Outcome) {
    outcome.rule("profile-uids");
    let profiles = body.get("profiles").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut seen = BTreeSet::new();
    for (place, profile) in profiles.iter().enumerate() {
        let at = format!("{path}/profiles/{place}");
        match Uid::parse(text(profile, "/uid")) {
            Ok(uid) if seen.insert(uid.clone()) => {}
            Ok(uid) => outcome.refuse(
                "profile-uids",
                &at,
                format!("`{uid}` is there twice"),
                "name each version once",
            ),
            Err(_) => outcome.refuse(
                "profile-uids",
                &format!("{at}/uid"),
                "is missing or no uid",
                "name a version by its uid",
            ),
        }
        if path.is_empty() && text(profile, "/replaceWithProfile").is_empty() {
            outcome.rule("profile-replaces");
            outcome.warn(
                "profile-replaces",
                &at,
                "has no `replaceWithProfile`: merged, it is added beside the version that it should replace",
                "name the attached version that it replaces, unless it is new to the cluster",
            );
        }
    }
}
