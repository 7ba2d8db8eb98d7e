//! What machines ask: alive, ready, metrics, and the files at well-known places.

use crate::app::App;
use crate::error::Result;
use crate::kernel::time::MINUTE;
use crate::platform::db::schema::journal_pending;
use crate::platform::web::{Answer, plain};
use crate::platform::{jobs, outbox};
use actix_web::{HttpResponse, web};
use diesel::prelude::*;
use std::fmt::Write as _;
use std::sync::atomic::Ordering;

/// Whether the program lives and can write.
pub async fn health(app: web::Data<App>) -> HttpResponse {
    match app.db.write(|_| Ok(())).await {
        Ok(()) => HttpResponse::Ok().content_type("text/plain").body("ok\n"),
        Err(_) => HttpResponse::ServiceUnavailable().content_type("text/plain; charset=utf-8").insert_header(("x-own-page", "1")).body("the database takes no writes\n"),
    }
}

/// Whether requests should be sent here: not while draining, and not while nothing can be read.
pub async fn ready(app: web::Data<App>) -> HttpResponse {
    let not_now = |words: &'static str| HttpResponse::ServiceUnavailable().content_type("text/plain; charset=utf-8").insert_header(("x-own-page", "1")).body(words);
    if app.draining.load(Ordering::SeqCst) {
        return not_now("draining\n");
    }
    match app.db.read(|_| Ok(())).await {
        Ok(()) => HttpResponse::Ok().content_type("text/plain").body("ready\n"),
        Err(_) => not_now("the database cannot be read\n"),
    }
}

/// How late mail and work are allowed to be before `/metrics` counts them as late.
const LATE: i64 = 15 * MINUTE;

/// Counters and what waits, in the text format of Prometheus, on its own address.
pub async fn metrics(app: web::Data<App>) -> Result<HttpResponse> {
    let counters = app.db.counters();
    let counted = [
        ("writes_recorded", counters.recorded.load(Ordering::Relaxed)),
        ("writes_retried", counters.retries.load(Ordering::Relaxed)),
        ("writes_not_recorded", counters.not_recorded.load(Ordering::Relaxed)),
    ];
    let old = app.now().plus(-LATE);
    let (mail, (jobs, late_jobs), unlinked) = app
        .db
        .read(move |conn| Ok((outbox::state(conn, None, old)?, jobs::undone(conn, old)?, journal_pending::table.count().get_result::<i64>(conn)?)))
        .await?;
    let waiting = [
        ("mails_waiting", mail.waiting),
        ("mails_late", mail.late),
        ("mails_bounced", mail.bounced),
        ("jobs_waiting", jobs),
        ("jobs_late", late_jobs),
        ("journal_entries_unlinked", unlinked),
        ("draining", i64::from(app.draining.load(Ordering::SeqCst))),
    ];
    let mut text = String::new();
    for (name, value) in counted {
        let _ = write!(text, "# TYPE guildhall_{name}_total counter\nguildhall_{name}_total {value}\n");
    }
    for (name, value) in waiting {
        let _ = write!(text, "# TYPE guildhall_{name} gauge\nguildhall_{name} {value}\n");
    }
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(text))
}

/// The reservation of text and data mining (W3C TDM reservation protocol): everything is reserved,
/// and licences are bargained for at the catalogue.
pub async fn tdmrep(app: web::Data<App>) -> Answer {
    let policy = serde_json::json!([{ "location": "/*", "tdm-reservation": 1, "tdm-policy": app.link("/coops") }]);
    plain("application/json", policy.to_string())
}

/// What crawlers may do: read the public record, train on nothing.
pub async fn robots() -> Answer {
    plain("text/plain; charset=utf-8", "User-agent: *\nContent-Usage: train-ai=n\nDisallow: /home\nDisallow: /settings\n")
}

/// Where to report a fault (RFC 9116).
pub async fn security_txt(app: web::Data<App>) -> Answer {
    let contact = app.config.mail_from.split(['<', '>']).nth(1).unwrap_or(&app.config.mail_from).to_owned();
    let expires = app.now().plus(180 * crate::kernel::time::DAY).iso();
    plain("text/plain; charset=utf-8", format!("Contact: mailto:{contact}\nExpires: {expires}\nPreferred-Languages: en\n"))
}
