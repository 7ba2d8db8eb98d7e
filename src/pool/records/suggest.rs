//! A first guess at a mapping from one line of an upload, as the mapping form's values. It reads
//! names as people give them; whoever uploads corrects it, and nothing is imported by a guess.

use super::intake::{Json, Raw};
use super::mapping::Place;

/// Names that are often a record's own name, its time, its language, its text, its maker.
const KEYS: [&str; 12] = ["id", "key", "uuid", "dialogueid", "callid", "conversationid", "documentid", "commit", "sha", "number", "name", "slug"];
const TIMES: [&str; 10] = ["at", "time", "timestamp", "date", "datetime", "created", "createdat", "startedat", "unixtime", "publishedat"];
const LANGUAGES: [&str; 4] = ["language", "lang", "locale", "languagecode"];
const TEXTS: [&str; 11] = ["text", "content", "body", "message", "utterance", "transcript", "comment", "article", "diff", "code", "value"];
const MAKERS: [&str; 16] =
    ["worker", "author", "agent", "speaker", "caller", "customer", "user", "reviewer", "editor", "annotator", "translator", "contributor", "wizard", "writer", "role", "from"];
/// Values of an author looked at.
const AUTHORS: usize = 12;

/// The form's values that this line suggests.
#[must_use]
pub fn suggest(raw: &Raw<'_>) -> Vec<(String, String)> {
    let mut draft = Draft::default();
    match raw {
        Raw::Row(columns, cells) if *columns == ["name", "text"] && cells.len() == 2 => draft.of_text(),
        Raw::Row(columns, _) => draft.of_fields(columns.iter().map(|column| (column.clone(), column.as_str()))),
        Raw::Json(Json::Map(fields)) => {
            let plain = fields.iter().filter(|(_, value)| value.plain().is_some());
            draft.of_fields(plain.map(|(name, _)| (pointer(name), name.as_ref())));
            let turns = fields.iter().find_map(|(name, value)| Some((name, turns(value)?)));
            if let Some((name, (items, first))) = turns {
                draft.of_turns(&pointer(name), items, first);
            }
        }
        Raw::Json(_) => {}
    }
    draft.values()
}

fn pointer(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// The items of an array whose first item has something like a text, and that item's fields.
fn turns<'j>(value: &'j Json<'j>) -> Option<(&'j [Json<'j>], &'j [(std::borrow::Cow<'j, str>, Json<'j>)])> {
    let Json::List(items) = value else { return None };
    let Json::Map(fields) = items.first()? else { return None };
    fields.iter().any(|(name, _)| is_one_of(name, &TEXTS)).then_some((items.as_slice(), fields.as_slice()))
}

/// Letters and digits in lower case.
fn bare(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.contains(&bare(name).as_str())
}

/// The maker a name speaks of: `AnonymizedWizardWorkerID` is the wizard.
fn maker(name: &str) -> Option<&'static str> {
    let name = bare(name);
    let found = MAKERS.iter().filter(|maker| name.contains(**maker)).filter(|maker| !["worker", "role", "from"].contains(maker));
    found.min_by_key(|maker| name.find(**maker)).copied().or_else(|| name.contains("worker").then_some("worker"))
}

#[derive(Default)]
struct Draft {
    kind: &'static str,
    key: String,
    time: String,
    language: String,
    people: Vec<(String, &'static str)>,
    each: String,
    text: String,
    author: String,
    authors: Vec<(String, usize)>,
}

impl Draft {
    fn of_text(&mut self) {
        self.kind = "article";
        self.key = "name".to_owned();
        self.text = "text".to_owned();
    }

