use super::*;

#[test]
fn a_revocation_counts_and_so_does_the_end() {
    let (ends, now) = (Timestamp(100), Timestamp(99));
    assert_eq!(status(None, ends, now), Status::Active);
    assert_eq!(status(None, ends, ends), Status::Expired(ends));
    let revoked = Some((Ground::Breach, Timestamp(50)));
    assert_eq!(status(revoked, ends, now).word(), "revoked");
    assert_eq!(status(revoked, ends, Timestamp(500)).word(), "revoked", "it stays the reason after the end");
}
