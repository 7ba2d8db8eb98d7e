//! What a record is, and the one way its content is written and hashed.
//!
//! The canonical content is JSON by RFC 8785 (keys in order, no white space, whole numbers only), so
//! that anybody can make the same bytes with a published library. Its leaf is
//! `SHA-256(0x00 || salt || content)`, RFC 6962 leaves over a salt of 16 random bytes: without the
//! salt, nobody can tell from a published leaf whether a guessed text is in the pool.
//!
//! People stand in it under an opaque name that is keyed by the hall's secret per cooperative: the
//! same person keeps it over all records, and nobody outside can compute it from a pseudonym.
//! Sameness, the mark by which exact repeats are found across members, is keyed in the same way,
//! over the spoken text alone: whoever steals the table cannot test guesses of short texts.

use crate::kernel::digest::{Digest, hex};
use crate::kernel::ids::{CoopId, Id as _};
use crate::kernel::merkle;
use crate::kernel::sql::words;
use crate::kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation as _;

/// Bytes of a record's salt.
pub const SALT: usize = 16;

words! {
    /// Whose words a part holds.
    Origin {
        /// The author's own.
        Own = "own", "own words";
        /// A ready-made text of the employer.
        Canned = "canned", "the employer's ready-made text";
        /// Somebody else's.
        ThirdParty = "third_party", "a third party's words";
    }
}

/// Somebody with shares in a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contributor {
    /// The source's pseudonym, or `@me` for the uploader.
    pub who: String,
    /// Their part in it.
    pub role: String,
    /// Shares they hold.
    pub share: u32,
}

/// All shares of a record together.
#[must_use]
pub fn whole(contributors: &[Contributor]) -> i64 {
    contributors.iter().map(|c| i64::from(c.share)).sum()
}

/// One turn, paragraph or file of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Position of the contributor who wrote it.
    pub author: Option<usize>,
    /// Whose words they are.
    pub origin: Origin,
    /// The text, as it was.
    pub text: String,
}

/// One piece of work, read from an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Kind of work.
    pub kind: String,
    /// Its name in its source.
    pub key: String,
    /// When it happened, in whole seconds.
    pub time: Option<Timestamp>,
    /// BCP 47.
    pub language: String,
    /// Who made it.
    pub contributors: Vec<Contributor>,
    /// What was said or written.
    pub parts: Vec<Part>,
}

/// Keyed names and marks of one cooperative.
#[derive(Clone)]
pub struct Marks {
    key: [u8; 32],
}

impl std::fmt::Debug for Marks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Marks(redacted)")
    }
}

impl Marks {
    /// The marks of a cooperative under a key derived from the hall's secret.
    #[must_use]
    pub fn new(secret: &[u8; 32], coop: &CoopId) -> Self {
        Self { key: Digest::of_parts(&[b"guildhall pool marks", secret, coop.as_str().as_bytes()]).bytes() }
    }

    fn keyed(&self, purpose: &[u8], message: &[u8]) -> Digest {
        let inner = Digest::of_parts(&[&self.key, purpose, message]).bytes();
        Digest::of_parts(&[&self.key, &inner])
    }

    /// The opaque name of a contributor: 32 hexadecimal digits.
    #[must_use]
    pub fn person(&self, who: &str) -> String {
        self.keyed(b"person", who.as_bytes()).as_str().chars().take(32).collect()
    }

    /// The mark that two records share exactly when the same text was spoken in the same turns.
    #[must_use]
    pub fn sameness(&self, record: &Record) -> Digest {
        let mut text = Vec::with_capacity(record.text_bytes() + record.parts.len() * 8);
        for part in &record.parts {
            text.extend_from_slice(&(part.text.len() as u64).to_be_bytes());
            text.extend_from_slice(part.text.as_bytes());
        }
        self.keyed(b"sameness", &text)
    }
}

