//! The bargaining: members vote terms and floors, three buyers ask, one is refused below the floor
//! and comes back, versions go to and fro, two are signed, ratified and agreed, two are still open,
//! one was withdrawn, and the floor rises by a second vote.

use super::people::account;
use super::votes::notice;
use super::{PASSWORD, Player, SignIn, Stage};
use crate::assembly::proposals::{self, Choice};
use crate::bargaining::buyers::{self, Wish};
use crate::bargaining::offers::{self, Ask, Signature, Terms};
use crate::bargaining::tariffs;
use crate::error::Result;
use crate::kernel::actor::Actor;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{CoopId, ProposalId};
use crate::kernel::matter::{Ladder, Matter};
use crate::kernel::money::{Currency, Rate};
use crate::kernel::terms::{BuyerClass, Price, TermSheet, Unit, Use, Weights};
use crate::kernel::time::{DAY, HOUR, MINUTE};
use crate::membership::coops;
use crate::platform::db::{Conn, Tx};
use crate::pool::corpora;

/// Buyers' people: address, name, organisation, number, what it does.
const BUYERS: [[&str; 5]; 3] = [
    ["buyer@demo.example", "Robin Purchase", "Sample Assistants", "HRB 1001", "We build assistants for service desks and want them to sound like people who know the trade."],
    ["other.buyer@demo.example", "Sky Tender", "Mock Speech Lab", "HRB 1002", "We measure how well speech models follow a conversation."],
    ["third.buyer@demo.example", "Toby Quote", "Placeholder Search", "HRB 1003", "We index working documents for companies."],
];

/// Whom the command line names among the buyers' people.
pub fn sign_ins() -> Vec<SignIn> {
    let role = ["buyer, signatory, with an agreed offer", "another buyer, in mid-negotiation"];
    BUYERS.iter().zip(role).map(|([email, ..], role)| SignIn { role, email: (*email).to_owned() }).collect()
}

/// A question and how members lean: their choices by place, counted round; -1 stays away.
struct Question {
    matter: Matter,
    title: &'static str,
    body: &'static str,
    lean: &'static [i64],
}

/// Votes, bargains and agrees.
///
/// # Errors
/// When a verb refuses.
pub async fn bargain(stage: &Stage) -> Result<()> {
    decide(stage, first_votes(stage)?).await?;
    let mut people = Vec::new();
    for row in BUYERS {
        people.push(register(stage, row).await?);
    }
    let [robin, sky, toby] = people.as_slice() else { return Ok(()) };
    sell_calls(stage, robin).await?;
    ask_and_leave(stage, toby).await?;
    sell_writing(stage, sky).await?;
    ratify_and_raise(stage).await?;
    still_open(stage, sky, toby).await
}

fn rate(stage: &Stage, text: &str) -> Result<Rate> {
    let rate = stage.coop.currency()?.rate(text).map_err(|fault| anyhow::anyhow!("{fault}"))?;
    Ok(rate)
}

fn adopted() -> TermSheet {
    let mut sheet = TermSheet::strictest(BuyerClass::Commercial);
    sheet.uses.extend([Use::Search, Use::Rag, Use::Finetune]);
    sheet.territory.insert("WORLD".to_owned());
    sheet.months = 24;
    sheet.law = "Kenya".to_owned();
    sheet
}

fn ladder(stage: &Stage, purpose: Use, unit: Unit, levels: &[&str], current: Option<&str>) -> Result<Matter> {
    let levels = levels.iter().map(|level| rate(stage, level)).collect::<Result<_>>()?;
    let current = current.map(|level| rate(stage, level)).transpose()?;
    Ok(Matter::SetFloor { ladder: Ladder { purpose, class: BuyerClass::Commercial, unit, currency: stage.coop.currency()?, levels, current } })
}

