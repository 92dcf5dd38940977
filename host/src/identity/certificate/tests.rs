//! Whose a certificate is, and whose it is not.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, KeyPair, KeyUsagePurpose, SanType,
};

use super::*;

const RUNNER: &str = "spiffe://example.org/ns/ci/sa/runner";

/// What a certificate says, as its authority would write it.
struct Says<'a> {
    subject: &'a [(DnType, &'a str)],
    uris: &'a [&'a str],
    dns: &'a [&'a str],
}

const NOTHING: Says<'_> = Says { subject: &[], uris: &[], dns: &[] };

fn params(says: &Says<'_>) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    for (kind, value) in says.subject {
        params.distinguished_name.push(kind.clone(), *value);
    }
    let uris = says.uris.iter().map(|uri| SanType::URI((*uri).try_into().unwrap()));
    let dns = says.dns.iter().map(|name| SanType::DnsName((*name).try_into().unwrap()));
    params.subject_alt_names = uris.chain(dns).collect();
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2030, 1, 1);
    params
}

fn read(params: &CertificateParams) -> PeerCertificate {
    let signed = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
    PeerCertificate::parse(signed.der()).unwrap()
}

fn shown(says: &Says<'_>) -> PeerCertificate {
    read(&params(says))
}

fn rule(matches: Matches) -> CertificateRule {
    CertificateRule {
        matches,
        kind: PrincipalKind::Service,
        groups: vec!["ci".to_owned()],
        restrictions: None,
    }
}

fn spiffe(pattern: &str) -> CertificateRule {
    rule(Matches::Spiffe(SpiffePattern::parse(pattern).unwrap()))
}

fn subject(text: &str) -> CertificateRule {
    rule(Matches::Subject(Subject::parse(text).unwrap()))
}

fn dns(pattern: &str) -> CertificateRule {
    rule(Matches::Dns(DnsPattern::parse(pattern).unwrap()))
}

fn now() -> Timestamp {
    "2026-11-21T08:00:00Z".parse().unwrap()
}

#[track_caller]
fn check(rules: &[CertificateRule], says: &Says<'_>, expected: Result<&str, Reason>) {
    let found = principal(rules, &shown(says), now());
    assert_eq!(found.as_ref().map(Principal::subject).map_err(|reason| *reason), expected);
}

#[test]
fn a_principal_is_named_by_what_its_rule_asked_for() {
    let says = Says {
        subject: &[(DnType::OrganizationName, "Example"), (DnType::CommonName, "deploy")],
        uris: &[RUNNER],
        dns: &["Deploy.CI.example.com", "other.example"],
    };
    check(&[spiffe("spiffe://example.org/ns/ci/sa/*")], &says, Ok(RUNNER));
    check(&[subject("CN=deploy,O=Example")], &says, Ok("certificate:CN=deploy,O=Example"));
    check(&[dns("*.ci.example.com")], &says, Ok("certificate:deploy.ci.example.com"));
    check(
        &[subject("CN=other"), dns("other.example"), spiffe(RUNNER)],
        &says,
        Ok("certificate:other.example"),
    );
    let found = principal(&[spiffe(RUNNER)], &shown(&says), now()).unwrap();
    assert_eq!((found.kind(), found.groups()), (PrincipalKind::Service, &["ci".to_owned()][..]));
    assert!(found.may_use_plugin("kubernetes"));
}

#[test]
fn a_rule_restricts_its_principal() {
    let nothing = CertificateRule { restrictions: Some(Vec::new()), ..spiffe(RUNNER) };
    let found = principal(&[nothing], &shown(&Says { uris: &[RUNNER], ..NOTHING }), now()).unwrap();
    assert!(!found.may_use_plugin("kubernetes"));
}

