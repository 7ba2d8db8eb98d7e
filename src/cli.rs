//! The command line.

mod import;
mod licence;
mod revision;

use crate::app::App;
use crate::config::Config;
use crate::hall::{audit, backup, bench_seed, demo, move_coop, serve, setup, worker};
use crate::membership::accounts;
use crate::platform::clock::Clock;
use crate::platform::{db, journal};
use clap::{Parser, Subcommand};

/// A collective-bargaining data cooperative in one program.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the hall (what happens without a command).
    Serve,
    /// Make a demonstration with made-up people, if there is none, and serve it.
    Demo,
    /// Bring the database up to date and stop.
    Migrate,
    /// Do background work only: jobs, mail, the journal's links.
    Worker,
    /// Check the standing invariants A1 to A8 on the real data; zero only when all is in order.
    Audit {
        /// Only this cooperative, by its short name.
        #[arg(long)]
        coop: Option<String>,
    },
    /// Fill an empty hall to be measured or attacked; everybody's session goes into a file.
    #[command(hide = true)]
    BenchSeed {
        /// Members of the cooperative `bench`.
        #[arg(long)]
        members: usize,
        /// Proposals in all.
        #[arg(long, default_value_t = 60)]
        proposals: usize,
        /// Of them open, everybody on each roll.
        #[arg(long, default_value_t = 3)]
        open: usize,
        /// Seconds until the open votes close.
        #[arg(long)]
        closes_in: Option<i64>,
        /// Where session tokens and addresses of proposals go.
        #[arg(long)]
        out: std::path::PathBuf,
    },
    /// Check something with no server: a journal file, a run of the treasury, a licence.
    Verify {
        #[command(subcommand)]
        what: Verify,
    },
    /// Copy the embedded database and the blobs into an empty folder, without the secret file.
    Backup {
        /// The folder.
        folder: std::path::PathBuf,
    },
    /// Put a backup where the configuration points; there must be no database yet.
    Restore {
        /// The folder a backup was written to.
        folder: std::path::PathBuf,
    },
    /// Import a file of this machine into a cooperative's pool.
    Import(import::Order),
    /// Write a whole cooperative for another hall, a chain of the journal, or a frozen revision's files.
    Export {
        /// The journal of a cooperative by its id, or of the `hall`.
        #[arg(long, conflicts_with = "coop")]
        chain: Option<String>,
        /// A cooperative, by its short name; its sealed votes must be counted.
        #[arg(long, requires = "file")]
        coop: Option<String>,
        /// Where the cooperative is written to; the file must not be there yet.
        file: Option<std::path::PathBuf>,
        /// A frozen revision, as COOP/CORPUS/NUMBER.
        #[arg(long, conflicts_with_all = ["chain", "coop"], requires = "to")]
        revision: Option<String>,
        /// The folder its files are written to.
        #[arg(long, requires = "revision")]
        to: Option<std::path::PathBuf>,
    },
    /// What whoever runs the hall does to it.
    Admin {
        #[command(subcommand)]
        what: Admin,
    },
}

#[derive(Subcommand)]
enum Admin {
    /// Take in a cooperative that another hall exported. Run again if it broke off.
    ImportCoop {
        /// The file `export --coop` wrote.
        file: std::path::PathBuf,
        /// Another short name, where its own is taken here.
        #[arg(long = "as")]
        under: Option<String>,
    },
    /// End every session of a person.
    SignOut {
        /// The person's e-mail address.
        email: String,
    },
    /// Retire the key that signs licences and make another; what it signed stays good.
    RotateKey,
}

#[derive(Subcommand)]
enum Verify {
    /// A journal file as `export` writes it.
    Journal {
        /// The file.
        file: std::path::PathBuf,
        /// A head seen before, as HEIGHT:HASH; it must be a state of this chain.
        #[arg(long)]
        seen_head: Option<String>,
    },
    /// A run of the treasury as its page gives it: computed anew, line by line.
    Run {
        /// The file.
        file: std::path::PathBuf,
    },
    /// A signed licence, from a key set alone.
    Licence(licence::Order),
}

