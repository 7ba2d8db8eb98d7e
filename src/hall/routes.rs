//! Every route, one a line. The route matrix of the tests reads this table.

use super::{home, operations, overview, setup};
use crate::bargaining::{buyers, tariffs};
use crate::membership::{accounts, complaints, coops, invitations, leaving, mandates};
use crate::platform::web::{Line, assets, get, post};
use crate::pool::records;

/// All routes of the hall, in the order in which they are tried.
#[must_use]
pub fn table() -> Vec<Line> {
    vec![
        get("/", home::front),
        get("/static/{name:.*}", assets::file),
        get("/healthz", operations::health),
        get("/readyz", operations::ready),
        get("/robots.txt", operations::robots),
        get("/.well-known/security.txt", operations::security_txt),
        get("/.well-known/tdmrep.json", operations::tdmrep),
        get("/security", home::security),
        get("/privacy", home::privacy),
        get("/accessibility", home::accessibility),
        get("/home", home::waiting),
        // Setting up an empty hall
        get("/set-up", setup::form),
        post("/set-up", setup::set_up),
        // Accounts
        get("/sign-up", accounts::web::sign_up_form),
        post("/sign-up", accounts::web::sign_up),
        get("/mailed", accounts::web::mailed),
        get("/confirm", accounts::web::confirm_form),
        post("/confirm", accounts::web::confirm),
        get("/sign-in", accounts::web::sign_in_form),
        post("/sign-in", accounts::web::sign_in),
        post("/sign-out", accounts::web::sign_out),
        get("/reset", accounts::web::reset_form),
        post("/reset", accounts::web::ask_reset),
        get("/reset/set", accounts::web::set_form),
        post("/reset/set", accounts::web::set),
        get("/settings", accounts::web::settings),
        post("/settings/password", accounts::web::change_password),
        post("/settings/sessions", accounts::web::end_sessions),
        post("/settings/confirm", accounts::web::ask_again),
        // Cooperatives and members
        get("/coops", coops::web::list),
        get("/coops/new", coops::web::found_form),
        post("/coops", coops::web::found),
        get("/c/{coop}", overview::coop),
        get("/c/{coop}/join", coops::web::apply_form),
        post("/c/{coop}/join", coops::web::apply),
        get("/c/{coop}/members", coops::web::members),
        post("/c/{coop}/applications/{id}", coops::web::review),
        post("/c/{coop}/roles", coops::web::roles),
        get("/c/{coop}/members/{n}", coops::card::card),
        post("/c/{coop}/members/{n}/suspension", coops::card::suspend),
        post("/c/{coop}/members/{n}/reinstatement", coops::card::reinstate),
        post("/c/{coop}/members/{n}/expulsion", coops::card::expel),
        post("/c/{coop}/members/{n}/appeal", coops::card::appeal),
        post("/c/{coop}/members/{n}/ruling", coops::card::rule),
        get("/c/{coop}/leave", leaving::web::form),
        post("/c/{coop}/leave", leaving::web::leave),
        get("/c/{coop}/bylaws", coops::web::bylaws),
        get("/c/{coop}/invitations", invitations::web::list),
        post("/c/{coop}/invitations", invitations::web::invite),
        get("/c/{coop}/invitation", invitations::web::accept_form),
        post("/c/{coop}/invitation", invitations::web::accept),
        get("/c/{coop}/complaints", complaints::web::list),
        post("/c/{coop}/complaints", complaints::web::complain),
        get("/c/{coop}/complaints/{n}", complaints::web::one),
        post("/c/{coop}/complaints/{n}/answer", complaints::web::answer),
        get("/c/{coop}/mandate", mandates::web::mine),
        post("/c/{coop}/mandate", mandates::web::change),
        // Pool
        get("/c/{coop}/pool", records::web::mine::show),
        get("/c/{coop}/pool/new", records::web::arrival::form),
        get("/c/{coop}/batches", records::web::batch::list),
        post("/c/{coop}/batches", records::web::arrival::upload),
        get("/c/{coop}/batches/{n}", records::web::batch::show),
        get("/c/{coop}/batches/{n}/mapping", records::web::mapping::form),
        post("/c/{coop}/batches/{n}/mapping", records::web::mapping::map),
        get("/c/{coop}/batches/{n}/basis", records::web::batch::basis_form),
        post("/c/{coop}/batches/{n}/basis", records::web::batch::ground),
        post("/c/{coop}/batches/{n}/import", records::web::batch::begin),
        post("/c/{coop}/batches/{n}/screening", records::web::batch::screen),
        get("/c/{coop}/batches/{n}/findings.csv", records::web::batch::findings_csv),
        get("/c/{coop}/records/{id}", records::web::record::show),
        post("/c/{coop}/records/{id}/withdrawal", records::web::record::withdraw),
        get("/c/{coop}/claims", records::web::claims::show),
        post("/c/{coop}/claims", records::web::claims::claim),
        post("/c/{coop}/claims/{id}", records::web::claims::rule),
        // Assembly
        // Bargaining
        get("/c/{coop}/tariff", tariffs::web::show),
        get("/c/{coop}/tariff.csv", tariffs::web::csv),
        get("/buyer", buyers::web::home),
        get("/buyer/new", buyers::web::register_form),
        post("/buyer/new", buyers::web::register),
        get("/buyer/users", buyers::web::users),
        post("/buyer/users", buyers::web::invite),
        post("/buyer/users/removal", buyers::web::remove),
        get("/buyer/join", buyers::web::join_form),
        post("/buyer/join", buyers::web::join),
        // Licensing
        // Treasury
    ]
}
