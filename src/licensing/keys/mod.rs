//! The keys that sign licences: Ed25519, made when first needed, the private part sealed by the
//! secret file. A key is retired by making another; retired keys stay in the published set, so that
//! what they signed can be checked for ever.

pub mod rules;
mod store;
pub mod web;

use crate::app::App;
use crate::error::Result;
use crate::kernel::actor::Actor;
use crate::platform::db::{Conn, Tx};
use crate::platform::journal::{self, Chain};
use crate::platform::secrets::Secrets;
use anyhow::Context as _;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey as _;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
pub use rules::{Jwk, KeySet};
use serde::Serialize;
use serde_json::json;

/// A key not installed yet, its private part already sealed.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Its name.
    pub kid: String,
    /// Its public part, base64url.
    pub x: String,
    sealed: Vec<u8>,
}

/// Signing keys are the hall's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Only whoever runs the hall changes its signing keys, from the command line.")]
pub struct NotYours;

impl crate::error::Refusal for NotYours {
    fn status(&self) -> u16 {
        403
    }
}

fn context(kid: &str) -> String {
    format!("signing key {kid}")
}

/// Makes a key, outside any transaction.
///
/// # Errors
/// When the secret file cannot seal.
pub fn fresh(secrets: &Secrets) -> anyhow::Result<NewKey> {
    let key = SigningKey::from_bytes(&crate::platform::db::random());
    let x = rules::coordinates(key.verifying_key().as_bytes());
    let kid = rules::thumbprint(&x);
    let private = key.to_pkcs8_der().map_err(|_| anyhow::anyhow!("cannot write the private key"))?;
    let sealed = secrets.seal(&context(&kid), private.as_bytes())?;
    Ok(NewKey { kid, x, sealed })
}

/// Installs the first key; where one signs already, that one stays.
///
/// # Errors
/// [`NotYours`].
pub fn install(tx: &mut Tx<'_>, actor: &Actor, key: &NewKey) -> Result<()> {
    hall_only(actor)?;
    if store::current(tx)?.is_some() {
        return Ok(());
    }
    store::insert(tx, key)?;
    journal::append(tx, Chain::Hall, "signing_key_made", &key.kid, &json!({ "x": key.x }))
}

/// Retires the key that signs now and installs another in its place.
///
/// # Errors
/// [`NotYours`].
pub fn rotate(tx: &mut Tx<'_>, actor: &Actor, key: &NewKey) -> Result<()> {
    hall_only(actor)?;
    let retired = store::retire_all(tx)?;
    store::insert(tx, key)?;
    journal::append(tx, Chain::Hall, "signing_key_rotated", &key.kid, &json!({ "x": key.x, "retired": retired }))
}

fn hall_only(actor: &Actor) -> Result<(), NotYours> {
    if *actor == Actor::Hall { Ok(()) } else { Err(NotYours) }
}

/// The key that signs now, opened.
pub struct Signer {
    /// Its name.
    pub kid: String,
    key: EncodingKey,
}

impl Signer {
    /// Signs claims as a compact JSON Web Token of this media type (RFC 7515, RFC 8725 section 3.11).
    ///
    /// # Errors
    /// When they cannot be written as JSON.
    pub fn sign<T: Serialize>(&self, media_type: &str, claims: &T) -> Result<String> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(media_type.to_owned());
        header.kid = Some(self.kid.clone());
        Ok(jsonwebtoken::encode(&header, claims, &self.key).context("cannot sign")?)
    }
}

/// Opens the key that signs now, making one where there is none.
///
/// # Errors
/// When the secret file is not the one the key was sealed with.
pub async fn signer(app: &App) -> Result<Signer> {
    let found = app.db.read(|conn| Ok(store::current(conn)?)).await?;
    let (kid, sealed) = match found {
        Some(found) => found,
        None => {
            let key = fresh(&app.secrets)?;
            app.db
                .write(move |tx| {
                    install(tx, &Actor::Hall, &key)?;
                    Ok(store::current(tx)?.context("a key was just installed")?)
                })
                .await?
        }
    };
    let private = app.secrets.unseal(&context(&kid), &sealed).context("the signing key was sealed with another secret file")?;
    Ok(Signer { kid, key: EncodingKey::from_ed_der(&private) })
}

/// Whether this key signs now.
///
/// # Errors
/// When the database does.
pub fn signs(conn: &mut Conn, kid: &str) -> Result<bool> {
    Ok(store::signs(conn, kid)?)
}

/// All public keys, current and retired.
///
/// # Errors
/// When the database does.
pub fn key_set(conn: &mut Conn) -> Result<KeySet> {
    let keys = store::all(conn)?.into_iter().map(|(x, retired)| Jwk::of(&x, retired)).collect();
    Ok(KeySet { keys })
}
