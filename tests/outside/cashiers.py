"""Treasurers at work: payments recorded, shared out by two people, opening balances proposed and
approved, each act sent again until it was answered, and what each answer was. Afterwards the books
are read with nothing but Python's own sqlite3 and held against what the treasurers were told."""
import datetime
import random
import re
import sqlite3
import subprocess
import threading
import time
import urllib.parse
from html.parser import HTMLParser
from pathlib import Path


class Forms(HTMLParser):
    """The hidden and typed fields of every form of a page, by where it goes."""

    def __init__(self, html):
        super().__init__()
        self.found, self.open = {}, None
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.open = self.found.setdefault(attributes.get("action") or "", {})
        elif tag == "input" and self.open is not None and attributes.get("name"):
            self.open[attributes["name"]] = attributes.get("value") or ""

    def handle_endtag(self, tag):
        if tag == "form":
            self.open = None


def demonstration(hall):
    """Makes the demonstration in the hall's folder; answers its people by role and their password."""
    out = hall.folder / "said"
    with open(out, "w") as said:
        server = subprocess.Popen([hall.binary, "demo"], cwd=hall.folder, env=hall.env(hall.spare_port()), stdout=said, stderr=open(hall.log, "a"))
    deadline = time.monotonic() + 300
    while "password is:" not in out.read_text():
        if server.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"the demonstration is not made:\n{out.read_text()}\n{hall.log.read_text()[-3000:]}")
        time.sleep(0.1)
    server.terminate()
    server.wait()
    people = dict(re.findall(r"^  (\S.*?)\s{2,}(\S+@\S+)$", out.read_text(), re.M))
    return people, re.search(r"password is: (.*)$", out.read_text(), re.M).group(1)


