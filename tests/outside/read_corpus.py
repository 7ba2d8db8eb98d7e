"""Reads a delivered corpus as a stranger would, with pandas, pyarrow and DuckDB, and holds it against
its manifest: every file's hash, every record's leaf, the Merkle root, and the same records in both
formats.

    python3 read_corpus.py FOLDER

FOLDER holds manifest.json and the files it names. Nothing of the program is used.
"""
import gzip
import hashlib
import json
import pathlib
import sys

import duckdb
import pandas
import pyarrow.parquet

folder = pathlib.Path(sys.argv[1])
manifest = json.loads((folder / "manifest.json").read_text())
failures = 0


def check(fine, words):
    global failures
    failures += not fine
    print(("ok      " if fine else "FAILED  ") + words)


def leaf(salt, record):
    return hashlib.sha256(b"\0" + bytes.fromhex(salt) + record.encode()).hexdigest()


def root(leaves):
    """RFC 6962, section 2.1."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root(leaves[:split]) + root(leaves[split:])).digest()


for file in manifest["files"]:
    content = (folder / file["name"]).read_bytes()
    fine = hashlib.sha256(content).hexdigest() == file["sha256"] and len(content) == file["bytes"]
    check(fine, f"{file['name']} is what the manifest says, {file['records']} records")

lines = [name for file in manifest["files"] if (name := file["name"]).endswith(".jsonl.gz")]
tables = [name for file in manifest["files"] if (name := file["name"]).endswith(".parquet")]
frames = [pandas.read_json(folder / name, lines=True, dtype=False) for name in lines]
frame = pandas.concat(frames, ignore_index=True)
check(len(frame) == manifest["records"], f"pandas reads {len(frame)} records from JSON lines, the manifest says {manifest['records']}")

plain = {}
for name in lines:
    with gzip.open(folder / name, "rt", encoding="utf-8", newline="\n") as rows:
        for row in rows:
            head, record = row.rstrip("\n").split(',"record":', 1)
            plain[json.loads(head + "}")["id"]] = record[:-1]
leaves = [leaf(salt, plain[name]) for name, salt in zip(frame["id"], frame["salt"])]
check(leaves == list(frame["leaf"]), "every record hashes to its leaf with its salt")
check(list(frame["id"]) == sorted(frame["id"]), "records stand in the order of their ids")
sys.setrecursionlimit(10_000)
check(root([bytes.fromhex(one) for one in leaves]).hex() == manifest["root"], f"the leaves make the root {manifest['root']}")
words = sum(1 for record in plain.values() if not json.loads(record)["parts"])
check(words == 0 or manifest["filter"]["min_words"] == 0, "no record is without words")

table = pyarrow.concat_tables([pyarrow.parquet.read_table(folder / name) for name in tables])
check(table.num_rows == manifest["records"], f"pyarrow reads {table.num_rows} records from Parquet")
check(table["record"].to_pylist() == [plain[name] for name in table["id"].to_pylist()], "Parquet holds the same records, byte for byte")
footer = pyarrow.parquet.read_metadata(folder / tables[0]).metadata
check(footer[b"guildhall.root"].decode() == manifest["root"], "the Parquet footer names the same root")

paths = [str(folder / name) for name in tables]
counted = duckdb.execute("SELECT count(*), sum(words), count(DISTINCT leaf) FROM read_parquet(?)", [paths]).fetchone()
check(counted == (manifest["records"], manifest["words"], manifest["records"]), f"DuckDB counts {counted[0]} records, {counted[1]} words, {counted[2]} different leaves")
hashed = duckdb.execute("SELECT count(*) FROM read_parquet(?) WHERE sha256(unhex('00') || unhex(salt) || encode(record)) <> leaf", [paths]).fetchone()
check(hashed == (0,), f"DuckDB finds {hashed[0]} records that do not hash to their leaf")
people = duckdb.execute("SELECT count(DISTINCT p.person) FROM (SELECT unnest(from_json(contributors, '[{\"person\":\"VARCHAR\"}]')) AS p FROM read_parquet(?))", [paths]).fetchone()
check(people == (manifest["contributors"],), f"DuckDB counts {people[0]} people, the manifest says {manifest['contributors']}")
print(f"{failures} failed" if failures else "The corpus is what its manifest says.")
sys.exit(1 if failures else 0)
