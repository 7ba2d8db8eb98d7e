"""A hall run as a process and looked at from outside: started, killed, asked over HTTP, and its
embedded database read with nothing but Python's own sqlite3."""
import hashlib
import http.client
import json
import os
import socket
import sqlite3
import subprocess
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Checks:
    """What held and what did not, told line by line."""

    def __init__(self):
        self.passed = self.failed = 0

    def expect(self, right, words):
        self.passed, self.failed = self.passed + bool(right), self.failed + (not right)
        print(f"{'ok' if right else 'FAILED'}: {words}", flush=True)

    def end(self):
        """Prints the counts as bin/test reads them, and answers whether anything failed."""
        print(f"{self.passed} passed, {self.failed} failed")
        return self.failed > 0


class Hall:
    """One folder with its database, blobs, mails, secret file and log; a server on it or none."""

    def __init__(self, binary, folder, database=None):
        self.binary, self.folder = str(Path(binary).resolve()), Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file = self.folder / "hall.db"
        self.database = database or f"sqlite:{self.file}"
        self.server, self.log = None, self.folder / "log"

    def env(self, port=1):
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TZ") if name in os.environ}
        return {**kept, "DATABASE_URL": self.database, "STORAGE_URL": f"file:{self.folder / 'blobs'}", "SECRET_FILE": str(self.folder / "secret"),
                "MAIL_FOLDER": str(self.folder / "mail"), "BIND": f"127.0.0.1:{port}"}

    def run(self, *words, check=True):
        done = subprocess.run([self.binary, *map(str, words)], cwd=self.folder, env=self.env(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if check and done.returncode:
            raise SystemExit(f"guildhall {' '.join(map(str, words))} ended with {done.returncode}:\n{done.stdout[-4000:]}")
        return done

    def seed(self, members, *more):
        """Makes the cooperative `bench` and answers its sessions as (token, path of a proposal)."""
        out = self.folder / "sessions.txt"
        self.run("bench-seed", "--members", members, "--out", out, *more)
        return [tuple(line.split()) for line in out.read_text().splitlines()]

    def start(self):
        self.port = free_port()
        self.server = subprocess.Popen([self.binary, "serve"], cwd=self.folder, env=self.env(self.port), stdout=subprocess.DEVNULL, stderr=open(self.log, "a"))
        for _ in range(1_000):
            try:
                if self.ask("GET", "/readyz")[0] == 200:
                    return self
            except OSError:
                time.sleep(0.02)
            if self.server.poll() is not None:
                raise SystemExit(f"the hall ended by itself:\n{self.log.read_text()[-4000:]}")
        raise SystemExit("the hall does not become ready")

    @staticmethod
    def spare_port():
        return free_port()

    def ask(self, method, path, body=None, token=None, timeout=20):
        """Status and Location of one answer, over a connection of its own."""
        return self.fetch(method, path, body, token, timeout)[:2]

    def fetch(self, method, path, body=None, token=None, timeout=20):
        """Status, Location, all headers and the text of one answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        headers = {"Sec-Fetch-Site": "same-origin", "Connection": "close"}
        if token:
            headers["Cookie"] = f"session={token}"
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, headers.get("location", ""), headers, text
        except http.client.HTTPException as broken:
            raise OSError(str(broken)) from broken
        finally:
            connection.close()

    def vote(self, token, proposal, choice, key):
        """`acked`, `refused` (nothing was changed) or `unknown` (no answer came)."""
        try:
            status, location = self.ask("POST", f"{proposal}/ballot", f"step=cast&key={key}&choice={choice}", token)
        except OSError:
            return "unknown"
        if status == 303 and location.endswith("/receipt"):
            return "acked"
        return f"refused {status}"

    def kill(self):
        self.server.kill()
        self.server.wait()

    def stop(self):
        self.server.terminate()
        if self.server.wait(40):
            raise SystemExit(f"the hall ended with {self.server.returncode}")

    def unlimited(self):
        """Empties the rate buckets of a hall that is not running: its limits are not what is tried."""
        with sqlite3.connect(self.file, timeout=30) as db:
            db.execute("DELETE FROM rate_buckets")

    def query(self, sql, *values):
        with sqlite3.connect(f"file:{self.file}?mode=ro", uri=True, timeout=30) as db:
            return db.execute(sql, values).fetchall()


def of_parts(*parts):
    """The hall's digest of a list of parts: each preceded by its length in eight bytes."""
    total = hashlib.sha256()
    for part in parts:
        total.update(len(part).to_bytes(8, "big"))
        total.update(part)
    return total.hexdigest()


def walk_chains(hall):
    """Computes every chain again and answers (entries, problems)."""
    problems, many = [], 0
    entries = {(row[0], row[1]): row for row in hall.query("SELECT chain, id, at, kind, subject, facts FROM journal_entries")}
    pending = hall.query("SELECT count(*) FROM journal_pending")[0][0]
    for (chain,) in hall.query("SELECT DISTINCT chain FROM journal_entries"):
        before = hashlib.sha256(chain.encode()).hexdigest()
        heads = dict(hall.query("SELECT height, hash FROM journal_heads WHERE chain = ?", chain))
        for expected, (height, entry, found) in enumerate(hall.query("SELECT height, entry_id, hash FROM journal_links WHERE chain = ? ORDER BY height", chain), 1):
            row = entries.get((chain, entry))
            if row is None or height != expected:
                problems.append(f"chain {chain} breaks off at {expected}")
                break
            text = [part.encode() for part in row[:2]] + [row[2].to_bytes(8, "big", signed=True)] + [part.encode() for part in row[3:]]
            before, many = of_parts(before.encode(), of_parts(*text).encode()), many + 1
            if before != found:
                problems.append(f"chain {chain} is broken at {height}")
                break
            if heads.pop(height, found) != found:
                problems.append(f"chain {chain} does not hold the head published at {height}")
        if heads:
            problems.append(f"chain {chain} lacks the heads published at {sorted(heads)}")
    if many + pending != len(entries):
        problems.append(f"{len(entries)} entries, {many} linked and {pending} waiting")
    return many, problems


class Voters:
    """Many people voting at once, each one ballot at a time, and what each was told."""

    def __init__(self, hall, sessions, choices, threads=8):
        self.hall, self.choices, self.threads = hall, choices, threads
        self.told = {}          # (token, proposal) -> list of [key, choice, outcome]
        self.sessions, self.running, self.answers = sessions, False, {}

    def _vote(self, mine, seed):
        turn = 0
        while self.running:
            token, proposal = mine[turn % len(mine)]
            turn += 1
            history = self.told.setdefault((token, proposal), [])
            # What was never answered is sent again as it was, as a browser would on "reload".
            if history and history[-1][2] == "unknown":
                attempt = history[-1]
            else:
                attempt = [hashlib.sha256(f"{seed} {turn} {token} {proposal}".encode()).hexdigest()[:32], (seed * 7 + turn) % self.choices[proposal], "unknown"]
                history.append(attempt)
            attempt[2] = self.hall.vote(token, proposal, attempt[1], attempt[0])
            self.answers[attempt[2]] = self.answers.get(attempt[2], 0) + 1
            if attempt[2] != "acked":
                time.sleep(0.02)

    def start(self, round_=0):
        self.running, self.workers = True, []
        for number in range(self.threads):
            mine = self.sessions[number::self.threads]
            worker = threading.Thread(target=self._vote, args=(mine, round_ * 1_000 + number))
            worker.start()
            self.workers.append(worker)

    def stop(self):
        self.running = False
        for worker in self.workers:
            worker.join()


def dump_json(value):
    return json.dumps(value, indent=1, sort_keys=True)
