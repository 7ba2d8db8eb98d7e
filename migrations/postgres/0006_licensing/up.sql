CREATE TABLE licences (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    number BIGINT NOT NULL,
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
    journal_height BIGINT NOT NULL,
    journal_hash TEXT NOT NULL,
    total BIGINT NOT NULL,
    currency TEXT NOT NULL,
    kid TEXT NOT NULL,
    jwt TEXT NOT NULL,
    issued_by TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
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
);
CREATE INDEX licences_buyer ON licences (buyer_id);
CREATE INDEX licences_id ON licences (id);
CREATE TABLE revocations (
    coop_id TEXT NOT NULL,
    licence_id TEXT NOT NULL,
    ground TEXT NOT NULL,
    reason TEXT NOT NULL,
    revoked_by TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, licence_id),
    FOREIGN KEY (coop_id, licence_id) REFERENCES licences (coop_id, id),
    FOREIGN KEY (coop_id, revoked_by) REFERENCES members (coop_id, id)
);
-- Tokens that fetch files: 'once' (one file set, short life) or 'api'. Only the hash is kept.
CREATE TABLE delivery_tokens (
    coop_id TEXT NOT NULL,
    token TEXT NOT NULL,
    licence_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    label TEXT NOT NULL,
    made_by TEXT NOT NULL,
    at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    PRIMARY KEY (coop_id, token),
    UNIQUE (token),
    FOREIGN KEY (coop_id, licence_id) REFERENCES licences (coop_id, id),
    FOREIGN KEY (made_by) REFERENCES accounts (id)
);
CREATE TABLE deliveries (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    licence_id TEXT NOT NULL,
    revision_id TEXT NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    first_byte BIGINT NOT NULL,
    last_byte BIGINT NOT NULL,
    token TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, id),
    FOREIGN KEY (coop_id, licence_id) REFERENCES licences (coop_id, id),
    FOREIGN KEY (coop_id, revision_id, name) REFERENCES revision_files (coop_id, revision_id, name),
    FOREIGN KEY (coop_id, token) REFERENCES delivery_tokens (coop_id, token)
);
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
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, id),
    FOREIGN KEY (coop_id, licence_id) REFERENCES licences (coop_id, id),
    FOREIGN KEY (reported_by) REFERENCES accounts (id)
);
-- append-only: licences revocations deliveries usage_reports
CREATE TRIGGER licences_append_only BEFORE UPDATE OR DELETE ON licences FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER licences_no_truncate BEFORE TRUNCATE ON licences FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER revocations_append_only BEFORE UPDATE OR DELETE ON revocations FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER revocations_no_truncate BEFORE TRUNCATE ON revocations FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER deliveries_append_only BEFORE UPDATE OR DELETE ON deliveries FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER deliveries_no_truncate BEFORE TRUNCATE ON deliveries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER usage_reports_append_only BEFORE UPDATE OR DELETE ON usage_reports FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER usage_reports_no_truncate BEFORE TRUNCATE ON usage_reports FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
