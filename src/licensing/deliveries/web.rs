//! The licensee's tokens, and the files behind them: for machines by `Authorization: Bearer`, for a
//! browser by a form, never by an address that could end up in a log.

use super::stream::Parcel;
use super::{File, Kind, Opened, Refusal, Token, rules};
use crate::error::{Error, NotFound, Result};
use crate::kernel::digest::Digest;
use crate::kernel::text::thousands;
use crate::licensing::licences::web::{Reader, reader};
use crate::platform::web::{Answer, Fields, Frame, Hall, page, see_other};
use actix_web::body::SizedStream;
use actix_web::http::header::{self, ContentEncoding};
use actix_web::http::StatusCode;
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use base64::Engine as _;
use serde_json::json;

#[derive(Template)]
#[template(path = "licences/tokens.html")]
struct TokensPage {
    frame: Frame,
    form: Fields,
    reader: Reader,
    /// Each with whether it is open.
    tokens: Vec<(Token, bool)>,
    files: Vec<File>,
    kinds: Vec<(String, String)>,
    /// The token just made, shown this once.
    made: Option<String>,
    hall_url: String,
}

async fn licensee(hall: &Hall, slug: &str, number: &str) -> Result<Reader> {
    hall.account()?;
    let reader = reader(hall, slug, number).await?;
    if reader.buyer { Ok(reader) } else { Err(NotFound.into()) }
}

async fn tokens_page(hall: &Hall, reader: Reader, form: Fields, made: Option<String>) -> Answer {
    let licence = reader.licence.clone();
    let (tokens, files) = hall.app.db.read(move |conn| Ok((super::tokens(conn, &licence)?, super::files(conn, &licence)?))).await?;
    let status = if made.is_some() { StatusCode::CREATED } else { form.status() };
    let frame = hall.frame(format!("Files of licence {}", reader.licence.number)).in_coop(&reader.here, "licences").of_form(&form);
    let (now, hall_url) = (hall.now(), hall.app.config.public_url.clone());
    let tokens = tokens.into_iter().map(|token| (token.is_open(now), token)).map(|(open, token)| (token, open)).collect();
    page(&TokensPage { frame, form, reader, tokens, files, kinds: Kind::options(), made, hall_url }, status)
}

fn blank() -> Fields {
    Fields::empty().with("kind", Kind::Once.word()).with("days", "90")
}

/// The licensee's tokens and the list of files.
pub async fn tokens(hall: Hall, path: Path<(String, String)>) -> Answer {
    let reader = licensee(&hall, &path.0, &path.1).await?;
    tokens_page(&hall, reader, blank(), None).await
}

/// Makes a token and shows it, in this one answer and never again: it is kept nowhere, so this act
/// alone is not followed by a redirect.
pub async fn make(hall: Hall, path: Path<(String, String)>, mut form: Fields) -> Answer {
    let reader = licensee(&hall, &path.0, &path.1).await?;
    let (kind, label) = (form.word("kind", "what the token is good for", Kind::parse), form.line("label", "A name for it", 80));
    let days = if kind == Some(Kind::Api) { form.number("days", "Days", 1..=rules::API_DAYS) } else { 1 };
    let (Some(kind), true) = (kind, form.is_fine()) else { return tokens_page(&hall, reader, form, None).await };
    let (token, hash) = super::fresh_token();
    let (coop, number, mark) = (reader.here.coop.clone(), reader.licence.number, hash.to_string());
    let marked = mark.clone();
    match hall.act(&form, move |tx, actor| super::make_token(tx, actor, &coop, number, &hash, kind, &label, days).map(|()| marked.clone())).await {
        Ok(made) if made == mark => tokens_page(&hall, reader, blank(), Some(token)).await,
        // The same form sent twice: the first answer held the token, and nobody can show it again.
        Ok(_) => {
            form.take(Refusal::Shown.into())?;
            tokens_page(&hall, reader, form, None).await
        }
        Err(error) => {
            form.take(error)?;
            tokens_page(&hall, reader, form, None).await
        }
    }
}

/// Revokes a token.
pub async fn revoke(hall: Hall, path: Path<(String, String)>, form: Fields) -> Answer {
    let reader = licensee(&hall, &path.0, &path.1).await?;
    let hash = Digest::parse(form.value("token")).ok_or(NotFound)?;
    let (coop, number, location) = (reader.here.coop.id.clone(), reader.licence.number, format!("{}/tokens", reader.page()));
    let location = hall.act(&form, move |tx, actor| super::revoke_token(tx, actor, &coop, number, &hash).map(|()| location.clone())).await?;
    see_other(&location)
}

