CREATE TABLE accounts (
    id TEXT NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    password TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    verified_at INTEGER,
    PRIMARY KEY (id),
    UNIQUE (email)
) STRICT, WITHOUT ROWID;
CREATE TABLE sessions (
    token TEXT NOT NULL,
    account_id TEXT NOT NULL,
    label TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (token),
    FOREIGN KEY (account_id) REFERENCES accounts (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_account ON sessions (account_id);
-- One-use tokens sent by mail: verify, reset, change of address. Only the hash is kept.
CREATE TABLE account_tokens (
    token TEXT NOT NULL,
    account_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    email TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    PRIMARY KEY (token),
    FOREIGN KEY (account_id) REFERENCES accounts (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_tokens_account ON account_tokens (account_id);
CREATE TABLE coops (
    id TEXT NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    purpose TEXT NOT NULL,
    currency TEXT NOT NULL,
    zone TEXT NOT NULL,
    founded_at INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (slug)
) STRICT, WITHOUT ROWID;
-- Versions of the bylaws; the highest version in force at an instant counts. proposal_id is null for the founding ones.
CREATE TABLE bylaws (
    coop_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    proposal_id TEXT,
    in_force_at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, version),
    FOREIGN KEY (coop_id) REFERENCES coops (id)
) STRICT, WITHOUT ROWID;
CREATE TABLE members (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    joined_at INTEGER NOT NULL,
    votes_from INTEGER NOT NULL,
    PRIMARY KEY (coop_id, id),
    UNIQUE (coop_id, account_id),
    UNIQUE (coop_id, number),
    FOREIGN KEY (coop_id) REFERENCES coops (id),
    FOREIGN KEY (account_id) REFERENCES accounts (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_account ON members (account_id);
-- Used up once it has led to an application. Only the token's hash is kept.
CREATE TABLE invitations (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    token TEXT NOT NULL,
    email TEXT NOT NULL,
    invited_by TEXT NOT NULL,
    at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    application_id TEXT,
    PRIMARY KEY (coop_id, id),
    UNIQUE (token),
    FOREIGN KEY (coop_id, invited_by) REFERENCES members (coop_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX invitations_application ON invitations (coop_id, application_id);
CREATE TABLE applications (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    evidence TEXT NOT NULL,
    note TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, id),
    FOREIGN KEY (coop_id) REFERENCES coops (id),
    FOREIGN KEY (account_id) REFERENCES accounts (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX applications_account ON applications (account_id);
-- Two different officers look at the evidence; a refusal by one ends it.
CREATE TABLE application_reviews (
    coop_id TEXT NOT NULL,
    application_id TEXT NOT NULL,
    reviewer_id TEXT NOT NULL,
    verdict TEXT NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, application_id, reviewer_id),
    FOREIGN KEY (coop_id, application_id) REFERENCES applications (coop_id, id),
    FOREIGN KEY (coop_id, reviewer_id) REFERENCES members (coop_id, id)
) STRICT, WITHOUT ROWID;
-- What happened to a member's standing: suspended, reinstated, expulsion_proposed, expelled, appealed, appeal_upheld, appeal_dismissed, left.
CREATE TABLE standing_events (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    by_member TEXT NOT NULL,
    at INTEGER NOT NULL,
    effective_at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, id),
    FOREIGN KEY (coop_id, member_id) REFERENCES members (coop_id, id),
    FOREIGN KEY (coop_id, by_member) REFERENCES members (coop_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX standing_events_member ON standing_events (coop_id, member_id);
CREATE TABLE role_grants (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    role TEXT NOT NULL,
    granted_by TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, id),
    FOREIGN KEY (coop_id, member_id) REFERENCES members (coop_id, id),
    FOREIGN KEY (coop_id, granted_by) REFERENCES members (coop_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX role_grants_member ON role_grants (coop_id, member_id);
CREATE TABLE role_revocations (
    coop_id TEXT NOT NULL,
    grant_id TEXT NOT NULL,
    revoked_by TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, grant_id),
    FOREIGN KEY (coop_id, grant_id) REFERENCES role_grants (coop_id, id),
    FOREIGN KEY (coop_id, revoked_by) REFERENCES members (coop_id, id)
) STRICT, WITHOUT ROWID;
-- concerns: the member, usually an officer, whom it is about; that one neither reads nor answers it.
CREATE TABLE complaints (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    concerns TEXT,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, id),
    UNIQUE (coop_id, number),
    FOREIGN KEY (coop_id, member_id) REFERENCES members (coop_id, id),
    FOREIGN KEY (coop_id, concerns) REFERENCES members (coop_id, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE complaint_answers (
    coop_id TEXT NOT NULL,
    complaint_id TEXT NOT NULL,
    body TEXT NOT NULL,
    answered_by TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, complaint_id),
    FOREIGN KEY (coop_id, complaint_id) REFERENCES complaints (coop_id, id),
    FOREIGN KEY (coop_id, answered_by) REFERENCES members (coop_id, id)
) STRICT, WITHOUT ROWID;
-- Mandates (the cooperative may license) and consents (personal data and likeness), one row per member and use each time given.
CREATE TABLE authorisations (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    purpose TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, id),
    FOREIGN KEY (coop_id, member_id) REFERENCES members (coop_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX authorisations_member ON authorisations (coop_id, member_id);
CREATE TABLE authorisation_withdrawals (
    coop_id TEXT NOT NULL,
    authorisation_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    effective_at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, authorisation_id),
    FOREIGN KEY (coop_id, authorisation_id) REFERENCES authorisations (coop_id, id)
) STRICT, WITHOUT ROWID;
-- append-only: bylaws application_reviews standing_events role_grants role_revocations complaint_answers authorisations authorisation_withdrawals
CREATE TRIGGER bylaws_no_update BEFORE UPDATE ON bylaws BEGIN SELECT RAISE(ABORT, 'bylaws is append-only'); END;
CREATE TRIGGER bylaws_no_delete BEFORE DELETE ON bylaws BEGIN SELECT RAISE(ABORT, 'bylaws is append-only'); END;
CREATE TRIGGER application_reviews_no_update BEFORE UPDATE ON application_reviews BEGIN SELECT RAISE(ABORT, 'application_reviews is append-only'); END;
CREATE TRIGGER application_reviews_no_delete BEFORE DELETE ON application_reviews BEGIN SELECT RAISE(ABORT, 'application_reviews is append-only'); END;
CREATE TRIGGER standing_events_no_update BEFORE UPDATE ON standing_events BEGIN SELECT RAISE(ABORT, 'standing_events is append-only'); END;
CREATE TRIGGER standing_events_no_delete BEFORE DELETE ON standing_events BEGIN SELECT RAISE(ABORT, 'standing_events is append-only'); END;
CREATE TRIGGER role_grants_no_update BEFORE UPDATE ON role_grants BEGIN SELECT RAISE(ABORT, 'role_grants is append-only'); END;
CREATE TRIGGER role_grants_no_delete BEFORE DELETE ON role_grants BEGIN SELECT RAISE(ABORT, 'role_grants is append-only'); END;
CREATE TRIGGER role_revocations_no_update BEFORE UPDATE ON role_revocations BEGIN SELECT RAISE(ABORT, 'role_revocations is append-only'); END;
CREATE TRIGGER role_revocations_no_delete BEFORE DELETE ON role_revocations BEGIN SELECT RAISE(ABORT, 'role_revocations is append-only'); END;
CREATE TRIGGER complaint_answers_no_update BEFORE UPDATE ON complaint_answers BEGIN SELECT RAISE(ABORT, 'complaint_answers is append-only'); END;
CREATE TRIGGER complaint_answers_no_delete BEFORE DELETE ON complaint_answers BEGIN SELECT RAISE(ABORT, 'complaint_answers is append-only'); END;
CREATE TRIGGER authorisations_no_update BEFORE UPDATE ON authorisations BEGIN SELECT RAISE(ABORT, 'authorisations is append-only'); END;
CREATE TRIGGER authorisations_no_delete BEFORE DELETE ON authorisations BEGIN SELECT RAISE(ABORT, 'authorisations is append-only'); END;
CREATE TRIGGER authorisation_withdrawals_no_update BEFORE UPDATE ON authorisation_withdrawals BEGIN SELECT RAISE(ABORT, 'authorisation_withdrawals is append-only'); END;
CREATE TRIGGER authorisation_withdrawals_no_delete BEFORE DELETE ON authorisation_withdrawals BEGIN SELECT RAISE(ABORT, 'authorisation_withdrawals is append-only'); END;
