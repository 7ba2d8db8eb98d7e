//! Money on its way: one whole that parts into what became of it.

use super::ink::{RIGHT, Sheet};
use super::scale::{Axis, digits};
use super::{Bar, Caption, Chart, finish, one_value_rows};

/// How tall the whole is drawn, how wide its edges are, and how far apart parts and groups lie.
const TALL: i64 = 1500;
const EDGE: i64 = 150;
const APART: i64 = 40;
const GROUPS_APART: i64 = 150;

/// One whole on the left and its parts on the right, with a band between; groups of parts lie
/// further apart. Parts of nothing are in the table and not in the drawing.
pub fn flow(caption: &Caption<'_>, source: &str, groups: &[Vec<Bar>]) -> Chart {
    let parts: Vec<Bar> = groups.iter().flatten().cloned().collect();
    let whole = parts.iter().fold(0_i64, |sum, part| sum.saturating_add(part.value.max(0)));
    let mut sheet = Sheet::new();
    sheet.entry(0, 190, source, &digits(whole, caption.decimals));
    let (axis, top) = (Axis::exact(0, whole), 270);
    let (mut from, mut down, mut hatch) = (0_i64, top, 0_usize);
    for group in groups {
        for part in group {
            hatch += 1;
            let to = from.saturating_add(part.value.max(0));
            let (start, end) = (axis.place(from, 0, TALL), axis.place(to, 0, TALL));
            if part.value > 0 {
                let height = (end - start).max(14);
                sheet.ribbon(caption.id, hatch, (EDGE, top + start, end - start), (RIGHT - EDGE, down, height));
                sheet.block(caption.id, hatch, 10, top + start, EDGE, end - start);
                sheet.block(caption.id, hatch, RIGHT - EDGE, down, EDGE, height);
                down += height + APART;
            }
            from = to;
        }
        down += GROUPS_APART;
    }
    let mut y = down.max(top + TALL);
    for (hatch, part) in (1..).zip(&parts) {
        sheet.key(caption.id, hatch, y, &part.label, &digits(part.value, caption.decimals));
        y += 300;
    }
    let rows = if whole == 0 { Vec::new() } else { one_value_rows(caption, &[vec![Bar { label: source.to_owned(), value: whole }], parts].concat()) };
    finish(caption, sheet, y, rows, None)
}

/// One whole, and below it each part taken off from the right, so that the last one ends at zero.
pub fn waterfall(caption: &Caption<'_>, whole: &Bar, parts: &[Bar]) -> Chart {
    let axis = Axis::exact(0, whole.value);
    let mut sheet = Sheet::new();
    let (mut y, mut left) = (0, whole.value);
    let mut draw = |hatch: usize, bar: &Bar, from: i64, to: i64| {
        let (start, end) = (axis.place(from.max(0), 10, RIGHT), axis.place(to.max(0), 10, RIGHT));
        sheet.entry(0, y + 190, &bar.label, &digits(bar.value, caption.decimals));
        sheet.block(caption.id, hatch, start, y + 260, (end - start).max(i64::from(bar.value > 0) * 14), 180);
        sheet.line("axis", 10, y + 240, 10, y + 460);
        y += 560;
    };
    draw(6, whole, 0, whole.value);
    // The last part, for whose sake the picture is drawn, has the first ink.
    for (part, hatch) in parts.iter().zip((1..=parts.len()).rev()) {
        let rest = left.saturating_sub(part.value);
        draw(hatch, part, rest, left);
        left = rest;
    }
    let rows = one_value_rows(caption, &[std::slice::from_ref(whole), parts].concat());
    finish(caption, sheet, y - 80, rows, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPTION: Caption<'static> = Caption { id: "f", title: "T", description: "D", across: "What", unit: "EUR", decimals: 2 };

    fn bar(label: &str, value: i64) -> Bar {
        Bar { label: label.to_owned(), value }
    }

    #[test]
    fn a_flow_has_the_whole_and_every_part_in_its_table_and_a_band_for_each_that_is_something() {
        let chart = flow(&CAPTION, "Came in", &[vec![bar("Costs", 800), bar("Spent", 0)], vec![bar("Members", 9_200)]]);
        assert_eq!(chart.rows[0], ["Came in", "100.00"]);
        assert_eq!(chart.rows.len(), 4);
        assert_eq!(chart.svg.matches("class=\"ground\"").count(), 2);
        assert!(flow(&CAPTION, "Came in", &[]).svg.contains("No figures yet"));
    }

    #[test]
    fn a_waterfall_ends_where_it_began() {
        let chart = waterfall(&CAPTION, &bar("Receipt", 1_000), &[bar("Costs", 80), bar("Others", 900), bar("Mine", 20)]);
        assert_eq!(chart.rows.len(), 4);
        // The last bar begins at the axis.
        assert!(chart.svg.contains(r#"<rect x="1" y="194""#), "{}", chart.svg);
        assert!(waterfall(&CAPTION, &bar("Receipt", i64::MAX), &[bar("Costs", i64::MAX)]).svg.contains("Costs"));
    }
}