class Cashiers:
    """Each thread takes payments from the bank statement to the members' accounts, over and over."""

    def __init__(self, hall, people, password, licence, slug, seed):
        self.hall, self.people, self.password, self.licence, self.slug = hall, people, password, licence, slug
        self.chance, self.lock, self.running = random.Random(seed), threading.Lock(), False
        self.told, self.answers = [], {}
        self.today = datetime.date.today().isoformat()
        # What each thread still has to hear about: the generator of its acts.
        self.desks = {}

    def sign_in(self):
        self.tokens = {}
        for role, email in self.people.items():
            form = urllib.parse.urlencode({"email": email, "password": self.password, "next": "/home"})
            status, _, headers, _ = self.hall.fetch("POST", "/sign-in", form)
            cookie = re.search(r"session=([^;]+)", headers.get("set-cookie", ""))
            if status != 303 or not cookie:
                raise SystemExit(f"{email} cannot sign in: {status}")
            self.tokens[role] = cookie.group(1)

    def page(self, path, role, action):
        """The fields of the form on a page that goes to this address; none while there is none."""
        while self.running:
            try:
                status, _, _, html = self.hall.fetch("GET", path, token=self.tokens[role])
                return Forms(html).found.get(action) if status == 200 else None
            except OSError:
                time.sleep(0.02)
        raise Stopped

    def send(self, act, path, role, fields, about):
        """Sends one act until it is answered. Answers where it led, or none when it was refused."""
        told = {"act": act, "outcome": "unknown", "at": None, "sent": 0, **about}
        with self.lock:
            self.told.append(told)
        body = urllib.parse.urlencode(fields)
        while self.running:
            told["sent"] += 1
            try:
                status, location, _, _ = self.hall.fetch("POST", path, body, self.tokens[role], timeout=5)
            except OSError:
                # No answer: the same form again, as "reload" sends it.
                time.sleep(0.02)
                continue
            told["outcome"], told["at"] = ("acked", location) if status == 303 else (f"refused {status}", None)
            with self.lock:
                self.answers[f"{act} {told['outcome']}"] = self.answers.get(f"{act} {told['outcome']}", 0) + 1
            return told["at"]
        raise Stopped

    def payment(self, number, first, second):
        """One payment, recorded by the first, shared out by both; one opening balance likewise."""
        root, paid = f"/c/{self.slug}", {"licence": self.licence, "amount": f"{self.chance.randint(100, 9_999)}.{self.chance.randint(0, 99):02}", "reference": number, "received_on": self.today}
        new = self.page(f"{root}/receipts/new", first, f"{root}/receipts")
        check = new and self.posted(f"{root}/receipts", first, {**new, **paid}, f"{root}/receipts")
        at = check and self.send("receipt", f"{root}/receipts", first, {**check, **paid, "step": "record", "password": self.password}, {"reference": number, "minor": round(float(paid["amount"]) * 100)})
        yield
        if at:
            run = self.page(f"{at}/run", first, f"{root}/runs")
            run = run and self.send("run", f"{root}/runs", first, run, {"receipt": int(at.rsplit("/", 1)[1])})
            yield
            yield from self.ruled("release", run, second)
        memo = f"Opening {number}"
        form = self.page(f"{root}/entries/new?kind=opening", first, f"{root}/entries")
        entry = form and self.send("entry", f"{root}/entries", first, {**form, "kind": "opening", "line": "costs", "amount": paid["amount"], "memo": memo}, {"memo": memo, "minor": round(float(paid["amount"]) * 100)})
        yield
        yield from self.ruled("approval", entry, second)

    def posted(self, path, role, fields, action):
        while self.running:
            try:
                status, _, _, html = self.hall.fetch("POST", path, urllib.parse.urlencode(fields), self.tokens[role])
                return Forms(html).found.get(action) if status == 200 else None
            except OSError:
                time.sleep(0.02)
        raise Stopped

    def ruled(self, act, at, second):
        """The second person's act on what stands at an address."""
        for _ in range(20 if at else 0):
            form = self.page(at, second, f"{at}/{act}")
            if form and self.send(act, f"{at}/{act}", second, {**form, "password": self.password}, {"number": int(at.rsplit("/", 1)[1])}):
                break
            # A run's lines are written by a job first; a password is asked for only so often.
            time.sleep(0.1)
            yield
        yield

    def _work(self, desk, round_):
        first, second = self.pairs[desk % len(self.pairs)]
        turn = 0
        try:
            while self.running:
                for _ in self.payment(f"kill {round_}.{desk}.{turn}", first, second):
                    if not self.running:
                        return
                turn += 1
        except Stopped:
            pass

    @property
    def pairs(self):
        treasurers = [role for role in self.people if "treasurer" in role]
        return [(treasurers[0], treasurers[1]), (treasurers[1], treasurers[0])]

    def start(self, round_):
        self.running = True
        self.workers = [threading.Thread(target=self._work, args=(desk, round_)) for desk in range(4)]
        for worker in self.workers:
            worker.start()

    def stop(self):
        self.running = False
        for worker in self.workers:
            worker.join()


class Stopped(Exception):
    """The round is over before an answer came."""


