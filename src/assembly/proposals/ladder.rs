//! The floor by vote. U is the highest level that strictly more than the threshold of valid votes
//! are at or above; D the lowest that strictly more are at or below; the floor in force moves no
//! further than into [U, D], and where there is none it becomes U. Always a level somebody could
//! choose, never an average, and no member gains by asking for other than they want (Moulin 1980:
//! a median with fixed phantoms).

use crate::kernel::money::WHOLE_BP;

/// How many of `valid` votes are strictly more than the threshold: the least number that passes.
#[must_use]
pub fn needed(valid: i64, threshold_bp: i64) -> i64 {
    let share = i128::from(valid) * i128::from(threshold_bp) / i128::from(WHOLE_BP);
    i64::try_from(share).unwrap_or(i64::MAX).saturating_add(1)
}

/// How many votes stand at this level or above it.
#[must_use]
pub fn at_or_above(votes: &[i64], level: usize) -> i64 {
    votes.iter().skip(level).sum()
}

/// How many votes stand at this level or below it.
#[must_use]
pub fn at_or_below(votes: &[i64], level: usize) -> i64 {
    votes.iter().take(level.saturating_add(1)).sum()
}

/// The level the votes settle on, given the votes at each level (rising) and the level of the floor
/// in force. `None` when nothing follows: no votes, or a threshold nobody can pass and no floor.
#[must_use]
pub fn settle(votes: &[i64], current: Option<usize>, threshold_bp: i64) -> Option<usize> {
    let valid: i64 = votes.iter().sum();
    if valid == 0 {
        return current;
    }
    let enough = needed(valid, threshold_bp);
    let up = (0..votes.len()).rev().find(|level| at_or_above(votes, *level) >= enough);
    let down = (0..votes.len()).find(|level| at_or_below(votes, *level) >= enough);
    match (current, up, down) {
        (None, up, _) => up,
        (Some(now), Some(up), _) if now < up => Some(up),
        (Some(now), _, Some(down)) if now > down => Some(down),
        (now, _, _) => now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn count(peaks: &[Option<usize>], levels: usize) -> Vec<i64> {
        let mut votes = vec![0; levels];
        peaks.iter().flatten().for_each(|level| votes[*level] += 1);
        votes
    }

    #[test]
    fn known_ladders() {
        // Votes per level, floor in force, threshold, result.
        let cases: &[(&[i64], Option<usize>, i64, Option<usize>)] = &[
            (&[2, 0, 2], None, 5_000, Some(0)),
            (&[1, 1, 1, 1], None, 5_000, Some(1)),
            (&[2, 0, 2], Some(0), 5_000, Some(0)),
            (&[2, 0, 2], Some(1), 5_000, Some(1)),
            (&[2, 0, 2], Some(2), 5_000, Some(2)),
            (&[2, 0, 3], Some(0), 5_000, Some(2)),
            (&[3, 0, 2], Some(2), 5_000, Some(0)),
            (&[5, 12, 19], Some(0), 6_667, Some(1)),
            (&[0, 0, 0], Some(1), 5_000, Some(1)),
            (&[0, 0, 0], None, 5_000, None),
            (&[0, 1, 0], None, 5_000, Some(1)),
            (&[0, 5, 0], Some(0), 10_000, Some(0)),
        ];
        for (votes, current, threshold, result) in cases {
            assert_eq!(settle(votes, *current, *threshold), *result, "{votes:?} {current:?} {threshold}");
        }
    }

    /// Every electorate of up to five voters on up to four levels, every floor in force, two
    /// thresholds: no voter gets a level they could like better by asking for another level, or by
    /// abstaining, whatever single-peaked wishes they hold.
    #[test]
    fn nobody_gains_by_lying() {
        for levels in 2..=4_usize {
            for voters in 1..=5_u32 {
                for profile in 0..(levels + 1).pow(voters) {
                    let peaks: Vec<Option<usize>> = (0..voters).map(|v| (profile / (levels + 1).pow(v)) % (levels + 1)).map(|p| p.checked_sub(1)).collect();
                    for current in std::iter::once(None).chain((0..levels).map(Some)) {
                        for threshold in [5_000, 6_667] {
                            assert_honesty_pays(&peaks, levels, current, threshold);
                        }
                    }
                }
            }
        }
    }

    fn assert_honesty_pays(peaks: &[Option<usize>], levels: usize, current: Option<usize>, threshold: i64) {
        let Some(honest) = settle(&count(peaks, levels), current, threshold) else { return };
        for (voter, peak) in peaks.iter().enumerate() {
            let Some(peak) = *peak else { continue };
            for lie in std::iter::once(None).chain((0..levels).map(Some)) {
                let mut lied = peaks.to_vec();
                lied[voter] = lie;
                let Some(result) = settle(&count(&lied, levels), current, threshold) else { continue };
                // With single-peaked wishes only a level beyond `honest`, seen from the peak, is surely worse.
                let no_better = result == honest || (honest >= peak && result >= honest) || (honest <= peak && result <= honest);
                assert!(no_better, "{peaks:?} of {levels}, now {current:?}, over {threshold}: voter {voter} gains {result} for {honest} by {lie:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn the_order_of_votes_does_not_matter(mut peaks in prop::collection::vec(0..6_usize, 0..40), current in prop::option::of(0..6_usize), threshold in 5_000..10_000_i64) {
            let votes = |peaks: &[usize]| count(&peaks.iter().map(|p| Some(*p)).collect::<Vec<_>>(), 6);
            let first = settle(&votes(&peaks), current, threshold);
            peaks.reverse();
            prop_assert_eq!(first, settle(&votes(&peaks), current, threshold));
        }

        #[test]
        fn the_floor_moves_only_with_more_than_the_threshold(votes in prop::collection::vec(0..9_i64, 1..8), now in 0..8_usize, threshold in 5_000..10_000_i64) {
            let now = now % votes.len();
            let valid: i64 = votes.iter().sum();
            let then = settle(&votes, Some(now), threshold).unwrap();
            if then > now {
                prop_assert!(at_or_above(&votes, then) * 10_000 > valid * threshold);
            }
            if then < now {
                prop_assert!(at_or_below(&votes, then) * 10_000 > valid * threshold);
            }
        }

        #[test]
        fn one_more_vote_never_pushes_the_floor_away_from_it(votes in prop::collection::vec(0..9_i64, 2..8), at in 0..8_usize, now in prop::option::of(0..8_usize)) {
            let (at, now) = (at % votes.len(), now.map(|n| n % votes.len()));
            let mut more = votes.clone();
            more[at] += 1;
            if let (Some(before), Some(after)) = (settle(&votes, now, 5_000), settle(&more, now, 5_000)) {
                prop_assert!((before <= after && after <= at.max(before)) || (at.min(before) <= after && after <= before));
            }
        }
    }
}
