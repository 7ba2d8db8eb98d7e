//! A hall of many members with open votes, made by calling the verbs: what `bin/bench` measures on
//! and what the fault tests vote in. Everybody's session is written to a file, so this is for
//! machines that hold nothing else.

use crate::app::App;
use crate::assembly::proposals::{self, Drafted};
use crate::config::Config;
use crate::error::{OrNotFound as _, Result};
use crate::kernel::actor::{Actor, Confirmation, Person};
use crate::kernel::ids::{AccountId, CoopId};
use crate::kernel::matter::{Bylaws, Ladder, Matter};
use crate::kernel::money::{Currency, Rate};
use crate::kernel::terms::{BuyerClass, Unit, Use};
use crate::kernel::time::{DAY, HOUR, SECOND, Timestamp, Zone};
use crate::membership::accounts::{self, Wish};
use crate::membership::coops::{self, Founding};
use crate::platform::clock::Clock;
use crate::platform::db::Tx;
use crate::platform::{jobs, journal, outbox};
use std::io::Write as _;
use std::path::Path;

/// How large it becomes.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Members of the one cooperative, `bench`.
    pub members: usize,
    /// Proposals in all.
    pub proposals: usize,
    /// Of them open now, each with everybody on its roll; the first is a price ladder.
    pub open: usize,
    /// Seconds until the open votes close; three days less an hour when it is not said.
    pub closes_in: Option<i64>,
}

/// Those on whose small roll the closed votes were held.
const FEW: usize = 12;
/// Members made in one write.
const CHUNK: usize = 50;

struct Seed {
    app: App,
    clock: Clock,
    coop: CoopId,
    founder: AccountId,
    members: Vec<AccountId>,
}

/// Fills an empty hall and writes `token /c/bench/proposals/N` for every member and open proposal.
///
/// # Errors
/// When a verb refuses: the hall was not empty.
pub async fn fill(config: Config, size: Size, out: &Path) -> anyhow::Result<()> {
    let now = Clock::Machine.now();
    let clock = Clock::manual(now.plus(-80 * DAY));
    let app = App::open(config, clock.clone())?;
    grow(app, clock, now, size, out).await.map_err(|cause| anyhow::anyhow!("{cause}"))
}

async fn grow(app: App, clock: Clock, now: Timestamp, size: Size, out: &Path) -> Result<()> {
    let (founder, coop) = app.db.write(found).await?;
    let mut seed = Seed { app, clock, coop, founder: founder.clone(), members: vec![founder] };
    seed.join(size.members.min(FEW)).await?;
    seed.until(now.plus(-49 * DAY)).await?;
    for number in 0..size.proposals.saturating_sub(size.open) {
        seed.propose(&Matter::Resolve {}, &format!("Resolution {}", number + 1)).await?;
    }
    seed.until(now.plus(-45 * DAY)).await?;
    seed.join(size.members).await?;
    // Notice is given so that voting has begun an hour ago, or ends when it was asked to.
    let given = match size.closes_in {
        None => now.plus(-7 * DAY - HOUR),
        Some(seconds) => now.plus(seconds * SECOND - 10 * DAY),
    };
    seed.until(given).await?;
    let mut numbers = Vec::new();
    for number in 0..size.open {
        let matter = if number == 0 { ladder(size.members)? } else { Matter::Resolve {} };
        numbers.push(seed.propose(&matter, &format!("Open question {}", number + 1)).await?);
    }
    seed.until(now).await?;
    let tokens = seed.sessions().await?;
    let mut file = std::io::BufWriter::new(std::fs::File::create(out)?);
    for number in numbers {
        for token in &tokens {
            writeln!(file, "{token} /c/bench/proposals/{number}")?;
        }
    }
    Ok(file.flush()?)
}

fn found(tx: &mut Tx<'_>) -> Result<(AccountId, CoopId)> {
    let founder = account(tx, 0)?;
    let currency = Currency::parse("EUR").or_not_found()?;
    let wish = Founding { name: "Bench".to_owned(), purpose: "To be measured.".to_owned(), currency, zone: Zone::utc(), bylaws: Bylaws::founding() };
    let coop = coops::found(tx, &Actor::person(founder.clone()), &wish)?;
    Ok((founder, coop.id))
}

