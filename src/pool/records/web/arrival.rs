//! Uploading: one form with one file, taken in piece by piece as it comes, so that neither its size
//! nor what it claims to be costs memory.

use super::size;
use crate::error::Result;
use crate::kernel::text;
use crate::membership::coops::Here;
use crate::platform::web::{Answer, Fields, Frame, Hall, page, see_other};
use crate::pool::records::intake::{Format, UPLOAD_CAP};
use crate::pool::records::upload::{self, Arriving, Upload};
use crate::pool::records::{self, Refusal};
use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::{Path, Payload};
use askama::Template;
use futures_util::StreamExt as _;

/// What the other fields and the borders between them may add to the file's bytes.
const AROUND: u64 = 64 * 1024;
/// Longest file name kept, in characters.
const NAME: usize = 200;

#[derive(Template)]
#[template(path = "records/upload.html")]
struct UploadPage {
    frame: Frame,
    form: Fields,
    slug: String,
    room: String,
}

async fn upload_page(hall: &Hall, here: &Here, form: Fields) -> Answer {
    let room = records::room(&hall.app, &hall.actor(), &here.coop.id).await?;
    let status = form.status();
    let frame = hall.frame("Add records").in_coop(here, "pool").of_form(&form);
    page(&UploadPage { frame, form, slug: here.coop.slug.clone(), room: size(i64::try_from(room).unwrap_or(0)) }, status)
}

/// The form for a file.
pub async fn form(hall: Hall, slug: Path<String>) -> Answer {
    hall.account()?;
    let here = hall.here(&slug).await?;
    upload_page(&hall, &here, Fields::empty()).await
}

/// Takes a file in and leads on to its mapping.
pub async fn upload(hall: Hall, slug: Path<String>, request: HttpRequest, payload: Payload) -> Answer {
    hall.account()?;
    let here = hall.here(&slug).await?;
    let room = records::room(&hall.app, &hall.actor(), &here.coop.id).await?;
    let mut parts = Parts { stream: Multipart::new(request.headers(), payload), over: false };
    let arrived = match too_large(&request, room) {
        Some(refusal) => Err(refusal.into()),
        None => take_in(&hall, &here, room, &mut parts).await,
    };
    let mut form = Fields::empty();
    match arrived {
        Ok(arrived) => match receive(&hall, &here, arrived).await {
            Ok(location) => return see_other(&location),
            Err(error) => form.take(error)?,
        },
        Err(error) => {
            form.take(error)?;
            drain(&mut parts).await;
        }
    }
    upload_page(&hall, &here, form).await
}

/// Refused before a byte is taken in, where the request says how long it is.
fn too_large(request: &HttpRequest, room: u64) -> Option<Refusal> {
    let length: u64 = request.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()?;
    (length > room.saturating_add(AROUND)).then_some(Refusal::TooLarge { mebibytes: room >> 20 })
}

/// The form's parts as they come; what has ended or broken is not asked again.
struct Parts {
    stream: Multipart,
    over: bool,
}

impl Parts {
    async fn next(&mut self) -> Option<Result<Field, MultipartError>> {
        if self.over {
            return None;
        }
        let part = self.stream.next().await;
        self.over = !matches!(part, Some(Ok(_)));
        part
    }
}

/// A file that has arrived whole.
struct Arrived {
    key: String,
    name: String,
    upload: Upload,
}

async fn take_in(hall: &Hall, here: &Here, room: u64, parts: &mut Parts) -> Result<Arrived> {
    let mut key = String::new();
    while let Some(part) = parts.next().await {
        let Ok(mut part) = part else { return Err(Refusal::NoFile.into()) };
        match part.name() {
            Some("key") => key = short(&mut part).await?,
            Some("file") => {
                let name = file_name(&part)?;
                let upload = take_file(hall, here, room, &mut part).await?;
                return Ok(Arrived { key, name, upload });
            }
            _ => {
                short(&mut part).await?;
            }
        }
    }
    Err(Refusal::NoFile.into())
}

