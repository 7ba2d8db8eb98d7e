"""Tries to find out who voted how in a sealed vote, from everything a thief could carry away: every
row of every table in the order it lies on the disk, hidden columns, the raw bytes of database and
write-ahead log, logs, mails and backups, and, if given, the secret file. Knows the program by heart.

`attack(loot)` answers {strategy: {account id: guessed choice}}; it never sees how anybody voted.
"""
import hashlib
import itertools
import json
import re

import chacha
from hall import of_parts

HEX = re.compile(r"[0-9a-f]{64}")


class Loot:
    """tables: name -> rows (dicts; hidden columns begin with `_`). files: name -> bytes. secret: text or None."""

    def __init__(self, tables, files, proposal, secret=None):
        self.tables, self.files, self.proposal, self.secret = tables, files, proposal, secret
        of_vote = lambda name: [row for row in tables.get(name, []) if row.get("proposal_id") == proposal]
        self.ballots, self.counted, self.receipts = of_vote("ballots"), of_vote("counted_ballots"), of_vote("counted_receipts")
        self.roll, self.keys = of_vote("roll"), of_vote("ballot_keys")
        self.accounts = {row["id"]: row["account_id"] for row in tables["members"]}
        last = {}
        for row in self.ballots:
            if row["version"] > last.get(row["member_id"], {"version": 0})["version"]:
                last[row["member_id"]] = row
        self.last = last

    def account(self, member):
        return self.accounts[member]


def attack(loot):
    guesses = {}
    guesses.update(by_order(loot))
    for name, strategy in (("opening envelopes", opened), ("choices in clear", in_clear), ("remembered forms", forms), ("guessing what was hashed", hashed),
                           ("size of envelopes", sizes), ("rows of one transaction", together), ("receipts written down", receipts)):
        guesses[name] = strategy(loot)
    return guesses


def by_order(loot):
    """Voters in any order they are kept in beside choices in any order they are kept in."""
    if not loot.counted:
        return {}
    number = {row["id"]: row["number"] for row in loot.tables["members"]}
    roll = {row["member_id"]: row for row in loot.roll}
    entries = {json.loads(row["facts"]).get("ballot"): row for row in loot.tables["journal_entries"] if row["kind"] == "ballot_cast"}
    links = {row["entry_id"]: row["height"] for row in loot.tables["journal_links"]}
    entry_of = {member: entries.get(hashlib.sha256(row["envelope"]).hexdigest(), {}) for member, row in loot.last.items()}
    place = lambda text: tuple(map(int, re.findall(r"\d+", str(text))))
    orders = {
        "time": lambda m: loot.last[m]["at"], "envelope": lambda m: loot.last[m]["envelope"], "member id": lambda m: m, "member number": lambda m: number[m],
        "account id": lambda m: loot.account(m), "roll position": lambda m: roll[m]["position"], "roll salt": lambda m: roll[m]["salt"], "roll leaf": lambda m: roll[m]["leaf"],
        "journal entry": lambda m: entry_of[m].get("id", ""), "journal height": lambda m: links.get(entry_of[m].get("id"), 0), "journal time": lambda m: entry_of[m].get("at", 0),
        "disk": lambda m: loot.ballots.index(loot.last[m]), "row place": lambda m: place(loot.last[m].get("_ctid", "0")), "row transaction": lambda m: int(loot.last[m].get("_xmin", 0)),
        "versions": lambda m: (loot.last[m]["version"], loot.last[m]["at"]),
    }
    choices = {
        "position": [row["choice"] for row in sorted(loot.counted, key=lambda row: row["position"])],
        "disk": [row["choice"] for row in loot.counted],
        "row place": [row["choice"] for row in sorted(loot.counted, key=lambda row: place(row.get("_ctid", "0")))],
        "row transaction": [row["choice"] for row in sorted(loot.counted, key=lambda row: int(row.get("_xmin", 0)))],
    }
    guesses = {}
    for (by, key), (beside, stored) in itertools.product(orders.items(), choices.items()):
        for direction in (False, True):
            voters = sorted(loot.last, key=key, reverse=direction)
            guesses[f"voters by {by}{' backwards' if direction else ''}, choices by {beside}"] = {loot.account(m): c for m, c in zip(voters, stored)}
    return guesses


def texts(loot):
    for table, rows in loot.tables.items():
        for row in rows:
            for column, value in row.items():
                if isinstance(value, str):
                    yield f"{table}.{column}", row, value
    for name, data in loot.files.items():
        if not name.endswith((".db", "-wal", "-shm")):
            for line in data.decode("utf-8", "replace").splitlines():
                yield name, None, line


