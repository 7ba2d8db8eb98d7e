-- Global tables: the hall itself. Everything else carries coop_id in its key.
CREATE TABLE hall (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name)
) STRICT, WITHOUT ROWID;
CREATE TABLE signing_keys (
    kid TEXT NOT NULL,
    public_key TEXT NOT NULL,
    sealed BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER,
    PRIMARY KEY (kid)
) STRICT, WITHOUT ROWID;
-- One journal chain per cooperative (its id) and one for the hall ('hall').
CREATE TABLE journal_entries (
    chain TEXT NOT NULL,
    id TEXT NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    facts TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (chain, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE journal_pending (
    chain TEXT NOT NULL,
    entry_id TEXT NOT NULL,
    PRIMARY KEY (chain, entry_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE journal_chains (
    chain TEXT NOT NULL,
    height INTEGER NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (chain)
) STRICT, WITHOUT ROWID;
CREATE TABLE journal_links (
    chain TEXT NOT NULL,
    height INTEGER NOT NULL,
    entry_id TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (chain, height),
    UNIQUE (chain, entry_id),
    FOREIGN KEY (chain, entry_id) REFERENCES journal_entries (chain, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE journal_heads (
    chain TEXT NOT NULL,
    height INTEGER NOT NULL,
    hash TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (chain, height)
) STRICT, WITHOUT ROWID;
CREATE TABLE outbox (
    id TEXT NOT NULL,
    coop_id TEXT,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    queued_at INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    sent_at INTEGER,
    bounced_at INTEGER,
    fault TEXT,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_next ON outbox (next_at) WHERE sent_at IS NULL AND bounced_at IS NULL;
CREATE TABLE jobs (
    id TEXT NOT NULL,
    coop_id TEXT,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    queued_at INTEGER NOT NULL,
    run_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    claimed_until INTEGER,
    done_at INTEGER,
    fault TEXT,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX jobs_next ON jobs (run_at) WHERE done_at IS NULL;
CREATE TABLE rate_buckets (
    bucket TEXT NOT NULL,
    level INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (bucket)
) STRICT, WITHOUT ROWID;
CREATE TABLE form_keys (
    owner TEXT NOT NULL,
    key TEXT NOT NULL,
    body TEXT NOT NULL,
    location TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (owner, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX form_keys_at ON form_keys (at);
CREATE TABLE blobs (
    coop_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    stored_at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, digest)
) STRICT, WITHOUT ROWID;
-- append-only: journal_entries journal_links journal_heads
CREATE TRIGGER journal_entries_no_update BEFORE UPDATE ON journal_entries BEGIN SELECT RAISE(ABORT, 'journal_entries is append-only'); END;
CREATE TRIGGER journal_entries_no_delete BEFORE DELETE ON journal_entries BEGIN SELECT RAISE(ABORT, 'journal_entries is append-only'); END;
CREATE TRIGGER journal_links_no_update BEFORE UPDATE ON journal_links BEGIN SELECT RAISE(ABORT, 'journal_links is append-only'); END;
CREATE TRIGGER journal_links_no_delete BEFORE DELETE ON journal_links BEGIN SELECT RAISE(ABORT, 'journal_links is append-only'); END;
CREATE TRIGGER journal_heads_no_update BEFORE UPDATE ON journal_heads BEGIN SELECT RAISE(ABORT, 'journal_heads is append-only'); END;
CREATE TRIGGER journal_heads_no_delete BEFORE DELETE ON journal_heads BEGIN SELECT RAISE(ABORT, 'journal_heads is append-only'); END;
