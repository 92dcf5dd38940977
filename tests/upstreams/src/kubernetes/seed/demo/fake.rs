//! Values that look like secrets and are none, to see that they are masked.
//!
//! They are put together here from parts, so that no scanner of this source takes them for real.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// The text of a certificate that certifies nothing.
pub(super) const CERTIFICATE: &str =
    "-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n";

/// A JSON web token with an honest payload and no signature to speak of.
pub(super) fn jwt() -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let header = part(r#"{"alg":"HS256","typ":"JWT"}"#);
    let payload = part(r#"{"sub":"demo","note":"not a real token","exp":4102444800}"#);
    format!("{header}.{payload}.{}", part("this-signature-is-fake-and-signs-nothing"))
}

/// The access key that AWS uses in its own documentation.
pub(super) fn aws_key() -> String {
    format!("AK{}{}", "IAIOSFODNN7", "EXAMPLE")
}

/// A private key block that holds a sentence.
pub(super) fn private_key() -> String {
    let body = STANDARD.encode("this is not a private key, it only looks like one in a log line");
    format!("-----BEGIN {kind} KEY-----\n{body}\n-----END {kind} KEY-----", kind = "PRIVATE")
}

/// A password that says what it is.
pub(super) fn password() -> String {
    ["fake", "password", "for", "demo"].join("-")
}