class Books:
    """What a database holds of money, read from outside."""

    def __init__(self, query):
        self.query = query

    def faults(self, told, before):
        """Everything in which the books differ from what the treasurers were told."""
        return self.unbalanced() + self.receipts(told, before) + self.rulings(told) + self.entries(told)

    def unbalanced(self):
        out = [f"transaction {id} sums to {total}" for id, total in self.query("SELECT transaction_id, SUM(amount) FROM postings GROUP BY coop_id, transaction_id, currency HAVING SUM(amount) <> 0")]
        out += [f"transaction {id} has {n} postings" for id, n in self.query("SELECT t.id, COUNT(p.position) FROM ledger_transactions t LEFT JOIN postings p ON p.coop_id = t.coop_id AND p.transaction_id = t.id GROUP BY t.coop_id, t.id HAVING COUNT(p.position) < 2")]
        out += [f"all accounts sum to {total}" for (total,) in self.query("SELECT SUM(amount) FROM postings GROUP BY coop_id, currency HAVING SUM(amount) <> 0")]
        fold = dict(((a, c), n) for a, c, n in self.query("SELECT account, currency, SUM(amount) FROM postings GROUP BY coop_id, account, currency"))
        kept = dict(((a, c), n) for a, c, n in self.query("SELECT account, currency, amount FROM balances"))
        return out + [f"{key} is kept as {kept.get(key)} and folds to {fold.get(key)}" for key in fold.keys() | kept.keys() if fold.get(key, 0) != kept.get(key, 0)]

    def receipts(self, told, before):
        out, asked = [], {turn["reference"]: turn for turn in told if turn["act"] == "receipt"}
        stored = {}
        for number, reference, amount in self.query("SELECT number, reference, amount FROM receipts"):
            stored.setdefault(reference, []).append((number, amount))
        for reference, turn in asked.items():
            rows = stored.get(reference, [])
            if turn["outcome"] == "acked" and rows != [(int(turn["at"].rsplit("/", 1)[1]), turn["minor"])]:
                out.append(f"payment {reference} of {turn['minor']} was acknowledged at {turn['at']} and stands as {rows}")
            elif turn["outcome"] == "unknown" and len(rows) > 1 or turn["outcome"].startswith("refused") and rows:
                out.append(f"payment {reference} ({turn['outcome']}) stands as {rows}")
        out += [f"nobody recorded {reference}" for reference in stored.keys() - asked.keys() - before]
        # Each receipt is in the ledger once, whole: the bank has it and the receipt's account owes it.
        for number, amount, times, bank in self.query(
            "SELECT r.number, r.amount, COUNT(p.amount), COALESCE(SUM(b.amount), 0) FROM receipts r "
            "LEFT JOIN postings p ON p.coop_id = r.coop_id AND p.account = 'receipts:' || r.number AND p.amount < 0 "
            "LEFT JOIN postings b ON b.coop_id = p.coop_id AND b.transaction_id = p.transaction_id AND b.account = 'bank' GROUP BY r.number, r.amount"
        ):
            if (times, bank) != (1, amount):
                out.append(f"receipt {number} of {amount} is posted {times} times, {bank} at the bank")
        return out

    def rulings(self, told):
        out = []
        released = {number: (amount, state) for number, amount, state in self.query("SELECT r.number, c.amount, v.verdict FROM runs r JOIN receipts c ON c.coop_id = r.coop_id AND c.id = r.receipt_id LEFT JOIN run_rulings v ON v.coop_id = r.coop_id AND v.run_id = r.id")}
        for turn in told:
            if turn["act"] == "run" and turn["outcome"] == "acked" and int(turn["at"].rsplit("/", 1)[1]) not in released:
                out.append(f"run {turn['at']} was acknowledged and is not there")
            if turn["act"] == "release" and turn["outcome"] == "acked" and released.get(turn["number"], (0, None))[1] != "released":
                out.append(f"run {turn['number']} was released and stands as {released.get(turn['number'])}")
        drawn = dict(self.query("SELECT account, SUM(amount) FROM postings WHERE account LIKE 'receipts:%' AND amount > 0 GROUP BY account"))
        shared = dict(self.query("SELECT account, SUM(amount) FROM postings WHERE account LIKE 'runs:%' GROUP BY account"))
        for number, (amount, state) in released.items():
            receipt = self.query("SELECT c.number FROM runs r JOIN receipts c ON c.coop_id = r.coop_id AND c.id = r.receipt_id WHERE r.number = ?", number)[0][0]
            if state == "released" and drawn.get(f"receipts:{receipt}") != amount:
                out.append(f"run {number} shares {drawn.get(f'receipts:{receipt}')} of {amount}")
            if state == "released" and shared.get(f"runs:{number}", 0) != 0:
                out.append(f"run {number} still holds {shared[f'runs:{number}']}")
        return out

    def entries(self, told):
        out, stored = [], {}
        for number, memo, amount, verdict in self.query("SELECT e.number, e.memo, e.amount, v.verdict FROM manual_entries e LEFT JOIN entry_rulings v ON v.coop_id = e.coop_id AND v.entry_id = e.id"):
            stored.setdefault(memo, []).append((number, amount, verdict))
        approved = {number for rows in stored.values() for number, _, verdict in rows if verdict == "approved"}
        for turn in told:
            if turn["act"] == "entry" and turn["outcome"] == "acked" and [row[:2] for row in stored.get(turn["memo"], [])] != [(int(turn["at"].rsplit("/", 1)[1]), turn["minor"])]:
                out.append(f"entry {turn['memo']} was acknowledged and stands as {stored.get(turn['memo'])}")
            if turn["act"] == "approval" and turn["outcome"] == "acked" and turn["number"] not in approved:
                out.append(f"entry {turn['number']} was approved and is not")
        posted = dict(self.query("SELECT memo, COUNT(*) FROM ledger_transactions WHERE memo LIKE 'Entry %' GROUP BY memo"))
        for memo, rows in stored.items():
            for number, _, verdict in rows:
                times = posted.get(f"Entry {number}: {memo}", 0)
                if times != (verdict == "approved"):
                    out.append(f"entry {number} ({verdict or 'waiting'}) is posted {times} times")
        return out


