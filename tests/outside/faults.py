#!/usr/bin/env python3
"""Kills a hall under ballots and under postings, fills its disk, restores it from a backup, and
compares what every voter and treasurer was told with what the database holds. Reads the database
and opens the envelopes by itself.

    tests/outside/faults.py --binary target/debug/guildhall [--kills 20] [--members 60]

Ends with `N passed, N failed`.
"""
import argparse
import hashlib
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
import chacha  # noqa: E402
from cashiers import MISHAPS, Books, Cashiers, chains_verify, demonstration, missed_mishaps  # noqa: E402
from hall import Checks, Hall, Voters, walk_chains  # noqa: E402

ENVELOPE = 24 + 34 + 16
checks = Checks()
expect = checks.expect


def say(text):
    print(text, flush=True)


def choices_of(hall):
    return {f"/c/bench/proposals/{number}": choices for number, choices in hall.query("SELECT p.number, n.choices FROM proposals p JOIN notices n ON n.proposal_id = p.id")}


def opened(hall):
    """Every ballot by (account, proposal path): version -> choice, opened with the secret file."""
    import json
    votes = json.loads((hall.folder / "secret").read_text())["votes"]
    keys = {}
    for proposal, sealed in hall.query("SELECT proposal_id, sealed FROM ballot_keys"):
        keys[proposal] = chacha.unseal(bytes.fromhex(votes[proposal]), f"ballot key {proposal}".encode(), sealed)
    ballots, broken = {}, []
    rows = hall.query("SELECT b.coop_id, b.proposal_id, b.member_id, b.version, b.choice, b.envelope, m.account_id, p.number FROM ballots b "
                      "JOIN members m ON m.coop_id = b.coop_id AND m.id = b.member_id JOIN proposals p ON p.coop_id = b.coop_id AND p.id = b.proposal_id")
    for coop, proposal, member, version, choice, envelope, account, number in rows:
        slip = chacha.unseal(keys[proposal], f"ballot {coop} {proposal} {member} {version}".encode(), envelope) if len(envelope) == ENVELOPE and choice is None else None
        if slip is None:
            broken.append(f"{proposal} {member} {version}")
            continue
        ballots.setdefault((account, f"/c/bench/proposals/{number}"), {})[version] = int.from_bytes(slip[:8], "big")
    return ballots, broken


def compare(hall, voters, what):
    """None missing, none doubled, none half, chain intact."""
    accounts = dict(hall.query("SELECT token, account_id FROM sessions"))
    account_of = lambda token: accounts[hashlib.sha256(token.encode()).hexdigest()]
    ballots, broken = opened(hall)
    expect(not broken, f"{what}: every stored envelope opens for its own place ({sum(map(len, ballots.values()))} of them); half: {broken[:3]}")
    missing, doubled, gaps, acked = [], [], [], 0
    for (token, proposal), history in voters.told.items():
        stored = ballots.get((account_of(token), proposal), {})
        versions = [stored[v] for v in sorted(stored)]
        if sorted(stored) != list(range(1, len(stored) + 1)):
            gaps.append((proposal, sorted(stored)))
        sure = [choice for _, choice, outcome in history if outcome == "acked"]
        maybe = [choice for _, choice, outcome in history if outcome == "unknown"]
        acked += len(sure)
        # In the order told, every acknowledged ballot stands; beside them only one never answered.
        rest = list(versions)
        for choice in sure:
            if choice in rest:
                rest = rest[:rest.index(choice)] + rest[rest.index(choice) + 1:]
            else:
                missing.append((proposal, choice))
        if len(versions) > len(sure) + len(maybe):
            doubled.append((proposal, len(versions), len(sure), len(maybe)))
        if versions and sure and not maybe and versions[-1] != sure[-1]:
            missing.append((proposal, "last", sure[-1], versions[-1]))
    expect(acked > 0 and not missing, f"{what}: {acked} acknowledged ballots, missing: {missing[:3] or 'none'}")
    expect(not doubled, f"{what}: doubled: {doubled[:3] or 'none'}")
    expect(not gaps, f"{what}: versions without a gap: {gaps[:3] or 'all'}")
    told = sorted(hall.query("SELECT subject, facts FROM journal_entries WHERE kind = 'ballot_cast'"))
    rows = sorted((proposal, f'{{"ballot":"{hashlib.sha256(envelope).hexdigest()}"}}') for proposal, envelope in hall.query("SELECT proposal_id, envelope FROM ballots"))
    expect(told == rows, f"{what}: the journal tells of exactly the {len(rows)} stored ballots")
    many, problems = walk_chains(hall)
    expect(not problems, f"{what}: {many} links computed again: {problems or 'intact'}")


