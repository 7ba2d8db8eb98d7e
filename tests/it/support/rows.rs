//! Rows put straight into the database, for what lies beyond the department under test. Columns that
//! are not named get an empty value of their type, as the migrations' source declares them.

use diesel::prelude::*;
use guildhall::error::Result;
use guildhall::platform::db::Tx;

/// Name, type and whether it is required, of each column.
pub fn columns(table: &str) -> Vec<(String, String, bool)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/source");
    for file in std::fs::read_dir(folder).expect("the migrations' source") {
        let text = std::fs::read_to_string(file.expect("a file").path()).expect("text");
        let Some((_, rest)) = text.split_once(&format!("CREATE TABLE {table} (\n")) else { continue };
        let body = rest.split("\n);").next().expect("a table's end");
        return body.lines().filter_map(column).collect();
    }
    panic!("there is no table {table}");
}

fn column(line: &str) -> Option<(String, String, bool)> {
    let mut words = line.trim().trim_end_matches(',').split(' ');
    let (name, kind) = (words.next()?, words.next()?);
    let is_column = ["TEXT", "BIGINT", "BYTEA"].contains(&kind);
    is_column.then(|| (name.to_owned(), kind.to_owned(), words.next() == Some("NOT")))
}

/// A manifest of nothing, for rows of `freezes` that pages read.
pub const MANIFEST: &str = r#"{"cooperative":"x","corpus":"x","title":"x","revision":1,"frozen_at":"2026-03-02T09:00:00Z","root":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","leaf":"x","records":0,"contributors":0,"words":0,"bytes":0,"kinds":{},"languages":{},"period":null,"lengths":[],"uses":[],"filter":{"kinds":[],"languages":[],"batches":[],"from":null,"to":null,"min_words":1,"repeats":false},"grounds":[],"screening":"x","files":[]}"#;
/// A selection of everything, for rows of `corpora` and `revisions`.
pub const FILTER: &str = r#"{"kinds":[],"languages":[],"batches":[],"from":null,"to":null,"min_words":1,"repeats":false}"#;

/// Inserts one row; values are written as SQL text literals or, for BIGINT columns, as numbers.
pub fn put(tx: &mut Tx<'_>, table: &str, values: &[(&str, &str)]) -> Result<()> {
    let columns = columns(table);
    for (name, _) in values {
        assert!(columns.iter().any(|(column, ..)| column == name), "{table} has no column {name}");
    }
    let is_postgres = matches!(&**tx, guildhall::platform::db::Conn::Postgres(_));
    let literal = |(name, kind, required): &(String, String, bool)| match (values.iter().find(|(n, _)| n == name), kind.as_str()) {
        (Some((_, value)), "BIGINT") => (*value).to_owned(),
        (Some((_, value)), "BYTEA") if is_postgres => format!("'\\x{value}'"),
        (Some((_, value)), "BYTEA") => format!("x'{value}'"),
        (Some((_, value)), _) => format!("'{}'", value.replace('\'', "''")),
        (None, _) if !required => "NULL".to_owned(),
        (None, "BIGINT") => "0".to_owned(),
        (None, "BYTEA") if !is_postgres => "x''".to_owned(),
        (None, _) => "''".to_owned(),
    };
    let names: Vec<&str> = columns.iter().map(|(name, ..)| name.as_str()).collect();
    let literals: Vec<String> = columns.iter().map(literal).collect();
    diesel::sql_query(format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), literals.join(", "))).execute(&mut **tx)?;
    Ok(())
}
