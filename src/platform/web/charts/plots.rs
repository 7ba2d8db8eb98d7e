//! Plots that stand: figures up the side, places or classes along the foot.

use super::ink::{Anchor, Patch, RIGHT, Sheet};
use super::scale::{Axis, digits, round_digits, span};
use super::{Bar, Caption, Chart, Line, Mark, Point, Shape, finish, one_value_rows};

/// The upper and lower edge of an upright plot.
const HEAD: i64 = 200;
const FOOT: i64 = 2300;

/// Upright columns without gaps: how many fall into each of some ordered classes.
pub fn histogram(caption: &Caption<'_>, bins: &[Bar]) -> Chart {
    let axis = Axis::around(bins.iter().map(|bin| bin.value).chain([0]));
    let mut sheet = Sheet::new();
    let left = ruled(&mut sheet, &axis, caption.decimals);
    let count = span(bins.len());
    let edge = |n: i64| left + (RIGHT - left) * n / count.max(1);
    let every = thinning(bins.iter().map(|bin| bin.label.as_str()), RIGHT - left);
    for (n, bin) in (0..).zip(bins) {
        let top = axis.place(bin.value, FOOT, HEAD);
        sheet.block(
            caption.id,
            1,
            edge(n),
            top.min(FOOT),
            edge(n + 1) - edge(n),
            (FOOT - top).abs(),
        );
        if n % every == 0 {
            let anchor = if every == 1 {
                Anchor::Middle
            } else {
                Anchor::Start
            };
            let x = if every == 1 {
                i64::midpoint(edge(n), edge(n + 1))
            } else {
                edge(n)
            };
            sheet.text(x, FOOT + 240, "soft", anchor, &bin.label);
        }
    }
    sheet.line("axis", left, FOOT, RIGHT, FOOT);
    finish(
        caption,
        sheet,
        FOOT + 320,
        one_value_rows(caption, bins),
        None,
    )
}

/// Lines over time with single marks held against them; the first line is hatched below.
/// `ticks` are places and words for the foot of the chart.
pub fn line(
    caption: &Caption<'_>,
    lines: &[Line],
    marks: &[Mark],
    ticks: &[(i64, String)],
) -> Chart {
    let mut sheet = Sheet::new();
    let plane = Plane::around(&mut sheet, caption, lines, marks, ticks);
    for (hatch, line) in (1..).zip(lines) {
        let path: Vec<(i64, i64)> = line.points.iter().map(|point| plane.of(point)).collect();
        sheet.trace(caption.id, hatch, &path, line.step, RIGHT, FOOT);
    }
    let mut taken = Vec::new();
    for mark in marks {
        let (x, y) = plane.of(&mark.point);
        taken.push(sheet.mark(mark.shape == Shape::Cross, x, y, &mark.words));
    }
    for line in lines {
        name_line(&mut sheet, &plane, caption.decimals, line, &mut taken);
    }
    place_ticks(&mut sheet, ticks, |at| {
        plane.along.place(at, plane.left, RIGHT)
    });
    let head = [caption.across, "Series", caption.unit]
        .map(str::to_owned)
        .to_vec();
    let rows = line_rows(caption, lines, marks);
    let chart = finish(caption, sheet, FOOT + 320, rows, Some(head));
    Chart { words: 2, ..chart }
}

/// Both axes of a plot and where it begins.
struct Plane {
    along: Axis,
    up: Axis,
    left: i64,
}

impl Plane {
    fn around(
        sheet: &mut Sheet,
        caption: &Caption<'_>,
        lines: &[Line],
        marks: &[Mark],
        ticks: &[(i64, String)],
    ) -> Self {
        let of_lines = lines.iter().flat_map(|line| &line.points);
        let points = of_lines.chain(marks.iter().map(|mark| &mark.point));
        let values = points.clone().map(|point| point.value);
        // One step of air below the lowest value, so that the hatching shows where it begins.
        let below = values
            .clone()
            .min()
            .filter(|least| *least > 0)
            .map(|least| least - 1);
        let up = Axis::around(values.chain(below));
        let along = Axis::within(
            points
                .map(|point| point.at)
                .chain(ticks.iter().map(|tick| tick.0)),
        );
        let left = ruled(sheet, &up, caption.decimals);
        Plane { along, up, left }
    }

