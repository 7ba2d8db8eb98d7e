"""Makes the database that the Django and the Express peer serve, and the file of sessions to vote with.

    python3 seed.py DATABASE SESSIONS [--members 60000] [--proposals 60]

Each line of SESSIONS: session token, path of the proposal, cross-site token. Both peers use the very
same tables; the newest proposal is the one put to the vote.
"""
import argparse
import secrets
import sqlite3

TABLES = """
CREATE TABLE proposal (
    number INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    noticed_on TEXT NOT NULL,
    closes_at INTEGER NOT NULL
);
CREATE TABLE session (
    token TEXT PRIMARY KEY,
    member_id INTEGER NOT NULL,
    csrf TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE ballot (
    id INTEGER PRIMARY KEY,
    proposal_id INTEGER NOT NULL REFERENCES proposal (number),
    member_id INTEGER NOT NULL,
    choice TEXT NOT NULL,
    cast_at INTEGER NOT NULL,
    UNIQUE (proposal_id, member_id)
);
"""
FAR_AWAY = 4_000_000_000  # seconds since 1970: open for as long as anybody will measure
LONG_AGO = 1_000_000_000

options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
options.add_argument("database")
options.add_argument("sessions")
options.add_argument("--members", type=int, default=60_000)
options.add_argument("--proposals", type=int, default=60)
asked = options.parse_args()

db = sqlite3.connect(asked.database)
db.executescript(TABLES)
for number in range(1, asked.proposals + 1):
    closes = FAR_AWAY if number == asked.proposals else LONG_AGO
    title = f"Floor no. {number} for <transcripts> & \"drafts\" of the year"
    db.execute("INSERT INTO proposal VALUES (?, ?, ?, ?)", (number, title, f"{1 + number % 28} March", closes))
with open(asked.sessions, "w") as file:
    for member in range(1, asked.members + 1):
        token, csrf = secrets.token_urlsafe(32), secrets.token_hex(16)
        db.execute("INSERT INTO session VALUES (?, ?, ?)", (token, member, csrf))
        file.write(f"{token} /c/bench/proposals/{asked.proposals} {csrf}\n")
db.commit()
db.execute("PRAGMA journal_mode = WAL")
db.close()
