//! A small company: three teams, three clusters, some forty workloads, most of them dull, as they are.

use serde_json::{Value, json};

use super::{Cluster, Flow, Seed, Workload, policy};

const EAST: &str = "east-1";
const WEST: &str = "west-1";
/// A name as users give them: it must survive headers and URLs.
const SHARED: &str = "admin@shared svc 01";

/// Cluster, team, system, kind, name, environment, millicores and MiB (requested, recommended), replicas, money a day.
type Row =
    (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str, [u32; 4], u32, f64);

const ROWS: [Row; 41] = [
    (EAST, "shop", "storefront", "Deployment", "web", "prod", [1000, 420, 1024, 700], 6, 14.2),
    (EAST, "shop", "storefront", "Deployment", "checkout", "prod", [1000, 71, 2048, 1986], 3, 4.6),
    (EAST, "shop", "storefront", "Deployment", "cart", "prod", [500, 480, 768, 740], 3, 4.1),
    (EAST, "shop", "storefront", "Deployment", "search", "prod", [2000, 1850, 4096, 5120], 4, 19.8),
    (EAST, "shop", "storefront", "StatefulSet", "orders-db", "prod", [2000, 1200, 8192, 7680], 3, 24.6),
    (EAST, "shop", "storefront", "StatefulSet", "session-cache", "prod", [500, 180, 2048, 900], 3, 5.9),
    (EAST, "shop", "storefront", "Deployment", "recommender", "prod", [4000, 3900, 16384, 15800], 2, 61.3),
    (EAST, "shop", "storefront", "CronJob", "feed-export", "prod", [250, 200, 512, 400], 1, 0.4),
    (WEST, "shop", "storefront", "Deployment", "web", "prod", [1000, 380, 1024, 690], 4, 9.5),
    (WEST, "shop", "storefront", "Deployment", "checkout", "prod", [250, 610, 1024, 1536], 2, 1.9),
    (WEST, "shop", "storefront", "Deployment", "cart", "prod", [500, 450, 768, 720], 2, 2.7),
    (WEST, "shop", "storefront", "StatefulSet", "session-cache", "prod", [500, 170, 2048, 860], 3, 5.8),
    (SHARED, "shop", "storefront", "Deployment", "web", "staging", [500, 60, 512, 300], 1, 1.3),
    (SHARED, "shop", "storefront", "Deployment", "checkout", "staging", [500, 40, 1024, 350], 1, 1.6),
    (SHARED, "shop", "storefront", "Deployment", "cart", "staging", [250, 30, 512, 260], 1, 0.8),
    (EAST, "payments", "payments", "Deployment", "gateway", "prod", [1500, 640, 1024, 820], 4, 12.1),
    (EAST, "payments", "payments", "Deployment", "ledger", "prod", [1000, 940, 2048, 2900], 3, 8.8),
    (EAST, "payments", "payments", "Deployment", "fraud-score", "prod", [2000, 500, 4096, 1800], 3, 17.5),
    (EAST, "payments", "payments", "StatefulSet", "ledger-db", "prod", [2000, 1900, 8192, 8000], 3, 27.4),
    (EAST, "payments", "payments", "StatefulSet", "events", "prod", [1000, 820, 4096, 3900], 3, 13.0),
    (EAST, "payments", "payments", "Deployment", "payout", "prod", [500, 110, 512, 280], 2, 2.2),
    (EAST, "payments", "payments", "CronJob", "reconcile", "prod", [1000, 900, 2048, 1900], 1, 0.9),
    (WEST, "payments", "payments", "Deployment", "gateway", "prod", [1500, 590, 1024, 800], 3, 9.0),
    (WEST, "payments", "payments", "Deployment", "ledger", "prod", [1000, 910, 2048, 2000], 2, 5.9),
    (WEST, "payments", "payments", "Deployment", "payout", "prod", [500, 90, 512, 270], 1, 1.1),
    (SHARED, "payments", "payments", "Deployment", "gateway", "staging", [500, 50, 512, 310], 1, 1.4),
    (SHARED, "payments", "payments", "Deployment", "ledger", "staging", [500, 70, 1024, 500], 1, 1.7),
    (EAST, "platform", "delivery", "Deployment", "ingress", "prod", [2000, 1600, 2048, 1900], 3, 16.2),
    (EAST, "platform", "delivery", "DaemonSet", "node-logs", "prod", [100, 90, 256, 300], 9, 3.8),
    (EAST, "platform", "delivery", "DaemonSet", "node-metrics", "prod", [100, 40, 128, 90], 9, 2.5),
    (
        EAST,
        "platform",
        "observability",
        "StatefulSet",
        "prometheus",
        "prod",
        [4000, 2600, 32768, 30720],
        2,
        58.4,
    ),
    (EAST, "platform", "observability", "Deployment", "grafana", "prod", [500, 80, 1024, 310], 2, 2.6),
    (EAST, "platform", "observability", "Deployment", "alerts", "prod", [250, 60, 256, 120], 2, 1.0),
    (WEST, "platform", "delivery", "Deployment", "ingress", "prod", [2000, 1500, 2048, 1800], 2, 10.8),
    (WEST, "platform", "delivery", "DaemonSet", "node-logs", "prod", [100, 95, 256, 310], 5, 2.1),
    (
        WEST,
        "platform",
        "observability",
        "StatefulSet",
        "prometheus",
        "prod",
        [4000, 1700, 32768, 16384],
        1,
        29.2,
    ),
    (SHARED, "platform", "delivery", "Deployment", "registry", "shared", [1000, 150, 2048, 600], 2, 5.6),
    (SHARED, "platform", "delivery", "StatefulSet", "git", "shared", [2000, 700, 8192, 4096], 1, 13.9),
    (SHARED, "platform", "delivery", "Deployment", "ci-runner", "shared", [4000, 3100, 8192, 6100], 5, 48.0),
    (SHARED, "platform", "delivery", "Deployment", "secrets-sync", "shared", [100, 20, 128, 60], 1, 0.3),
    (SHARED, "platform", "observability", "Deployment", "grafana", "shared", [500, 30, 512, 200], 1, 1.3),
];

