//! The pen: SVG text with everything escaped, coordinates in tenths of a unit.

use super::Caption;
use super::scale::span;
use std::fmt::Write;

/// The drawing is 480 units wide; plots end a little before the edge.
pub const WIDTH: i64 = 4800;
pub const RIGHT: i64 = 4740;
/// What one letter takes at the largest size, which is that on a telephone.
const LETTER: i64 = 105;
const FIGURE: i64 = 122;

#[derive(Clone, Copy)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    fn word(self) -> &'static str {
        match self {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        }
    }
}

/// A rectangle of paper that is written on.
pub struct Patch {
    left: i64,
    top: i64,
    right: i64,
    foot: i64,
}

impl Patch {
    /// What words cover when their baseline begins, ends or is centred at a place.
    pub fn of_words(x: i64, y: i64, anchor: Anchor, words: &str) -> Self {
        let width = span(words.chars().count()) * LETTER;
        let left = match anchor {
            Anchor::Start => x,
            Anchor::Middle => x - width / 2,
            Anchor::End => x - width,
        };
        Patch {
            left,
            top: y - 160,
            right: left + width,
            foot: y + 40,
        }
    }

    fn with(&self, other: &Patch) -> Patch {
        Patch {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            foot: self.foot.max(other.foot),
        }
    }

    pub fn touches(&self, other: &Patch) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.foot
            && other.top < self.foot
    }
}

/// A drawing under way.
pub struct Sheet {
    body: String,
}

/// Writing to a `String` cannot fail, so its answer is dropped here and nowhere else.
macro_rules! draw {
    ($to:expr, $($part:tt)*) => { write!($to, $($part)*).unwrap_or_default() };
}

impl Sheet {
    pub fn new() -> Self {
        Sheet {
            body: String::new(),
        }
    }

