//! Everything this hall holds about one account, in every cooperative, as one file.
//!
//! What is about a person is found by the columns that name them, so that a new table is in it
//! without anybody thinking of it. What is a secret, or about others, is left out.

use crate::error::Result;
use crate::kernel::ids::{AccountId, CoopId, Id as _};
use crate::platform::db::Conn;
use crate::platform::db::schema::{contributors, coops, members, outbox, record_contributors};
use crate::platform::db::transfer::{Table, rows};
use crate::platform::web::{Answer, Hall, attachment};
use diesel::prelude::*;
use serde_json::{Map, Value, json};
use std::io::Write as _;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Columns nobody gets: secrets, hashes of secrets, and what only the program reads.
const WITHHELD: [&str; 7] = ["password", "token", "sealed", "envelope", "salt", "pack", "ordinal"];

/// Columns that name whom a row is about. Rows that only say who did something to somebody else
/// (`ruled_by`, `by_member`, ..) are about that other person.
const ABOUT: [&str; 4] = ["member_id", "account_id", "contributor_id", "payee"];

fn cleaned(row: &Value) -> Value {
    let mut row = row.clone();
    if let Some(fields) = row.as_object_mut() {
        fields.retain(|name, _| !WITHHELD.contains(&name.as_str()));
    }
    row
}

/// The rows of a table in which a column is one of these ids, within a cooperative if it has one.
fn about(conn: &mut Conn, table: &'static Table, column: &'static str, ids: &[String], coop: Option<&CoopId>) -> Result<Vec<Value>> {
    let mut found = Vec::new();
    for id in ids {
        let mut scope = vec![(column, id.as_str())];
        scope.extend(coop.map(|coop| ("coop_id", coop.as_str())));
        rows(conn, table, &scope, |row| {
            found.push(cleaned(row));
            Ok(())
        })?;
    }
    Ok(found)
}

/// The work: what is known of each record the person has a share in, without its text.
fn records(conn: &mut Conn, coop: &CoopId, names: &[String]) -> Result<Vec<Value>> {
    let Some(table) = Table::named("records") else { return Ok(Vec::new()) };
    let mut ids: Vec<String> = Vec::new();
    for name in names {
        let shares = record_contributors::table.filter(record_contributors::coop_id.eq(coop).and(record_contributors::contributor_id.eq(name)));
        ids.extend(shares.select(record_contributors::record_id).load::<String>(conn)?);
    }
    about(conn, table, "id", &ids, Some(coop))
}

fn in_coop(conn: &mut Conn, coop: &CoopId, account: &AccountId) -> Result<Value> {
    let member: Option<String> = members::table.filter(members::coop_id.eq(coop).and(members::account_id.eq(account))).select(members::id).first(conn).optional()?;
    let names: Vec<String> = match &member {
        Some(member) => contributors::table.filter(contributors::coop_id.eq(coop).and(contributors::member_id.eq(member))).select(contributors::id).load(conn)?,
        None => Vec::new(),
    };
    let mut parts = Map::new();
    for table in Table::all().iter().filter(|table| table.key.first() == Some(&"coop_id")) {
        for column in ABOUT.into_iter().filter(|column| table.has(column)) {
            let ids = match column {
                "member_id" => member.clone().into_iter().collect(),
                "account_id" => vec![account.to_string()],
                _ => names.clone(),
            };
            let found = about(conn, table, column, &ids, Some(coop))?;
            if !found.is_empty() {
                parts.insert(table.name.to_owned(), Value::from(found));
            }
        }
    }
    if let (Some(table), Some(member)) = (Table::named("members"), &member) {
        parts.insert("members".to_owned(), Value::from(about(conn, table, "id", std::slice::from_ref(member), Some(coop))?));
    }
    parts.insert("records".to_owned(), Value::from(records(conn, coop, &names)?));
    Ok(Value::Object(parts))
}

/// The files of the archive: one about the account, one for each cooperative.
fn gather(conn: &mut Conn, account: &AccountId) -> Result<Vec<(String, Value)>> {
    let mut own = Map::new();
    for table in Table::all().iter().filter(|table| !table.has("coop_id")) {
        for column in table.accounts {
            let found = about(conn, table, column, &[account.to_string()], None)?;
            own.insert(table.name.to_owned(), Value::from(found));
        }
    }
    if let Some(table) = Table::named("accounts") {
        rows(conn, table, &[("id", account.as_str())], |row| {
            own.insert("account".to_owned(), cleaned(row));
            Ok(())
        })?;
    }
    let email = own.get("account").and_then(|row| row.get("email")).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mails: Vec<(String, i64)> = outbox::table.filter(outbox::recipient.eq(&email)).order(outbox::queued_at).limit(10_000).select((outbox::subject, outbox::queued_at)).load(conn)?;
    own.insert("mails".to_owned(), mails.into_iter().map(|(subject, at)| json!({ "subject": subject, "queued_at": at })).collect());
    let mut files = vec![("account.json".to_owned(), Value::Object(own))];
    let all: Vec<(CoopId, String)> = coops::table.order(coops::slug).select((coops::id, coops::slug)).load(conn)?;
    for (coop, slug) in all {
        let held = in_coop(conn, &coop, account)?;
        // The list of records is always there; on its own it means that nothing is known here.
        if held.as_object().is_some_and(|parts| parts.len() > 1) {
            files.push((format!("{slug}.json"), held));
        }
    }
    Ok(files)
}

const ABOUT_THIS: &str = "Everything this hall holds about your account. account.json is about the account itself, every other file about one cooperative.\nTimes are microseconds since 1970 in UTC, amounts the smallest unit of the currency.\nSecrets are left out, and so is how you voted by sealed ballot: once a vote is counted nobody can tell, this hall included.\nThe texts of your records are in the pool; ask an officer for a copy.\n";

fn archive(files: &[(String, Value)]) -> Result<Vec<u8>> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let mut put = |name: &str, text: &str| -> Result<()> {
        zip.start_file(name, SimpleFileOptions::default()).map_err(anyhow::Error::from)?;
        Ok(zip.write_all(text.as_bytes())?)
    };
    put("README.txt", ABOUT_THIS)?;
    for (name, value) in files {
        put(name, &serde_json::to_string_pretty(value)?)?;
    }
    Ok(zip.finish().map_err(anyhow::Error::from)?.into_inner())
}

/// One's own data, as a ZIP file of JSON.
pub async fn export(hall: Hall) -> Answer {
    let account = hall.account()?;
    let bytes = hall.app.db.read(move |conn| archive(&gather(conn, &account)?)).await?;
    attachment("my-data.zip", "application/zip", bytes)
}
