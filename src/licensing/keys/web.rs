//! The key set at its well-known place.

use crate::platform::web::{Answer, Hall};
use actix_web::HttpResponse;
use actix_web::http::header;

/// Every public key, current and retired (RFC 7517).
pub async fn jwks(hall: Hall) -> Answer {
    let set = hall.app.db.read(super::key_set).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/jwk-set+json"))
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .body(serde_json::to_string_pretty(&set)?))
}
