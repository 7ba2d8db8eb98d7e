//! The mapping: where in an upload's lines the facts of a record stand. It is data (TOML or JSON, or
//! typed into a form), so that one file can be imported again the same way by anybody.
//!
//! A place is one short text: `/Events/0/Time` is a JSON pointer (RFC 6901), `caller` a CSV column,
//! `=en` says the same for every record, `@me` is whoever uploads.

use super::canonical::{Contributor, Origin, Part, Record};
use super::intake::{Json, Raw};
pub use super::misfit::{MappingFault, Misfit};
use crate::kernel::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Most contributors a record may have.
pub const CONTRIBUTORS: usize = 100;
/// Most shares one contributor may hold, so that sums stay small and exact.
pub const SHARES: u32 = 10_000;

/// Where a value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A JSON pointer.
    Pointer(String),
    /// A CSV column, or `name` and `text` of a text file.
    Column(String),
    /// The same for every record.
    Constant(String),
    /// Whoever uploads.
    Me,
}

impl Place {
    /// Reads the short text of a place.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.trim() {
            "@me" => Self::Me,
            text if text.starts_with('/') => Self::Pointer(text.to_owned()),
            text => text.strip_prefix('=').map_or_else(|| Self::Column(text.to_owned()), |constant| Self::Constant(constant.trim().to_owned())),
        }
    }

    /// The short text again.
    #[must_use]
    pub fn show(&self) -> String {
        match self {
            Self::Pointer(text) | Self::Column(text) => text.clone(),
            Self::Constant(text) => format!("={text}"),
            Self::Me => "@me".to_owned(),
        }
    }

    /// The value there as text; `None` when there is none.
    fn find<'a>(&'a self, raw: &Raw<'a>) -> Result<Option<Cow<'a, str>>, Misfit> {
        match (self, raw) {
            (Self::Constant(text), _) => Ok(Some(Cow::Borrowed(text))),
            (Self::Me, _) => Ok(Some(Cow::Borrowed("@me"))),
            (Self::Pointer(pointer), Raw::Json(json)) => match json.at(pointer) {
                None | Some(Json::Null) => Ok(None),
                Some(value) => value.plain().map(Some).ok_or_else(|| Misfit::NotPlain { place: pointer.clone() }),
            },
            (Self::Column(name), Raw::Row(columns, cells)) => {
                let position = columns.iter().position(|column| column == name).ok_or_else(|| Misfit::NoColumn { name: name.clone() })?;
                Ok(cells.get(position).filter(|cell| !cell.is_empty()).map(|cell| Cow::Borrowed(*cell)))
            }
            (Self::Pointer(place) | Self::Column(place), _) => Err(Misfit::WrongKind { place: place.clone() }),
        }
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.show())
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| Self::parse(&text))
    }
}

/// How lines become records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// What kind of work this is: `transcript`, `code_review`, `article`, ..
    pub kind: String,
    /// Where it comes from, put before keys and pseudonyms so that two sources' numbers stay apart.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// The record's own name in its source: call id, commit id, document name.
    pub key: Place,
    /// When it happened: seconds since 1970 or RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Place>,
    /// Its language, BCP 47.
    #[serde(default = "undetermined")]
    pub language: Place,
    /// Who made it.
    pub contributors: Vec<Person>,
    /// What was said or written.
    pub parts: Parts,
}

fn undetermined() -> Place {
    Place::Constant("und".to_owned())
}

/// One contributor of every record; a JSON array there means as many contributors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The pseudonym the source uses, or `@me`.
    pub who: Place,
    /// The part they had: agent, customer, author, ..
    pub role: String,
    /// How many shares they hold of the record.
    #[serde(default = "one")]
    pub share: u32,
}

const fn one() -> u32 {
    1
}

/// Where a record's text stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parts {
    /// A JSON pointer to an array, each item of which may be a part; without it the record is one part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<String>,
    /// The text; within the item where there is `each`.
    pub text: Place,
    /// Who wrote it, as the source says; without it the first contributor did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Place>,
    /// From what the source says there to a contributor, counted from 1.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub authors: BTreeMap<String, usize>,
    /// What tells whose words they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Place>,
    /// From what the source says there to `own`, `canned` or `third_party`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub origins: BTreeMap<String, Origin>,
    /// Only items that meet all of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<Only>,
}

