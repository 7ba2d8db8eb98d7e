-- Global tables: the hall itself. Everything else carries coop_id in its key.
CREATE TABLE hall (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name)
);
CREATE TABLE signing_keys (
    kid TEXT NOT NULL,
    public_key TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT,
    PRIMARY KEY (kid)
);
-- One journal chain per cooperative (its id) and one for the hall ('hall').
CREATE TABLE journal_entries (
    chain TEXT NOT NULL,
    id TEXT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    facts TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (chain, id)
);
CREATE TABLE journal_pending (
    chain TEXT NOT NULL,
    entry_id TEXT NOT NULL,
    PRIMARY KEY (chain, entry_id)
);
CREATE TABLE journal_chains (
    chain TEXT NOT NULL,
    height BIGINT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (chain)
);
CREATE TABLE journal_links (
    chain TEXT NOT NULL,
    height BIGINT NOT NULL,
    entry_id TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (chain, height),
    UNIQUE (chain, entry_id),
    FOREIGN KEY (chain, entry_id) REFERENCES journal_entries (chain, id)
);
CREATE TABLE journal_heads (
    chain TEXT NOT NULL,
    height BIGINT NOT NULL,
    hash TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (chain, height)
);
CREATE TABLE outbox (
    id TEXT NOT NULL,
    coop_id TEXT,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    queued_at BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    sent_at BIGINT,
    bounced_at BIGINT,
    fault TEXT,
    PRIMARY KEY (id)
);
CREATE INDEX outbox_next ON outbox (next_at) WHERE sent_at IS NULL AND bounced_at IS NULL;
CREATE TABLE jobs (
    id TEXT NOT NULL,
    coop_id TEXT,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    queued_at BIGINT NOT NULL,
    run_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    claimed_until BIGINT,
    done_at BIGINT,
    fault TEXT,
    PRIMARY KEY (id)
);
CREATE INDEX jobs_next ON jobs (run_at) WHERE done_at IS NULL;
CREATE TABLE rate_buckets (
    bucket TEXT NOT NULL,
    level BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (bucket)
);
CREATE TABLE form_keys (
    owner TEXT NOT NULL,
    key TEXT NOT NULL,
    body TEXT NOT NULL,
    location TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (owner, key)
);
CREATE INDEX form_keys_at ON form_keys (at);
CREATE TABLE blobs (
    coop_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    purpose TEXT NOT NULL,
    stored_at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, digest)
);
-- append-only: journal_entries journal_links journal_heads

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER journal_entries_append_only BEFORE UPDATE OR DELETE ON journal_entries FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER journal_entries_no_truncate BEFORE TRUNCATE ON journal_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER journal_links_append_only BEFORE UPDATE OR DELETE ON journal_links FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER journal_links_no_truncate BEFORE TRUNCATE ON journal_links FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER journal_heads_append_only BEFORE UPDATE OR DELETE ON journal_heads FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER journal_heads_no_truncate BEFORE TRUNCATE ON journal_heads FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
