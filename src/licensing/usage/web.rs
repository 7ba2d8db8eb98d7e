//! The licensee's form to report use.

use super::Wish;
use crate::error::{NotFound, Result};
use crate::licensing::licences::web::{Reader, reader};
use crate::platform::web::{Answer, Fields, Frame, Hall, page, see_other};
use actix_web::web::Path;
use askama::Template;

#[derive(Template)]
#[template(path = "licences/report.html")]
struct ReportPage {
    frame: Frame,
    form: Fields,
    reader: Reader,
}

async fn licensee(hall: &Hall, slug: &str, number: &str) -> Result<Reader> {
    hall.account()?;
    let reader = reader(hall, slug, number).await?;
    if reader.buyer { Ok(reader) } else { Err(NotFound.into()) }
}

fn report_page(hall: &Hall, reader: Reader, form: Fields) -> Answer {
    let status = form.status();
    let frame = hall.frame(format!("Report use under licence {}", reader.licence.number)).in_coop(&reader.here, "licences").of_form(&form);
    page(&ReportPage { frame, form, reader }, status)
}

/// The form.
pub async fn form(hall: Hall, path: Path<(String, String)>) -> Answer {
    let reader = licensee(&hall, &path.0, &path.1).await?;
    report_page(&hall, reader, Fields::empty())
}

/// Takes a report.
pub async fn report(hall: Hall, path: Path<(String, String)>, mut form: Fields) -> Answer {
    let reader = licensee(&hall, &path.0, &path.1).await?;
    let wish = Wish {
        from: form.line("from", "First day", 10),
        to: form.line("to", "Last day", 10),
        purpose: form.line("purpose", "What the corpus was used for", 300),
        model: form.line("model", "Which model", 200),
        note: form.optional("note", 1_000),
    };
    if !form.is_fine() {
        return report_page(&hall, reader, form);
    }
    let (coop, number, location) = (reader.here.coop.clone(), reader.licence.number, format!("{}#use", reader.page()));
    match hall.act(&form, move |tx, actor| super::report(tx, actor, &coop, number, &wish).map(|()| location.clone())).await {
        Ok(location) => see_other(&location),
        Err(error) => {
            form.take(error)?;
            report_page(&hall, reader, form)
        }
    }
}
