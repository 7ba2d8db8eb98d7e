//! Charts of the pool.

use crate::kernel::time::{Timestamp, Zone};
use crate::platform::web::charts::{Bar, Caption, Chart, Stack, bars, stacked_bars};
use crate::pool::records::KindFigure;
use std::collections::BTreeMap;

/// A kind of work as people read it.
#[must_use]
pub fn kind(word: &str) -> String {
    word.replace('_', " ")
}

/// Records by kind.
pub fn composition(kinds: &[KindFigure]) -> Chart {
    let rows: Vec<Bar> = kinds.iter().map(|(word, records, _)| Bar { label: kind(word), value: *records }).collect();
    let caption = Caption {
        id: "composition",
        title: "What the pool holds",
        description: "One bar a kind of work, as long as it has records.",
        across: "Kind of work",
        unit: "Records",
        decimals: 0,
    };
    bars(&caption, &rows)
}

/// What a member's uploads brought, by month: records added and lines refused.
pub fn by_month(uploads: &[(Timestamp, i64, i64)], zone: &Zone) -> Chart {
    let mut months: BTreeMap<String, [i64; 2]> = BTreeMap::new();
    for (at, added, refused) in uploads {
        let month = at.date(zone).chars().take(7).collect();
        let sums = months.entry(month).or_default();
        let [all_added, all_refused] = sums;
        *all_added += added;
        *all_refused += refused;
    }
    let rows: Vec<Stack> = months.into_iter().map(|(label, values)| Stack { label, values: values.to_vec() }).collect();
    let caption = Caption {
        id: "months",
        title: "My uploads by month",
        description: "One bar a month, cut into records that came in and lines that were refused.",
        across: "Month",
        unit: "lines",
        decimals: 0,
    };
    stacked_bars(&caption, &["Records added".to_owned(), "Lines refused".to_owned()], &rows)
}