/// A condition on an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Only {
    /// What is looked at, within the item.
    pub at: Place,
    /// The values that pass.
    pub is: Vec<String>,
}

impl Mapping {
    /// Reads a mapping from TOML or JSON and checks it.
    ///
    /// # Errors
    /// What does not fit, in one sentence.
    pub fn parse(text: &str) -> Result<Self, MappingFault> {
        let mapping: Self = if text.trim_start().starts_with('{') {
            serde_json::from_str(text).map_err(|cause| MappingFault::Unreadable(cause.to_string()))?
        } else {
            toml::from_str(text).map_err(|cause| MappingFault::Unreadable(cause.message().to_owned()))?
        };
        mapping.checked()
    }

    /// The mapping, if it makes sense.
    ///
    /// # Errors
    /// What does not fit, in one sentence.
    pub fn checked(self) -> Result<Self, MappingFault> {
        let word = |text: &str| !text.is_empty() && text.len() <= 40 && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        let named = self.contributors.len();
        if !word(&self.kind) {
            return Err(MappingFault::Kind(self.kind));
        }
        if !self.source.is_empty() && !word(&self.source) {
            return Err(MappingFault::Source(self.source));
        }
        if named == 0 || named > CONTRIBUTORS {
            return Err(MappingFault::Contributors(named));
        }
        for (place, what) in [(&self.key, "key"), (&self.language, "language"), (&self.parts.text, "text")] {
            if place.show().trim_matches('=').is_empty() {
                return Err(MappingFault::Nowhere(what));
            }
        }
        for (position, person) in self.contributors.iter().enumerate() {
            if person.role.trim().is_empty() || person.role.len() > 60 {
                return Err(MappingFault::Role(position + 1));
            }
            if person.share == 0 || person.share > SHARES {
                return Err(MappingFault::Share(person.role.clone()));
            }
            if person.who.show().trim_matches('=').is_empty() {
                return Err(MappingFault::Nowhere("contributor"));
            }
        }
        if let Some((name, number)) = self.parts.authors.iter().find(|(_, number)| **number == 0 || **number > named) {
            return Err(MappingFault::Author(name.clone(), *number, named));
        }
        if self.parts.each.is_none() && !self.parts.only.is_empty() {
            return Err(MappingFault::OnlyWithoutEach);
        }
        Ok(self)
    }

    /// One line as a record.
    ///
    /// # Errors
    /// Where the line does not fit.
    pub fn apply(&self, raw: &Raw<'_>) -> Result<Record, Misfit> {
        let key = required(&self.key, raw, "key")?;
        let language = self.language.find(raw)?.map_or_else(|| "und".to_owned(), |text| text.trim().to_owned());
        let (contributors, first) = self.people(raw)?;
        Ok(Record {
            kind: self.kind.clone(),
            key: self.of_source(name(&key, "key", 200)?),
            time: self.time.as_ref().map(|place| place.find(raw)).transpose()?.flatten().map(|text| instant(&text)).transpose()?,
            language: name(&language, "language", 35)?,
            contributors,
            parts: self.parts.read(raw, &first)?,
        })
    }

    fn of_source(&self, name: String) -> String {
        if self.source.is_empty() || name == "@me" { name } else { format!("{}:{name}", self.source) }
    }

    /// The contributors, and for each entry of the mapping the position of its first one.
    fn people(&self, raw: &Raw<'_>) -> Result<(Vec<Contributor>, Vec<usize>), Misfit> {
        let (mut people, mut first) = (Vec::new(), Vec::new());
        for person in &self.contributors {
            first.push(people.len());
            let mut add = |who: &str| -> Result<(), Misfit> {
                people.push(Contributor { who: self.of_source(name(who, "contributor", 200)?), role: person.role.clone(), share: person.share });
                if people.len() > CONTRIBUTORS { Err(Misfit::TooManyContributors) } else { Ok(()) }
            };
            match list(&person.who, raw) {
                Some(items) => items.iter().try_for_each(|item| add(&item.plain().ok_or_else(|| Misfit::NotPlain { place: person.who.show() })?))?,
                None => add(&required(&person.who, raw, "contributor")?)?,
            }
        }
        if people.is_empty() {
            return Err(Misfit::Missing { what: "contributor", place: self.contributors.first().map_or_else(String::new, |p| p.who.show()) });
        }
        Ok((people, first))
    }
}

