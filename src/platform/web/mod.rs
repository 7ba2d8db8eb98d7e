//! The web kit: who asks, what a form said, how a page answers, and the guards in front of it all.

mod act;
pub mod assets;
pub mod charts;
mod errors;
mod fields;
pub mod guard;
mod hall;
pub mod limits;
mod page;
pub mod passwords;
mod session;
pub mod terms;

pub use fields::{Fields, Problem};
pub use hall::Hall;
pub use page::{Answer, CoopNav, Frame, attachment, page, plain, see_other};
pub use session::{COOKIE_LASTS, Session, cookie, cookie_name, ended_cookie};

use actix_web::Route;

/// One line of the routes table: method, path and what answers.
pub struct Line {
    /// HTTP method.
    pub method: &'static str,
    /// Path pattern, parameters in braces.
    pub path: &'static str,
    /// What answers.
    pub route: Route,
}

/// A page or file that is read.
pub fn get<F, Args>(path: &'static str, answer: F) -> Line
where
    F: actix_web::Handler<Args>,
    Args: actix_web::FromRequest + 'static,
    F::Output: actix_web::Responder + 'static,
{
    Line { method: "GET", path, route: actix_web::web::get().to(answer) }
}

/// An act.
pub fn post<F, Args>(path: &'static str, answer: F) -> Line
where
    F: actix_web::Handler<Args>,
    Args: actix_web::FromRequest + 'static,
    F::Output: actix_web::Responder + 'static,
{
    Line { method: "POST", path, route: actix_web::web::post().to(answer) }
}
