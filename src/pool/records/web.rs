//! Pages of the pool: mine, uploads on their way in, single records, and who claims to be whom.

pub mod arrival;
pub mod batch;
pub mod claims;
mod figures;
pub mod mapping;
pub mod mine;
pub mod record;

use super::BatchView;
use crate::error::{NotFound, Result};
use crate::kernel::text::thousands;
use crate::membership::coops::{self, Here, Role};
use crate::platform::db::Conn;
use crate::platform::web::Hall;

/// Bytes as people read them.
#[must_use]
pub fn size(bytes: i64) -> String {
    match bytes {
        ..1_024 => format!("{bytes} bytes"),
        1_024..1_048_576 => format!("{} KiB", bytes / 1_024),
        1_048_576..10_737_418_240 => format!("{} MiB", thousands(bytes / 1_048_576)),
        _ => format!("{} GiB", thousands(bytes / 1_073_741_824)),
    }
}

/// A batch that whoever asks uploaded, or may look into as a steward.
fn seen(conn: &mut Conn, here: &Here, number: i64) -> Result<BatchView> {
    let standing = here.member()?;
    let view = super::batch_view(conn, &here.coop.id, number)?;
    if view.batch.uploaded_by != standing.member && !standing.roles.contains(&Role::Steward) {
        return Err(NotFound.into());
    }
    Ok(view)
}

/// The cooperative of this address and one of its batches, for whoever may see it.
async fn here_and_batch(hall: &Hall, slug: &str, number: i64) -> Result<(Here, BatchView)> {
    hall.account()?;
    let (actor, slug, now) = (hall.actor(), slug.to_owned(), hall.now());
    hall.app
        .db
        .read(move |conn| {
            let here = coops::enter(conn, &actor, &slug, now)?;
            let view = seen(conn, &here, number)?;
            Ok((here, view))
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn bytes_are_told_in_the_unit_they_fill() {
        assert_eq!([size(1_000), size(7_640_255), size(64 << 30)], ["1000 bytes", "7 MiB", "64 GiB"]);
    }
}