/// Runs what the command line asks for; success is the only zero.
///
/// # Errors
/// Anything that went wrong, in words.
pub async fn run() -> anyhow::Result<()> {
    let cli = Cli::parse();
    if let Some(Command::Verify { what: Verify::Journal { file, seen_head } }) = &cli.command {
        println!("{}", verify_journal(file, seen_head.as_deref())?);
        return Ok(());
    }
    if let Some(Command::Verify { what: Verify::Run { file } }) = &cli.command {
        println!("{}", verify_run(file)?);
        return Ok(());
    }
    if let Some(Command::Verify { what: Verify::Licence(order) }) = &cli.command {
        return licence::verify(order);
    }
    let config = Config::load().map_err(|faults| anyhow::anyhow!("the configuration has mistakes:\n{faults}"))?;
    start_log(&config);
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve_hall(config).await,
        Command::Demo => serve_demo(config).await,
        Command::Migrate => {
            println!("{} steps taken", db::migrate(&config.database_url)?);
            Ok(())
        }
        Command::Worker => {
            let app = App::open(config, Clock::Machine)?;
            worker::run(app, None).await;
            Ok(())
        }
        Command::Audit { coop } => audit::command(&App::open(config, Clock::Machine)?, coop.as_deref()).await,
        Command::BenchSeed { members, proposals, open, closes_in, out } => bench_seed::fill(config, bench_seed::Size { members, proposals, open, closes_in }, &out).await,
        Command::Backup { folder } => {
            backup::backup(&config, &folder)?;
            println!("Written to {}. The secret file {} is not in it: keep it apart.", folder.display(), config.secret_file.display());
            Ok(())
        }
        Command::Restore { folder } => {
            println!("{}", backup::restore(config, &folder).await?);
            Ok(())
        }
        Command::Import(order) => import::run(config, order).await,
        Command::Export { revision: Some(revision), to: Some(folder), .. } => revision::export(config, &revision, &folder).await,
        Command::Export { coop: Some(coop), file: Some(file), .. } => export_coop(config, &coop, &file).await,
        Command::Export { chain: Some(chain), .. } => export_chain(config, chain).await,
        Command::Export { .. } => anyhow::bail!("say what to export: --coop SLUG FILE, --chain ID, or --revision COOP/CORPUS/NUMBER --to FOLDER"),
        Command::Admin { what: Admin::RotateKey } => licence::rotate_key(config).await,
        Command::Admin { what } => admin(config, what).await,
        Command::Verify { .. } => Ok(()),
    }
}

fn start_log(config: &Config) {
    let filter = tracing_subscriber::EnvFilter::new("warn,guildhall=info");
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if config.log_format == "json" { log.json().init() } else { log.init() }
}

async fn serve_hall(config: Config) -> anyhow::Result<()> {
    let app = App::open(config, Clock::Machine)?;
    println!("Guildhall is at {}", app.config.public_url);
    if app.config.smtp_url.is_none() {
        println!("No mail server is set: mails are written to {}", app.config.mail_folder.display());
    }
    match setup::invite(&app.db).await {
        Ok(Some(token)) => println!("This hall is empty. Set it up at {}", app.link(&format!("/set-up?token={token}"))),
        Ok(None) => {}
        Err(cause) => anyhow::bail!("{cause}"),
    }
    serve::serve(app).await
}

async fn serve_demo(config: Config) -> anyhow::Result<()> {
    let app = demo::open(config, |words| println!("{words}")).await?;
    println!("The demonstration is at {}", app.config.public_url);
    for person in demo::sign_ins() {
        println!("  {:<40} {}", person.role, person.email);
    }
    println!("Everybody's password is: {}", demo::PASSWORD);
    serve::serve(app).await
}

async fn export_coop(config: Config, coop: &str, file: &std::path::Path) -> anyhow::Result<()> {
    let app = App::open(config, Clock::Machine)?;
    let written = move_coop::export(&app, coop, file).await.map_err(|cause| anyhow::anyhow!("{cause}"))?;
    let rows: u64 = written.parts.values().map(|part| part.rows).sum();
    println!("Written to {}: {rows} rows, {} blobs, journal up to {}.", file.display(), written.blobs.len(), written.head);
    Ok(())
}