    fn of(&self, point: &Point) -> (i64, i64) {
        (
            self.along.place(point.at, self.left, RIGHT),
            self.up.place(point.value, FOOT, HEAD),
        )
    }
}

/// A line's name and last value at its end: below it, or wherever nothing else stands.
fn name_line(sheet: &mut Sheet, plane: &Plane, decimals: u32, line: &Line, taken: &mut Vec<Patch>) {
    let Some(last) = line.points.last() else {
        return;
    };
    let words = format!("{} {}", line.label, round_digits(last.value, decimals));
    let (_, end) = plane.of(last);
    let patch = |down: i64| Patch::of_words(RIGHT, end + down, Anchor::End, &words);
    let places = [220, -100, 440, -320];
    // The row of ticks below the foot is taken too.
    let free = |down: &&i64| end + **down <= FOOT && !taken.iter().any(|other| other.touches(&patch(**down)));
    let down = places.iter().find(free).copied().unwrap_or(220);
    sheet.text(RIGHT, end + down, "", Anchor::End, &words);
    taken.push(patch(down));
}

/// Rules and figures of the upright axis; answers where the plot begins.
fn ruled(sheet: &mut Sheet, axis: &Axis, decimals: u32) -> i64 {
    let labels: Vec<(i64, String)> = axis
        .ticks()
        .map(|tick| (tick, round_digits(tick, decimals)))
        .collect();
    let left = labels
        .iter()
        .map(|(_, label)| span(label.len()))
        .max()
        .unwrap_or(0)
        * 122
        + 120;
    for (tick, label) in labels {
        let y = axis.place(tick, FOOT, HEAD);
        sheet.line("grid", left, y, RIGHT, y);
        sheet.text(0, y + 55, "num soft", Anchor::Start, &label);
    }
    left
}

/// Draw every n-th label so that neighbours never touch.
fn thinning<'a>(labels: impl Iterator<Item = &'a str> + Clone, room: i64) -> i64 {
    let widest = labels
        .clone()
        .map(|label| span(label.chars().count()))
        .max()
        .unwrap_or(1);
    let needed = (widest * 100 + 120) * span(labels.count());
    (needed + room - 1).checked_div(room).unwrap_or(1).max(1)
}

/// Ticks in rising order, dropping those that would touch the one before.
fn place_ticks(sheet: &mut Sheet, ticks: &[(i64, String)], x: impl Fn(i64) -> i64) {
    let mut free = 0;
    for (at, label) in ticks {
        let (place, width) = (x(*at), span(label.chars().count()) * 100);
        let start = place.min(RIGHT - width);
        if start >= free {
            let (place, anchor) = if start < place {
                (RIGHT, Anchor::End)
            } else {
                (place, Anchor::Start)
            };
            sheet.text(place, FOOT + 240, "soft", anchor, label);
            free = start + width + 120;
        }
    }
}

fn line_rows(caption: &Caption<'_>, lines: &[Line], marks: &[Mark]) -> Vec<Vec<String>> {
    let of_lines = lines
        .iter()
        .flat_map(|line| line.points.iter().map(|point| (&line.label, point)));
    let of_marks = marks.iter().map(|mark| (&mark.series, &mark.point));
    let mut all: Vec<_> = of_lines.chain(of_marks).collect();
    all.sort_by_key(|(_, point)| point.at);
    let row = |(series, point): (&String, &Point)| {
        vec![
            point.label.clone(),
            series.clone(),
            digits(point.value, caption.decimals),
        ]
    };
    all.into_iter().map(row).collect()
}