/// The content as it is written, packed, hashed and delivered. Fields stand in RFC 8785's order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// Who made it.
    pub contributors: Vec<ContentContributor>,
    /// Its name in its source.
    pub key: String,
    /// Kind of work.
    pub kind: String,
    /// BCP 47.
    pub language: String,
    /// What was said or written.
    pub parts: Vec<ContentPart>,
    /// When it happened, RFC 3339.
    pub time: Option<String>,
}

/// A contributor in the content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContentContributor {
    /// Of how many shares.
    pub of: i64,
    /// Opaque name.
    pub person: String,
    /// Their part in it.
    pub role: String,
    /// Shares they hold.
    pub share: i64,
}

/// A part in the content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContentPart {
    /// Position of its author among the contributors, from 0.
    pub author: Option<usize>,
    /// Whose words they are.
    pub origin: Origin,
    /// The text.
    pub text: String,
}

impl Record {
    /// Bytes of text in all parts.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        self.parts.iter().map(|part| part.text.len()).sum()
    }

    /// Whether nothing was said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Words of each contributor, in order, and of the whole record.
    #[must_use]
    pub fn words(&self) -> (Vec<i64>, i64) {
        let mut each = vec![0; self.contributors.len()];
        let mut all = 0;
        for part in &self.parts {
            let count = words(&part.text);
            all += count;
            if let Some(slot) = part.author.and_then(|author| each.get_mut(author)) {
                *slot += count;
            }
        }
        (each, all)
    }

    /// The content, with people under the opaque names given in their order.
    #[must_use]
    pub fn content(&self, people: &[String]) -> Content {
        let of = whole(&self.contributors);
        let contributors = self.contributors.iter().zip(people);
        Content {
            contributors: contributors.map(|(c, person)| ContentContributor { of, person: person.clone(), role: c.role.clone(), share: i64::from(c.share) }).collect(),
            key: self.key.clone(),
            kind: self.kind.clone(),
            language: self.language.clone(),
            parts: self.parts.iter().map(|p| ContentPart { author: p.author, origin: p.origin, text: p.text.clone() }).collect(),
            time: self.time.map(Timestamp::iso),
        }
    }
}

