CREATE TABLE licences (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    number INTEGER NOT NULL,
    negotiation_id TEXT NOT NULL,
    offer_id TEXT NOT NULL,
    buyer_id TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    revision_id TEXT NOT NULL,
    sheet TEXT NOT NULL,
    sheet_hash TEXT NOT NULL,
    corpus_root TEXT NOT NULL,
    decision_hash TEXT NOT NULL,
    floors TEXT NOT NULL,
    journal_height INTEGER NOT NULL,
    journal_hash TEXT NOT NULL,
    total INTEGER NOT NULL,
    currency TEXT NOT NULL,
    kid TEXT NOT NULL,
    jwt TEXT NOT NULL,
    issued_by TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, id),
    UNIQUE (coop_id, number),
    UNIQUE (coop_id, negotiation_id),
    FOREIGN KEY (coop_id, negotiation_id) REFERENCES agreements (coop_id, negotiation_id),
    FOREIGN KEY (coop_id, offer_id) REFERENCES offers (coop_id, id),
    FOREIGN KEY (coop_id, proposal_id) REFERENCES decisions (coop_id, proposal_id),
    FOREIGN KEY (coop_id, revision_id) REFERENCES freezes (coop_id, revision_id),
    FOREIGN KEY (coop_id, issued_by) REFERENCES members (coop_id, id),
    FOREIGN KEY (buyer_id) REFERENCES buyers (id),
    FOREIGN KEY (kid) REFERENCES signing_keys (kid)
) STRICT, WITHOUT ROWID;
CREATE INDEX licences_buyer ON licences (buyer_id);
CREATE INDEX licences_id ON licences (id);
CREATE TABLE revocations (
    coop_id TEXT NOT NULL,
    licence_id TEXT NOT NULL,
    ground TEXT NOT NULL,
    reason TEXT NOT NULL,
    revoked_by TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, licence_id),
    FOREIGN KEY (coop_id, licence_id) REFERENCES licences (coop_id, id),
    FOREIGN KEY (coop_id, revoked_by) REFERENCES members (coop_id, id)
) STRICT, WITHOUT ROWID;
-- Tokens that fetch files: 'once' (one file set, short life) or 'api'. Only the hash is kept.
CREATE TABLE delivery_tokens (
    coop_id TEXT NOT NULL,
    token TEXT NOT NULL,
    licence_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    label TEXT NOT NULL,
    made_by TEXT NOT NULL,
    at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    PRIMARY KEY (coop_id, token),
    UNIQUE (token),
    FOREIGN KEY (coop_id, licence_id) REFERENCES licences (coop_id, id),
    FOREIGN KEY (made_by) REFERENCES accounts (id)
) STRICT, WITHOUT ROWID;
CREATE TABLE deliveries (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    licence_id TEXT NOT NULL,
    revision_id TEXT NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    first_byte INTEGER NOT NULL,
    last_byte INTEGER NOT NULL,
    token TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, id),
    FOREIGN KEY (coop_id, licence_id) REFERENCES licences (coop_id, id),
    FOREIGN KEY (coop_id, revision_id, name) REFERENCES revision_files (coop_id, revision_id, name),
    FOREIGN KEY (coop_id, token) REFERENCES delivery_tokens (coop_id, token)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_licence ON deliveries (coop_id, licence_id);
CREATE TABLE usage_reports (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    licence_id TEXT NOT NULL,
    period_from TEXT NOT NULL,
    period_to TEXT NOT NULL,
    purpose TEXT NOT NULL,
    model TEXT NOT NULL,
    note TEXT NOT NULL,
    reported_by TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, id),
    FOREIGN KEY (coop_id, licence_id) REFERENCES licences (coop_id, id),
    FOREIGN KEY (reported_by) REFERENCES accounts (id)
) STRICT, WITHOUT ROWID;
-- append-only: licences revocations deliveries usage_reports
CREATE TRIGGER licences_no_update BEFORE UPDATE ON licences BEGIN SELECT RAISE(ABORT, 'licences is append-only'); END;
CREATE TRIGGER licences_no_delete BEFORE DELETE ON licences BEGIN SELECT RAISE(ABORT, 'licences is append-only'); END;
CREATE TRIGGER revocations_no_update BEFORE UPDATE ON revocations BEGIN SELECT RAISE(ABORT, 'revocations is append-only'); END;
CREATE TRIGGER revocations_no_delete BEFORE DELETE ON revocations BEGIN SELECT RAISE(ABORT, 'revocations is append-only'); END;
CREATE TRIGGER deliveries_no_update BEFORE UPDATE ON deliveries BEGIN SELECT RAISE(ABORT, 'deliveries is append-only'); END;
CREATE TRIGGER deliveries_no_delete BEFORE DELETE ON deliveries BEGIN SELECT RAISE(ABORT, 'deliveries is append-only'); END;
CREATE TRIGGER usage_reports_no_update BEFORE UPDATE ON usage_reports BEGIN SELECT RAISE(ABORT, 'usage_reports is append-only'); END;
CREATE TRIGGER usage_reports_no_delete BEFORE DELETE ON usage_reports BEGIN SELECT RAISE(ABORT, 'usage_reports is append-only'); END;