async fn admin(config: Config, what: Admin) -> anyhow::Result<()> {
    let app = App::open(config, Clock::Machine)?;
    match what {
        Admin::ImportCoop { file, under } => {
            let moved = move_coop::import(&app, &file, under.as_deref()).await.map_err(|cause| anyhow::anyhow!("{cause}"))?;
            println!("Imported {} rows and {} blobs; the cooperative is at {}.", moved.rows, moved.blobs, app.link(&format!("/c/{}", moved.slug)));
            println!("{} people had an account here. For {} one was made: they ask for a password at {}.", moved.known, moved.made, app.link("/reset"));
        }
        Admin::SignOut { email } => {
            let ended = app.db.write(move |tx| accounts::sign_out_by_address(tx, &email)).await.map_err(|cause| anyhow::anyhow!("{cause}"))?;
            println!("{ended} sessions ended.");
        }
        Admin::RotateKey => {}
    }
    Ok(())
}

async fn export_chain(config: Config, chain: String) -> anyhow::Result<()> {
    use crate::kernel::ids::{CoopId, Id as _};
    let chain = match CoopId::parse(&chain) {
        Some(id) => journal::Chain::Coop(id),
        None if chain == "hall" => journal::Chain::Hall,
        None => anyhow::bail!("--chain takes a cooperative's id, or hall"),
    };
    let app = App::open(config, Clock::Machine)?;
    let mut after = 0;
    loop {
        let of = chain.clone();
        let pairs = app.db.read(move |conn| journal::linked(conn, &of, after, 1_000)).await.map_err(|cause| anyhow::anyhow!("{cause}"))?;
        let Some((_, last)) = pairs.last() else { return Ok(()) };
        after = last.height;
        for pair in &pairs {
            println!("{}", serde_json::to_string(pair)?);
        }
    }
}

/// Walks a journal file and says in one sentence what it holds.
///
/// # Errors
/// The first fault, named by its line or height.
pub fn verify_journal(file: &std::path::Path, seen_head: Option<&str>) -> anyhow::Result<String> {
    use crate::kernel::digest::Digest;
    use crate::platform::journal::chain::{ChainFault, Entry, Link, Walk};
    use std::io::BufRead as _;
    let seen = seen_head
        .map(|text| {
            let (height, hash) = text.split_once(':').unwrap_or((text, ""));
            let head = height.parse::<i64>().ok().zip(Digest::parse(hash));
            head.ok_or_else(|| anyhow::anyhow!("--seen-head takes HEIGHT:HASH, as published"))
        })
        .transpose()?;
    let mut walk: Option<Walk> = None;
    let mut met = seen.is_none();
    for (number, line) in std::io::BufReader::new(std::fs::File::open(file)?).lines().enumerate() {
        let (entry, link): (Entry, Link) = serde_json::from_str(&line?).map_err(|cause| anyhow::anyhow!("line {}: {cause}", number + 1))?;
        let walk = walk.get_or_insert_with(|| Walk::start(&entry.chain));
        walk.step(&entry, &link)?;
        met = met || seen.as_ref().is_some_and(|(height, hash)| link.height == *height && link.hash == *hash);
    }
    let head = walk.ok_or_else(|| anyhow::anyhow!("the file holds no entries"))?.head().clone();
    if let (false, Some((height, hash))) = (met, seen) {
        return Err(ChainFault::Rewritten(height, hash).into());
    }
    Ok(format!("Intact: {} entries of chain {}, head {}:{}", head.height, head.chain, head.height, head.hash))
}

/// Works out a run anew from its own file and says what it holds.
///
/// # Errors
/// When it is no run, or everything that is wrong with it, one line each.
pub fn verify_run(file: &std::path::Path) -> anyhow::Result<String> {
    let report = crate::treasury::splits::verify_run(&std::fs::read_to_string(file)?)?;
    let facts: Vec<String> = report.facts.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    anyhow::ensure!(report.problems.is_empty(), "{}\n{}", facts.join("\n"), report.problems.join("\n"));
    Ok(format!("{}\nIntact: computed anew, every line is the same and they sum to the receipt.", facts.join("\n")))
}
