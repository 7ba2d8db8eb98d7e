use super::*;

fn star() -> Mapping {
    Mapping::parse(include_str!("../../../../demo/mappings/star.toml")).unwrap()
}

fn record(mapping: &Mapping, line: &str) -> Result<Record, Misfit> {
    let json: Json<'_> = serde_json::from_str(line).unwrap();
    mapping.apply(&Raw::Json(&json))
}

const LINE: &str = r#"{"DialogueID":7,"AnonymizedUserWorkerID":"u-1","AnonymizedWizardWorkerID":"w-1","Events":[
    {"Agent":"UserGuide","Action":"instruct","Text":"Be nice.","UnixTime":1589375664},
    {"Agent":"User","Action":"utter","Text":"Hello","UnixTime":1589375697},
    {"Agent":"Wizard","Action":"query"},
    {"Agent":"Wizard","Action":"pick_suggestion","Text":"Your name?"},
    {"Agent":"Wizard","Action":"utter","Text":"  "}]}"#;

#[test]
fn a_dialogue_has_two_contributors_and_only_the_words_they_spoke() {
    let record = record(&star(), LINE).unwrap();
    assert_eq!((record.key.as_str(), record.time), ("star:7", Some(Timestamp(1_589_375_664_000_000))));
    let people: Vec<_> = record.contributors.iter().map(|c| (c.who.as_str(), c.role.as_str(), c.share)).collect();
    assert_eq!(people, [("star:u-1", "customer", 1), ("star:w-1", "agent", 1)]);
    let parts: Vec<_> = record.parts.iter().map(|p| (p.author, p.origin, p.text.as_str())).collect();
    assert_eq!(parts, [(Some(0), Origin::Own, "Hello"), (Some(1), Origin::Canned, "Your name?")]);
}

#[test]
fn a_third_partys_words_need_no_contributor() {
    let mapping = Mapping::parse(include_str!("../../../../demo/mappings/calls.toml")).unwrap();
    let line = |who: &str| format!(r#"{{"call":"1","at":1,"agent":"a","closed_by":"a","turns":[{{"who":"agent","text":"Good day"}},{{"who":"{who}","text":"Hello"}}]}}"#);
    let record = record(&mapping, &line("caller")).unwrap();
    let authors: Vec<Option<usize>> = record.parts.iter().map(|part| part.author).collect();
    assert_eq!(authors, [Some(0), None]);
    assert!(self::record(&mapping, &line("somebody")).is_err());
}

#[test]
fn a_row_or_a_text_file_is_one_part() {
    let mapping = Mapping::parse("kind = 'article'\nkey = 'name'\ncontributors = [{ who = '@me', role = 'author' }]\nparts = { text = 'text' }").unwrap();
    let columns = ["name".to_owned(), "text".to_owned()];
    let record = mapping.apply(&Raw::Row(&columns, &["a.md", "Words."])).unwrap();
    assert_eq!((record.key.as_str(), record.contributors[0].who.as_str(), record.parts[0].text.as_str()), ("a.md", "@me", "Words."));
    assert_eq!(mapping.apply(&Raw::Row(&columns[..1], &["a.md"])), Err(Misfit::NoColumn { name: "text".into() }));
    assert_eq!(mapping.apply(&Raw::Json(&Json::Null)), Err(Misfit::WrongKind { place: "name".into() }));
}

#[test]
fn a_list_of_people_is_as_many_contributors() {
    let mapping = Mapping::parse(r#"{"kind":"code_review","key":"/id","contributors":[{"who":"/by","role":"author","share":3}],"parts":{"text":"/t"}}"#).unwrap();
    let record = record(&mapping, r#"{"id":"c1","by":["ana","ben"],"t":"fn"}"#).unwrap();
    assert_eq!(record.contributors.len(), 2);
    assert_eq!(super::super::canonical::whole(&record.contributors), 6);
}

#[test]
fn a_line_that_does_not_fit_says_where() {
    let misfit = |line: &str| record(&star(), line).unwrap_err().to_string();
    assert_eq!(misfit("{}"), "no key at /DialogueID");
    assert_eq!(misfit(r#"{"DialogueID":{}}"#), "/DialogueID is not text or a whole number");
    assert_eq!(misfit(r#"{"DialogueID":1.5}"#), "/DialogueID is not text or a whole number");
    assert_eq!(misfit(r#"{"DialogueID":1}"#), "no contributor at /AnonymizedUserWorkerID");
    let rest = r#""AnonymizedUserWorkerID":"u","AnonymizedWizardWorkerID":"w""#;
    assert_eq!(misfit(&format!(r#"{{"DialogueID":1,{rest}}}"#)), "/Events is not an array");
    assert_eq!(misfit(&format!(r#"{{"DialogueID":"a\u0000b",{rest},"Events":[]}}"#)), "the key holds a control character");
    assert_eq!(misfit(&format!(r#"{{"DialogueID":1,{rest},"Events":[{{"UnixTime":"soon"}}]}}"#)), "\"soon\" is no time; expected seconds since 1970 or 2026-11-24T18:00:00Z");
    assert_eq!(misfit(&format!(r#"{{"DialogueID":1,{rest},"Events":[{{"Agent":"User","Action":"utter","Text":"a\u0000"}}]}}"#)), "the text holds a control character");
}

#[test]
fn a_mapping_that_makes_no_sense_is_refused_in_a_sentence() {
    let fault = |text: &str| Mapping::parse(text).unwrap_err().to_string();
    let base = "key = '/k'\nparts = { text = '/t' }\n";
    assert!(fault("kind = 1").starts_with("The mapping cannot be read"));
    assert!(fault(&format!("kind = 'Bad Kind'\ncontributors = [{{ who = '@me', role = 'a' }}]\n{base}")).contains("must be one word"));
    assert!(fault(&format!("kind = 'a'\ncontributors = []\n{base}")).contains("1 to 100"));
    assert!(fault(&format!("kind = 'a'\ncontributors = [{{ who = '@me', role = 'a', share = 0 }}]\n{base}")).contains("share of a"));
    assert!(fault(&format!("kind = 'a'\ncolour = 1\ncontributors = [{{ who = '@me', role = 'a' }}]\n{base}")).contains("colour"));
    let authors = "kind = 'a'\nkey = '/k'\ncontributors = [{ who = '@me', role = 'a' }]\nparts = { text = '/t', authors = { X = 2 } }";
    assert!(fault(authors).contains("only 1 are named"));
}
