//! A1: every transaction sums to zero in each currency and is the one the journal tells of; every
//! balance is the fold of its postings.

use super::{Check, PAGE, Scope};
use crate::error::Result;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{CoopId, ProposalId, TransactionId};
use crate::platform::db::Conn;
use crate::platform::db::schema::{balances, journal_entries, ledger_transactions, postings};
use diesel::prelude::*;
use std::collections::BTreeMap;

pub(super) fn look(conn: &mut Conn, scope: &Scope, check: &mut Check) -> Result<()> {
    for coop in &scope.coops {
        transactions(conn, coop, check)?;
        unwitnessed(conn, coop, check)?;
        accounts(conn, coop, check)?;
        unfounded(conn, coop, check)?;
    }
    Ok(())
}

#[derive(Queryable)]
struct Posted {
    transaction: TransactionId,
    account: String,
    amount: i64,
    currency: String,
}

type Head = (TransactionId, String, String, Digest, Option<ProposalId>);

/// Transactions read at once: each has at most some hundred postings.
const FEW: i64 = 100;

fn transactions(conn: &mut Conn, coop: &CoopId, check: &mut Check) -> Result<()> {
    let mut after: Option<TransactionId> = None;
    loop {
        let mut query = ledger_transactions::table.filter(ledger_transactions::coop_id.eq(coop)).into_boxed();
        if let Some(after) = &after {
            query = query.filter(ledger_transactions::id.gt(after.clone()));
        }
        let heads: Vec<Head> = query
            .order(ledger_transactions::id)
            .limit(FEW)
            .select((ledger_transactions::id, ledger_transactions::kind, ledger_transactions::memo, ledger_transactions::fields, ledger_transactions::proposal_id))
            .load(conn)?;
        let Some((last, ..)) = heads.last() else { return Ok(()) };
        after = Some(last.clone());
        let ids: Vec<&TransactionId> = heads.iter().map(|(id, ..)| id).collect();
        let lines: Vec<Posted> = postings::table
            .filter(postings::coop_id.eq(coop).and(postings::transaction_id.eq_any(ids)))
            .order((postings::transaction_id, postings::position))
            .select((postings::transaction_id, postings::account, postings::amount, postings::currency))
            .load(conn)?;
        check.count("transactions", heads.len());
        check.count("postings", lines.len());
        let mut by_id: BTreeMap<TransactionId, Vec<Posted>> = BTreeMap::new();
        lines.into_iter().for_each(|line| by_id.entry(line.transaction.clone()).or_default().push(line));
        for head in &heads {
            transaction(head, by_id.get(&head.0).map_or(&[], Vec::as_slice), check);
        }
    }
}

fn transaction((id, kind, memo, fields, proposal): &Head, lines: &[Posted], check: &mut Check) {
    let mut sums: BTreeMap<&str, i128> = BTreeMap::new();
    for line in lines {
        *sums.entry(&line.currency).or_default() += i128::from(line.amount);
    }
    check.expect(lines.len() > 1, id, "transaction has fewer than two postings");
    for (currency, sum) in sums.iter().filter(|(_, sum)| **sum != 0) {
        check.find(id, format!("transaction's postings sum to {sum} {currency} minor units, not to zero"));
    }
    let currency = sums.keys().next().copied().unwrap_or("");
    let mut parts = vec![kind.clone(), memo.clone(), proposal.as_ref().map_or_else(String::new, ToString::to_string), currency.to_owned()];
    parts.extend(lines.iter().flat_map(|line| [line.account.clone(), line.amount.to_string()]));
    let parts: Vec<&[u8]> = parts.iter().map(String::as_bytes).collect();
    check.expect(Digest::of_parts(&parts) == *fields, id, "transaction does not hash to its fields: it was changed after posting");
}

