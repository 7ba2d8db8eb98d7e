-- Whoever has a share in a record: a member, or somebody known only by a pseudonym until claimed.
CREATE TABLE contributors (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    pseudonym TEXT,
    member_id TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, id),
    UNIQUE (coop_id, pseudonym),
    FOREIGN KEY (coop_id) REFERENCES coops (id),
    FOREIGN KEY (coop_id, member_id) REFERENCES members (coop_id, id)
);
CREATE INDEX contributors_member ON contributors (coop_id, member_id);
CREATE TABLE claims (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    contributor_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    evidence TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, id),
    FOREIGN KEY (coop_id, contributor_id) REFERENCES contributors (coop_id, id),
    FOREIGN KEY (coop_id, member_id) REFERENCES members (coop_id, id)
);
CREATE TABLE claim_rulings (
    coop_id TEXT NOT NULL,
    claim_id TEXT NOT NULL,
    verdict TEXT NOT NULL,
    reason TEXT NOT NULL,
    ruled_by TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, claim_id),
    FOREIGN KEY (coop_id, claim_id) REFERENCES claims (coop_id, id),
    FOREIGN KEY (coop_id, ruled_by) REFERENCES members (coop_id, id)
);
-- The ground on which a batch's records may be licensed: 'consent' of all contributors, or 'public_licence' with text and source.
CREATE TABLE bases (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    source TEXT NOT NULL,
    body TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, id),
    FOREIGN KEY (coop_id) REFERENCES coops (id)
);
-- An upload. It is visible to nobody but its uploader until its completion row is there.
CREATE TABLE batches (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    number BIGINT NOT NULL,
    file_name TEXT NOT NULL,
    format TEXT NOT NULL,
    upload TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    kind TEXT NOT NULL,
    mapping TEXT,
    basis_id TEXT,
    uploaded_by TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, id),
    UNIQUE (coop_id, number),
    FOREIGN KEY (coop_id, basis_id) REFERENCES bases (coop_id, id),
    FOREIGN KEY (coop_id, uploaded_by) REFERENCES members (coop_id, id)
);
-- How far the import job has come; written by that job alone.
CREATE TABLE batch_progress (
    coop_id TEXT NOT NULL,
    batch_id TEXT NOT NULL,
    lines BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    known BIGINT NOT NULL,
    at BIGINT NOT NULL,
    fault TEXT,
    PRIMARY KEY (coop_id, batch_id),
    FOREIGN KEY (coop_id, batch_id) REFERENCES batches (coop_id, id)
);
CREATE TABLE batch_completions (
    coop_id TEXT NOT NULL,
    batch_id TEXT NOT NULL,
    lines BIGINT NOT NULL,
    added BIGINT NOT NULL,
    known BIGINT NOT NULL,
    repeats BIGINT NOT NULL,
    empty BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    people BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, batch_id),
    FOREIGN KEY (coop_id, batch_id) REFERENCES batches (coop_id, id)
);
-- A line of an upload that did not become a record (refused, changed), or did and deserves a word (empty, repeat; both may be).
CREATE TABLE batch_findings (
    coop_id TEXT NOT NULL,
    batch_id TEXT NOT NULL,
    line BIGINT NOT NULL,
    finding TEXT NOT NULL,
    source_key TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (coop_id, batch_id, line, finding),
    FOREIGN KEY (coop_id, batch_id) REFERENCES batches (coop_id, id)
);
-- A steward's signed statement about a whole batch; machines have not screened it.
CREATE TABLE screenings (
    coop_id TEXT NOT NULL,
    batch_id TEXT NOT NULL,
    statement TEXT NOT NULL,
    screened_by TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, batch_id),
    FOREIGN KEY (coop_id, batch_id) REFERENCES batches (coop_id, id),
    FOREIGN KEY (coop_id, screened_by) REFERENCES members (coop_id, id)
);
-- The text lies in a pack (a compressed blob of many records) at an ordinal; here is what can be counted and checked.
-- repeat_of names the first record of the same spoken text.
CREATE TABLE records (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    batch_id TEXT NOT NULL,
    line BIGINT NOT NULL,
    kind TEXT NOT NULL,
    source_key TEXT NOT NULL,
    happened_at BIGINT,
    language TEXT NOT NULL,
    parts BIGINT NOT NULL,
    words BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    salt BYTEA NOT NULL,
    leaf TEXT NOT NULL,
    sameness TEXT NOT NULL,
    repeat_of TEXT,
    pack TEXT NOT NULL,
    ordinal BIGINT NOT NULL,
    PRIMARY KEY (coop_id, id),
    UNIQUE (coop_id, kind, source_key),
    FOREIGN KEY (coop_id, batch_id) REFERENCES batches (coop_id, id)
);
CREATE INDEX records_batch ON records (coop_id, batch_id, id);
CREATE INDEX records_sameness ON records (coop_id, sameness);
CREATE TABLE record_contributors (
    coop_id TEXT NOT NULL,
    record_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    contributor_id TEXT NOT NULL,
    role TEXT NOT NULL,
    share BIGINT NOT NULL,
    of_shares BIGINT NOT NULL,
    words BIGINT NOT NULL,
    PRIMARY KEY (coop_id, record_id, position),
    FOREIGN KEY (coop_id, record_id) REFERENCES records (coop_id, id),
    FOREIGN KEY (coop_id, contributor_id) REFERENCES contributors (coop_id, id)
);
CREATE INDEX record_contributors_contributor ON record_contributors (coop_id, contributor_id);
-- A record that is out for good (erased or withdrawn by a contributor); its salt is destroyed with it.
CREATE TABLE tombstones (
    coop_id TEXT NOT NULL,
    record_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    by_member TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, record_id),
    FOREIGN KEY (coop_id, record_id) REFERENCES records (coop_id, id),
    FOREIGN KEY (coop_id, by_member) REFERENCES members (coop_id, id)
);
CREATE TABLE corpora (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    number BIGINT NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    about TEXT NOT NULL,
    filter TEXT NOT NULL,
    made_by TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, id),
    UNIQUE (coop_id, slug),
    FOREIGN KEY (coop_id) REFERENCES coops (id),
    FOREIGN KEY (coop_id, made_by) REFERENCES members (coop_id, id)
);
CREATE TABLE revisions (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    corpus_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    filter TEXT NOT NULL,
    uses TEXT NOT NULL,
    started_by TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, id),
    UNIQUE (coop_id, corpus_id, number),
    FOREIGN KEY (coop_id, corpus_id) REFERENCES corpora (coop_id, id),
    FOREIGN KEY (coop_id, started_by) REFERENCES members (coop_id, id)
);
CREATE TABLE revision_records (
    coop_id TEXT NOT NULL,
    revision_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    record_id TEXT NOT NULL,
    leaf TEXT NOT NULL,
    PRIMARY KEY (coop_id, revision_id, position),
    UNIQUE (coop_id, revision_id, record_id),
    FOREIGN KEY (coop_id, revision_id) REFERENCES revisions (coop_id, id),
    FOREIGN KEY (coop_id, record_id) REFERENCES records (coop_id, id)
);
CREATE INDEX revision_records_record ON revision_records (coop_id, record_id);
-- The flip that makes a revision visible: counts, root and manifest. Nothing of it ever changes.
CREATE TABLE freezes (
    coop_id TEXT NOT NULL,
    revision_id TEXT NOT NULL,
    root TEXT NOT NULL,
    records BIGINT NOT NULL,
    contributors BIGINT NOT NULL,
    words BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    languages TEXT NOT NULL,
    from_at BIGINT,
    to_at BIGINT,
    manifest TEXT NOT NULL,
    manifest_hash TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, revision_id),
    FOREIGN KEY (coop_id, revision_id) REFERENCES revisions (coop_id, id)
);
-- A freeze that was given up because a record or a permission was withdrawn meanwhile.
CREATE TABLE freeze_abandonments (
    coop_id TEXT NOT NULL,
    revision_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, revision_id),
    FOREIGN KEY (coop_id, revision_id) REFERENCES revisions (coop_id, id)
);
CREATE TABLE revision_files (
    coop_id TEXT NOT NULL,
    revision_id TEXT NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (coop_id, revision_id, name),
    FOREIGN KEY (coop_id, revision_id) REFERENCES revisions (coop_id, id)
);
-- append-only: claims claim_rulings bases batch_completions batch_findings screenings tombstones revisions revision_records freezes freeze_abandonments revision_files
