//! What both databases promise: serialised writes, reads that cannot write, refusals that undo
//! exactly themselves, append-only tables, paired migrations.

use crate::support::Hall;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use guildhall::error::{Error, NotFound};
use guildhall::platform::db::schema::{hall as settings, journal_entries, rate_buckets};
use guildhall::platform::db::{Db, Tx};
use guildhall::platform::journal::{self, Chain};

fn bump(tx: &mut Tx<'_>) -> guildhall::error::Result<()> {
    let level: i64 = rate_buckets::table.find("x").select(rate_buckets::level).first(&mut **tx)?;
    diesel::update(rate_buckets::table.find("x")).set(rate_buckets::level.eq(level + 1)).execute(&mut **tx)?;
    Ok(())
}

#[test]
fn no_increment_is_lost_and_a_refusal_undoes_only_itself() {
    let hall = Hall::start();
    hall.write(|tx| {
        diesel::insert_into(rate_buckets::table).values((rate_buckets::bucket.eq("x"), rate_buckets::level.eq(0), rate_buckets::at.eq(0))).execute(&mut **tx)?;
        Ok(())
    })
    .expect("a row");
    let db: Db = hall.app.db.clone();
    let recorded = hall.wait(async move {
        let acts = (0..120).map(|i| {
            let db = db.clone();
            async move {
                db.write(move |tx| {
                    bump(tx)?;
                    if i % 3 == 0 { Err(NotFound.into()) } else { Ok(()) }
                })
                .await
            }
        });
        futures_util::future::join_all(acts).await
    });
    let done = i64::try_from(recorded.iter().filter(|r| r.is_ok()).count()).unwrap();
    let level: i64 = hall.read(|conn| Ok(rate_buckets::table.find("x").select(rate_buckets::level).first(conn)?));
    assert_eq!(level, done);
    assert!(recorded.iter().filter(|r| matches!(r, Err(e) if e.refusal::<NotFound>().is_some())).count() >= 20);
}

#[test]
fn a_read_cannot_write() {
    let hall = Hall::start();
    let outcome = hall.wait(hall.app.db.read(|conn| {
        diesel::insert_into(settings::table).values((settings::name.eq("a"), settings::value.eq("b"))).execute(conn)?;
        Ok(())
    }));
    assert!(matches!(outcome, Err(Error::Broken(_))));
    let rows: i64 = hall.read(|conn| Ok(settings::table.count().get_result(conn)?));
    assert_eq!(rows, 0);
}

#[test]
fn a_panic_in_an_act_is_an_error_and_the_next_act_works() {
    let hall = Hall::start();
    let outcome: guildhall::error::Result<()> = hall.write(|_| panic!("planted"));
    assert!(outcome.is_err());
    hall.write(|_| Ok(())).expect("the writer lives");
}

#[test]
fn the_journal_refuses_to_be_changed() {
    let hall = Hall::start();
    hall.write(|tx| journal::append(tx, Chain::Hall, "tried", "x", &serde_json::json!({}))).expect("an entry");
    let update = hall.write(|tx| {
        diesel::update(journal_entries::table).set(journal_entries::kind.eq("forged")).execute(&mut **tx)?;
        Ok(())
    });
    let delete = hall.write(|tx| {
        diesel::delete(journal_entries::table).execute(&mut **tx)?;
        Ok(())
    });
    assert!(update.is_err() && delete.is_err());
    if hall.app.db.is_postgres() {
        assert!(hall.write(|tx| Ok(tx.batch_execute("TRUNCATE journal_entries CASCADE")?)).is_err());
    }
    let kinds: Vec<String> = hall.read(|conn| Ok(journal_entries::table.select(journal_entries::kind).load(conn)?));
    assert_eq!(kinds, ["tried"]);
}

#[test]
fn migrations_go_up_and_down_and_up() {
    let hall = Hall::start();
    let url = hall.app.config.database_url.clone();
    let fresh = match url.strip_prefix("sqlite:") {
        Some(_) => format!("sqlite:{}", hall.folder.path().join("again.db").display()),
        // On PostgreSQL the clone itself is taken down and up again; this hall is not used after it.
        None => url,
    };
    guildhall::platform::db::migrate(&fresh).expect("up");
    let steps = guildhall::platform::db::revert_all(&fresh).expect("down");
    assert_eq!(guildhall::platform::db::migrate(&fresh).expect("up again"), steps);
}
