//! The standing invariants A1-A8, looked for on real data. Each check reads one snapshot page by
//! page, says how much it looked at and names by id what it found. Nothing is changed and nothing
//! is believed that can be computed: sums are added up, chains walked, decisions counted, runs
//! replayed and files hashed again.

mod chain;
mod decisions;
mod frozen;
mod ledger;
mod licences;
mod report;
mod runs;
mod secrecy;
mod waiting;

use crate::app::App;
use crate::error::Result;
use crate::kernel::ids::{CoopId, ProposalId};
use crate::kernel::time::Timestamp;
use crate::membership::coops;
use crate::platform::db::Conn;
pub use report::{Check, Finding, Report};
use std::sync::Arc;
use std::time::Instant;

/// What an audit looks at, and when.
struct Scope {
    coops: Vec<CoopId>,
    only: Option<CoopId>,
    now: Timestamp,
    /// Votes that the secret file holds keys of.
    keys: Vec<ProposalId>,
}

type Look = fn(&mut Conn, &Scope, &mut Check) -> Result<()>;

/// Rows read at once.
const PAGE: i64 = 1_000;

/// The invariants in order: name, what it says, how it is looked for.
const CHECKS: [(&str, &str, Look); 8] = [
    ("A1", "every ledger transaction sums to zero, and balances equal the postings", ledger::look),
    ("A2", "every licence has a ratifying decision and a price at or above every floor that bound it", licences::look),
    ("A3", "every decision recomputes from its counted ballots and rule, explanation included", decisions::look),
    ("A4", "every chain is intact and extends every head ever published", chain::look),
    ("A5", "every delivered file is in its manifest, and every frozen record was in order", frozen::look),
    ("A6", "every run sums to its receipt and replays byte for byte", runs::look),
    ("A7", "nothing kept links a voter to a choice", secrecy::look),
    ("A8", "mail and work hold nothing past its deadline unreported", waiting::look),
];

/// Looks at one cooperative, or at everything.
///
/// # Errors
/// When something cannot be read at all; what is read and wrong is in the report.
pub async fn run(app: &App, coop: Option<&CoopId>) -> Result<Report> {
    let only = coop.cloned();
    let coops = match &only {
        Some(id) => vec![id.clone()],
        None => app.db.read(|conn| Ok(coops::all(conn)?.into_iter().map(|(coop, _)| coop.id).collect())).await?,
    };
    let scope = Arc::new(Scope { coops, only, now: app.now(), keys: app.secrets.votes() });
    let mut checks = Vec::with_capacity(CHECKS.len());
    for (name, claim, look) in CHECKS {
        let (started, scope) = (Instant::now(), Arc::clone(&scope));
        let mut check = app
            .db
            .read(move |conn| {
                let mut check = Check::new(name, claim);
                if let Err(cause) = look(conn, &scope, &mut check) {
                    check.find("rows that cannot be read", cause.to_string());
                }
                Ok(check)
            })
            .await?;
        match name {
            "A5" => frozen::files(app, &mut check).await?,
            "A7" => secrecy::mails(app, &mut check).await?,
            _ => {}
        }
        check.took(started.elapsed());
        checks.push(check);
    }
    Ok(Report { at: scope.now, checks })
}

/// Looks, prints, and fails unless all is in order: what `guildhall audit` does.
///
/// # Errors
/// When anything was found, or nothing could be read.
pub async fn command(app: &App, slug: Option<&str>) -> anyhow::Result<()> {
    let words = |cause: crate::error::Error| anyhow::anyhow!("{cause}");
    let coop = match slug.map(str::to_owned) {
        None => None,
        Some(slug) => {
            let all = app.db.read(coops::all).await.map_err(words)?;
            let found = all.into_iter().map(|(coop, _)| coop).find(|coop| coop.slug == slug);
            Some(found.ok_or_else(|| anyhow::anyhow!("no cooperative is called {slug}"))?.id)
        }
    };
    let report = run(app, coop.as_ref()).await.map_err(words)?;
    print!("{report}");
    match report.found() {
        0 => Ok(()),
        1 => anyhow::bail!("1 finding"),
        n => anyhow::bail!("{n} findings"),
    }
}
