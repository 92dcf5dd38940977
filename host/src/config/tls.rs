//! `[server.tls]`: how the listener encrypts, and whose certificates it takes.
//!
//! ```toml
//! [server.tls]
//! certificate = "tls.crt"              # ours with its chain, in PEM; both files are taken up when they change
//! key = "tls.key"
//! client_ca = "clients.pem"            # the authorities that sign clients' certificates
//! client_certificates = "required"     # optional, where nothing is said
//! ```

use std::error::Error as _;

use super::reference::Context;
use crate::diagnostic::{Spanned, Table, one_of};
use crate::surface::http::{ClientCertificates, Tls, TlsError};

/// The words of `client_certificates`.
const DEMANDS: [&str; 2] = ["optional", "required"];

pub(super) fn read(server: &Table<'_>, root: &Table<'_>, context: &Context<'_>) -> Option<Tls> {
    let table = server.table("tls")?;
    let [certificate, key] = ["certificate", "key"].map(|field| table.require_text(field));
    let authorities = table.text("client_ca");
    let [certificate, key, authorities] =
        [certificate, key, authorities].map(|path| path.and_then(|path| context.existing(&path)));
    let are_required = table.parse("client_certificates", |word| {
        if DEMANDS.contains(&word) { Ok(word == "required") } else { Err(unknown(word)) }
    });
    if table.has("client_certificates") && !table.has("client_ca") {
        let message = "`client_certificates` has no effect without `client_ca`";
        context.faults.add(table.key("client_certificates"), message);
    }
    if table.has("client_ca") && authorities.is_none() {
        return None;
    }
    let are_required = are_required.is_some_and(Spanned::into_inner);
    if authorities.is_some() && !are_required && !knows_by_certificate(root) {
        context.faults.add_help(
            table.key("client_ca"),
            "`client_ca` has no effect: nobody is known by a certificate, and none is required",
            "give an `[[identity.certificate]]`, or write `client_certificates = \"required\"`",
        );
    }
    let clients = authorities.map(|authorities| ClientCertificates { authorities, are_required });
    let tls = Tls { certificate: certificate?, key: key?, clients };
    if let Err(error) = tls.check() {
        let why = error.source().map(|why| format!(": {why}")).unwrap_or_default();
        let at = match &error {
            TlsError::Read { .. } => table.span(),
            TlsError::Certificate(_) | TlsError::Unusable { .. } => table.key("certificate"),
            TlsError::Key(_) | TlsError::Mismatch(_) => table.key("key"),
            TlsError::Authorities(_) => table.key("client_ca"),
        };
        context.faults.add(at, format_args!("{error}{why}"));
        return None;
    }
    Some(tls)
}

fn unknown(word: &str) -> String {
    format!("`{word}` is not accepted as `client_certificates`; write {}", one_of(DEMANDS))
}

fn knows_by_certificate(root: &Table<'_>) -> bool {
    let identity = root.table("identity");
    identity.is_some_and(|identity| {
        identity.ignore();
        identity.has("certificate")
    })
}

/// Whether clients show certificates that could stand for somebody.
pub(super) fn asks_for_certificates(root: &Table<'_>) -> bool {
    let Some(server) = root.table("server") else { return false };
    server.ignore();
    let Some(table) = server.table("tls") else { return false };
    table.ignore();
    table.has("client_ca")
}
