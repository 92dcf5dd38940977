//! The servers that a plugin talks to, by kind.

use std::str::FromStr;

use crate::authority::header;

/// A kind of server that the plugin talks to.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// Unique within the manifest.
    pub name: String,
    /// What kind.
    pub kind: UpstreamKind,
    /// The argument that names one target.
    pub argument: String,
    /// The argument that names several; there is one when a tool works on many targets.
    pub arguments: Option<String>,
}

/// The kinds of upstream that this host has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UpstreamKind {
    /// Kubernetes API servers; targets are contexts of kubeconfigs.
    Kubernetes,
    /// Any HTTP API; targets are base URLs.
    Http,
    /// Spectro Cloud Palette and VerteX; targets are base URLs with an API key each.
    Palette,
}

impl UpstreamKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Kubernetes, Self::Http, Self::Palette];

    /// The word for it in manifests.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kubernetes => "kubernetes",
            Self::Http => "http",
            Self::Palette => "palette",
        }
    }

    /// Whether a rule may let a component send this header, in lower case and beyond the usual ones.
    ///
    /// # Errors
    /// Why not, and what may be done about it.
    pub(super) fn carries(self, name: &str) -> Result<(), (&'static str, &'static str)> {
        match self {
            Self::Kubernetes => Err((
                "API servers are sent no other than the usual ones",
                "leave it out: all others, those of authentication and impersonation above all, are the host's",
            )),
            // A scope and no credential: what the key may not see, it does not open.
            Self::Palette if name == "projectuid" => Ok(()),
            Self::Palette => Err((
                "Palette is sent `projectuid` beyond the usual ones, and no other",
                "leave it out: the host adds the API key",
            )),
            Self::Http => header::hosts(name).map_or(Ok(()), |why| {
                Err((why, "leave it out: what every request of a target needs, the operator gives it"))
            }),
        }
    }
}

impl FromStr for UpstreamKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| {
            let known = crate::diagnostic::one_of(Self::ALL.map(Self::as_str));
            format!("`{text}` is no kind of upstream that this host has; it has {known}")
        })
    }
}