fn account(tx: &mut Tx<'_>, number: usize) -> Result<AccountId> {
    accounts::make_confirmed(tx, &Wish { email: format!("member{number}@bench.example"), name: format!("Member {number}"), password: "none".to_owned() })
}

/// As many levels as this roll may choose from.
fn ladder(members: usize) -> Result<Matter> {
    let levels = i64::try_from(if members < proposals::rules::MANY { proposals::rules::MOST_LEVELS_OF_FEW } else { proposals::rules::MOST_LEVELS }).unwrap_or(2);
    let currency = Currency::parse("EUR").or_not_found()?;
    let levels = (1..=levels).map(|level| Rate(level * 1_000_000)).collect();
    Ok(Matter::SetFloor { ladder: Ladder { purpose: Use::Finetune, class: BuyerClass::Commercial, unit: Unit::Record, currency, levels, current: None } })
}

impl Seed {
    /// Admits members until there are so many.
    async fn join(&mut self, many: usize) -> Result<()> {
        while self.members.len() < many {
            let (coop, founder, first) = (self.coop.clone(), Actor::person(self.founder.clone()), self.members.len());
            let last = many.min(first + CHUNK);
            let joined = self
                .app
                .db
                .write(move |tx| {
                    (first..last)
                        .map(|number| {
                            let account = account(tx, number)?;
                            let application = coops::apply(tx, &Actor::person(account.clone()), &coop, "payslip", "")?;
                            coops::review(tx, &founder, &coop, &application, true, "")?;
                            Ok(account)
                        })
                        .collect::<Result<Vec<_>>>()
                })
                .await?;
            self.members.extend(joined);
        }
        self.work().await
    }

    /// Lets time pass to an instant and does what has come due.
    async fn until(&self, at: Timestamp) -> Result<()> {
        self.clock.advance(at.0.saturating_sub(self.clock.now().0));
        self.work().await
    }

    /// All work that is due. Nobody is written to: mails count as sent, and members are not called.
    async fn work(&self) -> Result<()> {
        while let Some(job) = jobs::claim(&self.app.db).await? {
            match job.kind.as_str() {
                proposals::PUBLISH => proposals::publish(&self.app, &serde_json::from_str(&job.payload)?).await?,
                proposals::CLOSE => proposals::close(&self.app, &serde_json::from_str(&job.payload)?).await?,
                _ => {}
            }
            self.app.db.write(move |tx| jobs::done(tx, &job.id)).await?;
        }
        loop {
            let mails = outbox::claim(&self.app.db, 500).await?;
            if mails.is_empty() {
                break;
            }
            self.app.db.write(move |tx| mails.iter().try_for_each(|mail| outbox::sent(tx, &mail.id))).await?;
        }
        journal::sequence(&self.app.db).await.map(drop)
    }

    /// Puts a matter to the vote and answers its number.
    async fn propose(&self, matter: &Matter, title: &str) -> Result<i64> {
        let (coop, founder, matter, title) = (self.coop.clone(), self.founder.clone(), matter.clone(), title.to_owned());
        let drafted = self.app.db.write(move |tx| notice(tx, &founder, &coop, &matter, &title)).await?;
        self.work().await?;
        Ok(drafted.number)
    }

    async fn sessions(&self) -> Result<Vec<String>> {
        let mut tokens = Vec::with_capacity(self.members.len());
        for some in self.members.chunks(CHUNK * 2) {
            let some = some.to_vec();
            tokens.extend(self.app.db.write(move |tx| some.iter().map(|account| accounts::open_session(tx, account, "bench")).collect::<Result<Vec<_>>>()).await?);
        }
        self.work().await?;
        Ok(tokens)
    }
}

fn notice(tx: &mut Tx<'_>, founder: &AccountId, coop: &CoopId, matter: &Matter, title: &str) -> Result<Drafted> {
    let actor = Actor::person(founder.clone());
    let drafted = proposals::draft(tx, &actor, coop, matter, title, "Every member says what they want.")?;
    let (sheet, now) = (proposals::sheet(tx, coop, &drafted.id)?, tx.now());
    let act = proposals::notice_terms(tx, coop, &sheet, false, now)?.act;
    let confirming = Actor::Person(Person { account: founder.clone(), confirmation: Some(Confirmation { act, at: now }) });
    proposals::give_notice(tx, &confirming, coop, &drafted.id, false)?;
    Ok(drafted)
}
