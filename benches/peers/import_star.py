"""The import peer: reads JSONL or JSONL.gz, checks each record against a JSON Schema, hashes its
content, and stores all of them in one durable SQLite transaction.

    python3 import_star.py FILE DATABASE [--unchecked]

With --unchecked the schema is left out, which is the fastest honest Python import.
"""
import argparse
import gzip
import hashlib
import json
import sqlite3
from pathlib import Path

options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
options.add_argument("file")
options.add_argument("database")
options.add_argument("--unchecked", action="store_true")
asked = options.parse_args()

check = None
if not asked.unchecked:
    from jsonschema import Draft202012Validator

    schema = json.loads((Path(__file__).parent / "star.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    check = Draft202012Validator(schema).validate

db = sqlite3.connect(asked.database, isolation_level=None)
db.execute("PRAGMA journal_mode = WAL")
db.execute("PRAGMA synchronous = FULL")
db.execute(
    "CREATE TABLE record (id INTEGER PRIMARY KEY, source_key TEXT NOT NULL UNIQUE, content_hash BLOB NOT NULL,"
    " first_worker TEXT NOT NULL, second_worker TEXT NOT NULL, content BLOB NOT NULL)"
)
db.execute("BEGIN IMMEDIATE")
opened = gzip.open(asked.file, "rb") if asked.file.endswith(".gz") else open(asked.file, "rb")
with opened as lines:
    for line in lines:
        record = json.loads(line)
        if check:
            check(record)
        db.execute(
            "INSERT INTO record (source_key, content_hash, first_worker, second_worker, content) VALUES (?, ?, ?, ?, ?)",
            (
                str(record["DialogueID"]),
                hashlib.sha256(line).digest(),
                record["AnonymizedUserWorkerID"],
                record["AnonymizedWizardWorkerID"],
                line,
            ),
        )
db.execute("COMMIT")
print(db.execute("SELECT count(*) FROM record").fetchone()[0], "records")
