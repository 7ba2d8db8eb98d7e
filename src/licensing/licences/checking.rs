//! The page where anybody checks a licence. What is pasted is kept nowhere.

use super::rules::Status;
use super::verification::{Outcome, Report, examine};
use crate::error::{NotFound, Result};
use crate::kernel::time::{Timestamp, Zone};
use crate::licensing::keys;
use crate::platform::db::Conn;
use crate::platform::web::{Answer, Fields, Frame, Hall, page};
use askama::Template;

#[derive(Template)]
#[template(path = "licences/verify.html")]
struct VerifyPage {
    frame: Frame,
    form: Fields,
    report: Option<Report>,
    /// The licence's own page here, when it is one of ours.
    page: String,
    hall_url: String,
}

/// The empty page.
pub async fn form(hall: Hall) -> Answer {
    show(&hall, Fields::empty(), None, String::new())
}

fn show(hall: &Hall, form: Fields, report: Option<Report>, licence: String) -> Answer {
    let frame = hall.frame("Check a licence").of_form(&form);
    let status = form.status();
    page(&VerifyPage { frame, form, report, page: licence, hall_url: hall.app.config.public_url.clone() }, status)
}

/// Checks what was pasted against this hall's keys and register.
pub async fn check(hall: Hall, mut form: Fields) -> Answer {
    let pasted: String = form.value("licence").split_whitespace().collect();
    if pasted.is_empty() {
        form.refuse("licence", "Paste a licence: three parts of letters and digits joined by points.");
        return show(&hall, form, None, String::new());
    }
    let (issuer, now) = (hall.app.config.public_url.clone(), hall.now());
    let (report, page) = hall.app.db.read(move |conn| against_register(conn, &pasted, &issuer, now)).await?;
    show(&hall, form, Some(report), page)
}

/// The offline checks, and then what only the hall knows: whether this very token was issued, and
/// whether it was revoked.
fn against_register(conn: &mut Conn, token: &str, issuer: &str, now: Timestamp) -> Result<(Report, String)> {
    let mut report = examine(token, &keys::key_set(conn)?, Some(issuer), now);
    let Some(claims) = &report.claims else { return Ok((report, String::new())) };
    let licence = match super::by_id(conn, &claims.jti) {
        Ok(licence) => licence,
        Err(error) if error.refusal::<NotFound>().is_some() => {
            report.set("Status", Outcome::Fails, "It is in no register of this hall.");
            return Ok((report, String::new()));
        }
        Err(error) => return Err(error),
    };
    if licence.jwt != token {
        report.set("Status", Outcome::Fails, "The register holds another licence of this id.");
        return Ok((report, String::new()));
    }
    let (outcome, words) = match licence.status(now) {
        Status::Active => (Outcome::Holds, "In the register, and in force.".to_owned()),
        Status::Revoked(ground, at) => (Outcome::Fails, format!("Revoked on {}: {}.", at.day(&Zone::utc()), ground.phrase())),
        Status::Expired(at) => (Outcome::Fails, format!("Ended on {}.", at.day(&Zone::utc()))),
    };
    report.set("Status", outcome, words);
    Ok((report, format!("/c/{}/licences/{}", licence.slug, licence.number)))
}
