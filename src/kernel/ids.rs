//! One typed identifier per thing, so that a member can never be passed where a record is meant.
//!
//! Every id is a UUID in lower-case text: readable in both databases' shells and sortable by the
//! time it was made (version 7). Ids are minted by `Tx::fresh`, never here.

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::Text;
use serde::{Deserialize, Serialize};

/// What every typed id can do: be made from checked text and shown as text.
pub trait Id: Sized {
    /// Reads an id from outside; `None` unless it is a UUID.
    fn parse(text: &str) -> Option<Self>;
    /// The id as stored text.
    fn as_str(&self) -> &str;
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow, Serialize, Deserialize)]
        #[diesel(sql_type = Text)]
        #[serde(transparent)]
        pub struct $name(String);

        impl Id for $name {
            fn parse(text: &str) -> Option<Self> {
                uuid::Uuid::try_parse(text).ok().map(|id| Self(id.hyphenated().to_string()))
            }
            fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
        crate::kernel::sql::stored_as_text!($name);
    )+};
}

ids! {
    /// A person who signs in.
    AccountId,
    /// A cooperative, the tenant.
    CoopId,
    /// A membership of one cooperative.
    MemberId,
    /// Somebody's wish to join.
    ApplicationId,
    /// An invitation sent by mail.
    InvitationId,
    /// A grant of one role to one member.
    GrantId,
    /// A written complaint.
    ComplaintId,
    /// One event in a member's standing (suspension, leaving, ..).
    StandingId,
    /// A mandate or a consent given by one member for one use.
    AuthorisationId,
    /// Whoever has a share in a record, member or not.
    ContributorId,
    /// A member's claim to be a pseudonymous contributor.
    ClaimId,
    /// One upload of records.
    BatchId,
    /// The ground on which records may be licensed.
    BasisId,
    /// One piece of work in the pool.
    RecordId,
    /// A saved selection of records.
    CorpusId,
    /// A frozen, immutable state of a corpus.
    RevisionId,
    /// A question put to members.
    ProposalId,
    /// A challenge to a notice before opening.
    ChallengeId,
    /// A floor in force from a date.
    FloorId,
    /// A buying organisation.
    BuyerId,
    /// One bargaining with one buyer over one corpus.
    NegotiationId,
    /// One version of the terms on the table.
    OfferId,
    /// An issued licence (its `jti`).
    LicenceId,
    /// One logged delivery of one file.
    DeliveryId,
    /// A buyer's report of use.
    ReportId,
    /// A ledger transaction, named by whoever posts it.
    TransactionId,
    /// Money that came in.
    ReceiptId,
    /// A manual ledger entry waiting for, or carrying, approval.
    EntryId,
    /// One distribution of one receipt.
    RunId,
    /// A list of payments to members.
    PayoutId,
    /// One journal entry.
    EntryRef,
    /// One mail in the outbox.
    MailId,
    /// One piece of queued work.
    JobId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_uuid_or_nothing() {
        assert!(MemberId::parse("no").is_none());
        assert!(MemberId::parse("0190a0b0-0000-7000-8000-000000000001' OR 1=1").is_none());
        let id = MemberId::parse("0190A0B0-0000-7000-8000-00000000ABCD").unwrap();
        assert_eq!(id.as_str(), "0190a0b0-0000-7000-8000-00000000abcd");
    }
}
