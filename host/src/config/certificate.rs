//! `[[identity.certificate]]`: whom the holders of client certificates are taken to be.
//!
//! ```toml
//! [[identity.certificate]]             # the first that fits decides
//! spiffe = "spiffe://example.org/ns/ci/sa/*"   # each `*` is one whole segment, at the end only
//! kind = "service"                     # user, agent or service; agent where nothing is said
//! groups = ["ci"]
//!
//! [[identity.certificate]]
//! subject = "CN=deploy,O=Example"      # all of it, as `openssl x509 -nameopt RFC2253` has it
//!
//! [[identity.certificate]]
//! dns = "*.agents.example.com"         # `*` is one label, at the beginning only
//! [[identity.certificate.access_restrictions]] # as for tokens
//! plugin = "kubernetes"
//! ```

use super::reference::Context;
use super::tls;
use crate::call::PrincipalKind;
use crate::diagnostic::{Spanned, Table};
use crate::identity::{CertificateRule, DnsPattern, Matches, SpiffePattern, Subject, kind, restrictions};

/// The names by which a certificate may be known.
const NAMES: [&str; 3] = ["spiffe", "subject", "dns"];

pub(super) fn read(identity: &Table<'_>, root: &Table<'_>, context: &Context<'_>) -> Vec<CertificateRule> {
    let tables = identity.tables("certificate");
    if let Some(first) = tables.first().filter(|_| !tls::asks_for_certificates(root)) {
        context.faults.add_help(
            first.span(),
            "no client shows a certificate",
            "name the authorities that sign them as `client_ca` of `[server.tls]`",
        );
    }
    let mut rules: Vec<CertificateRule> = Vec::new();
    for table in &tables {
        let Some(rule) = one(table, context) else { continue };
        if rules.iter().any(|other| other.matches == rule.matches) {
            context.faults.add(table.span(), "these certificates are taken for somebody else already");
        }
        rules.push(rule);
    }
    rules
}

fn one(table: &Table<'_>, context: &Context<'_>) -> Option<CertificateRule> {
    let spiffe = table.parse("spiffe", |text| wrong(text, SpiffePattern::parse(text).map(Matches::Spiffe)));
    let subject = table.parse("subject", |text| wrong(text, Subject::parse(text).map(Matches::Subject)));
    let dns = table.parse("dns", |text| wrong(text, DnsPattern::parse(text).map(Matches::Dns)));
    let kind = table.parse("kind", kind).map_or(PrincipalKind::Agent, Spanned::into_inner);
    let groups = table.texts("groups").into_iter().map(Spanned::into_inner).collect();
    let restrictions = restrictions(table, context.faults);
    if NAMES.into_iter().filter(|name| table.has(name)).count() != 1 {
        context.faults.add_help(
            table.span(),
            "this does not say which certificates it is about",
            "give exactly one of `spiffe`, `subject` and `dns`",
        );
        return None;
    }
    let matches = spiffe.or(subject).or(dns)?.into_inner();
    Some(CertificateRule { matches, kind, groups, restrictions })
}

fn wrong<T>(text: &str, parsed: Result<T, &'static str>) -> Result<T, String> {
    parsed.map_err(|right| format!("`{}` is not accepted; {right}", text.escape_debug()))
}
