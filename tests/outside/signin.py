#!/usr/bin/env python3
"""Asks whether time or log tell which addresses have an account: signs in, asks for resets and signs
up with known and unknown addresses in turn, and prints how the two distributions of answer times lie
(Mann-Whitney U; 0.5 means that a coin guesses as well). Fails where a guess from one answer is right
more often than the bound; the rest is a number to read. Then looks through the log of the hall for
addresses, passwords and cookies.

    tests/outside/signin.py --binary target/debug/guildhall [--tries 60]

Ends with `N passed, N failed`.
"""
import argparse
import random
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
from cashiers import demonstration  # noqa: E402
from hall import Checks, Hall  # noqa: E402

# How often one answer's time may give the right guess. Noise alone gives 0.5 +- 0.1 at 60 tries; the
# limits allow an address ten tries at once and one in a minute or two after that.
BOUND = 0.75
checks = Checks()
expect = checks.expect


def advantage(known, unknown):
    """The chance that a slower answer is a known address's, ties counted half, turned above 0.5."""
    wins = sum((k > u) + (k == u) / 2 for k in known for u in unknown) / (len(known) * len(unknown))
    return max(wins, 1 - wins)


def median(times):
    return sorted(times)[len(times) // 2] * 1_000


def timed(hall, path, fields):
    hall.unlimited()
    started = time.perf_counter()
    status, location, headers, text = hall.fetch("POST", path, urllib.parse.urlencode(fields))
    return time.perf_counter() - started, (status, location, sorted(set(headers) - {"x-request-id", "date"}), len(text) - text.count(fields["email"]) * len(fields["email"]))


def compare(hall, name, path, fields, addresses, tries, chance):
    """Both kinds in an order nobody foresees; every address is used about as often."""
    known, unknown = addresses
    times, shapes = {True: [], False: []}, {True: set(), False: set()}
    timed(hall, path, {**fields, "email": known[0]})
    for turn in chance.sample([True, False] * tries, 2 * tries):
        # A fresh address each time, so that sign-ups do not make an unknown one known.
        email = known[len(times[True]) % len(known)] if turn else unknown(len(times[False]))
        took, shape = timed(hall, path, {**fields, "email": email})
        times[turn].append(took)
        shapes[turn].add(str(shape))
    expect(shapes[True] == shapes[False], f"{name}: the same status, headers and length for both: {shapes[True] ^ shapes[False] or 'yes'}")
    guess = advantage(times[True], times[False])
    expect(guess < BOUND, f"{name}: one answer's time gives the right guess {guess:.0%} of the time (bound {BOUND:.0%}); medians {median(times[True]):.2f} ms known, {median(times[False]):.2f} ms unknown, {tries} tries each")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--binary", default="target/debug/guildhall")
    options.add_argument("--tries", type=int, default=60)
    options.add_argument("--seed", type=int, default=1)
    asked = options.parse_args()
    chance = random.Random(asked.seed)
    with tempfile.TemporaryDirectory() as folder:
        hall = Hall(Path(asked.binary).resolve(), Path(folder))
        people, password = demonstration(hall)
        hall.start()
        known = list(people.values())
        secret = "a wrong guess in the night"
        addresses = (known, lambda n: f"{chance.choice(['amber', 'basil', 'cedar', 'dahlia'])}.{n:05}x@demo.example")
        compare(hall, "signing in", "/sign-in", {"password": secret, "next": ""}, addresses, asked.tries, chance)
        compare(hall, "asking for a reset", "/reset", {}, addresses, asked.tries, chance)
        compare(hall, "signing up", "/sign-up", {"name": "Some One", "password": secret}, addresses, asked.tries, chance)
        status, _, headers, _ = hall.fetch("POST", "/sign-in", urllib.parse.urlencode({"email": known[0], "password": password}))
        cookie = headers.get("set-cookie", "").partition("=")[2].split(";")[0]
        expect(status == 303 and len(cookie) >= 32, "the right password opens a session")
        hall.stop()
        log = hall.log.read_text()
        for what, word in (("an address", "@demo.example"), ("the password", password), ("a guess", secret), ("a cookie", cookie), ("a token", "token=")):
            expect(word not in log, f"the log of {len(log.splitlines()):,} lines holds {what}: {'no' if word not in log else 'yes'}")
    return checks.end()


if __name__ == "__main__":
    sys.exit(main())
