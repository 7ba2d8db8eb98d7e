#!/usr/bin/env python3
"""Holds a real sealed vote in a running hall, steals everything, and lets attack.py try to say who
voted how: before close without and with the secret file, and after close with all there is.

    tests/outside/secrecy.py --binary target/debug/guildhall [--postgres postgres://..] [--members 60]

Ends with `N passed, N failed`.
"""
import argparse
import hashlib
import json
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
from attack import Loot, attack  # noqa: E402
from hall import Checks, Hall  # noqa: E402

checks = Checks()
expect = checks.expect


def psql(url, sql):
    done = subprocess.run(["psql", url, "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"psql: {done.stderr}")
    return done.stdout.splitlines()


class Thief:
    def __init__(self, hall, url):
        self.hall, self.url, self.has_rowid = hall, url, []

    def tables(self, file):
        if self.url:
            return self.postgres_tables()
        with sqlite3.connect(file) as db:
            db.row_factory = sqlite3.Row
            tables = {}
            for (name,) in [tuple(row) for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]:
                try:
                    rows = db.execute(f"SELECT rowid AS _rowid, * FROM {name} ORDER BY rowid").fetchall()
                    self.has_rowid.append(name)
                except sqlite3.OperationalError:
                    rows = db.execute(f"SELECT * FROM {name}").fetchall()
                tables[name] = [dict(row) for row in rows]
            return tables

    def postgres_tables(self):
        tables = {}
        for name in psql(self.url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
            rows = []
            for line in psql(self.url, f"SELECT to_jsonb(t) || jsonb_build_object('_xmin', t.xmin::text, '_ctid', t.ctid::text) FROM {name} t"):
                row = json.loads(line)
                rows.append({key: bytes.fromhex(value[2:]) if isinstance(value, str) and value.startswith("\\x") else value for key, value in row.items()})
            tables[name] = rows
        return tables

    def loot(self, name, proposal, secret=None, also=None):
        """A copy of everything at this moment, the server still running."""
        folder = self.hall.folder.parent / name
        shutil.copytree(self.hall.folder, folder, ignore=shutil.ignore_patterns("secret*", "sessions.txt"))
        files = {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}
        tables = self.tables(folder / "hall.db")
        return Loot(tables, {**(also or {}), **files}, proposal, secret)


def chance(truth, guess):
    """Right guesses, and how many a blind one of the same counts would get: mean and deviation."""
    people = [p for p in guess if p in truth]
    right, n = sum(guess[p] == truth[p] for p in people), len(people)
    if n < 2:
        return right, 0.0, 0.0
    count = lambda values: {v: values.count(v) for v in set(values)}
    a, b = count([guess[p] for p in people]), count([truth[p] for p in people])
    mean = sum(a[v] * b.get(v, 0) for v in a) / n
    pairs = [(a[v], b.get(v, 0)) for v in a]
    var = sum(x * y * (n - x) * (n - y) for x, y in pairs) / (n * n * (n - 1)) + sum(x * y * u * w for i, (x, y) in enumerate(pairs) for j, (u, w) in enumerate(pairs) if i != j) / (n * n * (n - 1))
    return right, mean, max(var, 0.25) ** 0.5


def links(truth, guesses):
    """Voters whose choice a strategy knows, beyond what guessing from the published counts knows."""
    found = {}
    for name, guess in guesses.items():
        right, mean, deviation = chance(truth, guess)
        if name == "receipts written down":
            found.update({name: len(guess)} if guess else {})
        elif name.startswith("voters by"):
            if right > mean + 6 * deviation:
                found[name] = right
        elif guess:
            found[name] = right
    return found


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--binary", default="target/debug/guildhall")
    options.add_argument("--postgres", help="an empty database of its own")
    options.add_argument("--members", type=int, default=60)
    options.add_argument("--closes-in", type=int, default=45)
    asked = options.parse_args()
    where = "PostgreSQL" if asked.postgres else "SQLite"
    with tempfile.TemporaryDirectory() as folder:
        hall = Hall(asked.binary, Path(folder) / "hall", asked.postgres)
        sessions = hall.seed(asked.members, "--proposals", 1, "--open", 1, "--closes-in", asked.closes_in)
        begun = time.monotonic()
        hall.start()
        thief = Thief(hall, asked.postgres)
        ask = (lambda sql: psql(asked.postgres, sql)) if asked.postgres else (lambda sql: ["|".join(map(str, row)) for row in hall.query(sql)])
        accounts = dict(line.split("|") for line in ask("SELECT token, account_id FROM sessions"))
        proposal, choices = ask("SELECT proposal_id, choices FROM notices")[0].split("|")
        truth, dice = {}, random.Random()
        voters = sessions[:]
        dice.shuffle(voters)
        for number, (token, path) in enumerate(voters + voters[: len(voters) // 4]):
            choice = dice.randrange(int(choices))
            mail = "&mail=yes" if number % 2 else ""
            status, location = hall.ask("POST", f"{path}/ballot", f"step=cast&key={number:032x}&choice={choice}{mail}", token)
            if status != 303:
                raise SystemExit(f"a ballot was answered {status}")
            hall.ask("GET", location, None, token)
            truth[accounts[hashlib.sha256(token.encode()).hexdigest()]] = choice
        time.sleep(3)
        secret = (hall.folder / "secret").read_text()
        if not asked.postgres:
            hall.run("backup", hall.folder / "backup")
        before = thief.loot("before", proposal)
        found = links(truth, attack(before))
        expect(not found, f"{where}, before close, without the secret file: {sum(found.values())} of {len(truth)} voters linked {found or ''}")
        before.secret = secret
        found = links(truth, attack(before))
        expect(found.get("opening envelopes") == len(truth), f"{where}, before close, with the secret file: {found.get('opening envelopes', 0)} of {len(truth)} linked (the attack works; the ballot says so)")
        while not ask(f"SELECT outcome FROM decisions WHERE proposal_id = '{proposal}'"):
            if time.monotonic() > begun + asked.closes_in + 60:
                raise SystemExit("the vote is not counted")
            time.sleep(0.5)
        time.sleep(2)
        after_secret = (hall.folder / "secret").read_text()
        shutil.rmtree(hall.folder / "backup", ignore_errors=True)
        stolen_before = {f"before/{name}": data for name, data in before.files.items()}
        after = thief.loot("after", proposal, after_secret, stolen_before)
        guesses = attack(after)
        found = links(truth, guesses)
        expect(not found, f"{where}, after close, with the secret file and all that was stolen before: {sum(found.values())} of {len(truth)} voters linked by {len(guesses)} strategies {found or ''}")
        # What was stolen before close, opened with the secret file of after.
        before.secret = after_secret
        found = links(truth, attack(before))
        expect(not found, f"{where}, rows of before close, secret file of after: {sum(found.values())} linked {found or ''}")
        expect(len(after.counted) == len(truth) and len(after.receipts) == len(truth), f"{where}: {len(after.counted)} choices and {len(after.receipts)} receipts on the board, apart")
        lines = sum(data.count(b"\n") for name, data in after.files.items() if name.endswith("log"))
        mails = sum(name.endswith(".eml") for name in after.files)
        print(f"looked through {len(after.tables)} tables, {len(after.files)} files ({sum(map(len, after.files.values())) / 2**20:.1f} MiB), {lines} log lines, {mails} mails; tables with a hidden row number: {thief.has_rowid or 'none'}")
        hall.stop()
    return checks.end()


if __name__ == "__main__":
    sys.exit(main())