pub(super) fn seed() -> Seed {
    let policies = |cluster: Cluster| {
        cluster
            .policy(policy("production", "24h", 85, 10))
            .policy(policy("high-availability", "168h", 99, 25))
            .policy(policy("batch", "12h", 70, 5))
    };
    let mut seed = Seed::new()
        .cluster(policies(Cluster::new(EAST).network(true)))
        .cluster(policies(Cluster::new(WEST).network(false)))
        .cluster(Cluster::new(SHARED).policy(policy("cost", "24h", 75, 5)));
    for row in ROWS {
        seed = seed.workload(told(row));
    }
    seed
}

/// A row as a workload: what its figures say of it, then what is special about it.
fn told(row: Row) -> Workload {
    let (cluster, team, system, kind, name, env, [cpu, cpu_rec, mem, mem_rec], replicas, daily) = row;
    let workload = Workload::new(cluster, team, kind, name)
        .label("app", name)
        .label("env", env)
        .label("team", team)
        .label("app.kubernetes.io/part-of", system)
        .replicas(replicas)
        .cpu(cpu, cpu_rec)
        .memory(mem, mem_rec)
        .costs(daily)
        .policy(match (kind, env) {
            ("CronJob", _) => "batch",
            ("StatefulSet", _) => "high-availability",
            (_, "prod") => "production",
            _ => "cost",
        });
    let kept = (f64::from(cpu_rec) / f64::from(cpu) + f64::from(mem_rec) / f64::from(mem)) / 2.0;
    let saving = ((1.0 - kept) * daily * 30.0 * 100.0).round() / 100.0;
    let is_automatic = matches!(name, "cart" | "ingress" | "node-metrics" | "gateway" | "ci-runner");
    let workload = if is_automatic { workload.automatic((daily * 6.0).round()) } else { workload };
    let workload = match (mem_rec > mem || cpu_rec > cpu, kept < 0.8) {
        (true, _) => workload.under(),
        (false, true) => workload.over(saving),
        (false, false) => workload,
    };
    special(workload, cluster, name)
}

fn special(workload: Workload, cluster: &str, name: &str) -> Workload {
    match (cluster, name) {
        (EAST, "checkout") => workload
            .talks_to(Flow::new("orders-db", "shop", "StatefulSet", 0.31, 4.1e9))
            .talks_to(Flow::new("gateway", "payments", "Deployment", 0.12, 1.6e9))
            .talks_to(Flow::local("session-cache", "shop", "StatefulSet", 9.4e8)),
        (EAST, "gateway") => {
            workload.set("hasHpa", true).talks_to(Flow::new("ledger", "payments", "Deployment", 0.22, 2.9e9))
        }
        (WEST, "checkout") => {
            workload.automatic(5.5).set("oomCountLast24h", 4).set("oomLastTimestamp", "2026-11-20T21:14:03Z")
        }
        (EAST, "ledger") => workload
            .set("oomCountLast24h", 2)
            .set("oomLastTimestamp", "2026-11-20T03:40:11Z")
            .set("workloadErrors", "1 pod was killed: out of memory"),
        (EAST, "web") => {
            workload.set("hasHpa", true).set("hpaStatusWarnings", "at its most replicas for 3 h")
        }
        (EAST, "recommender") => workload.set("hasGPU", true).set("priorityClassName", "batch-gpu"),
        (EAST, "search") => workload.without_hourly().set("priorityClassName", 0),
        (SHARED, "ci-runner") => workload.spot(0.8).set("shouldBinPack", true),
        (EAST, "events") => workload.spot(0.25).set("overridden", true),
        // What a field's absence looks like, and a list that is not there.
        (SHARED, "registry") => workload.without("cpuRecommended").without("policyName").unpriced(),
        (SHARED, "secrets-sync") => {
            workload.set("rollingStrategyDetails", Value::Null).without("activeSavings").without("replicas")
        }
        (WEST, "prometheus") => {
            workload.set("rollingStrategyDetails", json!({"rolloutPolicyValue": "OnCreate"}))
        }
        _ => workload,
    }
}
