-- id is given by whoever posts: the same id with the same fields is one effect, with others a refusal (fields holds their digest).
CREATE TABLE ledger_transactions (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    memo TEXT NOT NULL,
    fields TEXT NOT NULL,
    proposal_id TEXT,
    posted_by TEXT,
    at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, id),
    FOREIGN KEY (coop_id) REFERENCES coops (id),
    FOREIGN KEY (coop_id, proposal_id) REFERENCES decisions (coop_id, proposal_id),
    FOREIGN KEY (coop_id, posted_by) REFERENCES members (coop_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_transactions_at ON ledger_transactions (coop_id, at);
-- account is a path: 'bank', 'receipts:<number>', 'runs:<number>', 'members:<contributor id>', 'reserve', 'costs', 'spent:<line>'.
-- Debits are positive.
CREATE TABLE postings (
    coop_id TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    account TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    PRIMARY KEY (coop_id, transaction_id, position),
    FOREIGN KEY (coop_id, transaction_id) REFERENCES ledger_transactions (coop_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX postings_account ON postings (coop_id, account);
-- Balances kept beside the postings; audit proves them equal to the fold.
-- root is the first word of the path, so that accounts of a kind are summed by equality.
CREATE TABLE balances (
    coop_id TEXT NOT NULL,
    account TEXT NOT NULL,
    root TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (coop_id, account, currency),
    FOREIGN KEY (coop_id) REFERENCES coops (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX balances_root ON balances (coop_id, root);
CREATE TABLE receipts (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    number INTEGER NOT NULL,
    licence_id TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    reference TEXT NOT NULL,
    received_on TEXT NOT NULL,
    recorded_by TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, id),
    UNIQUE (coop_id, number),
    FOREIGN KEY (coop_id, licence_id) REFERENCES licences (coop_id, id),
    FOREIGN KEY (coop_id, recorded_by) REFERENCES members (coop_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX receipts_licence ON receipts (coop_id, licence_id);
-- Spending voted for: at most amount on a line, by this decision.
CREATE TABLE budgets (
    coop_id TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    line TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    in_force_at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, proposal_id),
    FOREIGN KEY (coop_id, proposal_id) REFERENCES decisions (coop_id, proposal_id)
) STRICT, WITHOUT ROWID;
-- A manual entry: kind is 'expense', 'opening', 'refund'. Two people: one proposes, another approves.
CREATE TABLE manual_entries (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    line TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    memo TEXT NOT NULL,
    receipt_id TEXT,
    proposed_by TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, id),
    UNIQUE (coop_id, number),
    FOREIGN KEY (coop_id, receipt_id) REFERENCES receipts (coop_id, id),
    FOREIGN KEY (coop_id, proposed_by) REFERENCES members (coop_id, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE entry_rulings (
    coop_id TEXT NOT NULL,
    entry_id TEXT NOT NULL,
    verdict TEXT NOT NULL,
    reason TEXT NOT NULL,
    ruled_by TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, entry_id),
    FOREIGN KEY (coop_id, entry_id) REFERENCES manual_entries (coop_id, id),
    FOREIGN KEY (coop_id, ruled_by) REFERENCES members (coop_id, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE splits (
    coop_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    in_force_at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, version),
    UNIQUE (coop_id, proposal_id),
    FOREIGN KEY (coop_id, proposal_id) REFERENCES decisions (coop_id, proposal_id)
) STRICT, WITHOUT ROWID;
-- input is everything the run was computed from, as canonical JSON in which payees stand as salted marks; replaying it
-- gives the lines byte for byte. The run is whole once its last line is there; nothing releases it before.
CREATE TABLE runs (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    number INTEGER NOT NULL,
    receipt_id TEXT NOT NULL,
    split_version INTEGER NOT NULL,
    salt BLOB NOT NULL,
    input TEXT NOT NULL,
    input_hash TEXT NOT NULL,
    output_hash TEXT NOT NULL,
    lines INTEGER NOT NULL,
    records TEXT NOT NULL,
    words TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, id),
    UNIQUE (coop_id, number),
    FOREIGN KEY (coop_id, receipt_id) REFERENCES receipts (coop_id, id),
    FOREIGN KEY (coop_id, split_version) REFERENCES splits (coop_id, version),
    FOREIGN KEY (coop_id, proposed_by) REFERENCES members (coop_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX runs_receipt ON runs (coop_id, receipt_id);
-- payee: 'costs', 'reserve' or a contributor id. records and words are exact fractions such as 613/2; in runs, their totals.
CREATE TABLE run_lines (
    coop_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    payee TEXT NOT NULL,
    records TEXT NOT NULL,
    words TEXT NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (coop_id, run_id, position),
    FOREIGN KEY (coop_id, run_id) REFERENCES runs (coop_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_lines_payee ON run_lines (coop_id, payee);
-- Presence of a row: released by somebody who did not propose the run, or discarded.
CREATE TABLE run_rulings (
    coop_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    verdict TEXT NOT NULL,
    reason TEXT NOT NULL,
    ruled_by TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, run_id),
    FOREIGN KEY (coop_id, run_id) REFERENCES runs (coop_id, id),
    FOREIGN KEY (coop_id, ruled_by) REFERENCES members (coop_id, id)
) STRICT, WITHOUT ROWID;
-- Where a member wants to be paid: personal, changeable, erased with the person.
CREATE TABLE payout_details (
    coop_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    method TEXT NOT NULL,
    holder TEXT NOT NULL,
    number TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, member_id),
    FOREIGN KEY (coop_id, member_id) REFERENCES members (coop_id, id)
) STRICT, WITHOUT ROWID;
-- A list of what is to be sent; details_hash of a line is that of where the money was to go when it was listed.
CREATE TABLE payouts (
    coop_id TEXT NOT NULL,
    id TEXT NOT NULL,
    number INTEGER NOT NULL,
    total INTEGER NOT NULL,
    currency TEXT NOT NULL,
    listed_by TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, id),
    UNIQUE (coop_id, number),
    FOREIGN KEY (coop_id, listed_by) REFERENCES members (coop_id, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE payout_lines (
    coop_id TEXT NOT NULL,
    payout_id TEXT NOT NULL,
    contributor_id TEXT NOT NULL,
    amount INTEGER NOT NULL,
    details_hash TEXT NOT NULL,
    PRIMARY KEY (coop_id, payout_id, contributor_id),
    FOREIGN KEY (coop_id, payout_id) REFERENCES payouts (coop_id, id),
    FOREIGN KEY (coop_id, contributor_id) REFERENCES contributors (coop_id, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE payout_rulings (
    coop_id TEXT NOT NULL,
    payout_id TEXT NOT NULL,
    verdict TEXT NOT NULL,
    reason TEXT NOT NULL,
    ruled_by TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (coop_id, payout_id),
    FOREIGN KEY (coop_id, payout_id) REFERENCES payouts (coop_id, id),
    FOREIGN KEY (coop_id, ruled_by) REFERENCES members (coop_id, id)
) STRICT, WITHOUT ROWID;
-- append-only: ledger_transactions postings receipts budgets manual_entries entry_rulings splits runs run_lines run_rulings payouts payout_lines payout_rulings
CREATE TRIGGER ledger_transactions_no_update BEFORE UPDATE ON ledger_transactions BEGIN SELECT RAISE(ABORT, 'ledger_transactions is append-only'); END;
CREATE TRIGGER ledger_transactions_no_delete BEFORE DELETE ON ledger_transactions BEGIN SELECT RAISE(ABORT, 'ledger_transactions is append-only'); END;
CREATE TRIGGER postings_no_update BEFORE UPDATE ON postings BEGIN SELECT RAISE(ABORT, 'postings is append-only'); END;
CREATE TRIGGER postings_no_delete BEFORE DELETE ON postings BEGIN SELECT RAISE(ABORT, 'postings is append-only'); END;
CREATE TRIGGER receipts_no_update BEFORE UPDATE ON receipts BEGIN SELECT RAISE(ABORT, 'receipts is append-only'); END;
CREATE TRIGGER receipts_no_delete BEFORE DELETE ON receipts BEGIN SELECT RAISE(ABORT, 'receipts is append-only'); END;
CREATE TRIGGER budgets_no_update BEFORE UPDATE ON budgets BEGIN SELECT RAISE(ABORT, 'budgets is append-only'); END;
CREATE TRIGGER budgets_no_delete BEFORE DELETE ON budgets BEGIN SELECT RAISE(ABORT, 'budgets is append-only'); END;
CREATE TRIGGER manual_entries_no_update BEFORE UPDATE ON manual_entries BEGIN SELECT RAISE(ABORT, 'manual_entries is append-only'); END;
CREATE TRIGGER manual_entries_no_delete BEFORE DELETE ON manual_entries BEGIN SELECT RAISE(ABORT, 'manual_entries is append-only'); END;
CREATE TRIGGER entry_rulings_no_update BEFORE UPDATE ON entry_rulings BEGIN SELECT RAISE(ABORT, 'entry_rulings is append-only'); END;
CREATE TRIGGER entry_rulings_no_delete BEFORE DELETE ON entry_rulings BEGIN SELECT RAISE(ABORT, 'entry_rulings is append-only'); END;
CREATE TRIGGER splits_no_update BEFORE UPDATE ON splits BEGIN SELECT RAISE(ABORT, 'splits is append-only'); END;
CREATE TRIGGER splits_no_delete BEFORE DELETE ON splits BEGIN SELECT RAISE(ABORT, 'splits is append-only'); END;
CREATE TRIGGER runs_no_update BEFORE UPDATE ON runs BEGIN SELECT RAISE(ABORT, 'runs is append-only'); END;
CREATE TRIGGER runs_no_delete BEFORE DELETE ON runs BEGIN SELECT RAISE(ABORT, 'runs is append-only'); END;
CREATE TRIGGER run_lines_no_update BEFORE UPDATE ON run_lines BEGIN SELECT RAISE(ABORT, 'run_lines is append-only'); END;
CREATE TRIGGER run_lines_no_delete BEFORE DELETE ON run_lines BEGIN SELECT RAISE(ABORT, 'run_lines is append-only'); END;
CREATE TRIGGER run_rulings_no_update BEFORE UPDATE ON run_rulings BEGIN SELECT RAISE(ABORT, 'run_rulings is append-only'); END;
CREATE TRIGGER run_rulings_no_delete BEFORE DELETE ON run_rulings BEGIN SELECT RAISE(ABORT, 'run_rulings is append-only'); END;
CREATE TRIGGER payouts_no_update BEFORE UPDATE ON payouts BEGIN SELECT RAISE(ABORT, 'payouts is append-only'); END;
CREATE TRIGGER payouts_no_delete BEFORE DELETE ON payouts BEGIN SELECT RAISE(ABORT, 'payouts is append-only'); END;
CREATE TRIGGER payout_lines_no_update BEFORE UPDATE ON payout_lines BEGIN SELECT RAISE(ABORT, 'payout_lines is append-only'); END;
CREATE TRIGGER payout_lines_no_delete BEFORE DELETE ON payout_lines BEGIN SELECT RAISE(ABORT, 'payout_lines is append-only'); END;
CREATE TRIGGER payout_rulings_no_update BEFORE UPDATE ON payout_rulings BEGIN SELECT RAISE(ABORT, 'payout_rulings is append-only'); END;
CREATE TRIGGER payout_rulings_no_delete BEFORE DELETE ON payout_rulings BEGIN SELECT RAISE(ABORT, 'payout_rulings is append-only'); END;