/// Transactions that the journal does not tell of, or tells of otherwise.
fn unwitnessed(conn: &mut Conn, coop: &CoopId, check: &mut Check) -> Result<()> {
    let witness = journal_entries::chain
        .eq(ledger_transactions::coop_id)
        .and(journal_entries::subject.eq(ledger_transactions::id))
        .and(journal_entries::kind.eq("ledger_posted"));
    let silent: Vec<TransactionId> = ledger_transactions::table
        .left_join(journal_entries::table.on(witness))
        .filter(ledger_transactions::coop_id.eq(coop).and(journal_entries::id.nullable().is_null()))
        .order(ledger_transactions::id)
        .limit(PAGE)
        .select(ledger_transactions::id)
        .load(conn)?;
    silent.iter().for_each(|id| check.find(id, "transaction is not in the journal"));
    let mut after = String::new();
    loop {
        let told: Vec<(String, String, String)> = journal_entries::table
            .filter(journal_entries::chain.eq(coop).and(journal_entries::kind.eq("ledger_posted")).and(journal_entries::id.gt(&after)))
            .order(journal_entries::id)
            .limit(PAGE)
            .select((journal_entries::id, journal_entries::subject, journal_entries::facts))
            .load(conn)?;
        let Some((last, ..)) = told.last() else { return Ok(()) };
        after.clone_from(last);
        let ids: Vec<&String> = told.iter().map(|(_, subject, _)| subject).collect();
        let known: BTreeMap<String, String> = ledger_transactions::table
            .filter(ledger_transactions::coop_id.eq(coop).and(ledger_transactions::id.eq_any(ids)))
            .select((ledger_transactions::id, ledger_transactions::fields))
            .load(conn)?
            .into_iter()
            .collect();
        for (_, subject, facts) in &told {
            match known.get(subject) {
                None => check.find(subject, "the journal tells of this transaction, and it is gone"),
                Some(fields) => check.expect(facts.contains(fields.as_str()), subject, "the journal tells of this transaction with other fields"),
            }
        }
    }
}

fn accounts(conn: &mut Conn, coop: &CoopId, check: &mut Check) -> Result<()> {
    let mut after = String::new();
    loop {
        let names: Vec<String> = postings::table
            .filter(postings::coop_id.eq(coop).and(postings::account.gt(&after)))
            .select(postings::account)
            .distinct()
            .order(postings::account)
            .limit(PAGE / 2)
            .load(conn)?;
        let Some(last) = names.last() else { return Ok(()) };
        after.clone_from(last);
        check.count("accounts", names.len());
        let folded = fold(conn, coop, &names)?;
        let kept: Vec<(String, String, i64)> =
            balances::table.filter(balances::coop_id.eq(coop).and(balances::account.eq_any(&names))).select((balances::account, balances::currency, balances::amount)).load(conn)?;
        let kept: BTreeMap<(String, String), i64> = kept.into_iter().map(|(account, currency, amount)| ((account, currency), amount)).collect();
        for ((account, currency), sum) in &folded {
            let balance = kept.get(&(account.clone(), currency.clone())).copied().unwrap_or(0);
            if i128::from(balance) != *sum {
                check.find(account, format!("balance is kept as {balance} {currency} minor units, and the postings sum to {sum}"));
            }
        }
        for ((account, currency), balance) in kept.iter().filter(|(key, balance)| **balance != 0 && !folded.contains_key(key)) {
            check.find(account, format!("balance is kept as {balance} {currency} minor units without a posting in that currency"));
        }
    }
}

fn fold(conn: &mut Conn, coop: &CoopId, names: &[String]) -> Result<BTreeMap<(String, String), i128>> {
    let mut sums: BTreeMap<(String, String), i128> = BTreeMap::new();
    let mut after: Option<(TransactionId, i64)> = None;
    loop {
        let mut query = postings::table.filter(postings::coop_id.eq(coop).and(postings::account.eq_any(names))).into_boxed();
        if let Some((id, position)) = &after {
            query = query.filter(postings::transaction_id.gt(id.clone()).or(postings::transaction_id.eq(id.clone()).and(postings::position.gt(*position))));
        }
        let lines: Vec<(TransactionId, i64, String, i64, String)> = query
            .order((postings::transaction_id, postings::position))
            .limit(PAGE * 10)
            .select((postings::transaction_id, postings::position, postings::account, postings::amount, postings::currency))
            .load(conn)?;
        let Some((id, position, ..)) = lines.last() else { return Ok(sums) };
        after = Some((id.clone(), *position));
        let whole = lines.len() < usize::try_from(PAGE * 10).unwrap_or(usize::MAX);
        for (_, _, account, amount, currency) in lines {
            *sums.entry((account, currency)).or_default() += i128::from(amount);
        }
        if whole {
            return Ok(sums);
        }
    }
}

/// Balances of accounts on which nothing was ever posted.
fn unfounded(conn: &mut Conn, coop: &CoopId, check: &mut Check) -> Result<()> {
    let posted = postings::coop_id.eq(balances::coop_id).and(postings::account.eq(balances::account));
    let bare: Vec<(String, i64)> = balances::table
        .left_join(postings::table.on(posted))
        .filter(balances::coop_id.eq(coop).and(balances::amount.ne(0)).and(postings::account.nullable().is_null()))
        .order(balances::account)
        .limit(PAGE)
        .select((balances::account, balances::amount))
        .load(conn)?;
    bare.iter().for_each(|(account, amount)| check.find(account, format!("balance is kept as {amount} minor units without any posting")));
    Ok(())
}