# What a crash could leave behind, as changes of a copy: each has to be found by `Books.faults`.
MISHAPS = {
    "a payment lost": "DELETE FROM receipts WHERE reference = (SELECT MAX(reference) FROM receipts WHERE reference LIKE 'kill %')",
    "a payment recorded twice": "INSERT INTO receipts SELECT coop_id, 'again', number + 10000, licence_id, amount, currency, reference, received_on, recorded_by, at FROM receipts WHERE reference LIKE 'kill %' LIMIT 1",
    "half a transaction": "DELETE FROM postings WHERE account = 'bank' AND transaction_id = (SELECT MAX(transaction_id) FROM postings WHERE account = 'bank')",
    "a balance left behind": "UPDATE balances SET amount = amount - 1 WHERE account = 'bank'",
    "a release undone": "DELETE FROM run_rulings WHERE run_id = (SELECT id FROM runs ORDER BY number DESC LIMIT 1 OFFSET 5)",
    "an approval without its posting": "DELETE FROM ledger_transactions WHERE memo LIKE 'Entry %: Opening kill %'",
}


def missed_mishaps(hall, told, before):
    """The mishaps that the comparison does not find on a copy of the books."""
    missed = []
    for name, change in MISHAPS.items():
        with sqlite3.connect(":memory:") as copy:
            with sqlite3.connect(f"file:{hall.file}?mode=ro", uri=True) as books:
                books.backup(copy)
            for (trigger,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                copy.execute(f"DROP TRIGGER {trigger}")
            copy.execute("PRAGMA foreign_keys = OFF")
            if copy.execute(change).rowcount < 1 or not Books(lambda sql, *values: copy.execute(sql, values).fetchall()).faults(told, before):
                missed.append(name)
    return missed


def chains_verify(hall):
    """Exports every chain and has `guildhall verify journal` walk it; answers what it said against it."""
    out = []
    for (chain,) in hall.query("SELECT DISTINCT chain FROM journal_entries"):
        file = Path(hall.folder) / f"chain-{chain}.jsonl"
        with open(file, "w") as lines:
            subprocess.run([hall.binary, "export", "--chain", chain], cwd=hall.folder, env=hall.env(), stdout=lines, check=True)
        head = hall.query("SELECT height, hash FROM journal_heads WHERE chain = ? ORDER BY height DESC LIMIT 1", chain)
        seen = ["--seen-head", "{}:{}".format(*head[0])] if head else []
        done = hall.run("verify", "journal", file, *seen, check=False)
        if done.returncode:
            out.append(f"{chain}: {done.stdout.strip()}")
    return out
