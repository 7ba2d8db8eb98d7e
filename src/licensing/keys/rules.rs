//! The key set as strangers read it: JSON Web Keys (RFC 7517) for Ed25519 (RFC 8037), each named by
//! its own thumbprint (RFC 7638), so that a name can never come to mean another key.

use crate::kernel::digest::Digest;
use crate::kernel::time::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// One public key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// `OKP`.
    pub kty: String,
    /// `Ed25519`.
    pub crv: String,
    /// `EdDSA`.
    #[serde(default)]
    pub alg: String,
    /// `sig`.
    #[serde(rename = "use", default)]
    pub purpose: String,
    /// Its name.
    #[serde(default)]
    pub kid: String,
    /// The key, base64url.
    pub x: String,
    /// Since when it signs no longer, seconds since 1970; licences signed before stay good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired: Option<i64>,
}

/// All public keys, current and retired.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct KeySet {
    /// The keys.
    pub keys: Vec<Jwk>,
}

impl Jwk {
    /// The key with these coordinates.
    #[must_use]
    pub fn of(x: &str, retired: Option<Timestamp>) -> Self {
        let word = str::to_owned;
        let retired = retired.map(Timestamp::seconds);
        Self { kty: word("OKP"), crv: word("Ed25519"), alg: word("EdDSA"), purpose: word("sig"), kid: thumbprint(x), x: word(x), retired }
    }

    /// Whether this key can have signed a licence: Ed25519, for signatures.
    #[must_use]
    pub fn fits(&self) -> bool {
        let said = |value: &str, wanted: &str| value.is_empty() || value == wanted;
        self.kty == "OKP" && self.crv == "Ed25519" && said(&self.alg, "EdDSA") && said(&self.purpose, "sig")
    }
}

/// A key's coordinates as text.
#[must_use]
pub fn coordinates(public: &[u8; 32]) -> String {
    URL_SAFE_NO_PAD.encode(public)
}

/// The name of a key: SHA-256 over its required members in the order of their names.
#[must_use]
pub fn thumbprint(x: &str) -> String {
    let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    URL_SAFE_NO_PAD.encode(Digest::of(members.as_bytes()).bytes())
}

impl KeySet {
    /// Reads a key set file; keys of other kinds in it are left out.
    ///
    /// # Errors
    /// When it is no JSON object with a list `keys`.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Loose {
            keys: Vec<serde_json::Value>,
        }
        let loose: Loose = serde_json::from_str(text)?;
        let keys = loose.keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok()).filter(Jwk::fits).collect();
        Ok(Self { keys })
    }

    /// The key of this name.
    #[must_use]
    pub fn named(&self, kid: &str) -> Option<&Jwk> {
        self.keys.iter().find(|key| key.kid == kid && key.fits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_named_by_its_thumbprint() {
        // RFC 8037, appendix A.3.
        assert_eq!(thumbprint("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn a_key_set_keeps_only_keys_that_can_have_signed() {
        let good = Jwk::of("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", None);
        let text = format!(r#"{{"keys":[{{"kty":"RSA","n":"x","e":"AQAB"}},{{"kty":"oct","k":"x"}},{}]}}"#, serde_json::to_string(&good).unwrap());
        let set = KeySet::parse(&text).unwrap();
        assert_eq!(set.keys, std::slice::from_ref(&good));
        assert!(set.named(&good.kid).is_some() && set.named("").is_none());
        assert!(KeySet::parse("[]").is_err());
    }
}
