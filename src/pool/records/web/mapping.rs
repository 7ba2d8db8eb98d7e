//! The mapping as a form: the first record's places beside it, a guess filled in, and a mapping file
//! for whoever has one.

use super::here_and_batch;
use crate::membership::coops::Here;
use crate::platform::web::{Answer, Fields, Frame, Hall, page, see_other};
use crate::pool::records::canonical::Origin;
use crate::pool::records::mapping::{Mapping, MappingFault, Only, Parts, Person, Place};
use crate::pool::records::{self, Preview};
use actix_web::web::Path;
use askama::Template;
use std::collections::BTreeMap;

/// Rows for contributors.
pub(super) const PEOPLE: usize = 4;

#[derive(Template)]
#[template(path = "records/mapping.html")]
struct MappingPage {
    frame: Frame,
    form: Fields,
    here: Here,
    number: i64,
    file_name: String,
    places: Vec<(String, String)>,
    people: Vec<[String; 3]>,
    guessed: bool,
}

async fn mapping_page(hall: &Hall, here: Here, number: i64, file_name: String, seen: Preview, form: Fields, guessed: bool) -> Answer {
    let status = form.status();
    let frame = hall.frame("Where the facts stand").in_coop(&here, "pool").of_form(&form);
    let people = (1..=PEOPLE).map(|n| [format!("who_{n}"), format!("role_{n}"), format!("share_{n}")]).collect();
    page(&MappingPage { frame, form, here, number, file_name, places: seen.places, people, guessed }, status)
}

/// The mapping of a batch, or a guess at it.
pub async fn form(hall: Hall, path: Path<(String, i64)>) -> Answer {
    let (slug, number) = path.into_inner();
    let (here, view) = here_and_batch(&hall, &slug, number).await?;
    if view.progress.is_some() || view.done.is_some() {
        return see_other(&format!("/c/{slug}/batches/{number}"));
    }
    let seen = records::preview(&hall.app, &here.coop.id, &view.batch.file_name, &view.batch.pieces()?, None).await?;
    let mapping = view.batch.mapping.as_deref().and_then(|text| Mapping::parse(text).ok());
    let values = mapping.as_ref().map_or_else(|| seen.suggested.clone(), values);
    let form = values.iter().fold(Fields::empty(), |form, (name, value)| form.with(name, value));
    mapping_page(&hall, here, number, view.batch.file_name, seen, form, mapping.is_none()).await
}

/// Says where a batch's facts stand.
pub async fn map(hall: Hall, path: Path<(String, i64)>, mut form: Fields) -> Answer {
    let (slug, number) = path.into_inner();
    let (here, view) = here_and_batch(&hall, &slug, number).await?;
    if let Some(mapping) = read(&mut form) {
        let next = if view.basis.is_some() { "" } else { "/basis" };
        let (coop, id, location) = (here.coop.id.clone(), view.batch.id.clone(), format!("/c/{slug}/batches/{number}{next}"));
        match hall.act(&form, move |tx, actor| records::map(tx, actor, &coop, &id, &mapping).map(|()| location.clone())).await {
            Ok(location) => return see_other(&location),
            Err(error) => form.take(error)?,
        }
    }
    let seen = records::preview(&hall.app, &here.coop.id, &view.batch.file_name, &view.batch.pieces()?, None).await.unwrap_or_default();
    mapping_page(&hall, here, number, view.batch.file_name, seen, form, false).await
}

/// A mapping as the form's values.
fn values(mapping: &Mapping) -> Vec<(String, String)> {
    let place = |place: &Option<Place>| place.as_ref().map_or_else(String::new, Place::show);
    let lines = |pairs: Vec<(String, String)>| pairs.into_iter().map(|(from, to)| format!("{from} = {to}")).collect::<Vec<_>>().join("\n");
    let parts = &mapping.parts;
    let mut values = vec![
        ("kind".to_owned(), mapping.kind.clone()),
        ("source".to_owned(), mapping.source.clone()),
        ("record_key".to_owned(), mapping.key.show()),
        ("time".to_owned(), place(&mapping.time)),
        ("language".to_owned(), mapping.language.show()),
        ("each".to_owned(), parts.each.clone().unwrap_or_default()),
        ("text".to_owned(), parts.text.show()),
        ("author".to_owned(), place(&parts.author)),
        ("authors".to_owned(), lines(parts.authors.iter().map(|(name, number)| (name.clone(), number.to_string())).collect())),
        ("origin".to_owned(), place(&parts.origin)),
        ("origins".to_owned(), lines(parts.origins.iter().map(|(name, origin)| (name.clone(), origin.word().to_owned())).collect())),
        ("only".to_owned(), lines(parts.only.iter().map(|only| (only.at.show(), only.is.join(" | "))).collect())),
    ];
    for (number, person) in (1..).zip(&mapping.contributors) {
        values.push((format!("who_{number}"), person.who.show()));
        values.push((format!("role_{number}"), person.role.clone()));
        values.push((format!("share_{number}"), person.share.to_string()));
    }
    values
}

/// The mapping that a form tells; a mapping file in it counts before all else.
fn read(form: &mut Fields) -> Option<Mapping> {
    let file = form.value("toml").trim().to_owned();
    let told = if file.is_empty() { fields(form) } else { Some(Mapping::parse(&file)) };
    match told? {
        Ok(mapping) => form.is_fine().then_some(mapping),
        Err(fault) => {
            let field = if file.is_empty() { field_of(&fault) } else { "toml".to_owned() };
            form.refuse(&field, fault.to_string());
            None
        }
    }
}