    fn of_fields<'a>(&mut self, fields: impl Iterator<Item = (String, &'a str)>) {
        for (place, name) in fields {
            let bare = bare(name);
            if self.text.is_empty() && is_one_of(name, &TEXTS) {
                self.text = place;
            } else if self.time.is_empty() && is_one_of(name, &TIMES) {
                self.time = place;
            } else if self.language.is_empty() && is_one_of(name, &LANGUAGES) {
                self.language = place;
            } else if let (Some(role), true) = (maker(name), self.people.len() < 4) {
                self.people.push((place, role));
            } else if self.key.is_empty() && (KEYS.contains(&bare.as_str()) || bare.ends_with("id")) && !bare.contains("batch") {
                self.key = place;
            }
        }
    }

    fn of_turns(&mut self, each: &str, items: &[Json<'_>], first: &[(std::borrow::Cow<'_, str>, Json<'_>)]) {
        self.kind = "transcript";
        each.clone_into(&mut self.each);
        self.text = String::new();
        for (name, _) in first {
            if self.text.is_empty() && is_one_of(name, &TEXTS) {
                self.text = pointer(name);
            } else if self.time.is_empty() && is_one_of(name, &TIMES) {
                self.time = format!("{each}/0{}", pointer(name));
            } else if self.author.is_empty() && maker(name).is_some() | is_one_of(name, &["role", "from"]) {
                self.author = pointer(name);
            }
        }
        let mut said: Vec<String> = items.iter().filter_map(|item| item.at(&self.author)?.plain().map(std::borrow::Cow::into_owned)).collect();
        said.sort();
        said.dedup();
        for value in said.into_iter().take(AUTHORS) {
            if let Some(position) = self.people.iter().position(|(_, role)| bare(&value) == *role) {
                self.authors.push((value, position + 1));
            }
        }
    }

    fn values(self) -> Vec<(String, String)> {
        let people = if self.people.is_empty() { vec![(Place::Me.show(), "author")] } else { self.people };
        let mut values = vec![("kind", self.kind.to_owned()), ("record_key", self.key), ("time", self.time), ("language", if self.language.is_empty() { "=und".to_owned() } else { self.language }), ("text", self.text)];
        values.push(("only", if self.authors.is_empty() { String::new() } else { format!("{} = {}", self.author, self.authors.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(" | ")) }));
        values.push(("authors", self.authors.iter().map(|(name, number)| format!("{name} = {number}")).collect::<Vec<_>>().join("\n")));
        values.push(("author", if self.authors.is_empty() { String::new() } else { self.author }));
        values.push(("each", self.each));
        let mut values: Vec<(String, String)> = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        for (number, (place, role)) in (1..).zip(people) {
            values.push((format!("who_{number}"), place));
            values.push((format!("role_{number}"), role.to_owned()));
            values.push((format!("share_{number}"), "1".to_owned()));
        }
        values
    }
}

/// Where values stand in a line, each with an example: what a mapping can point at.
#[must_use]
pub fn places(raw: &Raw<'_>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    match raw {
        Raw::Row(columns, cells) => found.extend(columns.iter().zip(cells.iter()).map(|(column, cell)| (column.clone(), short(cell)))),
        Raw::Json(json) => walk(json, String::new(), 0, &mut found),
    }
    found.truncate(40);
    found
}

fn walk(json: &Json<'_>, at: String, depth: usize, found: &mut Vec<(String, String)>) {
    if found.len() > 40 || depth > 4 {
        return;
    }
    match json {
        Json::Map(fields) => {
            for (key, value) in fields {
                walk(value, format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), depth + 1, found);
            }
        }
        Json::List(items) => {
            found.push((at.clone(), format!("an array of {}", items.len())));
            if let Some(first) = items.first() {
                walk(first, format!("{at}/0"), depth + 1, found);
            }
        }
        value => found.push((at, value.plain().map_or_else(String::new, |text| short(&text)))),
    }
}

fn short(text: &str) -> String {
    let line = crate::kernel::text::line(text);
    if line.chars().count() > 60 { line.chars().take(60).chain("..".chars()).collect() } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn of(raw: &Raw<'_>) -> BTreeMap<String, String> {
        suggest(raw).into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }

    #[test]
    fn a_dialogue_suggests_its_two_people_and_whose_turn_it_is() {
        let line = r#"{"AnonymizedUserWorkerID":"u","AnonymizedWizardWorkerID":"w","BatchID":"b","DialogueID":1,
            "Events":[{"Action":"instruct","Agent":"UserGuide","Text":"Hi","UnixTime":1},{"Agent":"User","Text":"a"},{"Agent":"Wizard","Text":"b"}]}"#;
        let json: Json<'_> = serde_json::from_str(line).unwrap();
        let found = of(&Raw::Json(&json));
        for (name, value) in [
            ("record_key", "/DialogueID"),
            ("who_1", "/AnonymizedUserWorkerID"),
            ("role_2", "wizard"),
            ("each", "/Events"),
            ("text", "/Text"),
            ("time", "/Events/0/UnixTime"),
            ("author", "/Agent"),
            ("authors", "User = 1\nWizard = 2"),
            ("only", "/Agent = User | Wizard"),
        ] {
            assert_eq!(found.get(name).map(String::as_str), Some(value), "{name} in {found:?}");
        }
    }

    #[test]
    fn a_table_suggests_columns_and_a_text_its_writer() {
        let columns: Vec<String> = ["review_id", "Reviewer", "created_at", "comment"].map(str::to_owned).to_vec();
        let found = of(&Raw::Row(&columns, &["1", "r", "2026-01-01T00:00:00Z", "Fine."]));
        assert_eq!((found["record_key"].as_str(), found["who_1"].as_str(), found["time"].as_str(), found["text"].as_str()), ("review_id", "Reviewer", "created_at", "comment"));
        let columns = ["name".to_owned(), "text".to_owned()];
        let found = of(&Raw::Row(&columns, &["a.md", "Words."]));
        assert_eq!((found["record_key"].as_str(), found["who_1"].as_str(), found["text"].as_str()), ("name", "@me", "text"));
    }

    #[test]
    fn nothing_to_go_by_suggests_next_to_nothing() {
        let json: Json<'_> = serde_json::from_str("[1, 2]").unwrap();
        assert_eq!(of(&Raw::Json(&json)).keys().collect::<Vec<_>>(), ["language", "role_1", "share_1", "who_1"]);
    }
}