#[test]
fn only_the_one_spiffe_id_counts() {
    let rules = [spiffe("spiffe://example.org/ns/ci/sa/*")];
    for uris in [
        &[][..],
        &[RUNNER, RUNNER],
        &[RUNNER, "spiffe://example.org/ns/ci/sa/other"],
        &["https://example.org/", RUNNER],
        &["https://example.org/ns/ci/sa/runner"],
        &["spiffe://example.org.evil/ns/ci/sa/runner"],
        &["spiffe://EXAMPLE.org/ns/ci/sa/runner"],
        &["spiffe://example.org/ns/ci/sa/runner?x"],
        &["spiffe://example.org/ns/ci/sa/runner#x"],
        &["spiffe://example.org/ns/ci/sarunner"],
    ] {
        check(&rules, &Says { uris, ..NOTHING }, Err(Reason::Unknown));
    }
    check(&rules, &Says { uris: &[RUNNER], dns: &["a.example"], ..NOTHING }, Ok(RUNNER));
}

#[test]
fn an_id_that_stands_elsewhere_is_none() {
    let says = Says { subject: &[(DnType::CommonName, RUNNER)], uris: &[], dns: &["runner"] };
    check(&[spiffe(RUNNER)], &says, Err(Reason::Unknown));
}

#[test]
fn who_may_sign_is_no_workload() {
    let says = Says { uris: &[RUNNER], ..NOTHING };
    let mut authority = params(&says);
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let (mut signs, mut uses) = (params(&says), params(&says));
    signs.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::CrlSign];
    uses.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    for params in [authority, signs] {
        assert_eq!(read(&params).spiffe(), None);
    }
    assert!(read(&uses).spiffe().is_some());
}

#[test]
fn another_subject_is_refused() {
    let cn = |value| [(DnType::CommonName, value)];
    let rules = [subject("CN=deploy,O=Example")];
    for says in [
        &cn("deploy")[..],
        &cn("deploy,O=Example"),
        &[(DnType::CommonName, "deploy"), (DnType::OrganizationName, "Example")],
        &[(DnType::OrganizationName, "Example"), (DnType::CommonName, "Deploy")],
        &[(DnType::OrganizationName, "Example"), (DnType::CommonName, "deploy ")],
        &[
            (DnType::OrganizationName, "Example"),
            (DnType::CommonName, "deploy"),
            (DnType::OrganizationalUnitName, "x"),
        ],
        &[
            (DnType::OrganizationName, "Example"),
            (DnType::CommonName, "deploy"),
            (DnType::CustomDnType(vec![1, 2, 3]), "x"),
        ],
        &[],
    ] {
        check(&rules, &Says { subject: says, ..NOTHING }, Err(Reason::Unknown));
    }
}

#[test]
fn a_name_for_many_hosts_is_none() {
    let rules = [dns("*.example.com"), dns("ci.example.com")];
    for names in [&["*.example.com"][..], &["example.com"], &["ci.example.com.evil"], &[]] {
        check(&rules, &Says { dns: names, ..NOTHING }, Err(Reason::Unknown));
    }
}

#[test]
fn a_certificate_ends_though_its_connection_lives() {
    let (rules, certificate) = ([spiffe(RUNNER)], shown(&Says { uris: &[RUNNER], ..NOTHING }));
    let at = |time: &str| principal(&rules, &certificate, time.parse().unwrap()).map(drop);
    assert_eq!(at("2029-12-31T23:59:59Z"), Ok(()));
    assert_eq!(at("2030-01-01T00:00:01Z"), Err(Reason::Expired));
    assert_eq!(principal(&[], &certificate, now()).map(drop), Err(Reason::Unknown));
}

#[test]
fn what_is_no_certificate_is_refused() {
    let signed = params(&NOTHING).self_signed(&KeyPair::generate().unwrap()).unwrap();
    let whole = signed.der().to_vec();
    let longer = [&whole[..], b"x"].concat();
    for bytes in [&b""[..], b"x", &whole[..whole.len() - 1], &longer] {
        assert_eq!(PeerCertificate::parse(bytes), Err(UnreadableCertificate));
    }
    let certificate = PeerCertificate::parse(&whole).unwrap();
    assert_eq!(format!("{certificate:?}"), format!("PeerCertificate({})", certificate.fingerprint()));
    assert_eq!(certificate.fingerprint().len(), 64);
}
