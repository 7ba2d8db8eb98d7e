use super::*;
use crate::kernel::merkle::{Roots, Step, verify};
use crate::kernel::terms::{BuyerClass, Unit, Use};

fn ladder(levels: &[i64], current: Option<i64>) -> Matter {
    let currency = Currency::parse("EUR").unwrap();
    Matter::SetFloor { ladder: Ladder { purpose: Use::Finetune, class: BuyerClass::Commercial, unit: Unit::Record, currency, levels: levels.iter().map(|l| Rate(*l)).collect(), current: current.map(Rate) } }
}

#[test]
fn the_stored_instants_decide_where_a_proposal_stands() {
    let at = |n| Some(Timestamp(n));
    let noticed = Dates { ordered_at: at(1), opens_at: at(10), closes_at: at(20), ..Dates::default() };
    assert_eq!(phase(&Dates::default(), Timestamp(5)), Phase::Draft);
    assert_eq!(phase(&Dates { ordered_at: at(1), ..Dates::default() }, Timestamp(5)), Phase::Noticing);
    let expected = [(9, Phase::Noticed), (10, Phase::Open), (19, Phase::Open), (20, Phase::Counting), (99, Phase::Counting)];
    for (now, phase_then) in expected {
        assert_eq!(phase(&noticed, Timestamp(now)), phase_then, "{now}");
    }
    assert_eq!(phase(&Dates { decided_at: at(30), ..noticed }, Timestamp(15)), Phase::Decided);
    assert_eq!(phase(&Dates { cancelled_at: at(3), ..noticed }, Timestamp(15)), Phase::Cancelled);
}

#[test]
fn a_ladder_rises_holds_the_floor_in_force_and_has_few_levels_for_few_voters() {
    let (currency, bylaws) = (Currency::parse("EUR").unwrap(), Bylaws::founding());
    let sound = |matter: &Matter, floor: Option<i64>| is_sound(matter, &Ground { currency: &currency, floor: floor.map(Rate), bylaws: &bylaws });
    assert_eq!(sound(&ladder(&[1, 2, 3], Some(2)), Some(2)), Ok(()));
    assert_eq!(sound(&ladder(&[1, 2], None), None), Ok(()));
    assert!(matches!(sound(&ladder(&[1, 2, 3], Some(2)), Some(3)), Err(Refusal::FloorMoved { .. })));
    for (levels, floor) in [(vec![1, 3], Some(2)), (vec![2, 1], None), (vec![1, 1], None), (vec![0, 1], None), (vec![1], None), ((1..=22).collect(), None)] {
        assert!(matches!(sound(&ladder(&levels, floor), floor), Err(Refusal::Unsound { field: "levels", .. })), "{levels:?}");
    }
    let eight = ladder(&[1, 2, 3, 4, 5, 6, 7, 8], None);
    assert_eq!(fits_roll(&eight, Level::V1, 49, &bylaws), Err(Refusal::TooManyLevels { levels: 8 }));
    assert_eq!(fits_roll(&eight, Level::V1, 50, &bylaws), Ok(()));
    assert_eq!(fits_roll(&eight, Level::V0, 49, &bylaws), Ok(()));
}

#[test]
fn a_sealed_vote_needs_the_bylaws_roll_and_an_open_one_somebody() {
    let bylaws = Bylaws::founding();
    assert_eq!(fits_roll(&Matter::Resolve {}, Level::V1, 9, &bylaws), Err(Refusal::RollTooSmall { members: "9 members".into(), needed: 10 }));
    assert_eq!(fits_roll(&Matter::Resolve {}, Level::V1, 10, &bylaws), Ok(()));
    assert_eq!(fits_roll(&Matter::Resolve {}, Level::V0, 1, &bylaws), Ok(()));
    assert_eq!(fits_roll(&Matter::Resolve {}, Level::V0, 0, &bylaws), Err(Refusal::NobodyVotes));
}

#[test]
fn bylaws_that_could_lock_members_out_are_refused_beside_their_field() {
    let (currency, founding) = (Currency::parse("EUR").unwrap(), Bylaws::founding());
    let with = |change: &dyn Fn(&mut Bylaws)| {
        let mut bylaws = Bylaws::founding();
        change(&mut bylaws);
        is_sound(&Matter::AmendBylaws { bylaws: Box::new(bylaws) }, &Ground { currency: &currency, floor: None, bylaws: &founding })
    };
    assert_eq!(with(&|_| {}), Ok(()));
    let is = |result: Result<(), Refusal>, name: &str| matches!(result, Err(Refusal::Unsound { field, .. }) if field == name);
    assert!(is(with(&|b| b.voting_days = 0), "voting_days"));
    assert!(is(with(&|b| b.mandate_days = 184), "mandate_days"));
    assert!(is(with(&|b| b.rules.values_mut().for_each(|r| r.threshold_bp = 10_000)), "rules"));
    assert!(is(with(&|b| b.rules.values_mut().for_each(|r| r.threshold_bp = 4_999)), "rules"));
    assert!(is(with(&|b| b.budget_lines.push("Hosting".into())), "budget_lines"));
}

#[test]
fn a_voters_place_in_the_roll_is_proven_by_the_siblings_alone() {
    let member = |n: i64| MemberId::parse(&format!("0190a0b0-0000-7000-8000-{n:012}")).unwrap();
    for size in 1..20_i64 {
        let leaves: Vec<Digest> = (0..size).map(|n| roll_leaf(&[7; 16], &member(n))).collect();
        let root = merkle::root(&leaves);
        for position in 0..size {
            let steps: Vec<Step> = siblings(size, position)
                .into_iter()
                .map(|(left, first, many)| {
                    let mut roots = Roots::default();
                    leaves.iter().skip(first as usize).take(many as usize).for_each(|leaf| roots.push(leaf));
                    Step { left, sibling: roots.root() }
                })
                .collect();
            assert!(verify(&leaves[position as usize], &steps, &root), "{position} of {size}");
        }
    }
    assert_ne!(roll_leaf(&[7; 16], &member(1)), roll_leaf(&[8; 16], &member(1)), "the salt hides who it is");
}

#[test]
fn outcomes_are_told_before_anybody_votes() {
    assert_eq!(outcomes(61, 5_000, 5_000), vec![(30, None), (31, Some(16)), (46, Some(24)), (61, Some(31))]);
    assert_eq!(outcomes(1, 5_000, 5_000), vec![(1, Some(1))]);
}
