//! Who is whom: a member claims a pseudonym of a source, a steward answers.

use crate::error::{OrNotFound as _, Result};
use crate::kernel::ids::{ClaimId, ContributorId, Id as _};
use crate::membership::coops::{self, Here, Role};
use crate::platform::web::{Answer, Fields, Frame, Hall, page, see_other};
use crate::pool::records::rules::Verdict;
use crate::pool::records::{self, Claim};
use actix_web::web::{Path, Query};
use askama::Template;
use serde::Deserialize;

/// Pseudonyms on a page.
const PAGE: i64 = 50;

/// Which pseudonyms: after one, or beginning with a text.
#[derive(Default, Deserialize)]
pub struct Which {
    #[serde(default)]
    after: String,
    #[serde(default)]
    look: String,
}

#[derive(Template)]
#[template(path = "records/claims.html")]
struct ClaimsPage {
    frame: Frame,
    form: Fields,
    here: Here,
    /// Of the claimant, or all for a steward.
    claims: Vec<Claim>,
    steward: bool,
    me: i64,
    unclaimed: Vec<(ContributorId, Option<String>, i64)>,
    more: String,
    look: String,
}

async fn claims_page(hall: &Hall, slug: &str, which: Which, form: Fields) -> Answer {
    let (actor, now, slug) = (hall.actor(), hall.now(), slug.to_owned());
    let status = form.status();
    let frame = hall.frame("Who is whom").of_form(&form);
    let shown = hall
        .app
        .db
        .read(move |conn| {
            let here = coops::enter(conn, &actor, &slug, now)?;
            let me = here.member()?.clone();
            let steward = me.may(Role::Steward);
            let claims = records::claims(conn, &here.coop.id, (!steward).then_some(&me.member))?;
            let look = crate::kernel::text::line(&which.look);
            let after = if which.after.is_empty() { before(&look) } else { which.after };
            let mut unclaimed = records::unclaimed(conn, &here.coop.id, &after, PAGE)?;
            let full = unclaimed.len() >= usize::try_from(PAGE).unwrap_or(0);
            unclaimed.retain(|(_, name, _)| name.as_deref().is_some_and(|name| name.starts_with(&look)));
            let more = if full { unclaimed.last().and_then(|(_, name, _)| name.clone()).unwrap_or_default() } else { String::new() };
            Ok(ClaimsPage { frame: frame.in_coop(&here, "pool"), form, claims, steward, me: me.number, unclaimed, more, look, here })
        })
        .await?;
    page(&shown, status)
}

/// A text that comes before everything beginning with `look` and after all that comes before it.
fn before(look: &str) -> String {
    let mut letters: Vec<char> = look.chars().collect();
    let Some(last) = letters.pop() else { return String::new() };
    letters.extend(char::from_u32(u32::from(last).saturating_sub(1)));
    letters.push('\u{ffff}');
    letters.into_iter().collect()
}

/// Pseudonyms nobody has claimed, and claims with their answers.
pub async fn show(hall: Hall, slug: Path<String>, which: Query<Which>) -> Answer {
    hall.account()?;
    claims_page(&hall, &slug, which.into_inner(), Fields::empty()).await
}

/// Claims a pseudonym.
pub async fn claim(hall: Hall, slug: Path<String>, mut form: Fields) -> Answer {
    hall.account()?;
    let here = hall.here(&slug).await?;
    here.active()?;
    let contributor = form.word("contributor", "the name that is you", ContributorId::parse);
    let evidence = form.text("evidence", "What shows that it is you", 1_000);
    if let (Some(contributor), true) = (contributor, form.is_fine()) {
        let (coop, location) = (here.coop.id, format!("/c/{slug}/claims"));
        match hall.act(&form, move |tx, actor| records::claim(tx, actor, &coop, &contributor, &evidence).map(|_| location.clone())).await {
            Ok(location) => return see_other(&location),
            Err(error) => form.take(error)?,
        }
    }
    claims_page(&hall, &slug, Which::default(), form).await
}

/// Answers a claim as a steward.
pub async fn rule(hall: Hall, path: Path<(String, String)>, mut form: Fields) -> Answer {
    hall.account()?;
    let (slug, id) = path.into_inner();
    let here = hall.here(&slug).await?;
    here.with_role(Role::Steward)?;
    let id = ClaimId::parse(&id).or_not_found()?;
    let verdict = form.word("verdict", "an answer", Verdict::parse);
    let reason = form.text("reason", "Why, for the member to read", 500);
    if let (Some(verdict), true) = (verdict, form.is_fine()) {
        match answer(&hall, &form, here, id, verdict, reason).await {
            Ok(location) => return see_other(&location),
            Err(error) => form.take(error)?,
        }
    }
    claims_page(&hall, &slug, Which::default(), form).await
}

async fn answer(hall: &Hall, form: &Fields, here: Here, id: ClaimId, verdict: Verdict, reason: String) -> Result<String> {
    let (coop, location) = (here.coop.id, format!("/c/{}/claims", here.coop.slug));
    hall.act(form, move |tx, actor| records::rule_claim(tx, actor, &coop, &id, verdict, &reason).map(|()| location.clone())).await
}

#[cfg(test)]
mod tests {
    use super::before;

    #[test]
    fn a_look_begins_right_before_what_it_looks_for() {
        assert_eq!(before(""), "");
        assert!(before("star:7").as_str() < "star:7" && before("star:7").as_str() > "star:6zzz");
    }
}
