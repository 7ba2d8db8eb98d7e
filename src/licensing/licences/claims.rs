//! What a licence says: the payload of its signed token, from which a stranger can recompute
//! everything that was promised. Field order is the order of the bytes that are hashed.

use crate::bargaining::tariffs::FloorCheck;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{BuyerId, CoopId, FloorId, LicenceId, NegotiationId, OfferId, ProposalId, RevisionId};
use crate::kernel::money::{Currency, Rate};
use crate::kernel::terms::{BuyerClass, Quantities, TermSheet, Unit, Use};
use serde::{Deserialize, Serialize};

/// Whom a licence's token speaks to: whoever reads this format, in this version.
pub const AUDIENCE: &str = "guildhall:licence:1";
/// The token's media type, so that no other token of a hall passes for a licence.
pub const MEDIA_TYPE: &str = "licence+jwt";

/// The cooperative that licenses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Licensor {
    /// Its id.
    pub id: CoopId,
    /// Its name.
    pub name: String,
    /// Its page.
    pub page: String,
}

/// The organisation that may use the corpus.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Licensee {
    /// Its id.
    pub id: BuyerId,
    /// Its name.
    pub name: String,
    /// Its country.
    pub country: String,
    /// Its entry in a public register.
    pub registration: String,
    /// Its class.
    pub class: BuyerClass,
}

/// The frozen corpus that is licensed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Corpus {
    /// Its name.
    pub name: String,
    /// Its name in addresses.
    pub slug: String,
    /// Number of the revision.
    pub revision: i64,
    /// Id of the revision.
    pub id: RevisionId,
    /// Merkle root over its records.
    pub root: Digest,
    /// SHA-256 of its manifest's bytes.
    pub manifest: Digest,
    /// How much it holds.
    pub holds: Quantities,
}

/// What is paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Total {
    /// Minor units of the currency.
    pub minor: i64,
    /// ISO 4217.
    pub currency: Currency,
}

impl Total {
    /// For people.
    #[must_use]
    pub fn show(&self) -> String {
        self.currency.show(self.minor)
    }
}

/// The version of the terms that both sides agreed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreed {
    /// The bargaining.
    pub negotiation: NegotiationId,
    /// Its number.
    pub deal: i64,
    /// The offer.
    pub offer: OfferId,
    /// Its version.
    pub version: i64,
    /// Digest of the text that the buyer's signatory accepted.
    pub accepted_text: Digest,
}

/// The vote that ratified it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ratified {
    /// The proposal.
    pub proposal: ProposalId,
    /// Its number.
    pub number: i64,
    /// Digest of the matter that was voted on.
    pub matter: Digest,
    /// Digest of the notice: text, rule, choices and roll as frozen.
    pub notice: Digest,
    /// Digest of the counted ballots (see [`ballots`]).
    pub ballots: Digest,
    /// Digest of the decision's record.
    pub record: Digest,
    /// When voting ended, seconds since 1970.
    pub closed: i64,
}

/// A floor that bound the price, and the least it allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    /// The floor.
    pub floor: FloorId,
    /// For which use.
    #[serde(rename = "use")]
    pub purpose: Use,
    /// For which buyers.
    pub class: BuyerClass,
    /// Counted in.
    pub unit: Unit,
    /// Its currency.
    pub currency: Currency,
    /// For one unit, in millionths of a minor unit.
    pub rate: Rate,
    /// Number of the vote that set it.
    pub number: i64,
    /// In force since, seconds since 1970.
    pub since: i64,
    /// The least total for this corpus, minor units, rounded up.
    pub least: i64,
}

impl Bound {
    /// The least total, for people.
    #[must_use]
    pub fn show_least(&self) -> String {
        self.currency.show(self.least)
    }
}

impl From<&FloorCheck> for Bound {
    fn from(check: &FloorCheck) -> Self {
        let floor = &check.floor;
        Self {
            floor: floor.id.clone(),
            purpose: floor.purpose,
            class: floor.class,
            unit: floor.unit,
            currency: floor.currency.clone(),
            rate: floor.rate,
            number: floor.number,
            since: floor.since.seconds(),
            least: check.least,
        }
    }
}

/// The head of the cooperative's journal when the licence was signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalHead {
    /// How many links.
    pub height: i64,
    /// The last link's hash.
    pub hash: Digest,
}

/// Everything a licence says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// The hall that issued it.
    pub iss: String,
    /// The licensee, as `urn:uuid:`.
    pub sub: String,
    /// [`AUDIENCE`].
    pub aud: String,
    /// Signed at, seconds since 1970.
    pub iat: i64,
    /// Good from.
    pub nbf: i64,
    /// Good until.
    pub exp: i64,
    /// The licence.
    pub jti: LicenceId,
    /// Where its status is told.
    pub status: String,
    /// Its number in the cooperative.
    pub number: i64,
    /// Who licenses.
    pub licensor: Licensor,
    /// To whom.
    pub licensee: Licensee,
    /// What.
    pub corpus: Corpus,
    /// On which terms; whatever they do not permit is prohibited.
    pub terms: TermSheet,
    /// Digest of the terms' JSON, as written here, without white space.
    pub terms_hash: Digest,
    /// For how much.
    pub total: Total,
    /// Agreed how.
    pub agreed: Agreed,
    /// Ratified how.
    pub ratified: Ratified,
    /// The floors that bound the price.
    pub floors: Vec<Bound>,
    /// The journal's head.
    pub journal: JournalHead,
}

impl Claims {
    /// Digest of everything but what differs between two signings of the same licence: what the
    /// steward confirms.
    ///
    /// # Errors
    /// Never in practice.
    pub fn act(&self) -> Result<Digest, serde_json::Error> {
        let fixed = (&self.number, &self.licensor, &self.licensee, &self.corpus, &self.terms_hash, &self.total, &self.agreed, &self.ratified, &self.floors);
        Ok(Digest::of_parts(&[b"issue a licence", serde_json::to_string(&fixed)?.as_bytes()]))
    }
}

/// Digest of a vote's counted ballots: of the JSON array of the choices in rising order followed by
/// the JSON array of the receipts in rising order, each without white space.
///
/// # Errors
/// Never in practice.
pub fn ballots(choices: &[i64], receipts: &[String]) -> Result<Digest, serde_json::Error> {
    Ok(Digest::of(format!("{}{}", serde_json::to_string(choices)?, serde_json::to_string(receipts)?).as_bytes()))
}
