//! The chart of accounts: few, typed, and each with a side it may never leave.

use crate::kernel::ids::{ContributorId, Id as _};

/// One account of a cooperative's ledger. Debits are positive: what the bank holds stands there
/// above zero, what the cooperative owes or has set aside stands below.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// Money at the bank.
    Bank,
    /// A receipt's money that no run has shared out yet, by receipt number.
    Receipt(i64),
    /// The members' part of a released run on its way to their accounts, by run number.
    Run(i64),
    /// What is owed to a contributor, claimed or not.
    Member(ContributorId),
    /// Set aside for running costs.
    Costs,
    /// Strike and solidarity reserve.
    Reserve,
}

impl Account {
    /// The path under which it is stored.
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::Bank => "bank".to_owned(),
            Self::Receipt(number) => format!("receipts:{number}"),
            Self::Run(number) => format!("runs:{number}"),
            Self::Member(id) => format!("members:{id}"),
            Self::Costs => "costs".to_owned(),
            Self::Reserve => "reserve".to_owned(),
        }
    }

    /// The first word of its path: the kind of account.
    #[must_use]
    pub const fn root(&self) -> &'static str {
        match self {
            Self::Bank => "bank",
            Self::Receipt(_) => "receipts",
            Self::Run(_) => "runs",
            Self::Member(_) => "members",
            Self::Costs => "costs",
            Self::Reserve => "reserve",
        }
    }

    /// Reads a stored path; `None` for any other text.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        match path.split_once(':') {
            None if path == "bank" => Some(Self::Bank),
            None if path == "costs" => Some(Self::Costs),
            None if path == "reserve" => Some(Self::Reserve),
            Some(("receipts", number)) => number.parse().ok().map(Self::Receipt),
            Some(("runs", number)) => number.parse().ok().map(Self::Run),
            Some(("members", id)) => ContributorId::parse(id).map(Self::Member),
            _ => None,
        }
    }

    /// What people read.
    #[must_use]
    pub fn phrase(&self) -> String {
        match self {
            Self::Bank => "the bank account".to_owned(),
            Self::Receipt(number) => format!("receipt {number}, not yet split"),
            Self::Run(number) => format!("run {number}, being shared out"),
            Self::Member(_) => "a contributor's account".to_owned(),
            Self::Costs => "running costs".to_owned(),
            Self::Reserve => "the reserve".to_owned(),
        }
    }

    /// Whether a balance is possible: nobody spends what is not there, so the bank is never below
    /// zero and every other account never above.
    #[must_use]
    pub const fn may_hold(&self, balance: i64) -> bool {
        match self {
            Self::Bank => balance >= 0,
            _ => balance <= 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_back_as_written_and_nothing_else_is_an_account() {
        let member = ContributorId::parse("0190a0b0-0000-7000-8000-000000000001").unwrap();
        for account in [Account::Bank, Account::Costs, Account::Reserve, Account::Receipt(7), Account::Run(3), Account::Member(member)] {
            assert_eq!(Account::parse(&account.path()), Some(account));
        }
        for path in ["", "Bank", "members:", "members:ana", "receipts:x", "bank:1", "runs"] {
            assert_eq!(Account::parse(path), None, "{path}");
        }
    }
}
