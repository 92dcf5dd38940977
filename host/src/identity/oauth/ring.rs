//! Signatures of tokens, checked by ring: the one crypto provider of this host.
//!
//! `jsonwebtoken` asks one provider per process. Ours verifies and nothing else: the host issues no token, so
//! it needs no way to sign one, and shared secrets (`HS256` and its kin) have no place where keys are public.

use std::sync::Once;

use ::ring::signature::{self as ring, RsaPublicKeyComponents, UnparsedPublicKey};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::signature::{self, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind, EncodingKey};

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: no_signer,
    verifier_factory: verifier,
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes ring the provider of `jsonwebtoken`, once.
pub(super) fn install() {
    static INSTALLED: Once = Once::new();
    // Whoever was first has the same provider: there is no other in this process.
    INSTALLED.call_once(|| {
        let _already = PROVIDER.install_default();
    });
}

fn no_signer(_: &Algorithm, _: &EncodingKey) -> Result<Box<dyn JwtSigner>, Error> {
    Err(ErrorKind::UnsupportedAlgorithm.into())
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, Error> {
    let way = way(*algorithm).ok_or(ErrorKind::UnsupportedAlgorithm)?;
    if key.family() != algorithm.family() {
        return Err(ErrorKind::InvalidKeyFormat.into());
    }
    Ok(Box::new(Check { algorithm: *algorithm, way, key: key.clone() }))
}

/// How a signature is checked.
enum Way {
    Rsa(&'static ring::RsaParameters),
    Curve(&'static dyn ring::VerificationAlgorithm),
}

#[expect(clippy::wildcard_enum_match_arm, reason = "what is not listed here is not taken")]
fn way(algorithm: Algorithm) -> Option<Way> {
    Some(match algorithm {
        Algorithm::RS256 => Way::Rsa(&ring::RSA_PKCS1_2048_8192_SHA256),
        Algorithm::RS384 => Way::Rsa(&ring::RSA_PKCS1_2048_8192_SHA384),
        Algorithm::RS512 => Way::Rsa(&ring::RSA_PKCS1_2048_8192_SHA512),
        Algorithm::PS256 => Way::Rsa(&ring::RSA_PSS_2048_8192_SHA256),
        Algorithm::PS384 => Way::Rsa(&ring::RSA_PSS_2048_8192_SHA384),
        Algorithm::PS512 => Way::Rsa(&ring::RSA_PSS_2048_8192_SHA512),
        Algorithm::ES256 => Way::Curve(&ring::ECDSA_P256_SHA256_FIXED),
        Algorithm::ES384 => Way::Curve(&ring::ECDSA_P384_SHA384_FIXED),
        Algorithm::EdDSA => Way::Curve(&ring::ED25519),
        // Secrets that both sides know, and whatever a later release of the library adds.
        _ => return None,
    })
}

/// One algorithm with one key.
struct Check {
    algorithm: Algorithm,
    way: Way,
    key: DecodingKey,
}

impl Verifier<Vec<u8>> for Check {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        let checked = match (&self.way, self.key.kind()) {
            (Way::Rsa(parameters), DecodingKeyKind::RsaModulusExponent { n, e }) => {
                RsaPublicKeyComponents { n, e }.verify(parameters, message, signature)
            }
            (Way::Curve(algorithm), DecodingKeyKind::SecretOrDer(point)) => {
                UnparsedPublicKey::new(*algorithm, point).verify(message, signature)
            }
            (Way::Rsa(_) | Way::Curve(_), _) => return Err(signature::Error::new()),
        };
        checked.map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for Check {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}
