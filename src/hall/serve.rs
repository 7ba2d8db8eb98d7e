//! Serving the hall: all routes behind the guard, the worker beside them, a graceful end.

use super::{operations, routes, worker};
use crate::app::App;
use crate::platform::web::Line;
use crate::platform::web::guard::{SeenSessions, guard};
use actix_web::dev::Server;
use actix_web::{App as Service, HttpServer, Scope, middleware, web};
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// A running server for these parts on a bound socket.
///
/// # Errors
/// When the socket cannot be listened on.
pub fn server(app: &App, listener: TcpListener, workers: usize, seen: web::Data<SeenSessions>) -> std::io::Result<Server> {
    let app = web::Data::new(app.clone());
    let server = HttpServer::new(move || {
        let (sections, others) = sections(routes::table());
        Service::new()
            .app_data(app.clone())
            .app_data(seen.clone())
            .wrap(middleware::from_fn(guard))
            .wrap(middleware::Compress::default())
            .configure(|service| {
                // Backwards, so that the cooperative's own page, whose section is empty and fits all, is last.
                let coop = sections.into_iter().rev().fold(web::scope(COOP), |coop, (section, lines)| coop.service(scope(section, COOP.len() + section.len(), lines)));
                service.service(coop);
                for line in others {
                    service.route(line.path, line.route);
                }
            })
    });
    Ok(server.workers(workers).client_request_timeout(Duration::from_secs(10)).shutdown_timeout(30).disable_signals().listen(listener)?.run())
}

/// Where each cooperative begins.
const COOP: &str = "/c/{coop}";

/// The routes of each section of a cooperative (`/proposals` and all below it), and all others. The
/// framework tries patterns one by one; comparing thirty fixed words first is far cheaper than two
/// hundred patterns with parameters.
fn sections(lines: Vec<Line>) -> (BTreeMap<&'static str, Vec<Line>>, Vec<Line>) {
    let (mut sections, mut others) = (BTreeMap::<_, Vec<Line>>::new(), Vec::new());
    for line in lines {
        let section = line.path.strip_prefix(COOP).map(|rest| rest.match_indices('/').nth(1).and_then(|(end, _)| rest.get(..end)).unwrap_or(rest));
        match section {
            Some(section) => sections.entry(section).or_default().push(line),
            None => others.push(line),
        }
    }
    (sections, others)
}

fn scope(section: &'static str, prefix: usize, lines: Vec<Line>) -> Scope {
    lines.into_iter().fold(web::scope(section), |scope, line| scope.route(line.path.get(prefix..).unwrap_or(""), line.route))
}

/// `/metrics` and nothing else, on an address of its own.
///
/// # Errors
/// When the socket cannot be listened on.
pub fn metrics_server(app: &App, listener: TcpListener) -> std::io::Result<Server> {
    let app = web::Data::new(app.clone());
    let server = HttpServer::new(move || Service::new().app_data(app.clone()).route("/metrics", web::get().to(operations::metrics)));
    Ok(server.workers(1).disable_signals().listen(listener)?.run())
}

/// Serves until SIGTERM or SIGINT: readiness turns first, requests in flight are finished.
///
/// # Errors
/// When the address cannot be bound.
pub async fn serve(app: App) -> anyhow::Result<()> {
    let listener = TcpListener::bind(app.config.bind)?;
    let seen = web::Data::new(SeenSessions::default());
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let running = server(&app, listener, workers, seen.clone())?;
    let handle = running.handle();
    if let Some(bind) = app.config.metrics_bind {
        tokio::spawn(metrics_server(&app, TcpListener::bind(bind)?)?);
    }
    let work = tokio::spawn(worker::run(app.clone(), Some(seen)));
    let draining = app.draining.clone();
    tokio::spawn(async move {
        stop_asked().await;
        draining.store(true, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(200)).await;
        handle.stop(true).await;
    });
    running.await?;
    let _ = tokio::time::timeout(Duration::from_secs(10), work).await;
    Ok(())
}

async fn stop_asked() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = terminate.recv() => (),
            _ = tokio::signal::ctrl_c() => (),
        },
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}
