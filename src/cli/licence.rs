//! `guildhall verify licence` and `guildhall admin rotate-key`.

use crate::app::App;
use crate::config::Config;
use crate::kernel::actor::Actor;
use crate::licensing::keys::{self, KeySet};
use crate::licensing::licences::verification::{Outcome, examine};
use crate::platform::clock::Clock;
use anyhow::Context as _;
use clap::Args;
use std::path::PathBuf;

/// Which licence, and by which keys.
#[derive(Args)]
pub struct Order {
    /// The licence: the signed token, as the hall hands it out.
    file: PathBuf,
    /// The key set of the hall, from /.well-known/jwks.json.
    #[arg(long)]
    jwks: PathBuf,
    /// The hall that must have issued it, for example <https://hall.example>.
    #[arg(long)]
    issuer: Option<String>,
}

/// Checks a licence with no server and no network, and prints every check.
///
/// # Errors
/// When a file cannot be read, or any check fails.
pub fn verify(order: &Order) -> anyhow::Result<()> {
    let read = |path: &PathBuf| std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()));
    let keys = KeySet::parse(&read(&order.jwks)?).with_context(|| format!("{} is no key set", order.jwks.display()))?;
    let token: String = read(&order.file)?.split_whitespace().collect();
    let report = examine(&token, &keys, order.issuer.as_deref(), Clock::Machine.now());
    for check in &report.checks {
        let mark = match check.outcome {
            Outcome::Holds => "holds",
            Outcome::Fails => "FAILS",
            Outcome::Open => "-",
        };
        println!("{mark:<6} {:<11} {}", check.name, check.words);
    }
    match report.failure() {
        None if report.holds() => Ok(()),
        failed => anyhow::bail!("This licence does not hold: {}", failed.map_or("it could not be read", |check| check.name)),
    }
}

/// Retires the signing key and installs a fresh one.
///
/// # Errors
/// When the hall cannot be opened.
pub async fn rotate_key(config: Config) -> anyhow::Result<()> {
    let app = App::open(config, Clock::Machine)?;
    let key = keys::fresh(&app.secrets)?;
    let kid = key.kid.clone();
    app.db.write(move |tx| keys::rotate(tx, &Actor::Hall, &key)).await.map_err(|cause| anyhow::anyhow!("{cause}"))?;
    println!("Licences are signed by key {kid} from now on. The keys before it stay in the published set.");
    Ok(())
}
