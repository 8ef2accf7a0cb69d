use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::identity::{hex, random_bytes};

/// The key under which a plan keeps digests: who has the plan without it learns nothing of what was digested.
#[derive(Clone)]
pub struct PlanKey([u8; 32]);

impl PlanKey {
    /// How many bytes a key has.
    pub const BYTES: usize = 32;

    /// A key that nobody knows.
    pub fn random() -> Self {
        Self(random_bytes())
    }

    /// These bytes.
    pub fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// The key that a text stands for.
    pub fn from_text(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// Its bytes, to be kept where only the user may read.
    pub fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// By which a key is known again.
    pub fn id(&self) -> String {
        self.digest(&["wharf plan key"])[..16].to_owned()
    }

    /// HMAC-SHA256 of texts, none of which runs into the next, in 64 hexadecimal digits.
    pub(crate) fn digest<T: AsRef<[u8]>>(&self, texts: &[T]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key of any length is one");
        for text in texts.iter().map(AsRef::as_ref) {
            mac.update(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
            mac.update(text);
        }
        hex(&mac.finalize().into_bytes())
    }
}

/// Shows nothing of the key.
impl std::fmt::Debug for PlanKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("PlanKey").field(&self.id()).finish()
    }
}
