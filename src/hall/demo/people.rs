//! Who is on the stage: a founder, those who hold an office, and everybody else, admitted by two
//! officers like anybody, each with mandates and consents of their own.

use super::{PASSWORD, Player, Size, Stage};
use crate::app::App;
use crate::error::Result;
use crate::kernel::matter::Bylaws;
use crate::kernel::money::Currency;
use crate::kernel::terms::Use;
use crate::kernel::time::{DAY, HOUR, MINUTE, Zone};
use crate::membership::accounts::{self, Wish};
use crate::membership::coops::{self, Founding, Role};
use crate::membership::mandates::{self, Kind};
use crate::platform::clock::Clock;

/// Made-up names on purpose: nobody is called this.
const FIRST: [&str; 12] = ["Amber", "Basil", "Cedar", "Dahlia", "Elm", "Fern", "Ginger", "Hazel", "Iris", "Juniper", "Kestrel", "Linden"];
const LAST: [&str; 5] = ["Samplewood", "Mockford", "Examplar", "Testwell", "Fictley"];

/// Whom the command line names, by place.
pub const ROLES: [(usize, &str); 9] = [
    (0, "founder and steward"),
    (1, "second steward"),
    (2, "negotiator"),
    (3, "treasurer"),
    (4, "second treasurer"),
    (5, "scrutineer"),
    (7, "member with an open vote"),
    (49, "suspended member"),
    (50, "former member, put out"),
];

/// The uses that everybody gives a mandate and consent for; some members give one more.
pub const USES: [Use; 4] = [Use::Evaluate, Use::Search, Use::Rag, Use::Finetune];

/// The name at a place.
fn name(place: usize) -> String {
    let first = FIRST.get(place % FIRST.len()).copied().unwrap_or("Moss");
    let last = LAST.get((place / FIRST.len() + place) % LAST.len()).copied().unwrap_or("Samplewood");
    format!("{first} {last}")
}

/// The address at a place.
pub fn email(place: usize) -> String {
    format!("{}@demo.example", name(place).to_lowercase().replace(' ', "."))
}

/// Founds the cooperative and gathers its members over four days, then lets the waiting period pass.
///
/// # Errors
/// When a verb refuses.
pub async fn found(app: App, clock: Clock, size: Size) -> Result<Stage> {
    let password = app.hasher.hash(PASSWORD).await?;
    let founder = person(&app, &password, 0).await?;
    let actor = founder.actor();
    let coop = app.db.write(move |tx| coops::found(tx, &actor, &founding()?)).await?;
    let mut stage = Stage { app, clock, size, coop, members: vec![founder] };
    for place in 1..size.members {
        let gap = 4 * DAY / HOUR / i64::try_from(size.members).unwrap_or(1);
        stage.clock.advance(gap * HOUR);
        let newcomer = person(&stage.app, &password, place).await?;
        admit(&stage, &newcomer, place).await?;
        stage.members.push(newcomer);
        if let Some(role) = office(place) {
            give(&stage, place, role).await?;
        }
    }
    for place in 0..size.members {
        authorise(&stage, place).await?;
    }
    stage.pass(DAY).await?;
    Ok(stage)
}

fn founding() -> Result<Founding> {
    let currency = Currency::parse("KES").ok_or_else(|| anyhow::anyhow!("no such currency"))?;
    let zone = Zone::parse("Africa/Nairobi").ok_or_else(|| anyhow::anyhow!("no such zone"))?;
    let purpose = "People who answer calls, review code and write articles, bargaining as one over what their work may train.".to_owned();
    Ok(Founding { name: "Example Callworkers".to_owned(), purpose, currency, zone, bylaws: Bylaws::founding() })
}

/// A confirmed account. The password is hashed once for all.
///
/// # Errors
/// When a verb refuses.
pub async fn person(app: &App, password: &str, place: usize) -> Result<Player> {
    account(app, password, &email(place), &name(place)).await
}

/// A confirmed account with a name of its own.
///
/// # Errors
/// When a verb refuses.
pub async fn account(app: &App, password: &str, email: &str, name: &str) -> Result<Player> {
    let wish = Wish { email: email.to_owned(), name: name.to_owned(), password: password.to_owned() };
    let account = app.db.write(move |tx| accounts::make_confirmed(tx, &wish)).await?;
    Ok(Player { account, email: email.to_owned(), name: name.to_owned() })
}

fn office(place: usize) -> Option<Role> {
    match place {
        1 => Some(Role::Steward),
        2 => Some(Role::Negotiator),
        3 | 4 => Some(Role::Treasurer),
        5 => Some(Role::Scrutineer),
        _ => None,
    }
}

async fn admit(stage: &Stage, newcomer: &Player, place: usize) -> Result<()> {
    let evidence = ["payslip", "union_card", "colleague"].get(place % 3).copied().unwrap_or("payslip");
    let application = stage.act(newcomer, move |tx, actor, coop| coops::apply(tx, actor, coop, evidence, "I work on the second line.")).await?;
    // While there is one steward, one is enough; afterwards two look at the evidence.
    for steward in stage.members.iter().take(if place < 2 { 1 } else { 2 }) {
        stage.clock.advance(MINUTE);
        let id = application.clone();
        stage.act(steward, move |tx, actor, coop| coops::review(tx, actor, coop, &id, true, "Evidence seen.")).await?;
    }
    Ok(())
}

async fn give(stage: &Stage, place: usize, role: Role) -> Result<()> {
    let (holder, founder) = (stage.member(place)?.actor(), stage.member(0)?.clone());
    stage
        .act(&founder, move |tx, actor, coop| {
            let member = coops::standing(tx, &holder, coop)?.member;
            coops::give_role(tx, actor, coop, &member, role)
        })
        .await
}

/// Mandates and consents: everybody for the usual uses, every third member for pre-training too.
async fn authorise(stage: &Stage, place: usize) -> Result<()> {
    let member = stage.member(place)?.clone();
    let mut uses = USES.to_vec();
    if place.is_multiple_of(3) {
        uses.push(Use::Pretrain);
    }
    stage
        .act(&member, move |tx, actor, coop| {
            for purpose in &uses {
                for kind in Kind::ALL {
                    mandates::give(tx, actor, coop, *kind, *purpose)?;
                }
            }
            Ok(())
        })
        .await
}