def opened(loot):
    """Any 32 bytes written anywhere as a key; any sealed key, in a row or in bytes not yet overwritten."""
    secret_keys = [bytes.fromhex(digits) for digits in HEX.findall(loot.secret or "")]
    everywhere = {digits for _, _, text in texts(loot) for digits in HEX.findall(text)}
    outer = list(dict.fromkeys(secret_keys + [bytes.fromhex(digits) for digits in sorted(everywhere)]))
    context = f"ballot key {loot.proposal}".encode()
    sealed = [row["sealed"] for row in loot.keys]
    inner = [key for blob in sealed for key in (chacha.unseal(k, context, blob) for k in outer) if key]
    needle = loot.proposal.encode()
    for data in loot.files.values():
        at = data.find(needle)
        while at >= 0 and secret_keys:
            for start in range(at + len(needle) - 4, at + len(needle) + 24):
                inner += [key for key in (chacha.unseal(k, context, data[start:start + 72]) for k in secret_keys) if key]
            at = data.find(needle, at + 1)
    blobs = [value for rows in loot.tables.values() for row in rows for value in row.values() if isinstance(value, bytes) and len(value) == 32]
    guesses = {}
    for member, row in loot.last.items():
        bound = f"ballot {row['coop_id']} {loot.proposal} {member} {row['version']}".encode()
        keys = inner if guesses else list(dict.fromkeys(inner + outer + blobs))
        if guesses or member == next(iter(loot.last)) or inner:
            for key in keys:
                slip = chacha.unseal(key, bound, row["envelope"])
                if slip:
                    inner = [key]
                    guesses[loot.account(member)] = int.from_bytes(slip[:8], "big")
                    break
    return guesses


def in_clear(loot):
    guesses = {loot.account(m): row["choice"] for m, row in loot.last.items() if row.get("choice") is not None}
    people = {row["email"]: row["id"] for row in loot.tables["accounts"]}
    people.update({row["id"]: row["id"] for row in loot.tables["accounts"]})
    people.update(loot.accounts)
    for name, row, text in texts(loot):
        found = re.search(r"choice\W{1,4}(\d+)", text)
        if found and not name.startswith(("notices.", "proposals.", "decisions.")):
            near = text if row is None else " ".join(map(str, row.values()))
            for person, account in people.items():
                if person in near:
                    guesses[account] = int(found.group(1))
    return guesses


def sessions(loot):
    return {row["token"]: row["account_id"] for row in loot.tables["sessions"]}


def most(loot):
    rows = [row for row in loot.tables["notices"] if row["proposal_id"] == loot.proposal]
    return rows[0]["choices"] if rows else 30


def forms(loot):
    """A remembered form's digest, computed again for every choice there is."""
    who, guesses = sessions(loot), {}
    for row in loot.tables.get("form_keys", []):
        for choice, mail in itertools.product(range(most(loot)), (None, "yes", "no")):
            fields = [("step", "cast"), ("choice", str(choice))] + ([("mail", mail)] if mail else [])
            for order in itertools.permutations(fields):
                body = of_parts(*(part.encode() for pair in order for part in pair))
                for path in (row["location"], row["location"].replace("/receipt", "/ballot")):
                    if of_parts(path.encode(), body.encode()) == row["body"] and row["owner"] in who:
                        guesses[who[row["owner"]]] = choice
    return guesses


def hashed(loot):
    """Anything that a digest beside a voter might be the digest of."""
    known, guesses = {digits for _, _, text in texts(loot) for digits in HEX.findall(text)}, {}
    salts = {row["member_id"]: row["salt"] for row in loot.roll}
    for member in loot.last:
        account = loot.account(member)
        before = [b"", member.encode(), account.encode(), salts.get(member, b""), loot.proposal.encode()]
        for choice in range(most(loot)):
            for written in (str(choice).encode(), choice.to_bytes(8, "big"), choice.to_bytes(8, "little")):
                for one, two in itertools.product(before[1:], before):
                    tries = (hashlib.sha256(one + two + written).hexdigest(), of_parts(one, two, written), of_parts(one, written))
                    if known.intersection(tries):
                        guesses[account] = choice
    return guesses


def sizes(loot):
    """The longest envelopes for the largest choices."""
    lengths = {len(row["envelope"]) for row in loot.ballots}
    if len(lengths) < 2 or not loot.counted:
        return {}
    voters = sorted(loot.last, key=lambda m: len(loot.last[m]["envelope"]))
    return {loot.account(m): c for m, c in zip(voters, sorted(row["choice"] for row in loot.counted))}


def together(loot):
    """Rows written by one transaction: does any that counts votes also name a voter?"""
    guesses, named = {}, {}
    for table, rows in loot.tables.items():
        for row in rows:
            member = row.get("member_id") or row.get("account_id")
            if member and "_xmin" in row:
                named.setdefault(row["_xmin"], set()).add(loot.accounts.get(member, member))
    for row in loot.counted:
        people = named.get(row.get("_xmin"), set())
        if len(people) == 1:
            guesses[next(iter(people))] = row["choice"]
    return guesses


def receipts(loot):
    """A receipt beside a name ties a voter to the board. It is no choice, so the guess is the receipt."""
    words, guesses = {row["receipt"] for row in loot.receipts}, {}
    emails = {row["email"]: row["id"] for row in loot.tables["accounts"]}
    for name, row, text in texts(loot):
        if not name.startswith("counted_receipts.") and words:
            found = words.intersection(re.findall(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}", text))
            near = text if row is None else " ".join(map(str, row.values()))
            if found:
                guesses[next((account for email, account in emails.items() if email in near), name)] = sorted(found)[0]
    return guesses
