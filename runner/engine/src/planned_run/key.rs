use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use hmac::{Hmac, KeyInit as HmacKey, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::identity::{hex, random_bytes};

/// Bytes of a nonce.
const NONCE: usize = 12;

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

    /// A text that nobody reads without the key: ChaCha20-Poly1305 with a nonce before it, in base64.
    pub(crate) fn seal(&self, text: &[u8]) -> Option<String> {
        let nonce: [u8; NONCE] = random_bytes();
        let sealed = self.cipher().encrypt(&nonce.into(), text).ok()?;
        Some(STANDARD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// What was sealed under this key; none if it was another one, or somebody has changed it.
    pub(crate) fn open(&self, sealed: &str) -> Option<Vec<u8>> {
        let bytes = STANDARD.decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE)?;
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        self.cipher().decrypt(&nonce.into(), sealed).ok()
    }

    /// Another key for another purpose, so that neither tells anything of the other.
    fn cipher(&self) -> ChaCha20Poly1305 {
        let key: [u8; 32] = Sha256::digest([b"wharf sealing key".as_slice(), &self.0].concat()).into();
        ChaCha20Poly1305::new(&key.into())
    }

    /// HMAC-SHA256 of texts, none of which runs into the next, in 64 hexadecimal digits.
    pub(crate) fn digest<T: AsRef<[u8]>>(&self, texts: &[T]) -> String {
        let mut mac = <Hmac<Sha256> as HmacKey>::new_from_slice(&self.0).expect("a key of any length is one");
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_opened_with_the_same_key_alone() {
        let (key, other) = (PlanKey::from_text("one"), PlanKey::from_text("two"));
        let sealed = key.seal(b"a long secret").expect("it is sealed");
        assert_eq!(key.open(&sealed).as_deref(), Some(b"a long secret".as_slice()));
        assert_ne!(key.seal(b"a long secret"), Some(sealed.clone()), "no two are the same");
        assert_eq!(other.open(&sealed), None);
        for changed in ["", "AAAA", "not base64", &sealed[1..], &sealed.replace(|c: char| c.is_ascii_digit(), "x")] {
            assert_eq!(key.open(changed), None, "{changed}");
        }
    }
}
