//! A JSON value that borrows from its line, so that a line is read in one pass without copying its
//! strings. Numbers that are not whole, or do not fit 64 bits, are noted and never computed with.

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// One value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number of 64 bits.
    Whole(i64),
    /// Any other number.
    Inexact,
    /// A string.
    Text(Cow<'a, str>),
    /// An array.
    List(Vec<Self>),
    /// An object; of two equal keys the later counts.
    Map(Vec<(Cow<'a, str>, Self)>),
}

impl<'a> Json<'a> {
    /// The value a JSON pointer (RFC 6901) leads to, if there is one.
    #[must_use]
    pub fn at(&self, pointer: &str) -> Option<&Self> {
        if pointer.is_empty() {
            return Some(self);
        }
        let mut here = self;
        for step in pointer.strip_prefix('/')?.split('/') {
            here = if step.contains('~') { here.step(&step.replace("~1", "/").replace("~0", "~")) } else { here.step(step) }?;
        }
        Some(here)
    }

    fn step(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Map(fields) => fields.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value),
            Self::List(items) => items.get(name.parse::<usize>().ok()?),
            _ => None,
        }
    }

    /// Text as it stands, whole numbers and truth values in digits and words; nothing for the rest.
    #[must_use]
    pub fn plain(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Whole(number) => Some(Cow::Owned(number.to_string())),
            Self::Bool(truth) => Some(Cow::Borrowed(if *truth { "true" } else { "false" })),
            _ => None,
        }
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Json::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Json::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Json::Whole(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(value).map_or(Json::Inexact, Json::Whole))
    }
    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Json::Inexact)
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let mut map = Vec::new();
        while let Some(Key(key)) = fields.next_key()? {
            map.push((key, fields.next_value()?));
        }
        Ok(Json::Map(map))
    }
}

impl<'de> Deserialize<'de> for Json<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Any)
    }
}

struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Json::deserialize(from)? {
            Json::Text(text) => Ok(Self(text)),
            _ => Err(D::Error::custom("a key must be text")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Json<'_> {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn pointers_lead_as_rfc_6901_says() {
        let value = read(r#"{"a/b":{"m~n":[10,{"":"x"}]},"two":1,"two":2}"#);
        assert_eq!(value.at("/a~1b/m~0n/0"), Some(&Json::Whole(10)));
        assert_eq!(value.at("/a~1b/m~0n/1/").and_then(Json::plain).as_deref(), Some("x"));
        assert_eq!(value.at("/two"), Some(&Json::Whole(2)));
        assert_eq!(value.at("/a~1b/m~0n/2"), None);
        assert_eq!(value.at("nowhere"), None);
        assert!(value.at("").is_some());
    }

    #[test]
    fn numbers_that_do_not_fit_are_only_noted() {
        assert_eq!(read("[1.5,1e9,18446744073709551615,-7]"), Json::List(vec![Json::Inexact, Json::Inexact, Json::Inexact, Json::Whole(-7)]));
    }
}
