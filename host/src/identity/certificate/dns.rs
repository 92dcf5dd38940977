//! DNS names of certificates, and which of them a rule admits.

/// One DNS name, or every name one label below another: `ci.example.com`, `*.ci.example.com`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DnsPattern {
    name: String,
    below: bool,
}

impl DnsPattern {
    /// Reads a name in lower case, with `*` for its whole first label or not at all.
    ///
    /// # Errors
    /// What would be right.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (name, below) = text.strip_prefix("*.").map_or((text, false), |rest| (rest, true));
        if !is_name(name) {
            return Err("write a DNS name in lower case; `*.` before it stands for exactly one label");
        }
        Ok(Self { name: name.to_owned(), below })
    }

    /// Whether a certificate's name, in lower case, is one of these. A certificate for a wildcard names nobody.
    #[must_use]
    pub fn admits(&self, name: &str) -> bool {
        if !is_name(name) {
            return false;
        }
        if self.below {
            return name.split_once('.').is_some_and(|(_, rest)| rest == self.name);
        }
        name == self.name
    }
}

/// A host name (RFC 1123) in lower case, without a dot at its end.
fn is_name(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, name: &str, expected: bool) {
        assert_eq!(DnsPattern::parse(pattern).unwrap().admits(name), expected, "{pattern} {name}");
    }

    #[test]
    fn a_name_is_itself_and_a_star_is_one_label() {
        check("ci.example.com", "ci.example.com", true);
        check("*.example.com", "ci.example.com", true);
        check("ci.example.com", "x.ci.example.com", false);
        check("ci.example.com", "ci.example.com.evil", false);
        check("ci.example.com", "ci.example.com.", false);
        check("*.example.com", "example.com", false);
        check("*.example.com", "a.b.example.com", false);
        check("*.example.com", "*.example.com", false);
        check("*.example.com", ".example.com", false);
        check("*.example.com", "ci.example.com.evil", false);
        check("*.example.com", "ciXexample.com", false);
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in [
            "",
            "*",
            "*.",
            "a.*.example.com",
            "**.example.com",
            "ci*.example.com",
            "CI.example.com",
            "a..b",
            ".a",
            "a.",
            "-a",
            "a b",
            "grün.example",
            "a/b",
            "a:443",
        ] {
            assert!(DnsPattern::parse(text).is_err(), "{text}");
        }
    }
}
