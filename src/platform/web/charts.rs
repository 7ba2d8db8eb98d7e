//! Charts drawn by the server: plain figures in, one SVG and the same figures as a table out.
//!
//! Everything is integer arithmetic in tenths of a drawing unit. Colour never carries the meaning
//! alone: every fill has its own hatching, every value its number. The drawing is narrow and its
//! letters large, so that it reads on a telephone.

mod bars;
mod flow;
mod ink;
mod plots;
mod scale;

pub use bars::{bars, gauge, share_bar, stacked_bars};
pub use flow::{flow, waterfall};
pub use plots::{histogram, line};

use ink::Sheet;
use scale::digits;

/// What stands around a chart. `id` must be unique on the page.
#[derive(Clone, Copy, Debug)]
pub struct Caption<'a> {
    pub id: &'a str,
    pub title: &'a str,
    /// What the picture says, for those who do not see it.
    pub description: &'a str,
    /// Head of the first column of the table: what the labels are.
    pub across: &'a str,
    /// Head of the last column: what the values count.
    pub unit: &'a str,
    /// How many digits of a value stand behind the point (2 for cents).
    pub decimals: u32,
}

/// One labelled value.
#[derive(Clone, Debug)]
pub struct Bar {
    pub label: String,
    pub value: i64,
}

/// One labelled row of parts, in the order of the series.
#[derive(Clone, Debug)]
pub struct Stack {
    pub label: String,
    pub values: Vec<i64>,
}

/// One value at a place on the axis; `label` says the place in words.
#[derive(Clone, Debug)]
pub struct Point {
    pub at: i64,
    pub label: String,
    pub value: i64,
}

/// A line through points in rising order; a step holds each value until the next point.
#[derive(Clone, Debug)]
pub struct Line {
    pub label: String,
    pub points: Vec<Point>,
    pub step: bool,
}

/// The shape of a single mark, so that two kinds differ without colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Dot,
    Cross,
}

/// A single event held against the lines; `words` are drawn beside it and may be empty.
#[derive(Clone, Debug)]
pub struct Mark {
    pub point: Point,
    pub series: String,
    pub shape: Shape,
    pub words: String,
}

/// A finished chart: the drawing, and its figures for the table and the CSV file.
#[derive(Clone, Debug)]
pub struct Chart {
    pub svg: String,
    pub title: String,
    /// What the picture says, in words.
    pub description: String,
    pub head: Vec<String>,
    /// How many of the first columns are words and not figures.
    pub words: usize,
    pub rows: Vec<Vec<String>>,
}

impl Chart {
    /// The figures as CSV: numbers without separators, and no cell a spreadsheet would run.
    pub fn csv(&self) -> String {
        std::iter::once(&self.head)
            .chain(&self.rows)
            .map(|row| {
                row.iter()
                    .map(|cell| scale::csv_cell(cell))
                    .collect::<Vec<_>>()
                    .join(",")
                    + "\r\n"
            })
            .collect()
    }
}

fn one_value_rows(caption: &Caption<'_>, bars: &[Bar]) -> Vec<Vec<String>> {
    bars.iter()
        .map(|bar| vec![bar.label.clone(), digits(bar.value, caption.decimals)])
        .collect()
}

fn finish(
    caption: &Caption<'_>,
    sheet: Sheet,
    height: i64,
    rows: Vec<Vec<String>>,
    head: Option<Vec<String>>,
) -> Chart {
    let svg = if rows.is_empty() {
        Sheet::blank(caption)
    } else {
        sheet.svg(caption, height)
    };
    let head = head.unwrap_or_else(|| vec![caption.across.to_owned(), caption.unit.to_owned()]);
    Chart {
        svg,
        title: caption.title.to_owned(),
        description: caption.description.to_owned(),
        head,
        words: 1,
        rows,
    }
}

#[cfg(test)]
mod tests;
