//! `guildhall import`: a file of this machine into a cooperative's pool, with its progress.

use crate::app::App;
use crate::config::Config;
use crate::error::{OrNotFound as _, Result};
use crate::kernel::actor::Actor;
use crate::kernel::ids::{AccountId, CoopId, MemberId};
use crate::kernel::text::thousands;
use crate::membership::accounts;
use crate::membership::coops::{self, Role};
use crate::platform::clock::Clock;
use crate::platform::db::Conn;
use crate::platform::db::schema::members;
use crate::pool::records::mapping::Mapping;
use crate::pool::records::rules::{Basis, BasisKind, FindingKind, without_words};
use crate::pool::records::{self, Batch, Completion, Finding, Step};
use anyhow::{Context as _, bail};
use diesel::prelude::*;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// What is to be imported, where from and on what ground.
#[derive(clap::Args)]
pub struct Order {
    /// The cooperative's name in addresses.
    #[arg(long)]
    coop: String,
    /// Where the facts stand in the file's lines: TOML or JSON, see demo/mappings.
    #[arg(long)]
    mapping: PathBuf,
    /// The member who imports, by e-mail address; the cooperative's first steward when not given.
    #[arg(long = "as", value_name = "EMAIL")]
    member: Option<String>,
    /// Name of the public licence the records stand under; without one they wait for their
    /// contributors' consent.
    #[arg(long, requires = "licence_source", requires = "licence_text")]
    licence: Option<String>,
    /// Where that licence can be read.
    #[arg(long, requires = "licence")]
    licence_source: Option<String>,
    /// The file that holds its text.
    #[arg(long, requires = "licence")]
    licence_text: Option<PathBuf>,
    /// Write every finding (refused lines, empty records, exact repeats) into this file as CSV.
    #[arg(long)]
    report: Option<PathBuf>,
    /// The file: .jsonl, .csv, .txt, .md (each also as .gz), or a .zip of them.
    file: PathBuf,
}

/// Imports the file and says what came of it.
///
/// # Errors
/// Whatever kept it from being imported whole; also when every line was refused.
pub async fn run(config: Config, order: Order) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(&order.mapping).with_context(|| format!("{} cannot be read", order.mapping.display()))?;
    let mapping = Mapping::parse(&text).with_context(|| format!("{} does not fit", order.mapping.display()))?;
    let basis = basis(&order)?;
    if !order.file.is_file() {
        bail!("{} is not there", order.file.display());
    }
    let app = App::open(config, Clock::Machine)?;
    let (coop, actor) = who(&app, &order).await?;
    let shown = Progress::default();
    let done = records::import_file(&app, &coop, &actor, &order.file, &mapping, &basis, |step| shown.tell(step)).await;
    shown.end();
    let (batch, done) = done.map_err(|cause| anyhow::anyhow!("Nothing more was imported: {cause}"))?;
    let findings = findings(&app, &coop, &batch).await?;
    let (in_coop, id) = (coop.clone(), batch.id.clone());
    let each = app.db.read(move |conn| records::contributors_to_a_record(conn, &in_coop, &id)).await.map_err(|cause| anyhow::anyhow!("{cause}"))?;
    print!("{}", told(&batch, &mapping.kind, &done, &findings, each));
    if let Some(report) = &order.report {
        write_report(&app, &coop, &batch, report).await?;
        println!("Every finding is in {}.", report.display());
    }
    if done.added + done.known == 0 {
        bail!("no line of {} became a record; look at the mapping", order.file.display());
    }
    Ok(())
}

fn basis(order: &Order) -> anyhow::Result<Basis> {
    let (Some(name), Some(source), Some(text)) = (&order.licence, &order.licence_source, &order.licence_text) else {
        return Ok(Basis { kind: BasisKind::Consent, name: String::new(), source: String::new(), body: String::new() });
    };
    let body = std::fs::read_to_string(text).with_context(|| format!("{} cannot be read", text.display()))?;
    Ok(Basis { kind: BasisKind::PublicLicence, name: name.clone(), source: source.clone(), body })
}

/// The cooperative, and who acts: whoever reaches this shell reaches the database too, so a member
/// is named here and not proven.
async fn who(app: &App, order: &Order) -> anyhow::Result<(CoopId, Actor)> {
    let (slug, email, now) = (order.coop.clone(), order.member.clone(), app.now());
    let found = app.db.read(move |conn| {
        let coop = coops::enter(conn, &Actor::Hall, &slug, now)?.coop.id;
        let account = match &email {
            Some(email) => accounts::by_email(conn, email)?.map(|account| account.id),
            None => first_steward(conn, &coop)?,
        };
        Ok((coop, Actor::person(account.or_not_found()?)))
    });
    found.await.map_err(|_| anyhow::anyhow!("there is no cooperative {} here, or no such member or steward in it", order.coop))
}

