//! Changes made past the program, as somebody with the database's password could make them: no
//! append-only triggers, no foreign keys, no verbs.

use super::Hall;
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = diesel::sql_types::Text)]
    name: String,
}

impl Hall {
    /// Runs these statements on a connection of their own, every guard in place.
    pub fn statements(&self, sql: impl AsRef<str>) {
        let url = self.app.config.database_url.as_str();
        if let Some(path) = url.strip_prefix("sqlite:") {
            let mut conn = SqliteConnection::establish(path).expect("the database");
            conn.batch_execute("PRAGMA busy_timeout = 5000").expect("patience");
            conn.batch_execute(sql.as_ref()).expect("a statement");
        } else {
            PgConnection::establish(url).expect("the database").batch_execute(sql.as_ref()).expect("a statement");
        }
    }

    /// Runs these statements with every guard of the database taken away.
    pub fn plant(&self, sql: &str) {
        let url = self.app.config.database_url.as_str();
        if let Some(path) = url.strip_prefix("sqlite:") {
            let mut conn = SqliteConnection::establish(path).expect("the database");
            conn.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = OFF").expect("no foreign keys");
            let triggers: Vec<Name> = sql_query("SELECT name FROM sqlite_master WHERE type = 'trigger'").load(&mut conn).expect("triggers");
            for trigger in triggers {
                conn.batch_execute(&format!("DROP TRIGGER {}", trigger.name)).expect("no trigger");
            }
            conn.batch_execute(sql).expect("a change past the program");
        } else {
            let mut conn = PgConnection::establish(url).expect("the database");
            conn.batch_execute("SET session_replication_role = replica").expect("no triggers");
            conn.batch_execute(sql).expect("a change past the program");
        }
    }
}