def audited(hall, what):
    deadline = time.monotonic() + 20
    while hall.query("SELECT count(*) FROM journal_pending")[0][0] and time.monotonic() < deadline:
        time.sleep(0.2)
    done = hall.run("audit", check=False)
    expect(done.returncode == 0, f"{what}: audit {'is clean' if done.returncode == 0 else done.stdout[-2000:]}")


def kills(binary, folder, asked):
    hall = Hall(binary, folder)
    sessions = hall.seed(asked.members, "--proposals", 3, "--open", 2)
    chance = random.Random(asked.seed)
    voters = Voters(hall, sessions, choices_of(hall))
    for number in range(asked.kills):
        hall.start()
        voters.start(number)
        time.sleep(0.3 + chance.random() * 1.2)
        hall.kill()
        voters.stop()
    hall.start()
    voters.start(asked.kills)
    time.sleep(1)
    voters.stop()
    say(f"answers under {asked.kills} kills: {voters.answers}")
    half_a_request(hall)
    audited(hall, "after the kills")
    hall.stop()
    compare(hall, voters, f"kill -9 x {asked.kills}")


def half_a_request(hall):
    """Somebody who sends half a request and keeps the line is not waited for."""
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", hall.port), timeout=20) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        try:
            answer = line.recv(1_000)
        except OSError as cause:
            answer = str(cause).encode()
    took = time.monotonic() - started
    expect(took < 14 and answer[:12] in (b"", b"HTTP/1.1 408"), f"half a request is given up after {took:.0f} s: {answer[:40]}")


def settled(hall):
    """Waits until every entry is linked and no job is due, so that what is left is what is wrong."""
    deadline = time.monotonic() + 30
    waiting = "SELECT (SELECT count(*) FROM journal_pending) + (SELECT count(*) FROM jobs WHERE done_at IS NULL AND run_at <= ?)"
    while hall.query(waiting, int(time.time() * 1_000_000))[0][0] and time.monotonic() < deadline:
        time.sleep(0.1)


def postings(binary, folder, asked):
    """Two treasurers record payments, share them out and open balances while the hall is killed."""
    hall = Hall(binary, folder)
    people, password = demonstration(hall)
    slug, licence = hall.query("SELECT c.slug, l.number FROM licences l JOIN coops c ON c.id = l.coop_id LIMIT 1")[0]
    before = {reference for (reference,) in hall.query("SELECT reference FROM receipts")}
    chance = random.Random(asked.seed)
    cashiers = Cashiers(hall, people, password, licence, slug, asked.seed)
    hall.start()
    cashiers.sign_in()
    books = Books(hall.query)
    for number in range(asked.kills):
        cashiers.start(number)
        # Soon: after ten acts each, passwords are asked for more slowly.
        time.sleep(0.1 + chance.random() * 0.6)
        hall.kill()
        # Nobody is answered any more: each treasurer sends the same form again when the hall is back.
        half = books.unbalanced()
        hall.unlimited()
        hall.start()
        time.sleep(0.5)
        cashiers.stop()
        settled(hall)
        audit = hall.run("audit", check=False)
        faults = half + books.faults(cashiers.told, before) + chains_verify(hall)
        acked = sum(turn["outcome"] == "acked" for turn in cashiers.told)
        expect(audit.returncode == 0 and not faults, f"postings, kill {number + 1}: {acked} acts acknowledged so far; {faults[:4] or 'none missing, doubled or half, all sums zero'}; audit {'clean' if audit.returncode == 0 else audit.stdout[-1500:]}, journal verified")
    say(f"answers to treasurers under {asked.kills} kills: {cashiers.answers}")
    for act in ("receipt", "run", "release", "entry", "approval"):
        times = sum(turn["act"] == act and turn["outcome"] == "acked" for turn in cashiers.told)
        expect(times >= asked.kills, f"postings: {times} times {act} was acknowledged under load")
    again = [turn for turn in cashiers.told if turn["outcome"] == "acked" and turn["sent"] > 1]
    say(f"{len(again)} acts lost their first answer to a kill and were answered when the same form was sent again")
    many, problems = walk_chains(hall)
    expect(not problems, f"postings: {many} links computed again: {problems or 'intact'}")
    hall.stop()
    missed = missed_mishaps(hall, cashiers.told, before)
    expect(not missed, f"postings: the comparison finds each of {len(MISHAPS)} planted mishaps on a copy; missed: {missed or 'none'}")


