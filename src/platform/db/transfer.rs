//! Whole rows as JSON, for exports that a person or another hall reads, and back. Both databases
//! write and read the same lines: bytes as `\x` and hexadecimal digits, numbers as they are.
//!
//! Here alone an insert passes over what is there already, so that an import that broke off goes on.

use super::shape::TABLES;
use super::{Conn, Tx, each_db};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Text};
use serde_json::Value;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// TEXT.
    Text,
    /// BIGINT.
    Number,
    /// BYTEA.
    Bytes,
}

/// A table's shape.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// The columns of its primary key.
    pub key: &'static [&'static str],
    /// Columns that name an account.
    pub accounts: &'static [&'static str],
    /// All columns in order.
    pub columns: &'static [(&'static str, Kind)],
}

impl Table {
    /// The table of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        TABLES.iter().find(|table| table.name == name)
    }

    /// Every table, parents before children.
    #[must_use]
    pub const fn all() -> &'static [Self] {
        TABLES
    }

    /// Whether it has this column.
    #[must_use]
    pub fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|(name, _)| *name == column)
    }

    fn kind(&self, column: &str) -> Kind {
        self.columns.iter().find(|(name, _)| *name == column).map_or(Kind::Text, |(_, kind)| *kind)
    }

    /// Each row as one JSON object, as the database at hand writes it.
    fn as_json(&self, is_postgres: bool) -> String {
        let field = |(name, kind): &(&str, Kind)| match (kind, is_postgres) {
            (Kind::Bytes, true) => format!("'{name}', '\\x' || encode({name}, 'hex')"),
            (Kind::Bytes, false) => format!("'{name}', '\\x' || lower(hex({name}))"),
            _ => format!("'{name}', {name}"),
        };
        let fields = self.columns.iter().map(field).collect::<Vec<_>>().join(", ");
        if is_postgres { format!("json_build_object({fields})::text") } else { format!("json_object({fields})") }
    }

    fn insert_sql(&self, is_postgres: bool) -> String {
        let names = self.columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        if is_postgres {
            return format!("INSERT INTO {0} ({names}) SELECT {names} FROM json_populate_recordset(NULL::{0}, $1::json) ON CONFLICT DO NOTHING", self.name);
        }
        let field = |(name, kind): &(&str, Kind)| match kind {
            Kind::Bytes => format!("unhex(substr(json_extract(value, '$.{name}'), 3))"),
            _ => format!("json_extract(value, '$.{name}')"),
        };
        let fields = self.columns.iter().map(field).collect::<Vec<_>>().join(", ");
        format!("INSERT INTO {} ({names}) SELECT {fields} FROM json_each($1) WHERE true ON CONFLICT DO NOTHING", self.name)
    }
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// A value of a key, to go on after.
enum Bound {
    Words(String),
    Number(i64),
}

/// Which rows: those in which each of these columns has this text.
pub type Scope<'a> = &'a [(&'static str, &'a str)];

/// A page of the rows of a table within a scope, after the row `after` by the rest of the key, in
/// the order of the key.
///
/// # Errors
/// When the database does, or a row is not what it should be.
pub fn page(conn: &mut Conn, table: &Table, scope: Scope<'_>, after: Option<&Value>, limit: i64) -> crate::error::Result<Vec<Value>> {
    let is_postgres = matches!(conn, Conn::Postgres(_));
    let rest: Vec<&str> = table.key.iter().copied().filter(|name| scope.iter().all(|(column, _)| column != name)).collect();
    let mut bounds: Vec<Bound> = scope.iter().map(|(_, value)| Bound::Words((*value).to_owned())).collect();
    let within = (1..).zip(scope).map(|(n, (column, _))| format!("{column} = ${n}")).collect::<Vec<_>>().join(" AND ");
    let mut sql = format!("SELECT {} AS line FROM {} WHERE {within}", table.as_json(is_postgres), table.name);
    if let Some(after) = after.filter(|_| !rest.is_empty()) {
        for name in &rest {
            let last = after.get(*name);
            bounds.push(match table.kind(name) {
                Kind::Number => Bound::Number(last.and_then(Value::as_i64).unwrap_or(i64::MIN)),
                _ => Bound::Words(last.and_then(Value::as_str).unwrap_or("").to_owned()),
            });
        }
        let marks = (scope.len() + 1..=bounds.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
        sql.push_str(&format!(" AND ({}) > ({marks})", rest.join(", ")));
    }
    if !rest.is_empty() {
        sql.push_str(&format!(" ORDER BY {}", rest.join(", ")));
    }
    sql.push_str(&format!(" LIMIT {limit}"));
    let lines: Vec<Line> = each_db!(conn, c => {
        let mut query = diesel::sql_query(sql).into_boxed();
        for bound in bounds {
            query = match bound {
                Bound::Words(words) => query.bind::<Text, _>(words),
                Bound::Number(number) => query.bind::<BigInt, _>(number),
            };
        }
        query.load(c)
    })?;
    lines.iter().map(|line| Ok(serde_json::from_str(&line.line)?)).collect()
}

/// All rows of a table within a scope, given to `each` one by one.
///
/// # Errors
/// When the database does, or `each`.
pub fn rows(conn: &mut Conn, table: &Table, scope: Scope<'_>, mut each: impl FnMut(&Value) -> crate::error::Result<()>) -> crate::error::Result<()> {
    const PAGE: i64 = 1_000;
    let mut after: Option<Value> = None;
    loop {
        let mut page = page(conn, table, scope, after.as_ref(), PAGE)?;
        page.iter().try_for_each(&mut each)?;
        if i64::try_from(page.len()).unwrap_or(0) < PAGE {
            return Ok(());
        }
        after = page.pop();
    }
}

/// Inserts rows that an export wrote; rows whose key is there already are passed over.
///
/// # Errors
/// When the database does.
pub fn insert(tx: &mut Tx<'_>, table: &Table, rows: &[Value]) -> QueryResult<usize> {
    let sql = table.insert_sql(matches!(&**tx, Conn::Postgres(_)));
    let lines = Value::from(rows.to_vec()).to_string();
    each_db!(&mut **tx, c => diesel::sql_query(sql).bind::<Text, _>(lines).execute(c))
}
