//! Static files, inside the binary, kept by browsers for a year under an address that changes with them.

use crate::error::{NotFound, Result};
use crate::kernel::digest::Digest;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use std::sync::OnceLock;

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../../static/", $name)) as &[u8])),+]
    };
}

const FILES: &[(&str, &[u8])] = files![
    "guildhall.css",
    "guildhall.js",
    "icons.svg",
    "icons-LICENSE.txt",
    "favicon.svg",
    "fonts/archivo.woff2",
    "fonts/archivo-OFL.txt",
    "fonts/atkinson.woff2",
    "fonts/atkinson-ext.woff2",
    "fonts/atkinson-OFL.txt",
    "fonts/plex-mono.woff2",
    "fonts/plex-mono-OFL.txt",
    "fonts/guildhall-serif.woff2",
    "fonts/guildhall-serif-OFL.txt",
];

/// A short digest of all static files together.
pub fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let parts: Vec<&[u8]> = FILES.iter().map(|(_, bytes)| *bytes).collect();
        Digest::of_parts(&parts).short().to_owned()
    })
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        _ => "text/plain; charset=utf-8",
    }
}

/// Answers one static file.
///
/// # Errors
/// [`NotFound`] for any other name.
pub async fn file(request: HttpRequest, name: web::Path<String>) -> Result<HttpResponse> {
    let (name, bytes) = FILES.iter().find(|(known, _)| *known == name.as_str()).ok_or(NotFound)?;
    let tag = format!("\"{}\"", version());
    let known = request.headers().get(header::IF_NONE_MATCH).is_some_and(|v| v.as_bytes() == tag.as_bytes());
    let mut answer = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer
        .insert_header((header::CONTENT_TYPE, media_type(name)))
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((header::ETAG, tag));
    Ok(if known { answer.finish() } else { answer.body(*bytes) })
}
