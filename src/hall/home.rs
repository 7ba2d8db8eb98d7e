//! The front page, what is waiting for a person, and the pages about the hall itself.

use super::setup;
use super::tasks::{self, Place, Task};
use crate::error::Result;
use crate::kernel::ids::AccountId;
use crate::kernel::time::Timestamp;
use crate::membership::coops::{self, Coop, State};
use crate::platform::db::Conn;
use crate::platform::web::{Answer, Frame, Hall, page};
use askama::Template;

#[derive(Template)]
#[template(path = "hall/front.html")]
struct FrontPage {
    frame: Frame,
    empty: bool,
    coops: Vec<(Coop, i64)>,
    /// Step, what stands behind it, how many there are in this hall.
    chain: Vec<(&'static str, &'static str, String)>,
}

/// A cooperative's name, and what waits there.
type Waiting = (String, Task);

#[derive(Template)]
#[template(path = "hall/waiting.html")]
struct WaitingPage {
    frame: Frame,
    tasks: Vec<Waiting>,
    coops: Vec<Coop>,
    /// Cooperatives the person left or was put out of, with the number on the card.
    former: Vec<(Coop, i64)>,
    now: Timestamp,
}

#[derive(Template)]
#[template(path = "hall/about.html")]
struct AboutPage {
    frame: Frame,
    paragraphs: &'static [(&'static str, &'static str)],
}

/// The front page.
pub async fn front(hall: Hall) -> Answer {
    let now = hall.now();
    let (empty, coops, chain) = hall.app.db.read(move |conn| Ok((setup::is_empty(conn)?, coops::all_now(conn, now)?, chain(conn)?))).await?;
    page(&FrontPage { frame: hall.frame("Bargain as one"), empty, coops, chain }, Default::default())
}

/// The steps of the chain with how many of each this hall has seen.
fn chain(conn: &mut Conn) -> Result<Vec<(&'static str, &'static str, String)>> {
    use crate::platform::db::schema::{decisions, deliveries, floors, licences, offers, run_rulings};
    use diesel::prelude::*;
    let mut steps = vec![
        ("Secret ballot", "A frozen roll, one sealed envelope a member, counted in public", decisions::table.count().get_result(conn)?),
        ("Floor in force", "The lowest price that more than the threshold of votes want", floors::table.count().get_result(conn)?),
        ("Offer at or above it", "Held against the floor in any unit, exactly", offers::table.count().get_result(conn)?),
        ("Signed licence", "Names the vote, the terms, the corpus and the floor", licences::table.count().get_result(conn)?),
        ("Exact corpus delivered", "Every file's hash is in the frozen manifest", deliveries::table.count().get_result(conn)?),
    ];
    steps.push(("Money split", "By the voted split, to the cent, recomputable", run_rulings::table.filter(run_rulings::verdict.eq("released")).count().get_result::<i64>(conn)?));
    Ok(steps.into_iter().map(|(step, what, count)| (step, what, crate::kernel::text::thousands(count))).collect())
}

/// What waits for the signed-in person.
pub async fn waiting(hall: Hall) -> Answer {
    let (account, now) = (hall.account()?, hall.now());
    let (tasks, coops, former) = hall.app.db.read(move |conn| gather(conn, &account, now)).await?;
    let mut frame = hall.frame("Waiting for me");
    frame.waiting = i64::try_from(tasks.len()).unwrap_or(0);
    page(&WaitingPage { frame, tasks, coops, former, now }, Default::default())
}

type Gathered = (Vec<Waiting>, Vec<Coop>, Vec<(Coop, i64)>);

fn gather(conn: &mut Conn, account: &AccountId, now: Timestamp) -> Result<Gathered> {
    let (mut tasks, mut mine, mut former) = (tasks::for_buyer(conn, account, now)?, Vec::new(), Vec::new());
    for coop in coops::of_account(conn, account)? {
        let Some(reader) = coops::ever_of(conn, account, &coop.id, now)? else { continue };
        let place = Place { coop: &coop, reader: &reader, now };
        tasks.extend(tasks::all(conn, &place)?.into_iter().filter(|task| task.mine).map(|task| (coop.name.clone(), task)));
        if reader.state == State::Gone { former.push((coop, reader.number)) } else { mine.push(coop) }
    }
    // What ends soonest first, then what has waited longest.
    tasks.sort_by_key(|(_, task)| (task.at <= now, task.at));
    Ok((tasks, mine, former))
}

fn about(hall: &Hall, title: &'static str, paragraphs: &'static [(&'static str, &'static str)]) -> Answer {
    page(&AboutPage { frame: hall.frame(title), paragraphs }, Default::default())
}

/// How the hall is kept safe.
pub async fn security(hall: Hall) -> Answer {
    about(&hall, "Security", SECURITY)
}

/// What is kept about people.
pub async fn privacy(hall: Hall) -> Answer {
    about(&hall, "Privacy", PRIVACY)
}

/// Who can use these pages.
pub async fn accessibility(hall: Hall) -> Answer {
    about(&hall, "Accessibility", ACCESSIBILITY)
}

const SECURITY: &[(&str, &str)] = &[
    ("Sessions", "A session is a random token in a cookie scripts cannot read; only its hash is kept. Passwords are hashed with argon2id. Acts on money, licences and floors ask for the password again, bound to exactly what the page showed."),
    ("The journal", "Every act is an entry in a chain of hashes whose heads are published. Whoever kept a head can prove that nothing before it was rewritten."),
    ("Reporting a fault", "Write to whoever runs this hall; the address stands in /.well-known/security.txt."),
];
const PRIVACY: &[(&str, &str)] = &[
    ("What is kept", "Your name, your address, a hash of your password, and in the cooperatives you join what you did there. The journal holds ids and hashes, never names."),
    ("Who sees it", "Members of your cooperatives see your name. Buyers and the public see numbers. Belonging to a union is sensitive, so no page tells whether an address is known here."),
];
const ACCESSIBILITY: &[(&str, &str)] = &[
    ("What we hold to", "Every page works by keyboard, without scripts, at 320 pixels and in both colour schemes, and follows WCAG 2.2 at level AA. Charts carry their numbers as a table."),
    ("If something does not work for you", "Write to whoever runs this hall and say what you tried."),
];