fn first_votes(stage: &Stage) -> Result<Vec<Question>> {
    let wide: &[i64] = &[1, 2, 2, 3, 2, 1, 3, 2, -1, 2, 0];
    let floor = |purpose, unit, levels: &[&str], title, body| Ok::<_, crate::error::Error>(Question { matter: ladder(stage, purpose, unit, levels, None)?, title, body, lean: wide });
    Ok(vec![
        Question {
            matter: Matter::AdoptTerms { sheet: Box::new(adopted()) },
            title: "Adopt our terms for commercial buyers",
            body: "Evaluation, search, grounding of answers and fine-tuning, for two years at most. No pre-training, no imitation of any of us, no product that takes our place, and an auditor every year.",
            lean: &[1, 1, 1, 2, 1, -1, 1, 1, 0, 1],
        },
        floor(Use::Finetune, Unit::Record, &["30", "40", "60"], "What is the least a record may cost for fine-tuning?", "Buyers have named 25 to 35 shillings elsewhere. A call takes one of us eleven minutes.")?,
        floor(Use::Evaluate, Unit::Record, &["5", "8", "12"], "What is the least a record may cost for evaluation?", "Nothing is trained, but our words are read.")?,
        floor(Use::Search, Unit::ThousandWords, &["20", "30", "45"], "What is the least a thousand words may cost for search?", "Search shows our words to people outside.")?,
    ])
}

/// Takes questions from draft to decision together.
async fn decide(stage: &Stage, questions: Vec<Question>) -> Result<()> {
    let mut put = Vec::new();
    for question in questions {
        let (matter, title, body) = (question.matter, question.title, question.body);
        let drafted = stage.act(stage.member(0)?, move |tx, actor, coop| proposals::draft(tx, actor, coop, &matter, title, body)).await?;
        put.push((drafted.id, question.lean));
    }
    for (id, _) in &put {
        notice(stage, id).await?;
    }
    vote(stage, &put).await
}

