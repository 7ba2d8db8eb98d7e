//! How a handler answers: a rendered template, a redirect after an act, a file.

use crate::error::Result;
use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use askama::Template;

/// What a handler answers. Errors are shown by `errors`.
pub type Answer = Result<HttpResponse>;

/// A cooperative in the masthead.
#[derive(Clone, Debug)]
pub struct CoopNav {
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Which tab is current.
    pub section: &'static str,
    /// Whether the reader is a member.
    pub member: bool,
    /// Whether the reader has a desk (any role).
    pub desk: bool,
}

/// What every page shows around its content.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Title of the page.
    pub title: String,
    /// The reader's name.
    pub signed_in: Option<String>,
    /// The cooperative the page belongs to.
    pub coop: Option<CoopNav>,
    /// How many things wait for the reader.
    pub waiting: i64,
    /// The reader's buyer organisation.
    pub buyer: Option<String>,
    /// One sentence about what just happened.
    pub flash: Option<String>,
    /// Whether the page shows a form with problems.
    pub error: bool,
    /// Changes when static files do.
    pub version: &'static str,
    /// Zone of the times on the page.
    pub zone: String,
}

impl Frame {
    /// A frame for nobody in particular.
    #[must_use]
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            signed_in: None,
            coop: None,
            waiting: 0,
            buyer: None,
            flash: None,
            error: false,
            version: super::assets::version(),
            zone: "UTC".to_owned(),
        }
    }

    /// The same frame within a cooperative, in its zone.
    #[must_use]
    pub fn within(mut self, coop: CoopNav, zone: &crate::kernel::time::Zone) -> Self {
        self.coop = Some(coop);
        self.zone = zone.city();
        self
    }

    /// The same frame marked as showing problems, if the form has any.
    #[must_use]
    pub fn of_form(mut self, form: &super::Fields) -> Self {
        self.error = !form.is_fine();
        self
    }
}

/// A rendered page.
///
/// # Errors
/// When the template fails, which is a fault of ours.
pub fn page(template: &impl Template, status: StatusCode) -> Answer {
    let html = template.render().map_err(anyhow::Error::from)?;
    Ok(HttpResponse::build(status).insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8")).body(html))
}

/// Where to look after an act (303).
///
/// # Errors
/// Never; the type is that of all answers.
pub fn see_other(location: &str) -> Answer {
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, location)).finish())
}

/// A text of some media type, shown in place.
///
/// # Errors
/// Never; the type is that of all answers.
pub fn plain(media_type: &'static str, body: impl Into<String>) -> Answer {
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_TYPE, media_type)).body(body.into()))
}

/// A file to keep, under a name of letters, digits, points and hyphens.
///
/// # Errors
/// Never; the type is that of all answers.
pub fn attachment(name: &str, media_type: &str, body: impl Into<actix_web::web::Bytes>) -> Answer {
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '-' }).collect();
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, media_type.to_owned()))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .body(body.into()))
}
