//! The floor over time as a picture: a step line of floors, with offers held against it as points
//! and refused ones as crosses, all in the floor's own unit.

use super::rules::{Floor, effective, in_force};
use crate::kernel::money::Rate;
use crate::kernel::terms::{BuyerClass, Quantities, Unit, Use};
use crate::kernel::time::{Timestamp, Zone};
use crate::platform::web::charts::{Caption, Chart, Line, Mark, Point, Shape, line};
use std::collections::{BTreeMap, BTreeSet};

/// A sum that was offered, or refused for staying below a floor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// For which uses.
    pub uses: BTreeSet<Use>,
    /// By which class of buyer.
    pub class: BuyerClass,
    /// The sum, minor units.
    pub total: i64,
    /// For how much.
    pub quantities: Quantities,
    /// When.
    pub at: Timestamp,
    /// Whether the guard refused it.
    pub refused: bool,
    /// The unit of the floor it was refused under.
    pub unit: Option<Unit>,
}

/// The history of one floor: of one use, class of buyer and unit.
#[derive(Clone, Debug)]
pub struct History {
    /// Which use.
    pub purpose: Use,
    /// Which buyers.
    pub class: BuyerClass,
    /// Since when there is one, in words.
    pub since: String,
    /// The picture and its figures.
    pub chart: Chart,
}

/// One picture for each floor there ever was, by use, class and unit.
#[must_use]
pub fn histories(floors: &[Floor], offered: &[Offered], now: Timestamp, zone: &Zone) -> Vec<History> {
    let mut by_key: BTreeMap<(Use, BuyerClass, Unit), Vec<&Floor>> = BTreeMap::new();
    for floor in floors.iter().filter(|floor| floor.since <= now) {
        by_key.entry((floor.purpose, floor.class, floor.unit)).or_default().push(floor);
    }
    let bound: Vec<(&Offered, Key)> = offered.iter().filter_map(|o| Some((o, dearest(floors, o)?))).collect();
    by_key.iter().enumerate().filter_map(|(n, (key, steps))| history(n, steps, &held(&bound, *key), now, zone)).collect()
}

type Key = (Use, BuyerClass, Unit);

fn held<'a>(bound: &[(&'a Offered, Key)], key: Key) -> Vec<&'a Offered> {
    bound.iter().filter(|(_, of)| *of == key).map(|(o, _)| *o).collect()
}

/// The floor that asked most of an offer, which is the one it is shown against.
fn dearest(floors: &[Floor], o: &Offered) -> Option<Key> {
    let binds = |f: &Floor| f.class == o.class && o.uses.contains(&f.purpose) && o.unit.is_none_or(|unit| unit == f.unit);
    in_force(floors, o.at).into_iter().filter(binds).max_by_key(|f| f.least(&o.quantities)).map(|f| (f.purpose, f.class, f.unit))
}

/// The history of one floor that moved, or that something was held against.
fn history(n: usize, steps: &[&Floor], held: &[&Offered], now: Timestamp, zone: &Zone) -> Option<History> {
    let (first, last) = (steps.first()?, steps.last()?);
    let cut = Cut::of(steps);
    let point = |at: Timestamp, rate: Rate| Point { at: at.seconds(), label: at.day(zone), value: cut.value(rate) };
    let marks: Vec<Mark> = held
        .iter()
        .filter_map(|o| {
            let rate = effective(o.total, o.quantities.of(first.unit), steps.iter().rev().find(|f| f.since <= o.at)?.rate)?;
            let (series, shape) = if o.refused { ("refused, below the floor", Shape::Cross) } else { ("offer", Shape::Dot) };
            Some(Mark { point: point(o.at, rate), series: series.to_owned(), shape, words: String::new() })
        })
        .collect();
    if marks.is_empty() && steps.len() < 2 {
        return None;
    }
    let refused = marks.iter().filter(|mark| mark.shape == Shape::Cross).count();
    let title = format!("The floor for {}, {} buyers", first.purpose, first.class);
    let description = format!(
        "In force since {}: {}. {} offers stand at or above it as points; {refused} below it were refused and stand as crosses.",
        last.since.day(zone),
        last.show(),
        marks.len() - refused,
    );
    let unit = format!("{} {}", first.currency, first.unit.phrase());
    let caption = Caption { id: &format!("floor-{n}"), title: &title, description: &description, across: "Day", unit: &unit, decimals: cut.decimals(first) };
    let floor = Line { label: "floor".to_owned(), points: steps.iter().map(|f| point(f.since, f.rate)).collect(), step: true };
    let mut ticks: Vec<(i64, String)> = steps.iter().map(|f| (f.since.seconds(), f.since.day(zone))).collect();
    ticks.push((now.seconds(), now.day(zone)));
    Some(History { purpose: first.purpose, class: first.class, since: first.since.day(zone), chart: line(&caption, &[floor], &marks, &ticks) })
}

