//! The work that goes on without anybody asking: the journal's links, the mail, sessions' idle
//! times, and queued jobs. What each kind of job does stands in one match here.

use super::enactment;
use crate::app::App;
use crate::assembly::proposals;
use crate::error::Result;
use crate::membership::accounts;
use crate::platform::jobs::{self, Job};
use crate::platform::web::guard::SeenSessions;
use crate::platform::{journal, mail};
use crate::pool::{corpora, records};
use crate::treasury::splits;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Carries out one job.
async fn carry_out(app: &App, job: &Job) -> Result<()> {
    match job.kind.as_str() {
        // Membership
        accounts::RESET => {
            let (email, url) = (serde_json::from_str::<String>(&job.payload)?, app.config.public_url.clone());
            app.db.for_jobs().write(move |tx| accounts::ask_reset(tx, &email, &url)).await
        }
        // Pool
        "import" => records::import(app, Some(&job.id), &serde_json::from_str(&job.payload)?, |_| {}).await.map(|_| ()),
        "repack" => records::repack(app, &serde_json::from_str(&job.payload)?).await,
        "freeze" => corpora::carry_out(app, Some(&job.id), &serde_json::from_str(&job.payload)?).await.map(|_| ()),
        // Assembly
        proposals::PUBLISH => proposals::publish(app, &serde_json::from_str(&job.payload)?).await,
        proposals::CALL => proposals::call_members(app, &serde_json::from_str(&job.payload)?).await,
        proposals::ENACT => enactment::carry_out(app, &serde_json::from_str(&job.payload)?).await,
        proposals::CLOSE => proposals::close(app, &serde_json::from_str(&job.payload)?).await,
        // Bargaining
        // Treasury
        splits::WRITE => splits::write_lines(&app.db.for_jobs(), &serde_json::from_str(&job.payload)?).await,
        splits::SHARE => splits::share_out(&app.db.for_jobs(), &serde_json::from_str(&job.payload)?).await,
        other => Err(anyhow::anyhow!("no work is known by the name {other}").into()),
    }
}

/// Carries out the next due job, if there is one.
///
/// # Errors
/// When the database does; what goes wrong inside a job is noted on the job.
pub async fn next_job(app: &App) -> Result<bool> {
    let Some(job) = jobs::claim(&app.db).await? else { return Ok(false) };
    let outcome = carry_out(app, &job).await;
    app.db
        .write(move |tx| match &outcome {
            Ok(()) => jobs::done(tx, &job.id),
            Err(cause) => jobs::failed(tx, &job, &cause.to_string()),
        })
        .await?;
    Ok(true)
}

/// Everything that is due now, until nothing is: jobs, mail, links.
///
/// # Errors
/// When the database does.
pub async fn catch_up(app: &App) -> Result<()> {
    while next_job(app).await? {}
    journal::sequence(&app.db).await?;
    mail::deliver(&app.db, &app.post).await?;
    Ok(())
}

/// Works until draining, a step a second.
pub async fn run(app: App, seen: Option<actix_web::web::Data<SeenSessions>>) {
    while !app.draining.load(Ordering::SeqCst) {
        if let Err(cause) = catch_up(&app).await {
            tracing::warn!(%cause, "background work will be tried again");
        }
        if let Some(seen) = &seen {
            let _ = accounts::touch_sessions(&app.db, seen.take().into_iter().collect()).await;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