/// Lets notice run out, casts ballots over two days, and lets voting close.
async fn vote(stage: &Stage, put: &[(ProposalId, &'static [i64])]) -> Result<()> {
    stage.pass(7 * DAY + HOUR).await?;
    for place in 0..stage.members.len() {
        let voter = stage.member(place)?;
        for (id, lean) in put {
            let choice = lean.get(place % lean.len().max(1)).copied().unwrap_or(0);
            if choice >= 0 {
                let wish = Choice { choice, form: format!("demonstration {place}"), mail: false };
                proposals::cast(&stage.app, &voter.actor(), &stage.coop.id, id, &wish).await?;
            }
        }
        stage.clock.advance(20 * MINUTE);
    }
    stage.pass(3 * DAY).await
}

async fn register(stage: &Stage, [email, name, organisation, number, purpose]: [&'static str; 5]) -> Result<Player> {
    let password = stage.app.hasher.hash(PASSWORD).await?;
    let player = account(&stage.app, &password, email, name).await?;
    let wish = Wish { name: organisation.to_owned(), country: "DE".to_owned(), registration: buyers::rules::registration(number), class: BuyerClass::Commercial, purpose: purpose.to_owned() };
    let actor = player.actor();
    stage.app.db.write(move |tx| buyers::register(tx, &actor, &wish).map(drop)).await?;
    stage.pass(3 * HOUR).await?;
    Ok(player)
}

/// Terms as somebody names them: a price in a unit, a word with it, and changes to the adopted sheet.
fn terms(currency: &Currency, unit: Unit, rate: Rate, note: &str, change: impl Fn(&mut TermSheet)) -> Terms {
    let mut sheet = adopted();
    sheet.uses = [Use::Evaluate, Use::Finetune].into();
    sheet.price = Some(Price { currency: currency.clone(), unit, rate });
    change(&mut sheet);
    Terms { sheet, note: note.to_owned(), valid_days: 30 }
}

/// Runs an act of bargaining; a price below the floor is kept in the book, and is no fault of the story.
async fn try_act<T: Send + 'static>(stage: &Stage, who: &Player, act: impl Fn(&mut Tx<'_>, &Actor, &CoopId) -> Result<T> + Send + 'static) -> Result<Option<T>> {
    let done = match stage.act(who, act).await {
        Ok(done) => Some(done),
        Err(error) => match offers::kept(&stage.app.db, &stage.coop.id, error).await? {
            error if error.refusal::<offers::Refusal>().is_some_and(|r| matches!(r, offers::Refusal::BelowFloor(_))) => None,
            error => return Err(error),
        },
    };
    stage.pass(5 * HOUR).await?;
    Ok(done)
}

const URL: &str = "http://127.0.0.1:8080";

async fn ask(stage: &Stage, who: &Player, corpus: &'static str, purpose: &'static str, terms: Terms) -> Result<Option<i64>> {
    try_act(stage, who, move |tx, actor, coop| {
        let corpus = corpora::by_slug(tx, coop, corpus)?;
        let revision = corpora::numbered(tx, coop, &corpus.id, 1)?.revision.id;
        let ask = Ask { corpus: corpus.id, revision, purpose: purpose.to_owned(), terms: terms.clone() };
        offers::request(tx, actor, coop, &ask, URL)
    })
    .await
}

/// Answers whatever version is on the table.
async fn offer(stage: &Stage, who: &Player, number: i64, terms: Terms) -> Result<()> {
    try_act(stage, who, move |tx, actor, coop| {
        let seen = offers::deal::numbered(tx, coop, number)?.latest.version;
        offers::offer(tx, actor, coop, number, seen, &terms, URL)
    })
    .await
    .map(drop)
}

/// The first negotiation: below the floor, then at it, then up, and signed.
async fn sell_calls(stage: &Stage, robin: &Player) -> Result<()> {
    let (currency, negotiator) = (stage.coop.currency()?, stage.member(2)?.clone());
    let at = |unit, text: &str, note: &str| Ok::<_, crate::error::Error>(terms(&currency, unit, rate(stage, text)?, note, |_| ()));
    let purpose = "Fine-tuning an assistant that helps people on the second line find the repair.";
    ask(stage, robin, "service-calls", purpose, at(Unit::Record, "28", "This is what we pay elsewhere.")?).await?;
    ask(stage, robin, "service-calls", purpose, at(Unit::Record, "41", "Then let us begin at your floor.")?).await?;
    let mut dear = at(Unit::Record, "62", "Two years, a report every month, and the cooperative named wherever sources are.")?;
    dear.sheet.reports = crate::kernel::terms::Reports::Monthly;
    offer(stage, &negotiator, 1, dear).await?;
    let mut year = at(Unit::ThousandWords, "520", "One year is enough for us, with a report every quarter.")?;
    year.sheet.months = 12;
    offer(stage, robin, 1, year).await?;
    let mut last = at(Unit::Record, "54", "One year, reports by quarter, fifty-four shillings a record. This is our word.")?;
    last.sheet.months = 12;
    last.valid_days = 60;
    offer(stage, &negotiator, 1, last).await?;
    sign(stage, robin, 1).await?;
    stage.act(&negotiator, |tx, actor, coop| offers::put_to_members(tx, actor, coop, 1, 4, URL).map(drop)).await
}

/// The third negotiation: small, quickly agreed, and later ended by both sides.
async fn sell_writing(stage: &Stage, sky: &Player) -> Result<()> {
    let (currency, negotiator) = (stage.coop.currency()?, stage.member(2)?.clone());
    let at = |text: &str, note: &str| Ok::<_, crate::error::Error>(terms(&currency, Unit::Record, rate(stage, text)?, note, |sheet| sheet.uses = [Use::Evaluate].into()));
    ask(stage, sky, "written-work", "A test of how well models follow an argument.", at("9", "A small project, and soon over.")?).await?;
    offer(stage, &negotiator, 3, at("11", "Eleven a record, and no report but the one the terms ask for.")?).await?;
    sign(stage, sky, 3).await?;
    stage.act(&negotiator, |tx, actor, coop| offers::put_to_members(tx, actor, coop, 3, 2, URL).map(drop)).await
}

async fn sign(stage: &Stage, who: &Player, number: i64) -> Result<()> {
    let signatory = who.clone();
    let signature = Signature { name: who.name.clone(), role: "Managing director".to_owned(), authority: "Registered with sole power of representation".to_owned(), order_number: "PO-2026-114".to_owned() };
    stage
        .act(who, move |tx, _, coop| {
            let (deal, cooperative) = (offers::deal::numbered(tx, coop, number)?, coops::coop(tx, coop)?);
            let act = offers::rules::acceptance_act(&Digest::of(deal.text(&cooperative).as_bytes()));
            offers::accept(tx, &signatory.confirming(act, tx), coop, number, deal.latest.version, &signature, URL)
        })
        .await?;
    stage.pass(HOUR).await
}

/// The second negotiation: asked for with open weights, and given up.
async fn ask_and_leave(stage: &Stage, toby: &Player) -> Result<()> {
    let (currency, negotiator) = (stage.coop.currency()?, stage.member(2)?.clone());
    let wish = terms(&currency, Unit::Flat, rate(stage, "13000")?, "We publish what we train.", |sheet| sheet.weights = Weights::Open);
    ask(stage, toby, "written-work", "An index of working documents that anybody may run.", wish).await?;
    offer(stage, &negotiator, 2, terms(&currency, Unit::Flat, rate(stage, "13500")?, "Weights stay closed; members have not permitted more.", |_| ())).await?;
    stage.act(toby, |tx, actor, coop| offers::withdraw(tx, actor, coop, 2, "Without open weights it is of no use to us.", URL)).await?;
    stage.pass(2 * HOUR).await
}

/// The fourth negotiation waits for its buyer, the fifth for the cooperative, at the higher floor.
async fn still_open(stage: &Stage, sky: &Player, toby: &Player) -> Result<()> {
    let (currency, negotiator) = (stage.coop.currency()?, stage.member(2)?.clone());
    let at = |text: &str, note: &str| {
        let mut terms = terms(&currency, Unit::Record, rate(stage, text)?, note, |sheet| sheet.uses = [Use::Evaluate].into());
        terms.valid_days = offers::MOST_DAYS;
        Ok::<_, crate::error::Error>(terms)
    };
    let purpose = "A benchmark of how well models follow a service call.";
    ask(stage, sky, "service-calls", purpose, at("6", "It is only a benchmark.")?).await?;
    ask(stage, sky, "service-calls", purpose, at("8.5", "")?).await?;
    offer(stage, &negotiator, 4, at("14", "Our words are read; that is worth more than the floor.")?).await?;
    offer(stage, sky, 4, at("7.5", "We had hoped for less.")?).await?;
    offer(stage, sky, 4, at("10", "Ten, and a report every month.")?).await?;
    stage.pass(3 * DAY).await?;
    offer(stage, &negotiator, 4, at("12", "Twelve, and we shake hands on it.")?).await?;
    let small = "A small model that sorts calls by repair.";
    for price in ["47", "51"] {
        let mut wish = terms(&currency, Unit::Record, rate(stage, price)?, "Weights stay closed this time.", |sheet| sheet.months = 12);
        wish.valid_days = offers::MOST_DAYS;
        ask(stage, toby, "service-calls", small, wish).await?;
    }
    stage.pass(DAY).await
}

/// Members ratify the signed offers and, in a second vote, raise the floor.
async fn ratify_and_raise(stage: &Stage) -> Result<()> {
    let signed = |conn: &mut Conn, coop: &CoopId, number| Ok::<_, crate::error::Error>(offers::deal::numbered(conn, coop, number)?.ballot().map(|ballot| ballot.of.1.clone()));
    let (calls, writing) = stage.read(move |conn, coop| Ok((signed(conn, coop, 1)?, signed(conn, coop, 3)?))).await?;
    let (Some(calls), Some(writing)) = (calls, writing) else { return Ok(()) };
    let now = stage.clock.now();
    let floors = stage.read(move |conn, coop| tariffs::floors_at(conn, coop, now)).await?;
    let current = floors.iter().find(|floor| floor.purpose == Use::Finetune).map(|floor| floor.rate);
    let levels: Vec<Rate> = current.into_iter().chain([rate(stage, "50")?, rate(stage, "64")?]).collect();
    let ladder = Ladder { purpose: Use::Finetune, class: BuyerClass::Commercial, unit: Unit::Record, currency: stage.coop.currency()?, levels, current };
    let body = "A buyer has accepted fifty-four. What is the least the next one pays?";
    let raise = stage.act(stage.member(0)?, move |tx, actor, coop| proposals::draft(tx, actor, coop, &Matter::SetFloor { ladder: ladder.clone() }, "Raise the floor for fine-tuning?", body)).await?;
    notice(stage, &calls).await?;
    notice(stage, &writing).await?;
    notice(stage, &raise.id).await?;
    vote(stage, &[(calls, &[1, 1, 1, 2, 1, -1, 1]), (writing, &[1, 2, 1, 1, -1, 1, 1, 0]), (raise.id, &[2, 2, 1, 2, -1, 3, 2])]).await?;
    // The time for complaints runs out, and the offer is agreed.
    stage.pass(7 * DAY + HOUR).await
}
