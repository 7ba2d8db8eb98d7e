//! What stands in front of every route: only our own pages may post, every answer carries the
//! security headers, a panic is a page, and each request is one line of log without personal data.

use super::session::Session;
use super::{errors, session};
use crate::app::App;
use crate::kernel::digest::Digest;
use crate::kernel::time::{MINUTE, Timestamp};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpRequest, web};
use futures_util::FutureExt as _;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; \
object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const HEADERS: [(&str, &str); 8] = [
    ("content-security-policy", CSP),
    ("x-content-type-options", "nosniff"),
    // With no-referrer Chromium sends `Origin: null` on a page's own posts.
    ("referrer-policy", "same-origin"),
    ("strict-transport-security", "max-age=31536000; includeSubDomains"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()"),
    ("x-frame-options", "DENY"),
];

fn dress(headers: &mut HeaderMap, signed_in: bool) {
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.append(header::VARY, HeaderValue::from_static("Sec-Fetch-Site, Origin, Cookie"));
    if signed_in || !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// Whether a state-changing request comes from our own page: Sec-Fetch-Site says so, or, from a
/// browser without it, the Origin is ours. A request with a bearer token and no cookie is not a
/// browser's doing and passes (OWASP cross-site request forgery cheat sheet).
fn is_our_own(request: &HttpRequest, public_url: &str) -> bool {
    let text = |name: &str| request.headers().get(name).and_then(|v| v.to_str().ok());
    if !request.headers().contains_key(header::COOKIE) && text("authorization").is_some_and(|v| v.starts_with("Bearer ")) {
        return true;
    }
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => origin == public_url,
        (None, None) => false,
    }
}

/// The guard itself, wrapped around all routes.
///
/// # Errors
/// Never of its own.
pub async fn guard<B: MessageBody + 'static>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let app = request.app_data::<web::Data<App>>().map(|data| data.get_ref().clone());
    let public_url = app.as_ref().map_or("", |app| app.config.public_url.as_str()).to_owned();
    let safe = [Method::GET, Method::HEAD].contains(request.method());
    let number = crate::kernel::digest::hex(&crate::platform::db::random::<6>());
    let method = request.method().clone();
    let span = tracing::info_span!("request", id = %number);
    let mut answer = if [Method::TRACE, Method::CONNECT].contains(&method) {
        request.into_response(errors::other(StatusCode::NOT_FOUND))
    } else if !safe && !is_our_own(request.request(), &public_url) {
        request.into_response(errors::other(StatusCode::FORBIDDEN))
    } else {
        // The request is not to be held here meanwhile: the router must own it alone.
        let answer = std::panic::AssertUnwindSafe(tracing::Instrument::instrument(next.call(request), span.clone())).catch_unwind().await;
        answer.unwrap_or_else(|_| Err(panicked()))?.map_into_boxed_body()
    };
    if is_bare(&answer) {
        let status = answer.status();
        answer = answer.into_response(errors::other(status));
    }
    let signed_in = answer.request().extensions().contains::<Seen>();
    dress(answer.headers_mut(), signed_in);
    answer.headers_mut().insert(HeaderName::from_static("x-request-id"), HeaderValue::from_str(&number).unwrap_or(HeaderValue::from_static("-")));
    let route = answer.request().match_pattern().unwrap_or_default();
    span.in_scope(|| tracing::info!(%method, route, status = answer.status().as_u16(), micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(0), "answered"));
    Ok(answer)
}

/// A panic in a handler is a broken act like any other.
fn panicked() -> Error {
    let broken = crate::error::Error::Broken(anyhow::anyhow!("a handler panicked"));
    let mut answer = actix_web::ResponseError::error_response(&broken);
    dress(answer.headers_mut(), true);
    actix_web::error::InternalError::from_response("panic", answer).into()
}

/// The framework's own answers to unknown routes and unreadable requests have no page yet.
fn is_bare(answer: &ServiceResponse<BoxBody>) -> bool {
    let text = answer.headers().get(header::CONTENT_TYPE).is_none_or(|v| v.as_bytes().starts_with(b"text/plain"));
    answer.status().is_client_error() && text && !answer.headers().contains_key("x-own-page")
}

/// Marks a request as a signed-in one.
struct Seen;

/// Sessions seen in use since the last flush, to be written together outside any request.
#[derive(Debug, Default)]
pub struct SeenSessions(Mutex<BTreeMap<Digest, Timestamp>>);

impl SeenSessions {
    /// Takes what has gathered.
    pub fn take(&self) -> BTreeMap<Digest, Timestamp> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Notes that a session is in use: the page is not to be stored, and idle time is put off, at most
/// every five minutes.
pub(super) fn seen(request: &HttpRequest, session: &Session) {
    request.extensions_mut().insert(Seen);
    let (Some(app), Some(seen)) = (request.app_data::<web::Data<App>>(), request.app_data::<web::Data<SeenSessions>>()) else { return };
    let now = app.now();
    if now.0.saturating_sub(session.last_seen.0) > 5 * MINUTE {
        seen.0.lock().unwrap_or_else(PoisonError::into_inner).insert(session.token.clone(), now);
    }
}

/// How long a session may stay unused.
pub const IDLE: i64 = session::IDLE;
