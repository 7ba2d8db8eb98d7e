CREATE TABLE accounts (
    id TEXT NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    password TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    verified_at BIGINT,
    PRIMARY KEY (id),
    UNIQUE (email)
);
CREATE TABLE sessions (
    token TEXT NOT NULL,
    account_id TEXT NOT NULL,
    label TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (token),
    FOREIGN KEY (account_id) REFERENCES accounts (id)
);
CREATE INDEX sessions_account ON sessions (account_id);
-- One-use tokens sent by mail: verify, reset, change of address. Only the hash is kept.
CREATE TABLE account_tokens (
    token TEXT NOT NULL,
    account_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    email TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (token),
    FOREIGN KEY (account_id) REFERENCES accounts (id)
);
CREATE INDEX account_tokens_account ON account_tokens (account_id);
CREATE TABLE coops (
    id TEXT NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    purpose TEXT NOT NULL,
    currency TEXT NOT NULL,
    zone TEXT NOT NULL,
    founded_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (slug)
);
-- Versions of the bylaws; the highest version in force at an instant counts. proposal_id is null for the founding ones.
CREATE TABLE bylaws (
    coop_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    body TEXT NOT NULL,
    proposal_id TEXT,
    in_force_at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, version),
    FOREIGN KEY (coop_id) REFERENCES coops (id)
);
CREATE TABLE members (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    joined_at BIGINT NOT NULL,
    votes_from BIGINT NOT NULL,
    PRIMARY KEY (coop_id, id),
    UNIQUE (coop_id, account_id),
    UNIQUE (coop_id, number),
    FOREIGN KEY (coop_id) REFERENCES coops (id),
    FOREIGN KEY (account_id) REFERENCES accounts (id)
);
CREATE INDEX members_account ON members (account_id);
-- Used up once it has led to an application. Only the token's hash is kept.
CREATE TABLE invitations (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    token TEXT NOT NULL,
    email TEXT NOT NULL,
    invited_by TEXT NOT NULL,
    at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    application_id TEXT,
    PRIMARY KEY (coop_id, id),
    UNIQUE (token),
    FOREIGN KEY (coop_id, invited_by) REFERENCES members (coop_id, id)
);
CREATE INDEX invitations_application ON invitations (coop_id, application_id);
CREATE TABLE applications (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    evidence TEXT NOT NULL,
    note TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, id),
    FOREIGN KEY (coop_id) REFERENCES coops (id),
    FOREIGN KEY (account_id) REFERENCES accounts (id)
);
CREATE INDEX applications_account ON applications (account_id);
-- Two different officers look at the evidence; a refusal by one ends it.
CREATE TABLE application_reviews (
    coop_id TEXT NOT NULL,
    application_id TEXT NOT NULL,
    reviewer_id TEXT NOT NULL,
    verdict TEXT NOT NULL,
    reason TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, application_id, reviewer_id),
    FOREIGN KEY (coop_id, application_id) REFERENCES applications (coop_id, id),
    FOREIGN KEY (coop_id, reviewer_id) REFERENCES members (coop_id, id)
);
-- What happened to a member's standing: suspended, reinstated, expulsion_proposed, expelled, appealed, appeal_upheld, appeal_dismissed, left.
CREATE TABLE standing_events (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    by_member TEXT NOT NULL,
    at BIGINT NOT NULL,
    effective_at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, id),
    FOREIGN KEY (coop_id, member_id) REFERENCES members (coop_id, id),
    FOREIGN KEY (coop_id, by_member) REFERENCES members (coop_id, id)
);
CREATE INDEX standing_events_member ON standing_events (coop_id, member_id);
CREATE TABLE role_grants (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    role TEXT NOT NULL,
    granted_by TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, id),
    FOREIGN KEY (coop_id, member_id) REFERENCES members (coop_id, id),
    FOREIGN KEY (coop_id, granted_by) REFERENCES members (coop_id, id)
);
CREATE INDEX role_grants_member ON role_grants (coop_id, member_id);
CREATE TABLE role_revocations (
    coop_id TEXT NOT NULL,
    grant_id TEXT NOT NULL,
    revoked_by TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, grant_id),
    FOREIGN KEY (coop_id, grant_id) REFERENCES role_grants (coop_id, id),
    FOREIGN KEY (coop_id, revoked_by) REFERENCES members (coop_id, id)
);
-- concerns: the member, usually an officer, whom it is about; that one neither reads nor answers it.
CREATE TABLE complaints (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    concerns TEXT,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, id),
    UNIQUE (coop_id, number),
    FOREIGN KEY (coop_id, member_id) REFERENCES members (coop_id, id),
    FOREIGN KEY (coop_id, concerns) REFERENCES members (coop_id, id)
);
CREATE TABLE complaint_answers (
    coop_id TEXT NOT NULL,
    complaint_id TEXT NOT NULL,
    body TEXT NOT NULL,
    answered_by TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, complaint_id),
    FOREIGN KEY (coop_id, complaint_id) REFERENCES complaints (coop_id, id),
    FOREIGN KEY (coop_id, answered_by) REFERENCES members (coop_id, id)
);
-- Mandates (the cooperative may license) and consents (personal data and likeness), one row per member and use each time given.
CREATE TABLE authorisations (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    purpose TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, id),
    FOREIGN KEY (coop_id, member_id) REFERENCES members (coop_id, id)
);
CREATE INDEX authorisations_member ON authorisations (coop_id, member_id);
CREATE TABLE authorisation_withdrawals (
    coop_id TEXT NOT NULL,
    authorisation_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    effective_at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, authorisation_id),
    FOREIGN KEY (coop_id, authorisation_id) REFERENCES authorisations (coop_id, id)
);
-- append-only: bylaws application_reviews standing_events role_grants role_revocations complaint_answers authorisations authorisation_withdrawals
CREATE TRIGGER bylaws_append_only BEFORE UPDATE OR DELETE ON bylaws FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bylaws_no_truncate BEFORE TRUNCATE ON bylaws FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER application_reviews_append_only BEFORE UPDATE OR DELETE ON application_reviews FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER application_reviews_no_truncate BEFORE TRUNCATE ON application_reviews FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER standing_events_append_only BEFORE UPDATE OR DELETE ON standing_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER standing_events_no_truncate BEFORE TRUNCATE ON standing_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER role_grants_append_only BEFORE UPDATE OR DELETE ON role_grants FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER role_grants_no_truncate BEFORE TRUNCATE ON role_grants FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER role_revocations_append_only BEFORE UPDATE OR DELETE ON role_revocations FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER role_revocations_no_truncate BEFORE TRUNCATE ON role_revocations FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER complaint_answers_append_only BEFORE UPDATE OR DELETE ON complaint_answers FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER complaint_answers_no_truncate BEFORE TRUNCATE ON complaint_answers FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER authorisations_append_only BEFORE UPDATE OR DELETE ON authorisations FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER authorisations_no_truncate BEFORE TRUNCATE ON authorisations FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER authorisation_withdrawals_append_only BEFORE UPDATE OR DELETE ON authorisation_withdrawals FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER authorisation_withdrawals_no_truncate BEFORE TRUNCATE ON authorisation_withdrawals FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
