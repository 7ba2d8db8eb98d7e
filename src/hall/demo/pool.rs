//! The work: three uploads by the stewards under the pseudonyms of the sources, screened, claimed by
//! most of those who did the work, and two corpora frozen from them.

use super::people::USES;
use super::words::{self, Dice};
use super::{Player, Stage};
use crate::error::Result;
use crate::kernel::terms::Use;
use crate::kernel::time::{DAY, HOUR};
use crate::pool::corpora::{self, Filter};
use crate::pool::records::mapping::Mapping;
use crate::pool::records::rules::{Basis, BasisKind, Verdict};
use crate::pool::records::{self};
use std::collections::BTreeSet;

/// The seed of all made-up work.
const SEED: u64 = 1_896;

/// A source: its file's name, what is in it, how it is read, and on what ground it may be licensed.
struct Source {
    file: &'static str,
    body: String,
    mapping: &'static str,
    basis: Basis,
}

fn consent() -> Basis {
    let told = "Everyone whose work this is was told in writing what it may be used for, use by use, and can withdraw on the page of their records.";
    Basis { kind: BasisKind::Consent, name: "Asked use by use".to_owned(), source: "The cooperative's own records".to_owned(), body: told.to_owned() }
}

fn public_licence() -> Basis {
    let body = "The members' newsletter is published under the Creative Commons Attribution 4.0 International licence: anybody may share and adapt it, naming its authors.";
    Basis { kind: BasisKind::PublicLicence, name: "CC BY 4.0".to_owned(), source: "https://creativecommons.org/licenses/by/4.0/".to_owned(), body: body.to_owned() }
}

fn sources(stage: &Stage) -> Vec<Source> {
    let (mut dice, people, count) = (Dice::new(SEED), stage.size.members, stage.size.transcripts);
    let start = stage.clock.now().seconds() - 180 * 86_400;
    vec![
        Source { file: "calls-2026.jsonl", body: words::transcripts(&mut dice, count, people, start), mapping: include_str!("../../../demo/mappings/calls.toml"), basis: consent() },
        Source { file: "reviews-2026.csv", body: words::reviews(&mut dice, count / 5, people), mapping: include_str!("../../../demo/mappings/reviews.toml"), basis: consent() },
        Source { file: "newsletter.jsonl", body: words::articles(&mut dice, count / 10, people), mapping: include_str!("../../../demo/mappings/newsletter.toml"), basis: public_licence() },
    ]
}

/// Imports, screens, claims and freezes.
///
/// # Errors
/// When a verb refuses.
pub async fn fill(stage: &Stage) -> Result<()> {
    let steward = stage.member(0)?.clone();
    for source in sources(stage) {
        bring_in(stage, &steward, source).await?;
        stage.pass(2 * HOUR).await?;
    }
    claim(stage).await?;
    stage.pass(DAY).await?;
    let uses: BTreeSet<Use> = USES.into_iter().collect();
    let calls = Filter { kinds: BTreeSet::from(["transcript".to_owned()]), ..Filter::default() };
    freeze(stage, &steward, "Service calls", "Calls to a second-line service desk, from the greeting to the repair.", calls, uses.clone()).await?;
    let written = Filter { kinds: BTreeSet::from(["article".to_owned(), "code_review".to_owned()]), ..Filter::default() };
    freeze(stage, &steward, "Written work", "Code reviews with their answers, and articles of the members' newsletter.", written, uses).await?;
    stage.pass(HOUR).await
}

async fn bring_in(stage: &Stage, steward: &Player, source: Source) -> Result<()> {
    let mapping = Mapping::parse(source.mapping).map_err(|fault| anyhow::anyhow!("{}: {fault}", source.file))?;
    let folder = stage.app.config.mail_folder.join("demo");
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(source.file);
    std::fs::write(&path, source.body)?;
    let (batch, _) = records::import_file(&stage.app, &stage.coop.id, &steward.actor(), &path, &mapping, &source.basis, |_| {}).await?;
    std::fs::remove_dir_all(&folder)?;
    let statement = "I read every tenth record from beginning to end. Names, numbers and addresses of callers do not occur; the calls were written for the demonstration.";
    stage.act(steward, move |tx, actor, coop| records::screen(tx, actor, coop, &batch.id, statement)).await
}

/// Members claim their pseudonyms; the last few have not found theirs yet, and what is due to them is held.
async fn claim(stage: &Stage) -> Result<()> {
    let unclaimed = stage.read(|conn, coop| records::unclaimed(conn, coop, "", 1_000)).await?;
    let late = stage.size.members / 12 + 1;
    for (contributor, pseudonym, _) in unclaimed {
        let place = pseudonym.as_deref().and_then(|name| name.rsplit('-').next()).and_then(|number| number.parse::<usize>().ok());
        let Some(place) = place.filter(|place| place + late < stage.size.members) else { continue };
        let (member, other) = (stage.member(place)?.clone(), stage.member(if place == 0 { 1 } else { 0 })?.clone());
        let claim = stage.act(&member, move |tx, actor, coop| records::claim(tx, actor, coop, &contributor, "My desk number on the shift plan of March.")).await?;
        stage.act(&other, move |tx, actor, coop| records::rule_claim(tx, actor, coop, &claim, Verdict::Upheld, "The shift plan shows it.")).await?;
    }
    Ok(())
}

async fn freeze(stage: &Stage, steward: &Player, name: &'static str, about: &'static str, filter: Filter, uses: BTreeSet<Use>) -> Result<()> {
    stage
        .act(steward, move |tx, actor, coop| {
            let corpus = corpora::save(tx, actor, coop, name, about, &filter)?;
            corpora::freeze(tx, actor, coop, &corpus.id, &uses)
        })
        .await?;
    stage.pass(HOUR).await
}
