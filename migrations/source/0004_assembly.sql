CREATE TABLE proposals (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    number BIGINT NOT NULL,
    kind TEXT NOT NULL,
    matter TEXT NOT NULL,
    matter_hash TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    drafted_by TEXT,
    drafted_at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, id),
    UNIQUE (coop_id, number),
    FOREIGN KEY (coop_id) REFERENCES coops (id),
    FOREIGN KEY (coop_id, drafted_by) REFERENCES members (coop_id, id)
);
-- A notice that was ordered: who may vote is settled at this instant; the notice itself follows when the roll is written.
CREATE TABLE notice_orders (
    coop_id TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    bylaws_version BIGINT NOT NULL,
    level TEXT NOT NULL,
    ordered_by TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, proposal_id),
    FOREIGN KEY (coop_id, proposal_id) REFERENCES proposals (coop_id, id),
    FOREIGN KEY (coop_id, ordered_by) REFERENCES members (coop_id, id)
);
-- Text, rule, choices and roll, frozen together; notice_hash covers all of it.
CREATE TABLE notices (
    coop_id TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    text TEXT NOT NULL,
    notice_hash TEXT NOT NULL,
    level TEXT NOT NULL,
    choices BIGINT NOT NULL,
    quorum_bp BIGINT NOT NULL,
    threshold_bp BIGINT NOT NULL,
    roll_count BIGINT NOT NULL,
    roll_root TEXT NOT NULL,
    joined BIGINT NOT NULL,
    departed BIGINT NOT NULL,
    noticed_by TEXT NOT NULL,
    at BIGINT NOT NULL,
    opens_at BIGINT NOT NULL,
    closes_at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, proposal_id),
    FOREIGN KEY (coop_id, proposal_id) REFERENCES proposals (coop_id, id),
    FOREIGN KEY (coop_id, noticed_by) REFERENCES members (coop_id, id)
);
CREATE INDEX notices_closes ON notices (closes_at);
CREATE TABLE roll (
    coop_id TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    salt BYTEA NOT NULL,
    leaf TEXT NOT NULL,
    PRIMARY KEY (coop_id, proposal_id, member_id),
    UNIQUE (coop_id, proposal_id, position),
    FOREIGN KEY (coop_id, proposal_id) REFERENCES notice_orders (coop_id, proposal_id),
    FOREIGN KEY (coop_id, member_id) REFERENCES members (coop_id, id)
);
CREATE INDEX roll_member ON roll (coop_id, member_id);
CREATE TABLE challenges (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    body TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, id),
    FOREIGN KEY (coop_id, proposal_id) REFERENCES notices (coop_id, proposal_id),
    FOREIGN KEY (coop_id, member_id) REFERENCES members (coop_id, id)
);
CREATE TABLE challenge_answers (
    coop_id TEXT NOT NULL,
    challenge_id TEXT NOT NULL,
    body TEXT NOT NULL,
    answered_by TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, challenge_id),
    FOREIGN KEY (coop_id, challenge_id) REFERENCES challenges (coop_id, id),
    FOREIGN KEY (coop_id, answered_by) REFERENCES members (coop_id, id)
);
CREATE TABLE cancellations (
    coop_id TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    cancelled_by TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, proposal_id),
    FOREIGN KEY (coop_id, proposal_id) REFERENCES proposals (coop_id, id),
    FOREIGN KEY (coop_id, cancelled_by) REFERENCES members (coop_id, id)
);
-- The key of one sealed vote, itself sealed by the hall's secret file; the row goes when the vote is counted.
CREATE TABLE ballot_keys (
    coop_id TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (coop_id, proposal_id),
    FOREIGN KEY (coop_id, proposal_id) REFERENCES notices (coop_id, proposal_id)
);
-- V0: choice in clear, the envelope holds the receipt. V1: choice null, a fixed-length envelope. The last version counts.
CREATE TABLE ballots (
    coop_id TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    choice BIGINT,
    envelope BYTEA NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, proposal_id, member_id, version),
    FOREIGN KEY (coop_id, proposal_id, member_id) REFERENCES roll (coop_id, proposal_id, member_id)
);
-- From here no ballot is taken: how many there are, before any is opened.
CREATE TABLE closures (
    coop_id TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    ballots BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, proposal_id),
    FOREIGN KEY (coop_id, proposal_id) REFERENCES notices (coop_id, proposal_id)
);
-- Choices only, sorted by choice.
CREATE TABLE counted_ballots (
    coop_id TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    choice BIGINT NOT NULL,
    PRIMARY KEY (coop_id, proposal_id, position),
    FOREIGN KEY (coop_id, proposal_id) REFERENCES notices (coop_id, proposal_id)
);
-- Receipts only, sorted by receipt.
CREATE TABLE counted_receipts (
    coop_id TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    receipt TEXT NOT NULL,
    PRIMARY KEY (coop_id, proposal_id, receipt),
    FOREIGN KEY (coop_id, proposal_id) REFERENCES notices (coop_id, proposal_id)
);
CREATE TABLE decisions (
    coop_id TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    level BIGINT,
    explanation TEXT NOT NULL,
    record TEXT NOT NULL,
    record_hash TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, proposal_id),
    FOREIGN KEY (coop_id, proposal_id) REFERENCES notices (coop_id, proposal_id)
);
CREATE TABLE enactments (
    coop_id TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    effect TEXT,
    because TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, proposal_id),
    FOREIGN KEY (coop_id, proposal_id) REFERENCES decisions (coop_id, proposal_id)
);
-- append-only: proposals notice_orders notices roll challenges challenge_answers cancellations ballots closures counted_ballots counted_receipts decisions enactments
