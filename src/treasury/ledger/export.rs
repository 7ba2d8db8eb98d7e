//! The ledger as files that other programs read. Contributors appear under a mark, not their id:
//! what somebody earned is theirs to tell.

use super::accounts::Account;
use super::store::Posted;
use crate::kernel::digest::Digest;
use crate::kernel::ids::Id as _;
use crate::kernel::money::Currency;
use crate::kernel::time::Zone;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A path as the files show it.
fn shown(path: &str, coop_salt: &str) -> String {
    match Account::parse(path) {
        Some(Account::Member(id)) => {
            let mark = Digest::of_parts(&[b"ledger export", coop_salt.as_bytes(), id.as_str().as_bytes()]);
            format!("members:{}", mark.short())
        }
        _ => path.to_owned(),
    }
}

/// A cell that no spreadsheet takes for a formula, quoted where needed.
#[must_use]
pub fn cell(text: &str) -> String {
    let bare: String = text.chars().map(|c| if c == '\r' || c == '\n' || c == '\t' { ' ' } else { c }).collect();
    let risky = bare.starts_with(['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}']);
    let safe = if risky { format!("'{bare}") } else { bare };
    if safe.contains([',', '"', ';']) { format!("\"{}\"", safe.replace('"', "\"\"")) } else { safe }
}

/// All postings as CSV, one line each.
#[must_use]
pub fn csv(rows: &[Posted], zone: &Zone, salt: &str) -> String {
    let mut out = "date,transaction,line,kind,memo,account,debit,credit,currency\r\n".to_owned();
    for row in rows {
        let size = row.currency.plain(row.amount.saturating_abs());
        let (debit, credit) = if row.amount > 0 { (size.as_str(), "") } else { ("", size.as_str()) };
        let (date, account) = (row.at.date(zone), shown(&row.account, salt));
        let _ = write!(out, "{date},{},{},{},{},{},{debit},{credit},{}\r\n", row.id, row.position + 1, cell(&row.kind), cell(&row.memo), cell(&account), row.currency);
    }
    out
}

fn beancount_name(path: &str, salt: &str) -> String {
    match Account::parse(path) {
        Some(Account::Bank) => "Assets:Bank".to_owned(),
        Some(Account::Receipt(number)) => format!("Liabilities:Receipts:R{number}"),
        Some(Account::Run(number)) => format!("Liabilities:Runs:R{number}"),
        Some(Account::Costs) => "Equity:Costs".to_owned(),
        Some(Account::Reserve) => "Equity:Reserve".to_owned(),
        Some(Account::Member(_)) => shown(path, salt).replace("members:", "Liabilities:Members:M"),
        None => "Equity:Unknown".to_owned(),
    }
}

/// All postings in Beancount's language (version 3), each account opened before its first use and
/// every balance asserted at the end.
#[must_use]
pub fn beancount(rows: &[Posted], title: &str, until: &str, zone: &Zone, salt: &str) -> String {
    let quoted = |text: &str| text.replace(['"', '\\', '\n', '\r'], "'");
    let mut out = format!("option \"title\" \"{}\"\n", quoted(title));
    let mut opened: BTreeMap<String, (i128, Currency)> = BTreeMap::new();
    let mut last = None;
    for row in rows {
        let (name, date) = (beancount_name(&row.account, salt), row.at.date(zone));
        if !opened.contains_key(&name) {
            opened.insert(name.clone(), (0, row.currency.clone()));
        }
        if last.as_ref() != Some(&row.id) {
            let _ = write!(out, "\n{date} * \"{}\" \"{}\"\n  transaction: \"{}\"\n", quoted(&row.kind), quoted(&row.memo), row.id);
            last = Some(row.id.clone());
        }
        let _ = writeln!(out, "  {name}  {} {}", row.currency.plain(row.amount), row.currency);
        if let Some((sum, _)) = opened.get_mut(&name) {
            *sum += i128::from(row.amount);
        }
    }
    let from = rows.first().map_or_else(|| until.to_owned(), |row| row.at.date(zone));
    out.push('\n');
    for (name, (sum, currency)) in opened {
        let sum = i64::try_from(sum).unwrap_or(i64::MAX);
        let _ = writeln!(out, "{from} open {name} {currency}");
        let _ = writeln!(out, "{until} balance {name}  {} {currency}", currency.plain(sum));
    }
    out
}
