//! One request: which hall it reached and who asks.

use super::page::Frame;
use super::session::{self, Session};
use crate::app::App;
use crate::error::{Refusal, Result};
use crate::kernel::actor::Actor;
use crate::kernel::digest::Digest;
use crate::kernel::ids::AccountId;
use crate::kernel::time::Timestamp;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;

/// One request to the hall.
#[derive(Clone)]
pub struct Hall {
    /// The program's parts.
    pub app: App,
    /// The signed-in browser, if it is one.
    pub session: Option<Session>,
    /// Where the request came from, as far as trusted proxies tell.
    pub address: IpAddr,
    /// Path and query that were asked for.
    pub path: String,
}

/// The page is for people who have signed in.
#[derive(Debug, Clone, thiserror::Error)]
#[error("Sign in to see this page.")]
pub struct SignInFirst {
    /// Where to come back to.
    pub path: String,
}

impl Refusal for SignInFirst {
    fn status(&self) -> u16 {
        401
    }
    fn next(&self) -> Option<(String, String)> {
        Some(("Sign in".to_owned(), "/sign-in".to_owned()))
    }
}

/// The address has to be confirmed first.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("Confirm your e-mail address first: open the link in the mail we sent you.")]
pub struct ConfirmAddressFirst;

impl Refusal for ConfirmAddressFirst {
    fn status(&self) -> u16 {
        403
    }
    fn next(&self) -> Option<(String, String)> {
        Some(("Send the mail again".to_owned(), "/settings".to_owned()))
    }
}

impl Hall {
    /// Who asks.
    #[must_use]
    pub fn actor(&self) -> Actor {
        match &self.session {
            Some(session) if session.verified => Actor::person(session.account.clone()),
            _ => Actor::Visitor,
        }
    }

    /// The account of a signed-in person whose address is confirmed.
    ///
    /// # Errors
    /// [`SignInFirst`] or [`ConfirmAddressFirst`].
    pub fn account(&self) -> Result<AccountId> {
        match &self.session {
            Some(session) if session.verified => Ok(session.account.clone()),
            Some(_) => Err(ConfirmAddressFirst.into()),
            None => Err(SignInFirst { path: self.path.clone() }.into()),
        }
    }

    /// The session, confirmed address or not.
    ///
    /// # Errors
    /// [`SignInFirst`].
    pub fn session(&self) -> Result<&Session> {
        self.session.as_ref().ok_or_else(|| SignInFirst { path: self.path.clone() }.into())
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.app.now()
    }

    /// The frame of a page with this title.
    #[must_use]
    pub fn frame(&self, title: impl Into<String>) -> Frame {
        let mut frame = Frame::new(title);
        frame.signed_in = self.session.as_ref().map(|s| s.name.clone());
        frame.buyer = self.session.as_ref().and_then(|s| s.buyer.clone());
        frame
    }
}

/// The address of whoever asks: the connection's, or, behind trusted proxies, the entry of
/// X-Forwarded-For that the outermost trusted one wrote.
fn address(request: &HttpRequest, trusted: usize) -> IpAddr {
    let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |a| a.ip());
    let forwarded = request.headers().get("x-forwarded-for").and_then(|v| v.to_str().ok()).unwrap_or("");
    match trusted.checked_sub(1).and_then(|n| forwarded.rsplit(',').nth(n)) {
        Some(entry) => entry.trim().parse().unwrap_or(peer),
        None => peer,
    }
}

impl FromRequest for Hall {
    type Error = crate::error::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let app = request.app_data::<web::Data<App>>().map(|data| data.get_ref().clone());
        let path = request.uri().path_and_query().map_or_else(String::new, ToString::to_string);
        let request = request.clone();
        Box::pin(async move {
            let app = app.ok_or_else(|| anyhow::anyhow!("the app is not set"))?;
            let address = address(&request, app.config.trusted_proxies);
            let cookie = request.cookie(session::cookie_name(app.config.is_plain_http()));
            let session = match cookie {
                Some(cookie) => {
                    let (token, now) = (Digest::of(cookie.value().as_bytes()), app.now());
                    app.db.glance(move |conn| session::find(conn, &token, now)).await?
                }
                None => None,
            };
            if let Some(session) = &session {
                super::guard::seen(&request, session);
            }
            Ok(Self { app, session, address, path })
        })
    }
}