    pub fn text(&mut self, x: i64, y: i64, class: &str, anchor: Anchor, words: &str) {
        let (x, y, words) = (tenth(x), tenth(y), escaped(words));
        let class = if class.is_empty() {
            String::new()
        } else {
            format!(r#" class="{class}""#)
        };
        draw!(
            self.body,
            r#"<text x="{x}" y="{y}"{class} text-anchor="{}">{words}</text>"#,
            anchor.word()
        );
    }

    /// Words and, at the far edge, a figure; words that would touch it are cut (the table has them whole).
    pub fn entry(&mut self, x: i64, y: i64, words: &str, figure: &str) {
        let room = WIDTH - x - span(figure.len()) * FIGURE;
        self.text(x, y, "", Anchor::Start, &shortened(words, room / LETTER));
        self.text(WIDTH, y, "num", Anchor::End, figure);
    }

    /// An empty outline: the whole that a part is measured against.
    pub fn frame(&mut self, x: i64, y: i64, width: i64, height: i64) {
        let (x, y, width, height) = (tenth(x), tenth(y), tenth(width), tenth(height));
        draw!(
            self.body,
            r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="none" class="axis"/>"#
        );
    }

    pub fn line(&mut self, class: &str, x1: i64, y1: i64, x2: i64, y2: i64) {
        let (x1, y1, x2, y2) = (tenth(x1), tenth(y1), tenth(x2), tenth(y2));
        draw!(
            self.body,
            r#"<path class="{class}" d="M{x1} {y1}L{x2} {y2}"/>"#
        );
    }

    /// A hatched rectangle with an outline in the same ink.
    pub fn block(&mut self, id: &str, hatch: usize, x: i64, y: i64, width: i64, height: i64) {
        if width <= 0 || height <= 0 {
            return;
        }
        let (class, fill) = (colour(hatch), fill(id, hatch));
        let (x, y, width, height) = (tenth(x), tenth(y), tenth(width), tenth(height));
        draw!(
            self.body,
            r#"<g class="{class}"><rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{fill}" class="edge"/></g>"#
        );
    }

    /// A hatched band from one upright edge to another; an edge is its place, upper end and height.
    pub fn ribbon(&mut self, id: &str, hatch: usize, from: (i64, i64, i64), to: (i64, i64, i64)) {
        let middle = tenth(i64::midpoint(from.0, to.0));
        let [x1, top1, foot1] = [from.0, from.1, from.1 + from.2].map(tenth);
        let [x2, top2, foot2] = [to.0, to.1, to.1 + to.2].map(tenth);
        let (class, fill) = (colour(hatch), fill(id, hatch));
        draw!(
            self.body,
            r#"<g class="{class}"><path class="ground" d="M{x1} {top1}C{middle} {top1} {middle} {top2} {x2} {top2}V{foot2}C{middle} {foot2} {middle} {foot1} {x1} {foot1}Z" fill="{fill}"/></g>"#
        );
    }

    /// One row of the key: a patch, words and perhaps a figure.
    pub fn key(&mut self, id: &str, hatch: usize, y: i64, words: &str, figure: &str) {
        self.block(id, hatch, 10, y + 60, 200, 170);
        self.entry(330, y + 200, words, figure);
    }

    /// A line through places; the first one is hatched down to the foot. A step runs on to the edge.
    pub fn trace(
        &mut self,
        id: &str,
        hatch: usize,
        path: &[(i64, i64)],
        step: bool,
        edge: i64,
        foot: i64,
    ) {
        let (Some(first), Some(last)) = (path.first(), path.last()) else {
            return;
        };
        let end = if step { edge } else { last.0 };
        let mut way = String::new();
        for (n, (x, y)) in path.iter().enumerate() {
            let (x, y) = (tenth(*x), tenth(*y));
            match (n, step) {
                (0, _) => draw!(way, "M{x} {y}"),
                (_, true) => draw!(way, "H{x}V{y}"),
                (_, false) => draw!(way, "L{x} {y}"),
            }
        }
        if step {
            draw!(way, "H{}", tenth(end));
        }
        if hatch == 1 {
            let area = format!("{way}L{} {}H{}Z", tenth(end), tenth(foot), tenth(first.0));
            draw!(
                self.body,
                r#"<path class="ground" d="{area}" fill="{}"/>"#,
                fill(id, hatch)
            );
        }
        draw!(
            self.body,
            r#"<g class="{}"><path class="path" d="{way}"/></g>"#,
            colour(hatch)
        );
    }

    /// A dot, or a cross for what was refused, with words that stay inside the drawing.
    /// Answers the patch of paper it covers.
    pub fn mark(&mut self, cross: bool, x: i64, y: i64, words: &str) -> Patch {
        let (across, down) = (tenth(x), tenth(y));
        if cross {
            let (left, top) = (tenth(x - 50), tenth(y - 50));
            draw!(
                self.body,
                r#"<g class="c4"><path class="cross" d="M{left} {top}l10 10m0 -10l-10 10"/></g>"#
            );
        } else {
            draw!(
                self.body,
                r#"<g class="c2"><circle class="dot" cx="{across}" cy="{down}" r="5.5"/></g>"#
            );
        }
        let shape = Patch {
            left: x - 60,
            top: y - 60,
            right: x + 60,
            foot: y + 60,
        };
        if words.is_empty() {
            return shape;
        }
        let width = span(words.chars().count()) * LETTER;
        let (x, y, anchor) = match (cross, x) {
            // Lines run above what was refused, so its words stand beside it.
            (true, x) if x + width + 120 < WIDTH => (x + 120, y + 50, Anchor::Start),
            (true, x) => (x - 120, y + 50, Anchor::End),
            (false, x) if x + width / 2 > WIDTH => (WIDTH, y - 120, Anchor::End),
            (false, x) if x - width / 2 < 700 => (x, y - 120, Anchor::Start),
            (false, x) => (x, y - 120, Anchor::Middle),
        };
        self.text(x, y, "soft", anchor, words);
        shape.with(&Patch::of_words(x, y, anchor, words))
    }

    /// The whole picture, named and described, with the hatchings it uses.
    pub fn svg(self, caption: &Caption<'_>, height: i64) -> String {
        let mut patterns = String::new();
        for (n, figure) in (1..).zip(HATCHES) {
            let (name, class) = (escaped(caption.id), colour(n));
            draw!(
                patterns,
                r#"<pattern id="{name}-h{n}" class="{class}" width="8" height="8" patternUnits="userSpaceOnUse"><path d="{figure}" fill="none" stroke="currentColor" stroke-width="1.3"/></pattern>"#
            );
        }
        framed(
            caption,
            height,
            &format!("<defs>{patterns}</defs>{}", self.body),
        )
    }

    /// What stands in place of a chart without figures.
    pub fn blank(caption: &Caption<'_>) -> String {
        let mut sheet = Sheet::new();
        sheet.line("grid", 0, 20, WIDTH, 20);
        sheet.text(0, 330, "soft", Anchor::Start, "No figures yet.");
        sheet.line("grid", 0, 520, WIDTH, 520);
        framed(caption, 540, &sheet.body)
    }
}

/// Slanted either way, upright, crossed, level, and dense: they differ in one ink too.
const HATCHES: [&str; 6] = [
    "M-2 10L10 -2M-6 6L6 -6M2 14L14 2",
    "M-2 -2L10 10M-6 2L6 14M2 -6L14 6",
    "M2 0V8M6 0V8",
    "M0 4H8M4 0V8",
    "M0 2H8M0 6H8",
    "M0 1H8M0 3H8M0 5H8M0 7H8",
];

fn framed(caption: &Caption<'_>, height: i64, body: &str) -> String {
    let (id, title, description) = (
        escaped(caption.id),
        escaped(caption.title),
        escaped(caption.description),
    );
    format!(
        r#"<svg class="chart" viewBox="0 0 480 {}" role="img" aria-labelledby="{id}-title {id}-desc"><title id="{id}-title">{title}</title><desc id="{id}-desc">{description}</desc>{body}</svg>"#,
        tenth(height)
    )
}

/// Six inks; a seventh series begins again with the first.
fn turn(hatch: usize) -> usize {
    (hatch + 5) % 6 + 1
}

fn colour(hatch: usize) -> String {
    format!("c{}", turn(hatch))
}

fn fill(id: &str, hatch: usize) -> String {
    format!("url(#{}-h{})", escaped(id), turn(hatch))
}

/// Tenths as a decimal number.
pub fn tenth(value: i64) -> String {
    let sign = if value < 0 { "-" } else { "" };
    match (value.unsigned_abs() / 10, value.unsigned_abs() % 10) {
        (whole, 0) => format!("{sign}{whole}"),
        (whole, part) => format!("{sign}{whole}.{part}"),
    }
}

fn shortened(words: &str, longest: i64) -> String {
    if span(words.chars().count()) <= longest {
        return words.to_owned();
    }
    let cut: String = words
        .chars()
        .take(usize::try_from(longest - 1).unwrap_or(1))
        .collect();
    format!("{}…", cut.trim_end())
}

/// Text made safe for an element or an attribute.
pub fn escaped(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for letter in words.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
