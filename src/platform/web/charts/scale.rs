//! Where a value lies on paper, and how it is written. Wide integers inside, so nothing overflows.

/// A stretch of values with round ticks.
pub struct Axis {
    low: i128,
    high: i128,
    step: i128,
}

impl Axis {
    /// The round axis that holds all values, with at most six ticks.
    pub fn around(values: impl Iterator<Item = i64> + Clone) -> Self {
        let exact = Axis::within(values);
        let step = round_step(exact.high - exact.low);
        let low = exact.low.div_euclid(step) * step;
        let high = -(-exact.high).div_euclid(step) * step;
        Axis {
            low,
            high: high.max(low + step),
            step,
        }
    }

    /// From the least to the greatest value as they stand.
    pub fn within(values: impl Iterator<Item = i64> + Clone) -> Self {
        Axis::exact(values.clone().min().unwrap_or(0), values.max().unwrap_or(0))
    }

    /// From one value to another as they stand; never empty.
    pub fn exact(low: i64, high: i64) -> Self {
        let (low, high) = (i128::from(low), i128::from(high));
        Axis {
            low,
            high: high.max(low + 1),
            step: (high - low).max(1),
        }
    }

    /// Where a value falls when the axis runs from one place to another.
    pub fn place(&self, value: i64, from: i64, to: i64) -> i64 {
        let along = (i128::from(value) - self.low) * (i128::from(to) - i128::from(from));
        narrow(i128::from(from) + along / (self.high - self.low))
    }

    /// The round values, lowest first.
    pub fn ticks(&self) -> impl Iterator<Item = i64> {
        let (low, high, step) = (self.low, self.high, self.step);
        (0_i128..=6)
            .map(move |n| low + n * step)
            .take_while(move |tick| *tick <= high)
            .map(narrow)
    }
}

/// The least of 1, 2, 5, 10, 20, .. that spans the range in at most four steps.
fn round_step(range: i128) -> i128 {
    let mut unit = 1_i128;
    loop {
        for times in [1, 2, 5] {
            if unit * times * 4 >= range {
                return unit * times;
            }
        }
        unit *= 10;
    }
}

fn narrow(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

/// A length as a coordinate.
pub fn span(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX / 1000)
}

/// `1234567` with two decimals is `12,345.67`.
pub fn digits(value: i64, decimals: u32) -> String {
    let unit = 10_u64.checked_pow(decimals).unwrap_or(1);
    let (whole, part) = (value.unsigned_abs() / unit, value.unsigned_abs() % unit);
    let sign = if value < 0 { "-" } else { "" };
    let behind = if unit == 1 {
        String::new()
    } else {
        format!(".{part:0width$}", width = width(decimals))
    };
    format!("{sign}{}{behind}", grouped(whole))
}

/// As `digits`, without decimals that say nothing.
pub fn round_digits(value: i64, decimals: u32) -> String {
    let text = digits(value, decimals);
    match text.split_once('.') {
        Some((whole, part)) if part.bytes().all(|digit| digit == b'0') => whole.to_owned(),
        _ => text,
    }
}

fn width(decimals: u32) -> usize {
    usize::try_from(decimals).unwrap_or(0)
}

fn grouped(whole: u64) -> String {
    let plain = whole.to_string();
    let mut out = String::with_capacity(plain.len() + plain.len() / 3);
    for (n, digit) in plain.chars().enumerate() {
        if n > 0 && (plain.len() - n).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A cell for a file that spreadsheets open: numbers bare, nothing that starts a formula.
pub fn csv_cell(cell: &str) -> String {
    if is_number(cell) {
        return cell.replace(',', "");
    }
    let safe = match cell.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{cell}"),
        _ => cell.to_owned(),
    };
    if safe.contains([',', '"', '\n', '\r', '\t']) {
        format!("\"{}\"", safe.replace('"', "\"\""))
    } else {
        safe
    }
}

fn is_number(cell: &str) -> bool {
    let bare = cell.strip_prefix('-').unwrap_or(cell);
    bare.starts_with(|digit: char| digit.is_ascii_digit())
        && bare
            .chars()
            .all(|letter| letter.is_ascii_digit() || letter == '.' || letter == ',')
}