/// How many digits of a rate are left out of the picture. Every floor is drawn exactly and whatever
/// is below one is drawn below it, because digits are cut off, never rounded up.
struct Cut(u32);

impl Cut {
    fn of(steps: &[&Floor]) -> Self {
        let zeros = |rate: Rate| (0..6_u32).take_while(|n| rate.0 % 10_i64.pow(n + 1) == 0).last().map_or(0, |n| n + 1);
        let common = steps.iter().map(|f| zeros(f.rate)).min().unwrap_or(0);
        let small = steps.iter().any(|f| f.rate.0 < 1_000_000_000);
        Self(if small { common.saturating_sub(2) } else { common })
    }

    fn value(&self, rate: Rate) -> i64 {
        rate.0 / 10_i64.pow(self.0)
    }

    fn decimals(&self, floor: &Floor) -> u32 {
        floor.currency.exponent() + 6 - self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::ids::{FloorId, Id as _, ProposalId};
    use crate::kernel::money::Currency;
    use crate::kernel::time::DAY;

    fn floor(rate: &str, since: i64) -> Floor {
        let id = "0190a0b0-0000-7000-8000-000000000001";
        let eur = Currency::parse("EUR").unwrap();
        Floor { id: FloorId::parse(id).unwrap(), purpose: Use::Finetune, class: BuyerClass::Commercial, unit: Unit::Record, rate: eur.rate(rate).unwrap(), currency: eur, proposal: ProposalId::parse(id).unwrap(), number: 3, since: Timestamp(since * DAY) }
    }

    #[test]
    fn what_is_below_a_floor_is_drawn_below_it() {
        let offer = |total, refused| Offered { uses: [Use::Finetune].into(), class: BuyerClass::Commercial, total, quantities: Quantities { records: 1_000, words: 1, bytes: 1 }, at: Timestamp(2 * DAY), refused, unit: None };
        let all = histories(&[floor("0.10", 1), floor("0.12", 5)], &[offer(9_999, true), offer(10_000, false)], Timestamp(9 * DAY), &Zone::utc());
        assert_eq!(all.len(), 1);
        let rows: Vec<String> = all[0].chart.rows.iter().map(|row| row.join(" ")).collect();
        assert_eq!(rows, ["2 Jan 1970 floor 0.1000", "3 Jan 1970 refused, below the floor 0.0999", "3 Jan 1970 offer 0.1000", "6 Jan 1970 floor 0.1200"]);
    }

    #[test]
    fn another_use_or_class_or_time_is_not_held_against_it() {
        let other = Offered { uses: [Use::Search].into(), class: BuyerClass::Commercial, total: 1, quantities: Quantities::default(), at: Timestamp(2 * DAY), refused: false, unit: None };
        let early = Offered { uses: [Use::Finetune].into(), at: Timestamp(0), ..other.clone() };
        let one = &histories(&[floor("0.10", 1), floor("0.11", 3)], &[other.clone(), early], Timestamp(9 * DAY), &Zone::utc())[0];
        assert_eq!(one.chart.rows.len(), 2);
        assert!(histories(&[floor("0.10", 1)], &[other], Timestamp(9 * DAY), &Zone::utc()).is_empty(), "a floor that never moved is no history");
    }
}
