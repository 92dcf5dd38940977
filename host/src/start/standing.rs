//! What of a configuration stands until the next start, and which of it a reload finds changed.
//!
//! Listeners are bound once, the record of calls goes on in the file that it began in, and shares that are
//! taken are counted where they were taken. Everything else is built again: see [`super::reload`].

use crate::config::{Config, Server, Telemetry};
use crate::{approval, audit, limit};

/// The fields of `now` that are not what the host started with, by their names in the file.
///
/// INVARIANT: the parts are taken apart by the name of every field, so that a new one does not compile until
/// it is said here whether it stands.
pub(super) fn changed(started: &Config, now: &Config) -> Vec<&'static str> {
    let Server {
        listen,
        tls,
        // Of identity, which is built again.
        token: _,
        allowed_hosts,
        allowed_origins,
        public_url,
        asked,
        joint,
        endpoints,
    } = &started.server;
    let limit::Config { caller, tool, target, exceptions } = &started.limits;
    let audit::Config {
        path,
        key,
        origin,
        masks,
        reads,
        checkpoint_every,
        checkpoint_interval,
        witness,
        rotate_bytes,
        // No field of the file.
        or_beside: _,
    } = &started.audit;
    let approval::Config {
        path: state,
        execute_within,
        of_one,
        of_all,
        webhooks,
        // Of `server.public_url`, and no field of the file.
        base: _,
        clock: _,
    } = &started.approvals;
    // What upstreams are told is of egress, which is built again.
    let Telemetry { metrics, propagate: _ } = &started.telemetry;
    let fields = [
        ("server.listen", *listen != now.server.listen),
        ("server.tls", *tls != now.server.tls),
        ("server.allowed_hosts", *allowed_hosts != now.server.allowed_hosts),
        ("server.allowed_origins", *allowed_origins != now.server.allowed_origins),
        ("server.public_url", *public_url != now.server.public_url),
        ("server.audience", asked.audience != now.server.asked.audience),
        ("server.scopes", asked.scopes != now.server.asked.scopes),
        ("server.joint", *joint != now.server.joint),
        ("server.endpoint", *endpoints != now.server.endpoints),
        ("limits.caller", *caller != now.limits.caller),
        ("limits.tool", *tool != now.limits.tool),
        ("limits.target", *target != now.limits.target),
        ("limits.for", *exceptions != now.limits.exceptions),
        ("audit.path", *path != now.audit.path),
        ("audit.key", *key != now.audit.key),
        ("audit.origin", *origin != now.audit.origin),
        ("audit.clear", *masks != now.audit.masks),
        ("audit.reads", *reads != now.audit.reads),
        ("audit.checkpoint_records", *checkpoint_every != now.audit.checkpoint_every),
        ("audit.checkpoint_interval", *checkpoint_interval != now.audit.checkpoint_interval),
        ("audit.witness", *witness != now.audit.witness),
        ("audit.rotate", *rotate_bytes != now.audit.rotate_bytes),
        ("approvals.path", *state != now.approvals.path),
        ("approvals.execute_within", *execute_within != now.approvals.execute_within),
        ("approvals.pending_of_one", *of_one != now.approvals.of_one),
        ("approvals.pending", *of_all != now.approvals.of_all),
        ("approvals.webhook", *webhooks != now.approvals.webhooks),
        ("telemetry.metrics", *metrics != now.telemetry.metrics),
    ];
    fields.into_iter().filter_map(|(name, is_changed)| is_changed.then_some(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;
    use crate::diagnostic::Source;

    const PLUGIN: &str = r#"
[[plugin]]
name = "kubernetes"
[[plugin.grant]]
effects = ["read"]
targets = ["*"]
[plugin.upstream.cluster]
kubeconfig = "kubeconfig"
"#;

    /// With a kubeconfig in `folder`, which a configuration does not do without.
    fn config(folder: &std::path::Path, text: &str) -> Config {
        std::fs::write(folder.join("kubeconfig"), "apiVersion: v1\nkind: Config\n").unwrap();
        let source = Source::new(folder.join("postern.toml"), format!("{text}{PLUGIN}"));
        let environment =
            Environment::fixed([("HOME", "/nonexistent"), ("TOKEN", "a-token-of-32-characters-0123456")]);
        Config::parse(source, &environment, &crate::start::embedded().unwrap())
            .unwrap_or_else(|it| panic!("{it}"))
    }

    #[track_caller]
    fn check(before: &str, after: &str, expected: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(
            changed(&config(folder.path(), before), &config(folder.path(), after)),
            expected,
            "{after}"
        );
    }

    #[test]
    fn each_field_that_stands_is_told_by_its_name() {
        for (field, after) in [
            ("server.listen", "[server]\nlisten = \"127.0.0.1:1\"\n"),
            ("server.allowed_hosts", "[server]\nallowed_hosts = [\"postern.example.com\"]\n"),
            ("server.allowed_origins", "[server]\nallowed_origins = [\"https://chat.example.com\"]\n"),
            ("server.public_url", "[server]\npublic_url = \"https://postern.example.com\"\n"),
            ("server.joint", "[server]\njoint = false\n"),
            (
                "server.endpoint",
                "[[server.endpoint]]\nname = \"triage\"\ninclude = [{ plugin = \"kubernetes\" }]\n",
            ),
            ("limits.caller", "[limits.caller]\nconcurrent = 3\n"),
            ("limits.tool", "[limits.tool]\nconcurrent = 3\n"),
            ("limits.target", "[limits.target]\nconcurrent = 3\n"),
            ("limits.for", "[[limits.for]]\ngroup = \"ci\"\nconcurrent = 3\n"),
            ("audit.key", "[audit]\nkey = \"/var/other.key\"\n"),
            ("audit.origin", "[audit]\norigin = \"postern.example.com\"\n"),
            ("audit.clear", "[audit]\nclear = []\n"),
            ("audit.reads", "[audit]\nreads = \"allow\"\n"),
            ("audit.checkpoint_records", "[audit]\ncheckpoint_records = 7\n"),
            ("audit.checkpoint_interval", "[audit]\ncheckpoint_interval = \"7s\"\n"),
            ("audit.witness", "[audit]\nwitness = \"/mnt/checkpoints\"\n"),
            ("approvals.path", "[approvals]\npath = \"/var/state.db\"\n"),
            ("approvals.execute_within", "[approvals]\nexecute_within = \"7m\"\n"),
            ("approvals.pending_of_one", "[approvals]\npending_of_one = 7\n"),
            ("approvals.pending", "[approvals]\npending = 77\n"),
            (
                "approvals.webhook",
                "[[approvals.webhook]]\nurl = \"https://chat.example.com/x\"\nsecret = \"env:TOKEN\"\n",
            ),
            ("audit.rotate", "[audit]\nrotate = \"2GiB\"\n"),
            ("telemetry.metrics", "[telemetry]\nmetrics = \"127.0.0.1:9464\"\n"),
        ] {
            check("", after, &[field]);
            check(after, after, &[]);
        }
        // The key lies beside the log unless it is said where.
        check("", "[audit]\npath = \"/var/other.db\"\n", &["audit.path", "audit.key"]);
    }

    #[test]
    fn what_tokens_are_asked_for_is_told_too() {
        let issuer = "[[identity.issuer]]\nname = \"corp\"\nissuer = \"https://login.example.com\"\n\
                      algorithms = [\"RS256\"]\n[[identity.issuer.scope]]\nname = \"a\"\ngroups = [\"b\"]\n";
        let asked = "[server]\naudience = \"api://postern\"\nscopes = [\"a\"]\n";
        check(issuer, &format!("{asked}{issuer}"), &["server.audience", "server.scopes"]);
    }

    #[test]
    fn what_is_built_again_is_not_told() {
        check(
            "",
            "[server]\ntoken = \"env:TOKEN\"\n[sandbox]\ndeadline = \"7s\"\nconcurrency = 3\n[telemetry]\npropagate = true\n",
            &[],
        );
    }
}
