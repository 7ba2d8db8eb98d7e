//! What a form said: typed text kept for showing again, parsed into words of the domain or noted as
//! a problem beside its field. Bounded before it is read; the first value of a name counts.

use crate::error::{Error, NotFound, NotRecorded};
use crate::kernel::digest::Digest;
use crate::kernel::money::{Currency, Rate};
use crate::kernel::text;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};
use std::future::Future;
use std::ops::RangeInclusive;
use std::pin::Pin;

/// How much a form may hold.
const MOST_BYTES: usize = 256 * 1024;
const MOST_FIELDS: usize = 1_000;

/// Something to put right, beside the field it is about (none: about the whole form).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Field name, or empty.
    pub field: String,
    /// What to do.
    pub message: String,
}

/// A form's content and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    values: Vec<(String, String)>,
    problems: Vec<Problem>,
    status: Option<u16>,
}

impl Fields {
    /// An empty form with a fresh key.
    #[must_use]
    pub fn empty() -> Self {
        let key = crate::kernel::digest::hex(&crate::platform::db::random::<16>());
        Self::default().with("key", &key)
    }

    /// The same form with a value filled in.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.values.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same form with a name's value replaced.
    pub fn set(&mut self, name: &str, value: &str) {
        self.values.retain(|(n, _)| n != name);
        self.values.push((name.to_owned(), value.to_owned()));
    }

    /// What was typed under this name; empty when nothing was.
    #[must_use]
    pub fn value(&self, name: &str) -> &str {
        self.values.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// Every value under this name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.values.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Whether this choice was taken.
    #[must_use]
    pub fn checked(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|v| v == value)
    }

    /// What is wrong with this field.
    #[must_use]
    pub fn problem(&self, name: &str) -> Option<&str> {
        self.problems.iter().find(|p| p.field == name).map(|p| p.message.as_str())
    }

    /// Everything to put right.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The key that makes a double submit one act.
    #[must_use]
    pub fn key(&self) -> &str {
        self.value("key")
    }

    /// Digest of everything typed but passwords and the key.
    #[must_use]
    pub fn body(&self) -> Digest {
        let kept = self.values.iter().filter(|(name, _)| name != "key" && !name.contains("password"));
        let parts: Vec<&[u8]> = kept.flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]).collect();
        Digest::of_parts(&parts)
    }

    /// Whether nothing is wrong so far.
    #[must_use]
    pub fn is_fine(&self) -> bool {
        self.problems.is_empty()
    }

    /// The status of the page that shows this form: 200, 422 with problems, or what a refusal said.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        let status = self.status.unwrap_or(if self.problems.is_empty() { 200 } else { 422 });
        StatusCode::from_u16(status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY)
    }

    /// Notes a problem.
    pub fn refuse(&mut self, field: &str, message: impl Into<String>) {
        self.problems.push(Problem { field: field.to_owned(), message: message.into() });
    }

    /// Takes a refusal into the form, to be shown with what was typed.
    ///
    /// # Errors
    /// What does not belong in a form passes through: broken, nothing here, not recorded.
    pub fn take(&mut self, error: Error) -> Result<(), Error> {
        if error.refusal::<NotFound>().is_some() || error.refusal::<NotRecorded>().is_some() {
            return Err(error);
        }
        match error {
            Error::Refused(refusal) => {
                self.status = Some(refusal.status());
                self.refuse(refusal.field().unwrap_or(""), refusal.to_string());
                Ok(())
            }
            broken @ Error::Broken(_) => Err(broken),
        }
    }

    /// One line of text, required.
    pub fn line(&mut self, name: &str, label: &str, most: usize) -> String {
        let text = text::line(self.value(name));
        self.required(name, label, most, text)
    }

    /// Several lines of text, required.
    pub fn text(&mut self, name: &str, label: &str, most: usize) -> String {
        let text = text::clean(&self.value(name).replace("\r\n", "\n"));
        self.required(name, label, most, text)
    }

    /// One line of text that may be left empty.
    pub fn optional(&mut self, name: &str, most: usize) -> String {
        let text = text::line(self.value(name));
        if text.chars().count() > most {
            self.refuse(name, format!("At most {most} characters fit here."));
        }
        text
    }

    fn required(&mut self, name: &str, label: &str, most: usize, text: String) -> String {
        if text.is_empty() {
            self.refuse(name, format!("Enter: {label}."));
        } else if text.chars().count() > most {
            self.refuse(name, format!("{label}: at most {most} characters fit here."));
        }
        text
    }

    /// An e-mail address in its compared form.
    pub fn email(&mut self, name: &str) -> String {
        text::email(self.value(name)).unwrap_or_else(|| {
            self.refuse(name, "Enter an e-mail address, for example name@example.org.");
            String::new()
        })
    }

    /// A whole number within bounds.
    pub fn number(&mut self, name: &str, label: &str, bounds: RangeInclusive<i64>) -> i64 {
        let typed = self.value(name).trim().to_owned();
        let plain = !typed.is_empty() && typed.bytes().all(|b| b.is_ascii_digit());
        match typed.parse::<i64>() {
            Ok(number) if plain && bounds.contains(&number) => number,
            _ => {
                self.refuse(name, format!("{label}: enter a whole number from {} to {}.", bounds.start(), bounds.end()));
                *bounds.start()
            }
        }
    }

    /// An amount in a currency's minor units, above zero.
    pub fn amount(&mut self, name: &str, currency: &Currency) -> i64 {
        match currency.amount(self.value(name)) {
            Ok(0) => {
                self.refuse(name, "Enter an amount above zero.");
                0
            }
            Ok(minor) => minor,
            Err(refusal) => {
                self.refuse(name, refusal.to_string());
                0
            }
        }
    }

    /// A price per unit.
    pub fn rate(&mut self, name: &str, currency: &Currency) -> Rate {
        currency.rate(self.value(name)).unwrap_or_else(|refusal| {
            self.refuse(name, refusal.to_string());
            Rate(0)
        })
    }

    /// A choice from a list of words.
    pub fn word<T>(&mut self, name: &str, label: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let found = parse(self.value(name));
        if found.is_none() {
            self.refuse(name, format!("Choose: {label}."));
        }
        found
    }

    /// Every ticked choice that is one; others are ignored.
    pub fn words<T>(&self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Vec<T> {
        self.all(name).filter_map(parse).collect()
    }
}

