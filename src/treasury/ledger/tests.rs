use super::*;
use crate::kernel::ids::ContributorId;
use proptest::prelude::*;

fn eur() -> Currency {
    Currency::parse("EUR").unwrap()
}

fn member(n: u8) -> Account {
    Account::Member(ContributorId::parse(&format!("0190a0b0-0000-7000-8000-0000000000{n:02x}")).unwrap())
}

fn transaction(n: u64, postings: &[(Account, i64)]) -> Transaction {
    Transaction {
        id: named("test", &n.to_string()).unwrap(),
        kind: "test",
        memo: String::new(),
        proposal: None,
        currency: eur(),
        postings: postings.iter().map(|(account, amount)| Posting { account: account.clone(), amount: *amount }).collect(),
    }
}

#[test]
fn each_broken_rule_has_its_own_refusal() {
    let check = |postings: &[(Account, i64)]| transaction(1, postings).check();
    assert_eq!(check(&[(Account::Bank, 5), (Account::Reserve, -4)]), Err(Refusal::Unbalanced { off: 1 }));
    assert_eq!(check(&[(Account::Bank, 0), (Account::Reserve, 0)]), Err(Refusal::Empty));
    assert_eq!(check(&[]), Err(Refusal::Empty));
    assert!(matches!(check(&[(Account::Bank, 5), (Account::Bank, -5)]), Err(Refusal::SelfTransfer(_))));
    let many: Vec<_> = (0..500).map(|n| (Account::Receipt(n), if n % 2 == 0 { 1 } else { -1 })).collect();
    assert_eq!(check(&many), Err(Refusal::TooLong(500)));
    // Sums that would wrap in 64 bits do not balance by accident.
    let wrap = [(Account::Bank, i64::MAX), (Account::Costs, i64::MAX), (Account::Reserve, 2)];
    assert_eq!(check(&wrap), Err(Refusal::Unbalanced { off: 1 << 64 }));
}

#[test]
fn nobody_spends_what_is_not_there() {
    let pay = transaction(1, &[(member(1), 100), (Account::Bank, -100)]);
    let refused = apply(&BTreeMap::from([(Account::Bank, 500), (member(1), -60)]), &pay);
    assert_eq!(refused, Err(Refusal::Short { account: "a contributor's account".into(), holds: "EUR 0.60".into(), needs: "EUR 1.00".into() }));
    let refused = apply(&BTreeMap::from([(Account::Bank, 99), (member(1), -100)]), &pay);
    assert!(matches!(refused, Err(Refusal::Short { .. })));
    let paid = apply(&BTreeMap::from([(Account::Bank, 100), (member(1), -100)]), &pay).unwrap();
    assert!(paid.values().all(|balance| *balance == 0));
    let huge = transaction(2, &[(Account::Bank, i64::MAX), (Account::Reserve, -i64::MAX)]);
    assert!(matches!(apply(&BTreeMap::from([(Account::Bank, 1)]), &huge), Err(Refusal::Overflow(_))));
}

#[test]
fn the_fields_tell_transactions_apart_and_names_are_stable() {
    let one = transaction(1, &[(Account::Bank, 5), (Account::Reserve, -5)]);
    let mut other = one.clone();
    other.memo = "x".into();
    assert_ne!(one.fields(), other.fields());
    assert_ne!(one.fields(), transaction(1, &[(Account::Bank, 6), (Account::Reserve, -6)]).fields());
    assert_eq!(named("receipt", "a"), named("receipt", "a"));
    assert_ne!(named("receipt", "a"), named("run", "a"));
}

/// The ledger as the database keeps it: a list that only grows, and balances beside it.
#[derive(Default)]
struct Book {
    posted: BTreeMap<TransactionId, Transaction>,
    balances: BTreeMap<Account, i64>,
}

impl Book {
    fn post(&mut self, transaction: &Transaction) -> Result<bool, Refusal> {
        if let Some(known) = self.posted.get(&transaction.id) {
            return if known.fields() == transaction.fields() { Ok(false) } else { Err(Refusal::Different) };
        }
        let after = apply(&self.balances, transaction)?;
        self.balances.extend(after);
        self.posted.insert(transaction.id.clone(), transaction.clone());
        Ok(true)
    }

    /// The second model: everything added up again from nothing.
    fn fold(&self) -> BTreeMap<Account, i128> {
        let mut fold = BTreeMap::new();
        for posting in self.posted.values().flat_map(|t| &t.postings) {
            *fold.entry(posting.account.clone()).or_insert(0) += i128::from(posting.amount);
        }
        fold
    }
}

fn any_account() -> impl Strategy<Value = Account> {
    prop_oneof![Just(Account::Bank), Just(Account::Costs), Just(Account::Reserve), (1..4_i64).prop_map(Account::Receipt), (1..3_i64).prop_map(Account::Run), (1..5_u8).prop_map(member)]
}

fn any_amount() -> impl Strategy<Value = i64> {
    prop_oneof![8 => 1..1_000_i64, 1 => Just(i64::MAX), 1 => Just(0)]
}

proptest! {
    /// L1, L2, L4, L6 and L7 over any history: whatever is asked, in any order, with repeats.
    #[test]
    fn the_auditor_agrees_after_every_step(steps in prop::collection::vec((0..40_u64, any_account(), any_account(), any_amount(), any::<bool>()), 1..120)) {
        let mut book = Book::default();
        for (n, to, from, amount, crooked) in steps {
            let credit = if crooked && amount > 1 { 1 - amount } else { -amount };
            let asked = transaction(n, &[(to.clone(), amount), (from.clone(), credit)]);
            let before = book.balances.clone();
            let known = book.posted.get(&asked.id).cloned();
            match book.post(&asked) {
                Ok(true) => prop_assert!(known.is_none() && to != from && amount > 0),
                Ok(false) => prop_assert_eq!(known.unwrap().fields(), asked.fields()),
                Err(Refusal::Different) => prop_assert!(known.is_some()),
                Err(_) => prop_assert_eq!(&before, &book.balances, "a refusal changes nothing"),
            }
            let fold = book.fold();
            prop_assert_eq!(fold.values().sum::<i128>(), 0);
            prop_assert!(fold.iter().all(|(account, sum)| book.balances.get(account).map(|b| i128::from(*b)) == Some(*sum)));
            prop_assert!(book.balances.iter().all(|(account, balance)| account.may_hold(*balance)));
        }
    }
}
