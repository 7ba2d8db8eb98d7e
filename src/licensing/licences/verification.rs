//! Checking a licence's token from a key set alone, check by check, each named with its outcome. The
//! web page, the command line and the issuing verb use this one function; it trusts nothing that the
//! token says about how it is to be checked (RFC 8725).

use super::claims::{AUDIENCE, Claims, MEDIA_TYPE};
use crate::kernel::digest::Digest;
use crate::kernel::terms::Unit;
use crate::kernel::time::{Timestamp, Zone};
use crate::licensing::keys::{Jwk, KeySet};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;

/// How long a token may be.
const MOST: usize = 64 * 1024;

/// What a check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Holds,
    /// It does not.
    Fails,
    /// It was not looked at: an earlier one failed, or it cannot be known here.
    Open,
}

impl Outcome {
    /// The word people read.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails => "fails",
            Self::Open => "not checked",
        }
    }
}

/// One named check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was checked.
    pub name: &'static str,
    /// How it came out.
    pub outcome: Outcome,
    /// What was found.
    pub words: String,
}

/// All checks in order, and what the licence says if its signature holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The checks.
    pub checks: Vec<Check>,
    /// The claims, once the signature held.
    pub claims: Option<Claims>,
}

/// Names of the checks, in order.
pub const NAMES: [&str; 12] =
    ["Form", "Header", "Key", "Signature", "Content", "Issuer", "Audience", "Term", "Key in use", "Terms", "Price", "Status"];

impl Report {
    /// Whether nothing failed and the licence could be read.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.claims.is_some() && self.checks.iter().all(|check| check.outcome != Outcome::Fails)
    }

    /// The first check that failed.
    #[must_use]
    pub fn failure(&self) -> Option<&Check> {
        self.checks.iter().find(|check| check.outcome == Outcome::Fails)
    }

    /// Puts the outcome of one check in its place.
    pub fn set(&mut self, name: &'static str, outcome: Outcome, words: impl Into<String>) {
        if let Some(check) = self.checks.iter_mut().find(|check| check.name == name) {
            check.outcome = outcome;
            check.words = words.into();
        }
    }

    fn note<T>(&mut self, name: &'static str, found: Result<(T, String), String>) -> Option<T> {
        match found {
            Ok((value, words)) => {
                self.set(name, Outcome::Holds, words);
                Some(value)
            }
            Err(words) => {
                self.set(name, Outcome::Fails, words);
                None
            }
        }
    }
}

/// Checks a token against a key set at an instant. Without `issuer` any issuer is taken and named.
#[must_use]
pub fn examine(text: &str, keys: &KeySet, issuer: Option<&str>, now: Timestamp) -> Report {
    let open = |name: &&'static str| Check { name, outcome: Outcome::Open, words: "Not looked at, because an earlier check failed.".to_owned() };
    let mut report = Report { checks: NAMES.iter().map(open).collect(), claims: None };
    if let Some((claims, key)) = signed(text.trim(), keys, &mut report) {
        said(&claims, &key, issuer, now, &mut report);
        report.set("Status", Outcome::Open, format!("Whether it was revoked is told by {}", claims.status));
        report.claims = Some(claims);
    }
    report
}

/// Form, header, key, signature and content, in this order; nothing of the content is read before
/// the signature holds.
fn signed(text: &str, keys: &KeySet, report: &mut Report) -> Option<(Claims, Jwk)> {
    let (head, body, signature) = report.note("Form", form(text))?;
    let header = report.note("Header", header(head))?;
    let named = keys.named(&header.kid).cloned();
    let key = report.note("Key", named.map(|key| (key, format!("{} is in the key set.", header.kid))).ok_or(format!("{} is not in the key set.", shown(&header.kid))))?;
    report.note("Signature", signature_holds(head, body, signature, &key))?;
    let claims = report.note("Content", content(body))?;
    Some((claims, key))
}

fn form(text: &str) -> Result<((&str, &str, &str), String), String> {
    if text.len() > MOST {
        return Err("It is longer than any licence.".to_owned());
    }
    let mut parts = text.split('.');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(head), Some(body), Some(signature), None) if ![head, body, signature].contains(&"") => {
            Ok(((head, body, signature), "Three parts joined by points.".to_owned()))
        }
        _ => Err("A licence is three parts of letters and digits joined by two points.".to_owned()),
    }
}

/// The only header a licence has. Keys, addresses of keys and anything critical that a token brings
/// along itself are unknown fields, and refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    typ: String,
    alg: String,
    kid: String,
}