impl FromRequest for Fields {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let form = web::Bytes::from_request(request, payload);
        let is_form = request.content_type().eq_ignore_ascii_case("application/x-www-form-urlencoded");
        Box::pin(async move {
            let bytes = form.await?;
            if !bytes.is_empty() && !is_form {
                return Err(actix_web::error::ErrorUnsupportedMediaType("a form is expected"));
            }
            if bytes.len() > MOST_BYTES {
                return Err(actix_web::error::ErrorPayloadTooLarge("this form holds too much"));
            }
            let values: Vec<(String, String)> = parse(&bytes);
            if values.len() > MOST_FIELDS {
                return Err(actix_web::error::ErrorPayloadTooLarge("this form holds too many fields"));
            }
            Ok(Self { values, problems: Vec::new(), status: None })
        })
    }
}

/// `application/x-www-form-urlencoded` as the URL standard reads it; bytes that are no UTF-8 become
/// replacement characters and NUL goes.
fn parse(bytes: &[u8]) -> Vec<(String, String)> {
    bytes
        .split(|b| *b == b'&')
        .filter(|pair| !pair.is_empty())
        .take(MOST_FIELDS + 1)
        .map(|pair| {
            let mut halves = pair.splitn(2, |b| *b == b'=');
            (decode(halves.next().unwrap_or_default()), decode(halves.next().unwrap_or_default()))
        })
        .collect()
}

fn decode(bytes: &[u8]) -> String {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter().copied();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let mut ahead = rest.clone();
                let digit = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
                match (digit(ahead.next()), digit(ahead.next())) {
                    (Some(high), Some(low)) => {
                        out.push(high * 16 + low);
                        rest = ahead;
                    }
                    _ => out.push(b'%'),
                }
            }
            other => out.push(other),
        }
    }
    String::from_utf8_lossy(&out).replace('\0', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read_as_browsers_write_them() {
        let pairs = parse(b"a=1+2&b=%E2%82%AC&a=second&c&d=%zz%00x&e=%ff");
        let fields = Fields { values: pairs, ..Fields::default() };
        assert_eq!(fields.value("a"), "1 2");
        assert_eq!(fields.value("b"), "\u{20ac}");
        assert_eq!(fields.all("a").count(), 2);
        assert_eq!(fields.value("c"), "");
        assert_eq!(fields.value("d"), "%zzx");
        assert_eq!(fields.value("e"), "\u{fffd}");
    }

    #[test]
    fn what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost() {
        let eur = Currency::parse("EUR").unwrap();
        let mut form = Fields::empty().with("name", "").with("sum", "1,50").with("n", "-3");
        form.line("name", "Name", 10);
        form.amount("sum", &eur);
        form.number("n", "Days", 1..=9);
        assert_eq!(form.problems().len(), 3);
        assert_eq!(form.value("sum"), "1,50");
        assert_eq!(form.status().as_u16(), 422);
    }

    #[test]
    fn the_body_tells_forms_apart_but_for_key_and_password() {
        let form = |a: &str, key: &str, password: &str| Fields::default().with("a", a).with("key", key).with("password", password).body();
        assert_eq!(form("1", "k", "p"), form("1", "l", "q"));
        assert_ne!(form("1", "k", "p"), form("2", "k", "p"));
    }
}
