//! How a sum is spread over people, without saying over whom.

/// One class of amounts: from, up to but not including, and how many people are in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class {
    /// Least amount of the class.
    pub from: i64,
    /// First amount of the next.
    pub to: i64,
    /// How many.
    pub people: i64,
}

/// Amounts in ordered classes, with the least, the middle and the greatest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spread {
    /// How many people.
    pub people: i64,
    /// Least amount.
    pub least: i64,
    /// The amount that half of them get at least.
    pub middle: i64,
    /// Greatest amount.
    pub most: i64,
    /// At most eight classes of equal width from zero.
    pub classes: Vec<Class>,
}

/// The spread of these amounts; none without people. Amounts below zero count as zero.
#[must_use]
pub fn spread(amounts: &[i64]) -> Option<Spread> {
    let mut sorted: Vec<i64> = amounts.iter().map(|amount| (*amount).max(0)).collect();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let (most, least) = (*sorted.first()?, *sorted.last()?);
    let middle = *sorted.get((sorted.len() - 1) / 2)?;
    let width = width(most);
    let count = most.checked_div(width).unwrap_or(0);
    let class = |n: i64| {
        let (from, to) = (n.saturating_mul(width), n.saturating_add(1).saturating_mul(width));
        let people = sorted.iter().filter(|amount| (from..to).contains(*amount)).count();
        Class { from, to, people: i64::try_from(people).unwrap_or(i64::MAX) }
    };
    Some(Spread { people: i64::try_from(sorted.len()).unwrap_or(i64::MAX), least, middle, most, classes: (0..=count).map(class).collect() })
}

/// The least of 1, 2, 5, 10, 20, .. of which eight reach past the greatest amount.
fn width(most: i64) -> i64 {
    let mut unit = 1_i64;
    loop {
        for times in [1, 2, 5] {
            let width = unit.saturating_mul(times);
            if width.saturating_mul(8) > most {
                return width;
            }
        }
        unit = unit.saturating_mul(10);
        if unit == i64::MAX {
            return unit;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_in_one_class_and_the_middle_is_what_half_get_at_least() {
        let spread = spread(&[29_870, 42_921, 14_210]).unwrap();
        assert_eq!((spread.least, spread.middle, spread.most), (14_210, 29_870, 42_921));
        assert_eq!(spread.classes[1], Class { from: 10_000, to: 20_000, people: 1 });
        assert_eq!(spread.classes.iter().map(|class| class.people).sum::<i64>(), 3);
        assert_eq!(super::spread(&[]), None);
        let odd = super::spread(&[0, -5, i64::MAX - 1]).unwrap();
        assert!(odd.classes.len() <= 8);
        assert_eq!(odd.classes.iter().map(|class| class.people).sum::<i64>(), 3);
    }
}