fn fields(form: &mut Fields) -> Option<Result<Mapping, MappingFault>> {
    let contributors = people(form);
    let parts = parts(form)?;
    let filled = |name: &str| Some(form.value(name).trim()).filter(|text| !text.is_empty()).map(Place::parse);
    let word = |name: &str| form.value(name).trim().to_lowercase().replace([' ', '-'], "_");
    let mapping = Mapping {
        kind: word("kind"),
        source: word("source"),
        key: Place::parse(form.value("record_key")),
        time: filled("time"),
        language: filled("language").unwrap_or_else(|| Place::Constant("und".to_owned())),
        contributors,
        parts,
    };
    Some(mapping.checked())
}

fn people(form: &mut Fields) -> Vec<Person> {
    let mut people = Vec::new();
    for number in 1..=PEOPLE {
        let (who, role) = (form.value(&format!("who_{number}")).trim().to_owned(), form.value(&format!("role_{number}")).trim().to_owned());
        if who.is_empty() {
            continue;
        }
        let share = form.value(&format!("share_{number}")).trim().to_owned();
        let share = if share.is_empty() { 1 } else { share.parse().unwrap_or(0) };
        people.push(Person { who: Place::parse(&who), role, share });
    }
    people
}

fn parts(form: &mut Fields) -> Option<Parts> {
    let authors = pairs(form, "authors", "User = 1", |number| number.parse::<usize>().ok());
    let origins = pairs(form, "origins", "utter = own, or canned, or third_party", Origin::parse);
    let only = only(form);
    let filled = |name: &str| Some(form.value(name).trim().to_owned()).filter(|text| !text.is_empty());
    let parts = Parts {
        each: filled("each"),
        text: Place::parse(form.value("text")),
        author: filled("author").map(|text| Place::parse(&text)),
        authors: authors?,
        origin: filled("origin").map(|text| Place::parse(&text)),
        origins: origins?,
        only: only?,
    };
    Some(parts)
}

/// Lines of `what the source says = what it means`.
fn pairs<T>(form: &mut Fields, name: &str, example: &str, parse: impl Fn(&str) -> Option<T>) -> Option<BTreeMap<String, T>> {
    let mut found = BTreeMap::new();
    for line in form.value(name).to_owned().lines().filter(|line| !line.trim().is_empty()) {
        match line.rsplit_once('=').and_then(|(from, to)| Some((from.trim().to_owned(), parse(to.trim())?))) {
            Some((from, to)) => drop(found.insert(from, to)),
            None => {
                form.refuse(name, format!("{:?} is no pair. One a line, for example: {example}.", line.trim()));
                return None;
            }
        }
    }
    Some(found)
}

/// Lines of `place = value | value`.
fn only(form: &mut Fields) -> Option<Vec<Only>> {
    let mut found = Vec::new();
    for line in form.value("only").to_owned().lines().filter(|line| !line.trim().is_empty()) {
        let Some((at, is)) = line.split_once('=') else {
            form.refuse("only", format!("{:?} is no condition. One a line, for example: /Agent = User | Wizard.", line.trim()));
            return None;
        };
        found.push(Only { at: Place::parse(at), is: is.split('|').map(|value| value.trim().to_owned()).collect() });
    }
    Some(found)
}

/// The field a fault is about.
fn field_of(fault: &MappingFault) -> String {
    match fault {
        MappingFault::Kind(_) => "kind".to_owned(),
        MappingFault::Source(_) => "source".to_owned(),
        MappingFault::Role(number) => format!("role_{number}"),
        MappingFault::Author(..) => "authors".to_owned(),
        MappingFault::OnlyWithoutEach => "only".to_owned(),
        MappingFault::Nowhere("key") => "record_key".to_owned(),
        MappingFault::Nowhere("text") => "text".to_owned(),
        MappingFault::Contributors(_) | MappingFault::Nowhere("contributor") => "who_1".to_owned(),
        MappingFault::Share(_) => "share_1".to_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(values: &[(String, String)]) -> Fields {
        values.iter().fold(Fields::empty(), |form, (name, value)| form.with(name, value))
    }

    #[test]
    fn a_mapping_survives_being_shown_and_sent() {
        let star = Mapping::parse(include_str!("../../../../demo/mappings/star.toml")).unwrap();
        assert_eq!(read(&mut form(&values(&star))), Some(star.clone()));
        let mut file = Fields::empty().with("toml", include_str!("../../../../demo/mappings/star.toml")).with("kind", "other");
        assert_eq!(read(&mut file), Some(star));
    }

    #[test]
    fn what_does_not_fit_stands_beside_its_field() {
        let star = values(&Mapping::parse(include_str!("../../../../demo/mappings/star.toml")).unwrap());
        for (name, value) in [("kind", "Two words!"), ("record_key", ""), ("text", " "), ("authors", "User: 1"), ("authors", "User = 9"), ("origins", "utter = mine"), ("only", "Agent"), ("role_1", ""), ("share_1", "-1"), ("toml", "kind = 3")] {
            let mut form = form(&star);
            form.set(name, value);
            assert_eq!(read(&mut form), None, "{name}");
            assert!(form.problem(name).is_some(), "{name}: {:?}", form.problems());
        }
        let mut form = form(&star);
        for number in 1..=PEOPLE {
            form.set(&format!("who_{number}"), "");
        }
        assert!(read(&mut form).is_none() && !form.is_fine());
    }
}