fn bearer(request: &HttpRequest) -> &str {
    let value = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or("");
    value.strip_prefix("Bearer ").unwrap_or("")
}

/// A refusal as machines read it (RFC 9457).
fn problem(error: Error) -> Answer {
    let Error::Refused(refusal) = &error else { return Err(error) };
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::FORBIDDEN);
    let told = json!({ "title": status.canonical_reason(), "status": status.as_u16(), "detail": refusal.to_string() });
    let mut answer = HttpResponse::build(status);
    answer.insert_header((header::CONTENT_TYPE, "application/problem+json"));
    if status == StatusCode::UNAUTHORIZED {
        answer.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"guildhall deliveries\""));
    }
    if let Some(Refusal::Unsatisfiable(bytes)) = error.refusal() {
        answer.insert_header((header::CONTENT_RANGE, format!("bytes */{bytes}")));
    }
    Ok(answer.body(told.to_string()))
}

/// The files of a licence, for machines: names, bytes, hashes, and what travels beside them.
pub async fn index(hall: Hall, path: Path<(String, String)>, request: HttpRequest) -> Answer {
    let opened = match super::open(&hall.app, &path.0, &path.1, bearer(&request)).await {
        Ok(opened) => opened,
        Err(error) => return problem(error),
    };
    let licence = opened.licence.clone();
    let files = hall.app.db.read(move |conn| super::files(conn, &licence)).await?;
    let base = hall.app.link(&format!("/c/{}/licences/{}", opened.coop.slug, opened.licence.number));
    let files: Vec<_> = files.iter().map(|f| json!({ "name": f.name, "media_type": f.media_type, "bytes": f.bytes, "sha256": f.digest, "url": format!("{base}/files/{}", f.name) })).collect();
    let told = json!({ "licence": hall.app.link(&format!("/licences/{}.jwt", opened.licence.id)), "manifest": format!("{base}/manifest.json"), "files": files });
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "application/json")).body(serde_json::to_string_pretty(&told)?))
}

/// Hands a file over to a machine with a token, whole or from where it broke off.
pub async fn fetch(hall: Hall, path: Path<(String, String, String)>, request: HttpRequest) -> Answer {
    let answer = match super::open(&hall.app, &path.0, &path.1, bearer(&request)).await {
        Ok(opened) => hand(&hall, opened, &path.2, Some(&request)).await,
        Err(error) => Err(error),
    };
    answer.or_else(problem)
}

/// Hands a file over to a browser, by a form that carries the token.
pub async fn fetch_by_form(hall: Hall, path: Path<(String, String, String)>, form: Fields) -> Answer {
    let opened = super::open(&hall.app, &path.0, &path.1, form.value("token")).await?;
    hand(&hall, opened, &path.2, None).await
}

async fn hand(hall: &Hall, opened: Opened, name: &str, request: Option<&HttpRequest>) -> Answer {
    let (licence, name) = (opened.licence.clone(), name.to_owned());
    let file = hall.app.db.read(move |conn| super::file(conn, &licence, &name)).await?;
    let header_of = |name: header::HeaderName| request.and_then(|r| r.headers().get(name)).and_then(|value| value.to_str().ok());
    let tag = format!("\"{}\"", file.digest);
    let part = rules::part(header_of(header::RANGE), header_of(header::IF_RANGE), &tag, file.bytes)?;
    let mut answer = HttpResponse::build(if part.partial { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK });
    if part.partial {
        answer.insert_header((header::CONTENT_RANGE, format!("bytes {}-{}/{}", part.first, part.last, file.bytes)));
    }
    let sha256 = base64::engine::general_purpose::STANDARD.encode(file.digest.bytes());
    let licence = hall.app.link(&format!("/licences/{}.jwt", opened.licence.id));
    answer
        .insert_header((header::CONTENT_TYPE, file.media_type.clone()))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", file.name)))
        .insert_header((header::ETAG, tag))
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        .insert_header((header::LINK, format!("<{licence}>; rel=\"license\"")))
        .insert_header(("repr-digest", format!("sha-256=:{sha256}:")))
        // The bytes are those of the manifest; compressing them again would break hash and range.
        .insert_header(ContentEncoding::Identity);
    let length = u64::try_from(part.last - part.first + 1).unwrap_or(0);
    let parcel = Parcel::begin(hall.app.clone(), opened, file, part).await?;
    Ok(answer.body(SizedStream::new(length, Box::pin(parcel.stream()))))
}

impl File {
    /// How many bytes it has, for people.
    #[must_use]
    pub fn figure(&self) -> String {
        thousands(self.bytes)
    }
}
