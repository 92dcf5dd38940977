//! Image references: registry, repository, tag and digest, as a container runtime reads them.
//!
//! The registry is the part before the first slash if it holds a dot or a port, or is `localhost`; else it is
//! Docker Hub, whose names without a slash live below `library/`. `nginx` is `docker.io/library/nginx`.

/// Docker Hub's name in references; `index.docker.io` and `registry-1.docker.io` are the same place.
const DOCKER_HUB: &str = "docker.io";

/// A parsed reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Image<'a> {
    /// The registry's host, with its port if it names one, in lower case.
    pub(super) registry: String,
    /// The repository in the registry, such as `library/nginx`.
    pub(super) repository: String,
    /// The tag, if one is given.
    pub(super) tag: Option<&'a str>,
    /// The digest, such as `sha256:…`, if one is given and complete.
    pub(super) digest: Option<&'a str>,
}

impl<'a> Image<'a> {
    /// Reads a reference; none if it is not one, such as an empty text or a template left unrendered.
    #[must_use]
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        if text.is_empty() || text.contains(|c: char| c.is_whitespace() || matches!(c, '{' | '}' | '$')) {
            return None;
        }
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        // A colon after the last slash begins a tag; before it, a port.
        let (name, tag) = match name.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            Some(_) | None => (name, None),
        };
        let (registry, repository) = match name.split_once('/') {
            Some((host, rest)) if is_host(host) => (host.to_ascii_lowercase(), rest.to_owned()),
            Some(_) => (DOCKER_HUB.to_owned(), name.to_owned()),
            None => (DOCKER_HUB.to_owned(), format!("library/{name}")),
        };
        if repository.is_empty() || name.is_empty() {
            return None;
        }
        let registry = match registry.as_str() {
            "index.docker.io" | "registry-1.docker.io" | "registry.hub.docker.com" => DOCKER_HUB.to_owned(),
            _ => registry,
        };
        let repository = if registry == DOCKER_HUB && !repository.contains('/') {
            format!("library/{repository}")
        } else {
            repository
        };
        let digest = digest.filter(|digest| is_digest(digest));
        Some(Self { registry, repository, tag: tag.filter(|tag| !tag.is_empty()), digest })
    }

    /// Whether the reference may mean another image tomorrow: `latest`, no tag, or a channel such as `stable`.
    ///
    /// A tag with a digit is taken for a version. Strictly only a digest is immutable; a rule of its own asks
    /// for that.
    #[must_use]
    pub(super) fn floats(&self) -> bool {
        self.digest.is_none() && self.tag.is_none_or(|tag| !tag.contains(|c: char| c.is_ascii_digit()))
    }

    /// Whether it comes from a place that an operator approved.
    ///
    /// `registry.example.com` approves the whole registry, `registry.example.com/team` all repositories below
    /// that path, and `*.example.com` every host below that domain. Only whole labels and whole path segments
    /// count: `example.com.evil.org` and `registry.example.com/teams` are other places. A port must be named.
    #[must_use]
    pub(super) fn is_from(&self, approved: &str) -> bool {
        let approved = approved.trim_end_matches('/');
        let (host, path) = match approved.split_once('/') {
            Some((host, path)) => (host, Some(path)),
            None => (approved, None),
        };
        let host = host.to_ascii_lowercase();
        let same_host = match host.strip_prefix("*.") {
            Some(domain) => self
                .registry
                .strip_suffix(domain)
                .is_some_and(|before| before.len() > 1 && before.ends_with('.')),
            None => self.registry == host,
        };
        let below = |path: &str| {
            self.repository.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        same_host && path.is_none_or(below)
    }
}

/// Whether the first part of a name is a registry's host.
fn is_host(part: &str) -> bool {
    part.contains(['.', ':']) || part == "localhost"
}

/// Whether a digest is complete: an algorithm, and the hexadecimal digits it needs.
fn is_digest(text: &str) -> bool {
    let Some((algorithm, hex)) = text.split_once(':') else { return false };
    let wanted = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return false,
    };
    hex.len() == wanted && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::Image;

    #[track_caller]
    fn parses(text: &str, registry: &str, repository: &str, tag: Option<&str>, digest: bool) {
        let image = Image::parse(text).unwrap();
        assert_eq!(
            (image.registry.as_str(), image.repository.as_str(), image.tag),
            (registry, repository, tag)
        );
        assert_eq!(image.digest.is_some(), digest);
    }

    #[test]
    fn references_are_read_as_a_runtime_reads_them() {
        let digest = format!("sha256:{}", "ab".repeat(32));
        parses("nginx", "docker.io", "library/nginx", None, false);
        parses("nginx:1.29", "docker.io", "library/nginx", Some("1.29"), false);
        parses("index.docker.io/nginx", "docker.io", "library/nginx", None, false);
        parses("team/app:v1", "docker.io", "team/app", Some("v1"), false);
        parses("localhost:5000/app", "localhost:5000", "app", None, false);
        parses("Registry.Example.com:443/a/b:x", "registry.example.com:443", "a/b", Some("x"), false);
        parses(&format!("ghcr.io/a/b:1@{digest}"), "ghcr.io", "a/b", Some("1"), true);
        parses("ghcr.io/a/b@sha256:short", "ghcr.io", "a/b", None, false);
        for text in ["", " ", "{{ .Values.image }}", "$(IMAGE)", ":1", "ghcr.io/"] {
            assert_eq!(Image::parse(text), None, "{text}");
        }
    }

    #[track_caller]
    fn approved(by: &str, image: &str, expected: bool) {
        assert_eq!(Image::parse(image).unwrap().is_from(by), expected, "{by} {image}");
    }

    #[test]
    fn a_registry_matches_at_its_labels() {
        approved("*.amazonaws.com", "1.dkr.ecr.eu-central-1.amazonaws.com/app", true);
        approved("*.amazonaws.com", "evilamazonaws.com/app", false);
        approved("*.amazonaws.com", "amazonaws.com/app", false);
        approved("ghcr.io", "ghcr.io/a/b:1", true);
        approved("ghcr.io", "ghcr.io.evil.org/a", false);
        approved("ghcr.io/team", "ghcr.io/team/app", true);
        approved("ghcr.io/team/", "ghcr.io/team", true);
        approved("ghcr.io/team", "ghcr.io/teams/app", false);
        approved("docker.io/library", "nginx", true);
        approved("docker.io/library", "bitnami/nginx", false);
        approved("registry.example.com", "registry.example.com:5000/a", false);
        approved("registry.example.com:5000", "registry.example.com:5000/a", true);
    }

    #[test]
    fn a_tag_without_a_version_floats() {
        for (text, floats) in [
            ("nginx", true),
            ("nginx:latest", true),
            ("nginx:stable", true),
            ("nginx:1.29", false),
            ("a/b:v2", false),
        ] {
            assert_eq!(Image::parse(text).unwrap().floats(), floats, "{text}");
        }
    }
}
