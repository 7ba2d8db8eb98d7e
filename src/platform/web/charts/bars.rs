//! Bars that lie: one scale from zero, words above or in a key below.

use super::ink::{Anchor, RIGHT, Sheet, WIDTH};
use super::scale::{Axis, digits};
use super::{Bar, Caption, Chart, Stack, finish, one_value_rows};

/// Horizontal bars from zero, one line of words above each.
pub fn bars(caption: &Caption<'_>, bars: &[Bar]) -> Chart {
    let axis = Axis::around(bars.iter().map(|bar| bar.value).chain([0]));
    let mut sheet = Sheet::new();
    let mut y = 0;
    for bar in bars {
        let value = digits(bar.value, caption.decimals);
        let (zero, end) = (axis.place(0, 0, WIDTH), axis.place(bar.value, 0, WIDTH));
        sheet.entry(0, y + 190, &bar.label, &value);
        sheet.block(
            caption.id,
            1,
            zero.min(end),
            y + 260,
            (end - zero).abs(),
            180,
        );
        sheet.line("axis", zero, y + 240, zero, y + 460);
        y += 560;
    }
    finish(caption, sheet, y - 80, one_value_rows(caption, bars), None)
}

/// Horizontal bars made of parts, all to one scale, with a key below.
pub fn stacked_bars(caption: &Caption<'_>, series: &[String], stacks: &[Stack]) -> Chart {
    let sums: Vec<i64> = stacks.iter().map(|stack| sum(&stack.values)).collect();
    let axis = Axis::exact(0, sums.iter().copied().max().unwrap_or(0));
    let mut sheet = Sheet::new();
    let mut y = 0;
    for (stack, total) in stacks.iter().zip(&sums) {
        sheet.entry(0, y + 190, &stack.label, &digits(*total, caption.decimals));
        parts(
            &mut sheet,
            caption.id,
            &axis,
            y + 260,
            stack.values.iter().copied(),
        );
        y += 560;
    }
    for (hatch, name) in (1..).zip(series) {
        sheet.key(caption.id, hatch, y, name, "");
        y += 300;
    }
    let rows = stacks.iter().zip(&sums).map(|(stack, total)| {
        let cells = stack
            .values
            .iter()
            .chain([total])
            .map(|value| digits(*value, caption.decimals));
        std::iter::once(stack.label.clone()).chain(cells).collect()
    });
    let head = std::iter::once(caption.across.to_owned())
        .chain(series.iter().cloned())
        .chain([format!("Sum, {}", caption.unit)]);
    finish(caption, sheet, y, rows.collect(), Some(head.collect()))
}

/// One bar cut into shares of its sum, with a key that carries the figures.
pub fn share_bar(caption: &Caption<'_>, shares: &[Bar]) -> Chart {
    let axis = Axis::exact(
        0,
        sum(&shares.iter().map(|share| share.value).collect::<Vec<_>>()),
    );
    let mut sheet = Sheet::new();
    parts(
        &mut sheet,
        caption.id,
        &axis,
        10,
        shares.iter().map(|share| share.value),
    );
    let mut y = 420;
    for (hatch, share) in (1..).zip(shares) {
        sheet.key(
            caption.id,
            hatch,
            y,
            &share.label,
            &digits(share.value, caption.decimals),
        );
        y += 300;
    }
    finish(caption, sheet, y, one_value_rows(caption, shares), None)
}

/// How far something has come, with a line at what is needed: "38 of 61, 31 needed".
pub fn gauge(caption: &Caption<'_>, done: &Bar, needed: &Bar, whole: &Bar) -> Chart {
    let axis = Axis::exact(0, whole.value);
    let mut sheet = Sheet::new();
    let at = |value: i64| axis.place(value.clamp(0, whole.value.max(0)), 10, RIGHT);
    sheet.block(caption.id, 1, 10, 20, at(done.value) - 10, 240);
    sheet.frame(10, 20, RIGHT - 10, 240);
    sheet.line("mark", at(needed.value), 0, at(needed.value), 340);
    let words = format!(
        "{} {}",
        digits(needed.value, caption.decimals),
        needed.label
    );
    let anchor = if at(needed.value) > WIDTH / 2 {
        Anchor::End
    } else {
        Anchor::Start
    };
    sheet.text(at(needed.value), 530, "", anchor, &words);
    let rows = [done, needed, whole]
        .map(|bar| vec![bar.label.clone(), digits(bar.value, caption.decimals)]);
    finish(caption, sheet, 580, rows.into(), None)
}

/// Parts of a bar one behind the other; only what is above zero has a length.
fn parts(sheet: &mut Sheet, id: &str, axis: &Axis, y: i64, values: impl Iterator<Item = i64>) {
    let mut from = 0_i64;
    for (hatch, value) in (1..).zip(values) {
        let to = from.saturating_add(value.max(0));
        let (start, end) = (axis.place(from, 0, WIDTH), axis.place(to, 0, WIDTH));
        sheet.block(id, hatch, start, y, end - start, 220);
        from = to;
    }
}

/// Parts add up as they stand; a sum past the edge stays at the edge.
fn sum(values: &[i64]) -> i64 {
    values
        .iter()
        .fold(0, |sum, value| sum.saturating_add((*value).max(0)))
}