fn header(part: &str) -> Result<(Head, String), String> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| "The first part is not base64url.".to_owned())?;
    let head: Head = serde_json::from_slice(&bytes).map_err(|_| "The header must hold typ, alg and kid and nothing else.".to_owned())?;
    if head.alg != "EdDSA" {
        return Err(format!("It asks to be checked by {}; a licence is signed by EdDSA.", shown(&head.alg)));
    }
    if head.typ != MEDIA_TYPE {
        return Err(format!("It is a {} and not a {MEDIA_TYPE}.", shown(&head.typ)));
    }
    Ok((head, "EdDSA, a licence.".to_owned()))
}

/// What a stranger wrote, short enough to show.
fn shown(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    format!("\u{201c}{short}\u{201d}")
}

fn signature_holds(head: &str, body: &str, signature: &str, key: &Jwk) -> Result<((), String), String> {
    let public = DecodingKey::from_ed_components(&key.x).map_err(|_| "The key in the key set is no Ed25519 key.".to_owned())?;
    let message = format!("{head}.{body}");
    match jsonwebtoken::crypto::verify(signature, message.as_bytes(), &public, Algorithm::EdDSA) {
        Ok(true) => Ok(((), "Signed by that key; not one character was changed since.".to_owned())),
        _ => Err("It was not signed by that key, or was changed since.".to_owned()),
    }
}

fn content(part: &str) -> Result<(Claims, String), String> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| "The second part is not base64url.".to_owned())?;
    let claims: Claims = serde_json::from_slice(&bytes).map_err(|cause| format!("It does not say what a licence says: {cause}."))?;
    let words = format!("Licence {} of {} to {}.", claims.number, claims.licensor.name, claims.licensee.name);
    Ok((claims, words))
}

fn said(claims: &Claims, key: &Jwk, issuer: Option<&str>, now: Timestamp, report: &mut Report) {
    match issuer {
        Some(issuer) => {
            report.note("Issuer", if claims.iss == issuer { Ok(((), format!("{issuer}."))) } else { Err(format!("{} and not {issuer}.", shown(&claims.iss))) });
        }
        None => report.set("Issuer", Outcome::Open, format!("It says {}. Get the key set from there.", claims.iss)),
    }
    report.note("Audience", if claims.aud == AUDIENCE { Ok(((), format!("{AUDIENCE}."))) } else { Err(format!("{} and not {AUDIENCE}.", shown(&claims.aud))) });
    report.note("Term", term(claims, now));
    report.note("Key in use", match key.retired {
        Some(retired) if claims.iat >= retired => Err("Signed after its key was retired.".to_owned()),
        _ => Ok(((), "The key was in use when this was signed.".to_owned())),
    });
    report.note("Terms", terms(claims));
    report.note("Price", price(claims));
}

fn term(claims: &Claims, now: Timestamp) -> Result<((), String), String> {
    let day = |seconds: i64| Timestamp(seconds.saturating_mul(crate::kernel::time::SECOND)).day(&Zone::utc());
    if claims.nbf > claims.exp || claims.iat > claims.exp {
        return Err("It ends before it begins.".to_owned());
    }
    if now.seconds() < claims.nbf {
        return Err(format!("It begins on {}.", day(claims.nbf)));
    }
    if now.seconds() >= claims.exp {
        return Err(format!("It ended on {}.", day(claims.exp)));
    }
    Ok(((), format!("From {} to {}.", day(claims.nbf), day(claims.exp))))
}

fn terms(claims: &Claims) -> Result<((), String), String> {
    match Digest::of_json(&claims.terms) {
        Ok(hash) if hash == claims.terms_hash => Ok(((), format!("The terms hash to {}.", hash.short()))),
        _ => Err("The terms do not hash to what the licence says.".to_owned()),
    }
}

/// Every permitted use is bound by a floor, and the total is at or above each, computed again.
fn price(claims: &Claims) -> Result<((), String), String> {
    let total = &claims.total;
    let show = |minor: i64| total.currency.show(minor);
    for floor in &claims.floors {
        let (num, den) = claims.corpus.holds.of(floor.unit);
        let least = floor.rate.total(num, den);
        if least != Some(floor.least) || floor.currency != total.currency || total.minor < floor.least {
            return Err(format!("{} is below the floor of vote {}, {}.", show(total.minor), floor.number, show(least.unwrap_or(floor.least))));
        }
    }
    if let Some(bare) = claims.terms.uses.iter().find(|used| !claims.floors.iter().any(|f| f.purpose == **used && f.class == claims.licensee.class)) {
        return Err(format!("No floor is named for {bare}."));
    }
    match claims.floors.iter().max_by_key(|floor| floor.least) {
        None => Err("No use is licensed, and no floor named.".to_owned()),
        Some(most) => Ok(((), format!("{} is at or above every floor; the highest asks {}{}.", show(total.minor), show(most.least), per(most.unit)))),
    }
}

fn per(unit: Unit) -> String {
    if unit == Unit::Flat { String::new() } else { format!(", counted {unit}") }
}

#[cfg(test)]
mod tests;