fn first_steward(conn: &mut Conn, coop: &CoopId) -> Result<Option<AccountId>> {
    let stewards: Vec<MemberId> = coops::holders(conn, coop)?.into_iter().filter(|(_, role)| *role == Role::Steward).map(|(member, _)| member).take(1_000).collect();
    Ok(members::table
        .filter(members::coop_id.eq(coop).and(members::id.eq_any(stewards)))
        .order(members::number)
        .select(members::account_id)
        .first(conn)
        .optional()?)
}

/// The first findings of each kind.
async fn findings(app: &App, coop: &CoopId, batch: &Batch) -> anyhow::Result<Vec<Finding>> {
    let (coop, id) = (coop.clone(), batch.id.clone());
    let first = app.db.read(move |conn| {
        let mut first = Vec::new();
        for kind in FindingKind::ALL {
            first.extend(records::findings(conn, &coop, &id, Some(*kind), 0, NAMED)?);
        }
        Ok(first)
    });
    first.await.map_err(|cause| anyhow::anyhow!("{cause}"))
}

async fn write_report(app: &App, coop: &CoopId, batch: &Batch, path: &Path) -> anyhow::Result<()> {
    let mut file = std::fs::File::create(path).with_context(|| format!("{} cannot be written", path.display()))?;
    let (mut after, mut begins) = (0, true);
    loop {
        let (coop, id) = (coop.clone(), batch.id.clone());
        let page = app.db.read(move |conn| records::findings(conn, &coop, &id, None, after, 5_000)).await.map_err(|cause| anyhow::anyhow!("{cause}"))?;
        file.write_all(records::findings_csv(&page, begins).as_bytes())?;
        let Some(last) = page.last() else { return Ok(()) };
        (after, begins) = (last.line, false);
    }
}

/// How many names of a kind of finding stand in the summary.
const NAMED: i64 = 8;

/// The summary: one line a figure, and the first names of each kind of finding.
fn told(batch: &Batch, kind: &str, done: &Completion, findings: &[Finding], each: (i64, i64)) -> String {
    let each = if each.0 == each.1 { format!("{} on each record", each.1) } else { format!("{} to {} on a record", each.0, each.1) };
    let rows = [
        (done.lines, "lines read".to_owned(), None),
        (done.added, "records added".to_owned(), None),
        (done.known, "in the pool already".to_owned(), None),
        (done.people, format!("people found, {each}"), None),
        (done.empty, without_words(kind).to_owned(), Some(FindingKind::Empty)),
        (done.repeats, "exact repeats of text".to_owned(), Some(FindingKind::Repeat)),
        (done.changed, "known with other words, left as they were".to_owned(), Some(FindingKind::Changed)),
        (done.refused, "lines refused".to_owned(), Some(FindingKind::Refused)),
    ];
    let mut out = format!("Batch {}, {}:\n", batch.number, batch.file_name);
    for (number, what, finding) in rows {
        out += &format!("{:>12}  {what}\n", thousands(number));
        let mut named = 0;
        for found in findings.iter().filter(|found| Some(found.finding) == finding) {
            let name = if found.key.is_empty() { String::new() } else { format!("{}, ", found.key) };
            out += &format!("{:>16}{name}line {}: {}\n", "", found.line, found.reason);
            named += 1;
        }
        if number > named && named > 0 {
            out += &format!("{:>16}and {} more\n", "", thousands(number - named));
        }
    }
    out
}

/// Progress on standard error: one line that is written over, or a line every tenth where nobody
/// sits at a terminal.
#[derive(Default)]
struct Progress {
    tenth: Mutex<Option<u64>>,
}

impl Progress {
    fn tell(&self, step: Step) {
        let percent = (step.bytes * 100).checked_div(step.of_bytes).unwrap_or(100);
        let words = format!("{percent:>3} %  {} lines", thousands(step.lines));
        let mut err = std::io::stderr();
        if err.is_terminal() {
            let _ = write!(err, "\r{words}  ");
            return;
        }
        let mut tenth = self.tenth.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if tenth.replace(percent / 10) != Some(percent / 10) {
            let _ = writeln!(err, "{words}");
        }
    }

    fn end(&self) {
        if std::io::stderr().is_terminal() {
            eprintln!();
        }
    }
}
