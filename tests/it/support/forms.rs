//! Sending a form as a browser does: everything that stands in it, with some of it changed.

use super::{Browser, Page};
use scraper::{ElementRef, Html, Selector};

fn all(what: &str) -> Selector {
    Selector::parse(what).expect("a selector")
}

/// What a control would send, if anything.
fn said(control: ElementRef<'_>) -> Option<String> {
    let attribute = |name: &str| control.value().attr(name).unwrap_or_default().to_owned();
    match control.value().name() {
        "textarea" => Some(control.text().collect::<String>().trim_start_matches('\n').to_owned()),
        "select" => {
            let chosen = control.select(&all("option[selected]")).next().or_else(|| control.select(&all("option")).next());
            chosen.and_then(|option| option.value().attr("value")).map(ToOwned::to_owned)
        }
        _ if ["checkbox", "radio"].contains(&attribute("type").as_str()) => control.value().attr("checked").map(|_| attribute("value")),
        _ => Some(attribute("value")),
    }
}

impl Page {
    /// The fields of the page's form that goes to this address, with some replaced.
    pub fn form(&self, action: &str, changes: &[(&str, &str)]) -> Vec<(String, String)> {
        let html = Html::parse_document(&self.body);
        let found = html.select(&all("form")).find(|form| form.value().attr("action") == Some(action));
        let form = found.unwrap_or_else(|| panic!("no form goes to {action} on: {}", self.text()));
        let mut fields: Vec<(String, String)> = form
            .select(&all("input[name], textarea[name], select[name]"))
            .filter_map(|control| Some((control.value().attr("name")?.to_owned(), said(control)?)))
            .filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name))
            .collect();
        fields.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        fields
    }
}

impl Browser {
    /// Opens a page and sends its form to this address with some fields changed.
    pub fn send(&self, path: &str, action: &str, changes: &[(&str, &str)]) -> Page {
        let page = self.get(path);
        assert_eq!(page.status, 200, "{path}: {}", page.text());
        self.submit(&page, action, changes)
    }

    /// Sends a form of a page that is open already.
    pub fn submit(&self, page: &Page, action: &str, changes: &[(&str, &str)]) -> Page {
        let fields = page.form(action, changes);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post(action, &fields)
    }
}