def full_disk(binary, folder, asked):
    """Runs inside a mount namespace of its own; `folder` is where a small tmpfs is put."""
    folder.mkdir(parents=True, exist_ok=True)
    outside = Hall(binary, folder.parent / "full-seed")
    sessions = outside.seed(asked.members, "--proposals", 3, "--open", 2)
    size = sum(f.stat().st_size for f in outside.folder.rglob("*") if f.is_file())
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size + 64 * 2**20}", "tmpfs", folder], check=True)
    shutil.copytree(outside.folder, folder, dirs_exist_ok=True)
    hall = Hall(binary, folder)
    hall.log = folder.parent / "full.log"
    ballast = folder / "ballast"
    voters = Voters(hall, sessions, choices_of(hall))
    hall.start()
    voters.start()
    time.sleep(1)
    acked = voters.answers.get("acked", 0)
    expect(acked > 0, f"full disk: {acked} ballots before it is full")
    try:
        with open(ballast, "wb") as fill:
            while True:
                fill.write(b"\0" * 4096)
    except OSError as full:
        say(f"the disk is full: {full}; {ballast.stat().st_size} bytes of ballast")
    time.sleep(4)
    refused = {answer: n for answer, n in voters.answers.items() if answer.startswith("refused")}
    expect(refused and set(refused) <= {"refused 503"}, f"full disk: ballots in mid-batch were told they are not recorded: {refused}")
    ballast.unlink()
    before = voters.answers.get("acked", 0)
    time.sleep(2)
    voters.stop()
    after = voters.answers.get("acked", 0)
    expect(after > before, f"full disk: with room again it goes on by itself, {after - before} more")
    say(f"answers around a full disk: {voters.answers}")
    audited(hall, "after the full disk")
    hall.stop()
    compare(hall, voters, "full disk")


def restored(binary, folder, asked):
    """By docs/operate.md alone: backup while in use, secret file, restore, audit, serve."""
    hall = Hall(binary, folder / "old")
    sessions = hall.seed(asked.members, "--proposals", 3, "--open", 2)
    voters = Voters(hall, sessions, choices_of(hall))
    hall.start()
    voters.start()
    time.sleep(1.5)
    hall.run("backup", folder / "backup")
    at_backup = {key: len([1 for turn in list(history) if turn[2] == "acked"]) for key, history in list(voters.told.items())}
    time.sleep(0.5)
    voters.stop()
    hall.kill()
    started = time.monotonic()
    new = Hall(binary, folder / "new")
    shutil.copy(hall.folder / "secret", new.folder / "secret")
    words = new.run("restore", folder / "backup").stdout.strip()
    done = new.run("audit", check=False)
    took = time.monotonic() - started
    expect(done.returncode == 0, f"restore: audit of the restored hall {'is clean' if done.returncode == 0 else done.stdout[-2000:]}")
    say(f"restored and audited in {took:.1f} s ({new.file.stat().st_size / 2**20:.1f} MiB): {words}")
    ballots, broken = opened(new)
    expect(not broken and sum(map(len, ballots.values())) > 0, f"restore: {sum(map(len, ballots.values()))} ballots came back whole")
    new.start()
    token, proposal = sessions[0]
    expect(new.vote(token, proposal, 0, "0" * 32) == "acked", "restore: people vote on")
    new.stop()
    many, problems = walk_chains(new)
    restores = new.query("SELECT count(*) FROM journal_entries WHERE kind = 'restored'")[0][0]
    expect(not problems and restores == 1, f"restore: {many} links computed again, the restore itself among them: {problems or 'intact'}")
    return at_backup


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--binary", default="target/debug/guildhall")
    options.add_argument("--kills", type=int, default=20)
    options.add_argument("--members", type=int, default=60)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--inside", help=argparse.SUPPRESS)
    asked = options.parse_args()
    binary = Path(asked.binary).resolve()
    if asked.inside:
        full_disk(binary, Path(asked.inside), asked)
        return checks.end()
    chacha.check()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        kills(binary, folder / "kills", asked)
        postings(binary, folder / "postings", asked)
        restored(binary, folder, asked)
        inner = None
        if os.geteuid() == 0 and shutil.which("unshare") and subprocess.run(["unshare", "-m", "true"]).returncode == 0:
            inner = subprocess.run(["unshare", "-m", sys.executable, __file__, "--binary", binary, "--members", str(asked.members), "--inside", folder / "full"], stdout=subprocess.PIPE, text=True)
            print(inner.stdout, end="" if inner.stdout.endswith("\n") else "\n")
            if "passed" not in inner.stdout:
                expect(False, f"full disk: the scenario ended with {inner.returncode}")
        else:
            say("full disk: not tried, mounting a small disk takes root here")
    return checks.end() or (inner is not None and inner.returncode != 0)


if __name__ == "__main__":
    sys.exit(main())