/// A field of a few letters.
async fn short(part: &mut Field) -> Result<String> {
    let mut value = Vec::new();
    while let Some(bytes) = part.next().await {
        value.extend_from_slice(&bytes.map_err(|_| Refusal::BrokeOff)?);
        if value.len() > 1_000 {
            return Err(Refusal::NoFile.into());
        }
    }
    Ok(text::line(&String::from_utf8_lossy(&value)))
}

/// The name without the folders some browsers send along.
fn file_name(part: &Field) -> Result<String> {
    let sent = part.content_disposition().and_then(|disposition| disposition.get_filename()).unwrap_or_default();
    let name: String = text::line(sent.rsplit(['/', '\\']).next().unwrap_or_default());
    if name.is_empty() {
        return Err(Refusal::NoFile.into());
    }
    if name.chars().count() > NAME || Format::of(&name).is_none() {
        return Err(Refusal::UnknownFormat(name.chars().take(NAME).collect()).into());
    }
    Ok(name)
}

async fn take_file(hall: &Hall, here: &Here, room: u64, part: &mut Field) -> Result<Upload> {
    let mut arriving = Arriving::begin(&hall.app.blobs, &here.coop.id, room);
    while let Some(bytes) = part.next().await {
        let taken = match bytes {
            Ok(bytes) => arriving.take(&bytes).await,
            Err(_) => Err(Refusal::BrokeOff.into()),
        };
        if let Err(refusal) = taken {
            arriving.abandon().await?;
            return Err(refusal);
        }
    }
    arriving.finish().await
}

/// Notes the upload, if anything in it can be read; a form sent twice is one upload.
async fn receive(hall: &Hall, here: &Here, arrived: Arrived) -> Result<String> {
    let (app, coop) = (&hall.app, &here.coop.id);
    let answer = note(hall, here, &arrived).await;
    let kept = match &answer {
        Ok(location) => batch_of(hall, here, location).await? == arrived.upload.pieces,
        Err(_) => false,
    };
    if !kept {
        upload::clear(&app.blobs, coop, &arrived.upload.pieces).await?;
    }
    answer
}

async fn note(hall: &Hall, here: &Here, arrived: &Arrived) -> Result<String> {
    let seen = records::preview(&hall.app, &here.coop.id, &arrived.name, &arrived.upload, None).await?;
    if let Some(reason) = seen.unreadable() {
        return Err(Refusal::Unreadable { name: arrived.name.clone(), reason }.into());
    }
    let form = Fields::default().with("key", &arrived.key).with("name", &arrived.name).with("sha256", arrived.upload.sha256.as_str());
    let (coop, slug, name, upload) = (here.coop.id.clone(), here.coop.slug.clone(), arrived.name.clone(), arrived.upload.clone());
    hall.act(&form, move |tx, actor| {
        let batch = records::receive(tx, actor, &coop, &name, &upload)?;
        Ok(format!("/c/{slug}/batches/{}/mapping", batch.number))
    })
    .await
}

/// The pieces of the batch an answer leads to.
async fn batch_of(hall: &Hall, here: &Here, location: &str) -> Result<Vec<crate::kernel::digest::Digest>> {
    let number = location.rsplit('/').nth(1).and_then(|number| number.parse().ok()).unwrap_or(0);
    let coop = here.coop.id.clone();
    hall.app.db.read(move |conn| Ok(records::batch_view(conn, &coop, number)?.batch.pieces()?.pieces)).await
}

/// Reads on without keeping, for a browser shows an answer only once it has sent everything.
async fn drain(parts: &mut Parts) {
    let mut seen = 0_u64;
    while let Some(Ok(mut part)) = parts.next().await {
        while let Some(Ok(bytes)) = part.next().await {
            seen += bytes.len() as u64;
            if seen > 2 * UPLOAD_CAP {
                return;
            }
        }
    }
}
