//! A secret value: wiped when its last holder lets go, and never printed.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

/// A credential's text: a token, a password, a private key in PEM.
///
/// Cheap to clone; the memory is overwritten when the last clone goes. There is no `Display`, and `Debug`
/// hides the value, so that a secret reaches a log only by a call of [`Secret::expose`] that a reviewer
/// can see. Comparing takes a time that depends on the values: compare configuration, not what a caller
/// presents.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<Zeroizing<String>>);

impl Secret {
    /// Takes the value over; the caller's copy is moved, not left behind.
    #[must_use]
    pub fn new(value: String) -> Self {
        Self(Arc::new(Zeroizing::new(value)))
    }

    /// The value itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self::new(value)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_value() {
        let secret = Secret::new("hunter2-hunter2".to_owned());
        assert_eq!(format!("{secret:?} {:?}", Some(secret.clone())), "[secret] Some([secret])");
        assert_eq!(secret.expose(), "hunter2-hunter2");
    }
}
