//! What machines ask: alive, ready, metrics, and the files at well-known places.

use crate::app::App;
use crate::error::Result;
use crate::platform::web::{Answer, plain};
use actix_web::{HttpResponse, web};
use std::fmt::Write as _;
use std::sync::atomic::Ordering;

/// Whether the program lives and can write.
pub async fn health(app: web::Data<App>) -> HttpResponse {
    match app.db.write(|_| Ok(())).await {
        Ok(()) => HttpResponse::Ok().content_type("text/plain").body("ok\n"),
        Err(_) => HttpResponse::ServiceUnavailable().content_type("text/plain; charset=utf-8").insert_header(("x-own-page", "1")).body("the database takes no writes\n"),
    }
}

/// Whether requests should be sent here: not while draining.
pub async fn ready(app: web::Data<App>) -> HttpResponse {
    if app.draining.load(Ordering::SeqCst) {
        return HttpResponse::ServiceUnavailable().content_type("text/plain").body("draining\n");
    }
    HttpResponse::Ok().content_type("text/plain").body("ready\n")
}

/// Counters in the text format of Prometheus, on its own address.
pub async fn metrics(app: web::Data<App>) -> Result<HttpResponse> {
    let counters = app.db.counters();
    let rows = [
        ("guildhall_writes_recorded_total", counters.recorded.load(Ordering::Relaxed)),
        ("guildhall_writes_retried_total", counters.retries.load(Ordering::Relaxed)),
        ("guildhall_writes_not_recorded_total", counters.not_recorded.load(Ordering::Relaxed)),
    ];
    let mut text = String::new();
    for (name, value) in rows {
        let _ = write!(text, "# TYPE {name} counter\n{name} {value}\n");
    }
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(text))
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
