use super::*;
use crate::kernel::terms::{Use, Weights};

const NOW: Timestamp = Timestamp(1_000);

fn course() -> Course {
    Course { latest: Side::Coop, valid_until: Timestamp(2_000), accepted: false, vote: None, agreed: false, firm_until: None, licensed: false, terminated: false }
}

#[test]
fn a_state_is_what_happened() {
    let requested = Course { latest: Side::Buyer, ..course() };
    let accepted = Course { accepted: true, ..course() };
    let agreed = Course { vote: Some(Vote::Ended(Timestamp(900))), firm_until: Some(Timestamp(1_001)), ..accepted };
    let verified = Course { agreed: true, ..agreed };
    let states = [requested, course(), accepted, agreed, verified, Course { licensed: true, ..verified }, Course { terminated: true, ..accepted }];
    assert_eq!(states.map(|c| c.state(NOW)), [State::Requested, State::Offered, State::Accepted, State::Agreed, State::Verified, State::Finalized, State::Terminated]);
    assert_eq!(State::ALL.iter().map(|s| s.word()).collect::<Vec<_>>(), ["REQUESTED", "OFFERED", "ACCEPTED", "AGREED", "VERIFIED", "FINALIZED", "TERMINATED"]);
}

#[test]
fn a_signature_lapses_with_its_version_unless_members_have_it() {
    let late = Course { accepted: true, valid_until: NOW, ..course() };
    assert_eq!(late.state(NOW), State::Offered);
    assert_eq!(late.may_put(NOW), Err(Refusal::Expired));
    assert_eq!(late.may_offer(NOW), Ok(()));
    let put = Course { vote: Some(Vote::Ahead(None)), ..late };
    assert_eq!(put.state(NOW), State::Accepted);
    assert_eq!(put.may_put(NOW), Err(Refusal::AlreadyPut));
    assert_eq!(put.may_offer(NOW), Err(Refusal::NotOpen(State::Accepted)));
}

#[test]
fn only_the_cooperatives_standing_version_can_be_accepted() {
    assert_eq!(course().may_accept(NOW), Ok(()));
    assert_eq!(Course { latest: Side::Buyer, ..course() }.may_accept(NOW), Err(Refusal::OwnVersion));
    assert_eq!(Course { valid_until: NOW, ..course() }.may_accept(NOW), Err(Refusal::Expired));
    assert_eq!(Course { accepted: true, ..course() }.may_accept(NOW), Err(Refusal::NotOpen(State::Accepted)));
    assert_eq!(Course { accepted: true, vote: Some(Vote::Failed), ..course() }.may_accept(NOW), Err(Refusal::VotedDown));
    assert_eq!(course().may_put(NOW), Err(Refusal::NotAccepted));
}

#[test]
fn what_members_voted_on_is_firm_until_complaints_are_over() {
    let utc = Zone::utc();
    let before = Course { accepted: true, vote: Some(Vote::Ahead(Some(Timestamp(1_001)))), firm_until: Some(Timestamp(5_000)), ..course() };
    assert_eq!(before.may_withdraw(NOW, &utc), Ok(true), "the vote is cancelled with it");
    let closed = Course { vote: Some(Vote::Ahead(Some(NOW))), ..before };
    assert!(matches!(closed.may_withdraw(NOW, &utc), Err(Refusal::Firm(_))), "closed, not counted yet");
    let passed = Course { vote: Some(Vote::Ended(Timestamp(900))), ..before };
    assert!(matches!(passed.may_withdraw(NOW, &utc), Err(Refusal::Firm(_))));
    assert_eq!(Course { agreed: true, firm_until: Some(NOW), ..passed }.may_withdraw(NOW, &utc), Ok(false));
    assert_eq!(Course { vote: Some(Vote::Failed), ..before }.may_withdraw(NOW, &utc), Ok(false));
    assert_eq!(Course { agreed: true, licensed: true, ..passed }.may_withdraw(NOW, &utc), Err(Refusal::NotOpen(State::Finalized)));
}

#[test]
fn the_negotiator_offers_no_more_than_members_adopted() {
    let limit = TermSheet::strictest(BuyerClass::Commercial);
    let mut sheet = limit.clone();
    assert_eq!(within(&sheet, &limit, 1), Ok(()));
    sheet.weights = Weights::Open;
    assert_eq!(within(&sheet, &limit, 1), Err(Refusal::Beyond { clauses: "Model weights".into(), version: 1 }));
}

#[test]
fn a_sheet_is_for_its_buyer_and_for_what_the_revision_was_frozen_for() {
    let sheet = TermSheet::strictest(BuyerClass::Commercial);
    assert_eq!(fits(&sheet, BuyerClass::Commercial, &[Use::Evaluate].into()), Ok(()));
    assert_eq!(fits(&sheet, BuyerClass::Research, &[Use::Evaluate].into()), Err(Refusal::OtherClass { of: BuyerClass::Research, asked: BuyerClass::Commercial }));
    assert_eq!(fits(&sheet, BuyerClass::Commercial, &[Use::Search].into()), Err(Refusal::NotForUse("evaluation and benchmarks".into())));
}
