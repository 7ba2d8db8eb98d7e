CREATE TABLE model_terms (
    coop_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    class TEXT NOT NULL,
    sheet TEXT NOT NULL,
    sheet_hash TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    in_force_at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, version),
    UNIQUE (coop_id, proposal_id),
    FOREIGN KEY (coop_id, proposal_id) REFERENCES decisions (coop_id, proposal_id)
);
CREATE TABLE floors (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    class TEXT NOT NULL,
    unit TEXT NOT NULL,
    currency TEXT NOT NULL,
    rate BIGINT NOT NULL,
    proposal_id TEXT NOT NULL,
    in_force_at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, id),
    UNIQUE (coop_id, proposal_id),
    FOREIGN KEY (coop_id, proposal_id) REFERENCES decisions (coop_id, proposal_id)
);
CREATE TABLE withholdings (
    coop_id TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    stop BIGINT NOT NULL,
    in_force_at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, proposal_id),
    FOREIGN KEY (coop_id, proposal_id) REFERENCES decisions (coop_id, proposal_id)
);
CREATE TABLE buyers (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    country TEXT NOT NULL,
    registration TEXT NOT NULL,
    class TEXT NOT NULL,
    purpose TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (country, registration)
);
CREATE TABLE buyer_users (
    buyer_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    signatory BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (buyer_id, account_id),
    UNIQUE (account_id),
    FOREIGN KEY (buyer_id) REFERENCES buyers (id),
    FOREIGN KEY (account_id) REFERENCES accounts (id)
);
-- An invitation to sign for or act for a buyer. Only the token's hash is kept.
CREATE TABLE buyer_invitations (
    token TEXT NOT NULL,
    buyer_id TEXT NOT NULL,
    email TEXT NOT NULL,
    signatory BIGINT NOT NULL,
    invited_by TEXT NOT NULL,
    at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (token),
    FOREIGN KEY (buyer_id) REFERENCES buyers (id),
    FOREIGN KEY (invited_by) REFERENCES accounts (id)
);
CREATE INDEX buyer_invitations_buyer ON buyer_invitations (buyer_id);
CREATE TABLE negotiations (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    number BIGINT NOT NULL,
    buyer_id TEXT NOT NULL,
    corpus_id TEXT NOT NULL,
    revision_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, id),
    UNIQUE (coop_id, number),
    FOREIGN KEY (buyer_id) REFERENCES buyers (id),
    FOREIGN KEY (coop_id, corpus_id) REFERENCES corpora (coop_id, id),
    FOREIGN KEY (coop_id, revision_id) REFERENCES freezes (coop_id, revision_id),
    FOREIGN KEY (requested_by) REFERENCES accounts (id)
);
CREATE INDEX negotiations_buyer ON negotiations (buyer_id);
-- side: 'coop' or 'buyer'. A refused below-floor offer never becomes a row; it becomes a row of refused_offers.
CREATE TABLE offers (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    negotiation_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    side TEXT NOT NULL,
    sheet TEXT NOT NULL,
    sheet_hash TEXT NOT NULL,
    total BIGINT NOT NULL,
    currency TEXT NOT NULL,
    note TEXT NOT NULL,
    made_by TEXT NOT NULL,
    at BIGINT NOT NULL,
    valid_until BIGINT NOT NULL,
    PRIMARY KEY (coop_id, id),
    UNIQUE (coop_id, negotiation_id, version),
    FOREIGN KEY (coop_id, negotiation_id) REFERENCES negotiations (coop_id, id),
    FOREIGN KEY (made_by) REFERENCES accounts (id)
);
-- Offers that the floor guard refused, with the sentence both sides were shown. path: where it was tried
-- (request, offer, counter, accept, members, issue); negotiation_id is null when the request itself was refused.
CREATE TABLE refused_offers (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    negotiation_id TEXT,
    buyer_id TEXT NOT NULL,
    revision_id TEXT NOT NULL,
    path TEXT NOT NULL,
    side TEXT NOT NULL,
    total BIGINT NOT NULL,
    floor_total BIGINT NOT NULL,
    floor_id TEXT NOT NULL,
    words TEXT NOT NULL,
    made_by TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, id),
    FOREIGN KEY (coop_id, negotiation_id) REFERENCES negotiations (coop_id, id),
    FOREIGN KEY (coop_id, revision_id) REFERENCES freezes (coop_id, revision_id),
    FOREIGN KEY (coop_id, floor_id) REFERENCES floors (coop_id, id),
    FOREIGN KEY (buyer_id) REFERENCES buyers (id),
    FOREIGN KEY (made_by) REFERENCES accounts (id)
);
CREATE INDEX refused_offers_negotiation ON refused_offers (coop_id, negotiation_id);
-- The buyer's signatory accepts one exact version.
CREATE TABLE acceptances (
    coop_id TEXT NOT NULL,
    negotiation_id TEXT NOT NULL,
    offer_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    signatory_name TEXT NOT NULL,
    signatory_role TEXT NOT NULL,
    authority TEXT NOT NULL,
    order_number TEXT NOT NULL,
    text_hash TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, negotiation_id, offer_id),
    FOREIGN KEY (coop_id, offer_id) REFERENCES offers (coop_id, id),
    FOREIGN KEY (account_id) REFERENCES accounts (id)
);
-- The offer was put to members as this proposal.
CREATE TABLE ratifications (
    coop_id TEXT NOT NULL,
    negotiation_id TEXT NOT NULL,
    offer_id TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, offer_id),
    UNIQUE (coop_id, proposal_id),
    FOREIGN KEY (coop_id, offer_id) REFERENCES offers (coop_id, id),
    FOREIGN KEY (coop_id, proposal_id) REFERENCES proposals (coop_id, id)
);
-- A vote ratified the offer (AGREED); proposal_id is that vote.
CREATE TABLE agreements (
    coop_id TEXT NOT NULL,
    negotiation_id TEXT NOT NULL,
    offer_id TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, negotiation_id),
    FOREIGN KEY (coop_id, offer_id) REFERENCES offers (coop_id, id),
    FOREIGN KEY (coop_id, proposal_id) REFERENCES decisions (coop_id, proposal_id)
);
CREATE TABLE terminations (
    coop_id TEXT NOT NULL,
    negotiation_id TEXT NOT NULL,
    side TEXT NOT NULL,
    reason TEXT NOT NULL,
    by_account TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (coop_id, negotiation_id),
    FOREIGN KEY (coop_id, negotiation_id) REFERENCES negotiations (coop_id, id),
    FOREIGN KEY (by_account) REFERENCES accounts (id)
);
-- append-only: model_terms floors withholdings offers refused_offers acceptances ratifications agreements terminations
