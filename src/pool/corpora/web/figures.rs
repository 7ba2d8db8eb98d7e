//! Charts of a frozen revision, from its manifest.

use crate::kernel::time::Zone;
use crate::platform::web::charts::{Bar, Caption, Chart, bars, histogram};
use crate::pool::corpora::Manifest;

/// A manifest's instant as a day where the cooperative is.
pub fn day(iso: &str, zone: &Zone) -> String {
    let minute = iso.get(..16).unwrap_or(iso);
    Zone::utc().at(minute).map_or_else(|| iso.to_owned(), |at| at.day(zone))
}

/// How long its records are.
pub fn lengths(manifest: &Manifest) -> Chart {
    let bins: Vec<Bar> = manifest.lengths.iter().map(|(label, value)| Bar { label: label.clone(), value: *value }).collect();
    let caption = Caption {
        id: "lengths",
        title: "Length of records",
        description: "Columns of records by how many words they have.",
        across: "Words",
        unit: "Records",
        decimals: 0,
    };
    histogram(&caption, &bins)
}

/// Which languages they are in.
pub fn languages(manifest: &Manifest) -> Chart {
    let rows: Vec<Bar> = manifest.languages.iter().map(|(label, value)| Bar { label: label.clone(), value: *value }).collect();
    let caption = Caption {
        id: "languages",
        title: "Languages",
        description: "One bar a language, as long as it has records.",
        across: "Language",
        unit: "Records",
        decimals: 0,
    };
    bars(&caption, &rows)
}

/// Which kinds of work they are.
pub fn kinds(manifest: &Manifest) -> Chart {
    let rows: Vec<Bar> = manifest.kinds.iter().map(|(label, value)| Bar { label: label.replace('_', " "), value: *value }).collect();
    let caption = Caption {
        id: "kinds",
        title: "Kinds of work",
        description: "One bar a kind of work, as long as it has records.",
        across: "Kind of work",
        unit: "Records",
        decimals: 0,
    };
    bars(&caption, &rows)
}