fn list<'a>(place: &Place, raw: &Raw<'a>) -> Option<&'a [Json<'a>]> {
    match (place, raw) {
        (Place::Pointer(pointer), Raw::Json(json)) => match json.at(pointer) {
            Some(Json::List(items)) => Some(items),
            _ => None,
        },
        _ => None,
    }
}

impl Parts {
    fn read(&self, raw: &Raw<'_>, first: &[usize]) -> Result<Vec<Part>, Misfit> {
        let Some(each) = &self.each else {
            return Ok(self.one(raw, 1, first)?.into_iter().collect());
        };
        let items = list(&Place::Pointer(each.clone()), raw).ok_or_else(|| Misfit::NotAnArray { place: each.clone() })?;
        let mut parts = Vec::new();
        for (position, item) in items.iter().enumerate() {
            let item = Raw::Json(item);
            if self.meets(&item) {
                parts.extend(self.one(&item, position + 1, first)?);
            }
        }
        Ok(parts)
    }

    fn meets(&self, item: &Raw<'_>) -> bool {
        self.only.iter().all(|only| only.at.find(item).ok().flatten().is_some_and(|value| only.is.iter().any(|wanted| *wanted == value)))
    }

    /// One part, or nothing where there is no text.
    fn one(&self, raw: &Raw<'_>, part: usize, first: &[usize]) -> Result<Option<Part>, Misfit> {
        let Some(text) = self.text.find(raw)?.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
        if text.contains('\0') {
            return Err(Misfit::Control { what: "text" });
        }
        let origin = match self.origin.as_ref().map(|place| place.find(raw)).transpose()?.flatten() {
            None => Origin::Own,
            Some(said) => *self.origins.get(said.as_ref()).ok_or_else(|| Misfit::UnknownOrigin { part, origin: said.chars().take(60).collect() })?,
        };
        let author = match self.author.as_ref().map(|place| place.find(raw)).transpose()?.flatten() {
            None => first.first().copied(),
            Some(said) => match self.authors.get(said.as_ref()) {
                Some(number) => first.get(number - 1).copied(),
                // A caller or a customer is no contributor and need not be named.
                None if origin == Origin::ThirdParty => None,
                None => return Err(Misfit::UnknownAuthor { part, author: said.chars().take(60).collect() }),
            },
        };
        Ok(Some(Part { author, origin, text: text.into_owned() }))
    }
}

fn required<'a>(place: &'a Place, raw: &Raw<'a>, what: &'static str) -> Result<Cow<'a, str>, Misfit> {
    place.find(raw)?.filter(|text| !text.trim().is_empty()).ok_or_else(|| Misfit::Missing { what, place: place.show() })
}

fn name(text: &str, what: &'static str, limit: usize) -> Result<String, Misfit> {
    let text = text.trim();
    if text.chars().any(char::is_control) {
        return Err(Misfit::Control { what });
    }
    if text.chars().count() > limit {
        return Err(Misfit::TooLong { what, limit });
    }
    Ok(text.to_owned())
}

/// Whole seconds since 1970 or RFC 3339, cut to whole seconds; years 1900 to 9999.
fn instant(text: &str) -> Result<Timestamp, Misfit> {
    let text = text.trim();
    let seconds = text.parse::<i64>().ok().or_else(|| text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second));
    seconds
        .filter(|seconds| (-2_208_988_800..=253_402_300_799).contains(seconds))
        .and_then(|seconds| seconds.checked_mul(crate::kernel::time::SECOND))
        .map(Timestamp)
        .ok_or_else(|| Misfit::NotATime { text: text.chars().take(60).collect() })
}

#[cfg(test)]
mod tests;
