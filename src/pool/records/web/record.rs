//! One record: its words, whose it is with which shares, why it is in or out of a corpus and what
//! would let it in, where it is frozen, and how to take it out.

use super::figures;
use crate::error::{NotFound, OrNotFound as _, Result};
use crate::kernel::ids::{Id as _, MemberId, RecordId};
use crate::kernel::terms::Use;
use crate::kernel::text::thousands;
use crate::membership::coops::{self, Here, Role};
use crate::platform::web::{Answer, Fields, Frame, Hall, page, see_other};
use crate::pool::records::canonical::Content;
use crate::pool::records::rules::{Facts, Reason, may_enter};
use crate::pool::records::shelf::{self, Holder, Row};
use crate::pool::records::{self, Gate, Held};
use actix_web::web::Path;
use askama::Template;
use std::collections::BTreeSet;

/// Parts shown at most.
const PARTS: usize = 400;

/// A contributor as members see one.
struct Who {
    name: String,
    role: String,
    share: String,
    words: String,
}

/// One use, and why the record is not in for it.
struct For {
    purpose: Use,
    why: Vec<(String, String)>,
}

/// A part as it is shown.
struct Said {
    who: String,
    note: &'static str,
    text: String,
}

#[derive(Template)]
#[template(path = "records/record.html")]
struct RecordPage {
    frame: Frame,
    form: Fields,
    here: Here,
    row: Row,
    kind: String,
    batch: i64,
    out: Option<String>,
    people: Vec<Who>,
    /// What keeps it out of everything.
    general: Vec<(String, String)>,
    uses: Vec<For>,
    parts: Vec<Said>,
    more: usize,
    held: Vec<Held>,
    mine: bool,
    /// May look into the batch it came with.
    steward: bool,
}

/// What is read of a record.
struct Seen {
    here: Here,
    row: Row,
    holders: Vec<Holder>,
    numbers: Vec<Option<i64>>,
    batch: i64,
    out: Option<String>,
    facts: Facts,
    held: Vec<Held>,
    mine: bool,
}

async fn seen(hall: &Hall, slug: &str, id: RecordId) -> Result<Seen> {
    hall.account()?;
    let (actor, now, slug) = (hall.actor(), hall.now(), slug.to_owned());
    hall.app
        .db
        .read(move |conn| {
            let here = coops::enter(conn, &actor, &slug, now)?;
            let me = here.member()?.clone();
            let (row, holders, batch, out) = records::record_view(conn, &here.coop.id, &id)?;
            let mine = holders.iter().any(|holder| holder.member.as_ref() == Some(&me.member));
            if !mine && !me.roles.contains(&Role::Steward) {
                return Err(NotFound.into());
            }
            let facts = Gate::at(conn, &here.coop.id, now)?.facts_of(conn, &here.coop.id, std::slice::from_ref(&row))?.pop().or_not_found()?;
            let members: Vec<MemberId> = holders.iter().filter_map(|holder| holder.member.clone()).collect();
            let known = records::numbers(conn, &here.coop.id, &members)?;
            let number = |holder: &Holder| holder.member.as_ref().and_then(|member| known.iter().find(|(id, _)| id == member)).map(|(_, number)| *number);
            let numbers = holders.iter().map(number).collect();
            let held = records::revisions_with(conn, &here.coop.id, &id)?;
            Ok(Seen { here, row, holders, numbers, batch, out, facts, held, mine })
        })
        .await
}

/// A record's page, for its contributors and stewards.
pub async fn show(hall: Hall, path: Path<(String, String)>) -> Answer {
    let (slug, id) = path.into_inner();
    let seen = seen(&hall, &slug, RecordId::parse(&id).or_not_found()?).await?;
    record_page(&hall, seen, Fields::empty()).await
}

async fn record_page(hall: &Hall, seen: Seen, form: Fields) -> Answer {
    let content = match seen.out {
        Some(_) => None,
        None => Some(shelf::content(&hall.app.blobs, &seen.here.coop.id, &seen.row).await?),
    };
    let status = form.status();
    let frame = hall.frame(format!("Record {}", seen.row.key)).in_coop(&seen.here, "pool").of_form(&form);
    let (me, steward) = (seen.here.member()?.member.clone(), seen.here.member()?.roles.contains(&Role::Steward));
    let people = seen.holders.iter().zip(&seen.numbers).map(|(holder, number)| who(holder, *number, &me)).collect();
    let (parts, more) = content.map_or_else(|| (Vec::new(), 0), |content| said(&content));
    let (general, uses) = gate(&seen.facts);
    page(&RecordPage { frame, form, kind: figures::kind(&seen.row.kind), here: seen.here, row: seen.row, batch: seen.batch, out: seen.out, people, general, uses, parts, more, held: seen.held, mine: seen.mine, steward }, status)
}

fn who(holder: &Holder, number: Option<i64>, me: &MemberId) -> Who {
    let name = match (&holder.member, number) {
        (Some(member), _) if member == me => "You".to_owned(),
        (Some(_), Some(number)) => format!("Member no. {number}"),
        _ => format!("{}, held until claimed", holder.pseudonym.as_deref().unwrap_or("unknown")),
    };
    Who { name, role: holder.role.clone(), share: format!("{} of {}", holder.share, holder.of), words: thousands(holder.words) }
}

fn said(content: &Content) -> (Vec<Said>, usize) {
    let role = |author: Option<usize>| author.and_then(|a| content.contributors.get(a)).map_or_else(|| "somebody else".to_owned(), |c| c.role.clone());
    let note = |origin: crate::pool::records::canonical::Origin| if origin.word() == "own" { "" } else { origin.phrase() };
    let parts = content.parts.iter().take(PARTS).map(|part| Said { who: role(part.author), note: note(part.origin), text: part.text.clone() }).collect();
    (parts, content.parts.len().saturating_sub(PARTS))
}

/// What keeps a record out of everything, and use by use what else does.
fn gate(facts: &Facts) -> (Vec<(String, String)>, Vec<For>) {
    let told = |reasons: &[Reason]| reasons.iter().map(|reason| (reason.to_string(), reason.remedy())).collect();
    let general = may_enter(facts, &BTreeSet::new()).err().unwrap_or_default();
    let of_use = |purpose: &Use| {
        let reasons = may_enter(facts, &BTreeSet::from([*purpose])).err().unwrap_or_default();
        let own: Vec<Reason> = reasons.into_iter().filter(|reason| !general.contains(reason)).collect();
        For { purpose: *purpose, why: told(&own) }
    };
    (told(&general), Use::ALL.iter().map(of_use).collect())
}

/// Takes a record out for good.
pub async fn withdraw(hall: Hall, path: Path<(String, String)>, mut form: Fields) -> Answer {
    let (slug, id) = path.into_inner();
    let id = RecordId::parse(&id).or_not_found()?;
    let seen = seen(&hall, &slug, id.clone()).await?;
    let reason = form.text("reason", "Why it is taken out", 500);
    if form.value("sure") != "yes" {
        form.refuse("sure", "Tick that it is to be destroyed: there is no way back.");
    }
    if form.is_fine() {
        let (coop, location) = (seen.here.coop.id.clone(), format!("/c/{slug}/records/{id}"));
        match hall.act(&form, move |tx, actor| records::take_out(tx, actor, &coop, &id, &reason).map(|()| location.clone())).await {
            Ok(location) => return see_other(&location),
            Err(error) => form.take(error)?,
        }
    }
    record_page(&hall, seen, form).await
}
