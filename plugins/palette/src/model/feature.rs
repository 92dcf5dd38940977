//! Certificates, backups, restores and scans of a cluster, and what an update would bring.

use super::lenient;
use super::profile::ProfileTemplate;

lenient! {
    /// `GET /v1/spectroclusters/{uid}/k8certificates`.
    Certificates {
        /// Each machine of the control plane.
        machine_certificates: Vec<MachineCertificates>,
    }

    /// Certificates of one machine.
    MachineCertificates {
        /// The machine.
        name: String,
        /// Authorities.
        certificate_authorities: Vec<Authority>,
    }

    /// An authority and what it has signed.
    Authority {
        /// Name.
        name: String,
        /// RFC 3339.
        expiry: String,
        /// What it has signed.
        certificates: Vec<Certificate>,
    }

    /// One certificate.
    Certificate {
        /// Name.
        name: String,
        /// RFC 3339.
        expiry: String,
    }

    /// `GET .../features/backup`.
    Backup {
        /// What is wanted.
        spec: BackupSpec,
        /// What was done.
        status: BackupStatus,
    }

    /// What is wanted.
    BackupSpec {
        /// How.
        backup_config: BackupConfig,
    }

    /// How backups are made.
    BackupConfig {
        /// Their names begin so.
        backup_prefix: String,
        /// How long they are kept.
        duration_in_hours: u64,
        /// Namespaces; empty: all.
        namespaces: Vec<String>,
        /// When.
        schedule: Schedule,
    }

    /// When.
    Schedule {
        /// A cron line.
        scheduled_run_time: String,
    }

    /// What was done.
    BackupStatus {
        /// Each backup.
        cluster_backup_statuses: Vec<BackupRun>,
    }

    /// One backup.
    BackupRun {
        /// Name.
        backup_name: String,
        /// `Completed`, `Failed`, `Running` and so on.
        backup_state: String,
        /// RFC 3339.
        completion_time: String,
        /// RFC 3339.
        expiry_time: String,
    }

    /// `GET .../features/restore`.
    Restore {
        /// What was done.
        status: RestoreStatus,
    }

    /// What was restored.
    RestoreStatus {
        /// Each restore.
        cluster_restore_statuses: Vec<RestoreRun>,
    }

    /// One restore.
    RestoreRun {
        /// The backup that it came from.
        backup_name: String,
        /// State.
        state: String,
        /// RFC 3339.
        restore_time: String,
    }

    /// `GET .../features/complianceScan`.
    Scan {
        /// What is wanted.
        spec: ScanSpec,
    }

    /// Which scans are wanted.
    ScanSpec {
        /// By driver: `kubeBench`, `kubeHunter`, `sonobuoy`, `syft`.
        driver_spec: std::collections::BTreeMap<String, Driver>,
    }

    /// One scan.
    Driver {
        /// How.
        config: DriverConfig,
    }

    /// How a scan is made.
    DriverConfig {
        /// When.
        schedule: Schedule,
    }

    /// `GET .../features/complianceScan/logs/drivers`.
    ScanLogs {
        /// Settings against the CIS benchmark.
        kube_bench_logs: Vec<ScanLog>,
        /// Penetration.
        kube_hunter_logs: Vec<ScanLog>,
        /// Conformance.
        sonobuoy_logs: Vec<ScanLog>,
        /// Bill of materials.
        syft_logs: Vec<ScanLog>,
    }

    /// One scan.
    ScanLog {
        /// How it went. What each driver counts differs.
        status: serde_json::Value,
    }

    /// `GET .../profileUpdates`.
    Updates {
        /// What an update would bring.
        profiles: Vec<ProfileTemplate>,
    }
}

impl ScanLog {
    /// `Completed`, `Failed` and so on.
    #[must_use]
    pub fn state(&self) -> &str {
        self.status.get("state").and_then(serde_json::Value::as_str).unwrap_or_default()
    }

    /// Sum of all counts of that name (`pass`, `fail`, `warn`), wherever the driver puts them.
    #[must_use]
    pub fn count(&self, name: &str) -> u64 {
        fn sum(value: &serde_json::Value, name: &str, depth: u8) -> u64 {
            let Some(members) = value.as_object().filter(|_| depth > 0) else { return 0 };
            let of = |(key, value): (&String, &serde_json::Value)| {
                let own = value.as_u64().filter(|_| key == name);
                own.unwrap_or_else(|| sum(value, name, depth - 1))
            };
            members.iter().map(of).fold(0, u64::saturating_add)
        }
        sum(&self.status, name, 4)
    }
}

impl ScanLogs {
    /// Every scan, with its driver.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &ScanLog)> {
        let drivers = [
            ("kubeBench", &self.kube_bench_logs),
            ("kubeHunter", &self.kube_hunter_logs),
            ("sonobuoy", &self.sonobuoy_logs),
            ("syft", &self.syft_logs),
        ];
        drivers.into_iter().flat_map(|(driver, logs)| logs.iter().map(move |log| (driver, log)))
    }
}
