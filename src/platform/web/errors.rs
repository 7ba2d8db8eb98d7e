//! Refused and broken, as people see them: a page that says why and leads on, or an opaque one with
//! a reference number, logged once, here.

use super::hall::SignInFirst;
use super::page::{Frame, page};
use crate::error::{Error, Refusal};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use askama::Template;

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    frame: Frame,
    heading: String,
    text: String,
    links: Vec<(String, String)>,
    reference: Option<String>,
}

impl ErrorPage {
    fn answer(self, status: StatusCode) -> HttpResponse {
        page(&self, status).unwrap_or_else(|_| HttpResponse::new(status))
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Refused(refusal) => StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY),
            Self::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        if let Some(SignInFirst { path }) = self.refusal() {
            let next = crate::kernel::text::percent(path);
            return HttpResponse::SeeOther().insert_header((header::LOCATION, format!("/sign-in?next={next}"))).finish();
        }
        match self {
            Self::Refused(refusal) => refused(refusal.as_ref(), self.status_code()),
            Self::Broken(cause) => broken(cause),
        }
    }
}

fn refused(refusal: &dyn Refusal, status: StatusCode) -> HttpResponse {
    let heading = match status.as_u16() {
        404 => "Nothing here",
        403 => "Not for you to do",
        429 => "Slower, please",
        503 => "Not recorded",
        _ => "That cannot be done",
    };
    let mut links: Vec<(String, String)> = refusal.next().map(|(words, address)| (address, words)).into_iter().collect();
    links.push(("/home".to_owned(), "What is waiting for me".to_owned()));
    links.push(("/coops".to_owned(), "All cooperatives".to_owned()));
    let page = ErrorPage { frame: Frame::new(heading), heading: heading.to_owned(), text: refusal.to_string(), links, reference: None };
    let mut answer = page.answer(status);
    if matches!(status.as_u16(), 503 | 429) {
        answer.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("5"));
    }
    answer
}

fn broken(cause: &anyhow::Error) -> HttpResponse {
    let reference = crate::kernel::digest::hex(&crate::platform::db::random::<4>());
    tracing::error!(reference, cause = format!("{cause:#}"), "broken");
    let heading = "Something broke";
    let text = "This is not your doing. What you sent was not recorded.".to_owned();
    let links = vec![("/home".to_owned(), "What is waiting for me".to_owned())];
    ErrorPage { frame: Frame::new(heading), heading: heading.to_owned(), text, links, reference: Some(reference) }.answer(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The page for requests that no route knows, or that could not be read.
pub(super) fn other(status: StatusCode) -> HttpResponse {
    let (heading, text) = match status.as_u16() {
        404 | 405 => return refused(&crate::error::NotFound, StatusCode::NOT_FOUND),
        413 => ("Too large", "What you sent is larger than is accepted here."),
        415 => ("Not a form", "A form was expected here."),
        403 => ("Not from here", "This act was sent from another site, or by a browser that does not say where from, so nothing was done. Open the page here and try again."),
        _ => ("Not understood", "What was sent could not be read."),
    };
    let links = vec![("/".to_owned(), "The front page".to_owned())];
    ErrorPage { frame: Frame::new(heading), heading: heading.to_owned(), text: text.to_owned(), links, reference: None }.answer(status)
}
