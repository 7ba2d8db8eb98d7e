CREATE TABLE proposals (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    matter TEXT NOT NULL,
    matter_hash TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    drafted_by TEXT,
    drafted_at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, id),
    UNIQUE (coop_id, number),
    FOREIGN KEY (coop_id) REFERENCES coops (id),
    FOREIGN KEY (coop_id, drafted_by) REFERENCES members (coop_id, id)
) STRICT, WITHOUT ROWID;
-- A notice that was ordered: who may vote is settled at this instant; the notice itself follows when the roll is written.
CREATE TABLE notice_orders (
    coop_id TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    bylaws_version INTEGER NOT NULL,
    level TEXT NOT NULL,
    ordered_by TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, proposal_id),
    FOREIGN KEY (coop_id, proposal_id) REFERENCES proposals (coop_id, id),
    FOREIGN KEY (coop_id, ordered_by) REFERENCES members (coop_id, id)
) STRICT, WITHOUT ROWID;
-- Text, rule, choices and roll, frozen together; notice_hash covers all of it.
CREATE TABLE notices (
    coop_id TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    text TEXT NOT NULL,
    notice_hash TEXT NOT NULL,
    level TEXT NOT NULL,
    choices INTEGER NOT NULL,
    quorum_bp INTEGER NOT NULL,
    threshold_bp INTEGER NOT NULL,
    roll_count INTEGER NOT NULL,
    roll_root TEXT NOT NULL,
    joined INTEGER NOT NULL,
    departed INTEGER NOT NULL,
    noticed_by TEXT NOT NULL,
    at INTEGER NOT NULL,
    opens_at INTEGER NOT NULL,
    closes_at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, proposal_id),
    FOREIGN KEY (coop_id, proposal_id) REFERENCES proposals (coop_id, id),
    FOREIGN KEY (coop_id, noticed_by) REFERENCES members (coop_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX notices_closes ON notices (closes_at);
CREATE TABLE roll (
    coop_id TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    salt BLOB NOT NULL,
    leaf TEXT NOT NULL,
    PRIMARY KEY (coop_id, proposal_id, member_id),
    UNIQUE (coop_id, proposal_id, position),
    FOREIGN KEY (coop_id, proposal_id) REFERENCES notice_orders (coop_id, proposal_id),
    FOREIGN KEY (coop_id, member_id) REFERENCES members (coop_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX roll_member ON roll (coop_id, member_id);
CREATE TABLE challenges (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    body TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, id),
    FOREIGN KEY (coop_id, proposal_id) REFERENCES notices (coop_id, proposal_id),
    FOREIGN KEY (coop_id, member_id) REFERENCES members (coop_id, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE challenge_answers (
    coop_id TEXT NOT NULL,
    challenge_id TEXT NOT NULL,
    body TEXT NOT NULL,
    answered_by TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, challenge_id),
    FOREIGN KEY (coop_id, challenge_id) REFERENCES challenges (coop_id, id),
    FOREIGN KEY (coop_id, answered_by) REFERENCES members (coop_id, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE cancellations (
    coop_id TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    cancelled_by TEXT,
    at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, proposal_id),
    FOREIGN KEY (coop_id, proposal_id) REFERENCES proposals (coop_id, id),
    FOREIGN KEY (coop_id, cancelled_by) REFERENCES members (coop_id, id)
) STRICT, WITHOUT ROWID;
-- The key of one sealed vote, itself sealed by the hall's secret file; the row goes when the vote is counted.
CREATE TABLE ballot_keys (
    coop_id TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (coop_id, proposal_id),
    FOREIGN KEY (coop_id, proposal_id) REFERENCES notices (coop_id, proposal_id)
) STRICT, WITHOUT ROWID;
-- V0: choice in clear, the envelope holds the receipt. V1: choice null, a fixed-length envelope. The last version counts.
CREATE TABLE ballots (
    coop_id TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    choice INTEGER,
    envelope BLOB NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, proposal_id, member_id, version),
    FOREIGN KEY (coop_id, proposal_id, member_id) REFERENCES roll (coop_id, proposal_id, member_id)
) STRICT, WITHOUT ROWID;
-- From here no ballot is taken: how many there are, before any is opened.
CREATE TABLE closures (
    coop_id TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    ballots INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, proposal_id),
    FOREIGN KEY (coop_id, proposal_id) REFERENCES notices (coop_id, proposal_id)
) STRICT, WITHOUT ROWID;
-- Choices only, sorted by choice.
CREATE TABLE counted_ballots (
    coop_id TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    choice INTEGER NOT NULL,
    PRIMARY KEY (coop_id, proposal_id, position),
    FOREIGN KEY (coop_id, proposal_id) REFERENCES notices (coop_id, proposal_id)
) STRICT, WITHOUT ROWID;
-- Receipts only, sorted by receipt.
CREATE TABLE counted_receipts (
    coop_id TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    receipt TEXT NOT NULL,
    PRIMARY KEY (coop_id, proposal_id, receipt),
    FOREIGN KEY (coop_id, proposal_id) REFERENCES notices (coop_id, proposal_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE decisions (
    coop_id TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    level INTEGER,
    explanation TEXT NOT NULL,
    record TEXT NOT NULL,
    record_hash TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, proposal_id),
    FOREIGN KEY (coop_id, proposal_id) REFERENCES notices (coop_id, proposal_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE enactments (
    coop_id TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    effect TEXT,
    because TEXT,
    at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, proposal_id),
    FOREIGN KEY (coop_id, proposal_id) REFERENCES decisions (coop_id, proposal_id)
) STRICT, WITHOUT ROWID;
-- append-only: proposals notice_orders notices roll challenges challenge_answers cancellations ballots closures counted_ballots counted_receipts decisions enactments
CREATE TRIGGER proposals_no_update BEFORE UPDATE ON proposals BEGIN SELECT RAISE(ABORT, 'proposals is append-only'); END;
CREATE TRIGGER proposals_no_delete BEFORE DELETE ON proposals BEGIN SELECT RAISE(ABORT, 'proposals is append-only'); END;
CREATE TRIGGER notice_orders_no_update BEFORE UPDATE ON notice_orders BEGIN SELECT RAISE(ABORT, 'notice_orders is append-only'); END;
CREATE TRIGGER notice_orders_no_delete BEFORE DELETE ON notice_orders BEGIN SELECT RAISE(ABORT, 'notice_orders is append-only'); END;
CREATE TRIGGER notices_no_update BEFORE UPDATE ON notices BEGIN SELECT RAISE(ABORT, 'notices is append-only'); END;
CREATE TRIGGER notices_no_delete BEFORE DELETE ON notices BEGIN SELECT RAISE(ABORT, 'notices is append-only'); END;
CREATE TRIGGER roll_no_update BEFORE UPDATE ON roll BEGIN SELECT RAISE(ABORT, 'roll is append-only'); END;
CREATE TRIGGER roll_no_delete BEFORE DELETE ON roll BEGIN SELECT RAISE(ABORT, 'roll is append-only'); END;
CREATE TRIGGER challenges_no_update BEFORE UPDATE ON challenges BEGIN SELECT RAISE(ABORT, 'challenges is append-only'); END;
CREATE TRIGGER challenges_no_delete BEFORE DELETE ON challenges BEGIN SELECT RAISE(ABORT, 'challenges is append-only'); END;
CREATE TRIGGER challenge_answers_no_update BEFORE UPDATE ON challenge_answers BEGIN SELECT RAISE(ABORT, 'challenge_answers is append-only'); END;
CREATE TRIGGER challenge_answers_no_delete BEFORE DELETE ON challenge_answers BEGIN SELECT RAISE(ABORT, 'challenge_answers is append-only'); END;
CREATE TRIGGER cancellations_no_update BEFORE UPDATE ON cancellations BEGIN SELECT RAISE(ABORT, 'cancellations is append-only'); END;
CREATE TRIGGER cancellations_no_delete BEFORE DELETE ON cancellations BEGIN SELECT RAISE(ABORT, 'cancellations is append-only'); END;
CREATE TRIGGER ballots_no_update BEFORE UPDATE ON ballots BEGIN SELECT RAISE(ABORT, 'ballots is append-only'); END;
CREATE TRIGGER ballots_no_delete BEFORE DELETE ON ballots BEGIN SELECT RAISE(ABORT, 'ballots is append-only'); END;
CREATE TRIGGER closures_no_update BEFORE UPDATE ON closures BEGIN SELECT RAISE(ABORT, 'closures is append-only'); END;
CREATE TRIGGER closures_no_delete BEFORE DELETE ON closures BEGIN SELECT RAISE(ABORT, 'closures is append-only'); END;
CREATE TRIGGER counted_ballots_no_update BEFORE UPDATE ON counted_ballots BEGIN SELECT RAISE(ABORT, 'counted_ballots is append-only'); END;
CREATE TRIGGER counted_ballots_no_delete BEFORE DELETE ON counted_ballots BEGIN SELECT RAISE(ABORT, 'counted_ballots is append-only'); END;
CREATE TRIGGER counted_receipts_no_update BEFORE UPDATE ON counted_receipts BEGIN SELECT RAISE(ABORT, 'counted_receipts is append-only'); END;
CREATE TRIGGER counted_receipts_no_delete BEFORE DELETE ON counted_receipts BEGIN SELECT RAISE(ABORT, 'counted_receipts is append-only'); END;
CREATE TRIGGER decisions_no_update BEFORE UPDATE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions is append-only'); END;
CREATE TRIGGER decisions_no_delete BEFORE DELETE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions is append-only'); END;
CREATE TRIGGER enactments_no_update BEFORE UPDATE ON enactments BEGIN SELECT RAISE(ABORT, 'enactments is append-only'); END;
CREATE TRIGGER enactments_no_delete BEFORE DELETE ON enactments BEGIN SELECT RAISE(ABORT, 'enactments is append-only'); END;