impl Content {
    /// Canonical bytes.
    ///
    /// # Errors
    /// Never in practice: all keys are text.
    pub fn bytes(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// The spoken text alone, a part a line.
    #[must_use]
    pub fn text(&self) -> String {
        self.parts.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join("\n")
    }
}

/// The leaf of a record: `SHA-256(0x00 || salt || content)`.
#[must_use]
pub fn leaf(salt: &[u8], content: &[u8]) -> Digest {
    merkle::leaf(&[salt, content].concat())
}

/// Words by Unicode's own rule (UAX 29): runs of letters and digits, an ideograph each. Pay by words
/// hangs on no vendor's tokens.
#[must_use]
pub fn words(text: &str) -> i64 {
    if text.is_ascii() {
        return ascii_words(text);
    }
    i64::try_from(text.unicode_words().count()).unwrap_or(i64::MAX)
}

/// The same rule for plain ASCII, which is most text: letters, digits and `_` join; one `.`, `'` or
/// `:` joins two letters (`:` by the rule's MidLetter), one `.`, `'`, `,` or `;` joins two digits.
fn ascii_words(text: &str) -> i64 {
    let bytes = text.as_bytes();
    let at = |position: usize| bytes.get(position).copied().unwrap_or(b' ');
    let (mut count, mut position) = (0, 0);
    while position < bytes.len() {
        let mut solid = false;
        let start = position;
        loop {
            let (here, next) = (at(position), at(position + 1));
            if here.is_ascii_alphanumeric() || here == b'_' {
                solid |= here != b'_';
                position += 1;
                continue;
            }
            let before = if position > start { at(position - 1) } else { b' ' };
            let letters = before.is_ascii_alphabetic() && next.is_ascii_alphabetic() && matches!(here, b'.' | b'\'' | b':');
            let digits = before.is_ascii_digit() && next.is_ascii_digit() && matches!(here, b'.' | b'\'' | b',' | b';');
            if !letters && !digits {
                break;
            }
            position += 1;
        }
        count += i64::from(solid);
        position = position.max(start + 1).max(position + usize::from(position > start));
    }
    count
}

/// Fresh hexadecimal text of a salt, as files carry it.
#[must_use]
pub fn salt_text(salt: &[u8]) -> String {
    hex(salt)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn record() -> Record {
        Record {
            kind: "transcript".into(),
            key: "7".into(),
            time: Some(Timestamp(1_589_375_664_000_000)),
            language: "en".into(),
            contributors: vec![Contributor { who: "u".into(), role: "customer".into(), share: 1 }, Contributor { who: "w".into(), role: "agent".into(), share: 2 }],
            parts: vec![
                Part { author: Some(0), origin: Origin::Own, text: "Don't \"quote\" \u{1} me\u{2028}\u{e9}".into() },
                Part { author: Some(1), origin: Origin::Canned, text: "10,000 times 3.5".into() },
            ],
        }
    }

    #[test]
    fn canonical_content_is_rfc_8785() {
        let content = record().content(&["aa".into(), "bb".into()]);
        let expected = "{\"contributors\":[{\"of\":3,\"person\":\"aa\",\"role\":\"customer\",\"share\":1},{\"of\":3,\"person\":\"bb\",\"role\":\"agent\",\"share\":2}],\
            \"key\":\"7\",\"kind\":\"transcript\",\"language\":\"en\",\"parts\":[{\"author\":0,\"origin\":\"own\",\"text\":\"Don't \\\"quote\\\" \\u0001 me\u{2028}\u{e9}\"},\
            {\"author\":1,\"origin\":\"canned\",\"text\":\"10,000 times 3.5\"}],\"time\":\"2020-05-13T13:14:24Z\"}";
        assert_eq!(content.bytes().unwrap(), expected);
        assert_eq!(serde_json::from_str::<Content>(expected).unwrap(), content);
        assert_eq!(leaf(&[1; SALT], b"x"), merkle::leaf(&[[1; SALT].as_slice(), b"x"].concat()));
    }

    #[test]
    fn sameness_is_the_spoken_text_alone_and_differs_between_cooperatives() {
        let coop = |n: u8| CoopId::parse(&format!("0190a0b0-0000-7000-8000-00000000000{n}")).unwrap();
        let (one, two) = (Marks::new(&[7; 32], &coop(1)), Marks::new(&[7; 32], &coop(2)));
        let (a, mut b) = (record(), record());
        b.key = "8".into();
        b.contributors.pop();
        b.time = None;
        assert_eq!(one.sameness(&a), one.sameness(&b));
        assert_ne!(one.sameness(&a), two.sameness(&a));
        b.parts[0].text.push('!');
        assert_ne!(one.sameness(&a), one.sameness(&b));
        let mut joined = record();
        joined.parts = vec![Part { author: None, origin: Origin::Own, text: joined.parts.iter().map(|p| p.text.clone()).collect() }];
        assert_ne!(one.sameness(&a), one.sameness(&joined), "turns are kept apart");
        assert_ne!(one.person("u"), two.person("u"));
        assert_eq!(one.person("u").len(), 32);
    }

    #[test]
    fn words_count_as_unicode_counts_them() {
        for (text, count) in [("", 0), ("Don't go.", 2), ("10,000 times 3.5", 3), ("a_b __ -", 1), ("www.example.org", 1), ("a:b c", 2), ("x,y", 2), ("\u{4f60}\u{597d}", 2), ("caf\u{e9} au lait", 3), ("'tis", 1)] {
            assert_eq!(words(text), count, "{text:?}");
        }
        assert_eq!(record().words(), (vec![4, 3], 7));
    }

    proptest! {
        #[test]
        fn the_short_way_for_ascii_counts_the_same(text in "[a-c0-2 .,:;'_!-]{0,24}") {
            prop_assert_eq!(ascii_words(&text), i64::try_from(text.unicode_words().count()).unwrap(), "{:?}", text);
        }
    }
}
